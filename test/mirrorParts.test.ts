import { demoAccount } from '../emulator/model';
import { startEmulator } from '../emulator/server';
import { SnapshotStore } from '../nodes/MoEngageCohortSync/mirror/snapshotStore';
import { settle } from '../nodes/MoEngageCohortSync/model/change';
import { atOnce } from './support/atOnce';
import { OUTCOMES, planWith, resultOf, row, toBeSent, workflowStore } from './support/mirrors';
import { VirtualN8n } from './support/virtualNode';
import type { TestRun, TestWorkflow } from './support/workflow';
import { runWorkflow } from './support/workflow';

/** Ways in which a mirror gets less than the whole audience, or more than a workflow can remember. */

let n8n: VirtualN8n;

beforeEach(() => {
	n8n = new VirtualN8n(1);
});

const uids = (...names: string[]) => names.map((uid) => ({ uid }));

const EARLIER = 'This execution has already mirrored the cohort "VIP"';

async function mirror(workflow: Partial<TestWorkflow>): Promise<TestRun> {
	return await n8n.run({
		...workflow,
		parameters: { operation: 'mirror', removalLimit: 100, ...workflow.parameters },
	});
}

describe('two sources on one input, for each of which n8n runs the node once', () => {
	const parts = { items: uids('c'), otherSource: uids('a', 'b') };

	test('the second part is refused, and removes nobody of the first', async () => {
		const { thrown } = await mirror(parts);
		expect(thrown?.message).toBe(EARLIER);
		expect(thrown?.description).toMatch(/^Nothing was sent for it this time/);
		expect(n8n.model.memberIds('vip')).toEqual(['a', 'b']);
		expect(n8n.model.requests).toHaveLength(1);
	});

	test('where the workflow goes on, the items of the second part are not sent', async () => {
		const { run } = await mirror({ ...parts, onError: 'continueRegularOutput' });
		const [, second] = run.data.resultData.runData['MoEngage Cohort Sync'] ?? [];
		expect(second?.data?.main?.[0]).toMatchObject([
			{ json: { message: 'not_sent', error: expect.stringContaining(EARLIER) } },
		]);
		expect(n8n.model.memberIds('vip')).toEqual(['a', 'b']);
	});

	test('it makes no difference for other cohorts and other operations', async () => {
		const cohorts = { cohortId: '={{ $json.uid }}', cohortName: '={{ $json.uid }}' };
		const { thrown } = await mirror({ ...parts, parameters: cohorts });
		expect(thrown).toBeUndefined();
		expect(
			n8n.model
				.cohorts()
				.map(({ id, size }) => `${id}: ${size}`)
				.sort(),
		).toEqual(['a: 1', 'b: 1', 'c: 1']);
		const added = await n8n.run(parts);
		expect(added.thrown).toBeUndefined();
		expect(n8n.model.memberIds('vip')).toEqual(['a', 'b', 'c']);
	});
});

test('the next execution mirrors as ever, also where n8n tries the node again', async () => {
	const emulator = await startEmulator();
	const { appId, secret } = demoAccount;
	const credential = {
		appId,
		secretKey: secret,
		dataCenter: 'custom',
		customUrl: emulator.url,
	};
	const saved = { id: 'tried again', staticData: {} };
	const parameters = { operation: 'mirror', removalLimit: 100 };
	await runWorkflow({ items: uids('a', 'b'), credential, saved, parameters });
	emulator.model.fault({ status: 401 });
	const again = { items: uids('b', 'c'), credential, saved, parameters, retryOnFail: true };
	const { thrown } = await runWorkflow(again);
	await emulator.close();
	expect(thrown).toBeUndefined();
	expect(emulator.model.memberIds('vip')).toEqual(['b', 'c']);
	expect(emulator.model.requests.map(({ status }) => status)).toEqual([200, 401, 200, 200]);
});

describe('the cohorts of one workflow are remembered as far as they fit in its data together', () => {
	let snapshots: SnapshotStore;
	let staticData: Record<string, unknown>;

	beforeEach(() => {
		snapshots = new SnapshotStore();
		staticData = {};
	});

	/** A mirror of cohorts with one member each, whose identifier has the length that is given. */
	function mirrorOf(lengths: Record<string, number>) {
		const workflow = { workflowId: 'workflow', staticData };
		const store = workflowStore(snapshots, { workflow, maxLength: 9_000 });
		const rows = Object.entries(lengths).map(([id, length]) => row('x'.repeat(length), id));
		const run = planWith(rows, store);
		settle(toBeSent(run), OUTCOMES.accepted);
		atOnce(store.save(resultOf(run), 1));
		return run.cohorts.map((plan) => (plan.kind === 'refused' ? plan.problem : undefined));
	}

	const third = 3_001;
	const REFUSED = expect.objectContaining({ code: 'memory_full', fitsAlone: true }) as unknown;

	test('a third one is refused where two fill it, and the two go on', () => {
		expect(mirrorOf({ a: third, b: third })).toEqual([undefined, undefined]);
		expect(mirrorOf({ c: third })).toEqual([REFUSED]);
		expect(mirrorOf({ a: third + 1, b: third })).toEqual([undefined, undefined]);
	});

	test('also where they come in one run, and one that has become smaller leaves room', () => {
		expect(mirrorOf({ a: third, b: third, c: third })).toEqual([undefined, undefined, REFUSED]);
		expect(mirrorOf({ a: 1, c: third })).toEqual([undefined, undefined]);
	});
});
