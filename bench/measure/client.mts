import { performance } from 'node:perf_hooks';
import type { INodeExecutionData } from 'n8n-workflow';
import { audienceText, type IdKind } from '../audience.mjs';
import { sendBare } from '../bareClient.mjs';
import { ACCOUNT, runNode, sendBareInN8n, sendSimplyInN8n, type Execute } from '../engine.mjs';
import type { Received } from '../receiver.mjs';
import { inTurn, ratiosOf, spreadOf, type Spread } from '../statistics.mjs';

export interface ClientInput {
	readonly url: string;
	readonly kinds: readonly IdKind[];
	readonly sizes: ReadonlyArray<{ readonly size: number; readonly rounds: number }>;
}

export interface ClientRow {
	readonly kind: IdKind;
	readonly size: number;
	readonly requests: number;
	readonly nodeMs: Spread;
	readonly bareMs: Spread;
	/** The bare client's work in n8n, posted by n8n's own helper. */
	readonly bareInN8nMs: Spread;
	/** The simplest node that sends each user once and gives a result for each item. */
	readonly simpleNodeMs: Spread;
	/** The node's time over the bare client's. */
	readonly ratio: Spread;
	/** The node's time over that of the bare client's work in n8n. */
	readonly ratioInN8n: Spread;
	/** The node's time over the simplest node's. */
	readonly ratioToSimpleNode: Spread;
}

/** The node in n8n-core's engine against a bare client, for the same members. */
export default async function measure(
	{ url, kinds, sizes }: ClientInput,
	report: (progress: string) => void,
): Promise<ClientRow[]> {
	const received = async () => (await (await fetch(url)).json()) as Received;
	/** Each run gets items of its own: whoever reads a text first has to work more. */
	const freshItems = (text: string) => {
		const items = JSON.parse(text) as INodeExecutionData[];
		globalThis.gc?.();
		return items;
	};
	const compare = async (kind: IdKind, size: number, rounds: number): Promise<ClientRow> => {
		const text = audienceText(size, kind);
		let requests = 0;
		const checked = async (ms: number) => {
			const { members, requests: count } = await received();
			if (members !== size) throw new Error(`${members} of ${size} members arrived.`);
			requests = count;
			return ms;
		};
		const runInN8n = async (work: { readonly instead?: Execute } = {}) =>
			await checked((await runNode({ ...work, items: freshItems(text), url })).ms);
		const { bare, bareInN8n, simpleNode, node } = await inTurn(rounds, {
			bare: async () => {
				const items = freshItems(text);
				const start = performance.now();
				await sendBare(
					items.map(({ json }) => String(json['uid'])),
					{ url, ...ACCOUNT },
				);
				return await checked(performance.now() - start);
			},
			bareInN8n: async () => await runInN8n({ instead: sendBareInN8n }),
			simpleNode: async () => await runInN8n({ instead: sendSimplyInN8n }),
			node: async () => await runInN8n(),
		});
		return {
			kind,
			size,
			requests,
			nodeMs: spreadOf(node),
			bareMs: spreadOf(bare),
			bareInN8nMs: spreadOf(bareInN8n),
			simpleNodeMs: spreadOf(simpleNode),
			ratio: ratiosOf(node, bare),
			ratioInN8n: ratiosOf(node, bareInN8n),
			ratioToSimpleNode: ratiosOf(node, simpleNode),
		};
	};

	report('warming up');
	await compare('36 characters', 10_000, 6);
	const rows: ClientRow[] = [];
	for (const kind of kinds) {
		for (const { size, rounds } of sizes) {
			report(`${size.toLocaleString('en')} members, ${kind}`);
			rows.push(await compare(kind, size, rounds));
		}
	}
	return rows;
}
