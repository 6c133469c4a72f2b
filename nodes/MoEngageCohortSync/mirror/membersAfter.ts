import type { Change } from '../model/change';
import type { PreviousMember } from '../model/member';
import { mayBeApplied } from '../model/outcome';
import type { PlannedCohort } from '../model/plan';
import type { Task } from '../slicing';
import { each } from '../slicing';
import { MAX_OTHER_ANONYMOUS_IDS } from './diff';
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
	const keep = ({ uid, anonymous_id, otherAnonymousIds }: Change, uncertain: boolean) => {
		after.push({ uid, anonymous_id, uncertain });
		for (const other of otherAnonymousIds?.slice(0, MAX_OTHER_ANONYMOUS_IDS) ?? []) {
			left -= textLength([{ uid, anonymous_id: other }]);
			if (left >= 0) after.push({ uid, anonymous_id: other, uncertain });
		}
	};
	const stillIn = [...leavers, ...heldLeavers].filter(
		({ outcome }) => outcome?.status !== 'accepted',
	);
	const added = stillIn.length === 0 ? [] : members.filter(mayBeAdded);
	const mayBeStillIn = mayBeOneOf(stillIn);
	const mayBeAddedToo = mayBeOneOf(added);

	yield* each(members, (change) => {
		const { outcome, previous } = change;
		if (previous?.uncertain === false) keep(change, false);
		else if (outcome?.status === 'accepted') keep(change, mayBeStillIn(change));
		else if (mayBeApplied(outcome) || previous !== undefined) keep(change, true);
	});
	yield* each(stillIn, (leaver) => {
		const { outcome, previous } = leaver;
		const mayBeOut = mayBeApplied(outcome) || previous?.uncertain === true;
		keep(leaver, mayBeOut || mayBeAddedToo(leaver));
	});
	return after;
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
