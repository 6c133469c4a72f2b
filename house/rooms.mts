/** A part of the shipped code, and what it may import. `npm run house` holds this against the real imports. */
export interface Room {
	/** What it does, for the picture. */
	readonly does: string;
	readonly files: RegExp;
	/** Rooms whose code it runs. */
	readonly runs: readonly string[];
	/** Rooms of which it only knows the types. */
	readonly knows: readonly string[];
	/** Files in it that know n8n. All others take and give plain values. */
	readonly shell: readonly string[];
}

const NODE = 'nodes/MoEngageCohortSync/';

function room(name: string, rest: Omit<Room, 'files'>): [string, Room] {
	return [name, { files: new RegExp(`^${NODE}${name}/`), ...rest }];
}

function file(name: string, rest: Omit<Room, 'files'>): [string, Room] {
	return [name, { files: new RegExp(`^${NODE}${name}$`), ...rest }];
}

/** The rooms in the order in which an item goes through them. Everyone may import the `TOOLS`. */
export const ROOMS: ReadonlyMap<string, Room> = new Map([
	[
		'node',
		{
			does: 'what the editor shows',
			files: new RegExp(`^${NODE}(MoEngageCohortSync\\.node|properties)\\.ts$`),
			runs: ['input', 'sync.ts'],
			knows: [],
			shell: ['MoEngageCohortSync.node.ts', 'properties.ts'],
		},
	],
	file('sync.ts', {
		does: 'one run, from items to items',
		runs: ['input', 'run.ts', 'mirror', 'delivery', 'results'],
		knows: [],
		shell: ['sync.ts'],
	}),
	room('input', {
		does: 'reads items and settings',
		runs: [],
		knows: ['delivery'],
		shell: ['caller.ts', 'parameters.ts'],
	}),
	file('run.ts', {
		does: 'a run before and after its requests',
		runs: ['plan', 'mirror', 'delivery'],
		knows: ['input'],
		shell: [],
	}),
	room('plan', {
		does: 'what the items ask for, and what became of it',
		runs: [],
		knows: ['input', 'delivery'],
		shell: [],
	}),
	room('mirror', {
		does: 'compares with what was, and remembers',
		runs: ['input', 'plan'],
		knows: ['delivery'],
		shell: ['previous.ts', 'secondInput.ts', 'workflowMemory.ts'],
	}),
	room('delivery', {
		does: 'packs, paces, sends and retries',
		runs: ['plan'],
		knows: [],
		shell: ['send.ts'],
	}),
	room('results', {
		does: 'tells it to a person and to n8n',
		runs: ['plan', 'delivery'],
		knows: ['run.ts'],
		shell: ['errors.ts', 'hints.ts', 'results.ts'],
	}),
	[
		'credential',
		{
			does: 'how to log in, and the Test',
			files: /^credentials\//,
			runs: ['delivery'],
			knows: [],
			shell: ['MoEngageApi.credentials.ts'],
		},
	],
]);

/** Small tools that every room may use. They know of no room themselves. */
export const TOOLS = new RegExp(`^${NODE}(clock|refusal|wording|work)\\.ts$`);

/** Those of them that know n8n. */
export const TOOLS_SHELL: readonly string[] = ['clock.ts'];

/** All that the shipped code may import from outside, since it has no dependencies. */
export const OUTSIDE = new Set(['n8n-workflow', 'node:crypto']);
