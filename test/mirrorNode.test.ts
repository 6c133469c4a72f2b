import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';
import type { Emulator, ServerOptions } from '../emulator/server';
import { startEmulator } from '../emulator/server';
import type { TestRun, TestWorkflow } from './support/workflow';
import { startWorkflow } from './support/workflow';

let emulator: Emulator;
let saved: { id: string; staticData: IDataObject };
let workflows = 0;
/** How far the clock is ahead, in ms. */
let ahead = 0;

async function restartEmulator(options: ServerOptions = {}): Promise<void> {
	await emulator?.close();
	emulator = await startEmulator({
		appId: 'APP',
		secret: 'some-secret',
		now: () => Date.now(),
		...options,
	});
}

beforeEach(async () => {
	await restartEmulator();
	// What the process remembers is kept by workflow, so each test has a workflow of its own.
	saved = { id: `workflow-${workflows++}`, staticData: {} };
	ahead = 0;
});

afterEach(async () => {
	jest.restoreAllMocks();
	await emulator.close();
});

function startMirror(items: TestWorkflow['items'], workflow: Partial<TestWorkflow> = {}) {
	return startWorkflow({
		items,
		credential: {
			appId: 'APP',
			secretKey: 'some-secret',
			dataCenter: 'custom',
			customUrl: emulator.url,
		},
		saved,
		...workflow,
		parameters: { operation: 'mirror', ...workflow.parameters },
	});
}

async function mirror(uids: string[], workflow: Partial<TestWorkflow> = {}): Promise<TestRun> {
	return await startMirror(itemsOf(uids), workflow).done;
}

const itemsOf = (uids: string[]) => uids.map((uid) => ({ uid }));

const numbered = (count: number, from = 0) =>
	Array.from({ length: count }, (_, index) => `u-${index + from}`);

const sent = (from = 0) =>
	emulator.model.requests.slice(from).map(({ action, memberCount }) => [action, memberCount]);

const hintsOf = ({ hints }: TestRun) => hints.map(({ message }) => message).join(' ');

const jsonOf = (items: INodeExecutionData[]) => items.map(({ json }) => json);

async function requestsArrived(count: number): Promise<void> {
	for (let tries = 0; emulator.model.requests.length < count; tries++) {
		if (tries > 200) throw new Error(`No ${count} requests arrived`);
		await sleep(5);
	}
}

const CONTINUING = ['continueRegularOutput', 'continueErrorOutput'] as const;

/** The error items of a run that goes on, wherever n8n puts them. */
const errorsOf = ({ success, error }: TestRun) =>
	[...success, ...error].filter(({ json }) => 'error' in json);

