import type { Outcome } from '../../nodes/MoEngageCohortSync/model/outcome';
import {
	CHECK_STATUSES,
	ERROR_STATUSES,
	isErrorStatus,
	mayBeApplied,
	problemOf,
	STATUSES,
} from '../../nodes/MoEngageCohortSync/model/outcome';

const request = { request: 1, timestamp: '2026-11-23T10:00:00.000Z' };
const problem = { code: 'timed_out' } as const;

test.each<[outcome: Outcome, mayBe: boolean, hasProblem: boolean]>([
	[{ status: 'unchanged' }, false, false],
	[{ status: 'planned' }, false, false],
	[{ status: 'superseded' }, false, false],
	[{ status: 'accepted', request }, true, false],
	[{ status: 'rejected', request, problem }, false, true],
	[{ status: 'failed', request, problem, mayHaveTakenEffect: true }, true, true],
	[{ status: 'failed', problem, mayHaveTakenEffect: true }, true, true],
	[{ status: 'failed', request, problem, mayHaveTakenEffect: false }, false, true],
	[{ status: 'not_sent', problem }, false, true],
	[{ status: 'invalid', problem: { code: 'member_too_large' } }, false, true],
])('%j: may be applied %p, has a problem %p', (outcome, mayBe, hasProblem) => {
	expect(mayBeApplied(outcome)).toBe(mayBe);
	expect(problemOf(outcome) !== undefined).toBe(hasProblem);
});

test('nothing is applied of a change without an outcome', () => {
	expect(mayBeApplied(undefined)).toBe(false);
});

test('the statuses are those of the public interface, and four of them go to the error output', () => {
	expect(STATUSES).toEqual([
		'accepted',
		'unchanged',
		'superseded',
		'planned',
		'invalid',
		'rejected',
		'failed',
		'not_sent',
	]);
	expect(CHECK_STATUSES).toEqual([
		'known',
		'unknown',
		'planned',
		'invalid',
		'rejected',
		'failed',
		'not_sent',
	]);
	expect(STATUSES.filter(isErrorStatus)).toEqual(ERROR_STATUSES);
	expect(ERROR_STATUSES).toEqual(['invalid', 'rejected', 'failed', 'not_sent']);
});
