import type { IDataObject } from 'n8n-workflow';
import { itemsOf, numbered } from '../support/audience';
import { useMirrorWorkflow } from '../support/mirrorWorkflow';
import { CONTINUING, errorsOf, hintsOf, jsonOf, withOptions } from '../support/workflow';

const workflow = useMirrorWorkflow();

describe('what the workflow remembers', () => {
	test('is what was accepted, also where the run fails in the middle', async () => {
		workflow.model.fault({ status: 401, when: ({ number }) => number === 3 });
		const options = { batchSize: 2, concurrency: 1 };
		const { thrown } = await workflow.mirror(numbered(6), { parameters: { options } });
		expect(thrown?.message).toMatch(/^MoEngage does not accept the App ID/);
		expect(workflow.model.memberIds('vip')).toEqual(numbered(4));

		const { success } = await workflow.mirror(numbered(5, 1));
		expect(jsonOf(success).map(({ uid, status, action }) => [uid, status, action])).toEqual([
			['u-1', 'unchanged', undefined],
			['u-2', 'unchanged', undefined],
			['u-3', 'unchanged', undefined],
			['u-4', 'accepted', 'add'],
			['u-5', 'accepted', 'add'],
			['u-0', 'accepted', 'remove'],
		]);
		expect(workflow.model.memberIds('vip')).toEqual(numbered(5, 1));
	});

	test('holds what was applied and then lost, so that it can be taken back', async () => {
		workflow.model.fault({ status: 500, handleFirst: true });
		await workflow.mirror(['u-1', 'u-2'], { parameters: { options: { maxRetries: 0 } } });
		expect(workflow.model.memberIds('vip')).toEqual(['u-1', 'u-2']);
		await workflow.mirror(['u-2']);
		expect(workflow.sent(1)).toEqual([
			['remove_members', 1],
			['add_members', 1],
		]);
		expect(workflow.model.memberIds('vip')).toEqual(['u-2']);
	});

	test('is known to the process where the execution was stopped', async () => {
		await workflow.mirror(['u-0']);
		const before = workflow.saved.staticData;
		workflow.model.fault({ delayMs: 500, when: ({ number }) => number === 4 });
		const options = { batchSize: 1, concurrency: 1 };
		const running = workflow.startMirror(itemsOf(['u-1', 'u-2', 'u-3']), {
			parameters: { options },
		});
		await workflow.requestsArrived(4);
		running.stop();
		const { status } = await running.done;
		expect(status).toBe('canceled');
		expect(workflow.saved.staticData).toBe(before);
		// u-0 removed and u-1 added; u-2 was in flight; u-3 had yet to go.
		const { success } = await workflow.mirror(['u-3']);
		expect(jsonOf(success).map(({ uid, action }) => [uid, action])).toEqual([
			['u-3', 'add'],
			['u-1', 'remove'],
			['u-2', 'remove'],
		]);
		expect(workflow.model.memberIds('vip')).toEqual(['u-3']);
	});

	test('is known to the process after a test run in the editor, and a hint says that n8n saves nothing', async () => {
		const run = await workflow.mirror(['u-1', 'u-2'], { mode: 'manual' });
		expect(hintsOf(run)).toMatch(/test run from the editor/);
		expect(workflow.saved.staticData).toEqual({});
		const next = await workflow.mirror(['u-2']);
		expect(hintsOf(next)).not.toMatch(/test run/);
		expect(workflow.model.memberIds('vip')).toEqual(['u-2']);
	});

	test('knows nothing of what other operations do, as the README warns', async () => {
		await workflow.mirror(['u-1', 'u-2']);
		await workflow.mirror(['u-1'], { parameters: { operation: 'remove' } });
		const { success } = await workflow.mirror(['u-1', 'u-2']);
		expect(jsonOf(success)).toMatchObject([{ status: 'unchanged' }, { status: 'unchanged' }]);
		expect(workflow.model.memberIds('vip')).toEqual(['u-2']);
	});

	test('serves all mirrors of the workflow, each cohort on its own', async () => {
		await workflow.mirror(['u-1'], { parameters: { cohortId: 'a', cohortName: 'A' } });
		await workflow.mirror(['u-2'], { parameters: { cohortId: 'b', cohortName: 'B' } });
		await workflow.mirror(['u-3'], { parameters: { cohortId: 'a', cohortName: 'A' } });
		const held = ['a', 'b'].map((id) => workflow.model.memberIds(id));
		expect(held).toEqual([['u-3'], ['u-2']]);
	});

	test.each(['stopWorkflow', ...CONTINUING] as const)(
		'is refused under %s where it was edited by hand',
		async (onError) => {
			await workflow.mirror(['u-1', 'u-2']);
			const text = JSON.stringify(workflow.saved.staticData).replace('"u-1,u-2"', '"u-2"');
			// As after a restart, since the process would know better.
			workflow.replaceWorkflow(JSON.parse(text) as IDataObject);
			const run = await workflow.mirror(['u-2'], { onError });
			const words = onError === 'stopWorkflow' ? run.thrown?.message : errorsOf(run)[0]?.json.error;
			expect(words).toMatch(/^The saved members of the cohort "VIP" are damaged/);
			expect(workflow.model.requests).toHaveLength(1);
			expect(JSON.stringify(workflow.saved.staticData)).toBe(text);
		},
	);
});

