import fc from 'fast-check';
import {
	cohortSyncPath,
	createMoEngage,
	demoAccount,
	testConnectionPath,
	type BlockType,
	type EmulatorOptions,
	type EmulatorRequest,
	type Fault,
	type Member,
	type MoEngage,
} from '../emulator/model';
import { startEmulator, type Emulator, type ServerOptions } from '../emulator/server';

const start = Date.parse('2026-11-23T10:00:00.000Z');

type Sync = {
	action?: string;
	members?: Member[];
	timestamp?: number;
	id?: string;
	name?: string;
};

/** A valid Cohort Sync body; `timestamp` in ms after `start`. */
function bodyOf({
	action = 'add_members',
	members = [{ uid: 'u1' }],
	timestamp = 0,
	id = 'vip',
	name = 'VIP customers',
}: Sync = {}) {
	return {
		action,
		timestamp: new Date(start + timestamp).toISOString(),
		partner: 'n8n',
		parameters: { cohort_name: name, cohort_id: id, members },
	};
}

function basic(appId: string, secret: string): string {
	return `Basic ${Buffer.from(`${appId}:${secret}`).toString('base64')}`;
}

const goodHeaders = {
	authorization: basic(demoAccount.appId, demoAccount.secret),
	'moe-appkey': demoAccount.appId,
	'content-type': 'application/json',
};

function request(changes: Partial<EmulatorRequest> = {}): EmulatorRequest {
	return {
		path: cohortSyncPath,
		headers: goodHeaders,
		body: JSON.stringify(bodyOf()),
		...changes,
	};
}

function send(model: MoEngage, sync: Sync = {}) {
	return model.receive(request({ body: JSON.stringify(bodyOf(sync)) }));
}

/** A model with a clock that the test sets. */
function withClock(options: EmulatorOptions = {}) {
	const clock = { now: start };
	return { clock, model: createMoEngage({ ...options, now: () => clock.now }) };
}

/** The fields of an error body, apart from its request_id. */
function errorOf({ body }: { body: string }) {
	const { status, error } = JSON.parse(body);
	const { request_id, ...rest } = error;
	expect(status).toBe('fail');
	expect(request_id).toMatch(/^[\w-]{8}$/);
	return rest;
}

