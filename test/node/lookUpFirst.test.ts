import type { IDataObject } from 'n8n-workflow';
import { itemsOf, numbered, users } from '../support/audience';
import { useMirrorWorkflow } from '../support/mirrorWorkflow';
import { log } from '../support/n8nParts';
import { CONTINUING, errorsOf, hintsOf, jsonOf, withOptions } from '../support/workflow';

const node = useMirrorWorkflow();

const OPERATIONS = ['add', 'update', 'mirror'] as const;

const emails = (count: number) =>
	Array.from({ length: count }, (_, index) => ({ uid: `user-${index}@example.com` }));

/** Items of each operation, and its parameters with these options. */
function workflowOf(operation: (typeof OPERATIONS)[number], rows: IDataObject[], options = {}) {
	return {
		items: rows.map((row) => ({ is_member: true, ...row })),
		parameters: { operation, ...withOptions(options) },
		saved: node.saved,
	};
}

const endpoints = () => node.model.requests.map(({ endpoint }) => endpoint);

describe.each(OPERATIONS)('%s', (operation) => {
	test('says how many of the sample MoEngage knows, and sends all', async () => {
		await node.restart({ known: numbered(95).map((uid) => ({ uid })) });
		const result = await node.run(
			workflowOf(operation, users(100), { lookUp: 20, output: 'summary' }),
		);
		const [lookup] = node.model.requests;
		const asked = lookup?.lookup?.identifiers.map(({ identifier }) => identifier) ?? [];
		const unknown = asked.filter((uid) => !numbered(95).includes(uid)).length;
		expect(new Set(asked).size).toBe(20);
		expect(hintsOf(result)).toContain(
			`Of 20 users looked up, ${20 - unknown} are known to MoEngage.`,
		);
		expect(jsonOf(result.success)).toMatchObject([
			{ accepted: 100, looked_up: 20, unknown_users: unknown, requests: 1 },
		]);
		expect(endpoints()).toEqual(['getUser', 'cohortSync']);
		expect(node.model.cohort('vip')?.size).toBe(95);
	});

	test('an audience of e-mail addresses is stopped before the first member is sent', async () => {
		await node.restart({ known: numbered(50).map((uid) => ({ uid })) });
		const result = await node.run(workflowOf(operation, emails(200), { lookUp: 20 }));
		expect(result.thrown?.message).toBe(
			'MoEngage knows none of the 20 users that were looked up, so nothing was sent',
		);
		const { description } = result.thrown ?? {};
		expect(description).toMatch(
			/Check that 'User ID' contains the ID by which MoEngage knows your users: an e-mail address,.* which is 50 now\.$/,
		);
		// What is thrown gets into n8n's log, so that it shows the kind of ID only.
		expect(description).toMatch(
			/^Examples of unknown IDs: ("u•••-(\d•+|•)@e••••••\.c••"(, )?){1,3}\. /,
		);
		expect(endpoints()).toEqual(['getUser']);
	});

	test.each(CONTINUING)(
		'under %s all items are not_sent, with three of the IDs',
		async (onError) => {
			await node.restart({ known: [] });
			const result = await node.run({
				...workflowOf(operation, emails(30), { lookUp: 20, output: 'summary' }),
				onError,
			});
			expect(result.status).toBe('success');
			const errors = errorsOf(result);
			expect(errors).toHaveLength(30);
			for (const { json } of errors) {
				expect(json['message']).toBe('not_sent');
				expect(json['error']).toMatch(
					/^MoEngage knows none of the 20 users.*\. Examples of unknown IDs: ("user-\d+@example\.com"(, )?){3}\. Check/,
				);
			}
			const [summary] = jsonOf(result.success);
			expect(summary).toMatchObject({
				not_sent: 30,
				looked_up: 20,
				unknown_users: 20,
				requests: 0,
			});
			expect(hintsOf(result)).toContain('Of 20 users looked up, none is known to MoEngage.');
			expect(endpoints()).toEqual(['getUser']);
		},
	);

	test('a dry run looks the sample up, and is refused as the run would be', async () => {
		await node.restart({ known: numbered(10).map((uid) => ({ uid })) });
		const dry = { lookUp: 10, dryRun: true };
		const good = await node.run(workflowOf(operation, users(10), dry));
		expect(hintsOf(good)).toContain('Of 10 users looked up, 10 are known to MoEngage.');
		const bad = await node.run(workflowOf(operation, emails(10), dry));
		expect(bad.thrown?.message).toMatch(/^MoEngage knows none of the 10 users/);
		expect(endpoints()).toEqual(['getUser', 'getUser']);
	});

	test('a sample of nobody earns a hint', async () => {
		const hint = "'Look Up Users First' is 0, so nobody was looked up.";
		const workflow = workflowOf(operation, users(3), { lookUp: 0 });
		expect(hintsOf(await node.run({ ...workflow, mode: 'manual' }))).toContain(hint);
		expect(hintsOf(await node.run(workflow))).not.toContain(hint);
		// Whoever sets the limit expects a lookup.
		const limited = workflowOf(operation, users(3), { unknownLimit: 20 });
		expect(hintsOf(await node.run(limited))).toContain(hint);
		const without = workflowOf(operation, users(3), {});
		expect(hintsOf(await node.run({ ...without, mode: 'manual' }))).not.toContain(hint);
	});

	test('of items without a User ID nobody is looked up, and a hint says so', async () => {
		await node.restart();
		const rows = numbered(12).map((anonymous_id) => ({ anonymous_id }));
		const result = await node.run(
			workflowOf(operation, rows, { lookUp: 20, unknownLimit: 5, output: 'summary' }),
		);
		expect(hintsOf(result)).toContain('No user to be added has a User ID, so nobody was looked up');
		expect(jsonOf(result.success)).toMatchObject([{ accepted: 12, looked_up: 0 }]);
		expect(endpoints()).toEqual(['cohortSync']);
	});

	describe('where Get User is not enabled', () => {
		beforeEach(async () => await node.restart({ restrictions: { getUser: 403 } }));

		test('goes on with a hint where the lookup is refused', async () => {
			const result = await node.run(
				workflowOf(operation, users(30), { lookUp: 20, output: 'summary' }),
			);
			expect(result.status).toBe('success');
			expect(result.hints.map(({ message }) => message)).toContain(
				'The users were not looked up first. MoEngage does not look users up for this workspace (status 403): ask MoEngage support to enable the Get User API.',
			);
			const [summary] = jsonOf(result.success);
			expect(summary).toMatchObject({ accepted: 30, looked_up: 0 });
			expect(summary).not.toHaveProperty('unknown_users');
			expect(node.model.cohort('vip')?.size).toBe(30);
		});

		const byHand = { lookUp: 20, unknownLimit: 50 };

		test('is refused where the limit was set by hand', async () => {
			const { thrown } = await node.run(workflowOf(operation, users(30), byHand));
			expect(thrown?.message).toMatch(
				/^The users could not be looked up first, so nothing was sent\. MoEngage does not look users up/,
			);
			expect(thrown?.description).toContain("'Unknown Limit (%)' needs the lookup");
			expect(endpoints()).toEqual(['getUser']);
		});

		test.each(CONTINUING)('is refused under %s too', async (onError) => {
			const result = await node.run({ ...workflowOf(operation, users(30), byHand), onError });
			expect(errorsOf(result).map(({ json }) => json['message'])).toEqual(
				Array.from({ length: 30 }, () => 'not_sent'),
			);
			expect(endpoints()).toEqual(['getUser']);
		});
	});
});

