import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { ID_KINDS } from '../audience.mjs';
import { runNode, type Watch } from '../engine.mjs';
import { spreadOf, type Spread } from '../statistics.mjs';

export interface EventLoopRow {
	readonly what: string;
	/** The longest time in ms for which n8n could do nothing else. */
	readonly longestMs: Spread;
	/** The longest pause in it for collecting garbage, in ms. */
	readonly longestGcMs: Spread;
}

interface EventLoopInput {
	readonly url: string;
	readonly size: number;
	readonly rounds: number;
}

const RESOLUTION_MS = 5;

/** How long the node keeps n8n's event loop at a stretch. */
export default async function measure(
	{ url, size, rounds }: EventLoopInput,
	report: (progress: string) => void,
): Promise<EventLoopRow[]> {
	const idOf = ID_KINDS['36 characters'];
	const itemsFrom = (first: number) =>
		Array.from(
			{ length: size },
			(_, index): INodeExecutionData => ({
				json: { uid: idOf(first + index), is_member: index % 2 },
			}),
		);
	let saved = { id: 'workflow', staticData: {} as IDataObject };
	const mirror = { parameters: { operation: 'mirror' }, saved };
	const runs: Record<string, () => object> = {
		'Add Members, one item per input item': () => ({ items: itemsFrom(0) }),
		'Add Members, one item per cohort': () => ({
			items: itemsFrom(0),
			options: { output: 'summary' },
		}),
		'Update Membership': () => ({
			items: itemsFrom(0),
			parameters: { operation: 'update' },
			options: { output: 'summary' },
		}),
		'Mirror, nothing remembered': () => {
			saved = { id: `workflow ${Math.random()}`, staticData: {} };
			return { ...mirror, saved, items: itemsFrom(0), options: { output: 'summary' } };
		},
		'Mirror, 1% changed': () => ({
			...mirror,
			saved,
			items: itemsFrom(size / 100),
			options: { output: 'summary' },
		}),
	};

	const longest = Object.fromEntries(Object.keys(runs).map((what) => [what, [] as number[]]));
	const longestGc = Object.fromEntries(Object.keys(runs).map((what) => [what, [] as number[]]));
	for (let round = 0; round < rounds; round++) {
		for (const [what, options] of Object.entries(runs)) {
			report(`${what}, round ${round + 1} of ${rounds}`);
			const given = options() as Omit<Parameters<typeof runNode>[0], 'url'>;
			globalThis.gc?.();
			const { watch, read } = watchLoop();
			await runNode({ ...given, url, watch });
			longest[what]?.push(read().loop);
			longestGc[what]?.push(read().gc);
		}
	}
	return Object.keys(runs).map((what) => ({
		what,
		longestMs: spreadOf(longest[what] ?? []),
		longestGcMs: spreadOf(longestGc[what] ?? []),
	}));
}

/** Watches the event loop from the node's start to its end. */
function watchLoop(): { watch: Watch; read: () => { loop: number; gc: number } } {
	const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
	let gc = 0;
	const observer = new PerformanceObserver((list) => {
		for (const { duration } of list.getEntries()) gc = Math.max(gc, duration);
	});
	return {
		watch: {
			before: () => {
				observer.observe({ entryTypes: ['gc'] });
				delay.enable();
			},
			after: async () => {
				// The stretch that the node ends with is noticed after it.
				await sleep(4 * RESOLUTION_MS);
				delay.disable();
				observer.disconnect();
			},
		},
		read: () => ({ loop: delay.max / 1e6 - RESOLUTION_MS, gc }),
	};
}