describe('the answers of Cohort Sync', () => {
	test('a valid request is accepted in the documented words', () => {
		const answer = createMoEngage().receive(request());

		expect(answer.status).toBe(200);
		expect(JSON.parse(answer.body)).toEqual({
			status: 'success',
			message: 'Your request has been accepted and will be processed soon.',
		});
	});

	const headerMissing = {
		type: 'Authentication required',
		message: 'Authentication Header Required',
	};
	const wrongSecret = {
		type: 'Authentication required',
		message: 'App Secret key mismatch. Please login to the dashboard to verify key',
	};
	const mismatch = {
		type: 'Authentication Mismatch',
		message: 'App key mismatch in params and authentication',
	};
	const unsupported = { type: 'Unsupported media type' };

	test.each([
		['without any header', {}, 401, headerMissing],
		['without Authorization', { ...goodHeaders, authorization: undefined }, 401, headerMissing],
		['with a bearer token', { ...goodHeaders, authorization: 'Bearer x' }, 401, headerMissing],
		['without MOE-APPKEY', { ...goodHeaders, 'moe-appkey': undefined }, 401, headerMissing],
		['with another MOE-APPKEY', { ...goodHeaders, 'moe-appkey': 'OTHER' }, 401, mismatch],
		[
			'with a wrong secret',
			{ ...goodHeaders, authorization: basic(demoAccount.appId, 'wrong') },
			401,
			wrongSecret,
		],
		[
			'for an APP ID that is not known',
			{ ...goodHeaders, 'moe-appkey': 'OTHER', authorization: basic('OTHER', 'demo-secret') },
			401,
			wrongSecret,
		],
		['without a content type', { ...goodHeaders, 'content-type': undefined }, 415, unsupported],
		['as text', { ...goodHeaders, 'content-type': 'text/plain' }, 415, unsupported],
		[
			'as a JSON patch',
			{ ...goodHeaders, 'content-type': 'application/json-patch' },
			415,
			unsupported,
		],
	])('a request %s is refused', (_name, headers, status, error) => {
		const model = createMoEngage();
		const answer = model.receive(request({ headers }));

		expect(answer.status).toBe(status);
		expect(errorOf(answer)).toMatchObject(error);
		expect(model.memberIds('vip')).toEqual([]);
	});

	test('a charset beside the content type does no harm', () => {
		const headers = { ...goodHeaders, 'content-type': 'application/json; charset=utf-8' };

		expect(createMoEngage().receive(request({ headers })).status).toBe(200);
	});

	test('a secret may contain colons', () => {
		const model = createMoEngage({ secret: 'a:b:c' });
		const headers = { ...goodHeaders, authorization: basic(demoAccount.appId, 'a:b:c') };

		expect(model.receive(request({ headers })).status).toBe(200);
	});

	test.each<BlockType>(['BlockedClient', 'Account Suspended', 'Account Temporarily Suspended'])(
		'an account in the state %s gets a 403 until it is unblocked',
		(type) => {
			const model = createMoEngage();
			model.block(type);
			const answer = send(model);
			expect(answer.status).toBe(403);
			expect(errorOf(answer)).toMatchObject({ type });

			model.block();
			expect(send(model).status).toBe(200);
		},
	);

	const { parameters, ...envelope } = bodyOf();
	const missing = (attribute: string) => ({
		attribute,
		message: `${attribute} is not found in the payload`,
		type: 'MissingAttributeError',
	});
	const invalid = (attribute: string) => ({ attribute, type: 'InvalidAttributeError' });
	const withMembers = (members: unknown) => ({
		...envelope,
		parameters: { ...parameters, members },
	});

	test.each([
		['no action', { ...bodyOf(), action: undefined }, missing('action')],
		['no partner', { ...bodyOf(), partner: undefined }, missing('partner')],
		['no parameters', envelope, missing('parameters')],
		[
			'no cohort name',
			{ ...envelope, parameters: { ...parameters, cohort_name: undefined } },
			missing('cohort_name'),
		],
		[
			'no cohort id',
			{ ...envelope, parameters: { ...parameters, cohort_id: undefined } },
			missing('cohort_id'),
		],
		['no members', withMembers(undefined), missing('members')],
		['a member without identifier', withMembers([{ uid: 'u1' }, {}]), missing('uid')],
		['an empty list of members', withMembers([]), invalid('members')],
		['a number as uid', withMembers([{ uid: 7 }]), invalid('uid')],
		['an empty anonymous_id', withMembers([{ anonymous_id: '' }]), invalid('anonymous_id')],
		['an unknown action', { ...bodyOf(), action: 'replace' }, invalid('action')],
		['a timestamp of another form', { ...bodyOf(), timestamp: '23/11/2026' }, invalid('timestamp')],
		['a timestamp in words', { ...bodyOf(), timestamp: 'Nov 23 2026' }, invalid('timestamp')],
		['a day that is not', { ...bodyOf(), timestamp: '2026-13-41T10:00:00Z' }, invalid('timestamp')],
		['a list instead of an object', [], invalid('payload')],
	])('a body with %s gets a 400 that names the attribute', (_name, body, error) => {
		const answer = createMoEngage().receive(request({ body: JSON.stringify(body) }));

		expect(answer.status).toBe(400);
		expect(errorOf(answer)).toMatchObject(error);
	});

	test.each(['', '{"action":', 'action=add_members'])('the body %j is malformed JSON', (body) => {
		const answer = createMoEngage().receive(request({ body }));

		expect(answer.status).toBe(400);
		expect(errorOf(answer)).toMatchObject({ type: 'Malformed JSON' });
	});

	test('a timestamp may be left out', () => {
		const body = JSON.stringify({ ...bodyOf(), timestamp: undefined });

		expect(createMoEngage().receive(request({ body })).status).toBe(200);
	});

	test.each(['.VIP', '', ...[...'|*?\\:<>=$"'].map((mark) => `VIP ${mark} customers`)])(
		'the cohort name %j is refused',
		(name) => {
			const answer = send(createMoEngage(), { name });

			expect(answer.status).toBe(400);
			expect(errorOf(answer)).toMatchObject({ attribute: 'cohort_name' });
		},
	);

	test.each(['V.I.P.', 'Käufer & Freunde (2026) / 100%', '客户'])(
		'the cohort name %j is taken',
		(name) => {
			expect(send(createMoEngage(), { name }).status).toBe(200);
		},
	);

	test('a payload of exactly 131,072 bytes is taken, one byte more is refused', () => {
		const body = JSON.stringify(bodyOf({ name: 'é' }));
		const padding = ' '.repeat(131_072 - Buffer.byteLength(body));
		const model = createMoEngage();

		expect(model.receive(request({ body: body + padding })).status).toBe(200);
		const answer = model.receive(request({ body: `${body}${padding} ` }));
		expect(answer.status).toBe(413);
		expect(errorOf(answer)).toMatchObject({
			type: 'Payload too large',
			message: 'Payload can not exceed 128KB',
		});
	});

	test('the payload limit can be set', () => {
		const { length } = JSON.stringify(bodyOf());

		expect(send(createMoEngage({ maxBytes: length })).status).toBe(200);
		expect(send(createMoEngage({ maxBytes: length - 1 })).status).toBe(413);
	});

	test.each([
		{ path: '/v1/integrations/other' },
		{ path: cohortSyncPath, method: 'GET' },
		{ path: testConnectionPath, method: 'PUT' },
	])('%j is not found', (changes) => {
		const answer = createMoEngage().receive(request(changes));

		expect(answer.status).toBe(404);
		expect(errorOf(answer)).toMatchObject({ type: 'Not Found' });
	});
});

