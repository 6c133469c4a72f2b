import type { Change } from '../model/change';
import { createChange, identify, recognize } from '../model/change';
import type { Cohort } from '../model/cohort';
import type { Member, PreviousMember } from '../model/member';
import { AnonymousIdOwners, IdentityIndex } from '../plan/identityIndex';
import type { CohortMembers } from '../plan/plan';
import type { Task } from '../slicing';
import { each } from '../slicing';
import type { PreviousMembers } from './memberStore';

/** How many anonymous IDs beside the first a mirror knows of a user. */
export const MAX_OTHER_ANONYMOUS_IDS = 3;

/** How the members that a cohort is to have differ from those it held. */
export interface MemberDiff {
	/** Members for whom nothing has to be sent, since they are in. */
	readonly unchanged: readonly Change[];
	/** Those who are gone from the input. */
	readonly leavers: readonly Change[];
	/** How many users the cohort held, each counted once. */
	readonly previousCount: number;
}

/**
 * Compares a cohort's members in the input with those it held. Gives members the identifiers under which they
 * were known and what is known of them from before; settles nothing.
 */
export function* diffMembers(
	{ cohort, members, users }: CohortMembers,
	{ members: previous, resendAll }: PreviousMembers,
): Task<MemberDiff> {
	const present = new KnownUsers(users);
	yield* each(members, (change) => users.addAnonymousIds(change, change));
	yield* each(previous, (member) => present.noteOwner(member));
	const candidates = yield* matchPrevious(cohort, present, previous);
	const leavers = yield* confirmLeavers(candidates, present);

	const unchanged: Change[] = [];
	let stayed = 0;
	yield* each(members, (change) => {
		const known = change.previous ?? present.twinOf(change)?.previous;
		if (known === undefined) return;
		recognize(change, known);
		stayed++;
		if (!resendAll && !known.uncertain) unchanged.push(change);
	});
	return { unchanged, leavers, previousCount: stayed + leavers.length };
}

/**
 * Finds the member of the input that each previous member is.
 *
 * @returns removals of those who seem to be none
 */
function* matchPrevious(
	cohort: Cohort,
	present: KnownUsers,
	previous: readonly PreviousMember[],
): Task<Change[]> {
	const candidates: Change[] = [];
	const leaving = new KnownUsers();
	const match = (member: PreviousMember) => {
		const staying = present.find(member);
		if (staying !== undefined) {
			present.learn(staying, member, present.isAmbiguous(member));
			return;
		}
		let leaver = leaving.find(member);
		if (leaver === undefined) {
			leaver = createChange(cohort, 'remove', member.uid, member.anonymous_id, undefined);
			candidates.push(leaver);
		}
		leaving.learn(leaver, member);
	};
	// Those with a uid first, since they may tell whose an anonymous ID is.
	yield* each(previous, (member) => {
		if (member.uid !== undefined) match(member);
	});
	yield* each(previous, (member) => {
		if (member.uid === undefined) match(member);
	});
	return candidates;
}

/**
 * Of several entries of one user, the first may have looked like a leaver before a later one told who it is.
 * And no leaver may be named by an identifier of someone who stays.
 */
function* confirmLeavers(candidates: readonly Change[], present: KnownUsers): Task<Change[]> {
	const gone: Change[] = [];
	yield* each(candidates, (candidate) => {
		const staying = present.find(candidate);
		if (staying === undefined) gone.push(candidate);
		else present.learnFromLeaver(staying, candidate);
	});
	const leavers: Change[] = [];
	yield* each(gone, (leaver) => {
		// MoEngage would go by the anonymous ID if it did not know the uid, and remove someone who stays.
		const isTaken = present.hasAnonymousId(leaver.anonymous_id);
		leavers.push(isTaken ? { ...leaver, anonymous_id: undefined } : leaver);
	});
	return leavers;
}

/** Users of a cohort by the identifiers that this run and the ones before it know of them. */
class KnownUsers {
	/** Whose the anonymous IDs were by which somebody comes alone now. */
	private readonly ownersBefore = new AnonymousIdOwners();

	constructor(private readonly index = new IdentityIndex<Change>()) {}

	/** Notes whose an anonymous ID was that now comes alone. */
	noteOwner({ uid, anonymous_id }: Member): void {
		if (uid === undefined || anonymous_id === undefined || !this.index.isLone(anonymous_id)) return;
		this.ownersBefore.add(anonymous_id, uid);
	}

	/** The user's change. An anonymous ID tells who it is, unless both have a uid and the uids differ. */
	find(member: Member): Change | undefined {
		const { uid, anonymous_id } = member;
		const found = this.index.find(member);
		if (found !== undefined || anonymous_id === undefined) return found;
		const other = this.index.findByAnonymousId(anonymous_id);
		if (uid === undefined) return other;
		const isSame = other?.uid === undefined && !this.ownersBefore.isContested(anonymous_id);
		return isSame ? other : undefined;
	}

	/** Another change of a user who comes by an anonymous ID alone, as the previous members tell. */
	twinOf({ uid, anonymous_id }: Change): Change | undefined {
		if (uid !== undefined || anonymous_id === undefined) return undefined;
		if (this.ownersBefore.isContested(anonymous_id)) return undefined;
		return this.index.findByAnonymousId(anonymous_id);
	}

	hasAnonymousId(id: string | undefined): boolean {
		return id !== undefined && this.index.findByAnonymousId(id) !== undefined;
	}

	/** True for a member who is only known by an anonymous ID that came with two users. */
	isAmbiguous({ uid, anonymous_id }: Member): boolean {
		if (uid !== undefined || anonymous_id === undefined) return false;
		return this.index.isShared(anonymous_id) && !this.index.isLone(anonymous_id);
	}

	/**
	 * Notes what is known of a user from before, other identifiers included. Where one of several entries
	 * is uncertain the user is: an unknown removal may have come last.
	 */
	learn(change: Change, known: PreviousMember, isAmbiguous = false): void {
		const previous = change.previous ?? known;
		const uncertain = isAmbiguous || known.uncertain || previous.uncertain;
		recognize(change, uncertain === previous.uncertain ? previous : { ...previous, uncertain });
		identify(change, known.uid, known.anonymous_id, MAX_OTHER_ANONYMOUS_IDS);
		this.index.assign(known, change);
	}

	/** Notes that a user who looked like a leaver stays. */
	learnFromLeaver(staying: Change, leaver: Change): void {
		const { uid, anonymous_id, otherAnonymousIds = [], previous } = leaver;
		const uncertain = previous?.uncertain === true;
		for (const id of [anonymous_id, ...otherAnonymousIds]) {
			this.learn(staying, { ...previous, uid, anonymous_id: id, uncertain });
		}
	}
}
