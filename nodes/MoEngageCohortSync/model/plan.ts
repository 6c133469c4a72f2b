import type { Change } from './change';
import type { Cohort } from './cohort';
import type { Member } from './member';
import type { Outcome } from './outcome';
import type { ItemProblem, Problem } from './problem';

/** An item without a usable member. It has a cohort if that could be read. */
export class InvalidItem {
	constructor(
		readonly problem: ItemProblem,
		readonly cohort?: Cohort,
	) {}
}

/** An item whose change was replaced by a newer one of the same user in the same run. */
export class SupersededItem {
	constructor(
		readonly by: Change,
		readonly member: Member,
	) {}

	get cohort(): Cohort {
		return this.by.cohort;
	}
}

/**
 * The result of planning an input item: its change (a duplicate shares that of the first item), or why it has none.
 */
export type PlannedItem = Change | InvalidItem | SupersededItem;

/** True for an item that has a change of its own or shares one. */
export function isChange(planned: PlannedItem): planned is Change {
	return !(planned instanceof InvalidItem || planned instanceof SupersededItem);
}

interface CohortBase {
	readonly cohort: Cohort;
	/** Index of the cohort's first input item, if possible of one that can be used. */
	readonly firstItem: number;
	/** One change for each user that the input names, in input order. */
	readonly members: readonly Change[];
	/** A mirror's removals of members who are no longer in the input. */
	readonly leavers: readonly Change[];
}

/** Why a mirror sends everyone again, including those who are already in. */
export type ResendReason =
	/** Everyone was last sent longer ago than 'Send Everyone Again After (Days)'. */
	| 'due'
	/** 'Send Everyone Now' is on. */
	| 'requested'
	/** The cohort had another name, of which MoEngage may have another segment. */
	| 'renamed'
	/** The memory lacks what an earlier run changed. */
	| 'lost_run'
	/** Another node of the workflow has mirrored the cohort before. */
	| 'other_node';

/** A cohort whose changes may be sent. */
export interface PlannedCohort extends CohortBase {
	readonly kind: 'planned';
	/** Members who look like leavers but stay, because an item of the cohort could not be read. Nothing is sent for them. */
	readonly heldLeavers: readonly Change[];
	readonly resend: ResendReason | undefined;
	/** The earliest timestamp for its requests, in ms since 1970. */
	readonly notBefore: number;
	/** The mirror's memory lacks what an earlier run changed. */
	readonly isEarlierRunLost: boolean;
}

/** A cohort of which nothing may be sent. Members and leavers without another outcome are `not_sent`. */
export interface RefusedCohort extends CohortBase {
	readonly kind: 'refused';
	readonly problem: Problem;
}

export type CohortPlan = PlannedCohort | RefusedCohort;

/** What a run is going to do. */
export interface SyncPlan {
	/** All cohorts that the input names, in the order of their first items. */
	readonly cohorts: readonly CohortPlan[];
	/** One entry for each input item. */
	readonly items: readonly PlannedItem[];
}

/**
 * True if every member was sent and accepted, or would be in a dry run. A member whom MoEngage rejects by itself is no
 * reason to send everyone again.
 */
export function isFullSend(members: readonly Change[]): boolean {
	let sent = 0;
	for (const { outcome } of members) {
		if (isRefusedAlone(outcome)) continue;
		if (outcome?.status !== 'accepted' && outcome?.status !== 'planned') return false;
		sent++;
	}
	return sent > 0;
}

function isRefusedAlone(outcome: Outcome | undefined): boolean {
	if (outcome?.status === 'invalid') return true;
	return outcome?.status === 'rejected' && outcome.problem.code === 'member_refused';
}