describe('the answers of Test Connection', () => {
	const keys = { app_id: 'DEMO_APP', app_secret: 'demo-secret', source: 'n8n', region: '01' };
	const headers = { 'moe-appkey': 'DEMO_APP', 'content-type': 'application/json' };

	test('the right keys get the name of the app', () => {
		const model = createMoEngage({ appName: 'Shop' });
		const answer = model.receive({
			path: testConnectionPath,
			headers,
			body: JSON.stringify(keys),
		});

		expect(answer.status).toBe(200);
		expect(JSON.parse(answer.body)).toEqual({ status: 'success', app_name: 'Shop' });
	});

	test.each([
		['a wrong secret', headers, { ...keys, app_secret: 'no' }, 401, 'Authentication required'],
		['another APP ID', headers, { ...keys, app_id: 'OTHER' }, 401, 'Authentication Mismatch'],
		['no MOE-APPKEY', { 'content-type': 'application/json' }, keys, 401, 'Authentication required'],
		['no app_secret', headers, { ...keys, app_secret: undefined }, 400, 'MissingAttributeError'],
	])('%s is refused', (_name, given, body, status, type) => {
		const model = createMoEngage();
		const answer = model.receive({
			path: testConnectionPath,
			headers: given,
			body: JSON.stringify(body),
		});

		expect(answer.status).toBe(status);
		expect(errorOf(answer)).toMatchObject({ type });
	});
});

describe('the rate limit', () => {
	test('300 requests in a minute are taken, and more only when the first is 60 s old', () => {
		const { clock, model } = withClock();
		for (let sent = 0; sent < 300; sent += 1) {
			expect(send(model).status).toBe(200);
			clock.now += 100;
		}

		clock.now = start + 59_999;
		const answer = send(model);
		expect(answer.status).toBe(429);
		expect(errorOf(answer)).toMatchObject({
			type: 'Rate Limits Exceeded',
			message: 'Rate limits for customers exceeded. Please Try After Some Time',
		});

		clock.now = start + 60_000;
		expect(send(model).status).toBe(200);
		expect(send(model).status).toBe(429);
		expect(model.stats()).toEqual({
			lastMinute: 302,
			limit: 300,
			refused429: 2,
			maxInAnyMinute: 302,
		});
	});

	test('Test Connection and requests without a login take no place in it', () => {
		const { model } = withClock({ requestsPerMinute: 1 });
		model.receive(request({ path: testConnectionPath }));
		model.receive(request({ headers: {} }));

		expect(send(model).status).toBe(200);
		expect(send(model).status).toBe(429);
	});

	test('the statistics forget requests after a minute but keep the maximum', () => {
		const { clock, model } = withClock();
		send(model);
		send(model);
		clock.now += 60_000;
		send(model);

		expect(model.stats()).toMatchObject({ lastMinute: 1, maxInAnyMinute: 2 });
	});
});

