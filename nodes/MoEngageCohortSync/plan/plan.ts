import type { ItemReader } from '../input/itemReader';
import { ALL_PARTS_MISSING, unreadable } from '../input/itemReader';
import type { Action, Change } from '../model/change';
import {
	createChange,
	identify,
	leaveOutAnonymousIds,
	markPartial,
	noteAddedBy,
} from '../model/change';
import type { Cohort } from '../model/cohort';
import type { Member } from '../model/member';
import { anonymousIdsOf } from '../model/member';
import type { Notice } from '../model/notice';
import type { PlannedItem } from '../model/plan';
import { InvalidItem, isChange, SupersededItem } from '../model/plan';
import type { ItemProblem } from '../model/problem';
import { RunError } from '../model/problem';
import type { Operation } from '../model/settings';
import type { Task } from '../slicing';
import { each, eachIndex } from '../slicing';
import { CohortRegistry } from './cohort';
import { AnonymousIdOwners, IdentityIndex } from './identityIndex';
import { InvalidValue, placeholderProblem, readMember, valueOrProblem } from './member';
import { readChangedAt, readMembership } from './membership';
import { PlaceholderCount } from './placeholders';

/** What the items ask of one cohort. */
export interface CohortMembers {
	readonly cohort: Cohort;
	/** Index of the first input item that names the cohort. */
	readonly firstItem: number;
	/** One change for each user, in input order. */
	readonly members: readonly Change[];
	/** The same by their users; empty in Update Membership, which no longer needs it. */
	readonly users: IdentityIndex<Change>;
}

/** What the items of a run ask for. */
export interface ItemPlan {
	/** One entry for each input item. */
	readonly items: readonly PlannedItem[];
	/** All cohorts that the items name, in the order of their first items. */
	readonly cohorts: readonly CohortMembers[];
	/** What the user should know about the items. */
	readonly notices: readonly Notice[];
}

/**
 * Reads all items and determines what they ask for. Sends nothing yet, and throws nothing. If several items are for
 * the same user and cohort, they share one change, with the identifiers of all of them.
 */
export function* planItems(reader: ItemReader, operation: Operation): Task<ItemPlan> {
	const reading = new Reading(reader, operation);
	yield* eachIndex(reader.count, (item) => reading.read(item));
	yield* reading.completeCohorts();
	const { items, times, unreadItems } = reading;
	const owners = yield* ownersOfAnonymousIds(items, unreadItems);
	refuseNameConflicts(items, reading.cohorts);
	reading.decideDoubtful();
	reading.refuseUnclearUsers(owners);
	yield* completeUids(items, owners);
	const users = new UsersByCohort<Change>();
	const overflowing = new Set<Change>();
	if (operation === 'update') {
		const held = yield* keepNewest(items, times, { unreadItems, owners }, overflowing);
		yield* leaveOutIdsOfOthers(items, { held, unreadItems, owners });
	} else {
		yield* shareDuplicates(items, users, overflowing);
	}
	const notices = reading.notices();
	if (overflowing.size > 0) {
		notices.push({ code: 'too_many_anonymous_ids', users: overflowing.size });
	}
	return { items, cohorts: yield* groupByCohort(items, users), notices };
}

/** @throws RunError if the only item has no field and identifies no user */
export function refuseBlankInput(
	operation: Operation,
	{ blankInput }: Pick<ItemReader, 'blankInput'>,
	[first]: readonly unknown[],
): void {
	if (blankInput === undefined || !(first instanceof InvalidItem)) return;
	if (blankInput === 'file') throw new RunError({ code: 'file_input' });
	throw new RunError({ code: operation === 'mirror' ? 'mirror_of_blank_item' : 'blank_input' });
}

/**
 * An identifier that is the same for all items may be intended if each item is for another cohort.
 *
 * @throws RunError if several items of a cohort would be the same user because of it, except in Update Membership,
 * where they may be the user's changes
 */
export function refuseConstantIdentifier(
	operation: Operation,
	{ constantIdentifier }: Pick<ItemReader, 'constantIdentifier'>,
	{ items, cohorts }: Pick<ItemPlan, 'items' | 'cohorts'>,
): void {
	if (constantIdentifier === undefined || operation === 'update') return;
	const changes = items.filter(isChange).length;
	const users = cohorts.reduce((sum, { members }) => sum + members.length, 0);
	if (changes === users) return;
	throw new RunError({ code: 'fixed_identifier', ...constantIdentifier, items: items.length });
}

/** An item that can't be used although it names a user. */
interface UnreadItem {
	readonly item: number;
	/** Missing if the item names none, or one that no other item names. */
	readonly cohort: Cohort | undefined;
	readonly member: Member;
	/** What it asks for, if that can be read. */
	readonly action: Action | undefined;
	/** When that happened; of no account outside of Update Membership. */
	readonly time: number | undefined | InvalidValue;
}

