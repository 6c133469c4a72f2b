import type { Cohort } from '../model/cohort';
import type { Identity, Member } from '../model/member';

/**
 * One value for each user of a cohort. In a run, a user is identified by uid, otherwise by anonymous ID. A mirror
 * also has to find users by the anonymous IDs that come with a uid; `addAnonymousIds` adds these.
 */
export class IdentityIndex<T> {
	private readonly byUid = new Map<string, T>();
	/** Users without a uid. */
	private readonly byLoneAnonymousId = new Map<string, T>();
	/** The owner of each anonymous ID, with or without a uid. */
	private readonly byAnonymousId = new Map<string, T>();
	/** Anonymous IDs that came with two users. */
	private readonly shared = new Set<string>();

	/** The user's value that was passed to `add`. */
	find({ uid, anonymous_id }: Member): T | undefined {
		if (uid !== undefined) return this.byUid.get(uid);
		return anonymous_id === undefined ? undefined : this.byLoneAnonymousId.get(anonymous_id);
	}

	/** The user whose anonymous ID this is; the first one if there are several, unless `assign` has changed it. */
	findByAnonymousId(id: string): T | undefined {
		return this.byAnonymousId.get(id);
	}

	add({ uid, anonymous_id }: Member, value: T): void {
		if (uid !== undefined) this.byUid.set(uid, value);
		else if (anonymous_id !== undefined) this.byLoneAnonymousId.set(anonymous_id, value);
	}

	/** Lets a user be found by all of its anonymous IDs. */
	addAnonymousIds({ anonymous_id, otherAnonymousIds }: Identity, value: T): void {
		if (anonymous_id !== undefined) this.addAnonymousId(anonymous_id, value);
		otherAnonymousIds?.forEach((id) => this.addAnonymousId(id, value));
	}

	/** Assigns these identifiers to a user, whoever had them before. */
	assign({ uid, anonymous_id }: Member, value: T): void {
		if (uid !== undefined) this.byUid.set(uid, value);
		if (anonymous_id !== undefined) this.byAnonymousId.set(anonymous_id, value);
	}

	/** True for an anonymous ID that came without a uid. */
	isLone(anonymousId: string): boolean {
		return this.byLoneAnonymousId.has(anonymousId);
	}

	/** True for an anonymous ID that came with two users. */
	isShared(anonymousId: string): boolean {
		return this.shared.has(anonymousId);
	}

	private addAnonymousId(id: string, value: T): void {
		const known = this.byAnonymousId.get(id);
		if (known === undefined) this.byAnonymousId.set(id, value);
		else if (known !== value) this.shared.add(id);
	}
}

/** One index of users for each cohort. */
export class UsersByCohort<T> {
	private readonly byCohort = new Map<Cohort, IdentityIndex<T>>();

	of(cohort: Cohort): IdentityIndex<T> {
		let users = this.byCohort.get(cohort);
		if (users === undefined) {
			users = new IdentityIndex();
			this.byCohort.set(cohort, users);
		}
		return users;
	}
}

/** The owners of anonymous IDs, according to the uids that they come with. */
export class AnonymousIdOwners {
	/** `null` if it came with several uids. */
	private readonly uids = new Map<string, string | null>();

	get size(): number {
		return this.uids.size;
	}

	add(anonymousId: string, uid: string): void {
		const known = this.uids.get(anonymousId);
		this.uids.set(anonymousId, known === undefined || known === uid ? uid : null);
	}

	/** True for an anonymous ID that came with a uid. */
	has(anonymousId: string): boolean {
		return this.uids.has(anonymousId);
	}

	/** The uid that an anonymous ID came with, if there is only one. */
	ownerOf(anonymousId: string): string | undefined {
		return this.uids.get(anonymousId) ?? undefined;
	}

	/** True for an anonymous ID that came with several uids and may mean any of them. */
	isContested(anonymousId: string): boolean {
		return this.uids.get(anonymousId) === null;
	}
}
