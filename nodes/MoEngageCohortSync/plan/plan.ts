import type { Change, CohortChanges, Plan, PlannedItem } from './changes';
import { InvalidItem, isChange, SupersededItem } from './changes';
import type { Cohort } from './cohort';
import { CohortRegister } from './cohort';
import { readMember, Unusable } from './member';
import { readChangedAt, readMembership } from './membership';
import type { Operation } from '../input/settings';
import type { Source } from '../input/source';
import { quoted } from '../wording';
import type { Work } from '../work';
import { startsPiece } from '../work';

/**
 * Reads all items and finds out what they ask for. Nothing is sent yet and nothing is thrown.
 * Of several items for the same user and cohort one carries the change; an identifier that only another
 * one has goes with it.
 */
export function* planChanges(source: Source, operation: Operation): Work<Plan> {
	const register = new CohortRegister(source);
	const times: Array<number | undefined> = [];
	const items: PlannedItem[] = [];
	for (let item = 0; item < source.count; item++) {
		if (startsPiece(item)) yield;
		items.push(readItem(source, item, operation, register, times));
	}
	refuseDoubleNames(items, register);
	yield* completeUids(items);
	const carriers = new PerUser<Change>();
	if (operation === 'update') yield* keepNewest(items, times);
	else yield* shareDuplicates(items, carriers);
	return { cohorts: yield* byCohort(items, carriers), items };
}

function readItem(
	source: Source,
	item: number,
	operation: Operation,
	register: CohortRegister,
	times: Array<number | undefined>,
): PlannedItem {
	try {
		const cohort = register.cohortOf(item);
		if (cohort instanceof Unusable) return new InvalidItem(cohort.reason);
		const member = readMember(source.userId(item), source.anonymousId(item));
		if (member instanceof Unusable) return new InvalidItem(member.reason, cohort);
		let isMember: boolean | Unusable = operation !== 'remove';
		if (operation === 'update') {
			isMember = readMembership(source.membership(item));
			if (isMember instanceof Unusable) return new InvalidItem(isMember.reason, cohort);
			const time = readChangedAt(source.changedAt(item));
			if (time instanceof Unusable) return new InvalidItem(time.reason, cohort);
			times[item] = time;
		}
		const { uid, anonymous_id, isHalfRead } = member;
		const action = isMember ? 'add' : 'remove';
		// Named one by one: a spread takes ten times as long, and there may be a million items.
		const change: Change = { uid, anonymous_id, item, action, cohort, outcome: undefined };
		if (isHalfRead) change.isHalfRead = true;
		return change;
	} catch (error) {
		const words = quoted(error instanceof Error ? error.message : String(error));
		return new InvalidItem(
			`n8n could not work out an expression for this item. n8n says: ${words}`,
		);
	}
}

/** Gives a member the uid that its anonymous id has elsewhere in the run, if that is just one. */
function* completeUids(items: readonly PlannedItem[]): Work<void> {
	const uidOf = new Map<string, string | null>();
	for (const [item, change] of items.entries()) {
		if (startsPiece(item)) yield;
		if (!isChange(change)) continue;
		const { uid, anonymous_id } = change;
		if (uid === undefined || anonymous_id === undefined) continue;
		const known = uidOf.get(anonymous_id);
		uidOf.set(anonymous_id, known === undefined || known === uid ? uid : null);
	}
	if (uidOf.size === 0) return;
	for (const [item, change] of items.entries()) {
		if (startsPiece(item)) yield;
		if (isChange(change)) change.uid ??= uidOf.get(change.anonymous_id ?? '') ?? undefined;
	}
}

/** One value for each user and cohort. A user is known by uid, else by anonymous id. */
class PerUser<T> {
	private readonly byUid = new Map<Cohort, Map<string, T>>();
	private readonly byAnonymousId = new Map<Cohort, Map<string, T>>();

	/** The value of the change's user, which is `first` from the first change of the user on. */
	of({ cohort, uid, anonymous_id }: Change, first: T): T {
		const users = uid === undefined ? usersOf(this.byAnonymousId, cohort) : this.withUid(cohort);
		const key = uid ?? anonymous_id ?? '';
		const value = users.get(key);
		if (value === undefined) users.set(key, first);
		return value ?? first;
	}

