const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { readFileSync } = require('node:fs');
const { createServer } = require('node:http');
const { join } = require('node:path');
const { version } = require('../../package.json');

const root = join(__dirname, '..', '..');

test('npm publish from a developer machine is refused before anything reaches the registry', async () => {
	const methods = new Set();
	const registry = createServer(({ method }, response) => {
		methods.add(method);
		response.writeHead(method === 'GET' ? 404 : 201, { 'Content-Type': 'application/json' });
		response.end('{}');
	});
	await once(registry.listen(0, '127.0.0.1'), 'listening');
	const host = `//127.0.0.1:${registry.address().port}/`;
	// Without what GitHub's own machines tell npm, since this test runs there as well.
	const env = { ...process.env, GITHUB_ACTIONS: '', CI: '' };
	const publish = spawn(
		'npm',
		['publish', `--registry=http:${host}`, `--${host}:_authToken=none`],
		{
			cwd: root,
			env,
			shell: process.platform === 'win32',
		},
	);
	let words = '';
	publish.stderr.on('data', (chunk) => (words += chunk));
	const [code] = await once(publish, 'close');
	registry.close();
	expect(words).toContain('provenance');
	expect(code).toBe(1);
	expect([...methods]).toEqual(['GET']);
}, 60_000);

const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
const releases = [...changelog.matchAll(/^## \[(.+)\](?: - (.+))?$/gm)].map(
	([, ...parts]) => parts,
);

test('the changelog begins with what is not released yet, and its newest release is this version', () => {
	expect(releases[0]).toEqual(['Unreleased', undefined]);
	// Before the first release there is none.
	const [newest = [version]] = releases.slice(1);
	expect(newest[0]).toBe(version);
	for (const [, date] of releases.slice(1)) expect(date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
});
