import { createChange, settle } from '../../nodes/MoEngageCohortSync/model/change';
import type { Outcome } from '../../nodes/MoEngageCohortSync/model/outcome';
import { isFullSend } from '../../nodes/MoEngageCohortSync/model/plan';

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
