import type { Cohort } from '../model/cohort';
import type { PlannedItem } from '../model/plan';
import { InvalidItem, isChange } from '../model/plan';
import type { MirrorProblem } from '../model/problem';
import { RunError } from '../model/problem';
import type { ItemPlan } from '../plan/plan';
import type { MemberDiff } from './diff';

/** Below this many removals no limit applies: a small cohort may change by half in a day. */
const FEW_REMOVALS = 10;

/**
 * n8n makes up an empty item where a source brings nothing and Always Output Data is on.
 *
 * @param isBlankInput the input is one item without any field
 * @throws RunError where that item names nobody
 */
export function refuseBlankInput({ items }: ItemPlan, isBlankInput: boolean): void {
	if (!isBlankInput || !(items[0] instanceof InvalidItem)) return;
	throw new RunError({ code: 'mirror_of_blank_item' });
}

/**
 * Where an item can't be read, or one of its identifiers, its user looks like a leaver: nobody is removed then.
 *
 * @returns tells of each cohort whether that is so
 */
export function findUnreadCohorts(items: readonly PlannedItem[]): (cohort: Cohort) => boolean {
	const unread = new Set<Cohort>();
	for (const item of items) {
		const isRead = isChange(item) ? item.isPartial !== true : !(item instanceof InvalidItem);
		if (isRead) continue;
		// It may be of any cohort.
		if (item.cohort === undefined) return () => true;
		unread.add(item.cohort);
	}
	return (cohort) => unread.has(cohort);
}

/**
 * Why so many must not leave at once, or undefined if they may.
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
		previous: previousCount,
		limit,
	};
}

/**
 * The same for all cohorts together, as many small ones may each stay below the limit. Cohorts that are refused by
 * themselves don't count.
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
