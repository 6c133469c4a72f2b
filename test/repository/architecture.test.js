const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { forbidden, required } = require('../../.dependency-cruiser.js');

const root = path.join(__dirname, '..', '..');
const NODE = 'nodes/MoEngageCohortSync/';

/** Files as they may be. */
const SOUND = {
	'MoEngageCohortSync.node.ts': "import type {} from 'n8n-workflow'; import './execute';",
	'execute.ts':
		"import type {} from 'n8n-workflow'; import './results/items'; import './mirror/diff';",
	'clock.ts': '',
	'systemClock.ts': "import { sleep } from 'n8n-workflow'; import './clock';",
	'mirror/openMirror.ts': "import type {} from 'n8n-workflow'; import '../systemClock';",
	'slicing.ts': "import './clock';",
	'model/member.ts': '',
	'input/reader.ts': "import '../model/member';",
	'plan/plan.ts': "import '../input/reader'; import '../slicing';",
	'mirror/diff.ts': "import '../plan/plan'; import 'node:crypto';",
	'delivery/dataCenters.ts': "import '../model/member';",
	'results/items.ts': "import type {} from 'n8n-workflow'; import '../delivery/dataCenters';",
	'../../credentials/MoEngageApi.credentials.ts': `
		import type {} from 'n8n-workflow';
		import '../nodes/MoEngageCohortSync/delivery/dataCenters';`,
};

/** Files with imports that are against the rules, each with the rules and the imports. */
const BREACHES = {
	'plan/up.ts': ["import type { Items } from '../results/items';", 'layer-plan ../results/items'],
	'model/up.ts': ["export type { Reader } from '../input/reader';", 'layer-model ../input/reader'],
	'mirror/aside.ts': ["import '../delivery/dataCenters';", 'layer-mirror ../delivery/dataCenters'],
	'input/run.ts': ["import type { Run } from '../execute';", 'layer-input ../execute'],
	'format.ts': ["import './model/member';", 'layer-helpers ./model/member'],
	'../../credentials/Other.credentials.ts': [
		`import type {} from 'n8n-workflow'; import '../${NODE}model/member';`,
		`layer-credentials ../${NODE}model/member`,
	],
	'input/one.ts': ["import type { Two } from './two';", 'no-circular ./two'],
	'input/two.ts': ["import type { One } from './three';"],
	'input/three.ts': ["import type { One } from './one';"],
	'delivery/pure.ts': ["import type { INode } from 'n8n-workflow';", 'pure-core n8n-workflow'],
	'mirror/pure.ts': ["import '../systemClock';", 'pure-core ../systemClock'],
	'delivery/transport.ts': ["import './dataCenters';", 'shell-knows-n8n '],
	'properties.ts': [
		`import type {} from 'n8n-workflow';
		import 'execa';
		import 'no-such-package';
		import type { WorkflowExecute } from 'n8n-core';
		import '../../test/support';
		export const fs = import('node:fs');
		export const http = require('http');`,
		'no-dependencies execa',
		'no-dependencies no-such-package',
		'no-dependencies n8n-core',
		'no-dependencies ../../test/support',
		'no-dependencies fs',
		'no-dependencies http',
	],
	'helpers/more.ts': ["import '../clock';", 'in-a-layer ../clock'],
	'model/lonely.ts': ['', 'no-orphans '],
};

test('every import against the rules is found, and nothing else', () => {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'architecture-'));
	for (const name of ['.dependency-cruiser.js', 'package.json', 'tsconfig.json']) {
		fs.copyFileSync(path.join(root, name), path.join(folder, name));
	}
	fs.symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
	const breaches = Object.entries(BREACHES);
	const files = [...Object.entries(SOUND), ...breaches.map(([name, [code]]) => [name, code])];
	for (const [name, code] of files) {
		const file = path.join(folder, NODE, name);
		fs.mkdirSync(path.dirname(file), { recursive: true });
		fs.writeFileSync(file, code);
	}
	const program = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
	const args = [program, '--output-type', 'json', 'nodes', 'credentials'];
	const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
	fs.rmSync(folder, { recursive: true, force: true });

	const found = JSON.parse(stdout).summary.violations.map(({ rule, from, unresolvedTo }) =>
		[from, rule.name, unresolvedTo].join(' '),
	);
	const expected = breaches.flatMap(([name, [, ...reports]]) =>
		reports.map((report) => `${path.posix.join(NODE, name)} ${report}`),
	);
	expect(found.sort()).toEqual(expected.sort());
}, 60_000);

describe('the rules hold nothing that is out of date:', () => {
	const isLayer = (pattern) => /^\^nodes.*\/$/.test(pattern);
	/** The layers in their order, each with the others that it may import. */
	const layers = forbidden
		.filter(({ from }) => isLayer(from.path))
		.map(({ from: { path: layer }, to }) => ({
			layer,
			others: to.pathNot.filter((other) => isLayer(other) && other !== layer),
		}));

	test('each layer may only import layers before it', () => {
		expect(layers).toHaveLength(6);
		const order = layers.map(({ layer }) => layer);
		for (const [index, { others }] of layers.entries()) {
			expect(order.slice(0, index)).toEqual(expect.arrayContaining(others));
		}
	});

	// npm run architecture holds the picture against the imports.
	test('each layer imports the layers that it may', () => {
		const page = fs.readFileSync(path.join(root, 'CONTRIBUTING.md'), 'utf8');
		const box = (layer) => layer.slice(1, -1).replaceAll('/', '_');
		const allowed = layers.flatMap(({ layer, others }) =>
			others.map((other) => `${box(layer)}-->${box(other)}`),
		);
		expect(allowed.filter((arrow) => !page.includes(`\n${arrow}\n`))).toEqual([]);
	});

	test('each file of the shell is there', () => {
		const patterns = required[0].module.path.filter((pattern) => pattern.endsWith('$'));
		const missing = patterns
			.map((pattern) => pattern.slice(1, -1).replaceAll('\\', ''))
			.filter((file) => !fs.existsSync(path.join(root, file)));
		expect(patterns.length).toBeGreaterThan(5);
		expect(missing).toEqual([]);
	});
});
