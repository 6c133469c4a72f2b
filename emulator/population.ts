import { isPlaceholderId } from './placeholderIds';
import type { Member } from './cohortSync';

export type Attributes = Readonly<Record<string, unknown>>;

/** A user that MoEngage knows. One object is one user, until it is merged into another. */
export type User = {
	uid?: string;
	/** In the order in which they became known. */
	anonymous_ids: string[];
	attributes: Attributes;
};

/** A user as a test or a file describes it; `anonymous_id` is added to the `anonymous_ids`. */
export type KnownUser = Member & {
	anonymous_ids?: readonly string[];
	attributes?: Attributes;
};

/** The users that MoEngage knows: a list, or everyone named in a request. */
export type KnownUsers = 'everyone' | readonly KnownUser[];

/** The users of an account. A placeholder ID finds and registers nobody. */
export type Population = ReturnType<typeof createPopulation>;

export function createPopulation(known: KnownUsers) {
	const byUid = new Map<string, User>();
	const byAnonymousId = new Map<string, User>();

	/**
	 * The user that a member identifies: `uid` is tried first, then `anonymous_id` (MoEngage Cohort Sync docs, read
	 * 2026-08).
	 */
	function find({ uid, anonymous_id }: Member): User | undefined {
		return (
			(uid === undefined ? undefined : byUid.get(uid)) ??
			(anonymous_id === undefined ? undefined : byAnonymousId.get(anonymous_id))
		);
	}

	/**
	 * Registers a user, or adds what is new to one who is known by one of the IDs. An ID keeps its first owner, and
	 * a user its first `uid`.
	 */
	function register({ uid, anonymous_id, anonymous_ids = [], attributes }: KnownUser) {
		const ownUid = uid === undefined || isPlaceholderId(uid) ? undefined : uid;
		const anonymousIds = (
			anonymous_id === undefined ? anonymous_ids : [anonymous_id, ...anonymous_ids]
		).filter((id) => !isPlaceholderId(id));
		if (ownUid === undefined && anonymousIds.length === 0) return undefined;

		const user = owner(ownUid, anonymousIds) ?? { anonymous_ids: [], attributes: {} };
		if (ownUid !== undefined && user.uid === undefined) {
			user.uid = ownUid;
			byUid.set(ownUid, user);
		}
		for (const id of anonymousIds) {
			if (byAnonymousId.has(id)) continue;
			byAnonymousId.set(id, user);
			user.anonymous_ids.push(id);
		}
		if (attributes) user.attributes = { ...user.attributes, ...attributes };
		return user;
	}

	/** The user who already has one of the IDs and may get all of them. */
	function owner(uid: string | undefined, anonymousIds: readonly string[]): User | undefined {
		const found = uid === undefined ? undefined : byUid.get(uid);
		if (found) return found;
		return anonymousIds
			.map((id) => byAnonymousId.get(id))
			.find((user) => user !== undefined && (uid === undefined || user.uid === undefined));
	}

	/**
	 * Merges one user into another permanently: the retained user gets the IDs, and the attributes that it does not
	 * have, and keeps its own `uid` (MoEngage Merge User API and Unified Identity pages, read 2026-11-25). The
	 * merged user's `uid` then finds the retained user; MoEngage's pages don't say whether it does.
	 */
	function merge(retained: User, merged: User) {
		if (retained === merged) return;
		for (const byId of [byUid, byAnonymousId]) {
			for (const [id, user] of byId) if (user === merged) byId.set(id, retained);
		}
		if (retained.uid === undefined && merged.uid !== undefined) retained.uid = merged.uid;
		retained.anonymous_ids.push(...merged.anonymous_ids);
		retained.attributes = { ...merged.attributes, ...retained.attributes };
	}

	if (known !== 'everyone') known.forEach(register);

	return { find: known === 'everyone' ? register : find, register, merge };
}
