const { spawn } = require('node:child_process');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

let folder;
let child;

beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), 'emulator-'));
});

afterEach(async () => {
	if (child.exitCode === null) {
		const ended = new Promise((resolve) => child.once('exit', resolve));
		child.kill();
		await ended;
	}
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Starts the emulator as `npm run emulator` does, until it has said where it listens or has ended. */
async function start(...options) {
	child = spawn(
		process.execPath,
		['--import', 'tsx', 'emulator/cli.mts', '--port', '0', ...options],
		{ cwd: join(__dirname, '..', '..') },
	);
	let said = '';
	const url = await new Promise((resolve) => {
		const listen = (text) => {
			said += text;
			if (said.includes('Ctrl-C')) resolve(/http:\S+/.exec(said)[0]);
		};
		child.stdout.on('data', listen);
		child.stderr.on('data', listen);
		child.once('close', () => resolve(undefined));
	});
	return { said, url };
}

test('the emulator runs with the users of a file, and keeps the secret to itself', async () => {
	const known = join(folder, 'known.csv');
	writeFileSync(known, '\uFEFFuid,anonymous_id,city\nu1,a1,Pune\nu1, b1 ,\n,a2,\n,,Rome\n');
	const { said, url } = await start('--known', known, '--secret', 'hush', '--other-systems', '120');
	expect(said).not.toContain('hush');

	const members = ['a2', 'b1', 'a1', 'a9'].map((anonymous_id) => ({ anonymous_id }));
	const response = await fetch(`${url}/v1/integrations/cohortsync`, {
		method: 'POST',
		headers: {
			authorization: `Basic ${Buffer.from('DEMO_APP:hush').toString('base64')}`,
			'moe-appkey': 'DEMO_APP',
			'content-type': 'application/json',
		},
		body: JSON.stringify({
			action: 'add_members',
			partner: 'n8n',
			parameters: { cohort_name: 'VIP', cohort_id: 'vip', members },
		}),
	});
	expect(response.status).toBe(200);
	expect(response.headers.get('x-ratelimit-remaining')).toBe('179');
	const state = await (await fetch(`${url}/state.json`)).json();
	expect(state).toMatchObject({ cohorts: [{ id: 'vip', size: 2 }], unknownUsers: 1 });
});

test('a file that is not there ends it with a sentence', async () => {
	const { said, url } = await start('--known', join(folder, 'nobody.csv'));

	expect(url).toBeUndefined();
	expect(said).toMatch(/^The emulator can't start: ENOENT/);
	expect(child.exitCode).toBe(1);
});
