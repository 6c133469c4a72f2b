import type { Column, ItemReader } from '../input/itemReader';
import { ALL_PARTS_MISSING, unreadable } from '../input/itemReader';
import type { Action } from '../model/change';
import { createChange, markPartial } from '../model/change';
import type { Cohort } from '../model/cohort';
import type { Member } from '../model/member';
import type { Notice } from '../model/notice';
import type { PlannedItem } from '../model/plan';
import { InvalidItem, isChange } from '../model/plan';
import type { ItemProblem } from '../model/problem';
import type { Operation } from '../model/settings';
import type { Task } from '../slicing';
import { each } from '../slicing';
import { CohortRegistry } from './cohort';
import type { AnonymousIdOwners } from './identityIndex';
import { InvalidValue, placeholderProblem, readMember, valueOrProblem } from './member';
import { readChangedAt, readMembership } from './membership';
import { PlaceholderCount } from './placeholders';

/** An item that can't be used although it names a user. */
export interface UnreadItem {
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
export class Reading {
	readonly items: PlannedItem[] = [];
	/** When the change of an item happened, in ms since 1970, if the item says so. */
	readonly times: Array<number | undefined> = [];
	readonly unreadItems: UnreadItem[] = [];
	private readonly invalid: Array<{ readonly item: number; readonly planned: InvalidItem }> = [];
	readonly cohorts: CohortRegistry;
	private readonly placeholders = new PlaceholderCount();
	/** Items whose only identifier is a placeholder that may be a real number. */
	private readonly doubtful: number[] = [];
	private readonly sentNumbers = new Set<string>();
	private itemsWithoutTime = 0;
	/** Those that 'Is Member' refers to and no item had so far. */
	private readonly missingColumns: Set<Column>;
	/** Why one identifier of an item can't be used, so that the other one counts. */
	private readonly unusable: Array<{ readonly item: number; readonly problem: ItemProblem }> = [];
	private hasUserId = false;

	constructor(
		private readonly reader: ItemReader,
		private readonly operation: Operation,
	) {
		this.cohorts = new CohortRegistry(reader);
		this.missingColumns = new Set(reader.membershipColumns);
	}

	read(item: number): void {
		for (const column of this.missingColumns) {
			if (column.isIn(item)) this.missingColumns.delete(column);
		}
		const planned = this.planOrProblem(item);
		this.items.push(planned);
		if (planned instanceof InvalidItem) this.invalid.push({ item, planned });
	}

	private planOrProblem(item: number): PlannedItem {
		try {
			return this.planItem(item);
		} catch (error) {
			return new InvalidItem(unreadable(error));
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
	*rereadInvalidItems(): Task<void> {
		const hasUsable = this.invalid.length < this.items.length;
		yield* each(this.invalid, ({ item, planned }) => {
			const cohort = planned.cohort ?? this.cohorts.knownCohortOf(item);
			if (cohort !== planned.cohort) this.items[item] = new InvalidItem(planned.problem, cohort);
			if (hasUsable) this.noteUnread(item, cohort);
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
		const { reader, itemsWithoutTime, sentNumbers } = this;
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
		if (this.missingColumns.size > 0 && hasChange) {
			const columns = [...this.missingColumns].map(({ name }) => name);
			notices.push({ code: 'columns_missing', field: 'Is Member', columns });
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
