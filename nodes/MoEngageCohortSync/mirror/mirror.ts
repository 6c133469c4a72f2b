import { settle } from '../model/change';
import type { CohortPlan, PlannedCohort, RefusedCohort } from '../model/plan';
import type { MirrorProblem } from '../model/problem';
import type { Settings } from '../model/settings';
import type { CohortMembers, ItemPlan } from '../plan/plan';
import type { Task } from '../slicing';
import type { CohortLocks } from './cohortLock';
import type { MemberDiff } from './diff';
import { diffMembers } from './diff';
import { checkRemovalLimit, findUnreadCohorts, refuseBlankInput } from './guards';
import type { MemberStore } from './memberStore';

/**
 * Makes each cohort hold exactly its members in the input: those who are in already need nothing, those who
 * are gone from the input leave. Linear in the input and in what the cohorts held. Guards decide before anything
 * is settled: members of a refused cohort are `not_sent`, those who need nothing are `unchanged`.
 *
 * @param isBlankInput the input is one item without any field
 * @returns the plans of the cohorts, in the order of `plan`
 * @throws RunError where the source brought nothing at all
 */
export function* planMirror(
	plan: ItemPlan,
	isBlankInput: boolean,
	store: MemberStore,
	locks: CohortLocks,
	{ removalLimit }: Pick<Settings, 'removalLimit'>,
): Task<readonly CohortPlan[]> {
	refuseBlankInput(plan, isBlankInput);
	const isUnread = findUnreadCohorts(plan.items);
	const lockProblems = locks.acquire(plan.cohorts.map(({ cohort }) => cohort));

	const drafts: Draft[] = [];
	for (const source of plan.cohorts) {
		const previous = lockProblems.get(source.cohort) ?? (yield* store.load(source, plan.cohorts));
		if ('code' in previous) {
			drafts.push({ source, problem: previous });
			continue;
		}
		const diff = yield* diffMembers(source, previous);
		const holdsLeavers = isUnread(source.cohort);
		const problem = holdsLeavers ? undefined : checkRemovalLimit(source.cohort, diff, removalLimit);
		const { resendAll } = previous;
		drafts.push(problem ? { source, problem } : { source, diff, resendAll, holdsLeavers });
	}
	return drafts.map((draft) => ('problem' in draft ? refuse(draft) : accept(draft)));
}

/** A cohort before anything is settled. */
type Draft = RefusedDraft | ComparedDraft;

interface RefusedDraft {
	readonly source: CohortMembers;
	readonly problem: MirrorProblem;
}

interface ComparedDraft {
	readonly source: CohortMembers;
	readonly diff: MemberDiff;
	readonly resendAll: boolean;
	readonly holdsLeavers: boolean;
}

function refuse({ source, problem }: RefusedDraft): RefusedCohort {
	const { cohort, firstItem, members } = source;
	settle(members, { status: 'not_sent', problem });
	return { kind: 'refused', cohort, firstItem, members, problem };
}

function accept({ source, diff, resendAll, holdsLeavers }: ComparedDraft): PlannedCohort {
	const { cohort, firstItem, members } = source;
	const { leavers } = diff;
	settle(holdsLeavers ? diff.unchangedIfHeld : diff.unchanged, { status: 'unchanged' });
	return {
		kind: 'planned',
		cohort,
		firstItem,
		members,
		leavers: holdsLeavers ? [] : leavers,
		heldLeavers: holdsLeavers ? leavers : [],
		resendsAll: resendAll,
	};
}
