import type { INodeParameters, OnError } from 'n8n-workflow';
import { users } from '../support/audience';
import { VirtualN8n } from '../support/virtualNode';
import type { TestWorkflow } from '../support/workflow';
import { errorsOf, jsonOf, withOptions } from '../support/workflow';

const ON_ERROR: OnError[] = ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'];

async function run(workflow: Partial<TestWorkflow>) {
	const n8n = new VirtualN8n(1);
	const result = await n8n.run(workflow);
	const members = n8n.model.requests.flatMap((request) => request.members);
	return { ...result, n8n, members, messages: result.hints.map(({ message }) => message) };
}

describe.each(ON_ERROR)('refused or invalid before anything is sent, under %s', (onError) => {
	const withUserId = (userId: string): INodeParameters => ({ userId });

	test.each<[what: string, workflow: Partial<TestWorkflow>, sentence: RegExp]>([
		[
			'an expression that n8n can not evaluate',
			{ items: [{ uid: '1' }], parameters: { cohortName: "={{ $('Nowhere').item.json.id }}" } },
			/n8n could not evaluate the expression in 'Cohort Name' for this item\. n8n says: /,
		],
		[
			'an object in a text with a line break',
			{ items: [{ uid: { id: 1 } }], parameters: withUserId('={{ $json.uid }}\n') },
			/'User ID' is an object, not text or a whole number/,
		],
		[
			'numbers too large to be told apart',
			{
				items: [{ uid: 2 ** 53 }, { uid: 2 ** 53 + 2 }],
				parameters: withUserId('={{ $json.uid }} '),
			},
			/'User ID' is a number that can't be an identifier/,
		],
		[
			'a field without braces, of one item',
			{ items: [{ uid: 'u1' }], parameters: withUserId('$json.uid') },
			/'User ID' contains \$json outside of \{\{ \}\}/,
		],
		[
			'the same as an expression',
			{ items: [{ uid: 'u1' }], parameters: withUserId('=$json.uid') },
			/'User ID' contains \$json outside of \{\{ \}\}/,
		],
		[
			'a composed text without its part',
			{ items: [{ uid: 'u1' }], parameters: { cohortId: '=tier-{{ $json.tier }}' } },
			/Part of the text in 'Cohort ID' is missing/,
		],
		[
			'a text that JavaScript wrote for an object',
			{ items: [{ uid: 'x [object Object]' }] },
			/'User ID' contains "\[object Object\]"/,
		],
		[
			"another node's column without braces",
			{ items: [{ uid: 'u1' }], parameters: { cohortId: "$('Source').item.json.tier" } },
			/'Cohort ID' refers to other data outside of \{\{ \}\}/,
		],
		[
			'a switch whose variable is not set',
			{ items: [{ uid: 'u1' }], parameters: { options: { dryRun: '={{ $vars.DRY }}' } } },
			/The option 'Dry Run' must be on or off/,
		],
		[
			'an empty number',
			{ items: [{ uid: 'u1' }], parameters: { options: { requestsPerMinute: '={{ "" }}' } } },
			/'Requests per Minute' must be a whole number/,
		],
		[
			'two cohort IDs with one name',
			{
				items: ['a', 'b'].map((cohort) => ({ uid: 'u1', cohort })),
				parameters: { cohortId: '={{ $json.cohort }}' },
			},
			/The cohort name "VIP" has two cohort IDs/,
		],
		[
			'a name that MoEngage drops silently',
			{ items: [{ uid: 'u1' }], parameters: { cohortName: 'All Users' } },
			/'Cohort Name' is the name of MoEngage's built-in segment of all users/,
		],
		[
			'a mirror that gets one item only',
			{
				items: [{ uid: 'u1' }, { uid: 'u2' }],
				parameters: { operation: 'mirror' },
				executeOnce: true,
			},
			/'Execute Once' is on, so the node gets one item/,
		],
	])('%s', async (_what, workflow, sentence) => {
		const result = await run({ ...workflow, onError });
		expect(result.n8n.model.requests).toEqual([]);
		if (onError === 'stopWorkflow') {
			expect(`${result.thrown?.message}. ${result.thrown?.description}`).toMatch(sentence);
			return;
		}
		expect(result.thrown).toBeUndefined();
		const errors = errorsOf(result);
		expect(errors.length).toBeGreaterThan(0);
		for (const { json } of errors) expect(json['error']).toMatch(sentence);
	});

	test.each([
		[2, 1],
		[3, 1],
		[11, 5],
		[1_000, 999],
	])('a credential that of %d items names another workspace for item %d', async (count, other) => {
		const n8n = new VirtualN8n(1);
		const credentialOf = (item: number) => ({
			appId: item === other ? 'ANOTHER' : n8n.appId,
			secretKey: 'secret',
			dataCenter: 'custom',
			customUrl: 'https://moengage.example.com',
		});
		const { thrown, ...result } = await n8n.run({
			items: users(count),
			credentialOf,
			onError,
		});
		const sentence = /The MoEngage API credential returns different keys for different items/;
		expect(n8n.model.requests).toEqual([]);
		if (onError === 'stopWorkflow') expect(thrown?.message).toMatch(sentence);
		else expect(errorsOf({ ...result, thrown })[1]?.json['error']).toMatch(sentence);
	});
});

