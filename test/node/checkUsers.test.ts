import type { Fault } from '../../emulator/model';
import { getUserPath } from '../../emulator/model';
import { itemsOf, numbered, users } from '../support/audience';
import { useEmulator } from '../support/emulatedNode';
import { VirtualN8n } from '../support/virtualNode';
import type { TestRun, TestWorkflow } from '../support/workflow';
import { CONTINUING, errorsOf, hintsOf, jsonOf, pairsOf, withOptions } from '../support/workflow';

const node = useEmulator();

const KNOWN = numbered(970);
const knownUsers = KNOWN.map((uid) => ({ uid, attributes: { email: `${uid}@private.example` } }));

function check(options = {}): Partial<TestWorkflow> {
	return { parameters: { operation: 'check', ...withOptions(options) } };
}

const statusesOf = ({ success }: TestRun) => success.map(({ json }) => json['status']);

test('of 1,000 users, 30 of them unknown, exactly those are found, and nothing is written', async () => {
	await node.restart({ known: knownUsers });
	const result = await node.run({ items: users(1_000), ...check() });
	expect(result.status).toBe('success');
	const expected = numbered(1_000).map((uid) => ({
		status: KNOWN.includes(uid) ? 'known' : 'unknown',
		uid,
	}));
	expect(jsonOf(result.success)).toEqual(expected);
	expect(pairsOf(result.success)).toEqual(numbered(1_000).map((_, item) => ({ item })));
	expect(hintsOf(result)).toBe(
		'Of 1,000 users looked up, 970 are known to MoEngage and 30 are not.',
	);
	const { requests } = node.model;
	expect(requests).toHaveLength(50);
	expect(new Set(requests.map(({ endpoint }) => endpoint))).toEqual(new Set(['getUser']));
	expect(node.model.cohorts()).toEqual([]);
});

test('if MoEngage knows nobody, a hint says what to check', async () => {
	await node.restart({ known: [] });
	expect(hintsOf(await node.run({ items: users(3), ...check() }))).toBe(
		"Of 3 users looked up, 0 are known to MoEngage and 3 are not. Check that 'User ID' contains the ID by which MoEngage knows your users.",
	);
});

test('without a User ID it is refused, and an empty source is an empty source', async () => {
	const empty = { parameters: { operation: 'check', userId: '', ...withOptions({}) } };
	const notSet = await node.run({ items: users(2), ...empty });
	expect(notSet.thrown?.message).toBe("'User ID' is empty");
	const nothing = await node.run({ items: [{}], ...check() });
	expect(nothing.thrown?.message).toBe('No data came in, so nothing was sent');
	expect(node.model.requests).toEqual([]);
});

test('each item can carry the fields of its input item', async () => {
	await node.restart({ known: [{ uid: 'u-0' }] });
	const items = [
		{ uid: 'u-0', email: 'a@example.com', status: 'gold', error: 'none' },
		{ uid: 'u-1', email: 'b@example.com' },
	];
	const { success } = await node.run({ items, ...check({ includeInputFields: true }) });
	expect(jsonOf(success)).toEqual([
		{ status: 'known', uid: 'u-0', email: 'a@example.com' },
		{ status: 'unknown', uid: 'u-1', email: 'b@example.com' },
	]);
});

test('of a user nothing but the ID is asked for, and nothing else is kept', async () => {
	await node.restart({ known: knownUsers });
	const receive = jest.spyOn(node.model, 'receive');
	const result = await node.run({ items: users(3), ...check() });
	expect(receive.mock.calls.map(([{ path, body }]) => [path, JSON.parse(body)])).toEqual([
		[
			`${getUserPath}?app_id=APP`,
			{
				data: {
					identifiers: ['u-0', 'u-1', 'u-2'].map((identifier) => ({
						identifier_type: 'customer_id',
						identifier,
					})),
					user_fields_to_export: ['customer_id'],
				},
			},
		],
	]);
	expect(JSON.stringify(result)).not.toContain('private.example');
});

