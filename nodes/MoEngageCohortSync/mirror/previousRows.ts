import type { Path } from '../input/reference';
import { NEEDS_EXPRESSION_ENGINE, readPath } from '../input/reference';
import type { Member, PreviousMember } from '../model/member';
import { ERROR_STATUSES, NOT_REMOVED, NOT_SENT_BECAUSE, STATUSES } from '../model/outcome';
import { plainName } from '../model/plainName';
import { InvalidValue, readIdentifier, readMember } from '../plan/member';
import { readChangedAt } from '../plan/membership';
import type { Task } from '../slicing';
import { each } from '../slicing';

/** The fields that hold a row's identifiers, if it doesn't have the names of the node's own output. */
export interface RowPaths {
	readonly userId: Path | undefined;
	readonly anonymousId: Path | undefined;
	readonly cohortId: Path | undefined;
}

/** The second input, sorted by cohort. */
export interface PreviousRows {
	readonly byCohortId: ReadonlyMap<string, readonly PreviousMember[]>;
	/** Rows without a member, or without the cohort that they belong to. */
	readonly skipped: number;
	/** Rows of members with several rows whose `timestamp` can't be read. */
	readonly withUnreadTime: number;
}

/** What a row says about its member. */
type Statement =
	| 'in'
	| 'out'
	/** The member may be in or out. */
	| 'uncertain'
	/** Nothing has changed, so the member is in, unless a row before it says otherwise. */
	| 'unchanged'
	/** A change was not made, so if the member was in, that is uncertain: it may be the same person as someone removed. */
	| 'doubtful'
	/** The user was added with the uid, so if the member was uncertain, it is in. */
	| 'settled'
	/** It has none of the node's own statuses: in a log, that is uncertain; in a table of members, they are in. */
	| 'nothing';

/** A row of a member, of whom there may be several. */
interface Row {
	readonly member: PreviousMember & { readonly row: number };
	readonly statement: Statement;
	/** The timestamp of its request, in ms since 1970, if it has one. */
	readonly time: number | undefined | InvalidValue;
	/** The member's row before it. */
	readonly before: Row | undefined;
}

/**
 * Reads the rows of the second input as the previous members of their cohorts. A row is read by the names of the
 * node's own output (`uid`, `anonymous_id`, `cohort_id`), in upper or lower case, otherwise by the fields that the
 * node's parameters refer to. With one cohort in the run, rows without a cohort id belong to it.
 *
 * The rows may be a log with several rows for a member. Then they count in the order of their timestamps; a row
 * without one comes right after the one before it.
 */
export function* readPreviousRows(
	rows: readonly unknown[],
	paths: RowPaths,
	cohortIds: readonly string[],
): Task<PreviousRows> {
	const byMember = new Map<string, Map<string, Row>>();
	const onlyCohort = cohortIds.length === 1 ? cohortIds[0] : undefined;
	const reader = new RowReader(paths, onlyCohort);
	let isLog = false;
	let skipped = 0;
	yield* each(rows, (json, row) => {
		const { cohortIds, members, statement, time } = reader.read(json);
		if (cohortIds.length === 0 || members.length === 0) {
			skipped++;
			return;
		}
		isLog ||= statement !== 'nothing';
		if (statement === undefined) return;
		for (const cohortId of cohortIds) {
			const ofCohort = byMember.get(cohortId) ?? new Map<string, Row>();
			byMember.set(cohortId, ofCohort);
			for (const { uid, anonymous_id } of members) {
				const member = { uid, anonymous_id, uncertain: false, row };
				addRow(ofCohort, keyOf(member), { member, statement, time });
			}
		}
	});
	const byCohortId = new Map<string, PreviousMember[]>();
	const unread = new Set<number>();
	for (const [cohortId, ofCohort] of byMember) {
		const members: PreviousMember[] = [];
		yield* each(ofCohort, ([key, last]) => linkLoneRows(ofCohort, key, last));
		yield* each(ofCohort.values(), (last) => {
			members.push(...membersOf(last, isLog, unread));
		});
		if (members.length > 0) byCohortId.set(cohortId, members);
	}
	return { byCohortId, skipped, withUnreadTime: unread.size };
}

/** Rows with a uid are that user's, whatever anonymous ID they have. */
function keyOf({ uid, anonymous_id }: Member): string {
	return uid === undefined ? `a ${anonymous_id}` : `u ${uid}`;
}

function addRow(ofCohort: Map<string, Row>, key: string, row: Omit<Row, 'before'>): void {
	const { member, statement, time } = row;
	ofCohort.set(key, { member, statement, time, before: ofCohort.get(key) });
}

