import type { IDataObject } from 'n8n-workflow';
import { itemsOf, numbered } from '../support/audience';
import { useMirrorWorkflow } from '../support/mirrorWorkflow';
import { furtherHintsOf, hintsOf, jsonOf } from '../support/workflow';

const workflow = useMirrorWorkflow();

describe('with a second input', () => {
	const parameters = { previousMembers: 'input' };
	const onError = 'continueErrorOutput';

	test('under On Error: Stop it is refused before anything is sent, except for a dry run', async () => {
		const secondInput = [{ uid: 'u-1' }];
		const { thrown } = await workflow.mirror(['u-2'], { parameters, secondInput });
		expect(thrown?.message).toMatch(/^With 'On Error' set to 'Stop Workflow'/);
		expect(workflow.model.requests).toEqual([]);
		const dry = { ...parameters, options: { dryRun: true } };
		const { success } = await workflow.mirror(['u-2'], { parameters: dry, secondInput });
		expect(jsonOf(success)).toMatchObject([
			{ status: 'planned', action: 'add', uid: 'u-2' },
			{ status: 'planned', action: 'remove', uid: 'u-1' },
		]);
	});

	test('a log of all results is read by the newest row of each member', async () => {
		const log: IDataObject[] = [];
		for (const audience of [['u-1', 'u-2'], ['u-1'], ['u-1', 'u-2'], ['u-3']]) {
			const { success } = await workflow.mirror(audience, {
				onError,
				parameters: { ...parameters, removalLimit: 100 },
				secondInput: log,
			});
			log.push(...jsonOf(success));
			expect(workflow.model.memberIds('vip')).toEqual(audience);
		}
	});

	test('its rows are the previous members, and removed ones are paired with them', async () => {
		await workflow.mirror(['u-1', 'u-2'], { onError, parameters, secondInput: [] });
		const run = await workflow.mirror(['u-2'], {
			onError,
			parameters,
			secondInput: [{ uid: 'u-2' }, { uid: 'u-1' }, { nothing: true }],
		});
		expect(run.success).toMatchObject([
			{ json: { status: 'unchanged', uid: 'u-2' } },
			{
				json: { status: 'accepted', action: 'remove', uid: 'u-1' },
				pairedItem: { item: 1, input: 1 },
			},
		]);
		expect(hintsOf(run)).toMatch(/1 row of the second input was skipped/);
		expect(workflow.model.memberIds('vip')).toEqual(['u-2']);
		expect(workflow.saved.staticData).toEqual({});
	});

	test("the node's own last output does as it is", async () => {
		let last: IDataObject[] = [];
		for (const audience of [
			numbered(20),
			[...numbered(20, 5), 'u-9'],
			numbered(12, 8),
			numbered(12, 8),
		]) {
			const { success } = await workflow.mirror(audience, {
				onError,
				parameters,
				secondInput: last,
			});
			expect(workflow.model.memberIds('vip')).toEqual([...new Set(audience)].sort());
			last = jsonOf(success);
		}
		expect(workflow.sent()).toEqual([
			['add_members', 20],
			['remove_members', 5],
			['add_members', 5],
			['remove_members', 8],
		]);
	});

	test('that is empty everyone is added and nobody removed', async () => {
		await workflow.mirror(['u-1'], { onError, parameters, secondInput: [] });
		const run = await workflow.mirror(['u-2'], { onError, parameters, secondInput: [{}] });
		expect(furtherHintsOf(run)).toBe(
			'The second input is empty, so everyone counted as new and nobody was removed. If this is not the first run, check the node that provides the previous members.',
		);
		expect(workflow.model.memberIds('vip')).toEqual(['u-1', 'u-2']);
	});

	test('that has rows of other cohorts only: a hint says so', async () => {
		const run = await workflow.mirror(['u-1'], {
			onError,
			parameters,
			secondInput: [{ uid: 'u-2', cohort_id: '12' }],
		});
		expect(hintsOf(run)).toMatch(
			/The second input has rows, but none for the cohort "VIP", so everyone counted as new and nobody was removed\./,
		);
		const secondInput = [{ uid: 'u-1', cohort_id: 'vip' }];
		expect(hintsOf(await workflow.mirror(['u-1'], { onError, parameters, secondInput }))).toBe(
			'There was nothing to send. 1 unchanged.',
		);
		const cohorts = { cohortId: '={{ $json.uid }}', cohortName: '={{ $json.uid }}', ...parameters };
		const several = await workflow.mirror(['a', 'b', 'c', 'vip'], {
			onError,
			parameters: cohorts,
			secondInput,
		});
		expect(hintsOf(several)).toMatch(
			/The second input has rows, but none for the cohort "a" and 2 others,/,
		);
	});

	test('that is not connected it is refused', async () => {
		const { thrown } = await workflow.mirror(['u-1'], { parameters });
		expect(thrown?.message).toMatch(/^The second input is not connected/);
	});

	test('a mass removal is refused', async () => {
		const secondInput = itemsOf(numbered(100));
		const run = await workflow.mirror(numbered(60), { onError, parameters, secondInput });
		expect(run.error).toHaveLength(60);
		expect(jsonOf(run.error)[0]?.error).toMatch(/^This run would remove 40 of 100 members/);
		expect(workflow.model.requests).toEqual([]);
	});
});

