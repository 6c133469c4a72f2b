import type { Change } from '../model/change';
import type { PreviousMember } from '../model/member';
import { mayBeApplied } from '../model/outcome';
import type { PlannedCohort } from '../model/plan';
import type { Task } from '../slicing';
import { each } from '../slicing';
import { mayBeRemovedWith } from './diff';
import { textLength } from './snapshotCodec';

/**
 * What a cohort holds after the run, according to MoEngage's responses: accepted changes count, those that may have
 * been applied are uncertain, and all others change nothing.
 *
 * A leaver who is still in may be the same person to MoEngage as someone who was added under another identifier:
 * the removal would then undo the addition in a later run. So both become uncertain, and a later run sends whoever
 * is in its input again after the removals.
 *
 * @param room characters available for further anonymous IDs
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
 * True for a leaver who is no longer in the cohort. That includes one whose addition was never accepted and whose
 * removal MoEngage rejects individually: if MoEngage rejects an identifier now, it has not added it either.
 */
function isGone({ outcome, previous }: Change): boolean {
	if (outcome?.status === 'accepted') return true;
	const isRefused = outcome?.status === 'rejected' && outcome.problem.code === 'member_refused';
	return isRefused && previous?.neverAccepted === true;
}

/**
 * True for a member who is in, but was not accepted when sent again under a further identifier: the next run has to
 * send that one. A member known by several identifiers counts as such, since `previous` has only one.
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
 * Whether a user may be the same person to MoEngage as one of these others. Only two users who are known by nothing
 * but their uids are certainly different.
 */
function mayBeOneOf(others: readonly Change[]): (change: Change) => boolean {
	if (others.length === 0) return () => false;
	return others.some(hasAnonymousId) ? () => true : hasAnonymousId;
}

function hasAnonymousId({ anonymous_id }: Change): boolean {
	return anonymous_id !== undefined;
}
