import type { Change, CohortChanges, Plan, PreviousMember } from './changes';
import { InvalidItem } from './changes';
import type { Cohort } from './cohort';
import type { Outcome } from './outcome';
import { Refusal } from './refusal';
import type { Source } from './source';
import { counted } from './wording';

/** What a cohort held before this run. */
export interface PreviousMembers {
	readonly members: readonly PreviousMember[];
	/** Everyone is sent again, since the last time is long ago. */
	readonly resendAll?: boolean;
}

/** Says what a cohort held, or why that can't be told. `cohorts` are all those of the run. */
export type PreviousOf = (
	changes: CohortChanges,
	cohorts: readonly CohortChanges[],
) => PreviousMembers | Refusal;

/** Below this many removals no limit applies: a small cohort may change by half in a day. */
const FEW_REMOVALS = 10;

/**
 * Compares what the input brings with what the cohorts held: members who are in already need nothing,
 * members who are gone from the input leave. Changes the plan; linear in both sides.
 *
 * @param removalLimit the share of the previous members that may leave in one run, in percent
 */
export function planMirror(
	plan: Plan,
	source: Source,
	previousOf: PreviousOf,
	removalLimit: number,
): void {
	explainBlankItem(plan, source);
	const doubtful = cohortsWithDoubt(plan);
	for (const changes of plan.cohorts) {
		const previous = previousOf(changes, plan.cohorts);
		if (previous instanceof Refusal) {
			refuseCohort(changes, previous);
			continue;
		}
		compare(changes, previous);
		if (doubtful === 'all' || doubtful.has(changes.cohort)) {
			changes.keptLeavers = changes.leavers.length;
			for (const change of changes.leavers) change.action = null;
			continue;
		}
		const refusal = massRemoval(changes, previous.members.length, removalLimit);
		if (refusal !== undefined) refuseCohort(changes, refusal);
	}
}

/** Lets nothing of a cohort be sent. */
function refuseCohort(changes: CohortChanges, refusal: Refusal): void {
	changes.refusal = refusal;
	const outcome: Outcome = { status: 'not_sent', reason: `${refusal.message}. ${refusal.fix}` };
	for (const change of [...changes.members, ...changes.leavers]) {
		change.action = null;
		change.outcome = outcome;
	}
}

/** Where an item can't be read, its user looks like a leaver: nobody is removed from its cohort then. */
function cohortsWithDoubt(plan: Plan): Set<Cohort> | 'all' {
	const doubtful = new Set<Cohort>();
	for (const item of plan.items) {
		if (!(item instanceof InvalidItem)) continue;
		if (item.cohort === undefined) return 'all';
		doubtful.add(item.cohort);
	}
	return doubtful;
}

function compare(changes: CohortChanges, { members, resendAll = false }: PreviousMembers): void {
	const byUid = new Map<string, Change>();
	const byAnonymousId = new Map<string, Change>();
	for (const change of changes.members) {
		if (change.uid !== undefined) byUid.set(change.uid, change);
		if (change.anonymous_id !== undefined) byAnonymousId.set(change.anonymous_id, change);
	}
	for (const previous of members) {
		const present =
			byUid.get(previous.uid ?? '') ??
			sameUser(previous, byAnonymousId.get(previous.anonymous_id ?? ''));
		if (present === undefined) {
			changes.leavers.push(leaver(changes.cohort, previous));
			continue;
		}
		// Known twice, by uid and by anonymous id: the certain one counts.
		if (present.previous === undefined || present.previous.uncertain) present.previous = previous;
		present.uid ??= previous.uid;
		present.anonymous_id ??= previous.anonymous_id;
		if (resendAll || present.previous.uncertain) continue;
		present.action = null;
		present.outcome = { status: 'unchanged' };
	}
	changes.resendsAll = resendAll;
}

/** An anonymous id links two members unless both have a uid and the uids differ. */
function sameUser(previous: PreviousMember, present: Change | undefined): Change | undefined {
	if (present?.uid === undefined || previous.uid === undefined) return present;
	return present.uid === previous.uid ? present : undefined;
}

function leaver(cohort: Cohort, previous: PreviousMember): Change {
	const { uid, anonymous_id } = previous;
	return {
		uid,
		anonymous_id,
		item: undefined,
		action: 'remove',
		cohort,
		outcome: undefined,
		previous,
	};
}

function massRemoval(
	{ cohort, leavers }: CohortChanges,
	previous: number,
	removalLimit: number,
): Refusal | undefined {
	const share = (leavers.length / previous) * 100;
	if (leavers.length <= FEW_REMOVALS || share <= removalLimit) return undefined;
	return new Refusal(
		`${counted(leavers.length, 'member')} of ${previous.toLocaleString('en-US')} would leave the cohort "${cohort.name}": ${share.toFixed(1)}%, more than the 'Removal Limit' of ${removalLimit}% allows`,
		"Nothing was sent for this cohort. If the source brought too few members, mend it and run again. If they are really gone, raise 'Removal Limit (%)' for this one run.",
		'not_sent',
	);
}

/** n8n makes up an empty item where a source brings nothing and Always Output Data is on. */
function explainBlankItem({ items }: Plan, source: Source): void {
	if (source.count !== 1 || !source.isBlank(0) || !(items[0] instanceof InvalidItem)) return;
	items[0] = new InvalidItem(
		"The source brought no members: n8n made up this empty item ('Always Output Data'). Nobody is removed because of it.",
		items[0].cohort,
	);
}

/**
 * What a cohort holds after the run, as far as MoEngage's answers tell: accepted changes count, changes
 * of unknown fate are kept as uncertain, and all others leave things as they were.
 */
export function membersAfter({ members, leavers }: CohortChanges): PreviousMember[] {
	const after: PreviousMember[] = [];
	for (const { uid, anonymous_id, outcome, previous } of members) {
		const isIn = outcome?.status === 'accepted' || outcome?.status === 'unchanged';
		if (isIn || previous?.uncertain === false) {
			after.push({ uid, anonymous_id, uncertain: false });
		} else if (outcome?.mayHaveTakenEffect || previous !== undefined) {
			after.push({ uid, anonymous_id, uncertain: true });
		}
	}
	for (const { outcome, previous } of leavers) {
		if (previous === undefined || outcome?.status === 'accepted') continue;
		after.push(outcome?.mayHaveTakenEffect ? { ...previous, uncertain: true } : previous);
	}
	return after;
}