const LOGGED = { previousMembers: 'input', removalLimit: 100 };
const u1 = (anonymous_id: string) => ({ uid: 'u1', anonymous_id });
const OTHER = { uid: 'x' };

describe('with a log of all results on the second input', () => {
	let rows: IDataObject[] = [];

	beforeEach(() => {
		rows = [];
	});

	/** How the log's table saves a result. */
	let toRow = (result: IDataObject) => result;
	let parameters: IDataObject = LOGGED;

	beforeEach(() => {
		toRow = (result) => result;
		parameters = LOGGED;
	});

	async function mirrorWith(options: IDataObject, ...items: IDataObject[]) {
		const run = await workflow.mirrorItems(items, {
			onError: 'continueErrorOutput',
			parameters: { ...parameters, options: { maxRetries: 0, timeout: 1, ...options } },
			secondInput: rows,
		});
		rows = [...rows, ...[...jsonOf(run.success), ...jsonOf(run.error)].map(toRow)];
		return run;
	}

	async function mirror(...items: IDataObject[]) {
		return await mirrorWith({}, ...items);
	}

	test('who logged in, left and is back without a login is in', async () => {
		await workflow.restart({ known: [u1('a1'), OTHER] });
		await mirror(OTHER, { anonymous_id: 'a1' });
		await mirror(OTHER, u1('a1'));
		await mirror(OTHER);
		expect(workflow.model.memberIds('vip')).toEqual(['x']);
		await mirror(OTHER, { anonymous_id: 'a1' });
		expect(workflow.model.memberIds('vip')).toEqual(['u1', 'x']);
	});

	test('who left by two devices is out', async () => {
		await workflow.restart({ known: [{ anonymous_id: 'a2' }, OTHER] });
		await mirror(OTHER, u1('a1'), u1('a2'));
		await mirror(OTHER);
		expect(workflow.model.memberIds('vip')).toEqual(['x']);
	});

	test('who leaves after twelve devices in turn is out, though MoEngage knows the user by the last one', async () => {
		await workflow.restart({ known: [{ anonymous_id: 'a12' }, OTHER] });
		for (let device = 1; device <= 12; device++) await mirror(OTHER, u1(`a${device}`));
		expect(workflow.model.memberIds('vip')).toEqual(['a12', 'x']);
		await mirror(OTHER);
		expect(workflow.model.memberIds('vip')).toEqual(['x']);
	});

	test('whose removal got no response, and who is back, is in', async () => {
		await mirror({ uid: 'u1' }, OTHER);
		workflow.model.fault({ delayMs: 1_500, times: 1 });
		const run = await mirror(OTHER);
		expect(run.error.map(({ json }) => [json['message'], json['uid']])).toEqual([['failed', 'u1']]);
		await mirror({ uid: 'u1' }, OTHER);
		expect(workflow.model.memberIds('vip')).toEqual(['u1', 'x']);
	});

	test('the same where a dry run is in the log', async () => {
		await mirror({ uid: 'u1' }, OTHER);
		workflow.model.fault({ delayMs: 1_500, times: 1 });
		await mirror(OTHER);
		await mirrorWith({ dryRun: true }, OTHER);
		await mirror({ uid: 'u1' }, OTHER);
		expect(workflow.model.memberIds('vip')).toEqual(['u1', 'x']);
	});

	test('who logged in on two devices, left and is back without a login is in', async () => {
		await workflow.restart({ known: [u1('a1'), u1('b1'), OTHER] });
		await mirror(OTHER, { anonymous_id: 'a1' });
		await mirror(OTHER, u1('b1'), u1('a1'));
		await mirror(OTHER);
		expect(workflow.model.memberIds('vip')).toEqual(['x']);
		await mirror(OTHER, { anonymous_id: 'a1' });
		expect(workflow.model.memberIds('vip')).toEqual(['u1', 'x']);
	});

	test('a device whose addition failed is not made certain by an addition of its former user without it', async () => {
		const known = [{ uid: 'u1', anonymous_ids: ['b1'] }, { anonymous_id: 'a1' }, OTHER];
		await workflow.restart({ known });
		const a1 = { anonymous_id: 'a1' };
		await mirror(OTHER, u1('a1'));
		await mirror(OTHER);
		workflow.model.fault({ status: 500, body: '{}', times: 1 });
		await mirror(OTHER, a1);
		await mirror(OTHER, u1('b1'), { uid: true });
		await mirror(OTHER, u1('b1'), a1);
		expect(workflow.model.memberIds('vip')).toEqual(['a1', 'u1', 'x']);
	});

	test('a device whose addition got no response is removed with its user', async () => {
		await workflow.restart({ known: [{ anonymous_id: 'c1' }, OTHER] });
		await mirror(OTHER);
		workflow.model.fault({ delayMs: 1_500, times: 1 });
		await mirror(OTHER, u1('c1'));
		await mirror(OTHER, u1('b1'));
		await mirror(OTHER);
		expect(workflow.model.memberIds('vip')).toEqual(['x']);
	});

	test('who was seen with a device while nothing was sent is known by it', async () => {
		await workflow.restart({ known: [{ uid: 'u1' }, OTHER] });
		await mirror({ uid: 'u1' }, { anonymous_id: 'a1' }, OTHER);
		await mirror(u1('a1'), OTHER);
		await mirror({ anonymous_id: 'a1' }, OTHER);
		expect(workflow.model.memberIds('vip')).toEqual(['u1', 'x']);
	});

	test('who was removed by a device, and whose own addition was refused, is sent again', async () => {
		await workflow.restart({ known: [u1('a1'), OTHER] });
		await mirror({ uid: 'u1' }, { anonymous_id: 'a1' }, OTHER);
		workflow.model.fault({
			...{ status: 403, body: '{}', times: 1 },
			when: ({ action }) => action === 'add_members',
		});
		await mirror({ uid: 'u1' }, OTHER);
		expect(workflow.model.memberIds('vip')).toEqual(['x']);
		await mirror({ uid: 'u1' }, OTHER);
		expect(workflow.model.memberIds('vip')).toEqual(['u1', 'x']);
	});

	test('guests with a uid of 0 whose addition failed are not one user', async () => {
		const devices = ['a1', 'a2'];
		const known = devices.map((anonymous_id) => ({ anonymous_id }));
		await workflow.restart({ known: [...known, OTHER] });
		const [a1 = {}, a2 = {}] = known.map((device) => ({ uid: 0, ...device }));
		workflow.model.fault({ status: 500, body: '{}', times: 1 });
		await mirror(OTHER, a1, a2);
		await mirror(OTHER, a1, a2);
		expect(workflow.model.memberIds('vip')).toEqual(['a1', 'a2', 'x']);
		await mirror(OTHER, a2);
		expect(workflow.model.memberIds('vip')).toEqual(['a2', 'x']);
	});

	test("error items are read by the parameters' fields, as these are the input's", async () => {
		parameters = { ...LOGGED, userId: '={{ $json.user_id }}', anonymousId: '' };
		const item = (user_id: string, anonymous_id: string) => ({ user_id, anonymous_id });
		await mirror(item('x', 's-9'));
		workflow.model.fault({ delayMs: 1_500, times: 1 });
		await mirror(item('x', 's-9'), item('u1', 's-1'));
		await mirror(item('x', 's-9'));
		expect(workflow.model.memberIds('vip')).toEqual(['x']);
	});

	test('in a table that numbers its rows by the name of the user id, error items count by their uid too', async () => {
		parameters = { ...LOGGED, userId: '={{ $json.id }}', anonymousId: '' };
		let number = 0;
		toRow = ({ id, ...result }) => ({
			...{ uid: id, status: null, action: null, ...result },
			id: ++number,
		});
		await mirror({ id: 'x' });
		workflow.model.fault({ delayMs: 1_500, times: 1 });
		await mirror({ id: 'x' }, { id: 'u1' });
		expect(workflow.model.memberIds('vip')).toEqual(['u1', 'x']);
		await mirror({ id: 'x' });
		expect(workflow.model.memberIds('vip')).toEqual(['x']);
	});

	test("a failed removal is of the node's cohort, though an earlier error item had another 'cohort_id'", async () => {
		const item = (uid: string) => ({ uid, cohort_id: '2026-Q1' });
		await mirror(item('x'));
		workflow.model.fault({ status: 500, body: '{}', times: 1 });
		await mirror(item('x'), item('u1'));
		await mirror(item('x'), item('u1'));
		workflow.model.fault({ delayMs: 1_500, times: 1 });
		await mirror(item('x'));
		expect(workflow.model.memberIds('vip')).toEqual(['x']);
		await mirror(item('x'), item('u1'));
		expect(workflow.model.memberIds('vip')).toEqual(['u1', 'x']);
	});

	const COLUMNS = ['uid', 'anonymous_id', 'cohort_id', 'status', 'action', 'timestamp'];
	const inColumns = (empty: null | string) => (result: IDataObject) =>
		Object.fromEntries(COLUMNS.map((name) => [name, result[name] ?? empty]));
	const renamed = (rename: (name: string) => string) => (result: IDataObject) =>
		Object.fromEntries(Object.entries(result).map(([name, value]) => [rename(name), value]));

	test.each<[what: string, toRow: (result: IDataObject) => IDataObject]>([
		['six columns, with null for what is missing', inColumns(null)],
		['six columns, with empty texts', inColumns('')],
		[
			'six columns, with the status of error items',
			({ message, ...result }) => inColumns(null)({ status: message, ...result }),
		],
		['no status', (result) => ({ ...result, status: undefined })],
		['names in capitals', renamed((name) => (name === 'uid' ? name : name.toUpperCase()))],
		[
			'names with a capital and blanks',
			renamed((name) =>
				name === 'uid' ? name : `${name[0]?.toUpperCase()}${name.slice(1).replace('_', ' ')}`,
			),
		],
		[
			'texts that are padded',
			(result) =>
				Object.fromEntries(
					Object.entries(result).map(([name, value]) => [
						name,
						typeof value === 'string' ? value.padEnd(40) : value,
					]),
				),
		],
	])('it may have %s', async (_what, asRow) => {
		toRow = asRow;
		workflow.model.fault({ status: 403, body: '{}', times: 1 });
		await mirror({ uid: 'u1' }, OTHER);
		expect(workflow.model.memberIds('vip')).toEqual([]);
		await mirror({ uid: 'u1' }, OTHER);
		expect(workflow.model.memberIds('vip')).toEqual(['u1', 'x']);
		await mirror(OTHER);
		expect(workflow.model.memberIds('vip')).toEqual(['x']);
		await mirror({ uid: 'u1' }, OTHER);
		expect(workflow.model.memberIds('vip')).toEqual(['u1', 'x']);
	});

	test('of several cohorts in capitals, each row belongs to its cohort', async () => {
		parameters = { ...LOGGED, userId: '={{ $json.UID }}', anonymousId: '' };
		rows = [
			{ UID: 'x', COHORT_ID: 'vip' },
			{ UID: 'u9', COHORT_ID: 'other' },
		];
		await mirror({ UID: 'x' }, { UID: 'u9' });
		expect(workflow.model.memberIds('vip')).toEqual(['u9']);
	});

	test('in capitals a row is of its UID, whatever number it has', async () => {
		parameters = { ...LOGGED, userId: '={{ $json.ID }}', anonymousId: '' };
		rows = ['102', '103', '104'].map((UID, index) => ({ ID: 101 + index, UID, COHORT_ID: 'vip' }));
		const { success } = await mirror({ ID: '101' }, { ID: '102' }, { ID: '104' });
		expect(jsonOf(success).map(({ uid, status, action }) => [uid, action ?? status])).toEqual([
			['101', 'add'],
			['102', 'unchanged'],
			['104', 'unchanged'],
			['103', 'remove'],
		]);
	});

	test("the input's own 'UID' does not make a device a user", async () => {
		const known = [{ uid: '77' }, { anonymous_id: 'd1' }, OTHER];
		await workflow.restart({ known });
		const fields = { userId: '={{ $json.user }}', anonymousId: '={{ $json.device }}' };
		parameters = { ...LOGGED, ...fields };
		const options = { includeInputFields: true };
		const [x, device, user] = [{ user: 'x' }, { device: 'd1', UID: '77' }, { user: '77' }];
		await mirrorWith(options, x, device);
		await mirrorWith(options, x, device, user);
		expect(workflow.model.memberIds('vip')).toEqual(['77', 'd1', 'x']);
		await mirrorWith(options, x, user);
		expect(workflow.model.memberIds('vip')).toEqual(['77', 'x']);
	});

	test("the results of an unchanged user have all of the user's devices", async () => {
		await workflow.restart({ known: [{ anonymous_id: 'a2' }, OTHER] });
		const audience = [OTHER, u1('a1'), u1('a2')];
		await mirror(...audience);
		const { success } = await mirror(...audience);
		expect(jsonOf(success).map(({ status, anonymous_id }) => [status, anonymous_id])).toEqual([
			['unchanged', undefined],
			['unchanged', 'a1'],
			['unchanged', 'a2'],
		]);
	});

	test("the input's own 'action' does not make a refused addition a removal", async () => {
		workflow.model.fault({ status: 403, body: '{}', times: 1 });
		await mirror({ uid: 'u1', action: 'remove' });
		await mirror({ uid: 'u1', action: 'remove' });
		expect(workflow.model.memberIds('vip')).toEqual(['u1']);
	});

	test("the input's own 'timestamp' does not make an addition an old one", async () => {
		const item = (uid: string) => ({ uid, timestamp: '2020-01-01T00:00:00Z' });
		await mirror(item('u1'), item('x'));
		await mirror(item('x'));
		workflow.model.fault({ delayMs: 1_500, times: 1 });
		await mirror(item('u1'), item('x'));
		await mirror(item('x'));
		expect(workflow.model.memberIds('vip')).toEqual(['x']);
	});
});