describe('a mirror', () => {
	test('leaves the cohort with exactly the audience after each run', async () => {
		for (const audience of [numbered(50), numbered(50, 5), numbered(40, 10)]) {
			const { status, success } = await mirror(audience);
			expect(status).toBe('success');
			expect(emulator.model.memberIds('vip')).toEqual([...audience].sort());
			expect(success.length).toBeGreaterThanOrEqual(audience.length);
		}
		expect(sent()).toEqual([
			['add_members', 50],
			['remove_members', 5],
			['add_members', 5],
			['remove_members', 10],
		]);
	});

	test('says who is new, who stayed and who left', async () => {
		await mirror(['u-1', 'u-2']);
		const { success } = await mirror(['u-2', 'u-3']);
		expect(success).toMatchObject([
			{
				json: { status: 'unchanged', action: null, uid: 'u-2', request: null },
				pairedItem: { item: 0 },
			},
			{ json: { status: 'accepted', action: 'add', uid: 'u-3' }, pairedItem: { item: 1 } },
			{
				json: { status: 'accepted', action: 'remove', uid: 'u-1', cohort_id: 'vip' },
				pairedItem: { item: 0 },
			},
		]);
	});

	test('takes a user who logs in for the same member', async () => {
		await startMirror([{ anonymous_id: 'a-1' }, { uid: 'u-2' }]).done;
		const { success } = await startMirror([{ uid: 'u-1', anonymous_id: 'a-1' }, { uid: 'u-2' }])
			.done;
		expect(jsonOf(success)).toMatchObject([
			{ status: 'unchanged', uid: 'u-1', anonymous_id: 'a-1' },
			{ status: 'unchanged', uid: 'u-2' },
		]);
		expect(sent()).toEqual([['add_members', 2]]);
	});

	test('sums up in one item per cohort', async () => {
		await mirror(numbered(10));
		const items = itemsOf([...numbered(10, 3), 'u-3']);
		const options = { output: 'summary', batchSize: 2 };
		const { success } = await startMirror(items, { parameters: { options } }).done;
		expect(jsonOf(success)).toMatchObject([
			{
				cohort_id: 'vip',
				operation: 'mirror',
				unchanged: 8,
				duplicates: 1,
				accepted: 6,
				added: 3,
				removed: 3,
				requests: 4,
				resent_all: false,
				seconds_at_rate: 0,
				errors: [],
			},
		]);
		expect(emulator.model.memberIds('vip')).toEqual(numbered(10, 3).sort());
	});

	test('leaves a cohort alone that does not occur in the input', async () => {
		const parameters = { cohortId: '={{ $json.cohort }}', cohortName: '={{ $json.cohort }}' };
		const both = [
			{ uid: 'u-1', cohort: 'a' },
			{ uid: 'u-2', cohort: 'a' },
			{ uid: 'u-1', cohort: 'b' },
		];
		const run = async (items: IDataObject[]) => await startMirror(items, { parameters }).done;
		await run([...both, { uid: 'u-1', cohort: 'c' }]);
		const { success } = await run([
			{ uid: 'u-2', cohort: 'a' },
			{ uid: 'u-3', cohort: 'b' },
		]);
		expect(
			jsonOf(success).map(({ cohort_id, uid, status, action }) => [cohort_id, uid, status, action]),
		).toEqual([
			['a', 'u-2', 'unchanged', null],
			['b', 'u-3', 'accepted', 'add'],
			['a', 'u-1', 'accepted', 'remove'],
			['b', 'u-1', 'accepted', 'remove'],
		]);
		await run(both);
		const held = ['a', 'b', 'c'].map((id) => emulator.model.memberIds(id));
		expect(held).toEqual([['u-1', 'u-2'], ['u-1'], ['u-1']]);
	});

	test('is refused where an AI agent calls it, in words that reach the agent', async () => {
		const { thrown, success } = await mirror(['u-1'], { asTool: true });
		expect(thrown).toBeUndefined();
		expect(success.map(({ json }) => json)).toEqual([
			{ error: expect.stringMatching(/^An AI agent can't mirror an audience/), message: 'invalid' },
		]);
		expect(emulator.model.requests).toEqual([]);
	});

	test('is refused while another run is mirroring the same cohort, and not after', async () => {
		await mirror(['u-1']);
		emulator.model.fault({ delayMs: 300 });
		const first = startMirror(itemsOf(['u-1', 'u-2']));
		await requestsArrived(2);
		const { thrown } = await mirror(['u-1', 'u-3']);
		expect(thrown?.message).toBe('Another execution is mirroring the cohort "VIP" at this moment');
		const other = await mirror(['u-1'], { parameters: { cohortId: 'other' } });
		expect(other.status).toBe('success');
		expect((await first.done).status).toBe('success');
		expect((await mirror(['u-1', 'u-3'])).status).toBe('success');
		expect(emulator.model.memberIds('vip')).toEqual(['u-1', 'u-3']);
	});
});

describe('a mass removal', () => {
	const message = `40 members of 100 would leave the cohort "VIP": 40.0%, more than the 'Removal Limit' of 25% allows`;

	beforeEach(async () => {
		await mirror(numbered(100));
	});

	test('is refused with both numbers, the share and what to do', async () => {
		const { status, thrown } = await mirror(numbered(60));
		expect(status).toBe('error');
		expect(thrown?.message).toBe(message);
		expect(thrown?.description).toMatch(
			/^Nothing was sent for this cohort\. .*raise 'Removal Limit/,
		);
		expect(emulator.model.requests).toHaveLength(1);
		await mirror(numbered(60), { parameters: { removalLimit: 50 } });
		expect(emulator.model.memberIds('vip')).toHaveLength(60);
	});

	test('of all but one is how the README empties a cohort', async () => {
		await mirror(['me'], { parameters: { removalLimit: 100 } });
		expect(emulator.model.memberIds('vip')).toEqual(['me']);
		const { success } = await mirror(['me', 'u-1']);
		expect(jsonOf(success)).toMatchObject([{ status: 'unchanged' }, { status: 'accepted' }]);
	});

	test('keeps every cohort of the run from being sent', async () => {
		const items = [...numbered(60), ...numbered(3)].map((uid, index) => ({
			uid,
			cohort: index < 60 ? 'vip' : 'other',
		}));
		const parameters = { cohortId: '={{ $json.cohort }}' };
		const { thrown } = await startMirror(items, { parameters }).done;
		expect(thrown?.message).toBe(message);
		expect(emulator.model.requests).toHaveLength(1);
	});

	test.each(CONTINUING)('under %s concerns its own cohort only', async (onError) => {
		const items = [...numbered(60), ...numbered(3)].map((uid, index) => ({
			uid,
			cohort: index < 60 ? 'vip' : 'other',
		}));
		const parameters = {
			cohortId: '={{ $json.cohort }}',
			cohortName: '={{ $json.cohort.toUpperCase() }}',
		};
		const run = await startMirror(items, { parameters, onError }).done;
		expect(run.status).toBe('success');
		const errors = errorsOf(run);
		expect(errors).toHaveLength(60);
		expect(errors[59]).toMatchObject({
			json: { error: expect.stringContaining(message), message: 'not_sent' },
			pairedItem: { item: 59 },
		});
		expect(emulator.model.memberIds('vip')).toHaveLength(100);
		expect(emulator.model.memberIds('other')).toHaveLength(3);
		// What was not sent is not remembered as gone.
		await mirror(numbered(100, 10));
		expect(emulator.model.memberIds('vip')).toEqual(numbered(100, 10).sort());
	});
});

describe('a removal that fails', () => {
	const refuseRemovals = (status: number) =>
		emulator.model.fault({
			status,
			times: 99,
			when: ({ action }) => action === 'remove_members',
		});

	test.each(CONTINUING)('under %s gives an error item that names the user', async (onError) => {
		await mirror(['u-1', 'u-2']);
		const lift = refuseRemovals(400);
		const run = await mirror(['u-2', 'u-3'], { onError });
		expect(run.status).toBe('success');
		expect(errorsOf(run)).toEqual([
			{
				json: {
					error: expect.stringMatching(
						/^The user "u-1" was not removed from the cohort "VIP"\. MoEngage refused/,
					),
					message: expect.stringMatching(/^(rejected|failed)$/),
				},
			},
		]);
		expect(jsonOf(run.success)).toEqual(
			expect.arrayContaining([
				expect.objectContaining({ uid: 'u-2', status: 'unchanged' }),
				expect.objectContaining({ uid: 'u-3', status: 'accepted' }),
			]),
		);
		lift();
		await mirror(['u-2', 'u-3']);
		expect(emulator.model.memberIds('vip')).toEqual(['u-2', 'u-3']);
	});

	test('ends the run under Stop, and the next run tries again', async () => {
		await mirror(['u-1', 'u-2']);
		const lift = refuseRemovals(400);
		const { thrown } = await mirror(['u-2']);
		expect(thrown?.message).toMatch(/^MoEngage refused/);
		lift();
		await mirror(['u-2']);
		expect(emulator.model.memberIds('vip')).toEqual(['u-2']);
	});

	test('is one of the errors in the summary', async () => {
		await mirror(['u-1', 'u-2']);
		refuseRemovals(400);
		const run = await mirror(['u-2'], {
			onError: 'continueRegularOutput',
			parameters: { options: { output: 'summary' } },
		});
		expect(jsonOf(run.success)[0]).toMatchObject({
			unchanged: 1,
			rejected: 1,
			removed: 0,
			errors: [expect.stringMatching(/^MoEngage refused/)],
		});
		expect(errorsOf(run)).toHaveLength(1);
	});
});

describe('what the workflow remembers', () => {
	test('is what was accepted, also where the run fails in the middle', async () => {
		emulator.model.fault({ status: 401, when: ({ number }) => number === 3 });
		const options = { batchSize: 2, concurrency: 1 };
		const { thrown } = await mirror(numbered(6), { parameters: { options } });
		expect(thrown?.message).toMatch(/^MoEngage does not accept the App ID/);
		expect(emulator.model.memberIds('vip')).toEqual(numbered(4));

		const { success } = await mirror(numbered(5, 1));
		expect(jsonOf(success).map(({ uid, status, action }) => [uid, status, action])).toEqual([
			['u-1', 'unchanged', null],
			['u-2', 'unchanged', null],
			['u-3', 'unchanged', null],
			['u-4', 'accepted', 'add'],
			['u-5', 'accepted', 'add'],
			['u-0', 'accepted', 'remove'],
		]);
		expect(emulator.model.memberIds('vip')).toEqual(numbered(5, 1));
	});

	test('holds what was applied and then lost, so that it can be taken back', async () => {
		emulator.model.fault({ status: 500, handleFirst: true });
		await mirror(['u-1', 'u-2'], { parameters: { options: { maxRetries: 0 } } });
		expect(emulator.model.memberIds('vip')).toEqual(['u-1', 'u-2']);
		await mirror(['u-2']);
		expect(sent(1)).toEqual([
			['remove_members', 1],
			['add_members', 1],
		]);
		expect(emulator.model.memberIds('vip')).toEqual(['u-2']);
	});

	test('is known to the process where the execution was stopped', async () => {
		await mirror(['u-0']);
		const before = saved.staticData;
		emulator.model.fault({ delayMs: 500, when: ({ number }) => number === 4 });
		const options = { batchSize: 1, concurrency: 1 };
		const running = startMirror(itemsOf(['u-1', 'u-2', 'u-3']), { parameters: { options } });
		await requestsArrived(4);
		running.stop();
		const { status } = await running.done;
		expect(status).toBe('canceled');
		expect(saved.staticData).toBe(before);
		// u-0 removed and u-1 added; u-2 was in flight; u-3 had yet to go.
		const { success } = await mirror(['u-3']);
		expect(jsonOf(success).map(({ uid, action }) => [uid, action])).toEqual([
			['u-3', 'add'],
			['u-1', 'remove'],
			['u-2', 'remove'],
		]);
		expect(emulator.model.memberIds('vip')).toEqual(['u-3']);
	});

	test('is known to the process after a test run in the editor, and a hint says that n8n saves nothing', async () => {
		const run = await mirror(['u-1', 'u-2'], { mode: 'manual' });
		expect(hintsOf(run)).toMatch(/test run from the editor/);
		expect(saved.staticData).toEqual({});
		const next = await mirror(['u-2']);
		expect(hintsOf(next)).not.toMatch(/test run/);
		expect(emulator.model.memberIds('vip')).toEqual(['u-2']);
	});

	test('knows nothing of what other operations do, as the README warns', async () => {
		await mirror(['u-1', 'u-2']);
		await mirror(['u-1'], { parameters: { operation: 'remove' } });
		const { success } = await mirror(['u-1', 'u-2']);
		expect(jsonOf(success)).toMatchObject([{ status: 'unchanged' }, { status: 'unchanged' }]);
		expect(emulator.model.memberIds('vip')).toEqual(['u-2']);
	});

	test('serves all mirrors of the workflow, each cohort on its own', async () => {
		await mirror(['u-1'], { parameters: { cohortId: 'a', cohortName: 'A' } });
		await mirror(['u-2'], { parameters: { cohortId: 'b', cohortName: 'B' } });
		await mirror(['u-3'], { parameters: { cohortId: 'a', cohortName: 'A' } });
		const held = ['a', 'b'].map((id) => emulator.model.memberIds(id));
		expect(held).toEqual([['u-3'], ['u-2']]);
	});

	test.each(['stopWorkflow', ...CONTINUING] as const)(
		'is refused under %s where it was edited by hand',
		async (onError) => {
			await mirror(['u-1', 'u-2']);
			const text = JSON.stringify(saved.staticData).replace('"u-1,u-2"', '"u-2"');
			// As after a restart, since the process would know better.
			saved = { id: `workflow-${workflows++}`, staticData: JSON.parse(text) as IDataObject };
			const run = await mirror(['u-2'], { onError });
			const words = onError === 'stopWorkflow' ? run.thrown?.message : errorsOf(run)[0]?.json.error;
			expect(words).toMatch(/^What the workflow remembers of the cohort "VIP" is damaged/);
			expect(emulator.model.requests).toHaveLength(1);
			expect(JSON.stringify(saved.staticData)).toBe(text);
		},
	);
});

describe('a dry run', () => {
	const dry = (options: IDataObject = {}) => ({
		parameters: { options: { dryRun: true, ...options } },
	});

	test('says what would happen, and neither sends nor remembers anything', async () => {
		const first = await mirror(['u-1', 'u-2'], dry());
		expect(jsonOf(first.success)).toMatchObject([{ status: 'planned' }, { status: 'planned' }]);
		expect(JSON.stringify(saved.staticData)).not.toContain('moEngage');
		await mirror(['u-1', 'u-2']);
		const { staticData } = saved;
		const run = await mirror(['u-2', 'u-3'], { ...dry(), mode: 'manual' });
		expect(jsonOf(run.success)).toMatchObject([
			{ uid: 'u-2', status: 'unchanged', action: null },
			{ uid: 'u-3', status: 'planned', action: 'add' },
			{ uid: 'u-1', status: 'planned', action: 'remove' },
		]);
		expect(hintsOf(run)).toMatch(/^Dry run: nothing was sent/);
		expect(hintsOf(run)).not.toMatch(/test run/);
		expect(saved.staticData).toEqual(staticData);
		await mirror(['u-1', 'u-2']);
		expect(sent()).toEqual([['add_members', 2]]);
	});

	test('sums up the requests and the least time that they take', async () => {
		await mirror(numbered(4));
		const { success } = await mirror(
			numbered(4, 1),
			dry({ output: 'summary', batchSize: 1, requestsPerMinute: 1 }),
		);
		expect(jsonOf(success)).toMatchObject([
			{
				dry_run: true,
				planned: 2,
				unchanged: 3,
				added: 0,
				removed: 0,
				requests: 2,
				seconds_at_rate: 60,
			},
		]);
	});

	test('reports a mass removal', async () => {
		await mirror(numbered(100));
		const { thrown } = await mirror(numbered(60), dry());
		expect(thrown?.message).toMatch(/^40 members of 100 would leave/);
	});
});

describe('a source that brings nothing usable removes nobody', () => {
	const bad = { uid: true };

	beforeEach(async () => {
		await mirror(['u-1', 'u-2']);
	});

	test('not the empty item that n8n makes up', async () => {
		const { thrown } = await startMirror([{}]).done;
		const NOBODY = 'The source brought no members, so nothing was sent and nobody was removed';
		expect(thrown?.message).toBe(NOBODY);
		expect(thrown?.description).toMatch(/^n8n made up the one empty item that came/);
		const run = await startMirror([{}], { onError: 'continueRegularOutput' }).done;
		expect(errorsOf(run)).toMatchObject([
			{ json: { error: expect.stringContaining(NOBODY), message: 'invalid' } },
		]);
		expect(emulator.model.requests).toHaveLength(1);
	});

	test('not some items that can not be read, and a hint says so', async () => {
		const run = await startMirror([bad, { uid: 'u-2' }, { uid: 'u-3' }], {
			onError: 'continueErrorOutput',
		}).done;
		expect(run.error).toHaveLength(1);
		expect(hintsOf(run)).toMatch(
			/^Nobody was removed from the cohort "VIP", since some items could not be read: 1 member of it may be among them/,
		);
		expect(emulator.model.memberIds('vip')).toEqual(['u-1', 'u-2', 'u-3']);
		await mirror(['u-2', 'u-3']);
		expect(emulator.model.memberIds('vip')).toEqual(['u-2', 'u-3']);
	});

	test.each(['stopWorkflow', ...CONTINUING] as const)(
		'under %s not a first input without items, and it does not look like success',
		async (onError) => {
			const parameters = { previousMembers: 'input' };
			const run = await startMirror([], {
				parameters,
				onError,
				secondInput: [{ uid: 'u-1' }, { uid: 'u-2' }],
			}).done;
			const words = onError === 'stopWorkflow' ? run.thrown?.message : errorsOf(run)[0]?.json.error;
			expect(words).toMatch(/^The first input brings no items, so nothing was sent/);
			expect(emulator.model.requests).toHaveLength(1);
		},
	);
});

describe('people who register with MoEngage later', () => {
	const DAY_MS = 24 * 60 * 60 * 1000;

	beforeEach(async () => {
		const realNow = Date.now;
		jest.spyOn(Date, 'now').mockImplementation(() => realNow() + ahead);
		await restartEmulator({ known: [{ uid: 'u-1' }] });
	});

	async function runOnDay(day: number, resendAfter: number, output = 'items') {
		ahead = day * DAY_MS;
		const options = { resendAfter, output };
		return await mirror(['u-1', 'late'], { parameters: { options } });
	}

	test('are in the segment after the next full send', async () => {
		await runOnDay(0, 3);
		expect(emulator.model.memberIds('vip')).toEqual(['u-1']);
		ahead = 2 * DAY_MS;
		emulator.model.register({ uid: 'late' });
		await runOnDay(2.9, 3);
		expect(emulator.model.memberIds('vip')).toEqual(['u-1']);
		const run = await runOnDay(3.1, 3, 'summary');
		expect(emulator.model.memberIds('vip')).toEqual(['late', 'u-1']);
		expect(hintsOf(run)).toMatch(/^Everyone in the cohort "VIP" was sent again/);
		expect(jsonOf(run.success)).toMatchObject([{ resent_all: true, added: 2, unchanged: 0 }]);

		// The time runs from there.
		await runOnDay(6, 3);
		expect(emulator.model.requests).toHaveLength(2);
		await runOnDay(6.2, 3);
		expect(emulator.model.requests).toHaveLength(3);
	});

	test('are not sent again where the option is 0', async () => {
		await runOnDay(0, 0);
		await runOnDay(300, 0);
		expect(emulator.model.requests).toHaveLength(1);
	});

	test('are sent again in the next run where the full send failed', async () => {
		await runOnDay(0, 3);
		emulator.model.fault({ status: 401 });
		expect((await runOnDay(4, 3)).status).toBe('error');
		await runOnDay(4.1, 3);
		expect(sent()).toEqual([
			['add_members', 2],
			['add_members', 2],
			['add_members', 2],
		]);
		await runOnDay(4.2, 3);
		expect(emulator.model.requests).toHaveLength(3);
	});

	test('do not make every run a full one because of a member that MoEngage refuses', async () => {
		const run = async (day: number) => {
			ahead = day * DAY_MS;
			const options = { resendAfter: 3, batchSize: 1 };
			return await mirror(['u-1', 'bad'], {
				parameters: { options },
				onError: 'continueRegularOutput',
			});
		};
		emulator.model.fault({
			status: 400,
			times: 99,
			when: ({ change }) => change?.parameters.members[0]?.uid === 'bad',
		});
		await run(0);
		await run(4);
		const before = emulator.model.requests.length;
		await run(5);
		// Only the refused one is tried again.
		expect(sent(before)).toEqual([['add_members', 1]]);
	});
});

describe('with a second input', () => {
	const parameters = { previousMembers: 'input' };

	test('its rows are the previous members, and removed ones are paired with them', async () => {
		await mirror(['u-1', 'u-2'], { parameters, secondInput: [] });
		const run = await mirror(['u-2'], {
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
		expect(hintsOf(run)).toMatch(/^1 row of the second input was skipped/);
		expect(emulator.model.memberIds('vip')).toEqual(['u-2']);
		expect(saved.staticData).toEqual({});
	});

	test("the node's own last output does as it is", async () => {
		let last: IDataObject[] = [];
		for (const audience of [
			numbered(20),
			[...numbered(20, 5), 'u-9'],
			numbered(12, 8),
			numbered(12, 8),
		]) {
			const { success } = await mirror(audience, { parameters, secondInput: last });
			expect(emulator.model.memberIds('vip')).toEqual([...new Set(audience)].sort());
			last = jsonOf(success);
		}
		expect(sent()).toEqual([
			['add_members', 20],
			['remove_members', 5],
			['add_members', 5],
			['remove_members', 8],
		]);
	});

	test('that is empty everyone is added and nobody removed', async () => {
		await mirror(['u-1'], { parameters, secondInput: [] });
		await mirror(['u-2'], { parameters, secondInput: [{}] });
		expect(emulator.model.memberIds('vip')).toEqual(['u-1', 'u-2']);
	});

	test('that has rows of other cohorts only: a hint says so', async () => {
		const run = await mirror(['u-1'], {
			parameters,
			secondInput: [{ uid: 'u-2', cohort_id: '12' }],
		});
		expect(hintsOf(run)).toMatch(
			/^The second input has rows, but none of the cohort "VIP", so everyone counted as new there and nobody was removed\./,
		);
		const secondInput = [{ uid: 'u-1', cohort_id: 'vip' }];
		expect(hintsOf(await mirror(['u-1'], { parameters, secondInput }))).toBe('');
		const cohorts = { cohortId: '={{ $json.uid }}', cohortName: '={{ $json.uid }}', ...parameters };
		const several = await mirror(['a', 'b', 'c', 'vip'], { parameters: cohorts, secondInput });
		expect(hintsOf(several)).toMatch(
			/^The second input has rows, but none of the cohort "a" and 2 others,/,
		);
	});

	test('that is not connected it is refused', async () => {
		const { thrown } = await mirror(['u-1'], { parameters });
		expect(thrown?.message).toMatch(/^The second input is not connected/);
	});

	test('a mass removal is refused', async () => {
		const secondInput = itemsOf(numbered(100));
		const { thrown } = await mirror(numbered(60), { parameters, secondInput });
		expect(thrown?.message).toMatch(/^40 members of 100 would leave/);
		expect(emulator.model.requests).toEqual([]);
	});
});

test('an update takes words for in and out, and the newest change of a user wins', async () => {
	const { success, thrown } = await startMirror(
		[
			{ uid: 'u-1', is_member: 'entered', at: '2026-11-23T10:00:00Z' },
			{ uid: 'u-1', is_member: 'exited', at: '2026-11-23T09:00:00Z' },
			{ uid: 'u-2', is_member: 1, at: 1764000000 },
			{ uid: 'u-3', is_member: 'No', at: '2026-11-23' },
		],
		{ parameters: { operation: 'update', changedAt: '={{ $json.at }}' } },
	).done;
	expect(thrown).toBeUndefined();
	expect(success).toMatchObject([
		{ json: { status: 'accepted', action: 'add', uid: 'u-1' } },
		{ json: { status: 'superseded', action: null, superseded_by: 0 } },
		{ json: { status: 'accepted', action: 'add', uid: 'u-2' } },
		{ json: { status: 'accepted', action: 'remove', uid: 'u-3' } },
	]);
	expect(emulator.model.requests.map(({ action }) => action)).toEqual([
		'remove_members',
		'add_members',
	]);
});

describe('where n8n 2.x keeps back what the workflow remembers, a mirror', () => {
	const refusal = /^n8n gave Mirror nothing of what this workflow remembers/;
	const keptBack = [
		['on a worker of the queue mode', { active: false }],
		['after a Wait node', { sourceType: 'n8n-nodes-base.wait' }],
	] as const;

	test.each(keptBack)(
		'%s is refused as often as it is run, and writes nothing',
		async (_, where) => {
			for (const id of ['first', 'second']) {
				saved = { id, staticData: {} };
				const { thrown } = await mirror(['u-1'], where);
				expect(thrown?.message).toMatch(refusal);
				expect(thrown?.description).toContain('Execute Sub-workflow');
				expect(saved.staticData).toEqual({});
			}
			expect(emulator.model.requests).toEqual([]);
		},
	);

	test.each(keptBack)('%s is refused also where this process knows more', async (_, where) => {
		await mirror(['u-1', 'u-2']);
		saved.staticData = {};
		const { thrown } = await mirror(['u-1'], where);
		expect(thrown?.message).toMatch(refusal);
		expect(saved.staticData).toEqual({});
		expect(emulator.model.memberIds('vip')).toEqual(['u-1', 'u-2']);
	});

	test('hands on what it was refused with where the run is to go on', async () => {
		const { error } = await mirror(['u-1'], { active: false, onError: 'continueErrorOutput' });
		expect(error).toMatchObject([
			{ json: { error: expect.stringMatching(refusal), message: 'not_sent' } },
		]);
		expect(emulator.model.requests).toEqual([]);
	});

	test.each(keptBack)('%s runs where n8n hands it over', async (_, where) => {
		await mirror(['u-1', 'u-2']);
		const { status } = await mirror(['u-2'], where);
		expect(status).toBe('success');
		expect(emulator.model.memberIds('vip')).toEqual(['u-2']);
	});

	test('runs as a test in the editor', async () => {
		for (const [, where] of keptBack) {
			const { status } = await mirror(['u-1'], { ...where, mode: 'manual' });
			expect(status).toBe('success');
		}
	});

	test('runs in a sub-workflow, but not after a Wait node there', async () => {
		const [[, onWorker], [, afterWait]] = keptBack;
		const { thrown } = await mirror(['u-1'], { ...afterWait, mode: 'integrated' });
		expect(thrown?.message).toMatch(refusal);
		const { status } = await mirror(['u-1'], { ...onWorker, mode: 'integrated' });
		expect(status).toBe('success');
	});
});

test.each([undefined, []])(
	'a retry of an execution mirrors nothing: its audience may be out of date',
	async (secondInput) => {
		await mirror(['u-1', 'u-2']);
		const { thrown } = await mirror(['u-1'], {
			mode: 'retry',
			...(secondInput && { secondInput, parameters: { previousMembers: 'input' } }),
		});
		expect(thrown?.message).toBe(
			'A retry brings the audience of the earlier execution, which may be out of date',
		);
		expect(emulator.model.memberIds('vip')).toEqual(['u-1', 'u-2']);
	},
);
