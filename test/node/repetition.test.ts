import { VirtualN8n } from '../support/virtualNode';
import type { TestRun, TestWorkflow } from '../support/workflow';
import { hintsOf, withOptions } from '../support/workflow';

const update = { operation: 'update' };

/** What is sent again counts as newer than what another workflow has sent meanwhile. */
describe("n8n's Retry On Fail, which sends everything again, has a hint", () => {
	async function withOptOutMeanwhile(n8n: VirtualN8n, workflow: Partial<TestWorkflow>) {
		let result: TestRun | undefined;
		await n8n.playScript(async () => {
			const first = n8n.start({ ...workflow, retryOnFail: true });
			await n8n.clock.sleep(2_000);
			const items = [{ uid: 'u1', is_member: false }];
			const second = n8n.start({ items, parameters: update });
			[result] = await Promise.all([first.done, second.done]);
		});
		expect(n8n.model.memberIds('vip')).toContain('u1');
		return result && hintsOf(result);
	}

	test('if the first item is invalid and the workflow continues', async () => {
		const n8n = new VirtualN8n(1);
		n8n.model.fault({ delayMs: 5_000 });
		const items = [
			{ uid: '', is_member: true },
			{ uid: 'u1', is_member: true },
		];
		const workflow = { items, parameters: update, onError: 'continueErrorOutput' as const };
		expect(await withOptOutMeanwhile(n8n, workflow)).toMatch(/'Retry On Fail' is on/);
	});

	test('if a request was not accepted', async () => {
		const n8n = new VirtualN8n(1);
		n8n.model.fault({
			status: 500,
			delayMs: 5_000,
			when: ({ members }) => members.some(({ uid }) => uid === 'u2'),
			times: 1,
		});
		const items = ['u1', 'u2'].map((uid) => ({ uid, is_member: true }));
		const parameters = { ...update, ...withOptions({ batchSize: 1, maxRetries: 0 }) };
		expect(await withOptOutMeanwhile(n8n, { items, parameters })).toMatch(/'Retry On Fail' is on/);
	});
});

test.each(['add', 'remove', 'update'])(
	"an execution's retry of %s says that it may overwrite newer changes",
	async (operation) => {
		const items = [{ uid: 'u1', is_member: true }];
		const workflow = { items, parameters: { operation } };
		const retry = await new VirtualN8n(1).run({ ...workflow, mode: 'retry' });
		expect(hintsOf(retry)).toContain('This is a retry with the changes of the first execution');
		expect(hintsOf(await new VirtualN8n(1).run(workflow))).not.toMatch(/retry|Retry/);
	},
);

test("a node that runs again in an execution says that 'Changed At' orders one run only", async () => {
	const n8n = new VirtualN8n(1);
	const { run } = await n8n.run({
		items: [{ uid: 'u1', is_member: true, at: '2026-11-23T10:00:00Z' }],
		otherSource: [{ uid: 'u1', is_member: false, at: '2026-11-23T11:00:00Z' }],
		parameters: { ...update, changedAt: '={{ $json.at }}' },
	});
	const tasks = run.data.resultData.runData['MoEngage Cohort Sync'] ?? [];
	const hints = tasks.map((task) => (task.hints ?? []).map(({ message }) => message).join(' '));
	expect(hints).toHaveLength(2);
	expect(hints[0]).not.toContain('has already run');
	expect(hints[1]).toContain("'Changed At' orders the changes of one run only");
});
