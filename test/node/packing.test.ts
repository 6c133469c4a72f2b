import type { IDataObject } from 'n8n-workflow';
import { itemsOf } from '../support/audience';
import { VirtualN8n } from '../support/virtualNode';
import type { TestWorkflow } from '../support/workflow';
import { errorsOf, jsonOf, pairsOf } from '../support/workflow';

let n8n: VirtualN8n;

beforeEach(() => {
	n8n = new VirtualN8n(1);
});

/** Runs the node with one request at a time, so that they arrive in their order. */
async function run(
	items: IDataObject[],
	{ options = {}, ...parameters }: IDataObject = {},
	onError: TestWorkflow['onError'] = 'stopWorkflow',
) {
	return await n8n.run({
		items,
		onError,
		parameters: {
			...parameters,
			options: { concurrency: 1, ...(options as IDataObject) },
		} as TestWorkflow['parameters'] & object,
	});
}

const sent = () =>
	n8n.model.requests.map(({ cohortId, action, members }) => [
		cohortId,
		action,
		members.map(({ uid }) => uid),
	]);

test('additions and removals are packed for each cohort on its own', async () => {
	const items = ['a', 'b', 'a'].map((cohort, item) => ({ uid: `u-${item}`, cohort }));
	const parameters = { cohortId: '={{ $json.cohort }}', cohortName: '=Cohort {{ $json.cohort }}' };
	await run(items, parameters);
	await run(items, { ...parameters, operation: 'remove' });
	await run(
		items.map((item, index) => ({ ...item, is_member: index !== 0 })),
		{ ...parameters, operation: 'update' },
	);
	const inOrder = sent().sort(([one], [other]) => String(one).localeCompare(String(other)));
	expect(inOrder).toEqual([
		['a', 'add_members', ['u-0', 'u-2']],
		['a', 'remove_members', ['u-0', 'u-2']],
		['a', 'remove_members', ['u-0']],
		['a', 'add_members', ['u-2']],
		['b', 'add_members', ['u-1']],
		['b', 'remove_members', ['u-1']],
		['b', 'add_members', ['u-1']],
	]);
});

test.each([
	[{ batchSize: 20 }, [20, 20, 10]],
	[{ payloadLimit: 2_000 }, [16, 16, 16, 2]],
])('the limits of a request are those of the options: %j', async (options, sizes) => {
	const uids = Array.from({ length: 50 }, (_, item) => `u${item}`.padEnd(100) + 'x');
	await run(itemsOf(uids), { options });
	expect(n8n.model.requests.map(({ memberCount }) => memberCount)).toEqual(sizes);
});

test('a member that fits in no request makes its items invalid, duplicates too', async () => {
	const long = 'x'.repeat(1_000);
	const result = await run(
		itemsOf(['u0', long, 'u2', long]),
		{ options: { payloadLimit: 1_000 } },
		'continueRegularOutput',
	);
	expect(pairsOf(result.success)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }, { item: 3 }]);
	expect(pairsOf(errorsOf(result))).toEqual([{ item: 1 }, { item: 3 }]);
	for (const { json } of errorsOf(result)) {
		expect(json).toMatchObject({
			message: 'invalid',
			error:
				"This member alone is larger than a request can be. Shorten its identifier or the 'Cohort Description', or increase the option 'Payload Limit in Bytes'.",
		});
	}
	expect(sent()).toEqual([['vip', 'add_members', ['u0', 'u2']]]);
});

test('an anonymous ID that does not fit beside its user ID is left out, in the result too', async () => {
	const { success } = await run([{ uid: 'u0', anonymous_id: 'x'.repeat(1_000) }], {
		options: { payloadLimit: 1_000 },
	});
	expect(jsonOf(success)).toMatchObject([{ status: 'accepted', uid: 'u0' }]);
	expect(jsonOf(success)[0]).not.toHaveProperty('anonymous_id');
	expect(n8n.model.requests.map(({ members }) => members)).toEqual([[{ uid: 'u0' }]]);
});

test('a user goes under each of its anonymous IDs, in one request and with one outcome', async () => {
	const items = ['a1', 'a2', 'a1'].map((anonymous_id) => ({ uid: 'u1', anonymous_id }));
	const { success } = await run([...items, { uid: 'u2' }], { options: { batchSize: 1 } });
	expect(n8n.model.requests.map(({ members }) => members)).toEqual([
		[
			{ uid: 'u1', anonymous_id: 'a1' },
			{ uid: 'u1', anonymous_id: 'a2' },
		],
		[{ uid: 'u2' }],
	]);
	expect(jsonOf(success).map(({ status, request }) => [status, request])).toEqual([
		['accepted', 1],
		['accepted', 1],
		['accepted', 1],
		['accepted', 2],
	]);
});

test('a dry run plans every member and counts the requests and bytes that it would take', async () => {
	const items = ['a', 'b', 'a', 'a'].map((cohort, item) => ({ uid: `u${item}`, cohort }));
	const summaryOf = async (dryRun: boolean) => {
		const { success } = await run(items, {
			cohortId: '={{ $json.cohort }}',
			cohortName: '=Cohort {{ $json.cohort }}',
			options: { batchSize: 2, dryRun, output: 'summary' },
		});
		return jsonOf(success);
	};
	const planned = await summaryOf(true);
	expect(n8n.model.requests).toEqual([]);
	const done = await summaryOf(false);
	const bytesOf = (id: string) =>
		n8n.model.requests
			.filter(({ cohortId }) => cohortId === id)
			.reduce((sum, { bytes }) => sum + bytes, 0);
	expect(planned).toMatchObject([
		{ planned: 3, accepted: 0, requests: 2, bytes: bytesOf('a') },
		{ planned: 1, accepted: 0, requests: 1, bytes: bytesOf('b') },
	]);
	expect(done).toMatchObject([
		{ planned: 0, accepted: 3, requests: 2, bytes: bytesOf('a') },
		{ planned: 0, accepted: 1, requests: 1, bytes: bytesOf('b') },
	]);
});
