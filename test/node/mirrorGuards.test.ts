import { numbered } from '../support/audience';
import { useMirrorWorkflow } from '../support/mirrorWorkflow';
import { CONTINUING, errorsOf, hintsOf, jsonOf } from '../support/workflow';

const workflow = useMirrorWorkflow();

describe('a mass removal', () => {
	const message =
		'This run would remove 40 of 100 members from the cohort "VIP" (40%), above the 25% limit';

	beforeEach(async () => {
		await workflow.mirror(numbered(100));
	});

	test('is refused with both numbers, the share and what to do', async () => {
		const { status, thrown } = await workflow.mirror(numbered(60));
		expect(status).toBe('error');
		expect(thrown?.message).toBe(message);
		// What is thrown gets into n8n's log, so that it shows the kind of ID only.
		expect(thrown?.description).toMatch(
			/^Examples of members it would remove: "u-6•"\. Nothing was sent for this cohort\. .*raise 'Removal Limit/,
		);
		expect(workflow.model.requests).toHaveLength(1);
		await workflow.mirror(numbered(60), { parameters: { removalLimit: 50 } });
		expect(workflow.model.memberIds('vip')).toHaveLength(60);
	});

	test('of all but one is how the README empties a cohort', async () => {
		await workflow.mirror(['me'], { parameters: { removalLimit: 100 } });
		expect(workflow.model.memberIds('vip')).toEqual(['me']);
		const { success } = await workflow.mirror(['me', 'u-1']);
		expect(jsonOf(success)).toMatchObject([{ status: 'unchanged' }, { status: 'accepted' }]);
	});

	test('keeps every cohort of the run from being sent', async () => {
		const items = [...numbered(60), ...numbered(3)].map((uid, index) => ({
			uid,
			cohort: index < 60 ? 'vip' : 'other',
		}));
		const parameters = {
			cohortId: '={{ $json.cohort }}',
			cohortName: '={{ $json.cohort.toUpperCase() }}',
		};
		const { thrown } = await workflow.mirrorItems(items, { parameters });
		expect(thrown?.message).toBe(message);
		expect(workflow.model.requests).toHaveLength(1);
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
		const run = await workflow.mirrorItems(items, { parameters, onError });
		expect(run.status).toBe('success');
		const errors = errorsOf(run);
		expect(errors).toHaveLength(60);
		expect(errors[59]).toMatchObject({
			json: { error: expect.stringContaining(message), message: 'not_sent' },
			pairedItem: { item: 59 },
		});
		expect(workflow.model.memberIds('vip')).toHaveLength(100);
		expect(workflow.model.memberIds('other')).toHaveLength(3);
		// What was not sent is not remembered as gone.
		await workflow.mirror(numbered(100, 10));
		expect(workflow.model.memberIds('vip')).toEqual(numbered(100, 10).sort());
	});
});

describe('a removal that fails', () => {
	const refuseRemovals = (status: number) =>
		workflow.model.fault({
			status,
			times: 99,
			when: ({ action }) => action === 'remove_members',
		});

	test.each(CONTINUING)('under %s gives an error item that names the user', async (onError) => {
		await workflow.mirror(['u-1', 'u-2']);
		const lift = refuseRemovals(400);
		const run = await workflow.mirror(['u-2', 'u-3'], { onError });
		expect(run.status).toBe('success');
		expect(errorsOf(run)).toEqual([
			{
				json: {
					error: expect.stringMatching(
						/^The user "u-1" was not removed from the cohort "VIP"\. MoEngage rejected/,
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
		await workflow.mirror(['u-2', 'u-3']);
		expect(workflow.model.memberIds('vip')).toEqual(['u-2', 'u-3']);
	});

	test('ends the run under Stop, and the next run tries again', async () => {
		await workflow.mirror(['u-1', 'u-2']);
		const lift = refuseRemovals(400);
		const { thrown } = await workflow.mirror(['u-2']);
		expect(thrown?.message).toMatch(/^MoEngage rejected/);
		lift();
		await workflow.mirror(['u-2']);
		expect(workflow.model.memberIds('vip')).toEqual(['u-2']);
	});

	test('is one of the errors in the summary', async () => {
		await workflow.mirror(['u-1', 'u-2']);
		refuseRemovals(400);
		const run = await workflow.mirror(['u-2'], {
			onError: 'continueRegularOutput',
			parameters: { options: { output: 'summary' } },
		});
		expect(jsonOf(run.success)[0]).toMatchObject({
			unchanged: 1,
			rejected: 1,
			removed: 0,
			errors: [expect.stringMatching(/^MoEngage rejected/)],
		});
		expect(errorsOf(run)).toHaveLength(1);
	});
});

describe('a source that brings nothing usable removes nobody', () => {
	const bad = { uid: true };

	beforeEach(async () => {
		await workflow.mirror(['u-1', 'u-2']);
	});

	test('not the empty item that n8n makes up', async () => {
		const { thrown } = await workflow.mirrorItems([{}]);
		const NOBODY = 'No data came in, so nothing was sent and nobody was removed';
		expect(thrown?.message).toBe(NOBODY);
		expect(thrown?.description).toMatch(/^The previous node returned nothing/);
		const run = await workflow.mirrorItems([{}], { onError: 'continueRegularOutput' });
		expect(errorsOf(run)).toMatchObject([
			{ json: { error: expect.stringContaining(NOBODY), message: 'invalid' } },
		]);
		expect(workflow.model.requests).toHaveLength(1);
	});

	test('not some items that can not be read, and a hint says so', async () => {
		const run = await workflow.mirrorItems([bad, { uid: 'u-2' }, { uid: 'u-3' }], {
			onError: 'continueErrorOutput',
		});
		expect(run.error).toHaveLength(1);
		expect(hintsOf(run)).toMatch(
			/Nobody was removed from the cohort "VIP", because some items have no usable ID and may be the 1 member who seems to have left/,
		);
		expect(workflow.model.memberIds('vip')).toEqual(['u-1', 'u-2', 'u-3']);
		await workflow.mirror(['u-2', 'u-3']);
		expect(workflow.model.memberIds('vip')).toEqual(['u-2', 'u-3']);
	});

	test.each(['stopWorkflow', ...CONTINUING] as const)(
		'under %s not a first input without items, and it does not look like success',
		async (onError) => {
			const parameters = { previousMembers: 'input' };
			const run = await workflow.mirrorItems([], {
				parameters,
				onError,
				secondInput: [{ uid: 'u-1' }, { uid: 'u-2' }],
			});
			const words = onError === 'stopWorkflow' ? run.thrown?.message : errorsOf(run)[0]?.json.error;
			expect(words).toMatch(/^The first input has no items, so nothing was sent/);
			expect(workflow.model.requests).toHaveLength(1);
		},
	);
});
