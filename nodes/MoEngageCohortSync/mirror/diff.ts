import type { Change } from '../model/change';
import {
	createChange,
	identify,
	leaveOutAnonymousIds,
	noteLoneRow,
	recognize,
} from '../model/change';
import type { Cohort } from '../model/cohort';
import type { Member, PreviousMember } from '../model/member';
import { anonymousIdsOf, MAX_ANONYMOUS_IDS } from '../model/member';
import { AnonymousIdOwners, IdentityIndex } from '../plan/identityIndex';
import type { CohortMembers } from '../plan/plan';
import type { Task } from '../slicing';
import { each } from '../slicing';
import type { PreviousMembers } from './memberStore';

/** The differences between the members that a cohort should have and those it held. */
export interface MemberDiff {
	/** Members for whom nothing has to be sent, since they are already in. */
	readonly unchanged: readonly Change[];
	/** The same if the leavers are not removed, in which case nobody has to be sent again after the removals. */
	readonly unchangedIfHeld: readonly Change[];
	/** Those who are no longer in the input. */
	readonly leavers: readonly Change[];
	/** How many users the cohort held, each counted once. */
	readonly previousCount: number;
}

/**
 * Compares a cohort's members in the input with those it held. Adds to the members what is known about them from
 * earlier runs, including their identifiers; settles nothing.
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
 * Whether a member who stays may be the same person as one of the leavers to MoEngage: a user known by uid and one
 * known only by anonymous ID can be one person. Such a member has to be sent again after the removals.
 */
export function mayBeRemovedWith(leavers: readonly Change[]): (member: Member) => boolean {
	const isAnyLone = leavers.some(({ uid }) => uid === undefined);
	const isAnyKnown = leavers.some(({ uid }) => uid !== undefined);
	return ({ uid }) => (uid === undefined ? isAnyKnown : isAnyLone);
}

/**
 * Matches each previous member with a member of the input.
 *
 * @returns removals of those that match none
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
		} else if (leaver.uid !== undefined && member.uid === undefined && member.row !== undefined) {
			noteLoneRow(leaver, member);
		}
		leaving.learn(leaver, member);
	};
	// Those with a uid first, since they may show whose an anonymous ID is.
	yield* each(previous, (member) => {
		if (member.uid !== undefined) match(member);
	});
	yield* each(previous, (member) => {
		if (member.uid === undefined) match(member);
	});
	return candidates;
}

/**
 * If a user has several entries, the first may have looked like a leaver before a later one showed who it is. And a
 * removal must not use an identifier of someone who stays.
 */
function* confirmLeavers(candidates: readonly Change[], present: KnownUsers): Task<Change[]> {
	const gone: Change[] = [];
	yield* each(candidates, (candidate) => {
		const staying = present.find(candidate);
		if (staying === undefined) gone.push(candidate);
		else present.learnFromLeaver(staying, candidate);
	});
	yield* each(gone, (leaver) => {
		// If MoEngage did not know the uid, it would use the anonymous ID, and remove someone who stays.
		if (anonymousIdsOf(leaver).some((id) => present.hasAnonymousId(id))) {
			leaveOutAnonymousIds(leaver, (id) => present.hasAnonymousId(id));
		}
	});
	return gone;
}

/** What is known about a user with the entries `previous` and `known`. Accepted once is accepted. */
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

/** Users of a cohort by the identifiers from this run and the earlier ones. */
class KnownUsers {
	/** The previous owners of anonymous IDs that now come without a uid. */
	private readonly ownersBefore = new AnonymousIdOwners();
	/** What is known about users from earlier runs beyond their `previous`; most have only one entry. */
	private readonly furtherEntries = new Map<Change, PreviousMember[]>();

	constructor(private readonly index = new IdentityIndex<Change>()) {}

	/** Records the previous owner of an anonymous ID that now comes without a uid. */
	noteOwner({ uid, anonymous_id }: Member): void {
		if (uid === undefined || anonymous_id === undefined || !this.index.isLone(anonymous_id)) return;
		this.ownersBefore.add(anonymous_id, uid);
	}

	/** The user's change. An anonymous ID identifies the user, unless both have a uid and the uids differ. */
	find(member: Member): Change | undefined {
		const { uid, anonymous_id } = member;
		const found = this.index.find(member);
		if (found !== undefined || anonymous_id === undefined) return found;
		const other = this.index.findByAnonymousId(anonymous_id);
		if (uid === undefined) return other;
		const isSame = other?.uid === undefined && !this.ownersBefore.isContested(anonymous_id);
		return isSame ? other : undefined;
	}

	/** Another change of a user who comes with an anonymous ID only, according to the previous members. */
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
	 * Records what is known about a user from earlier runs, including other identifiers. If one of several entries
	 * is uncertain, so is the user: the last request may have been a removal with an unknown result.
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
		// The identifiers that the input brings come first: they are sent now. A leaver has none of those, and keeps the latest.
		const isLeaver = change.item === undefined;
		const hasRoom = isLeaver || anonymousIdsOf(change).length < MAX_ANONYMOUS_IDS;
		identify(change, known.uid, hasRoom ? known.anonymous_id : undefined);
		this.index.assign(known, change);
	}

	/** Records that a user who looked like a leaver stays. */
	learnFromLeaver(staying: Change, leaver: Change): void {
		const { uid, anonymous_id, otherAnonymousIds = [], previous } = leaver;
		const uncertain = previous?.uncertain === true;
		for (const id of [anonymous_id, ...otherAnonymousIds]) {
			this.learn(staying, { ...previous, uid, anonymous_id: id, uncertain });
		}
	}
}