describe('users and cohorts', () => {
	test('unknown members are dropped without a word and counted', () => {
		const model = createMoEngage({ known: [{ uid: 'u1' }, { anonymous_id: 'a2' }] });
		const members = [{ uid: 'u1' }, { uid: 'u9' }, { anonymous_id: 'a2' }, { anonymous_id: 'a9' }];

		expect(send(model, { members }).status).toBe(200);
		expect(model.memberIds('vip')).toEqual(['a2', 'u1']);
		expect(model.unknownCount()).toBe(2);
	});

	test('the uid and the anonymous_id of one user are one member', () => {
		const model = createMoEngage({ known: [{ uid: 'u1', anonymous_id: 'a1' }] });
		send(model, { members: [{ uid: 'u1' }, { anonymous_id: 'a1' }] });
		expect(model.cohort('vip')).toMatchObject({
			size: 1,
			members: [{ uid: 'u1', anonymous_id: 'a1' }],
		});

		send(model, { action: 'remove_members', members: [{ anonymous_id: 'a1' }], timestamp: 1 });
		expect(model.cohort('vip')).toMatchObject({ size: 0, members: [] });
	});

	test('of both identifiers the uid is tried first, then the anonymous_id', () => {
		const known = [{ uid: 'u1' }, { uid: 'u2', anonymous_id: 'a2' }];
		const model = createMoEngage({ known });
		send(model, { members: [{ uid: 'u1', anonymous_id: 'a2' }], id: 'first' });
		send(model, { members: [{ uid: 'u9', anonymous_id: 'a2' }], id: 'second' });

		expect(model.memberIds('first')).toEqual(['u1']);
		expect(model.memberIds('second')).toEqual(['u2']);
	});

	test('when everyone is known, identifiers that came together are one user', () => {
		const model = createMoEngage();
		const members = [{ anonymous_id: 'a1' }, { uid: 'u1', anonymous_id: 'a1' }, { uid: 'u1' }];
		send(model, { members });

		expect(model.memberIds('vip')).toEqual(['u1']);
		expect(model.unknownCount()).toBe(0);
	});

	test('when everyone is known, one anonymous_id does not merge two uids', () => {
		const model = createMoEngage();
		send(model, {
			members: [
				{ uid: 'u1', anonymous_id: 'a1' },
				{ uid: 'u2', anonymous_id: 'a1' },
			],
		});

		expect(model.memberIds('vip')).toEqual(['u1', 'u2']);

		send(model, { members: [{ anonymous_id: 'a1' }], id: 'owner' });
		expect(model.memberIds('owner')).toEqual(['u1']);
	});

	test('a user who is registered later is added by changes from then on', () => {
		const model = createMoEngage({ known: [] });
		send(model, { members: [{ uid: 'u1' }] });
		model.register({ uid: 'u1' });
		expect(model.memberIds('vip')).toEqual([]);

		send(model, { members: [{ uid: 'u1' }] });
		expect(model.memberIds('vip')).toEqual(['u1']);
	});

	test('a change is accepted at once and applied after the delay', () => {
		const { clock, model } = withClock({ applyDelayMs: 5_000 });
		send(model);
		expect(model.requests[0]).toMatchObject({ accepted: true, status: 200 });
		clock.now += 4_999;
		expect(model.cohort('vip')).toBeUndefined();
		expect(model.cohorts()).toEqual([]);

		clock.now += 1;
		expect(model.memberIds('vip')).toEqual(['u1']);
	});

	test('settle applies what is pending at once', () => {
		const { model } = withClock({ applyDelayMs: 5_000 });
		send(model);
		model.settle();

		expect(model.memberIds('vip')).toEqual(['u1']);
	});

	test('a late removal that is older than the addition does not win, for that member alone', () => {
		const model = createMoEngage();
		send(model, { members: [{ uid: 'u2' }], timestamp: 0 });
		send(model, { members: [{ uid: 'u1' }], timestamp: 2_000 });
		send(model, {
			action: 'remove_members',
			members: [{ uid: 'u1' }, { uid: 'u2' }],
			timestamp: 1_000,
		});

		expect(model.memberIds('vip')).toEqual(['u1']);
	});

	test('of two changes with the same timestamp the later arrival wins', () => {
		const model = createMoEngage();
		send(model);
		send(model, { action: 'remove_members' });

		expect(model.memberIds('vip')).toEqual([]);
	});

	test('the newest change names the cohort, whenever it arrives', () => {
		const model = createMoEngage();
		send(model, { name: 'New name', timestamp: 2 });
		send(model, { name: 'Old name', timestamp: 1 });

		expect(model.cohorts()).toEqual([{ id: 'vip', name: 'New name', description: '', size: 1 }]);
	});

	test('any order of arrival and any delay end in the cohort that the timestamps ask for', () => {
		const uids = ['u0', 'u1', 'u2', 'u3'];
		const change = fc.record({
			action: fc.constantFrom('add_members', 'remove_members'),
			uids: fc.uniqueArray(fc.constantFrom(...uids), { minLength: 1 }),
			delay: fc.nat(5_000),
			byAnonymousId: fc.boolean(),
		});
		const arrivals = fc
			.array(change, { minLength: 1, maxLength: 12 })
			.map((changes) => changes.map((one, timestamp) => ({ ...one, timestamp })))
			.chain((changes) =>
				fc.record({
					changes: fc.constant(changes),
					arriving: fc.shuffledSubarray(changes, { minLength: changes.length }),
				}),
			);

		fc.assert(
			fc.property(arrivals, ({ changes, arriving }) => {
				const delays = arriving.map(({ delay }) => delay);
				const known = uids.map((uid) => ({ uid, anonymous_id: `a-${uid}` }));
				const { clock, model } = withClock({ known, applyDelayMs: () => delays.shift() ?? 0 });
				for (const { action, timestamp, byAnonymousId, ...one } of arriving) {
					const members = one.uids.map((uid) =>
						byAnonymousId ? { anonymous_id: `a-${uid}` } : { uid },
					);
					send(model, { action, members, timestamp });
					clock.now += 1_000;
					model.cohorts();
				}
				model.settle();

				const expected = new Set<string>();
				for (const one of changes) {
					for (const uid of one.uids) {
						if (one.action === 'add_members') expected.add(uid);
						else expected.delete(uid);
					}
				}
				expect(model.memberIds('vip')).toEqual([...expected].sort());
				expect(model.cohort('vip')?.size).toBe(expected.size);
			}),
		);
	});
});

