import { createChange } from '../../nodes/MoEngageCohortSync/model/change';
import { noticeEmailIds } from '../../nodes/MoEngageCohortSync/plan/emailIds';
import type { ItemPlan } from '../../nodes/MoEngageCohortSync/plan/plan';
import { atOnce } from '../support/atOnce';

const cohort = { id: 'vip', name: 'VIP', description: '', partner: 'n8n' };

function noticesOf(...lists: Array<Array<string | undefined>>) {
	const cohorts = lists.map((uids) => ({
		members: uids.map((uid, item) => createChange(cohort, 'add', uid, 'a', item)),
	}));
	return atOnce(noticeEmailIds({ cohorts } as unknown as ItemPlan));
}

test.each(['a@b.c', 'anna@example.com', 'a.b+c@mail.example.co'])(
	'%j is an e-mail address',
	(uid) => {
		expect(noticesOf([uid])).toEqual([{ code: 'email_ids', users: 1 }]);
	},
);

test.each([
	undefined,
	'u1',
	'@b.cc',
	'aa@',
	'aa@bb',
	'aa@.cc',
	'aa@bb.',
	'to aa@bb.cc',
	'aa@bb.cc x',
	'a@b@cc.d',
])('%j is no e-mail address', (uid) => {
	expect(noticesOf([uid])).toStrictEqual([]);
});

test('users of several cohorts count once', () => {
	expect(noticesOf(['a@b.cc', 'u1', 'd@e.ff'], ['a@b.cc'])).toEqual([
		{ code: 'email_ids', users: 2 },
	]);
});