test('a member who no longer fits in a request fails a run that has to send everyone again', async () => {
	const long = 'x'.repeat(600);
	const withDescription = (cohortDescription: string) => ({
		parameters: withOptions({ payloadLimit: 1_000, cohortDescription }),
	});
	await workflow.mirror(['a', long], withDescription('short'));
	const longer = withDescription('long'.repeat(75));
	expect((await workflow.mirror(['a', long], longer)).status).toBe('success');
	// As if the workflow had been imported: only the claim shows that everyone has to be sent again.
	workflow.replaceWorkflow(structuredClone(workflow.saved.staticData));
	const { status, thrown } = await workflow.mirror(['a', long], longer);
	expect(status).toBe('error');
	expect(thrown?.description).toContain('1 of 2 items was accepted, 1 invalid (first: item 1).');
	expect(workflow.model.requests.map(({ members }) => members.length)).toEqual([2, 1]);
});

test('new devices of a user with ten remembered ones are sent', async () => {
	const other = { uid: 'x' };
	const u1 = (anonymous_id: string) => ({ uid: 'u1', anonymous_id });
	const parameters = { removalLimit: 100 };
	await workflow.restart({ known: [{ anonymous_id: 'new2' }, other] });
	const old = numbered(10).map((id) => u1(id));
	await workflow.mirrorItems([other, ...old], { parameters });
	await workflow.mirrorItems([other, u1('new1'), u1('new2')], { parameters });
	expect(workflow.model.memberIds('vip')).toEqual(['new2', 'x']);
});

