import { createChange, settle } from '../../nodes/MoEngageCohortSync/model/change';
import type { Outcome } from '../../nodes/MoEngageCohortSync/model/outcome';
import type { CohortPlan } from '../../nodes/MoEngageCohortSync/model/plan';
import { isFullSend, leaversOf } from '../../nodes/MoEngageCohortSync/model/plan';

const cohort = { id: 'vip', name: 'VIP', description: '', partner: 'n8n' };

test.each<[statuses: Array<Outcome['status'] | undefined>, full: boolean]>([
	[['accepted', 'accepted'], true],
	[['planned', 'planned'], true],
	[['accepted', 'rejected', 'invalid'], true],
	[['rejected', 'invalid'], false],
	[['accepted', 'unchanged'], false],
	[['accepted', 'not_sent'], false],
	[['accepted', undefined], false],
	[['unchanged', 'unchanged'], false],
	[[undefined], false],
	[[], false],
])('members that are %j: everyone was sent %p', (statuses, full) => {
	const members = statuses.map((status, index) => {
		const change = createChange(cohort, 'add', `u${index}`, undefined, index);
		const problem = { code: 'member_refused', status: 400 };
		if (status !== undefined) settle([change], { status, problem } as Outcome);
		return change;
	});
	expect(isFullSend(members)).toBe(full);
});

test('everyone was not sent where a whole request was rejected', () => {
	const members = ['u1', 'u2'].map((uid, item) =>
		createChange(cohort, 'add', uid, undefined, item),
	);
	const request = { request: 1, timestamp: '2026-11-23T10:00:00.000Z' };
	settle(members.slice(0, 1), { status: 'accepted', request });
	const problem = { code: 'request_refused', status: 403 } as const;
	settle(members.slice(1), { status: 'rejected', request, problem });
	expect(isFullSend(members)).toBe(false);
});

test('a cohort has leavers unless it is refused', () => {
	const leaver = createChange(cohort, 'remove', 'u1', undefined, undefined);
	const base = { cohort, firstItem: 0, members: [] };
	const planned: CohortPlan = {
		...base,
		kind: 'planned',
		leavers: [leaver],
		heldLeavers: [],
		resend: undefined,
		notBefore: 0,
		isEarlierRunLost: false,
	};
	expect(leaversOf(planned)).toStrictEqual([leaver]);
	const refused: CohortPlan = { ...base, kind: 'refused', problem: { code: 'timed_out' } };
	expect(leaversOf(refused)).toStrictEqual([]);
});
