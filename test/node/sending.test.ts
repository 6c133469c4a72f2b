import { users } from '../support/audience';
import { useEmulator } from '../support/emulatedNode';
import { jsonOf, pairsOf, withOptions } from '../support/workflow';

const node = useEmulator();

describe('adding and removing', () => {
	test('every item becomes a member, and every output item is paired with its input item', async () => {
		const { status, success } = await node.run({
			items: [
				{ uid: 'u-1' },
				{ uid: 7 },
				{ anonymous_id: ' a-3 ' },
				{ uid: 'ü-4', anonymous_id: 'a-4' },
			],
		});
		expect(status).toBe('success');
		expect(pairsOf(success)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }, { item: 3 }]);
		expect(jsonOf(success)).toMatchObject([
			{
				status: 'accepted',
				action: 'add',
				cohort_id: 'vip',
				uid: 'u-1',
				request: 1,
			},
			{ status: 'accepted', uid: '7' },
			{ status: 'accepted', anonymous_id: 'a-3' },
			{ status: 'accepted', uid: 'ü-4', anonymous_id: 'a-4' },
		]);
		expect(node.model.memberIds('vip')).toEqual(['7', 'a-3', 'u-1', 'ü-4']);
		expect(node.model.requests).toHaveLength(1);
	});

	test('removing takes members out again', async () => {
		await node.run({ items: [{ uid: 'u-1' }, { uid: 'u-2' }] });
		const { success } = await node.run({
			items: [{ uid: 'u-1' }],
			parameters: { operation: 'remove' },
		});
		expect(jsonOf(success)).toMatchObject([{ status: 'accepted', action: 'remove' }]);
		expect(node.model.memberIds('vip')).toEqual(['u-2']);
	});

	test('one run feeds many cohorts, each with its own name, description and partner', async () => {
		await node.run({
			items: [
				{ uid: 'u-1', tier: 'gold', about: 'best' },
				{ uid: 'u-2', tier: 'iron', about: '' },
				{ uid: 'u-1', tier: 'iron', about: 'ignored, as it is not the first' },
			],
			parameters: {
				cohortId: '={{ $json.tier }}',
				cohortName: '=Tier {{ $json.tier }}',
				options: {
					cohortDescription: '={{ $json.about }}',
					partner: '={{ "crm-" + $json.tier }}',
				},
			},
		});
		expect(node.model.cohorts()).toMatchObject([
			{ id: 'gold', name: 'Tier gold', description: 'best', size: 1 },
			{ id: 'iron', name: 'Tier iron', size: 2 },
		]);
	});

	test('the first request of a cohort goes alone, and the others follow in strictly later order', async () => {
		const items = users(50);
		const { success } = await node.run({ items, parameters: withOptions({ batchSize: 10 }) });
		expect(node.model.requests).toHaveLength(5);
		const stamps = node.model.requests.map(({ timestamp }) => timestamp ?? '');
		expect(new Set(stamps).size).toBe(5);
		expect(jsonOf(success).map(({ request }) => request)).toEqual(
			items.map((_, index) => Math.floor(index / 10) + 1),
		);
		expect(node.model.cohort('vip')?.size).toBe(50);
	});

	test('a user who comes twice is sent once, with both identifiers, and both items share the outcome', async () => {
		const { success, hints } = await node.run({
			items: [{ uid: 'u-1' }, { uid: 'u-2' }, { uid: 'u-1', anonymous_id: 'a-1' }],
		});
		expect(jsonOf(success)).toMatchObject([
			{ status: 'accepted', uid: 'u-1', anonymous_id: 'a-1' },
			{ status: 'accepted', uid: 'u-2' },
			{ status: 'accepted', uid: 'u-1', anonymous_id: 'a-1', duplicate_of: 0 },
		]);
		expect(node.model.requests[0]?.memberCount).toBe(2);
		expect(hints).toMatchObject([
			{ message: 'MoEngage accepted 2 additions (1 request). 1 duplicate.' },
		]);
	});

	test('expressions of every kind reach the node as n8n works them out', async () => {
		const { success } = await node.run({
			items: [
				{ customer: { 'the id': 'c-1' }, list: [{ id: 'l-1' }] },
				{ customer: null, list: [{ id: 'l-2' }] },
			],
			parameters: {
				userId: '={{ $json.customer?.["the id"] }}',
				anonymousId: '={{ $json.list[0].id.toUpperCase() }}',
				cohortId: '=vip',
				cohortName: '={{ "VIP of " + $("Source").first().json.list[0].id }}',
			},
		});
		expect(jsonOf(success)).toMatchObject([
			{ uid: 'c-1', anonymous_id: 'L-1', cohort_id: 'vip' },
			{ anonymous_id: 'L-2', cohort_id: 'vip' },
		]);
		expect(node.model.cohort('vip')?.name).toBe('VIP of l-1');
	});

	test('a dry run sends nothing and says what it would send', async () => {
		const items = [{ uid: 'u-1' }, { uid: 'u-2' }, { uid: 'u-2' }];
		const { success, hints } = await node.run({ items, parameters: withOptions({ dryRun: true }) });
		expect(jsonOf(success).map(({ status }) => status)).toEqual(['planned', 'planned', 'planned']);
		expect(hints[0]?.message).toMatch(
			/^Dry run: nothing was sent\. Would add .*: 1 request, under a minute\./,
		);
		const { success: summary } = await node.run({
			items,
			parameters: withOptions({ dryRun: true, output: 'summary' }),
		});
		expect(jsonOf(summary)).toMatchObject([
			{
				dry_run: true,
				planned: 3,
				duplicates: 1,
				added: 0,
				requests: 1,
				bytes: expect.any(Number),
			},
		]);
		expect(node.model.requests).toHaveLength(0);
	});

	test('the summary counts items, members and what the requests took', async () => {
		const { success } = await node.run({
			items: [{ uid: 'u-1' }, { uid: 'u-1' }, { uid: '' }, { uid: 'u-2' }],
			parameters: withOptions({ output: 'summary' }),
			onError: 'continueRegularOutput',
		});
		expect(success).toMatchObject([
			{
				json: {
					cohort_id: 'vip',
					cohort_name: 'VIP',
					operation: 'add',
					dry_run: false,
					accepted: 3,
					invalid: 1,
					rejected: 0,
					duplicates: 1,
					added: 2,
					removed: 0,
					requests: 1,
					retries: 0,
					throttled: 0,
					bytes: node.model.requests[0]?.bytes,
					waited_ms: 0,
					errors: ["Both 'User ID' and 'Anonymous ID' are empty."],
				},
				pairedItem: { item: 0 },
			},
			{ json: { message: 'invalid' }, pairedItem: { item: 2 } },
		]);
	});
});