test('attributes that MoEngage sends unasked are nowhere', async () => {
	const user_attributes = { customer_id: 'u-0', email: 'u-0@private.example' };
	const data = { users: [{ user_attributes }], users_not_found: [] };
	node.model.fault({ status: 200, body: JSON.stringify({ status: 'success', data }) });
	const result = await node.run({ items: users(1), ...check() });
	expect(jsonOf(result.success)).toEqual([{ status: 'known', uid: 'u-0' }]);
	expect(JSON.stringify(result.run)).not.toContain('private.example');
});

test('a user who comes several times is looked up once, and each item says so', async () => {
	await node.restart({ known: [{ uid: 'u-1' }] });
	const result = await node.run({
		items: [{ uid: 'u-1' }, { uid: ' u-1 ' }, { uid: 'u-2' }, { uid: 'u-2' }],
		...check(),
	});
	expect(jsonOf(result.success)).toEqual([
		{ status: 'known', uid: 'u-1' },
		{ status: 'known', uid: 'u-1', duplicate_of: 0 },
		{ status: 'unknown', uid: 'u-2' },
		{ status: 'unknown', uid: 'u-2', duplicate_of: 2 },
	]);
	expect(node.model.requests[0]?.userCount).toBe(2);
	expect(hintsOf(result)).toBe(
		'Of 2 users looked up, 1 is known to MoEngage and 1 is not. 2 items repeated the user of an earlier item.',
	);
});

test('the summary counts', async () => {
	await node.restart({ known: [{ uid: 'u-1' }] });
	const { success, error } = await node.run({
		items: [{ uid: 'u-1' }, { uid: 'u-1' }, { uid: 'u-2' }, { uid: 'guest' }, { uid: '' }],
		onError: 'continueErrorOutput',
		...check({ output: 'summary' }),
	});
	expect(success).toMatchObject([
		{
			pairedItem: { item: 0 },
			json: {
				...{ operation: 'check', dry_run: false },
				...{ known: 2, unknown: 1, planned: 0, invalid: 2 },
				...{ rejected: 0, failed: 0, not_sent: 0, duplicates: 1 },
				...{ requests: 1, retries: 0, throttled: 0, seconds_at_rate: 0 },
				errors: [
					expect.stringContaining('\'User ID\' is "guest"'),
					"'User ID' is empty, and MoEngage can't look users up by an anonymous ID.",
				],
			},
		},
	]);
	expect(error.map(({ json, pairedItem }) => [json['message'], pairedItem])).toEqual([
		['invalid', { item: 3 }],
		['invalid', { item: 4 }],
	]);
});

test('a dry run looks nobody up and says what it would take', async () => {
	const items = users(2_001);
	const result = await node.run({ items, ...check({ dryRun: true }) });
	expect(new Set(statusesOf(result))).toEqual(new Set(['planned']));
	expect(hintsOf(result)).toBe(
		"Dry run: nobody was looked up. The run would take 101 requests for 2,001 users, in no less than 120 s. Turn off 'Dry Run' to look the users up.",
	);
	expect(node.model.requests).toEqual([]);
});

test('an item with an anonymous ID alone is invalid, and the text says why', async () => {
	const result = await node.run({ items: [{ uid: 'u-1' }, { anonymous_id: 'a-1' }], ...check() });
	expect(result.thrown?.message).toBe("1 of 2 items can't be looked up, so nobody was looked up");
	expect(result.thrown?.description).toMatch(
		/^Item 1: 'User ID' is empty, and MoEngage can't look users up by an anonymous ID\./,
	);
	expect(node.model.requests).toEqual([]);
});

test.each(['["u-1","u-2"]', '{"id":"u-1"}'])(
	'an item with a list as text is invalid: %s',
	async (uid) => {
		const result = await node.run({ items: [{ uid }], ...check() });
		expect(result.thrown?.description).toContain("'User ID' contains a list or an object as text.");
		expect(node.model.requests).toEqual([]);
	},
);

