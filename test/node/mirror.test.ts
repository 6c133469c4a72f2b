import type { IDataObject } from 'n8n-workflow';
import { itemsOf, numbered } from '../support/audience';
import { useMirrorWorkflow } from '../support/mirrorWorkflow';
import { hintsOf, jsonOf } from '../support/workflow';

const workflow = useMirrorWorkflow();

describe('a mirror', () => {
	test('leaves the cohort with exactly the audience after each run', async () => {
		for (const audience of [numbered(50), numbered(50, 5), numbered(40, 10)]) {
			const { status, success } = await workflow.mirror(audience);
			expect(status).toBe('success');
			expect(workflow.model.memberIds('vip')).toEqual([...audience].sort());
			expect(success.length).toBeGreaterThanOrEqual(audience.length);
		}
		expect(workflow.sent()).toEqual([
			['add_members', 50],
			['remove_members', 5],
			['add_members', 5],
			['remove_members', 10],
		]);
	});

	test('says who is new, who stayed and who left', async () => {
		await workflow.mirror(['u-1', 'u-2']);
		const { success } = await workflow.mirror(['u-2', 'u-3']);
		expect(success).toMatchObject([
			{
				json: { status: 'unchanged', cohort_id: 'vip', uid: 'u-2' },
				pairedItem: { item: 0 },
			},
			{ json: { status: 'accepted', action: 'add', uid: 'u-3' }, pairedItem: { item: 1 } },
			{
				json: { status: 'accepted', action: 'remove', uid: 'u-1', cohort_id: 'vip' },
				pairedItem: { item: 0 },
			},
		]);
	});

	test('takes a user who logs in for the same member, and sends the new identifier at once', async () => {
		await workflow.mirrorItems([{ anonymous_id: 'a-1' }, { uid: 'u-2' }]);
		const items = [{ uid: 'u-1', anonymous_id: 'a-1' }, { uid: 'u-2' }];
		const statuses = async () =>
			jsonOf((await workflow.mirrorItems(items)).success).map(({ status, uid }) => [status, uid]);
		expect(await statuses()).toEqual([
			['accepted', 'u-1'],
			['unchanged', 'u-2'],
		]);
		expect(await statuses()).toEqual([
			['unchanged', 'u-1'],
			['unchanged', 'u-2'],
		]);
		expect(workflow.sent()).toEqual([
			['add_members', 2],
			['add_members', 1],
		]);
	});

	test('sums up in one item per cohort', async () => {
		await workflow.mirror(numbered(10));
		const items = itemsOf([...numbered(10, 3), 'u-3']);
		const options = { output: 'summary', batchSize: 2 };
		const { success } = await workflow.mirrorItems(items, { parameters: { options } });
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
		expect(workflow.model.memberIds('vip')).toEqual(numbered(10, 3).sort());
	});

	test('leaves a cohort alone that does not occur in the input', async () => {
		const parameters = { cohortId: '={{ $json.cohort }}', cohortName: '={{ $json.cohort }}' };
		const both = [
			{ uid: 'u-1', cohort: 'a' },
			{ uid: 'u-2', cohort: 'a' },
			{ uid: 'u-1', cohort: 'b' },
		];
		const run = async (items: IDataObject[]) => await workflow.mirrorItems(items, { parameters });
		await run([...both, { uid: 'u-1', cohort: 'c' }]);
		const { success } = await run([
			{ uid: 'u-2', cohort: 'a' },
			{ uid: 'u-3', cohort: 'b' },
		]);
		expect(
			jsonOf(success).map(({ cohort_id, uid, status, action }) => [cohort_id, uid, status, action]),
		).toEqual([
			['a', 'u-2', 'unchanged', undefined],
			['b', 'u-3', 'accepted', 'add'],
			['a', 'u-1', 'accepted', 'remove'],
			['b', 'u-1', 'accepted', 'remove'],
		]);
		await run(both);
		const held = ['a', 'b', 'c'].map((id) => workflow.model.memberIds(id));
		expect(held).toEqual([['u-1', 'u-2'], ['u-1'], ['u-1']]);
	});

	test('is refused where an AI agent calls it, in words that reach the agent', async () => {
		const { thrown, success } = await workflow.mirror(['u-1'], { asTool: true });
		expect(thrown).toBeUndefined();
		expect(success.map(({ json }) => json)).toEqual([
			{ error: expect.stringMatching(/^An AI agent can't mirror an audience/), message: 'invalid' },
		]);
		expect(workflow.model.requests).toEqual([]);
	});

	test('is refused while another run is mirroring the same cohort, and not after', async () => {
		await workflow.mirror(['u-1']);
		workflow.model.fault({ delayMs: 300 });
		const first = workflow.startMirror(itemsOf(['u-1', 'u-2']));
		await workflow.requestsArrived(2);
		const { thrown } = await workflow.mirror(['u-1', 'u-3']);
		expect(thrown?.message).toBe('Another execution is mirroring the cohort "VIP" right now');
		const other = await workflow.mirror(['u-1'], { parameters: { cohortId: 'other' } });
		expect(other.status).toBe('success');
		expect((await first.done).status).toBe('success');
		expect((await workflow.mirror(['u-1', 'u-3'])).status).toBe('success');
		expect(workflow.model.memberIds('vip')).toEqual(['u-1', 'u-3']);
	});
});

describe('a dry run', () => {
	const dry = (options: IDataObject = {}) => ({
		parameters: { options: { dryRun: true, ...options } },
	});

	test('says what would happen, and neither sends nor remembers anything', async () => {
		const first = await workflow.mirror(['u-1', 'u-2'], dry());
		expect(jsonOf(first.success)).toMatchObject([{ status: 'planned' }, { status: 'planned' }]);
		expect(JSON.stringify(workflow.saved.staticData)).not.toContain('moEngage');
		await workflow.mirror(['u-1', 'u-2']);
		const { staticData } = workflow.saved;
		const run = await workflow.mirror(['u-2', 'u-3'], { ...dry(), mode: 'manual' });
		expect(jsonOf(run.success)).toMatchObject([
			{ uid: 'u-2', status: 'unchanged' },
			{ uid: 'u-3', status: 'planned', action: 'add' },
			{ uid: 'u-1', status: 'planned', action: 'remove' },
		]);
		expect(hintsOf(run)).toMatch(/^Dry run: nothing was sent/);
		expect(hintsOf(run)).not.toMatch(/test run/);
		expect(workflow.saved.staticData).toEqual(staticData);
		await workflow.mirror(['u-1', 'u-2']);
		expect(workflow.sent()).toEqual([['add_members', 2]]);
	});

	test('sums up the requests and the least time that they take', async () => {
		await workflow.mirror(numbered(4));
		const { success } = await workflow.mirror(
			numbered(4, 1),
			dry({ output: 'summary', batchSize: 1, requestsPerMinute: 1 }),
		);
		expect(jsonOf(success)).toMatchObject([
			{
				dry_run: true,
				planned: 2,
				unchanged: 3,
				would_add: 1,
				would_remove: 1,
				added: 0,
				removed: 0,
				requests: 2,
				seconds_at_rate: 60,
			},
		]);
	});

	test('reports a mass removal', async () => {
		await workflow.mirror(numbered(100));
		const { thrown } = await workflow.mirror(numbered(60), dry());
		expect(thrown?.message).toMatch(/^This run would remove 40 of 100 members/);
	});
});

test.each([undefined, []])(
	'a retry of an execution mirrors nothing: its audience may be out of date',
	async (secondInput) => {
		await workflow.mirror(['u-1', 'u-2']);
		const { thrown } = await workflow.mirror(['u-1'], {
			mode: 'retry',
			...(secondInput && { secondInput, parameters: { previousMembers: 'input' } }),
		});
		expect(thrown?.message).toBe(
			'A retry uses the audience of the earlier execution, which may be out of date',
		);
		expect(workflow.model.memberIds('vip')).toEqual(['u-1', 'u-2']);
	},
);