/** A member's rows, the last first. */
function* rowsFrom(last: Row): Generator<Row> {
	for (let row: Row | undefined = last; row !== undefined; row = row.before) yield row;
}

/** A member's rows, the newest last. */
function inOrder(last: Row): Row[] {
	let latest = -Infinity;
	return [...rowsFrom(last)]
		.sort((one, other) => one.member.row - other.member.row)
		.map((row) => {
			const time = typeof row.time === 'number' ? row.time : latest;
			latest = Math.max(latest, time);
			return { row, time };
		})
		.sort((one, other) => (one.time === other.time ? 0 : one.time - other.time))
		.map(({ row }) => row);
}

/**
 * There may be rows with one of a user's anonymous IDs and no uid, which concern the user, and the other way around:
 *
 * - A removal of the user also ends these rows, and an addition settles them: both are sent with all anonymous IDs
 *   since the removal before, of which their own row shows one.
 * - If one of these rows makes something uncertain, so it does for the user.
 */
function linkLoneRows(ofCohort: Map<string, Row>, key: string, last: Row): void {
	if (last.member.uid === undefined) return;
	const { uid } = last.member;
	const ofUser = [...rowsFrom(last)];
	const ids = new Set(ofUser.map(({ member }) => member.anonymous_id));
	const loneIds = [...ids].filter((id) =>
		ofCohort.has(keyOf({ uid: undefined, anonymous_id: id })),
	);
	if (loneIds.length === 0) return;
	const removals = ofUser.filter(({ statement }) => statement === 'out');
	const addition = lastAdditionOf(inOrder(last));
	for (const anonymous_id of loneIds) {
		const loneKey = keyOf({ uid: undefined, anonymous_id });
		const lastLone = ofCohort.get(loneKey);
		if (lastLone === undefined) continue;
		for (const row of rowsFrom(lastLone)) {
			if (row.statement !== 'doubtful' && row.statement !== 'uncertain') continue;
			const member = { ...row.member, uid };
			addRow(ofCohort, key, { ...row, member, statement: 'doubtful' });
		}
		for (const row of removals) {
			const statement = row.member.anonymous_id === anonymous_id ? 'out' : 'doubtful';
			const member = { ...row.member, uid: undefined, anonymous_id };
			addRow(ofCohort, loneKey, { ...row, member, statement });
		}
		if (addition?.sentWith.has(anonymous_id)) {
			const member = { ...addition.row.member, uid: undefined, anonymous_id };
			addRow(ofCohort, loneKey, { ...addition.row, member, statement: 'settled' });
		}
	}
}

/** A user's last addition, and the anonymous IDs that it was sent with: those since the removal before it. */
function lastAdditionOf(rows: readonly Row[]) {
	const index = rows.findLastIndex(({ statement }) => statement === 'in');
	const row = rows[index];
	if (row === undefined) return undefined;
	const before = rows.slice(0, index + 1);
	const removal = before.findLastIndex(({ statement }) => statement === 'out');
	const sent = before.slice(removal + 1).filter(({ statement }) => statement !== 'doubtful');
	return { row, sentWith: new Set(sent.map(({ member }) => member.anonymous_id)) };
}

/**
 * The previous member that the rows of a member make, with all identifiers since the last removal.
 *
 * @param isLog at least one row of the input says what the node did, so the others should too
 * @param unread receives the rows with a time that can't be read
 */
function membersOf(last: Row, isLog: boolean, unread: Set<number>): PreviousMember[] {
	const rows = last.before === undefined ? [last] : inOrder(last);
	let state: 'unknown' | 'in' | 'out' | 'uncertain' = 'unknown';
	let entries: PreviousMember[] = [];
	const seen = new Set<string | undefined>();
	for (const { member, statement, time } of rows) {
		if (rows.length > 1 && time instanceof InvalidValue) unread.add(member.row);
		const isKnown = state === 'in' || state === 'uncertain';
		switch (statement) {
			case 'in':
				state = 'in';
				break;
			case 'out':
				state = 'out';
				entries = [];
				seen.clear();
				continue;
			case 'uncertain':
				state = 'uncertain';
				break;
			case 'nothing':
				state = isLog ? 'uncertain' : 'in';
				break;
			case 'unchanged':
				if (state === 'out') continue;
				if (!isKnown) state = 'in';
				break;
			case 'settled':
				if (isKnown) state = 'in';
				continue;
			case 'doubtful':
				if (isKnown) state = 'uncertain';
				continue;
		}
		if (seen.has(member.anonymous_id)) continue;
		seen.add(member.anonymous_id);
		entries.push(member);
	}
	return state === 'uncertain' ? entries.map((entry) => ({ ...entry, uncertain: true })) : entries;
}