describe('placeholders', () => {
	test.each([0, 'guest', 'NULL', '\\N', '#N/A', '<nil>'])(
		'%j beside anonymous IDs',
		async (uid) => {
			const items = Array.from({ length: 200 }, (_, index) => ({ uid, anonymous_id: `a${index}` }));
			const { members, success, messages } = await run({ items });
			expect(members).toEqual(items.map(({ anonymous_id }) => ({ anonymous_id })));
			expect(jsonOf(success).every(({ status }) => status === 'accepted')).toBe(true);
			expect(messages.join(' ')).toContain(
				`200 items have a placeholder instead of an ID, most often "${uid}".`,
			);
		},
	);

	test('a table that is numbered from 1 is sent, with a hint', async () => {
		const { members, messages } = await run({ items: [1, 2, 3].map((uid) => ({ uid })) });
		expect(members).toEqual([{ uid: '1' }, { uid: '2' }, { uid: '3' }]);
		expect(messages.join(' ')).toContain(
			`"1" and "2" were sent as user IDs, but MoEngage treats them as placeholders`,
		);
	});
});

describe('values as variables, warehouses and CDPs write them', () => {
	test('a number may be a text', async () => {
		const { success } = await run({
			items: [{ uid: 'u1' }],
			parameters: { options: { requestsPerMinute: '={{ "150" }}', dryRun: '={{ "true" }}' } },
		});
		expect(jsonOf(success)).toMatchObject([{ status: 'planned' }]);
	});

	test('times and memberships', async () => {
		const items = [
			['u1', 'left', '1.763892E9'],
			['u1', 't', 1763892000000001],
			['u2', 'Audience Entered', '2025-11-23 10:00:00 UTC'],
			['u2', 'left', '2025-11-23 10:00:01.000 +0000'],
		].map(([uid, is_member, at]) => ({ uid, is_member, at }));
		const { success } = await run({
			items,
			parameters: { operation: 'update', changedAt: '={{ $json.at }}' },
		});
		expect(jsonOf(success).map(({ status, action }) => [status, action])).toEqual([
			['superseded', undefined],
			['accepted', 'add'],
			['superseded', undefined],
			['accepted', 'remove'],
		]);
	});
});

test('a retry of Update Membership says that it may overwrite newer changes', async () => {
	const { messages } = await run({
		items: [{ uid: 'u1', is_member: true }],
		parameters: { operation: 'update' },
		mode: 'retry',
	});
	expect(messages).toContainEqual(expect.stringContaining('This is a retry'));
});

describe('e-mail addresses as User IDs', () => {
	const items = [
		{ uid: 'a@example.com' },
		{ uid: 'b@example.com' },
		{ uid: 'a@example.com' },
		{ uid: 'u@1' },
	];
	const hint = expect.stringContaining('2 users have an e-mail address as User ID.');

	test.each([
		['a run from the editor', { mode: 'manual' as const }],
		['a dry run', { parameters: withOptions({ dryRun: true }) }],
	])('earn a hint in %s', async (_what, workflow) => {
		expect((await run({ items, ...workflow })).messages).toContainEqual(hint);
	});

	test('earn none in a production run', async () => {
		expect((await run({ items })).messages).not.toContainEqual(hint);
	});
});

describe('a User ID that joins two columns', () => {
	const items = [{ country: 'no', number: 1 }];
	const withUserId = (userId: string): INodeParameters => ({ userId });
	const joined = withUserId('={{ $json.country }}{{ $json.number }}');
	const hint = expect.stringContaining("'User ID' joins several parts into one ID.");

	test.each([
		['={{ $json.country }}{{ $json.number }}', 'no1'],
		['=customer {{ $json.number }}', 'customer 1'],
	])('earns a hint in a run from the editor, and is sent: %s', async (userId, uid) => {
		const parameters = withUserId(userId);
		const { messages, members } = await run({ items, parameters, mode: 'manual' });
		expect(messages).toContainEqual(hint);
		expect(members).toEqual([{ uid }]);
	});

	test('earns no further hint if the second column is an e-mail address', async () => {
		const parameters = withUserId('={{ $json.country }}{{ $json.mail }}');
		const mails = [{ country: 'no', mail: 'a@example.com' }];
		const { messages } = await run({ items: mails, parameters, mode: 'manual' });
		expect(messages).toContainEqual(hint);
		expect(messages.join(' ')).not.toContain('e-mail address');
	});

	test('may begin with the name of its column', async () => {
		const parameters = withUserId('=country{{ $json.country }}');
		const { messages, members } = await run({ items, parameters, mode: 'manual' });
		expect(messages).not.toContainEqual(hint);
		expect(members).toEqual([{ uid: 'countryno' }]);
	});

	test('earns none in a production run, nor with a text in between', async () => {
		expect((await run({ items, parameters: joined })).messages).not.toContainEqual(hint);
		const separate = withUserId('={{ $json.country }}-{{ $json.number }}');
		const { messages } = await run({ items, parameters: separate, mode: 'manual' });
		expect(messages).not.toContainEqual(hint);
	});
});

test('members that are compressed are remembered', async () => {
	const n8n = new VirtualN8n(1);
	const items = Array.from({ length: 3_000 }, (_, index) => ({ uid: `customer-${index}` }));
	const mirror = { parameters: { operation: 'mirror' }, saved: n8n.saved };
	await n8n.run({ ...mirror, items });
	const { success } = await n8n.run({ ...mirror, items: items.slice(1) });
	expect(success.filter(({ json }) => json['action'] === 'remove')).toHaveLength(1);
	expect(n8n.model.memberIds('vip')).toHaveLength(2_999);
	expect(JSON.stringify(n8n.saved.staticData)).toContain('"version":2');
});
