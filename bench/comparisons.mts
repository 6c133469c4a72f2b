import { ID_KINDS, type IdKind } from './audience.mjs';
import type { ClientRow } from './measure/client.mjs';
import type { CohortsRow } from './measure/cohorts.mjs';
import type { EventLoopRow } from './measure/eventLoop.mjs';
import type { MappingRow } from './measure/mapping.mjs';
import type { VARIANTS } from './measure/memory.mjs';
import type { MirrorRow } from './measure/mirror.mjs';
import type { RequestsRow } from './measure/requests.mjs';
import type { LookupsRow } from './measure/lookups.mjs';
import type { WindowRow } from './measure/window.mjs';
import { measureRecipe, type RecipeRow } from './recipe.mjs';
import { inTurn, spreadOf, type Spread } from './statistics.mjs';
import { measure, startReceiver } from './workers.mjs';

export interface MemoryResult {
	readonly size: number;
	/** Peak resident set in MB. */
	readonly mb: Readonly<Record<(typeof VARIANTS)[number], Spread>>;
}

/** What each comparison gives, by its name on the command line. */
export interface Results {
	readonly client: ClientRow[];
	readonly recipe: RecipeRow[];
	readonly requests: RequestsRow[];
	readonly window: WindowRow[];
	readonly lookups: LookupsRow[];
	readonly mapping: MappingRow[];
	readonly mirror: MirrorRow[];
	readonly cohorts: {
		readonly cohorts: number;
		readonly members: number;
		readonly rows: CohortsRow[];
	};
	readonly memory: MemoryResult;
	readonly eventLoop: { readonly size: number; readonly rows: EventLoopRow[] };
}

export type Name = keyof Results;

type Report = (progress: string) => void;

interface Comparison<T> {
	readonly title: string;
	/** `short` only shows that it works: its figures say nothing. */
	readonly run: (short: boolean, report: Report) => Promise<T>;
}

const EVERY_KIND = Object.keys(ID_KINDS) as IdKind[];

export const COMPARISONS: { readonly [N in Name]: Comparison<Results[N]> } = {
	client: {
		title: 'The node and a bare client',
		run: async (short, report) => {
			const sizes = [
				{ size: 1_000, rounds: short ? 1 : 21 },
				{ size: 10_000, rounds: 15 },
				{ size: 100_000, rounds: 11 },
				{ size: 1_000_000, rounds: 3 },
			];
			return await withReceiver(async (url) => {
				const input = { url, kinds: EVERY_KIND, sizes: short ? sizes.slice(0, 1) : sizes };
				return await measure<ClientRow[]>('client', input, report);
			});
		},
	},
	recipe: {
		title: 'The node and workflows built without it, in a real n8n',
		run: async (short, report) =>
			await measureRecipe(
				short
					? { size: 2_000, sizeOneByOne: 10, latencies: [{ ms: 0, rounds: 1 }] }
					: {
							size: 100_000,
							sizeOneByOne: 1_000,
							latencies: [
								{ ms: 0, rounds: 7 },
								{ ms: 50, rounds: 3 },
								{ ms: 200, rounds: 3 },
							],
						},
				report,
			),
	},
	requests: {
		title: 'Requests compared with the minimum',
		run: async (short, report) => {
			const sizes = short ? [1_000] : [10_000, 100_000, 1_000_000];
			return await measure<RequestsRow[]>('requests', { sizes }, report);
		},
	},
	window: {
		title: 'Time under the rate limit, simulated',
		run: async (short, report) => {
			const rows = await measure<RequestsRow[]>('requests', { sizes: [10_000] }, report);
			const membersPerRequest =
				rows.find(({ ids }) => ids === '36 characters')?.membersPerRequest ?? NaN;
			const sizes = short ? [10_000] : [10_000, 1_000_000, 10_000_000];
			const input = { membersPerRequest, sizes, latencies: [50, 200, 1_000] };
			return await measure<WindowRow[]>('window', input, report);
		},
	},
	lookups: {
		title: 'Check Users under its rate limit, simulated',
		run: async (short, report) => {
			const sizes = short ? [1_000] : [1_000, 10_000, 100_000];
			return await measure<LookupsRow[]>('lookups', { sizes, latencies: [200, 1_000] }, report);
		},
	},
	mapping: {
		title: 'Reading a field of an item',
		run: async (short, report) => {
			const input = short
				? { size: 1_000, evaluated: 10, rounds: 1, timeMs: 5 }
				: { size: 100_000, evaluated: 1_000, rounds: 9, timeMs: 500 };
			return await measure<MappingRow[]>('mapping', input, report);
		},
	},
	mirror: {
		title: 'What Mirror adds',
		run: async (short, report) => {
			const input = short
				? { sizes: [1_000], rounds: 1 }
				: { sizes: [10_000, 100_000, 1_000_000], rounds: 5 };
			return await measure<MirrorRow[]>('mirror', input, report);
		},
	},
	cohorts: {
		title: 'Many cohorts, one execution each',
		run: async (short, report) => {
			const size = short ? { cohorts: 5, members: 10 } : { cohorts: 1_000, members: 100 };
			return await withReceiver(async (url) => {
				const input = { url, ...size, rounds: 3 };
				return { ...size, rows: await measure<CohortsRow[]>('cohorts', input, report) };
			});
		},
	},
	memory: {
		title: 'Peak memory',
		run: async (short, report) => {
			const size = short ? 1_000 : 500_000;
			return await withReceiver(async (url) => {
				const peakOf = (variant: (typeof VARIANTS)[number]) => async () => {
					report(`${size.toLocaleString('en')} items, ${variant}`);
					return await measure<number>('memory', { url, size, variant }, report);
				};
				const mb = await inTurn(short ? 1 : 5, {
					'a node that does nothing': peakOf('a node that does nothing'),
					items: peakOf('items'),
					summary: peakOf('summary'),
				});
				return {
					size,
					mb: {
						'a node that does nothing': spreadOf(mb['a node that does nothing']),
						items: spreadOf(mb.items),
						summary: spreadOf(mb.summary),
					},
				};
			});
		},
	},
	eventLoop: {
		title: "How long n8n's event loop is blocked",
		run: async (short, report) => {
			const size = short ? 1_000 : 1_000_000;
			return await withReceiver(async (url) => {
				const input = { url, size, rounds: short ? 1 : 3 };
				return { size, rows: await measure<EventLoopRow[]>('eventLoop', input, report) };
			});
		},
	},
};

async function withReceiver<T>(work: (url: string) => Promise<T>): Promise<T> {
	const receiver = await startReceiver([0]);
	try {
		return await work(receiver.urls[0] ?? '');
	} finally {
		receiver.stop();
	}
}