/** What one row says. An error item that can be read in several ways makes all of them uncertain. */
interface ReadRow {
	/** Empty if it names none. */
	readonly cohortIds: readonly string[];
	/** Empty if it has no usable identifier. */
	readonly members: readonly Member[];
	/** `undefined` if it says nothing about whether the member is in. */
	readonly statement: Statement | undefined;
	readonly time: Row['time'];
}

/** The fields of the node's own output, including error items, as far as a row has them. */
type OwnFields = Readonly<Record<string, unknown>>;

const OWN_NAMES = new Set([
	'uid',
	'anonymous_id',
	'cohort_id',
	'status',
	'action',
	'timestamp',
	'error',
	'message',
]);

class RowReader {
	/** What each column's name means: one of the own names, or nothing. */
	private readonly meanings = new Map<string, string | undefined>();

	constructor(
		private readonly paths: RowPaths,
		private readonly onlyCohort: string | undefined,
	) {}

	read(json: unknown): ReadRow {
		const own = this.ownFieldsOf(json);
		const isError = isErrorItem(own);
		return {
			cohortIds: this.cohortIdsOf(json, own, isError),
			members: this.membersOf(json, own, isError),
			...(isError ? statementOfError(own) : statementOf(own)),
		};
	}

	private cohortIdsOf(json: unknown, own: OwnFields, isError: boolean): string[] {
		const ofOwnName = readIdentifier(own.cohort_id, 'Cohort ID');
		const path = this.paths.cohortId;
		const ofPath = readIdentifier(valueAt(json, path), 'Cohort ID');
		if (!isError) return idsIn(ofOwnName ?? ofPath ?? this.onlyCohort);
		const ofItem = path === undefined ? this.onlyCohort : ofPath;
		if (!isOfRemoval(own)) return idsIn(ofItem ?? ofOwnName ?? this.onlyCohort);
		// The member's row may itself be an error item, with the fields of an input item.
		const ids = new Set([...idsIn(ofOwnName), ...idsIn(ofItem)]);
		return ids.size > 0 ? [...ids] : idsIn(this.onlyCohort);
	}

	/**
	 * If a row has a column with one of the own names, its other columns don't count: one called `id` is often just
	 * the row number.
	 */
	private membersOf(json: unknown, own: OwnFields, isError: boolean): Member[] {
		const { userId, anonymousId } = this.paths;
		const ofPaths = toMember(valueAt(json, userId), valueAt(json, anonymousId));
		const ofOwnNames = toMember(own.uid, own.anonymous_id);
		if (!isError) {
			const isNamed = isField(own, 'uid') || isField(own, 'anonymous_id');
			return membersIn(isNamed ? ofOwnNames : ofPaths);
		}
		if (isOfRemoval(own)) {
			return membersIn(isNamedIn(own, ofPaths) ? ofPaths : (ofOwnNames ?? ofPaths));
		}
		// n8n adds the fields of the input item. In a table, they may be columns of its own, such as the row number.
		const isInTable = isField(own, 'status') || isField(own, 'action');
		if (!isInTable || !ofPaths || !ofOwnNames || isSame(ofPaths, ofOwnNames)) {
			return membersIn(ofPaths ?? ofOwnNames);
		}
		const isOneUser = ofPaths.uid !== undefined && ofPaths.uid === ofOwnNames.uid;
		const readings = [ofPaths, ofOwnNames];
		return isOneUser ? readings : readings.flatMap(eachIdentifier);
	}

	private ownFieldsOf(json: unknown): OwnFields {
		const own: Record<string, unknown> = {};
		for (const [name, value] of Object.entries(json ?? {})) {
			const meaning = this.meaningOf(name);
			if (meaning !== undefined && !(meaning !== name && isField(json, meaning)))
				own[meaning] = value;
		}
		return own;
	}

	private meaningOf(name: string): string | undefined {
		if (this.meanings.has(name)) return this.meanings.get(name);
		const plain = plainName(name);
		const meaning = OWN_NAMES.has(plain) ? plain : undefined;
		this.meanings.set(name, meaning);
		return meaning;
	}
}

function idsIn(id: string | undefined | InvalidValue): string[] {
	return typeof id === 'string' ? [id] : [];
}

