import type { Change } from '../model/change';
import type { PreviousMember } from '../model/member';
import { mayBeApplied } from '../model/outcome';
import type { PlannedCohort } from '../model/plan';
import type { Task } from '../slicing';
import { each } from '../slicing';
import { mayBeRemovedWith } from './diff';
import { textLength } from './snapshotCodec';

/**
 * What a cohort holds after the run, as far as MoEngage's responses tell: accepted changes count, those that may
 * have been applied are uncertain, and all others leave things as they were.
 *
 * Whoever was to leave and is still in may be the same person to MoEngage as someone who was added under another
 * identifier: the removal would then undo the addition in a later run. So both are uncertain, and whoever is
 * wanted then is sent again after the removals.
 *
 * @param room characters that further anonymous IDs may take
 */
export function* membersAfter(
	{ members, leavers, heldLeavers }: PlannedCohort,
	room = Infinity,
): Task<PreviousMember[]> {
	const after: PreviousMember[] = [];
	let left = room;
	const keep = (change: Change, uncertain: boolean, neverAccepted = false) => {
		const { uid, anonymous_id, otherAnonymousIds = [] } = change;
		const add = (anonymousId: string | undefined) => {
			const entry = { uid, anonymous_id: anonymousId, uncertain };
			after.push(neverAccepted ? { ...entry, neverAccepted } : entry);
		};
		add(anonymous_id);
		for (const other of otherAnonymousIds) {
			left -= textLength([{ uid, anonymous_id: other }]);
			if (left >= 0) add(other);
		}
	};
	const stillIn = [...leavers, ...heldLeavers].filter((leaver) => !isGone(leaver));
	const isRemovedWith = mayBeRemovedWith(leavers.filter(({ outcome }) => mayBeApplied(outcome)));
	const added = stillIn.length === 0 ? [] : members.filter(mayBeAdded);
	const mayBeStillIn = mayBeOneOf(stillIn);
	const mayBeAddedToo = mayBeOneOf(added);

	yield* each(members, (change) => {
		const { outcome, previous } = change;
		const isAccepted = outcome?.status === 'accepted';
		if (previous?.uncertain === false) {
			keep(change, !isAccepted && (isRemovedWith(change) || isNewIdentifierUnsent(change)));
		} else if (isAccepted) keep(change, mayBeStillIn(change));
		else if (previous !== undefined) keep(change, true, previous.neverAccepted);
		else if (mayBeApplied(outcome)) keep(change, true, true);
	});
	yield* each(stillIn, (leaver) => {
		const { outcome, previous } = leaver;
		const isUncertain = mayBeApplied(outcome) || previous?.uncertain === true;
		const mayBeOut = isUncertain || isRemovedWith(leaver);
		keep(leaver, mayBeOut || mayBeAddedToo(leaver), previous?.neverAccepted);
	});
	return after;
}

/**
 * True for a leaver who is not in the cohort any more. Nor is one whose addition was never accepted and whose
 * removal MoEngage refuses by itself: what it takes for no user it has not added either.
 */
function isGone({ outcome, previous }: Change): boolean {
	if (outcome?.status === 'accepted') return true;
	const isRefused = outcome?.status === 'rejected' && outcome.problem.code === 'member_refused';
	return isRefused && previous?.neverAccepted === true;
}

/**
 * True for a member who is in, and whose sending again under a further identifier was not accepted: it is to be sent
 * under that one in the next run. One who is known by several is taken for such, since `previous` tells only one.
 */
function isNewIdentifierUnsent(change: Change): boolean {
	const { uid, anonymous_id, otherAnonymousIds, previous } = change;
	if (change.outcome?.status === 'unchanged') return false;
	const isNew = uid !== previous?.uid || anonymous_id !== previous?.anonymous_id;
	return isNew || otherAnonymousIds !== undefined;
}

/** True for a member whom this run may have put into the cohort. */
function mayBeAdded({ outcome, previous }: Change): boolean {
	return mayBeApplied(outcome) && previous?.uncertain !== false;
}

/**
 * Tells of a user whether it may be the same person to MoEngage as one of these others. Only two users who are
 * known by their uids alone are certainly not.
 */
function mayBeOneOf(others: readonly Change[]): (change: Change) => boolean {
	if (others.length === 0) return () => false;
	return others.some(hasAnonymousId) ? () => true : hasAnonymousId;
}

function hasAnonymousId({ anonymous_id }: Change): boolean {
	return anonymous_id !== undefined;
}
