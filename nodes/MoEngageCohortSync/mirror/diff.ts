import type { Change } from '../model/change';
import { createChange, identify, leaveOutAnonymousIds, recognize } from '../model/change';
import type { Cohort } from '../model/cohort';
import type { Member, PreviousMember } from '../model/member';
import { anonymousIdsOf } from '../model/member';
import { AnonymousIdOwners, IdentityIndex } from '../plan/identityIndex';
import type { CohortMembers } from '../plan/plan';
import type { Task } from '../slicing';
import { each } from '../slicing';
import type { PreviousMembers } from './memberStore';

/** How the members that a cohort is to have differ from those it held. */
export interface MemberDiff {
	/** Members for whom nothing has to be sent, since they are in. */
	readonly unchanged: readonly Change[];
	/** The same where the leavers are not removed, so that nobody has to be sent again after that. */
	readonly unchangedIfHeld: readonly Change[];
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
	{ members: previous, resend }: PreviousMembers,
): Task<MemberDiff> {
	const present = new KnownUsers(users);
	yield* each(members, (change) => users.addAnonymousIds(change, change));
	yield* each(previous, (member) => present.noteOwner(member));
	const candidates = yield* matchPrevious(cohort, present, previous);
	const leavers = yield* confirmLeavers(candidates, present);

	const unchanged: Change[] = [];
	const unchangedIfHeld: Change[] = [];
	const isRemovedWith = mayBeRemovedWith(leavers);
	let stayed = 0;
	yield* each(members, (change) => {
		const known = change.previous ?? present.twinOf(change)?.previous;
		if (known === undefined) return;
		recognize(change, known);
		stayed++;
		if (resend !== undefined || known.uncertain || present.hasNewIdentifier(change)) return;
		unchangedIfHeld.push(change);
		if (!isRemovedWith(change)) unchanged.push(change);
	});
	return { unchanged, unchangedIfHeld, leavers, previousCount: stayed + leavers.length };
}

/**
 * Tells of a member who stays whether MoEngage may take it for one of the leavers: a user known by uid and one known
 * by anonymous ID alone can be one person. Such a member has to be sent again after the removals.
 */
export function mayBeRemovedWith(leavers: readonly Change[]): (member: Member) => boolean {
	const isAnyLone = leavers.some(({ uid }) => uid === undefined);
	const isAnyKnown = leavers.some(({ uid }) => uid !== undefined);
	return ({ uid }) => (uid === undefined ? isAnyKnown : isAnyLone);
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
	yield* each(gone, (leaver) => {
		// MoEngage would go by the anonymous ID if it did not know the uid, and remove someone who stays.
		if (anonymousIdsOf(leaver).some((id) => present.hasAnonymousId(id))) {
			leaveOutAnonymousIds(leaver, (id) => present.hasAnonymousId(id));
		}
	});
	return gone;
}

/** What is known of a user of whom `previous` and `known` are entries. Accepted once is accepted. */
function withCertainty(
	previous: PreviousMember,
	known: PreviousMember,
	uncertain: boolean,
): PreviousMember {
	const wasAccepted = previous.neverAccepted !== true || known.neverAccepted !== true;
	if (uncertain === previous.uncertain && !(wasAccepted && previous.neverAccepted)) return previous;
	const { neverAccepted, ...entry } = previous;
	return { ...entry, uncertain, ...(wasAccepted ? {} : { neverAccepted }) };
}

/** Users of a cohort by the identifiers that this run and the ones before it know of them. */
class KnownUsers {
	/** Whose the anonymous IDs were by which somebody comes alone now. */
	private readonly ownersBefore = new AnonymousIdOwners();
	/** What is known of users from before beyond their `previous`; most have one entry only. */
	private readonly furtherEntries = new Map<Change, PreviousMember[]>();

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

	hasAnonymousId(id: string): boolean {
		return this.index.findByAnonymousId(id) !== undefined;
	}

	/** True for a recognized user who comes with an identifier that was not sent before. */
	hasNewIdentifier(change: Change): boolean {
		const { uid, previous } = change;
		if (previous === undefined) return true;
		const twin = this.twinOf(change);
		const entries = [
			previous,
			...(this.furtherEntries.get(change) ?? []),
			...((twin && this.furtherEntries.get(twin)) ?? []),
		];
		if (uid !== undefined && !entries.some((entry) => entry.uid === uid)) return true;
		return anonymousIdsOf(change).some((id) => !entries.some((entry) => entry.anonymous_id === id));
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
		if (change.previous !== undefined) {
			const further = this.furtherEntries.get(change);
			if (further === undefined) this.furtherEntries.set(change, [known]);
			else further.push(known);
		}
		recognize(change, withCertainty(previous, known, uncertain));
		identify(change, known.uid, known.anonymous_id);
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
