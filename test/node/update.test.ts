import type { INodeParameters } from 'n8n-workflow';
import type { EmulatorOptions } from '../../emulator/options';
import { VirtualN8n } from '../support/virtualNode';
import type { TestWorkflow } from '../support/workflow';
import { CONTINUING, errorsOf, jsonOf } from '../support/workflow';

type Items = TestWorkflow['items'];

/** Runs Update Membership under each setting that continues on errors. */
async function update(
	items: Items,
	parameters: INodeParameters = {},
	options: EmulatorOptions = {},
	before: Items = [],
) {
	const runs = [];
	for (const onError of CONTINUING) {
		const n8n = new VirtualN8n(1, options);
		if (before.length > 0) await n8n.run({ items: before });
		const sentBefore = n8n.model.requests.length;
		const result = await n8n.run({
			items,
			parameters: { operation: 'update', changedAt: '={{ $json.at }}', ...parameters },
			onError,
		});
		const requests = n8n.model.requests.slice(sentBefore);
		runs.push({
			...result,
			members: requests.flatMap((request) => request.members),
			inCohort: n8n.model.memberIds('vip'),
			errors: errorsOf(result).map(({ json }) => String(json['error'])),
		});
	}
	return runs;
}

const at = (hour: number) => `2026-11-23T${hour}:00:00Z`;

describe('nothing is sent for a user whose newest item can not be used for want of', () => {
	test.each<[field: string, items: Items, parameters: INodeParameters]>([
		[
			'Cohort Name',
			[
				{ uid: 'u1', name: 'VIP', is_member: 'entered', at: at(10) },
				{ uid: 'u1', is_member: 'exited', at: at(11) },
			],
			{ cohortName: '={{ $json.name }}' },
		],
		[
			'Cohort Description',
			[
				{ uid: 'u1', d: { a: 1 }, is_member: 'exited', at: at(11) },
				{ uid: 'u1', d: 'x', is_member: 'entered', at: at(10) },
			],
			{ options: { cohortDescription: '={{ $json.d }}' } },
		],
		[
			'User ID, beside the Anonymous ID of a known user',
			[
				{ id: 'u1', anonymous_id: 'a1', is_member: true, at: at(10) },
				{ id: 5, anonymous_id: 'a1', is_member: false, at: at(11) },
			],
			{ userId: '={{ $json.id.trim() }}' },
		],
		[
			'User ID, which is an object',
			[
				{ uid: 'u1', anonymous_id: 'a1', is_member: true, at: at(10) },
				{ uid: { $oid: 'u1' }, anonymous_id: 'a1', is_member: false, at: at(11) },
			],
			{},
		],
	])('%s', async (_field, items, parameters) => {
		for (const { members, errors } of await update(items, parameters)) {
			expect(members).toEqual([]);
			expect(errors).toHaveLength(2);
			expect(errors.join(' ')).toMatch(/Item \d \(counted from 0\) is for the same user/);
		}
	});
});

test('the identifiers of an item that can not be used still belong together', async () => {
	const items = [
		{ uid: 'u1', anonymous_id: 'a1', is_member: true, name: '' },
		{ uid: 'u1', is_member: true, name: 'VIP' },
		{ anonymous_id: 'a1', is_member: false, name: 'VIP' },
	];
	const known = [{ uid: 'u1', anonymous_id: 'a1' }];
	for (const { inCohort } of await update(items, { cohortName: '={{ $json.name }}' }, { known })) {
		expect(inCohort).toEqual([]);
	}
});

test('without the time of an item that can not be used, the order of the items decides', async () => {
	const items = [
		{ uid: 'u1', is_member: '?' },
		{ uid: 'u1', is_member: true, at: at(11) },
		{ uid: 'u1', is_member: false, at: at(10) },
	];
	for (const { inCohort, hints } of await update(items, {}, {}, [{ uid: 'u1' }])) {
		expect(hints.map(({ message }) => message).join(' ')).toContain(
			'If any item of a user has no time, the order of the items decides',
		);
		expect(inCohort).toEqual([]);
	}
});

describe('a user for whom nothing is sent is not removed with another one by a common anonymous ID', () => {
	test.each<[what: string, items: Items]>([
		[
			'of an item that can be read',
			[
				{ uid: 'u2', anonymous_id: 'a1', is_member: true },
				{ uid: 'u2', is_member: '?' },
			],
		],
		['of an item that can not be read', [{ uid: 'u2', anonymous_id: 'a1', is_member: '?' }]],
	])('%s', async (_what, others) => {
		const items = [{ uid: 'u1', anonymous_id: 'a1', is_member: false }, ...others];
		const known = [{ uid: 'u2', anonymous_id: 'a1' }];
		for (const { inCohort, members } of await update(items, {}, { known }, [{ uid: 'u2' }])) {
			expect(members).toEqual([{ uid: 'u1' }]);
			expect(inCohort).toEqual(['u2']);
		}
	});
});

test('an anonymous ID beside a User ID that can not be used is not taken for that of someone else', async () => {
	const items = [
		{ uid: 'u1', anonymous_id: 'a1' },
		{ uid: 2 ** 53 + 2, anonymous_id: 'a1' },
	];
	for (const operation of ['add', 'remove']) {
		for (const { success, errors, members } of await update(items, { operation })) {
			expect(members).toEqual([{ uid: 'u1', anonymous_id: 'a1' }]);
			expect(errors).toEqual([expect.stringContaining('too large for n8n')]);
			expect(jsonOf(success).filter(({ status }) => status === 'accepted')).toHaveLength(1);
		}
	}
});

test('of more than ten anonymous IDs, the latest are sent', async () => {
	const items = [
		...Array.from({ length: 12 }, (_, device) => ({
			uid: 'u1',
			anonymous_id: `old-${device}`,
			is_member: false,
		})),
		{ uid: 'u1', anonymous_id: 'new-1', is_member: true },
		{ uid: 'u1', anonymous_id: 'new-2', is_member: true },
	];
	for (const { members } of await update(items)) {
		const ids = members.map(({ anonymous_id }) => anonymous_id);
		expect(ids).toHaveLength(10);
		expect(ids).toEqual(expect.arrayContaining(['new-1', 'new-2', 'old-11']));
	}
});
