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

	for (const leaver of changes.leavers) {
		// MoEngage would go by it if it did not know the uid, and remove someone who stays.
		if (present.has(leaver.anonymous_id)) leaver.anonymous_id = undefined;
	}
	let stayed = 0;
	for (const [index, change] of changes.members.entries()) {
		if (startsPiece(index)) yield;
		if (change.previous === undefined) continue;
		stayed++;
		if (resendAll || change.previous.uncertain) continue;
		change.action = null;
		change.outcome = UNCHANGED;
	}
	changes.resendsAll = resendAll;
	return stayed + changes.leavers.length;
}

const UNCHANGED: Outcome = { status: 'unchanged' };

/** Changes by the identifiers of their users. */
class Users {
	private readonly byAnonymousId = new Map<string, Change>();
	/** Anonymous ids that came with two users. */
	private readonly shared = new Set<string>();

	constructor(private readonly byUid = new Map<string, Change>()) {}

	addAnonymousIds(change: Change): void {
		this.addAnonymousId(change.anonymous_id, change);
		change.otherAnonymousIds?.forEach((id) => this.addAnonymousId(id, change));
	}

	private addAnonymousId(id: string | undefined, change: Change): void {
		if (id === undefined) return;
		const known = this.byAnonymousId.get(id);
		if (known === undefined) this.byAnonymousId.set(id, change);
		else if (known !== change) this.shared.add(id);
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
			this.byAnonymousId.set(anonymous_id, change);
		}
	}

	/** The user's change. An anonymous id tells who it is, unless both have a uid and the uids differ. */
	find({ uid, anonymous_id }: Member): Change | undefined {
		const byUid = uid === undefined ? undefined : this.byUid.get(uid);
		if (byUid !== undefined || anonymous_id === undefined) return byUid;
		const found = this.byAnonymousId.get(anonymous_id);
		return uid === undefined || found?.uid === undefined ? found : undefined;
	}

	has(anonymousId: string | undefined): boolean {
		return anonymousId !== undefined && this.byAnonymousId.has(anonymousId);
	}

	/** True for a member who is only known by an anonymous id that came with two users. */
	isShared({ uid, anonymous_id }: Member): boolean {
		return uid === undefined && anonymous_id !== undefined && this.shared.has(anonymous_id);
	}
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
