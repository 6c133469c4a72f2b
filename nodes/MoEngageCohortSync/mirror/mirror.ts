import type { CohortChanges, Plan, PreviousMember } from '../plan/changes';
import { InvalidItem, isChange } from '../plan/changes';
import type { Cohort } from '../plan/cohort';
import { compare } from './comparison';
import type { Outcome } from '../plan/outcome';
import { Refusal } from '../refusal';
import type { Source } from '../input/source';
import { counted, written } from '../wording';
import type { Work } from '../work';

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
) => Work<PreviousMembers | Refusal>;

/** Where a mirror learns who was in its cohorts before, and keeps who is in after. */
export interface PreviousSource {
	readonly of: PreviousOf;
	/** Keeps what the finished run has come to. */
	readonly keep: (plan: Plan) => Work<void>;
	/** What a person should know about it. */
	readonly hints: () => string[];
}

/** Below this many removals no limit applies: a small cohort may change by half in a day. */
const FEW_REMOVALS = 10;

/**
 * Makes each cohort hold exactly its members in the input: those who are in already need nothing, those who
 * are gone from the input leave. Changes the plan; linear in the input and in what the cohorts held.
 *
 * @param removalLimit the share of the previous members that may leave in one run, in percent
 * @throws Refusal where the source brought nothing at all
 */
export function* planMirror(
	plan: Plan,
	source: Source,
	previousOf: PreviousOf,
	removalLimit: number,
): Work<void> {
	refuseBlankItem(plan, source);
	const doubtful = cohortsWithDoubt(plan);
	for (const changes of plan.cohorts) {
		const previous = yield* previousOf(changes, plan.cohorts);
		if (previous instanceof Refusal) {
			refuseCohort(changes, previous);
			continue;
		}
		const count = yield* compare(changes, previous.members, previous.resendAll === true);
		if (doubtful === 'all' || doubtful.has(changes.cohort)) {
			changes.keptLeavers = changes.leavers.length;
			for (const change of changes.leavers) change.action = null;
			continue;
		}
		const refusal = massRemoval(changes, count, removalLimit);
		if (refusal !== undefined) refuseCohort(changes, refusal);
	}
}

/** Lets nothing of a cohort be sent. */
function refuseCohort(changes: CohortChanges, refusal: Refusal): void {
	changes.refusal = refusal;
	changes.resendsAll = false;
	const outcome: Outcome = { status: 'not_sent', reason: `${refusal.message}. ${refusal.fix}` };
	for (const change of [...changes.members, ...changes.leavers]) {
		change.action = null;
		change.outcome = outcome;
	}
}

/** Where an item can't be read, or half of it, its user looks like a leaver: nobody is removed then. */
function cohortsWithDoubt(plan: Plan): Set<Cohort> | 'all' {
	const doubtful = new Set<Cohort>();
	for (const item of plan.items) {
		const isRead = isChange(item) ? item.isHalfRead !== true : !(item instanceof InvalidItem);
		if (isRead) continue;
		if (item.cohort === undefined) return 'all';
		doubtful.add(item.cohort);
	}
	return doubtful;
}

function massRemoval(
	{ cohort, leavers }: CohortChanges,
	previous: number,
	removalLimit: number,
): Refusal | undefined {
	const count = leavers.length;
	if (count <= FEW_REMOVALS || count * 100 <= previous * removalLimit) return undefined;
	// Rounded up, so that it never looks like the limit itself.
	const share = (Math.ceil((count * 1000) / previous) / 10).toFixed(1);
	return new Refusal(
		`${counted(count, 'member')} of ${written(previous)} would leave the cohort "${cohort.name}": ${share}%, more than the 'Removal Limit' of ${removalLimit}% allows`,
		"Nothing was sent for this cohort. If the source brought too few members, mend it and run again. If they are really gone, raise 'Removal Limit (%)' for this one run.",
		'not_sent',
	);
}

/** n8n makes up an empty item where a source brings nothing and Always Output Data is on. */
function refuseBlankItem({ items }: Plan, source: Source): void {
	if (source.count !== 1 || !source.isBlank(0) || !(items[0] instanceof InvalidItem)) return;
	throw new Refusal(
		'The source brought no members, so nothing was sent and nobody was removed',
		"n8n made up the one empty item that came: the node before has 'Always Output Data' on. Check the source of the audience.",
	);
}
