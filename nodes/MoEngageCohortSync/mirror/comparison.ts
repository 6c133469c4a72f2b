import type { Change, CohortChanges, PreviousMember } from '../plan/changes';
import type { Outcome } from '../plan/outcome';
import type { Member } from '../plan/member';
import type { Work } from '../work';
import { startsPiece } from '../work';

/**
 * Compares a cohort's members in the input with those it held: who is in already needs nothing, who is gone
 * from the input becomes a leaver.
 *
 * @param resendAll send everyone, also who is in already
 * @returns how many members it held, each counted once
 */
export function* compare(
	changes: CohortChanges,
	previous: readonly PreviousMember[],
	resendAll: boolean,
): Work<number> {
	const present = new Users(changes.byUid);
	const leaving = new Users();
	for (const [index, change] of changes.members.entries()) {
		if (startsPiece(index)) yield;
		present.addAnonymousIds(change);
	}
	for (const [index, member] of previous.entries()) {
		if (startsPiece(index)) yield;
		present.noteOwner(member);
	}
	const meet = (member: PreviousMember) => {
		const staying = present.find(member);
		if (staying !== undefined) present.recognize(staying, member, present.isShared(member));
		else leaving.recognize(leaving.find(member) ?? addLeaver(changes, member), member);
	};
	// Those with a uid first, since they may tell whose an anonymous id is.
	for (const hasUid of [true, false]) {
		for (const [index, member] of previous.entries()) {
			if (startsPiece(index)) yield;
			if ((member.uid !== undefined) === hasUid) meet(member);
		}
	}
	yield* keepThoseWhoStay(changes, present);

	let stayed = 0;
	for (const [index, change] of changes.members.entries()) {
		if (startsPiece(index)) yield;
		const known = change.previous ?? present.twinOf(change)?.previous;
		if (known === undefined) continue;
		change.previous = known;
		stayed++;
		if (resendAll || known.uncertain) continue;
		change.action = null;
		change.outcome = UNCHANGED;
	}
	changes.resendsAll = resendAll;
	return stayed + changes.leavers.length;
}

const UNCHANGED: Outcome = { status: 'unchanged' };

/**
 * Of several entries of one user, the first may have looked like a leaver before a later one told who it is.
 * And no leaver may be named by an identifier of someone who stays.
 */
function* keepThoseWhoStay(changes: CohortChanges, present: Users): Work<void> {
	const leavers: Change[] = [];
	for (const [index, leaver] of changes.leavers.entries()) {
		if (startsPiece(index)) yield;
		const staying = present.find(leaver);
		if (staying === undefined) leavers.push(leaver);
		else present.recognizeLeaver(staying, leaver);
	}
	for (const [index, leaver] of leavers.entries()) {
		if (startsPiece(index)) yield;
		// MoEngage would go by it if it did not know the uid, and remove someone who stays.
		if (present.has(leaver.anonymous_id)) leaver.anonymous_id = undefined;
	}
	changes.leavers = leavers;
}

/** Changes by the identifiers of their users. */
class Users {
	private readonly byAnonymousId = new Map<string, Change>();
	/** Those who come without a uid. */
	private readonly alone = new Map<string, Change>();
	/** Anonymous ids that came with two users. */
	private readonly shared = new Set<string>();
	/** Whose the anonymous ids of those without a uid were; `null` where they were several users'. */
	private readonly ownerOf = new Map<string, string | null>();

	constructor(private readonly byUid = new Map<string, Change>()) {}

	addAnonymousIds(change: Change): void {
		this.addAnonymousId(change.anonymous_id, change);
		change.otherAnonymousIds?.forEach((id) => this.addAnonymousId(id, change));
	}

	private addAnonymousId(id: string | undefined, change: Change): void {
		if (id === undefined) return;
		if (change.uid === undefined) this.alone.set(id, change);
		const known = this.byAnonymousId.get(id);
		if (known === undefined) this.byAnonymousId.set(id, change);
		else if (known !== change) this.shared.add(id);
	}

