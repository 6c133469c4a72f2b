import type { Member } from './schema';

/** A user that MoEngage knows, by one or both of its identifiers. One object is one user. */
export type User = Member;

/** The users that MoEngage knows: a list, or everyone who is ever named. */
export type KnownUsers = 'everyone' | Member[];

/**
 * The users of an account.
 * `find` gives the user that a member names (`uid` is tried first, then `anonymous_id`; MoEngage
 * Cohort Sync docs, read 2026-08), `register` makes a user known, or adds the missing identifier to
 * a user known by the other one.
 */
export function createPopulation(known: KnownUsers) {
	const byUid = new Map<string, User>();
	const byAnonymousId = new Map<string, User>();

	function find({ uid, anonymous_id }: Member): User | undefined {
		return (
			(uid === undefined ? undefined : byUid.get(uid)) ??
			(anonymous_id === undefined ? undefined : byAnonymousId.get(anonymous_id))
		);
	}

	function register(member: Member): User {
		const { uid, anonymous_id } = member;
		const found = find(member);
		const isSomeoneElse = uid !== undefined && found?.uid !== undefined && found.uid !== uid;
		const user = found === undefined || isSomeoneElse ? {} : found;
		if (uid !== undefined && user.uid === undefined) {
			user.uid = uid;
			byUid.set(uid, user);
		}
		if (
			anonymous_id !== undefined &&
			user.anonymous_id === undefined &&
			!byAnonymousId.has(anonymous_id)
		) {
			user.anonymous_id = anonymous_id;
			byAnonymousId.set(anonymous_id, user);
		}
		return user;
	}

	if (known !== 'everyone') known.forEach(register);

	return { find: known === 'everyone' ? register : find, register };
}
