import {
	cohortSyncPath,
	getUserPath,
	type EmulatorRequest,
	type Fault,
} from '../../emulator/model';
import { startEmulator, type Emulator, type ServerOptions } from '../../emulator/server';
import { bodyOf, errorOf, goodHeaders, request } from '../support/emulator';

let emulator: Emulator;

async function run(options: ServerOptions = {}) {
	emulator = await startEmulator(options);
	return emulator;
}

afterEach(async () => await emulator.close());

async function post(changes: Partial<EmulatorRequest> & { signal?: AbortSignal } = {}) {
	const { path, body, headers } = request(changes);
	const given = Object.entries(headers).flatMap(([name, value]) =>
		typeof value === 'string' ? [[name, value] satisfies [string, string]] : [],
	);
	const { signal = null } = changes;
	return await fetch(emulator.url + path, {
		method: 'POST',
		// Bytes, because fetch gives a string a content type of its own.
		body: new TextEncoder().encode(body),
		headers: given,
		signal,
	});
}

const getJson = async (path: string) => JSON.parse(await (await fetch(emulator.url + path)).text());

/** The answer to a request under a fault. */
async function under(fault: Fault) {
	const { model } = await run();
	model.fault(fault);
	return await post();
}

test('a request goes through and its members are in the cohort', async () => {
	const { model } = await run();
	const response = await post({ path: `${cohortSyncPath}?trace=1` });

	expect(response.status).toBe(200);
	expect(response.headers.get('content-type')).toContain('application/json');
	expect(response.headers.get('x-ratelimit-remaining')).toBe('299');
	expect(model.memberIds('vip')).toEqual(['u1']);
});

test('Get User reads the workspace from the query', async () => {
	await run({ appId: 'MY APP' });
	const headers = {
		...goodHeaders,
		'moe-appkey': 'MY APP',
		authorization: `Basic ${Buffer.from('MY APP:demo-secret').toString('base64')}`,
	};
	const identifiers = [{ identifier_type: 'customer_id', identifier: 'u1' }];
	const body = JSON.stringify({ data: { identifiers } });
	const response = await post({ path: `${getUserPath}?app_id=MY%20APP`, headers, body });

	expect(response.status).toBe(200);
	expect(await response.json()).toMatchObject({ type: 'export_users' });
	expect((await post({ path: getUserPath, headers, body })).status).toBe(400);
});

test.each([undefined, '', 'nonsense', 'text/plain', 'application/x-www-form-urlencoded'])(
	'the content type %j gets the documented 415',
	async (contentType) => {
		await run();
		const response = await post({ headers: { ...goodHeaders, 'content-type': contentType } });

		expect(response.status).toBe(415);
		expect(errorOf({ body: await response.text() })).toMatchObject({
			type: 'Unsupported media type',
		});
	},
);

test('a body of several megabytes gets the documented 413', async () => {
	await run();
	const response = await post({ body: ' '.repeat(5_000_000) });

	expect(response.status).toBe(413);
	expect(errorOf({ body: await response.text() })).toMatchObject({ type: 'Payload too large' });
});

test('an unknown path and a GET get the documented 404', async () => {
	await run();
	const wrongPath = await post({ path: '/v1/other' });
	const wrongMethod = await fetch(emulator.url + cohortSyncPath);

	expect([wrongPath.status, wrongMethod.status]).toEqual([404, 404]);
	expect(errorOf({ body: await wrongMethod.text() })).toMatchObject({ type: 'Not Found' });
});

test.each(['before', 'after'] as const)('a reset %s breaks the connection off', async (reset) => {
	await expect(under({ reset })).rejects.toThrow('fetch failed');
});

test('a client that gives up on a late answer has an applied request', async () => {
	const { model } = await run();
	const client = new AbortController();
	const giveUp = () => {
		client.abort();
		return true;
	};
	model.fault({ delayMs: 60_000, when: giveUp });

	await expect(post({ signal: client.signal })).rejects.toThrow('aborted');
	expect(model.memberIds('vip')).toEqual(['u1']);
});

test('the latency and a delay add up', async () => {
	const { model } = await run({ latencyMs: 20 });
	model.fault({ delayMs: 20 });
	const began = performance.now();
	await post();

	expect(performance.now() - began).toBeGreaterThan(38);
});

test('an HTML body is sent as it is', async () => {
	const headers = { 'content-type': 'text/html' };
	const response = await under({ status: 502, body: '<h1>Bad Gateway</h1>', headers });

	expect(response.status).toBe(502);
	expect(response.headers.get('content-type')).toContain('text/html');
	expect(await response.text()).toBe('<h1>Bad Gateway</h1>');
});

test('a dripping body comes in pieces and complete', async () => {
	const body = '👋'.repeat(95);
	const response = await under({ status: 200, body, drip: 2 });
	const pieces: Uint8Array[] = [];
	for await (const piece of response.body ?? []) pieces.push(piece);

	expect(pieces.length).toBeGreaterThan(1);
	expect(Buffer.concat(pieces).toString()).toBe(body);
});

test('closing is prompt with kept-alive connections and delayed answers', async () => {
	await run();
	await post();
	const arrived = new Promise<void>((resolve) => {
		const when = () => {
			resolve();
			return true;
		};
		emulator.model.fault({ delayMs: 60_000, when });
	});
	const late = post().catch(() => undefined);
	await arrived;
	const began = Date.now();
	await emulator.close();
	await late;

	expect(Date.now() - began).toBeLessThan(1_000);
});

test('what the emulator knew before it was closed is there when it starts with it', async () => {
	const { model, close } = await run();
	await post();
	await close();
	await run({ model });

	expect(emulator.model.memberIds('vip')).toEqual(['u1']);
});

test('the page and what it asks for are served', async () => {
	await run();
	const id = 'a&b=c/d';
	await post({ body: JSON.stringify(bodyOf({ id, name: 'VIP' })) });
	const response = await fetch(emulator.url);

	expect(response.headers.get('content-type')).toContain('text/html');
	expect(await response.text()).toContain('<title>MoEngage emulator</title>');
	expect(await getJson('/state.json')).toMatchObject({ cohorts: [{ id, size: 1 }] });
	expect(await getJson(`/cohort.json?id=${encodeURIComponent(id)}`)).toMatchObject({
		id,
		members: [{ uid: 'u1', anonymous_ids: [] }],
	});
	expect(emulator.model.requests).toHaveLength(1);
});