	/** Notes whose an anonymous id was that now comes alone. */
	noteOwner({ uid, anonymous_id }: Member): void {
		if (uid === undefined || anonymous_id === undefined || !this.alone.has(anonymous_id)) return;
		const known = this.ownerOf.get(anonymous_id);
		this.ownerOf.set(anonymous_id, known === undefined || known === uid ? uid : null);
	}

	/**
	 * Notes what is known of a user from before, other identifiers included. Where one of several entries
	 * is uncertain the user is: an unknown removal may have come last.
	 */
	recognize(change: Change, known: PreviousMember, isDoubtful = false): void {
		const previous = change.previous ?? known;
		const uncertain = isDoubtful || known.uncertain || previous.uncertain;
		change.previous = uncertain === previous.uncertain ? previous : { ...previous, uncertain };
		const { uid, anonymous_id } = known;
		if (uid !== undefined) {
			change.uid ??= uid;
			this.byUid.set(uid, change);
		}
		if (anonymous_id !== undefined) {
			change.anonymous_id ??= anonymous_id;
			noteOtherAnonymousId(change, anonymous_id);
			this.byAnonymousId.set(anonymous_id, change);
		}
	}

	/** Notes that a user who looked like a leaver stays. */
	recognizeLeaver(
		change: Change,
		{ uid, anonymous_id, otherAnonymousIds, previous }: Change,
	): void {
		const uncertain = previous?.uncertain === true;
		for (const id of [anonymous_id, ...(otherAnonymousIds ?? [])]) {
			this.recognize(change, { ...previous, uid, anonymous_id: id, uncertain });
		}
	}

	/** The user's change. An anonymous id tells who it is, unless both have a uid and the uids differ. */
	find({ uid, anonymous_id }: Member): Change | undefined {
		const byUid = uid === undefined ? undefined : this.byUid.get(uid);
		if (byUid !== undefined || anonymous_id === undefined) return byUid;
		if (uid === undefined)
			return this.alone.get(anonymous_id) ?? this.byAnonymousId.get(anonymous_id);
		const found = this.byAnonymousId.get(anonymous_id);
		return found?.uid === undefined && !this.isContested(anonymous_id) ? found : undefined;
	}

	/** Another change of a user who comes by an anonymous id alone, as the previous members tell. */
	twinOf({ uid, anonymous_id }: Change): Change | undefined {
		if (uid !== undefined || anonymous_id === undefined) return undefined;
		return this.isContested(anonymous_id) ? undefined : this.byAnonymousId.get(anonymous_id);
	}

	/** True for an anonymous id that comes alone and was several users': any of them may be meant. */
	private isContested(anonymousId: string): boolean {
		return this.ownerOf.get(anonymousId) === null;
	}

	has(anonymousId: string | undefined): boolean {
		return anonymousId !== undefined && this.byAnonymousId.has(anonymousId);
	}

	/** True for a member who is only known by an anonymous id that came with two users. */
	isShared({ uid, anonymous_id }: Member): boolean {
		if (uid !== undefined || anonymous_id === undefined) return false;
		return this.shared.has(anonymous_id) && !this.alone.has(anonymous_id);
	}
}

/** As many as a person's devices; more of them would only fill the memory. */
export const MOST_OTHER_ANONYMOUS_IDS = 3;

function noteOtherAnonymousId(change: Change, id: string): void {
	if (id === change.anonymous_id) return;
	const others = (change.otherAnonymousIds ??= []);
	if (others.length < MOST_OTHER_ANONYMOUS_IDS && !others.includes(id)) others.push(id);
}

function addLeaver({ cohort, leavers }: CohortChanges, { uid, anonymous_id }: Member): Change {
	const leaver: Change = {
		uid,
		anonymous_id,
		item: undefined,
		action: 'remove',
		cohort,
		outcome: undefined,
	};
	leavers.push(leaver);
	return leaver;
}
