import { reopenUnchanged, settle } from '../model/change';
import type { CohortPlan, PlannedCohort, RefusedCohort, ResendReason } from '../model/plan';
import type { MirrorProblem } from '../model/problem';
import type { Settings } from '../model/settings';
import type { CohortMembers, ItemPlan } from '../plan/plan';
import type { Task } from '../slicing';
import type { CohortLocks } from './cohortLock';
import type { MemberDiff } from './diff';
import { diffMembers } from './diff';
import { checkRemovalLimit, checkRemovalLimitOfRun, findUnreadCohorts } from './guards';
import type { MemberStore } from './memberStore';

/**
 * Makes each cohort hold exactly its members in the input: those who are already in need nothing, and those who are
 * no longer in the input are removed. Takes linear time in the size of the input and of the cohorts. The guards
 * decide before anything is settled: members of a refused cohort become `not_sent`, those who need nothing
 * `unchanged`.
 *
 * @returns the plans of the cohorts, in the order of `plan`
 */
export function* planMirror(
	plan: ItemPlan,
	store: MemberStore,
	locks: CohortLocks,
	{ removalLimit }: Pick<Settings, 'removalLimit'>,
): Task<readonly CohortPlan[]> {
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
		const { resend, notBefore = 0 } = previous;
		drafts.push(problem ? { source, problem } : { source, diff, resend, notBefore, holdsLeavers });
	}
	const compared = drafts.filter(isCompared);
	const problem = checkRemovalLimitOfRun(compared, removalLimit);
	return drafts.map((draft) => {
		if (!isCompared(draft)) return refuse(draft.source, draft.problem);
		const { source, diff, holdsLeavers } = draft;
		const removes = !holdsLeavers && diff.leavers.length > 0;
		return problem !== undefined && removes ? refuse(source, problem) : accept(draft);
	});
}

/**
 * Claims the cohorts right before the first request. If that shows that a cohort's memory is not the latest,
 * everyone in it has to be sent, including those who needed nothing.
 *
 * @returns the plans in their order; one with a different `resend` has to be packed again
 * @throws RunError if another run is in progress, or the memory is missing
 */
export async function claimCohorts(
	plans: readonly CohortPlan[],
	store: MemberStore,
): Promise<readonly CohortPlan[]> {
	const planned = plans.filter((plan) => plan.kind === 'planned');
	if (planned.length === 0) return plans;
	const claims = await store.claim(planned);
	return plans.map((plan) => {
		const claim = claims.get(plan.cohort);
		if (plan.kind === 'refused' || claim === undefined) return plan;
		const resend = plan.resend ?? claim.resend;
		if (resend !== undefined) reopenUnchanged(plan.members);
		const notBefore = Math.max(plan.notBefore, claim.notBefore);
		return { ...plan, resend, notBefore, isEarlierRunLost: claim.isEarlierRunLost };
	});
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
	readonly resend: ResendReason | undefined;
	readonly notBefore: number;
	readonly holdsLeavers: boolean;
}

function isCompared(draft: Draft): draft is ComparedDraft {
	return 'diff' in draft;
}

function refuse(source: CohortMembers, problem: MirrorProblem): RefusedCohort {
	const { cohort, firstItem, members } = source;
	settle(members, { status: 'not_sent', problem });
	return { kind: 'refused', cohort, firstItem, members, leavers: [], problem };
}

function accept({ source, diff, resend, notBefore, holdsLeavers }: ComparedDraft): PlannedCohort {
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
		resend,
		notBefore,
		isEarlierRunLost: false,
	};
}
