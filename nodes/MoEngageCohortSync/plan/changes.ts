import type { Cohort } from './cohort';
import type { Member, ReadMember } from './member';
import type { Outcome } from './outcome';
import type { Refusal } from '../refusal';

/** The two things that MoEngage can be asked to do with a member. */
export type Action = 'add' | 'remove';

/** A member that was in a cohort before this run, as far as is known. */
export interface PreviousMember extends Member {
	/** An earlier request for it may or may not have been applied. */
	readonly uncertain: boolean;
	/** Its row on the second input. */
	readonly row?: number;
}

/**
 * What is to happen to one member of a cohort, and in the end what did. One object goes through the whole run:
 * the plan makes it and completes its identifiers, a mirror sets `previous` and takes the `action` back where
 * nothing is to be sent, the packing leaves out an anonymous id that is too large, the delivery sets the `outcome`.
 * The results only read it.
 */
export interface Change extends ReadMember {
	/** The input item that carries it: the first that names the member. None where a member leaves in a mirror. */
	readonly item: number | undefined;
	/** `null` where nothing has to be sent. */
	action: Action | null;
	readonly cohort: Cohort;
	/** Shared by all members of a request; set when the change's fate is known. */
	outcome: Outcome | undefined;
	/** More anonymous ids of the same user, from duplicates or from before: not sent, but known. */
	otherAnonymousIds?: string[];
	/** What a mirror knows of the member from before. */
	previous?: PreviousMember;
}

/** An item that gives no usable member. Its cohort is there where that much could be read. */
export class InvalidItem {
	constructor(
		readonly reason: string,
		readonly cohort?: Cohort,
	) {}
}

/** An item whose change was overtaken by a newer one of the same user in the same run. */
export class SupersededItem {
	constructor(
		readonly by: Change,
		readonly member: Member,
	) {}

	get cohort(): Cohort {
		return this.by.cohort;
	}
}

/** What an input item comes to: its change (a duplicate shares its first item's) or why it has none. */
export type PlannedItem = Change | InvalidItem | SupersededItem;

/** The changes of one cohort, in input order. */
export interface CohortChanges {
	readonly cohort: Cohort;
	/** Index of the first input item that names the cohort. */
	readonly firstItem: number;
	/** All members that the input names, once each. */
	readonly members: Change[];
	/** Those of them that have a uid, by it. */
	readonly byUid: Map<string, Change>;
	/** A mirror's members who are no longer in the input. */
	leavers: Change[];
	/** Members who look like leavers but stay, because an item of the cohort could not be read. */
	keptLeavers?: number;
	/** Why nothing of this cohort may be sent. */
	refusal?: Refusal;
	/** A mirror means to send everyone again, also those who are in already. */
	resendsAll?: boolean;
}

/** What a run means to do. */
export interface Plan {
	/** All cohorts that the input names, in the order of their first items. */
	readonly cohorts: CohortChanges[];
	readonly items: PlannedItem[];
}

/** True for an item that has a change of its own or shares one. */
export function isChange(planned: PlannedItem): planned is Change {
	return !(planned instanceof InvalidItem || planned instanceof SupersededItem);
}

/** The leavers of a mirror who are to be removed: none where they are kept or the cohort is refused. */
export function leaversToRemove({ leavers }: CohortChanges): Change[] {
	return leavers.filter(({ action }) => action === 'remove');
}

/** True where a mirror has sent everyone again, or would in a dry run: not where the run ended before. */
export function hasResentAll({ resendsAll, members }: CohortChanges): boolean {
	const isSent = ({ outcome }: Change) =>
		outcome?.status === 'accepted' || outcome?.status === 'planned';
	return resendsAll === true && members.some(isSent);
}
