import type { IDataObject } from 'n8n-workflow';
import { itemsOf, numbered } from '../support/audience';
import { useMirrorWorkflow } from '../support/mirrorWorkflow';
import { hintsOf, jsonOf } from '../support/workflow';

const workflow = useMirrorWorkflow();

describe('with a second input', () => {
	const parameters = { previousMembers: 'input' };

	test('its rows are the previous members, and removed ones are paired with them', async () => {
		await workflow.mirror(['u-1', 'u-2'], { parameters, secondInput: [] });
		const run = await workflow.mirror(['u-2'], {
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
			const { success } = await workflow.mirror(audience, { parameters, secondInput: last });
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
		await workflow.mirror(['u-1'], { parameters, secondInput: [] });
		await workflow.mirror(['u-2'], { parameters, secondInput: [{}] });
		expect(workflow.model.memberIds('vip')).toEqual(['u-1', 'u-2']);
	});

	test('that has rows of other cohorts only: a hint says so', async () => {
		const run = await workflow.mirror(['u-1'], {
			parameters,
			secondInput: [{ uid: 'u-2', cohort_id: '12' }],
		});
		expect(hintsOf(run)).toMatch(
			/The second input has rows, but none for the cohort "VIP", so everyone counted as new and nobody was removed\./,
		);
		const secondInput = [{ uid: 'u-1', cohort_id: 'vip' }];
		expect(hintsOf(await workflow.mirror(['u-1'], { parameters, secondInput }))).toBe(
			'There was nothing to send. 1 unchanged.',
		);
		const cohorts = { cohortId: '={{ $json.uid }}', cohortName: '={{ $json.uid }}', ...parameters };
		const several = await workflow.mirror(['a', 'b', 'c', 'vip'], {
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
		const { thrown } = await workflow.mirror(numbered(60), { parameters, secondInput });
		expect(thrown?.message).toMatch(/^This run would remove 40 of 100 members/);
		expect(workflow.model.requests).toEqual([]);
	});
});
