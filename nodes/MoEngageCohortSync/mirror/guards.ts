import type { Cohort } from '../model/cohort';
import type { PlannedItem } from '../model/plan';
import { InvalidItem, isChange } from '../model/plan';
import type { MirrorProblem } from '../model/problem';
import type { MemberDiff } from './diff';

/** How many leavers a message names. */
const MAX_EXAMPLES = 3;

/** Below this many removals, no limit applies: half of a small cohort may change in a day. */
const FEW_REMOVALS = 10;

/**
 * If an item or one of its identifiers can't be read, its user looks like a leaver. Then nobody is removed.
 *
 * @returns a function that says whether this applies to a cohort
 */
export function findUnreadCohorts(items: readonly PlannedItem[]): (cohort: Cohort) => boolean {
	const unread = new Set<Cohort>();
	for (const item of items) {
		const isRead = isChange(item) ? item.isPartial !== true : !(item instanceof InvalidItem);
		if (isRead) continue;
		// It may belong to any cohort.
		if (item.cohort === undefined) return () => true;
		unread.add(item.cohort);
	}
	return (cohort) => unread.has(cohort);
}

/**
 * Why so many removals are refused, or undefined if they are allowed.
 *
 * @param limit the share of the previous members that may leave in one run, in percent
 */
export function checkRemovalLimit(
	{ name }: Cohort,
	{ leavers, previousCount }: MemberDiff,
	limit: number,
): MirrorProblem | undefined {
	const count = leavers.length;
	if (!isTooMany(count, previousCount, limit)) return undefined;
	return {
		code: 'removal_limit',
		cohortName: name,
		leavers: count,
		examples: leavers
			.slice(0, MAX_EXAMPLES)
			.map(({ uid, anonymous_id }) => uid ?? anonymous_id ?? ''),
		previous: previousCount,
		limit,
	};
}

/**
 * The same for all cohorts together, since many small ones may each stay below the limit. Cohorts that are refused
 * on their own don't count.
 */
export function checkRemovalLimitOfRun(
	cohorts: ReadonlyArray<{ readonly diff: MemberDiff; readonly holdsLeavers: boolean }>,
	limit: number,
): MirrorProblem | undefined {
	let leavers = 0;
	let previous = 0;
	let removingCohorts = 0;
	for (const { diff, holdsLeavers } of cohorts) {
		previous += diff.previousCount;
		if (holdsLeavers || diff.leavers.length === 0) continue;
		leavers += diff.leavers.length;
		removingCohorts++;
	}
	if (!isTooMany(leavers, previous, limit)) return undefined;
	return { code: 'removal_limit_of_run', cohorts: removingCohorts, leavers, previous, limit };
}

function isTooMany(leavers: number, previous: number, limit: number): boolean {
	return leavers > FEW_REMOVALS && leavers * 100 > previous * limit;
}