/** The state while the items of a run are read, one by one. */
class Reading {
	readonly items: PlannedItem[] = [];
	/** When the change of an item happened, in ms since 1970, if the item says so. */
	readonly times: Array<number | undefined> = [];
	readonly unreadItems: UnreadItem[] = [];
	readonly cohorts: CohortRegistry;
	private readonly placeholders = new PlaceholderCount();
	/** Items whose only identifier is a placeholder that may be a real number. */
	private readonly doubtful: number[] = [];
	private readonly sentNumbers = new Set<string>();
	private itemsWithoutTime = 0;
	/** Why one identifier of an item can't be used, so that the other one counts. */
	private readonly unusable: Array<{ readonly item: number; readonly problem: ItemProblem }> = [];
	private hasUserId = false;

	constructor(
		private readonly reader: ItemReader,
		private readonly operation: Operation,
	) {
		this.cohorts = new CohortRegistry(reader);
	}

	read(item: number): void {
		try {
			this.items.push(this.planItem(item));
		} catch (error) {
			this.items.push(new InvalidItem(unreadable(error)));
		}
	}

	private planItem(item: number): PlannedItem {
		const { reader, operation } = this;
		const cohort = this.cohorts.cohortOf(item);
		if (cohort instanceof InvalidValue) return new InvalidItem(cohort.problem);
		const userId = reader.userId(item);
		this.hasUserId ||= !isEmpty(userId);
		const member = readMember(userId, reader.anonymousId(item));
		if (member instanceof InvalidValue) {
			if (member.problem.code === 'placeholder_id') this.drop(member.problem.text);
			return new InvalidItem(member.problem, cohort);
		}
		let isMember: boolean | InvalidValue = operation !== 'remove';
		if (operation === 'update') {
			isMember = readMembership(reader.membership(item));
			if (isMember instanceof InvalidValue) return new InvalidItem(isMember.problem, cohort);
			const time = readChangedAt(reader.changedAt(item));
			if (time instanceof InvalidValue) return new InvalidItem(time.problem, cohort);
			if (time === undefined) this.itemsWithoutTime++;
			this.times[item] = time;
		}
		if (member.isDoubtful) this.doubtful.push(item);
		for (const placeholder of member.placeholders) {
			if (member.isDoubtful) this.placeholders.note(placeholder);
			else this.drop(placeholder);
		}
		const change = createChange(cohort, actionOf(isMember), member.uid, member.anonymous_id, item);
		if (member.unusable !== undefined) {
			markPartial(change);
			this.unusable.push({ item, problem: member.unusable });
		}
		return change;
	}

	/** Finds out what the items that can't be used say about their cohorts and users all the same. */
	*completeCohorts(): Task<void> {
		yield* each(this.items, (planned, item) => {
			if (!(planned instanceof InvalidItem)) return;
			const cohort = planned.cohort ?? this.cohorts.knownCohortOf(item);
			if (cohort !== planned.cohort) this.items[item] = new InvalidItem(planned.problem, cohort);
			this.noteUnread(item, cohort);
		});
	}

	private noteUnread(item: number, cohort: Cohort | undefined): void {
		const { reader, operation } = this;
		const userId = valueOrProblem(() => reader.userId(item));
		this.hasUserId ||= !isEmpty(userId);
		const member = readMember(
			userId,
			valueOrProblem(() => reader.anonymousId(item)),
		);
		let action: Action | undefined;
		let time: number | undefined | InvalidValue;
		if (operation === 'update') {
			const isMember = valueOrProblem(() => readMembership(reader.membership(item)));
			if (!(isMember instanceof InvalidValue)) action = actionOf(isMember);
			time = valueOrProblem(() => readChangedAt(reader.changedAt(item)));
			if (time === undefined) this.itemsWithoutTime++;
		}
		if (member instanceof InvalidValue) return;
		this.unreadItems.push({ item, cohort, member, action, time });
	}

	private drop(placeholder: string): void {
		this.placeholders.note(placeholder);
		this.placeholders.drop(placeholder);
	}

	/** Decides, once all items are read, which doubtful numbers are sent. */
	decideDoubtful(): void {
		for (const item of this.doubtful) {
			const change = this.items[item];
			if (change === undefined || !isChange(change)) continue;
			const { uid, anonymous_id, cohort } = change;
			const id = uid ?? anonymous_id ?? '';
			if (this.placeholders.isSent(id)) {
				this.sentNumbers.add(id);
				continue;
			}
			this.placeholders.drop(id);
			const field = uid === undefined ? 'Anonymous ID' : 'User ID';
			this.items[item] = new InvalidItem(placeholderProblem(field, id), cohort);
		}
	}

	/**
	 * An anonymous ID beside a User ID that can't be used may belong to someone else than the user with whom it comes
	 * elsewhere.
	 */
	refuseUnclearUsers(owners: AnonymousIdOwners): void {
		for (const { item, problem } of this.unusable) {
			const change = this.items[item];
			if (change === undefined || !isChange(change) || change.uid !== undefined) continue;
			const { cohort, action, anonymous_id } = change;
			if (!owners.has(anonymous_id ?? '')) continue;
			this.items[item] = new InvalidItem(problem, cohort);
			const member = { uid: undefined, anonymous_id };
			this.unreadItems.push({ item, cohort, member, action, time: this.times[item] });
		}
	}