describe('what is remembered of a request', () => {
	test('a record holds what was asked and what came of it', () => {
		const { model } = withClock();
		send(model, { members: [{ uid: 'u1' }, { anonymous_id: 'a2' }] });

		expect(model.requests).toEqual([
			{
				number: 1,
				at: start,
				path: cohortSyncPath,
				bytes: expect.any(Number),
				change: expect.objectContaining({ partner: 'n8n' }),
				action: 'add_members',
				cohortId: 'vip',
				timestamp: '2026-11-23T10:00:00.000Z',
				members: [{ uid: 'u1' }, { anonymous_id: 'a2' }],
				memberCount: 2,
				status: 200,
				message: 'Accepted',
				accepted: true,
			},
		]);
	});

	test('a record of Test Connection holds no secret', () => {
		const model = createMoEngage();
		const keys = { app_id: demoAccount.appId, app_secret: demoAccount.secret };
		model.receive(request({ path: testConnectionPath, body: JSON.stringify(keys) }));

		expect(JSON.stringify(model.requests)).not.toContain(demoAccount.secret);
	});
});

describe('faults on demand', () => {
	test.each([
		[400, 'Malformed JSON'],
		[401, 'Authentication required'],
		[403, 'BlockedClient'],
		[413, 'Payload too large'],
		[415, 'Unsupported media type'],
		[429, 'Rate Limits Exceeded'],
		[500, 'Server Error'],
		[503, 'Server Error'],
	])('a status of %i brings its documented body and applies nothing', (status, type) => {
		const model = createMoEngage();
		model.fault({ status });
		const answer = send(model);

		expect(answer.status).toBe(status);
		expect(errorOf(answer)).toMatchObject({ type });
		expect(model.requests[0]).toMatchObject({ status, accepted: false });
		expect(model.memberIds('vip')).toEqual([]);
	});

	test('a Retry-After goes with the status', () => {
		const model = createMoEngage();
		model.fault({ status: 429, retryAfter: 7 });

		expect(send(model)).toMatchObject({ status: 429, headers: { 'retry-after': '7' } });
	});

	test('a gateway error after the request was handled leaves it applied', () => {
		const model = createMoEngage();
		model.fault({ status: 504, handleFirst: true });

		expect(send(model).status).toBe(504);
		expect(model.requests[0]).toMatchObject({ status: 504, accepted: true });
		expect(model.memberIds('vip')).toEqual(['u1']);
	});

	test.each([
		['before', false],
		['after', true],
	] as const)('a reset %s leaves the request accepted: %s', (reset, accepted) => {
		const model = createMoEngage();
		model.fault({ reset });

		expect(send(model).reset).toBe(reset);
		expect(model.requests[0]).toMatchObject({ status: 'reset', accepted });
		expect(model.memberIds('vip')).toEqual(accepted ? ['u1'] : []);
	});

	test('a reset after handling takes precedence over a status', () => {
		const model = createMoEngage();
		model.fault({ status: 500, reset: 'after' });

		expect(send(model).reset).toBe('after');
		expect(model.memberIds('vip')).toEqual(['u1']);
	});

	test('a fault strikes once, unless it says how often', () => {
		const model = createMoEngage();
		model.fault({ status: 500 });
		model.fault({ status: 502, times: 2 });

		expect([send(model), send(model), send(model), send(model)].map((it) => it.status)).toEqual([
			500, 502, 502, 200,
		]);
	});

	test('a fault waits for the request that it is meant for', () => {
		const model = createMoEngage();
		model.fault({ status: 500, when: ({ action }) => action === 'remove_members' });

		expect(send(model).status).toBe(200);
		expect(send(model, { action: 'remove_members' }).status).toBe(500);
	});

	test('a lasting fault ends when it is lifted', () => {
		const model = createMoEngage();
		const lift = model.fault({ status: 500, times: Infinity });
		expect(send(model).status).toBe(500);
		lift();

		expect(send(model).status).toBe(200);
	});
});

