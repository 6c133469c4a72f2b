// Who may import whom in the shipped code. `npm run architecture` checks it, for type imports too;
// `npm run architecture:graph` draws the layers into CONTRIBUTING.md.

/** The layers, and which of those before it each may import, besides itself and the helpers. */
const LAYERS = {
	model: [],
	input: ['model'],
	plan: ['model', 'input'],
	mirror: ['model', 'input', 'plan'],
	delivery: ['model'],
	results: ['model', 'plan', 'delivery'],
};

/** What every layer may import. Helpers import only each other. */
const HELPERS = ['clock', 'format', 'slicing', 'systemClock'];

/** What n8n loads, and a run from start to end. No layer imports them; they may import all. */
const ENTRY = ['MoEngageCohortSync.node', 'properties', 'execute', 'checkUsers'];

/** The files that know n8n and the real time. All others take and return plain values, so they are tested without n8n. */
const SHELL = [
	...ENTRY,
	'input/errorPolicy',
	'input/parameters',
	'mirror/deduplication',
	'mirror/openMirror',
	'mirror/secondInputMemberStore',
	'mirror/workflowMemberStore',
	'mirror/workflowMemory',
	'delivery/transport',
	'results/check',
	'results/errors',
	'results/hints',
	'results/items',
	'systemClock',
];

const NODE = '^nodes/MoEngageCohortSync/';
const CREDENTIALS = '^credentials/';
const N8N = '(^|/)node_modules/n8n-workflow/';

const file = (name) => `${NODE}${name.replaceAll('.', '\\.')}\\.ts$`;
const folder = (layer) => `${NODE}${layer}/`;

const helpers = HELPERS.map(file);
const shell = [...SHELL.map(file), CREDENTIALS];
const outside = [N8N, '^crypto$'];

/** Files at `path` may import nothing but what is in `allowed` or comes from outside. */
const mayImport = (layer, path, allowed, comment) => ({
	name: `layer-${layer}`,
	comment,
	severity: 'error',
	from: { path },
	to: { pathNot: [...allowed, ...outside] },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
	forbidden: [
		...Object.entries(LAYERS).map(([layer, others]) =>
			mayImport(
				layer,
				folder(layer),
				[...[layer, ...others].map(folder), ...helpers],
				`${layer} may import ${[...others, 'the helpers'].join(', ')}`,
			),
		),
		mayImport('helpers', helpers, helpers, 'helpers may import each other'),
		mayImport(
			'credentials',
			CREDENTIALS,
			[file('delivery/dataCenters')],
			'the credential may import the data centers',
		),
		{
			name: 'in-a-layer',
			comment: 'a file is in a layer, or is named in .dependency-cruiser.js',
			severity: 'error',
			from: {
				pathNot: [...Object.keys(LAYERS).map(folder), ...helpers, ...ENTRY.map(file), CREDENTIALS],
			},
			to: {},
		},
		{
			name: 'no-orphans',
			comment: 'a file that imports nothing and that nothing imports can go',
			severity: 'error',
			from: { orphan: true },
			to: {},
		},
		{
			name: 'no-circular',
			comment: 'no file imports itself by way of others, not even for a type',
			severity: 'error',
			from: {},
			to: { circular: true },
		},
		{
			name: 'pure-core',
			comment: 'only the files in SHELL of .dependency-cruiser.js know n8n and the real time',
			severity: 'error',
			from: { pathNot: shell },
			to: { path: [N8N, file('systemClock')] },
		},
		{
			name: 'no-dependencies',
			comment: 'n8n verifies no package with dependencies: docs/decisions/no-dependencies.md',
			severity: 'error',
			from: {},
			to: { pathNot: ['^nodes/', CREDENTIALS, ...outside] },
		},
	],
	required: [
		{
			name: 'shell-knows-n8n',
			comment: 'a file that no longer knows n8n leaves SHELL in .dependency-cruiser.js',
			severity: 'error',
			module: { path: shell },
			to: { path: N8N },
		},
	],
	options: {
		// Type imports too.
		tsPreCompilationDeps: true,
		tsConfig: { fileName: 'tsconfig.json' },
		doNotFollow: { path: '(^|/)node_modules/' },
		reporterOptions: { mermaid: { minify: false } },
	},
};