describe('where Get User refuses a request and names a user', () => {
	const uid = 'anna@example.com';
	const byHand = workflowOf('add', [{ uid }], { lookUp: 20, unknownLimit: 20 });

	beforeEach(async () => {
		await node.restart();
		const error = {
			...{ type: 'Access Denied', request_id: 'rq-1' },
			message: `Invalid identifier '${uid}'`,
		};
		node.model.fault({ status: 403, times: 9, body: JSON.stringify({ error }) });
		log.length = 0;
	});

	test("what is thrown and n8n's log don't name the user", async () => {
		const { thrown } = await node.run(byHand);
		expect(thrown?.message).toMatch(/^The users could not be looked up first/);
		expect(thrown?.description).toContain('rq-1');
		expect(JSON.stringify([thrown, thrown?.description, log])).not.toContain(uid);
	});

	test.each(CONTINUING)('under %s the error items quote MoEngage', async (onError) => {
		const [item] = errorsOf(await node.run({ ...byHand, onError }));
		expect(item?.json['error']).toContain(`MoEngage says: "Invalid identifier '${uid}'`);
	});
});

describe('where Get User rejects some IDs', () => {
	const rejected = (count: number) => {
		node.model.fault({
			status: 400,
			times: Infinity,
			when: ({ lookup }) =>
				lookup?.identifiers.some(({ identifier }) => identifier.includes('@')) === true,
			body: JSON.stringify({
				error: { type: 'InvalidAttributeError', attribute: 'identifier', message: 'Invalid' },
			}),
		});
		return [...users(100 - count), ...emails(count)];
	};

	beforeEach(async () => await node.restart());

	test('they count as unknown, and few are no reason to send nothing', async () => {
		const result = await node.run(workflowOf('add', rejected(3), { lookUp: 100, unknownLimit: 5 }));
		expect(result.status).toBe('success');
		expect(hintsOf(result)).toContain('Of 100 users looked up, 97 are known to MoEngage.');
	});

	test.each(['stopWorkflow', ...CONTINUING] as const)(
		'under %s many are, whether all of them were looked up or not',
		async (onError) => {
			const options = { lookUp: 100, unknownLimit: 20 };
			const result = await node.run({ ...workflowOf('add', rejected(95), options), onError });
			expect(endpoints()).not.toContain('cohortSync');
			const whole = `${result.thrown?.message} ${errorsOf(result)[0]?.json['error']}`;
			expect(whole).toMatch(/MoEngage knows only \d of the \d+ users|could not be looked up first/);
		},
	);
});

