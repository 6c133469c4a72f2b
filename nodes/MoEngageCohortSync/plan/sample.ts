import type { Change } from '../model/change';
import { settle } from '../model/change';
import type { Cohort } from '../model/cohort';
import type { LookupOutcome, LookupResult } from '../model/lookup';
import type { Notice } from '../model/notice';
import type { CohortPlan, RefusedCohort } from '../model/plan';
import type { DeliveryProblem, SampleProblem } from '../model/problem';
import type { SampleCounts } from '../model/run';
import type { Settings } from '../model/settings';
import type { Task } from '../slicing';
import { each } from '../slicing';

/** The unknown limit applies from this many looked-up users on: one new user must not stop a mirror. */
export const MIN_SAMPLE = 10;

/** How many unknown IDs a message shows: enough to recognize what a column contains. */
const MAX_EXAMPLES = 3;

/**
 * Draws a random sample of the users that will be added and can be looked up, with equal probability (reservoir
 * sampling).
 *
 * @param size the number of users
 * @param random returns a number from 0 to below 1
 * @returns all additions of the users
 */
export function* drawSample(
	cohorts: readonly CohortPlan[],
	size: number,
	random: () => number,
): Task<Change[]> {
	const sample: string[] = [];
	const additions = new Map<string, Change[]>();
	// In one cohort, each user has one change.
	const seen = cohorts.length > 1 ? new Set<string>() : undefined;
	let count = 0;
	for (const plan of cohorts) {
		if (plan.kind === 'refused') continue;
		yield* each(plan.members, (change) => {
			const { uid } = change;
			if (!isNew(change) || uid === undefined) return;
			additions.get(uid)?.push(change);
			if (seen?.has(uid)) return;
			seen?.add(uid);
			const index = count < size ? count : Math.floor(random() * (count + 1));
			count++;
			if (index >= size) return;
			additions.delete(sample[index] ?? '');
			additions.set(uid, [change]);
			sample[index] = uid;
		});
	}
	return sample.flatMap((uid) => additions.get(uid) ?? []);
}

/** True for a member that will be added, not only sent again. */
function isNew({ action, outcome, previous }: Change): boolean {
	const isIn = previous !== undefined && !previous.uncertain;
	return action === 'add' && outcome === undefined && !isIn;
}

/** True if members will be added. */
export function addsMembers(cohorts: readonly CohortPlan[]): boolean {
	return cohorts.some((plan) => plan.kind === 'planned' && plan.members.some(isNew));
}

/** Each user of a sample once: a user may be added to several cohorts. */
export function uidsOf(sample: readonly Change[]): string[] {
	return [...new Set(sample.map(({ uid = '' }) => uid))];
}

/** What a sample means for a run. */
export interface SampleVerdict {
	/** For the cohorts that have a share in it. */
	readonly counts: ReadonlyMap<Cohort, SampleCounts>;
	readonly notices: readonly Notice[];
	/** Why nothing may be sent, if so. */
	readonly problem: SampleProblem | undefined;
}

/** Decides what a sample means after it was looked up. */
export function judgeSample(
	sample: readonly Change[],
	lookup: LookupResult,
	{ unknownLimit: limit, isUnknownLimitSet }: Settings,
): SampleVerdict {
	const counts = countByCohort(sample, lookup);
	const uids = uidsOf(sample);
	const answered = uids.filter((uid) => isAnswered(lookup.outcomeOf(uid)));
	const unknownUids = answered.filter((uid) => isUnknown(lookup.outcomeOf(uid)));
	const lookedUp = answered.length;
	const unknown = unknownUids.length;

	const isAboveLimit = unknown * 100 > lookedUp * limit;
	const isLargeEnough = lookedUp >= MIN_SAMPLE;
	const notices: Notice[] = [];
	if (lookedUp > 0) {
		const isTooFew = isAboveLimit && !isLargeEnough;
		notices.push({ code: 'users_looked_up', lookedUp, unknown, isTooFew });
	}
	if (isAboveLimit && isLargeEnough) {
		const examples = unknownUids.slice(0, MAX_EXAMPLES);
		const problem = { code: 'too_many_unknown', unknown, lookedUp, limit, examples } as const;
		return { counts, notices, problem };
	}
	const cause = reasonOfFailure(uids, lookup);
	if (cause === undefined) return { counts, notices, problem: undefined };
	if (isUnknownLimitSet) {
		return { counts, notices, problem: { code: 'sample_not_looked_up', cause } };
	}
	const users = lookedUp > 0 ? uids.length - lookedUp : undefined;
	notices.push({ code: 'users_not_looked_up', users, problem: cause });
	return { counts, notices, problem: undefined };
}

function countByCohort(
	sample: readonly Change[],
	lookup: LookupResult,
): ReadonlyMap<Cohort, SampleCounts> {
	const counts = new Map<Cohort, { lookedUp: number; unknown: number }>();
	for (const { cohort, uid = '' } of sample) {
		const ofCohort = counts.get(cohort) ?? { lookedUp: 0, unknown: 0 };
		counts.set(cohort, ofCohort);
		const outcome = lookup.outcomeOf(uid);
		if (!isAnswered(outcome)) continue;
		ofCohort.lookedUp++;
		if (isUnknown(outcome)) ofCohort.unknown++;
	}
	return counts;
}

function isAnswered(outcome: LookupOutcome): boolean {
	return outcome.status === 'known' || isUnknown(outcome);
}

/** MoEngage knows no user by an ID that it rejects. */
function isUnknown(outcome: LookupOutcome): boolean {
	return (
		outcome.status === 'unknown' ||
		(outcome.status === 'rejected' && outcome.problem.code === 'member_refused')
	);
}

/** Why some users of a sample were not looked up, if so. Not for a stopped execution, which has its own message. */
function reasonOfFailure(
	uids: readonly string[],
	lookup: LookupResult,
): DeliveryProblem | undefined {
	const { ended } = lookup;
	if (ended !== undefined) return ended.code === 'stopped' ? undefined : ended;
	for (const uid of uids) {
		const outcome = lookup.outcomeOf(uid);
		if (!isAnswered(outcome) && 'problem' in outcome) return outcome.problem;
	}
	return undefined;
}

/** Refuses all cohorts of a run. Members who need nothing stay `unchanged`, the others become `not_sent`. */
export function* refuseAll(
	cohorts: readonly CohortPlan[],
	problem: SampleProblem,
): Task<RefusedCohort[]> {
	const refused: RefusedCohort[] = [];
	for (const plan of cohorts) {
		if (plan.kind === 'refused') {
			refused.push(plan);
			continue;
		}
		const { cohort, firstItem, members, leavers } = plan;
		const outcome = { status: 'not_sent', problem } as const;
		for (const changes of [members, leavers]) {
			yield* each(changes, (change) => {
				if (change.outcome === undefined) settle([change], outcome);
			});
		}
		refused.push({ kind: 'refused', cohort, firstItem, members, leavers, problem });
	}
	return refused;
}