describe('over HTTP', () => {
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
		expect(model.memberIds('vip')).toEqual(['u1']);
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

	test('the page shows what happened, without secrets or members', async () => {
		const { model } = await run({ known: [{ uid: 'member-1' }], requestsPerMinute: 3 });
		const name = "Friends & VIP's";
		const members = [{ uid: 'member-1' }, { uid: 'member-2' }];
		const body = JSON.stringify(bodyOf({ name, members }));
		for (let sent = 0; sent < 25; sent += 1) await post({ body });
		const keys = JSON.stringify({ app_id: demoAccount.appId, app_secret: demoAccount.secret });
		await post({ path: testConnectionPath, body: keys });
		const text = await (await fetch(`${emulator.url}/state.json`)).text();
		const state = JSON.parse(text);

		expect(state).toMatchObject({
			cohorts: [{ id: 'vip', name, size: 1 }],
			lastMinute: 25,
			limit: 3,
			refused429: 22,
			unknownMembers: 3,
		});
		expect(state.requests).toHaveLength(20);
		expect(state.requests.slice(0, 2)).toMatchObject([
			{ number: 26, what: 'Test Connection', status: 200 },
			{ number: 25, what: 'Add members', cohort: name, memberCount: 2, status: 429 },
		]);
		expect(text).not.toMatch(/member-\d|demo-secret|Basic/);
		expect(model.requests).toHaveLength(26);
	});

	test('the page puts what comes from requests on the screen as text only', async () => {
		await run();
		const response = await fetch(emulator.url);
		const html = await response.text();

		expect(response.headers.get('content-type')).toContain('text/html');
		expect(html).toContain('.textContent = text');
		expect(html).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write/);
	});
});
