import type { Cohort } from './cohort';
import type { Identity, PreviousMember } from './member';
import { anonymousIdsOf, MAX_ANONYMOUS_IDS } from './member';
import type { Outcome } from './outcome';

/** The two things that MoEngage can be asked to do with a member. */
export type Action = 'add' | 'remove';

/**
 * What should happen to one user in one cohort, and finally what did. The plan creates it; after that, only the
 * functions in this file write to it.
 */
export interface Change extends Identity {
	/** Index of the first input item that names the user. None for a mirror's leaver. */
	readonly item: number | undefined;
	readonly action: Action;
	readonly cohort: Cohort;
	/** One of the item's identifiers was unusable, so this may be a user known under that one. */
	readonly isPartial?: true;
	/** What a mirror knows about the user from earlier runs. */
	readonly previous?: PreviousMember;
	/** A leaver's rows on the second input that have one of the anonymous IDs and no uid. */
	readonly loneRows?: readonly PreviousMember[];
	/** Duplicates that added an anonymous ID: which one, by item index. */
	readonly addedBy?: ReadonlyMap<number, string>;
	/** Missing until the change is settled. */
	readonly outcome: Outcome | undefined;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Creates a change. The fields are listed one by one: a spread takes ten times as long for a million items. */
export function createChange(
	cohort: Cohort,
	action: Action,
	uid: string | undefined,
	anonymousId: string | undefined,
	item: number | undefined,
): Change {
	return { uid, anonymous_id: anonymousId, item, action, cohort, outcome: undefined };
}

/**
 * Adds identifiers to a change's user. An existing uid is kept; of too many anonymous IDs, the first and the latest
 * are kept.
 *
 * @returns false if an anonymous ID was dropped
 */
export function identify(
	change: Change,
	uid: string | undefined,
	anonymousId: string | undefined,
): boolean {
	const writable = change as Writable<Change> & { otherAnonymousIds?: string[] };
	writable.uid ??= uid;
	if (anonymousId === undefined) return true;
	writable.anonymous_id ??= anonymousId;
	if (anonymousId === writable.anonymous_id) return true;
	const others = (writable.otherAnonymousIds ??= []);
	if (others.includes(anonymousId)) return true;
	others.push(anonymousId);
	if (others.length < MAX_ANONYMOUS_IDS) return true;
	others.shift();
	return false;
}

/** Records that a duplicate item adds an anonymous ID to a change's user. */
export function noteAddedBy(change: Change, item: number, anonymousId: string): void {
	const writable = change as Writable<Change> & { addedBy?: Map<number, string> };
	(writable.addedBy ??= new Map()).set(item, anonymousId);
}

/** Records a row of the second input that has one of a leaver's anonymous IDs and no uid. */
export function noteLoneRow(change: Change, row: PreviousMember): void {
	const writable = change as Writable<Change> & { loneRows?: PreviousMember[] };
	(writable.loneRows ??= []).push(row);
}

/** Removes the anonymous IDs of a change's user that belong to someone else, if there is a uid. */
export function leaveOutAnonymousIds(change: Change, isTaken: (id: string) => boolean): void {
	if (change.uid === undefined) return;
	const [first, ...others] = anonymousIdsOf(change).filter((id) => !isTaken(id));
	const writable = change as Writable<Change>;
	writable.anonymous_id = first;
	writable.otherAnonymousIds = others;
}

/** Marks a change with an unusable identifier. */
export function markPartial(change: Change): void {
	(change as Writable<Change>).isPartial = true;
}

/** Records what a mirror knows about the change's user from earlier runs. */
export function recognize(change: Change, previous: PreviousMember): void {
	(change as Writable<Change>).previous = previous;
}

/** What happens when a change gets a second outcome. The tests make it throw. */
export const settlement = { onSecondOutcome: (): void => {} };

/** Sets the outcome of changes, once: a second one is ignored. */
export function settle(changes: Iterable<Change>, outcome: Outcome): void {
	for (const change of changes) {
		if (change.outcome === undefined) (change as Writable<Change>).outcome = outcome;
		else settlement.onSecondOutcome();
	}
}

/**
 * Undoes that changes are `unchanged`: a mirror may find out right before it sends that its memory is not the
 * latest.
 */
export function reopenUnchanged(changes: Iterable<Change>): void {
	for (const change of changes) {
		if (change.outcome?.status === 'unchanged') (change as Writable<Change>).outcome = undefined;
	}
}

/** The outcome of a change after the run, when every change has one. */
export function outcomeOf({ outcome }: Change): Outcome {
	if (outcome === undefined) throw new Error('A change was left without an outcome');
	return outcome;
}
