import type { IDataObject } from 'n8n-workflow';
import { CohortStatsRecorder } from '../../nodes/MoEngageCohortSync/delivery/cohortStats';
import { VirtualN8n } from '../support/virtualNode';
import type { TestWorkflow } from '../support/workflow';

/** What ends a run although nobody intended it: it still becomes a sentence. */

afterEach(() => {
	jest.restoreAllMocks();
});

const workflow: Partial<TestWorkflow> = {
	items: [{ uid: 'u-1' }, { uid: 'u-2' }],
};

describe('an expression that fails in an option', () => {
	const parameters = { options: { batchSize: '={{ $("Nowhere").first().json.size }}' } };

	test('ends the run under Stop, before anything is sent', async () => {
		const n8n = new VirtualN8n(1);
		const { thrown } = await n8n.run({ ...workflow, parameters });
		expect(thrown?.message).toBe('The node could not read its parameters');
		expect(thrown?.description).toMatch(
			/Check the expressions in the node's fields and options\.$/,
		);
		expect(n8n.model.requests).toHaveLength(0);
	});

	test('makes all items invalid under Continue', async () => {
		const n8n = new VirtualN8n(1);
		const { success } = await n8n.run({
			...workflow,
			parameters,
			onError: 'continueRegularOutput',
		});
		expect(success.map(({ json }) => json['message'])).toEqual(['invalid', 'invalid']);
		expect(n8n.model.requests).toHaveLength(0);
	});
});

test.each(['add', 'check'])(
	'an item that can not be read ends the run before anything is sent: %s',
	async (operation) => {
		const unreadable = new Proxy<IDataObject>(
			{ uid: 'u-1' },
			{
				ownKeys: () => {
					throw new Error('Unreadable');
				},
			},
		);
		const n8n = new VirtualN8n(1);
		const { thrown } = await n8n.run({ items: [unreadable], parameters: { operation } });
		expect(thrown?.message).toBe('The node could not read its parameters');
		expect(n8n.model.requests).toHaveLength(0);
	},
);

describe('a fault of its own after sending', () => {
	const inTwo = { ...workflow, parameters: { options: { batchSize: 1 } } };

	beforeEach(() => {
		jest
			.spyOn(CohortStatsRecorder.prototype, 'countRequest')
			.mockReturnValueOnce()
			.mockImplementation(() => {
				throw new Error('A change was left alone');
			});
	});

	const WORDS =
		'The node sent its requests, but a bug in the node prevents it from reporting what happened to them';

	test('is reported as such under Stop', async () => {
		const n8n = new VirtualN8n(1);
		const { thrown } = await n8n.run(inTwo);
		expect(thrown?.message).toBe(WORDS);
		expect(thrown?.description).toMatch(/Please report this message: A change was left alone$/);
		expect(n8n.model.memberIds('vip')).toEqual(['u-1']);
	});

	test('makes all items failed under Continue', async () => {
		const n8n = new VirtualN8n(1);
		const { success } = await n8n.run({ ...inTwo, onError: 'continueRegularOutput' });
		expect(success).toMatchObject([
			{
				json: { message: 'failed', error: expect.stringContaining(WORDS) },
				pairedItem: { item: 0 },
			},
			{ json: { message: 'failed' }, pairedItem: { item: 1 } },
		]);
		expect(n8n.model.memberIds('vip')).toEqual(['u-1']);
	});
});
