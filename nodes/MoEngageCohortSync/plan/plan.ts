import type { ItemReader } from '../input/itemReader';
import type { Change } from '../model/change';
import { identify } from '../model/change';
import type { Cohort } from '../model/cohort';
import type { Member } from '../model/member';
import type { Notice } from '../model/notice';
import type { PlannedItem } from '../model/plan';
import { InvalidItem, isChange, SupersededItem } from '../model/plan';
import type { ItemProblem } from '../model/problem';
import { RunError } from '../model/problem';
import type { Operation } from '../model/settings';
import type { Task } from '../slicing';
import { each, eachIndex } from '../slicing';
import type { CohortRegistry } from './cohort';
import { shareDuplicates } from './duplicates';
import type { IdentityIndex } from './identityIndex';
import { AnonymousIdOwners, UsersByCohort } from './identityIndex';
import { keepNewest, leaveOutIdsOfOthers } from './newest';
import type { UnreadItem } from './reading';
import { Reading } from './reading';

/** What the items ask of one cohort. */
export interface CohortMembers {
	readonly cohort: Cohort;
	/** Index of the cohort's first input item, if possible of one that can be used. */
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
	yield* reading.rereadInvalidItems();
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
	const notices = [...itemsOfOneUser(items, reader), ...reading.notices()];
	if (overflowing.size > 0) {
		notices.push({ code: 'too_many_anonymous_ids', users: overflowing.size });
	}
	return { items, cohorts: yield* groupByCohort(items, users), notices };
}

const EMPTY_FIELD: ReadonlySet<ItemProblem['code']> = new Set([
	'no_identifier',
	'no_user_id',
	'empty_field',
	'incomplete_text',
]);

/** @throws RunError if the only item has no field and can't be used */
export function refuseBlankInput(
	operation: Operation,
	{ blankInput }: Pick<ItemReader, 'blankInput'>,
	[first]: readonly unknown[],
): void {
	if (blankInput === undefined || !(first instanceof InvalidItem)) return;
	if (blankInput === 'file') {
		// Another problem is none of the file: a field may refer to its name.
		if (!EMPTY_FIELD.has(first.problem.code)) return;
		throw new RunError({ code: 'file_input' });
	}
	throw new RunError({ code: operation === 'mirror' ? 'mirror_of_blank_item' : 'blank_input' });
}

/**
 * An identifier that is the same for all items may be intended if the items are for several cohorts.
 *
 * @throws RunError if all items are the same user of the same cohort because of it, except in Update Membership,
 * where they may be the user's changes
 */
export function refuseConstantIdentifier(
	operation: Operation,
	{ constantIdentifier }: Pick<ItemReader, 'constantIdentifier'>,
	{ cohorts, notices }: Pick<ItemPlan, 'cohorts' | 'notices'>,
): void {
	const notice = notices.find((other) => other.code === 'one_user');
	if (constantIdentifier === undefined || notice === undefined) return;
	if (operation === 'update' || cohorts.length > 1) return;
	throw new RunError({ code: 'fixed_identifier', ...constantIdentifier, items: notice.items });
}

/** If all items that can be used are for one user because of the form: how many there are. */
function itemsOfOneUser(
	items: readonly PlannedItem[],
	{ constantIdentifier }: Pick<ItemReader, 'constantIdentifier'>,
): Notice[] {
	if (constantIdentifier === undefined) return [];
	const users = items.flatMap((planned) => {
		if (planned instanceof InvalidItem) return [];
		return planned instanceof SupersededItem ? [planned.by] : [planned];
	});
	const isOne = new Set(users.map(({ uid, anonymous_id }) => uid ?? anonymous_id)).size === 1;
	if (!isOne || users.length === 1) return [];
	return [{ code: 'one_user', field: constantIdentifier.field, items: users.length }];
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

function* groupByCohort(
	items: readonly PlannedItem[],
	users: UsersByCohort<Change>,
): Task<CohortMembers[]> {
	const cohorts = new Map<Cohort, CohortMembers & { firstItem: number; members: Change[] }>();
	yield* each(items, (planned, item) => {
		const { cohort } = planned;
		if (cohort === undefined) return;
		let entry = cohorts.get(cohort);
		if (entry === undefined) {
			entry = { cohort, firstItem: item, members: [], users: users.of(cohort) };
			cohorts.set(cohort, entry);
		}
		if (!isChange(planned) || planned.item !== item) return;
		if (entry.members.length === 0) entry.firstItem = item;
		entry.members.push(planned);
	});
	return [...cohorts.values()];
}