	/** The values of a cohort's users who have a uid. */
	withUid(cohort: Cohort): Map<string, T> {
		return usersOf(this.byUid, cohort);
	}
}

function usersOf<T>(cohorts: Map<Cohort, Map<string, T>>, cohort: Cohort): Map<string, T> {
	let users = cohorts.get(cohort);
	if (users === undefined) {
		users = new Map();
		cohorts.set(cohort, users);
	}
	return users;
}

/** Lets items that mean the same user share the change of the first of them. */
function* shareDuplicates(items: PlannedItem[], carriers: PerUser<Change>): Work<void> {
	for (const [item, change] of items.entries()) {
		if (startsPiece(item)) yield;
		if (!isChange(change)) continue;
		const carrier = carriers.of(change, change);
		if (carrier !== change) items[item] = addIdentifiers(carrier, change);
	}
}

/**
 * Of several changes of one user the newest wins: by time where all of them have one, else by item order.
 * The items at the end that agree with it are the current state; what came before is superseded.
 */
function* keepNewest(items: PlannedItem[], times: ReadonlyArray<number | undefined>): Work<void> {
	const users = new PerUser<Change[]>();
	const all: Change[][] = [];
	for (const [item, change] of items.entries()) {
		if (startsPiece(item)) yield;
		if (!isChange(change)) continue;
		const changes = users.of(change, []);
		if (changes.length === 0) all.push(changes);
		changes.push(change);
	}
	const timeOf = ({ item = 0 }: Change) => times[item] ?? NaN;
	for (const [user, changes] of all.entries()) {
		if (startsPiece(user)) yield;
		if (changes.length === 1) continue;
		if (changes.every((change) => !Number.isNaN(timeOf(change)))) {
			changes.sort((one, other) => timeOf(one) - timeOf(other));
		}
		const state = changes.at(-1)?.action;
		const firstOfState = changes.findLastIndex(({ action }) => action !== state) + 1;
		const current = changes
			.slice(firstOfState)
			.sort((one, other) => (one.item ?? 0) - (other.item ?? 0));
		const [carrier, ...duplicates] = current;
		if (carrier === undefined) continue;
		for (const duplicate of duplicates)
			items[duplicate.item ?? 0] = addIdentifiers(carrier, duplicate);
		for (const old of changes.slice(0, firstOfState)) {
			items[old.item ?? 0] = new SupersededItem(carrier, old);
		}
	}
}

function addIdentifiers(carrier: Change, duplicate: Change): Change {
	carrier.anonymous_id ??= duplicate.anonymous_id;
	if (duplicate.isHalfRead) carrier.isHalfRead = true;
	const { anonymous_id } = duplicate;
	if (anonymous_id !== undefined && anonymous_id !== carrier.anonymous_id) {
		(carrier.otherAnonymousIds ??= []).push(anonymous_id);
	}
	return carrier;
}

/** No item of a cohort with two names is sent: one of them would rename the segment of the others. */
function refuseDoubleNames(items: PlannedItem[], { doubleNames }: CohortRegister): void {
	if (doubleNames.size === 0) return;
	items.forEach((planned, item) => {
		const reason = doubleNames.get(planned.cohort?.id ?? '');
		if (reason !== undefined) items[item] = new InvalidItem(reason, planned.cohort);
	});
}

function* byCohort(
	items: readonly PlannedItem[],
	carriers: PerUser<Change>,
): Work<CohortChanges[]> {
	const cohorts = new Map<Cohort, CohortChanges>();
	for (const [item, planned] of items.entries()) {
		if (startsPiece(item)) yield;
		const { cohort } = planned;
		if (cohort === undefined) continue;
		let changes = cohorts.get(cohort);
		if (changes === undefined) {
			const byUid = carriers.withUid(cohort);
			changes = { cohort, firstItem: item, members: [], byUid, leavers: [] };
			cohorts.set(cohort, changes);
		}
		if (isChange(planned) && planned.item === item) changes.members.push(planned);
	}
	return [...cohorts.values()];
}
