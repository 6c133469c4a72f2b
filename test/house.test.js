const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '..');
const NODE = 'nodes/MoEngageCohortSync';
let copy;

beforeAll(() => {
	copy = fs.mkdtempSync(path.join(os.tmpdir(), 'house-'));
	for (const name of ['nodes', 'credentials', 'house', 'package.json', '.prettierrc.js']) {
		fs.cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
	}
	for (const name of ['CONTRIBUTING.md', 'tsconfig.json']) {
		fs.copyFileSync(path.join(root, name), path.join(copy, name));
	}
	fs.symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'), 'junction');
});

afterAll(() => fs.rmSync(copy, { recursive: true, force: true }));

function checkHouse() {
	const { status, stderr } = spawnSync(
		process.execPath,
		['--import', 'tsx', 'house/house.mts', '--check'],
		{ cwd: copy, encoding: 'utf8' },
	);
	return { status, breaches: stderr.trim().split('\n').sort() };
}

test('imports against the rules of the house are found, and a picture that no longer shows them', () => {
	const edit = (file, change) => {
		const place = path.join(copy, NODE, file);
		fs.writeFileSync(place, change(fs.existsSync(place) ? fs.readFileSync(place, 'utf8') : ''));
	};
	edit('plan/member.ts', (text) => `${text}\nimport '../delivery/signal';`);
	edit('plan/plan.ts', (text) => `${text}\nimport type { Summary } from '../results/summary';`);
	edit('delivery/tally.ts', (text) => `${text}\nimport 'n8n-workflow';`);
	edit('delivery/signal.ts', (text) => `${text}\nimport 'node:fs'; import './fate';`);
	edit('delivery/trouble.ts', (text) => `${text}\nimport './signal';`);
	edit('delivery/send.ts', (text) => text.replace(/import .* from 'n8n-workflow';/, ''));
	edit('helpers.ts', () => '');

	const { status, breaches } = checkHouse();
	expect(status).toBe(1);
	expect(breaches).toEqual([
		'The picture in CONTRIBUTING.md is out of date: npm run house draws it anew.',
		expect.stringMatching(/^These files import each other in a circle: .*signal\.ts → /),
		'These rooms run each other in a circle: delivery, plan.',
		`${NODE}/delivery/signal.ts → node:fs: the shipped code imports nothing but its own files, n8n-workflow and node:crypto.`,
		`${NODE}/delivery/tally.ts → n8n-workflow: only the files of the shell know n8n.`,
		`${NODE}/helpers.ts belongs to no room.`,
		`${NODE}/plan/member.ts → ${NODE}/delivery/signal.ts: plan may not run delivery.`,
		`${NODE}/plan/plan.ts → ${NODE}/results/summary.ts: plan may not know results.`,
		'send.ts no longer knows n8n: take it out of house/rooms.mts.',
	]);
}, 60_000);