test('each row of an anonymous ID alone that ends with its user has a result of its own, paired with it', async () => {
	await workflow.restart({ known: [u1('a1'), u1('b1'), OTHER] });
	const parameters = LOGGED;
	const secondInput = [
		{ anonymous_id: 'a1' },
		{ uid: 'u1', anonymous_id: 'b1' },
		{ uid: 'u1', anonymous_id: 'a1' },
		{ anonymous_id: 'b1' },
		OTHER,
	];
	const onError = 'continueErrorOutput';
	const run = await workflow.mirrorItems([OTHER], { onError, parameters, secondInput });
	expect(run.success.slice(1)).toMatchObject([
		{
			json: { status: 'accepted', action: 'remove', uid: 'u1', anonymous_id: 'b1' },
			pairedItem: { item: 1, input: 1 },
		},
		{
			json: { status: 'accepted', action: 'remove', cohort_id: 'vip', anonymous_id: 'a1' },
			pairedItem: { item: 0, input: 1 },
		},
	]);
	expect(run.success[2]?.json).not.toHaveProperty('uid');
	expect(hintsOf(run)).toMatch(/MoEngage accepted 1 removal /);

	workflow.model.fault({ status: 403, body: '{}', times: 1 });
	const { error } = await workflow.mirrorItems([OTHER], { onError, parameters, secondInput });
	expect(error.map(({ pairedItem }) => pairedItem)).toEqual([
		{ item: 1, input: 1 },
		{ item: 0, input: 1 },
	]);

	// Someone who stays has a1: then it is not removed with u1.
	const staying = { uid: 'u2', anonymous_id: 'a1' };
	const { success } = await workflow.mirrorItems([OTHER, staying], {
		...{ onError, parameters, secondInput },
	});
	expect(jsonOf(success).slice(2)).toMatchObject([{ action: 'remove', uid: 'u1' }]);
});

test.each<[what: string, names: IDataObject]>([
	['null', { uid: null, anonymous_id: null }],
	['null alone', { uid: null }],
	['empty texts', { uid: '', anonymous_id: '' }],
	['null and an empty text', { uid: null, anonymous_id: '' }],
	['blanks', { uid: ' ' }],
	['a placeholder', { uid: 'N/A' }],
	['a number that n8n has rounded', { uid: 12345678901234567000 }],
	['a list', { uid: ['u1'] }],
])('a row that names nobody but %s is skipped, whatever number it has', async (_what, names) => {
	const run = await workflow.mirrorItems([{ id: '5' }, { id: '6' }], {
		onError: 'continueErrorOutput',
		parameters: { ...LOGGED, userId: '={{ $json.id }}', anonymousId: '' },
		secondInput: [
			{ id: 4, uid: '6', anonymous_id: null, cohort_id: 'vip' },
			{ id: 5, ...names, cohort_id: 'vip' },
		],
	});
	expect(workflow.model.memberIds('vip')).toEqual(['5']);
	expect(hintsOf(run)).toMatch(/1 row of the second input was skipped/);
});
