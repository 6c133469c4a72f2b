import { noticeEmailIds } from '../../nodes/MoEngageCohortSync/plan/emailIds';
import { planItems } from '../../nodes/MoEngageCohortSync/plan/plan';
import { atOnce } from '../support/atOnce';
import type { Row } from '../support/source';
import { sourceOf } from '../support/source';

function noticesOf(...rows: Row[]) {
	return atOnce(noticeEmailIds(atOnce(planItems(sourceOf(rows), 'add'))));
}

test.each(['a@b.c', 'anna@example.com', 'a.b+c@mail.example.co'])(
	'%j is an e-mail address',
	(userId) => {
		expect(noticesOf({ userId })).toEqual([{ code: 'email_ids', users: 1 }]);
	},
);

test.each([
	'u1',
	'@b.cc',
	'aa@',
	'aa@bb',
	'aa@.cc',
	'aa@bb.',
	'to aa@bb.cc',
	'aa@bb.cc x',
	'a@b@cc.d',
])('%j is no e-mail address', (userId) => {
	expect(noticesOf({ userId })).toStrictEqual([]);
});

test('an Anonymous ID may be an e-mail address', () => {
	expect(noticesOf({ anonymousId: 'anna@example.com' })).toStrictEqual([]);
});

test('users of several cohorts count once', () => {
	const rows = [
		{ userId: 'anna@example.com' },
		{ userId: 'u1' },
		{ userId: 'ben@example.com', cohortId: 'other' },
		{ userId: 'anna@example.com', cohortId: 'other' },
	];
	expect(noticesOf(...rows)).toEqual([{ code: 'email_ids', users: 2 }]);
});