test('an AI agent reads whether MoEngage knows a user, or why it can not say', async () => {
	await node.restart({ known: [{ uid: 'u-1' }] });
	const known = await node.run({ items: [{ uid: 'u-1' }], asTool: true, ...check() });
	expect(jsonOf(known.success)).toEqual([{ status: 'known', uid: 'u-1' }]);
	await node.restart({ restrictions: { getUser: 403 } });
	const refused = await node.run({ items: [{ uid: 'u-1' }], asTool: true, ...check() });
	expect(jsonOf(refused.success)).toEqual([
		{ message: 'rejected', error: expect.stringContaining('ask MoEngage support to enable') },
	]);
});

test('a body that MoEngage takes without "data" only is sent again that way, once', async () => {
	await node.restart({ known: [{ uid: 'u-1' }], getUserBody: 'flat', appName: 'other' });
	const credential = node.credential();
	const first = await node.run({ items: users(60), credential, ...check() });
	expect(statusesOf(first).filter((status) => status === 'known')).toHaveLength(1);
	expect(node.model.requests.map(({ status }) => status)).toEqual([400, 200, 200, 200]);
	// What MoEngage takes is known from then on.
	await node.run({ items: users(1), credential, ...check() });
	expect(node.model.requests).toHaveLength(5);
});

const NOT_ENABLED = (status: number) =>
	`MoEngage does not look users up for this workspace (status ${status}): ask MoEngage support to enable the Get User API.`;

interface Failure {
	readonly name: string;
	readonly fault: Fault;
	readonly text: string | RegExp;
	readonly status?: 'failed';
}

const refusal = (status: number, type: string, message: string, attribute = 'x'): Fault => ({
	status,
	body: JSON.stringify({ status: 'fail', error: { type, message, attribute } }),
});

const failures: Failure[] = [
	...[401, 403, 404, 409].map((status) => ({
		name: `Get User that is not enabled (${status})`,
		fault: refusal(status, 'Access Denied', 'Not enabled'),
		text: NOT_ENABLED(status),
	})),
	{
		name: 'a firewall',
		fault: { status: 403, body: '<html>' },
		text: /Get User API\. Adding .* API Firewall may not allow the address that n8n calls from for 'Data'\.$/,
	},
	{
		name: 'a limit that changed',
		fault: refusal(400, 'LimitBreached', 'max limit allowed is 1', 'users'),
		text: NOT_ENABLED(400),
	},
	{
		name: 'a body that MoEngage takes in neither form',
		fault: refusal(400, 'MissingAttributeError', 'Missing', 'identifiers'),
		text: NOT_ENABLED(400),
	},
	{
		name: 'a wrong key',
		fault: refusal(401, 'Authentication required', 'App Secret key mismatch. Please login'),
		text: 'MoEngage does not accept the App ID or the Secret Key.',
	},
	{
		name: 'another App ID',
		fault: refusal(409, 'Authentication required', 'App key mismatch in params'),
		text: 'The App ID and the Secret Key belong to different workspaces.',
	},
	{
		name: 'a blocked account',
		fault: refusal(403, 'Account Suspended', 'Account Suspended'),
		text: 'MoEngage has blocked or suspended this account.',
	},
	{
		name: 'an ID that MoEngage does not take',
		fault: refusal(400, 'InvalidAttributeError', 'Not an identifier', 'identifier'),
		text: 'MoEngage rejected this member.',
	},
	{
		name: 'too many lookups',
		fault: refusal(429, 'Rate Limits Exceeded', 'Slow down'),
		text: 'MoEngage is looking up too many users for this workspace (status 429).',
		status: 'failed',
	},
	{
		name: 'a service that is away',
		fault: { status: 503 },
		text: 'MoEngage is unavailable (status 503).',
		status: 'failed',
	},
	{
		name: 'a redirect',
		fault: { status: 302, headers: { location: 'https://elsewhere.example.com' } },
		text: 'The address responded with a redirect (status 302).',
		status: 'failed',
	},
	...['{"status":"success"}', '{"status":"success","data":{"users":[],"users_not_found":[]}}'].map(
		(body) => ({
			name: `an answer that says nothing: ${body}`,
			fault: { status: 200, body },
			text: 'The response (status 200) does not say which users MoEngage knows.',
			status: 'failed' as const,
		}),
	),
];

