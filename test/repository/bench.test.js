// Plain JavaScript, since n8n's lint rules let no TypeScript file run a program or read a file.
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..', '..');
const folder = path.join(root, '.n8n-local', 'bench-short');

// No figure is looked at: how fast a machine is must never decide a test.
test('npm run bench -- --short makes every comparison but the one in a real n8n', () => {
	fs.rmSync(folder, { recursive: true, force: true });
	execFileSync(process.execPath, ['--import', 'tsx', 'bench/bench.mts', '--short'], {
		cwd: root,
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const records = JSON.parse(fs.readFileSync(path.join(folder, 'performance.json'), 'utf8'));
	expect(Object.keys(records).sort()).toEqual([
		'client',
		'cohorts',
		'eventLoop',
		'lookups',
		'mapping',
		'memory',
		'mirror',
		'requests',
		'window',
	]);
	const page = fs.readFileSync(path.join(folder, 'performance.md'), 'utf8');
	expect(page.match(/^## .*/gm)).toHaveLength(13);
	expect(page).not.toMatch(/NaN|undefined|Infinity/);
}, 300_000);
