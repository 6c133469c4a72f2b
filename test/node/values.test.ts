import type { IDataObject, INodeParameters, OnError } from 'n8n-workflow';
import { users } from '../support/audience';
import { VirtualN8n } from '../support/virtualNode';
import type { TestWorkflow } from '../support/workflow';
import { CONTINUING, errorsOf, jsonOf, withOptions } from '../support/workflow';

const ON_ERROR: OnError[] = ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'];

async function run(workflow: Partial<TestWorkflow>) {
	const n8n = new VirtualN8n(1);
	const result = await n8n.run(workflow);
	const members = n8n.model.requests.flatMap((request) => request.members);
	return { ...result, n8n, members, messages: result.hints.map(({ message }) => message) };
}

type Refusal = [what: string, workflow: Partial<TestWorkflow>, sentence: RegExp];

describe.each(ON_ERROR)('refused or invalid before anything is sent, under %s', (onError) => {
	const withUserId = (userId: string): INodeParameters => ({ userId });

	test.each<Refusal>([
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
			/'User ID' is a number that is too large for n8n or a spreadsheet, which has rounded it\..*let the source return it as text/,
		],
		...['={{ $json.uid }}', '=c-{{ $json.uid }}', "={{ 'c-' + $json.uid }}"].map(
			(userId): Refusal => [
				`such numbers as a spreadsheet writes them: ${userId}`,
				{
					items: [{ uid: '1.23457E+15' }, { uid: ' 9,1e+15 ' }],
					parameters: withUserId(userId),
				},
				/'User ID' is a number that is too large for n8n/,
			],
		),
		...['.toString()', " + ''", ' + "-eu"'].map(
			(rest): Refusal => [
				`such a number that an expression turns into text: $json.uid${rest}`,
				{
					items: [{ uid: 2 ** 53 }, { uid: 2 ** 53 + 2 }],
					parameters: withUserId(`={{ $json.uid${rest} }}`),
				},
				/'User ID' is a number that is too large for n8n/,
			],
		),
		[
			'such a number in a text with a list before it',
			{
				items: [{ uid: 2 ** 53, shop: ['s'] }],
				parameters: withUserId('={{ $json.shop }}-{{ $json.uid }}'),
			},
			/'User ID' is a number that is too large for n8n/,
		],
		[
			'a text without a part after a list',
			{
				items: [{ uid: 'u1', region: ['EU'] }],
				parameters: { cohortId: '={{ $json.region }}-{{ $json.tier }}' },
			},
			/Part of the text in 'Cohort ID' is missing/,
		],
		...[
			'=shop-{{ $json.uid }}',
			"={{ 'shop-' + $json.uid }}",
			'={{ `shop-${$json.uid}` }}',
		].flatMap((text) =>
			[{ uid: [] }, { uid: '' }, { uid: 'NULL' }, { uid: '#ERROR!' }].map(
				(item): Refusal => [
					`a text of which the only part is ${JSON.stringify(item.uid)}: ${text}`,
					{ items: [item], parameters: withUserId(text) },
					/Part of the text in 'User ID' is missing/,
				],
			),
		),
		...['trim', 'toLowerCase'].map(
			(method): Refusal => [
				`a number as text: ${method}()`,
				{ items: [{ uid: 7 }], parameters: withUserId(`={{ $json.uid.${method}() }}`) },
				/'User ID' calls (\w+)\(\) on \$json\.uid, which is a number in this item\..* Put \.toString\(\) before \.\1\(\)/,
			],
		),
		...['["u1","u2"]', '{"id":"u1"}'].map(
			(uid): Refusal => [
				`a list or an object as text: ${uid}`,
				{ items: [{ uid }] },
				/'User ID' contains a list or an object as text/,
			],
		),
		...["$fromAI('user_id')", "=$fromAI('user_id')", '$execution.id', '=$env.USER_ID'].map(
			(userId): Refusal => [
				`what n8n would know with braces: ${userId}`,
				{ items: [{ uid: 'u1' }], parameters: withUserId(userId) },
				/'User ID' refers to other data outside of \{\{ \}\}/,
			],
		),
		[
			"a column's name as text, of one item",
			{ items: [{ account_id: 'c-1' }], parameters: withUserId('account_id') },
			/'User ID' contains the name of a column as text, not the column itself/,
		],
		[
			"another node's first item for all items",
			{ items: users(100), parameters: withUserId("={{ $('Source').first().json.uid }}") },
			/'User ID' has the same value for every item, so all 100 items would be the same user/,
		],
		...['NULL', '#N/A', 'None', 'nan', 'N/A'].map(
			(tier): Refusal => [
				`a cohort named ${tier}`,
				{
					items: [{ uid: 'u1', tier }],
					parameters: { cohortId: '={{ $json.tier }}', cohortName: '={{ $json.tier }}' },
				},
				new RegExp(`'Cohort ID' contains the text "${tier}", which stands for a missing value`),
			],
		),
		...[{ t: '' }, {}].map(
			(time): Refusal => [
				`a time of which a part is missing: ${JSON.stringify(time)}`,
				{
					items: [{ uid: 'u1', is_member: false, d: '2026-11-23', ...time }],
					parameters: { operation: 'update', changedAt: '={{ $json.d }} {{ $json.t }}' },
				},
				/Part of the text in 'Changed At' is missing/,
			],
		),
		...[0, '0', '20261101101530', 46_349].map(
			(at): Refusal => [
				`a number that is no time since 1970: ${JSON.stringify(at)}`,
				{
					items: [{ uid: 'u1', is_member: true, at }],
					parameters: { operation: 'update', changedAt: '={{ $json.at }}' },
				},
				/'Changed At' .*Use a date from 1990 to 2099 such as/,
			],
		),
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
			'a composed name without its part',
			{ items: [{ uid: 'u1' }], parameters: { cohortName: '=Tier {{ $json.tier }}' } },
			/Part of the text in 'Cohort Name' is missing/,
		],
		[
			'a composed ID without one of its parts',
			{ items: [{ uid: 'u1' }], parameters: { userId: '={{ $json.uid }}-{{ $json.country }}' } },
			/Part of the text in 'User ID' is missing/,
		],
		[
			'a composed anonymous ID without one of its parts',
			{
				items: [{ device: 'd1' }],
				parameters: { userId: '', anonymousId: '={{ $json.device }}-{{ $json.app }}' },
			},
			/Part of the text in 'Anonymous ID' is missing/,
		],
		[
			'a composed time without its part',
			{
				items: [{ uid: 'u1', day: '2026-11-20' }],
				parameters: {
					operation: 'update',
					membership: 'yes',
					changedAt: '={{ $json.day }}T{{ $json.time }}Z',
				},
			},
			/Part of the text in 'Changed At' is missing/,
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
		// Every second one: eleven evenly spaced ones would be of the same workspace.
		[21, 'every second one'],
		[1_001, 'every second one'],
	])('a credential that of %d items names another workspace for item %s', async (count, other) => {
		const n8n = new VirtualN8n(1);
		const credentialOf = (item: number) => ({
			appId: (other === 'every second one' ? item % 2 === 1 : item === other)
				? 'ANOTHER'
				: n8n.appId,
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

describe('a user whose newest item can not be read', () => {
	const NEWEST: Array<[string, IDataObject]> = [
		['Is Member', { is_member: 'unsubscribed', at: '2026-11-21T10:00:00Z' }],
		['Changed At', { is_member: 'no', at: '11/21/2026 10:00' }],
	];
	const workflowOf = (newest: IDataObject): Partial<TestWorkflow> => ({
		items: [
			{ uid: 'u1', is_member: 'yes', at: '2026-11-20T10:00:00Z' },
			{ uid: 'u2', is_member: 'yes', at: '2026-11-20T10:00:00Z' },
			{ uid: 'u1', ...newest },
		],
		parameters: { operation: 'update', changedAt: '={{ $json.at }}' },
	});

	test.each(NEWEST)('is not sent, and others are: %s', async (_what, newest) => {
		for (const onError of CONTINUING) {
			const result = await run({ ...workflowOf(newest), onError });
			expect(result.members).toEqual([{ uid: 'u2' }]);
			const errors = errorsOf(result).map(({ json }) => json);
			expect(errors.map(({ message }) => message)).toEqual(['invalid', 'invalid']);
			expect(errors[0]?.['error']).toContain(
				"Item 2 (counted from 0) is for the same user, may be newer, and can't be used.",
			);
		}
	});

	test('is sent if that item asks for the same', async () => {
		const { items = [], ...workflow } = workflowOf({ is_member: 'yes', at: '11/21/2026 10:00' });
		const { members } = await run({ ...workflow, items, onError: 'continueErrorOutput' });
		expect(members).toEqual([{ uid: 'u1' }, { uid: 'u2' }]);
	});

	test('is not sent if what that item has as its time is what JavaScript makes of none', async () => {
		const { members } = await run({
			...workflowOf({ is_member: 'no', at: null }),
			parameters: { operation: 'update', changedAt: '={{ new Date($json.at) }}' },
			onError: 'continueErrorOutput',
		});
		expect(members).toEqual([{ uid: 'u2' }]);
	});

	test.each(NEWEST)('stops a run that stops on errors: %s', async (_what, newest) => {
		const { thrown, members } = await run(workflowOf(newest));
		expect(members).toEqual([]);
		expect(thrown?.message).toBe("2 of 3 items can't be sent, so nothing was sent");
	});
});

describe('an identifier that can not be used beside one that can', () => {
	test.each<[what: string, item: IDataObject, userId: string, reason: string]>([
		['a rounded number', { uid: 2 ** 53 }, '={{ $json.uid }}', 'too large for n8n'],
		['an object', { uid: { id: 'u1' } }, '={{ $json.uid }}', 'is an object'],
		['[object Object]', { uid: { id: 'u1' } }, '=c-{{ $json.uid }}', '[object Object]'],
		[
			'a text without one of its parts',
			{ uid: 'u1' },
			'={{ $json.shop }}-{{ $json.uid }}',
			'Part of the text',
		],
		['a list in a text', { uid: ['u1', 'u2'] }, '=c-{{ $json.uid }}', 'is a list'],
	])('is left out, and a hint says so: %s', async (_what, item, userId, reason) => {
		for (const onError of ON_ERROR) {
			const items = [{ ...item, anonymous_id: 'd-1' }];
			const parameters = { operation: 'remove', userId };
			const { members, status, messages } = await run({ items, parameters, onError });
			expect([members, status]).toEqual([[{ anonymous_id: 'd-1' }], 'success']);
			expect(messages[1]).toMatch(/^In 1 item, one of the two identifiers can't be used/);
			expect(messages[1]).toContain(reason);
		}
	});

	test('is just empty if it is a text without any of its parts', async () => {
		const items = [{ uid: 'u1' }, { uid: '', anonymous_id: 'd-1' }];
		const { members, messages } = await run({
			items,
			parameters: { userId: '=c-{{ $json.uid }}' },
		});
		expect(members).toEqual([{ uid: 'c-u1' }, { anonymous_id: 'd-1' }]);
		expect(messages).toHaveLength(1);
	});

	test('a User ID that is empty in every item earns a hint', async () => {
		const items = [{ uid: 'u1', anonymous_id: 'd-1' }];
		const { messages } = await run({ items, parameters: { userId: '={{ $json.user_id }}' } });
		expect(messages[1]).toMatch(/^'User ID' is empty for every item/);
		const composed = await run({ items, parameters: { userId: '=c-{{ $json.user_id }}' } });
		expect(composed.messages[1]).toMatch(/^'User ID' is empty for every item/);
		const without = await run({ items, parameters: { userId: '' } });
		expect(without.messages).toHaveLength(1);
	});
});

test.each([
	'c.null@example.com',
	'null@example.com',
	'null-o@example.com',
	'null.christoph@example.com',
	'nan-di@example.com',
	'NaN-dini',
])('an ID in which null is a part of a name is sent: %s', async (uid) => {
	for (const userId of ['={{ $json.uid.trim() }}', '={{ $json.uid }}']) {
		expect((await run({ items: [{ uid }], parameters: { userId } })).members).toEqual([{ uid }]);
	}
	for (const userId of [
		'=c-{{ $json.uid }}',
		"={{ 'c-' + $json.uid }}",
		'={{ `c-${$json.uid}` }}',
	]) {
		const { members } = await run({ items: [{ uid }], parameters: { userId } });
		expect(members).toEqual([{ uid: `c-${uid}` }]);
	}
});

describe('an empty text', () => {
	test.each([
		"=c-{{ $('Source').item.json.uid }}",
		'=c-{{ $input.item.json.uid }}',
		'=c-{{ $json.uid.trim() }}',
		"=c-{{ $json.uid ?? '' }}",
	])('as the only part of an identifier is nobody: %s', async (userId) => {
		const items = [{ uid: '' }, { uid: '' }, { uid: 'a' }];
		const onError = 'continueErrorOutput';
		expect((await run({ items, onError, parameters: { userId } })).members).toEqual([
			{ uid: 'c-a' },
		]);
	});

	test('as a part of a cohort is no tier, but may be no suffix', async () => {
		const items = [{ uid: 'u1', id: 'u1', tier: '', suffix: '' }];
		const membersOf = async (parameters: INodeParameters) =>
			(await run({ items, onError: 'continueErrorOutput', parameters })).members;
		expect(await membersOf({ cohortId: '=tier-{{ $json.tier.toLowerCase() }}' })).toEqual([]);
		const withSuffix = { userId: "={{ $json.id }}{{ $json.suffix ?? '' }}" };
		expect(await membersOf({ ...withSuffix, cohortId: "=vip{{ $json.suffix || '' }}" })).toEqual([
			{ uid: 'u1' },
		]);
	});
});

test('one user of another node may be in the cohorts of several items', async () => {
	const cohort = '={{ $json.c }}';
	const items = ['a', 'b'].map((c) => ({ uid: 'u1', c, is_member: true }));
	for (const userId of ["={{ $('Source').first().json.uid }}", 'u1']) {
		for (const operation of ['add', 'remove', 'update']) {
			const cohorts = { cohortId: cohort, cohortName: cohort };
			const { members, thrown } = await run({
				items,
				parameters: { operation, userId, ...cohorts },
			});
			expect([thrown, members]).toEqual([undefined, [{ uid: 'u1' }, { uid: 'u1' }]]);
		}
	}
});

describe('one user for all items', () => {
	const items = ['u1', 'u2', 'u3'].map((uid) => ({ uid, cohort: 'vip', is_member: true }));
	const SOURCE = "={{ $('Source').first().json.uid }}";
	const COLUMN = '={{ $json.cohort }}';

	test.each([
		[SOURCE, '={{ $workflow.name }}'],
		[SOURCE, COLUMN],
		['u1', COLUMN],
		["={{ 'u1' }}", 'vip'],
		["={{ $('Source').all().map((user) => user.json.uid).join(',') }}", 'vip'],
	])('%s in the cohort %s is refused', async (identifier, cohortId) => {
		for (const operation of ['add', 'remove', 'mirror']) {
			for (const fields of [{ userId: identifier }, { userId: '', anonymousId: identifier }]) {
				const parameters = { operation, cohortId, ...fields };
				const { thrown, members } = await run({ items, parameters });
				expect(members).toEqual([]);
				expect(thrown?.message).toMatch(/so all 3 items would be the same user/);
			}
		}
	});

	test.each([
		['the changes of one user', 'update', ['vip', 'vip', 'vip'], 1],
		['one user in several cohorts', 'add', ['shoes', 'hats', 'shoes'], 2],
	])('may be meant, and a hint says so: %s', async (_what, operation, cohorts, sent) => {
		const { members, messages, thrown } = await run({
			items: cohorts.map((cohort) => ({ uid: 'u1', cohort, is_member: true })),
			parameters: { operation, userId: SOURCE, cohortId: COLUMN, cohortName: COLUMN },
		});
		expect(thrown).toBeUndefined();
		expect(members).toEqual(Array(sent).fill({ uid: 'u1' }));
		expect(messages).toContainEqual(
			expect.stringMatching(/^All 3 items are for the same user, because 'User ID'/),
		);
	});

	test.each([
		[
			'another identifier decides',
			{ userId: '={{ $json.uid }}', anonymousId: '={{ $workflow.id }}' },
		],
		['the items differ', { userId: '={{ $input.all()[$thisItemIndex].json.uid }}' }],
	])('is not what they are if %s', async (_what, fields) => {
		for (const operation of ['add', 'update']) {
			const parameters = { operation, cohortId: COLUMN, cohortName: COLUMN, ...fields };
			const { thrown, messages, members } = await run({ items, parameters });
			expect([thrown, members.length]).toEqual([undefined, 3]);
			expect(messages.join(' ')).not.toContain('same user');
		}
	});
});

test.each(CONTINUING)('the summary counts an item whose expression fails (%s)', async (onError) => {
	const options = withOptions({ output: 'summary' });
	for (const parameters of [
		{ userId: '={{ $json.uid.trim() }}' },
		{ userId: '={{ $json.uid }}', cohortName: '={{ $json.name }}' },
	]) {
		const { success } = await run({
			items: [{ uid: 'u1', name: 'VIP' }, { uid: 7 }],
			parameters: { operation: 'remove', ...parameters, ...options },
			onError,
		});
		expect(success[0]?.json).toMatchObject({ accepted: 1, invalid: 1 });
		expect(success[0]?.json['errors']).toHaveLength(1);
	}
});

test('Is Member of a column that no item has earns a hint', async () => {
	const messagesFor = async (membership: string) => {
		const items = ['u1', 'u2'].map((uid) => ({ uid, status: 'active', body: {} }));
		return (await run({ items, parameters: { operation: 'update', membership } })).messages;
	};
	expect(
		await messagesFor('={{ $json.Status === "active" || $json.body.state === "in" }}'),
	).toContainEqual(
		`'Is Member' refers to "Status" and "body.state", which no item has. If that is no optional column, check its name, including capitals.`,
	);
	for (const expression of [
		'={{ $json.status.toLowerCase() === "active" }}',
		'={{ ($json.Status ?? $json.status) === "active" }}',
	]) {
		expect(await messagesFor(expression)).toEqual([
			expect.stringMatching(/^MoEngage accepted 2 additions/),
		]);
	}
});

test('Is Member of two columns in one field is not a yes where one of them is empty', async () => {
	const { members, success } = await run({
		items: [
			{ uid: 'u1', in_segment: 't', opted_out: null },
			{ uid: 'u2', in_segment: null, opted_out: 't' },
		],
		parameters: { operation: 'update', membership: '={{ $json.in_segment }}{{ $json.opted_out }}' },
		onError: 'continueRegularOutput',
	});
	expect(members).toEqual([]);
	for (const { json } of success) {
		expect(json['error']).toMatch(/^Part of the text in 'Is Member' is missing for this item/);
	}
});

test.each([
	'String(!$json.deleted_at)',
	"!$json.deleted_at + ''",
	'["no","yes"][Number(!$json.deleted_at)]',
])('Is Member may be computed from a column that is empty: %s', async (expression) => {
	const items = [
		{ uid: 'u1', deleted_at: null },
		{ uid: 'u2', deleted_at: '2026-11-20' },
	];
	const parameters = { operation: 'update', membership: `={{ ${expression} }}` };
	const { n8n, thrown } = await run({ items, parameters });
	expect(thrown).toBeUndefined();
	expect(n8n.model.memberIds('vip')).toEqual(['u1']);
});

test('a rounded number is no part of a cohort, and no time', async () => {
	const items = ['vip', 'churn'].map((kind, index) => ({ uid: `u${index}`, kind, code: '1E+15' }));
	for (const cohortId of [
		'={{ $json.kind }}-{{ $json.code }}',
		"={{ $json.kind + '-' + $json.code }}",
	]) {
		const { members, thrown } = await run({ items, parameters: { cohortId } });
		expect(members).toEqual([]);
		expect(thrown?.['description']).toMatch(/'Cohort ID' is a number that is too large for n8n/);
	}
	const changedAt = '={{ $json.code }}';
	const { thrown } = await run({
		items,
		parameters: { operation: 'update', changedAt, membership: 'yes' },
	});
	expect(thrown?.['description']).toMatch(/'Changed At' is not a valid time/);
});

test("a mirror's switches are those of a cohort's first item that can be used", async () => {
	const n8n = new VirtualN8n(1);
	const mirror = async (items: IDataObject[]) => {
		const parameters = {
			operation: 'mirror',
			cohortName: '={{ $json.name }}',
			...withOptions({ startOver: '={{ $json.so }}' }),
		};
		return await n8n.run({ items, parameters, onError: 'continueErrorOutput' });
	};
	const items = ['u1', 'u2'].map((uid) => ({ uid, name: 'VIP', so: false }));
	await mirror(items);
	for (const so of [undefined, true]) {
		const { success, hints } = await mirror([{ uid: 'u0', name: '', so }, ...items]);
		expect(jsonOf(success).map(({ status }) => status)).toEqual(['unchanged', 'unchanged']);
		expect(hints.map(({ message }) => message).join(' ')).not.toMatch(/Start Over/);
	}
});

test('a file whose rows were not read is refused', async () => {
	const file = { data: { data: 'YQ==', mimeType: 'text/csv' } };
	for (const operation of ['add', 'mirror', 'check']) {
		const { thrown } = await run({
			items: [{ json: {}, binary: file }],
			parameters: { operation },
		});
		expect(thrown?.message).toBe('Only a file came in, not its rows');
	}
	const { thrown } = await run({
		items: [{ json: {}, binary: file }],
		parameters: { userId: '={{ $binary.data.mimeType }}', cohortName: 'VIP*' },
	});
	expect(thrown?.message).not.toMatch(/file/);
});

test.each(['4711, 4712', '4711;4712', '4711\n4712'])(
	'%j from an AI agent is a list, and a user otherwise',
	async (uid) => {
		const { success, members } = await run({ items: [{ uid }], asTool: true });
		expect(members).toEqual([]);
		expect(success[0]?.json['error']).toMatch(
			/An AI agent has to call the tool once for each user/,
		);
		expect((await run({ items: [{ uid }] })).members).toEqual([{ uid }]);
	},
);

test("a column of another node is not compared with this item's data", async () => {
	const { thrown } = await run({
		items: [{ uid: 'u1' }],
		secondInput: [{ uid: 'c.null@example.com' }],
		parameters: {
			...{ operation: 'mirror', userId: "={{ $('Second Source').first().json.uid }}" },
			...withOptions({ dryRun: true }),
		},
	});
	expect(thrown).toBeUndefined();
});

test.each(['NULL', '#N/A', 'nil'])('a description %s is none', async (description) => {
	const options = { cohortDescription: '={{ $json.description }}' };
	const { n8n, members } = await run({
		items: [{ uid: 'u1', description }],
		parameters: { options },
	});
	expect(members).toEqual([{ uid: 'u1' }]);
	expect(JSON.stringify(n8n.model.requests)).not.toContain(description);
});

describe('what a hint says of a run that sent nothing', () => {
	const SENT = /\b(was|were) sent as|\bit sent\b|has forgotten|was added/;

	test.each<[what: string, workflow: Partial<TestWorkflow>, hint: RegExp]>([
		[
			'a dry run',
			{ items: [{ uid: '1' }], parameters: withOptions({ dryRun: true }) },
			/^"1" may be/,
		],
		[
			'a removal by an anonymous ID',
			{ items: [{ anonymous_id: '1' }], parameters: { operation: 'remove', userId: '' } },
			/^"1" may be a customer's ID.* ignores it\./,
		],
		[
			'a retry that is a dry run',
			{
				items: [{ uid: 'u', is_member: true }],
				mode: 'retry',
				parameters: { operation: 'update', ...withOptions({ dryRun: true }) },
			},
			/^This is a retry with the changes of the first execution/,
		],
	])('%s', async (_what, workflow, hint) => {
		const { messages } = await run(workflow);
		expect(messages[1]).toMatch(hint);
		expect(messages[1]).not.toMatch(SENT);
	});

	test('a run that is refused for its sample', async () => {
		const n8n = new VirtualN8n(1, { known: [] });
		const items = [...users(20), { uid: '1' }];
		const parameters = withOptions({ lookUp: 20 });
		const { hints } = await n8n.run({ items, parameters, onError: 'continueErrorOutput' });
		const messages = hints.map(({ message }) => message);
		expect(messages).toContainEqual(expect.stringMatching(/^"1" may be/));
		for (const message of messages) expect(message).not.toMatch(SENT);
	});

	test("'Start Over' in a dry run of Mirror, which forgets nobody", async () => {
		const n8n = new VirtualN8n(1);
		const mirror = { items: users(3), parameters: { operation: 'mirror' } };
		await n8n.run(mirror);
		const options = withOptions({ dryRun: true, startOver: true });
		const dry = await n8n.run({ ...mirror, parameters: { operation: 'mirror', ...options } });
		expect(dry.hints[1]?.message).toMatch(/^'Start Over' is on: a real run forgets/);
		expect(dry.hints[1]?.message).not.toMatch(SENT);
		const { hints } = await n8n.run(mirror);
		expect(hints[0]?.message).toBe('There was nothing to send. 3 unchanged.');
	});

	test.each([false, true])(
		"'Start Over' in a run refused for its sample (dry run: %s)",
		async (dryRun) => {
			const n8n = new VirtualN8n(1, { known: [] });
			const options = withOptions({ lookUp: 20, startOver: true, dryRun });
			const parameters = { operation: 'mirror', ...options };
			const { hints } = await n8n.run({
				items: users(20),
				parameters,
				onError: 'continueErrorOutput',
			});
			expect(hints.map(({ message }) => message).join(' ')).not.toMatch(/Start Over/);
		},
	);
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
			`"1" and "2" may be customers' IDs, so they are not left out. But MoEngage treats them as placeholders`,
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
			['u1', 'left', '1.763892000E9'],
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