function membersIn(member: Member | undefined): Member[] {
	return member === undefined ? [] : [member];
}

/** Each identifier as a member of its own: nobody knows which of them belong together. */
function eachIdentifier({ uid, anonymous_id }: Member): Member[] {
	const ofUser = uid === undefined ? [] : [{ uid, anonymous_id: undefined }];
	return anonymous_id === undefined ? ofUser : [...ofUser, { uid: undefined, anonymous_id }];
}

function isSame(one: Member, other: Member): boolean {
	return one.uid === other.uid && one.anonymous_id === other.anonymous_id;
}

function isField(json: unknown, name: string): boolean {
	return typeof json === 'object' && json !== null && Object.hasOwn(json, name);
}

function valueAt(json: unknown, path: Path | undefined): unknown {
	const value = path && readPath(json, path);
	return value === NEEDS_EXPRESSION_ENGINE ? undefined : value;
}

/** As in an item. The previous members were sent before, so a doubtful number is a real one if there is nothing else. */
function toMember(userId: unknown, anonymousId: unknown): Member | undefined {
	const read = readMember(userId, anonymousId);
	return read instanceof InvalidValue
		? undefined
		: { uid: read.uid, anonymous_id: read.anonymous_id };
}

/** True for a column that is there and has no value. */
function isEmpty(value: unknown): boolean {
	return value === null || value === '';
}

function textOf(value: unknown): unknown {
	return typeof value === 'string' ? value.trim() : value;
}

/** An item of the node's error output: a sentence and, as its message, the status. */
function isErrorItem({ error, message }: OwnFields): boolean {
	const status = textOf(message);
	return typeof error === 'string' && ERROR_STATUSES.some((known) => known === status);
}

function isOfRemoval({ error }: OwnFields): boolean {
	return typeof error === 'string' && error.includes(NOT_REMOVED);
}

/** True for a removal of which nothing was sent, because the whole run was refused. */
function isOfRefusedRemoval(own: OwnFields): boolean {
	const isNotSent = textOf(own.message) === 'not_sent';
	return isNotSent && isOfRemoval(own) && !String(own.error).includes(NOT_SENT_BECAUSE);
}

/** True if the error item of a removal names this member. */
function isNamedIn({ error }: OwnFields, member: Member | undefined): boolean {
	const id = member?.uid ?? member?.anonymous_id;
	return id !== undefined && typeof error === 'string' && error.includes(`"${id}" ${NOT_REMOVED}`);
}

/** An error item has no time. Fields such as `status` are those that n8n has added. */
function statementOfError(own: OwnFields): Pick<ReadRow, 'statement' | 'time'> {
	if (isOfRefusedRemoval(own)) return { statement: 'unchanged', time: undefined };
	const isUncertain = textOf(own.message) === 'failed' || isOfRemoval(own);
	return { statement: isUncertain ? 'uncertain' : 'doubtful', time: undefined };
}

function statementOf(own: OwnFields): Pick<ReadRow, 'statement' | 'time'> {
	const action = textOf(own.action);
	const status = textOf(own.status);
	const isStatus = STATUSES.some((known) => known === status);
	// A time beside the status of an error item is that of the member's row, which n8n has added.
	const isError = ERROR_STATUSES.some((known) => known === status);
	const time = isError ? undefined : readChangedAt(own.timestamp);
	if (action !== 'add' && action !== 'remove') {
		if (status === 'superseded') return { statement: undefined, time };
		if (status === 'unchanged') return { statement: 'unchanged', time };
		// An error item of which a table kept neither the sentence nor the message.
		const isEmptied = isEmpty(action) && (isStatus || isEmpty(status));
		return { statement: isEmptied ? 'uncertain' : 'nothing', time };
	}
	// A log may have been saved without its status, which was 'accepted' then.
	if (own.status === undefined && typeof time === 'number') {
		return { statement: action === 'add' ? 'in' : 'out', time };
	}
	return { statement: isStatus ? statementOfChange(status, action) : 'nothing', time };
}

function statementOfChange(status: unknown, action: 'add' | 'remove'): Statement | undefined {
	const isAddition = action === 'add';
	switch (status) {
		case 'accepted':
			return isAddition ? 'in' : 'out';
		case 'failed':
			return 'uncertain';
		case 'superseded':
			return undefined;
		case 'unchanged':
			return 'unchanged';
		case 'planned':
			return isAddition ? undefined : 'unchanged';
		default:
			return isAddition ? 'doubtful' : 'uncertain';
	}
}
