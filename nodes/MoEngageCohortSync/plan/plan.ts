import type { ItemReader } from '../input/itemReader';
import type { Change } from '../model/change';
import { createChange, identify, markPartial } from '../model/change';
import type { Cohort } from '../model/cohort';
import type { PlannedItem } from '../model/plan';
import { InvalidItem, isChange, SupersededItem } from '../model/plan';
import type { Operation } from '../model/settings';
import type { Task } from '../slicing';
import { each, eachIndex } from '../slicing';
import { CohortRegistry } from './cohort';
import { IdentityIndex } from './identityIndex';
import { InvalidValue, readMember } from './member';
import { readChangedAt, readMembership } from './membership';

/** What the items ask of one cohort. */
export interface CohortMembers {
	readonly cohort: Cohort;
	/** Index of the first input item that names the cohort. */
	readonly firstItem: number;
	/** One change for each user, in input order. */
	readonly members: readonly Change[];
	/** The same by their users; empty in Update Membership, which needs it no more. */
	readonly users: IdentityIndex<Change>;
}

/** What the items of a run ask for. */
export interface ItemPlan {
	/** One entry for each input item. */
	readonly items: readonly PlannedItem[];
	/** All cohorts that the items name, in the order of their first items. */
	readonly cohorts: readonly CohortMembers[];
}

/**
 * Reads all items and finds out what they ask for. Nothing is sent yet and nothing is thrown.
 * Of several items for the same user and cohort one carries the change; an identifier that only another
 * one has goes with it.
 */
export function* planItems(reader: ItemReader, operation: Operation): Task<ItemPlan> {
	const registry = new CohortRegistry(reader);
	const times: Array<number | undefined> = [];
	const items: PlannedItem[] = [];
	yield* eachIndex(reader.count, (item) => {
		items.push(readItem(reader, item, operation, registry, times));
	});
	refuseNameConflicts(items, registry);
	yield* completeUids(items);
	const users = new UsersByCohort<Change>();
	if (operation === 'update') yield* keepNewest(items, times);
	else yield* shareDuplicates(items, users);
	return { items, cohorts: yield* groupByCohort(items, users) };
}

function readItem(
	reader: ItemReader,
	item: number,
	operation: Operation,
	registry: CohortRegistry,
	times: Array<number | undefined>,
): PlannedItem {
	try {
		const cohort = registry.cohortOf(item);
		if (cohort instanceof InvalidValue) return new InvalidItem(cohort.problem);
		const member = readMember(reader.userId(item), reader.anonymousId(item));
		if (member instanceof InvalidValue) return new InvalidItem(member.problem, cohort);
		let isMember: boolean | InvalidValue = operation !== 'remove';
		if (operation === 'update') {
			isMember = readMembership(reader.membership(item));
			if (isMember instanceof InvalidValue) return new InvalidItem(isMember.problem, cohort);
			const time = readChangedAt(reader.changedAt(item));
			if (time instanceof InvalidValue) return new InvalidItem(time.problem, cohort);
			times[item] = time;
		}
		const action = isMember ? 'add' : 'remove';
		const change = createChange(cohort, action, member.uid, member.anonymous_id, item);
		if (member.isPartial) markPartial(change);
		return change;
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		return new InvalidItem({ code: 'expression_failed', message });
	}
}

/** No item of a cohort with two names is sent: one of them would rename the segment of the others. */
function refuseNameConflicts(items: PlannedItem[], { conflicts }: CohortRegistry): void {
	if (conflicts.size === 0) return;
	items.forEach(({ cohort }, item) => {
		const problem = conflicts.get(cohort?.id ?? '');
		if (problem !== undefined) items[item] = new InvalidItem(problem, cohort);
	});
}

/** Gives a member the uid that its anonymous ID has elsewhere in the run, if that is just one. */
function* completeUids(items: readonly PlannedItem[]): Task<void> {
	const uidOf = new Map<string, string | null>();
	yield* each(items, (change) => {
		if (!isChange(change)) return;
		const { uid, anonymous_id } = change;
		if (uid === undefined || anonymous_id === undefined) return;
		const known = uidOf.get(anonymous_id);
		uidOf.set(anonymous_id, known === undefined || known === uid ? uid : null);
	});
	if (uidOf.size === 0) return;
	yield* each(items, (change) => {
		if (!isChange(change) || change.uid !== undefined) return;
		identify(change, uidOf.get(change.anonymous_id ?? '') ?? undefined, undefined);
	});
}

/** Lets items that mean the same user share the change of the first of them. */
function* shareDuplicates(items: PlannedItem[], users: UsersByCohort<Change>): Task<void> {
	yield* each(items, (change, item) => {
		if (!isChange(change)) return;
		const inCohort = users.of(change.cohort);
		const carrier = inCohort.find(change);
		if (carrier === undefined) inCohort.add(change, change);
		else items[item] = mergeDuplicate(carrier, change);
	});
}

/**
 * Of several changes of one user the newest wins: by time where all of them have one, else by item order.
 * The items at the end that agree with it are the current state; what came before is superseded.
 */
function* keepNewest(items: PlannedItem[], times: ReadonlyArray<number | undefined>): Task<void> {
	const users = new UsersByCohort<Change[]>();
	const all: Change[][] = [];
	yield* each(items, (change) => {
		if (!isChange(change)) return;
		const inCohort = users.of(change.cohort);
		const changes = inCohort.find(change);
		if (changes !== undefined) {
			changes.push(change);
			return;
		}
		const first = [change];
		all.push(first);
		inCohort.add(change, first);
	});
	const timeOf = ({ item = 0 }: Change) => times[item] ?? NaN;
	yield* each(all, (changes) => {
		if (changes.length === 1) return;
		if (changes.every((change) => !Number.isNaN(timeOf(change)))) {
			changes.sort((one, other) => timeOf(one) - timeOf(other));
		}
		const state = changes.at(-1)?.action;
		const firstOfState = changes.findLastIndex(({ action }) => action !== state) + 1;
		const current = changes
			.slice(firstOfState)
			.sort((one, other) => (one.item ?? 0) - (other.item ?? 0));
		const [carrier, ...duplicates] = current;
		if (carrier === undefined) return;
		for (const duplicate of duplicates) {
			items[duplicate.item ?? 0] = mergeDuplicate(carrier, duplicate);
		}
		for (const old of changes.slice(0, firstOfState)) {
			items[old.item ?? 0] = new SupersededItem(carrier, old);
		}
	});
}

/** Gives the carrier the identifiers that only its duplicate has. */
function mergeDuplicate(carrier: Change, duplicate: Change): Change {
	identify(carrier, undefined, duplicate.anonymous_id);
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