describe('whom it looks up', () => {
	test('in Mirror nobody where all are in, without a hint', async () => {
		await node.restart();
		const parameters = withOptions({ lookUp: 20 });
		await node.mirror(numbered(3), { parameters });
		const hints = hintsOf(await node.mirror(numbered(3), { parameters }));
		expect(hints).not.toContain('nobody was looked up');
	});

	test('in Mirror those who are new, and not those who are sent again', async () => {
		await node.restart({ known: numbered(20).map((uid) => ({ uid })) });
		const parameters = withOptions({ lookUp: 1000 });
		await node.mirror(numbered(20), { parameters });
		const result = await node.mirror([...numbered(20), 'new'], { parameters });
		const lookups = node.model.requests.filter(({ endpoint }) => endpoint === 'getUser');
		expect(lookups.map(({ userCount }) => userCount)).toEqual([20, 1]);
		// Case 44: one unknown user of a mirror stops nothing.
		expect(result.status).toBe('success');
		expect(hintsOf(result)).toContain(
			"Of 1 user looked up, none is known to MoEngage. It ignores those that it does not know. 'Unknown Limit (%)' has no effect if fewer than 10 users are looked up",
		);
		expect(node.model.requests.at(-1)?.members).toEqual([{ uid: 'new' }]);
	});

	test('in Update those who come in, not those who leave', async () => {
		const items = [
			...itemsOf(numbered(5)).map((item) => ({ ...item, is_member: true })),
			...itemsOf(numbered(5, 5)).map((item) => ({ ...item, is_member: false })),
		];
		await node.run({ items, parameters: { operation: 'update', ...withOptions({ lookUp: 50 }) } });
		const identifiers = node.model.requests[0]?.lookup?.identifiers ?? [];
		expect(identifiers.map(({ identifier }) => identifier).sort()).toEqual(numbered(5));
	});

	test('nobody in Remove, nor by an anonymous ID', async () => {
		const options = withOptions({ lookUp: 50 });
		const removal = { operation: 'remove', ...options };
		await node.run({ items: users(3), parameters: removal });
		await node.run({ items: [{ anonymous_id: 'a-1' }], parameters: options });
		expect(endpoints()).toEqual(['cohortSync', 'cohortSync']);
	});

	test('a user of several cohorts once, and each cohort counts its own', async () => {
		await node.restart({ known: [] });
		const items = ['a', 'b'].flatMap((tier) =>
			itemsOf(numbered(4)).map((item) => ({ ...item, tier })),
		);
		const { success } = await node.run({
			items,
			parameters: {
				cohortId: '={{ $json.tier }}',
				cohortName: '={{ $json.tier }}',
				...withOptions({ lookUp: 50, output: 'summary' }),
			},
		});
		expect(node.model.requests[0]?.userCount).toBe(4);
		expect(jsonOf(success)).toMatchObject([
			{ looked_up: 4, unknown_users: 4 },
			{ looked_up: 4, unknown_users: 4 },
		]);
	});

	test('users and not additions: ten of them are ten, whatever their cohorts', async () => {
		await node.restart({ known: [] });
		for (let round = 0; round < 5; round++) {
			const items = numbered(10, 0).flatMap((tier) =>
				itemsOf(numbered(15)).map((item) => ({ ...item, tier })),
			);
			const { thrown } = await node.run({
				items,
				parameters: {
					cohortId: '={{ $json.tier }}',
					cohortName: '={{ $json.tier }}',
					...withOptions({ lookUp: 10 }),
				},
			});
			expect(thrown?.message).toMatch(/^MoEngage knows none of the 10 users/);
		}
	});

	test('nobody where the items are refused anyway', async () => {
		const { thrown } = await node.run({
			items: [{ uid: 'u-1' }, { uid: true }],
			parameters: withOptions({ lookUp: 50 }),
		});
		expect(thrown?.message).toBe("1 of 2 items can't be sent, so nothing was sent");
		expect(node.model.requests).toEqual([]);
	});
});

