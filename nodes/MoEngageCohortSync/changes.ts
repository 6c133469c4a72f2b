import type { Cohort } from './cohort';
import { readCohortId, readCohortName } from './cohort';
import type { Member } from './member';
import { readIdentifier, readMember, Unusable } from './member';
import type { Outcome } from './outcome';

/** The two things that MoEngage can be asked to do with a member. */
export type Action = 'add' | 'remove';

/** What one parameter of the node holds for an item. Throws where n8n can't work the expression out. */
export type Column = (item: number) => unknown;

/** The node's input as plain values. */
export interface Source {
	/** Number of input items. */
	readonly count: number;
	readonly userId: Column;
	readonly anonymousId: Column;
	readonly cohortId: Column;
	readonly cohortName: Column;
	readonly cohortDescription: Column;
	readonly partner: Column;
}

/** One member to add or remove, and the input item that carries it: the first one that names the member. */
export interface Change extends Member {
	readonly item: number;
	readonly action: Action;
	readonly cohort: Cohort;
	/** Shared by all members of a request; set when the change's fate is known. */
	outcome: Outcome | undefined;
}

/** The changes of one cohort, in input order. */
export interface CohortChanges {
	readonly cohort: Cohort;
	readonly removals: Change[];
	readonly additions: Change[];
}

/** An item that gives no usable member. Its cohort is there where that much could be read. */
export class InvalidItem {
	constructor(
		readonly reason: string,
		readonly cohort?: Cohort,
	) {}
}

/** What an input item comes to: its change (a duplicate shares its first item's) or why it has none. */
export type PlannedItem = Change | InvalidItem;

/** What a run means to do. */
export interface Plan {
	/** All cohorts that the input names, in the order of their first items. */
	readonly cohorts: CohortChanges[];
	readonly items: PlannedItem[];
}

/**
 * Reads all items and finds out what to send. Nothing is sent yet and nothing is thrown.
 * Of several items for the same user and cohort the first carries the change; an identifier that only a
 * later one has goes with it.
 */
export function planChanges(source: Source, action: Action): Plan {
	const register = new CohortRegister(source);
	const items: PlannedItem[] = [];
	for (let item = 0; item < source.count; item++) {
		items.push(readItem(source, item, action, register));
	}
	shareDuplicates(items);
	refuseDoubleNames(items, register);

	const cohorts = new Map<Cohort, CohortChanges>();
	items.forEach((planned, item) => {
		if (planned.cohort === undefined) return;
		let changes = cohorts.get(planned.cohort);
		if (changes === undefined) {
			changes = { cohort: planned.cohort, removals: [], additions: [] };
			cohorts.set(planned.cohort, changes);
		}
		if (planned instanceof InvalidItem || planned.item !== item) return;
		(action === 'remove' ? changes.removals : changes.additions).push(planned);
	});
	return { cohorts: [...cohorts.values()], items };
}

function readItem(
	source: Source,
	item: number,
	action: Action,
	register: CohortRegister,
): PlannedItem {
	try {
		const cohort = register.cohortOf(item);
		if (cohort instanceof Unusable) return new InvalidItem(cohort.reason);
		const member = readMember(source.userId(item), source.anonymousId(item));
		if (member instanceof Unusable) return new InvalidItem(member.reason, cohort);
		const { uid, anonymous_id } = member;
		return { uid, anonymous_id, item, action, cohort, outcome: undefined };
	} catch (error) {
		const reason = error instanceof Error ? error.message : 'It gives no reason.';
		return new InvalidItem(`n8n could not work out an expression for this item. ${reason}`);
	}
}

/** The cohorts of a run by id. Ids and names repeat from item to item, so each pair is read once. */
class CohortRegister {
	readonly byId = new Map<string, Cohort>();
	/** Ids that came with two names, and the sentence about it. */
	readonly doubleNames = new Map<string, InvalidItem>();
	private lastId: unknown;
	private lastName: unknown;
	private last: Cohort | Unusable | undefined;

	constructor(private readonly source: Source) {}

	cohortOf(item: number): Cohort | Unusable {
		const rawId = this.source.cohortId(item);
		const rawName = this.source.cohortName(item);
		if (this.last === undefined || rawId !== this.lastId || rawName !== this.lastName) {
			this.last = this.read(item, rawId, rawName);
			this.lastId = rawId;
			this.lastName = rawName;
		}
		return this.last;
	}

	private read(item: number, rawId: unknown, rawName: unknown): Cohort | Unusable {
		const id = readCohortId(rawId);
		if (id instanceof Unusable) return id;
		const name = readCohortName(rawName);
		if (name instanceof Unusable) return name;
		const known = this.byId.get(id);
		if (known === undefined) {
			const description = readIdentifier(this.source.cohortDescription(item), 'Cohort Description');
			if (description instanceof Unusable) return description;
			const partner = readIdentifier(this.source.partner(item), 'Partner');
			if (partner instanceof Unusable) return partner;
			if (partner === undefined) return new Unusable("'Partner' is empty.");
			const cohort = { id, name, description: description ?? '', partner };
			this.byId.set(id, cohort);
			return cohort;
		}
		if (known.name !== name) {
			this.doubleNames.set(
				id,
				new InvalidItem(
					`The cohort ID "${id}" comes with two names in this run: "${known.name}" and "${name}". Give each cohort ID one 'Cohort Name'.`,
				),
			);
		}
		return known;
	}
}

/** No item of a cohort with two names is sent: one of them would rename the segment of the others. */
function refuseDoubleNames(items: PlannedItem[], { doubleNames }: CohortRegister): void {
	if (doubleNames.size === 0) return;
	items.forEach((planned, item) => {
		const refusal = doubleNames.get(planned.cohort?.id ?? '');
		if (refusal !== undefined) items[item] = refusal;
	});
}

/** Lets items that mean the same user in the same cohort share one change. */
function shareDuplicates(items: PlannedItem[]): void {
	const uidOf = uidByAnonymousId(items);
	const firsts = new Map<
		Cohort,
		{ byUid: Map<string, Change>; byAnonymousId: Map<string, Change> }
	>();
	items.forEach((change, item) => {
		if (change instanceof InvalidItem) return;
		let first = firsts.get(change.cohort);
		if (first === undefined) {
			first = { byUid: new Map(), byAnonymousId: new Map() };
			firsts.set(change.cohort, first);
		}
		const uid = change.uid ?? uidOf.get(change.anonymous_id ?? '') ?? undefined;
		const known = uid === undefined ? first.byAnonymousId : first.byUid;
		const key = uid ?? change.anonymous_id ?? '';
		const carrier = known.get(key);
		if (carrier === undefined) {
			known.set(key, change);
			return;
		}
		carrier.uid ??= change.uid;
		carrier.anonymous_id ??= change.anonymous_id;
		items[item] = carrier;
	});
}

/** Which user an anonymous id belongs to, as far as this run tells: `null` where it tells two. */
function uidByAnonymousId(items: PlannedItem[]): Map<string, string | null> {
	const uidOf = new Map<string, string | null>();
	for (const change of items) {
		if (change instanceof InvalidItem) continue;
		const { uid, anonymous_id } = change;
		if (uid === undefined || anonymous_id === undefined) continue;
		const known = uidOf.get(anonymous_id);
		uidOf.set(anonymous_id, known === undefined || known === uid ? uid : null);
	}
	return uidOf;
}
