import { hintsOf } from '../../nodes/MoEngageCohortSync/results/hints';
import { finishedRun } from '../support/finishedRun';

/** The hints of a run with so many cohorts whose names have parentheses. */
function hints(count: number): string[] {
	const rows = Array.from({ length: count }, (_, index) => ({
		userId: 'u-1',
		cohortId: `c-${index}`,
		cohortName: `Cohort (${index})`,
	}));
	const outcomes = rows.map(() => ({ status: 'accepted' as const }));
	return hintsOf(finishedRun(rows, outcomes), []).map(({ message }) => message);
}

test('each of a few cohorts has its hint', () => {
	expect(hints(3)).toEqual([
		expect.stringMatching(/^The cohort name "Cohort \(0\)" has parentheses in it/),
		expect.stringMatching(/^The cohort name "Cohort \(1\)" has parentheses in it/),
		expect.stringMatching(/^The cohort name "Cohort \(2\)" has parentheses in it/),
	]);
});

test.each([
	[4, 'The same goes for 1 more cohort.'],
	[1_003, 'The same goes for 1,000 more cohorts.'],
])('of %i cohorts only a few are named, and the others counted', (count, more) => {
	expect(hints(count)).toHaveLength(4);
	expect(hints(count).at(-1)).toBe(more);
});