test('a mirror that is refused for its sample changes nothing that it remembers', async () => {
	await node.restart({ known: numbered(30).map((uid) => ({ uid })) });
	const parameters = withOptions({ lookUp: 20 });
	await node.mirror(numbered(30), { parameters });
	const wrongColumn = [...numbered(28), ...emails(20).map(({ uid }) => uid)];
	const refused = await node.mirror(wrongColumn, { parameters });
	expect(refused.thrown?.message).toMatch(/^MoEngage knows none of the 20 users/);
	const inOutput = await node.mirror(wrongColumn, { parameters, onError: 'continueErrorOutput' });
	// 20 items and 2 removals.
	expect(errorsOf(inOutput)).toHaveLength(22);
	expect(node.model.memberIds('vip')).toEqual(numbered(30).sort());
	const before = node.model.requests.length;
	await node.mirror(numbered(29), { parameters });
	expect(node.sent(before)).toEqual([['remove_members', 1]]);
});

test.each([
	[50, 5, 10, false],
	[50, 6, 10, true],
	[10, 1, 10, false],
	[10, 2, 10, true],
	[0, 0, 10, false],
	[0, 1, 10, true],
	[100, 10, 10, false],
	[50, 9, 9, false],
])(
	'with a limit of %d%%, %d unknown of %d looked up are too many: %p',
	async (limit, unknown, all, isTooMany) => {
		await node.restart({
			known: numbered(all)
				.slice(unknown)
				.map((uid) => ({ uid })),
		});
		const { status } = await node.run({
			items: users(all),
			parameters: withOptions({ lookUp: all, unknownLimit: limit }),
		});
		expect(status).toBe(isTooMany ? 'error' : 'success');
	},
);

test('a refused mirror says of each cohort why nobody was added to it or removed', async () => {
	const ofCohorts = (...rows: Array<[cohort: string, uids: readonly string[]]>) =>
		rows.flatMap(([cohort, uids]) => uids.map((uid) => ({ uid, cohort })));
	const run = async (items: IDataObject[], options: IDataObject) =>
		await node.run({
			items,
			saved: node.saved,
			onError: 'continueErrorOutput',
			parameters: {
				operation: 'mirror',
				cohortId: '={{ $json.cohort }}',
				cohortName: '={{ $json.cohort }}',
				...withOptions(options),
			},
		});
	const members = numbered(30);
	await node.restart({ known: members.map((uid) => ({ uid })) });
	await run(ofCohorts(['A', members], ['B', members]), {});
	const strangers = numbered(20).map((uid) => `x-${uid}`);
	const next = ofCohorts(['A', [...members, ...strangers]], ['B', members.slice(5)]);

	for (const dryRun of [true, false]) {
		const result = await run(next, { lookUp: 20, output: 'summary', dryRun });
		expect(jsonOf(result.success)).toMatchObject([
			{ cohort_id: 'A', unchanged: 30, not_sent: 20 },
			{
				cohort_id: 'B',
				unchanged: 25,
				not_sent: 5,
				errors: [expect.stringContaining('so nothing was sent.')],
			},
		]);
		expect(hintsOf(result)).toMatch(
			dryRun
				? 'Dry run: nothing was sent. Would leave 55 unchanged: no requests. 25 not sent.'
				: 'Nothing was sent. 55 unchanged, 25 not sent.',
		);
		expect(hintsOf(result)).toMatch(/none of the 20 users .*Check that 'User ID' contains/);
	}
	const { success, ...result } = await run(next, { lookUp: 20 });
	expect(success).toHaveLength(55);
	const errors = errorsOf({ success, ...result }).map(({ json }) => String(json['error']));
	expect(errors).toHaveLength(25);
	expect(
		errors.filter((error) => /was not removed from the cohort "B"\. /.test(error)),
	).toHaveLength(5);
	expect(node.model.memberIds('B')).toEqual([...members].sort());
});