describe.each(failures)('$name', ({ fault, text, status = 'rejected' }) => {
	const items = users(40);
	const secondRequestFails = () => {
		node.model.fault({ ...fault, when: ({ number }) => number > 1, times: Infinity });
	};

	test('ends the run with what happened, and how many were looked up', async () => {
		secondRequestFails();
		const { thrown } = await node.run({ items, ...check() });
		const whole = `${thrown?.message} ${thrown?.description}`;
		expect(whole.replace(/ (MoEngage says|Looked up before): .*/g, '')).toMatch(
			typeof text === 'string' ? text : 'Get User API.',
		);
		expect(thrown?.description).toContain(
			'Looked up before: 20 of 40 items (the first one not looked up is item 20).',
		);
	});

	test.each(CONTINUING)('marks just its own items with %s', async (onError) => {
		secondRequestFails();
		const result = await node.run({ items, onError, ...check() });
		expect(result.status).toBe('success');
		const errors = errorsOf(result);
		expect(pairsOf(errors)).toEqual(items.slice(20).map((_, index) => ({ item: index + 20 })));
		for (const { json } of errors) {
			expect(json['message']).toBe(status);
			expect(json['error']).toMatch(typeof text === 'string' ? text.slice(0, 40) : text);
		}
		expect(result.success.filter(({ json }) => json['status'] === 'known')).toHaveLength(20);
	});
});

test('what comes after a refusal is not looked up', async () => {
	await node.restart({ restrictions: { getUser: 403 } });
	const result = await node.run({ items: users(41), onError: 'continueErrorOutput', ...check() });
	expect(hintsOf(result)).toMatch(
		/^No user was looked up\. 41 items could not be looked up\. The first of them: MoEngage does not look users up/,
	);
	expect(node.model.requests).toHaveLength(1);
	const messages = result.error.map(({ json }) => json['message']);
	expect(messages.filter((message) => message === 'rejected')).toHaveLength(20);
	expect(messages.filter((message) => message === 'not_sent')).toHaveLength(21);
});

describe('in virtual time', () => {
	test('3,000 users take three windows of their own, beside a full run of Cohort Sync', async () => {
		const n8n = new VirtualN8n(1, { known: knownUsers, rateHeaders: 'off' });
		const audience = { items: itemsOf(numbered(300)), parameters: { options: { batchSize: 1 } } };
		const started = n8n.clock.elapsed();
		const [lookup] = await n8n.runTogether([
			{ items: users(3_000), parameters: { operation: 'check', options: {} } },
			audience,
		]);
		const seconds = (n8n.clock.elapsed() - started) / 1000;
		expect(lookup?.success.filter(({ json }) => json['status'] === 'known')).toHaveLength(970);
		expect(n8n.model.requests.filter(({ status }) => status === 429)).toEqual([]);
		expect(seconds).toBeGreaterThan(120);
		expect(seconds).toBeLessThan(130);
	});

	test('single users may be looked up 1,000 times a minute', async () => {
		const n8n = new VirtualN8n(2);
		const single = (uid: string) => ({ items: [{ uid }], ...check() });
		const started = n8n.clock.elapsed();
		const runs = await n8n.runTogether(numbered(200).map(single));
		expect(runs.every(({ status }) => status === 'success')).toBe(true);
		expect(n8n.clock.elapsed() - started).toBeLessThan(20_000);
	});

	test('an outage is outlasted', async () => {
		const n8n = new VirtualN8n(3);
		n8n.model.fault({ status: 503, times: 5 });
		const result = await n8n.run({
			items: users(30),
			parameters: { operation: 'check', options: {} },
		});
		expect(new Set(statusesOf(result))).toEqual(new Set(['known']));
	});
});

test('a stopped run looks nobody else up', async () => {
	const n8n = new VirtualN8n(4);
	const result = await n8n.run(
		{ items: users(5_000), parameters: { operation: 'check', options: {} } },
		3_000,
	);
	expect(result.status).toBe('canceled');
	expect(n8n.model.requests.length).toBeLessThanOrEqual(50);
});
