import type { Change } from '../model/change';
import { leaveOutAnonymousIds } from '../model/change';
import type { Cohort } from '../model/cohort';
import { anonymousIdsOf } from '../model/member';
import type { PlannedItem } from '../model/plan';
import { InvalidItem, isChange, SupersededItem } from '../model/plan';
import type { Task } from '../slicing';
import { each } from '../slicing';
import { mergeDuplicate } from './duplicates';
import type { AnonymousIdOwners } from './identityIndex';
import { UsersByCohort } from './identityIndex';
import { InvalidValue } from './member';
import type { UnreadItem } from './reading';

/** What the items of a user say, by their indexes. */
interface UserItems {
	/** Every item has a time. */
	isTimed: boolean;
	newest: number;
	/** The newest item that disagrees with it. */
	newestOther: number | undefined;
	/** The first of the items that agree and are newer than that. */
	carrier: Change | undefined;
	/** An item that can't be read and may be the newest. */
	unread: number | undefined;
}

/**
 * If a user has several changes, the newest one wins: by time if all of them have one, otherwise by item order. The
 * last items that agree with it share its change; the earlier ones are superseded. If the newest may be one that can't
 * be read, nothing is sent for the user. Each step goes over all items, so that a user with very many of them does not
 * block n8n.
 *
 * @returns the changes of these users
 */
export function* keepNewest(
	items: PlannedItem[],
	times: ReadonlyArray<number | undefined>,
	{ unreadItems, owners }: { unreadItems: readonly UnreadItem[]; owners: AnonymousIdOwners },
	overflowing: Set<Change>,
): Task<Change[]> {
	const users = new UsersByCohort<UserItems>();
	const userOf: UserItems[] = [];
	const eachChange = (visit: (change: Change, item: number, user: UserItems) => void) =>
		each(items, (change, item) => {
			const user = userOf[item];
			if (user && isChange(change)) visit(change, item, user);
		});
	const isNewer = ({ isTimed }: UserItems, one: number, other: number) => {
		const difference = isTimed ? (times[one] ?? 0) - (times[other] ?? 0) : 0;
		return difference === 0 ? one > other : difference > 0;
	};
	const isOfNewestRun = (user: UserItems, item: number) =>
		user.newestOther === undefined || isNewer(user, item, user.newestOther);

	let hasSeveral = false;
	yield* each(items, (change, item) => {
		if (!isChange(change)) return;
		const inCohort = users.of(change.cohort);
		let user = inCohort.find(change);
		if (user !== undefined) hasSeveral = true;
		else {
			// No spread: it takes ten times as long for a million items.
			user = {
				isTimed: true,
				newest: item,
				newestOther: undefined,
				carrier: undefined,
				unread: undefined,
			};
			inCohort.add(change, user);
		}
		user.isTimed &&= times[item] !== undefined;
		userOf[item] = user;
	});
	const held: Change[] = [];
	if (!hasSeveral && unreadItems.length === 0) return held;
	const userOfUnread = ({ cohort, member }: UnreadItem) => {
		if (cohort === undefined) return undefined;
		const { uid = owners.ownerOf(member.anonymous_id ?? ''), anonymous_id } = member;
		return users.of(cohort).find({ uid, anonymous_id });
	};
	yield* each(unreadItems, (unread) => {
		const user = unread.time === undefined ? userOfUnread(unread) : undefined;
		if (user !== undefined) user.isTimed = false;
	});
	yield* eachChange((_change, item, user) => {
		if (isNewer(user, item, user.newest)) user.newest = item;
	});
	yield* each(unreadItems, (unread) => {
		const user = userOfUnread(unread);
		if (user === undefined) return;
		const { item, action, time } = unread;
		const known = items[user.newest];
		// Whichever of the two is newer, the user ends up the same.
		if (known !== undefined && isChange(known) && known.action === action) return;
		const isTimed = user.isTimed && time !== undefined;
		const newest = times[user.newest] ?? 0;
		const mayBeNewer =
			time instanceof InvalidValue ||
			(isTimed && time !== newest ? time > newest : item > user.newest);
		if (mayBeNewer) user.unread = Math.max(user.unread ?? 0, item);
	});
	if (unreadItems.length > 0) {
		yield* eachChange((change, item, { unread }) => {
			if (unread === undefined) return;
			held.push(change);
			items[item] = new InvalidItem({ code: 'newer_item_unreadable', item: unread }, change.cohort);
		});
	}
	yield* eachChange(({ action }, item, user) => {
		const newest = items[user.newest];
		if (newest === undefined || !isChange(newest) || newest.action === action) return;
		if (user.newestOther === undefined || isNewer(user, item, user.newestOther)) {
			user.newestOther = item;
		}
	});
	yield* eachChange((change, item, user) => {
		if (isOfNewestRun(user, item)) user.carrier ??= change;
	});
	yield* eachChange((old, item, user) => {
		if (user.carrier === undefined || isOfNewestRun(user, item)) return;
		// MoEngage may know the user only by an identifier that an older item has.
		mergeDuplicate(user.carrier, old, overflowing);
		items[item] = new SupersededItem(user.carrier, old);
	});
	// Last, because of too many anonymous IDs the last ones are kept.
	yield* eachChange((change, item, { carrier }) => {
		if (carrier !== undefined && carrier !== change) {
			items[item] = mergeDuplicate(carrier, change, overflowing);
		}
	});
	return held;
}

/**
 * Makes sure that no removal uses an anonymous ID of a user who is added to the same cohort, or for whom nothing is
 * sent.
 *
 * @param held changes that are not sent
 */
export function* leaveOutIdsOfOthers(
	items: readonly PlannedItem[],
	{
		held,
		unreadItems,
		owners,
	}: {
		held: readonly Change[];
		unreadItems: readonly UnreadItem[];
		owners: AnonymousIdOwners;
	},
): Task<void> {
	const idsByCohort = new Map<Cohort, Set<string>>();
	const note = (cohort: Cohort, id: string) => {
		const ids = idsByCohort.get(cohort);
		if (ids === undefined) idsByCohort.set(cohort, new Set([id]));
		else ids.add(id);
	};
	const noteAll = (change: Change) => {
		for (const id of anonymousIdsOf(change)) note(change.cohort, id);
	};
	yield* each(items, (change) => {
		if (isChange(change) && change.action === 'add') noteAll(change);
	});
	yield* each(held, noteAll);
	yield* each(unreadItems, ({ cohort, member: { anonymous_id } }) => {
		const isOfSeveral = anonymous_id !== undefined && owners.isContested(anonymous_id);
		if (cohort !== undefined && isOfSeveral) note(cohort, anonymous_id);
	});
	yield* each(items, (change, item) => {
		if (!isChange(change) || change.action !== 'remove' || change.item !== item) return;
		const ids = idsByCohort.get(change.cohort);
		if (ids !== undefined && anonymousIdsOf(change).some((id) => ids.has(id))) {
			leaveOutAnonymousIds(change, (id) => ids.has(id));
		}
	});
}