	notices(): Notice[] {
		const { reader, operation, itemsWithoutTime, sentNumbers } = this;
		const notices: Notice[] = [];
		const unusable = this.unusable.filter(({ item }) => !(this.items[item] instanceof InvalidItem));
		const [first] = unusable;
		if (first !== undefined) {
			notices.push({ code: 'identifiers_unusable', items: unusable.length, ...first });
		}
		const hasChange = this.items.some(isChange);
		if (reader.isUserIdSet && !this.hasUserId && hasChange) {
			notices.push({ code: 'user_ids_empty' });
		}
		const { constantIdentifier, missingColumns } = reader;
		if (operation === 'update' && constantIdentifier !== undefined && reader.count > 1) {
			notices.push({ code: 'one_user', field: constantIdentifier.field, items: reader.count });
		}
		if (missingColumns.length > 0 && hasChange) {
			notices.push({ code: 'columns_missing', field: 'Is Member', columns: missingColumns });
		}
		const { items, commonest } = this.placeholders.dropped;
		if (items > 0) notices.push({ code: 'placeholders', items, commonest });
		if (sentNumbers.size > 0) notices.push({ code: 'doubtful_numbers', ids: [...sentNumbers] });
		if (reader.isChangedAtSet && itemsWithoutTime > 0) {
			notices.push({ code: 'changed_at_missing', items: itemsWithoutTime, total: reader.count });
		}
		return notices;
	}
}

function isEmpty(value: unknown): boolean {
	const isNothing = value === undefined || value === null || value === ALL_PARTS_MISSING;
	return isNothing || (typeof value === 'string' && value.trim() === '');
}

function actionOf(isMember: boolean): Action {
	return isMember ? 'add' : 'remove';
}

/** Nothing is sent for a cohort with a conflicting name: that would rename or lose another cohort's segment. */
function refuseNameConflicts(items: PlannedItem[], { conflicts }: CohortRegistry): void {
	if (conflicts.size === 0) return;
	items.forEach(({ cohort }, item) => {
		const problem = conflicts.get(cohort?.id ?? '');
		if (problem !== undefined) items[item] = new InvalidItem(problem, cohort);
	});
}

function* ownersOfAnonymousIds(
	items: readonly PlannedItem[],
	unreadItems: readonly UnreadItem[],
): Task<AnonymousIdOwners> {
	const owners = new AnonymousIdOwners();
	const note = ({ uid, anonymous_id }: Member) => {
		if (uid !== undefined && anonymous_id !== undefined) owners.add(anonymous_id, uid);
	};
	yield* each(items, (change) => {
		if (isChange(change)) note(change);
	});
	yield* each(unreadItems, ({ member }) => note(member));
	return owners;
}

/** Gives a member the uid that its anonymous ID has elsewhere in the run, if there is only one. */
function* completeUids(items: readonly PlannedItem[], owners: AnonymousIdOwners): Task<void> {
	if (owners.size === 0) return;
	yield* each(items, (change) => {
		if (!isChange(change) || change.uid !== undefined) return;
		identify(change, owners.ownerOf(change.anonymous_id ?? ''), undefined);
	});
}

/** Lets items that mean the same user share the change of the first of them. */
function* shareDuplicates(
	items: PlannedItem[],
	users: UsersByCohort<Change>,
	overflowing: Set<Change>,
): Task<void> {
	yield* each(items, (change, item) => {
		if (!isChange(change)) return;
		const inCohort = users.of(change.cohort);
		const carrier = inCohort.find(change);
		if (carrier === undefined) inCohort.add(change, change);
		else items[item] = mergeDuplicate(carrier, change, overflowing);
	});
}

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
function* keepNewest(
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
	// Last, because of too many anonymous IDs the latest are kept.
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
function* leaveOutIdsOfOthers(
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

/** Adds the identifiers that only the duplicate has to the shared change. */
function mergeDuplicate(carrier: Change, duplicate: Change, overflowing: Set<Change>): Change {
	const { anonymous_id, item } = duplicate;
	if (
		anonymous_id !== undefined &&
		item !== undefined &&
		!anonymousIdsOf(carrier).includes(anonymous_id)
	) {
		noteAddedBy(carrier, item, anonymous_id);
	}
	if (!identify(carrier, undefined, anonymous_id)) overflowing.add(carrier);
	if (duplicate.isPartial) markPartial(carrier);
	return carrier;
}

function* groupByCohort(
	items: readonly PlannedItem[],
	users: UsersByCohort<Change>,
): Task<CohortMembers[]> {
	const cohorts = new Map<Cohort, CohortMembers & { members: Change[] }>();
	yield* each(items, (planned, item) => {
		const { cohort } = planned;
		if (cohort === undefined) return;
		let entry = cohorts.get(cohort);
		if (entry === undefined) {
			entry = { cohort, firstItem: item, members: [], users: users.of(cohort) };
			cohorts.set(cohort, entry);
		}
		if (isChange(planned) && planned.item === item) entry.members.push(planned);
	});
	return [...cohorts.values()];
}

/** One index of users for each cohort. */
class UsersByCohort<T> {
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