test.each([
	['={{ $json.brand }}-{{ $json.uid }}', 'b-1'],
	['={{ $json.brand }}{{ $json.no }}', 'b1'],
	['={{ $json.uid ?? $json.no }}', '1'],
	['={{ $json.other || $json.uid }}', '1'],
	['={{ $json.uid }}', '1'],
])('an identifier made of several fields on purpose is sent: %s', async (userId, uid) => {
	const { success } = await node.run({
		items: [{ uid: '1', brand: 'b', no: 1 }],
		parameters: { userId },
	});
	expect(jsonOf(success)).toMatchObject([{ status: 'accepted', uid }]);
});

test('an update takes words for in and out, and the newest change of a user wins', async () => {
	const { success, thrown } = await node.run({
		items: [
			{ uid: 'u-1', is_member: 'entered', at: '2026-11-23T10:00:00Z' },
			{ uid: 'u-1', is_member: 'exited', at: '2026-11-23T09:00:00Z' },
			{ uid: 'u-2', is_member: 1, at: 1764000000 },
			{ uid: 'u-3', is_member: 'No', at: '2026-11-23' },
		],
		parameters: { operation: 'update', changedAt: '={{ $json.at }}' },
	});
	expect(thrown).toBeUndefined();
	expect(success).toMatchObject([
		{ json: { status: 'accepted', action: 'add', uid: 'u-1' } },
		{ json: { status: 'superseded', superseded_by: 0 } },
		{ json: { status: 'accepted', action: 'add', uid: 'u-2' } },
		{ json: { status: 'accepted', action: 'remove', uid: 'u-3' } },
	]);
	expect(node.model.requests.map(({ action }) => action)).toEqual([
		'remove_members',
		'add_members',
	]);
});
