import { RunLeases } from '../../nodes/MoEngageCohortSync/mirror/runLease';
import { WorkflowMemberStore } from '../../nodes/MoEngageCohortSync/mirror/workflowMemberStore';
import { numbered } from '../support/audience';
import { useMirrorWorkflow } from '../support/mirrorWorkflow';
import { N8nProcess } from '../support/n8nProcess';
import { furtherHintsOf, jsonOf, withOptions } from '../support/workflow';

/** What a mirror leaves behind, however it ends. */

const node = useMirrorWorkflow();

afterEach(() => jest.restoreAllMocks());

const LOST = /n8n lost the saved data of an earlier run of this node/;

test('a run refused for a mistaken parameter leaves no run open', async () => {
	const open = jest.spyOn(RunLeases.prototype, 'open');
	const run = await node.mirror(['a'], { parameters: { cohortName: '{{ $json.name }}' } });
	expect(run.status).toBe('error');
	expect(node.model.requests).toEqual([]);
	for (const leases of open.mock.contexts) expect(leases.hasOpenRun(node.saved.id)).toBe(false);
	open.mockClear();
	await node.mirror(['a']);
	const [leases] = open.mock.contexts;
	expect(leases?.hasOpenRun(node.saved.id)).toBe(false);
});

test('a run that is stopped while it looks users up is no lost one: it has sent nothing', async () => {
	await node.restart({ known: numbered(12).map((uid) => ({ uid })) });
	await node.mirror(['u-1']);
	const lift = node.model.fault({ delayMs: 300, times: Infinity });
	const { done, stop } = node.startMirror(
		numbered(12).map((uid) => ({ json: { uid } })),
		{ parameters: withOptions({ lookUp: 12 }) },
	);
	await node.requestsArrived(2);
	stop();
	expect((await done).status).toBe('canceled');
	lift();
	const next = await node.mirror(['u-1'], {
		process: new N8nProcess(),
		parameters: withOptions({ output: 'summary' }),
	});
	expect(furtherHintsOf(next)).not.toMatch(LOST);
	expect(jsonOf(next.success)).toMatchObject([{ earlier_run_lost: false, unchanged: 1 }]);
});

test('a run whose members could not be remembered counts as lost', async () => {
	await node.mirror(['a', 'b']);
	jest.spyOn(WorkflowMemberStore.prototype, 'save').mockImplementationOnce(() => {
		throw new RangeError('Invalid array length');
	});
	expect((await node.mirror(['a', 'b', 'c'])).status).toBe('error');
	expect(node.model.memberIds('vip')).toContain('c');
	const next = await node.mirror(['a', 'b'], { parameters: withOptions({ output: 'summary' }) });
	expect(furtherHintsOf(next)).toMatch(LOST);
	expect(jsonOf(next.success)).toMatchObject([{ earlier_run_lost: true, resent_all: true }]);
});