describe('people who register with MoEngage later', () => {
	const DAY_MS = 24 * 60 * 60 * 1000;

	/** How far the clock is ahead, in ms. */
	let ahead = 0;

	beforeEach(async () => {
		ahead = 0;
		const realNow = Date.now;
		jest.spyOn(Date, 'now').mockImplementation(() => realNow() + ahead);
		await workflow.restart({ known: [{ uid: 'u-1' }] });
	});

	afterEach(() => {
		jest.restoreAllMocks();
	});

	async function runOnDay(day: number, resendAfter: number, output = 'items') {
		ahead = day * DAY_MS;
		const options = { resendAfter, output };
		return await workflow.mirror(['u-1', 'late'], { parameters: { options } });
	}

	test('are in the segment after the next full send', async () => {
		await runOnDay(0, 3);
		expect(workflow.model.memberIds('vip')).toEqual(['u-1']);
		ahead = 2 * DAY_MS;
		workflow.model.register({ uid: 'late' });
		await runOnDay(2.9, 3);
		expect(workflow.model.memberIds('vip')).toEqual(['u-1']);
		const run = await runOnDay(3.1, 3, 'summary');
		expect(workflow.model.memberIds('vip')).toEqual(['late', 'u-1']);
		expect(hintsOf(run)).toMatch(/Everyone in the cohort "VIP" was sent again/);
		expect(jsonOf(run.success)).toMatchObject([
			{ resent_all: true, added: 0, resent: 2, unchanged: 0 },
		]);

		// The time runs from there.
		await runOnDay(6, 3);
		expect(workflow.model.requests).toHaveLength(2);
		await runOnDay(6.2, 3);
		expect(workflow.model.requests).toHaveLength(3);
	});

	test('are not sent again where the option is 0', async () => {
		await runOnDay(0, 0);
		await runOnDay(300, 0);
		expect(workflow.model.requests).toHaveLength(1);
	});

	test('are sent again in the next run where the full send failed', async () => {
		await runOnDay(0, 3);
		workflow.model.fault({ status: 401 });
		expect((await runOnDay(4, 3)).status).toBe('error');
		await runOnDay(4.1, 3);
		expect(workflow.sent()).toEqual([
			['add_members', 2],
			['add_members', 2],
			['add_members', 2],
		]);
		await runOnDay(4.2, 3);
		expect(workflow.model.requests).toHaveLength(3);
	});

	test('do not make every run a full one because of a member that MoEngage refuses', async () => {
		const run = async (day: number) => {
			ahead = day * DAY_MS;
			const options = { resendAfter: 3, batchSize: 1 };
			return await workflow.mirror(['u-1', 'bad'], {
				parameters: { options },
				onError: 'continueRegularOutput',
			});
		};
		workflow.model.fault({
			status: 400,
			times: 99,
			when: ({ change }) => change?.parameters.members[0]?.uid === 'bad',
		});
		await run(0);
		await run(4);
		const before = workflow.model.requests.length;
		await run(5);
		// Only the refused one is tried again.
		expect(workflow.sent(before)).toEqual([['add_members', 1]]);
	});
});

describe('where n8n 2.x keeps back what the workflow remembers, a mirror', () => {
	const refusal = /^n8n didn't load this workflow's saved data/;
	const keptBack = [
		['on a worker of the queue mode', { active: false }],
		['after a Wait node', { sourceType: 'n8n-nodes-base.wait' }],
	] as const;

	test.each(keptBack)(
		'%s is refused as often as it is run, and writes nothing',
		async (_, where) => {
			for (const id of ['first', 'second']) {
				workflow.saved = { id, staticData: {} };
				const { thrown } = await workflow.mirror(['u-1'], where);
				expect(thrown?.message).toMatch(refusal);
				expect(thrown?.description).toContain('Execute Sub-workflow');
				expect(workflow.saved.staticData).toEqual({});
			}
			expect(workflow.model.requests).toEqual([]);
		},
	);

	test.each(keptBack)('%s is refused also where this process knows more', async (_, where) => {
		await workflow.mirror(['u-1', 'u-2']);
		workflow.saved.staticData = {};
		const { thrown } = await workflow.mirror(['u-1'], where);
		expect(thrown?.message).toMatch(refusal);
		expect(workflow.saved.staticData).toEqual({});
		expect(workflow.model.memberIds('vip')).toEqual(['u-1', 'u-2']);
	});

	test('hands on what it was refused with where the run is to go on', async () => {
		const { error } = await workflow.mirror(['u-1'], {
			active: false,
			onError: 'continueErrorOutput',
		});
		expect(error).toMatchObject([
			{ json: { error: expect.stringMatching(refusal), message: 'not_sent' } },
		]);
		expect(workflow.model.requests).toEqual([]);
	});

	test.each(keptBack)('%s runs where n8n hands it over', async (_, where) => {
		await workflow.mirror(['u-1', 'u-2']);
		const { status } = await workflow.mirror(['u-2'], where);
		expect(status).toBe('success');
		expect(workflow.model.memberIds('vip')).toEqual(['u-2']);
	});

	test('runs as a test in the editor', async () => {
		for (const [, where] of keptBack) {
			const { status } = await workflow.mirror(['u-1'], { ...where, mode: 'manual' });
			expect(status).toBe('success');
		}
	});

	test('runs in a sub-workflow, but not after a Wait node there', async () => {
		const [[, onWorker], [, afterWait]] = keptBack;
		const { thrown } = await workflow.mirror(['u-1'], { ...afterWait, mode: 'integrated' });
		expect(thrown?.message).toMatch(refusal);
		const { status } = await workflow.mirror(['u-1'], { ...onWorker, mode: 'integrated' });
		expect(status).toBe('success');
	});
});
