import type { Path } from '../input/reference';
import { NEEDS_EXPRESSION_ENGINE, readPath } from '../input/reference';
import type { Member, PreviousMember } from '../model/member';
import { ERROR_STATUSES, STATUSES } from '../model/outcome';
import type { FieldLabel } from '../model/problem';
import { InvalidValue, readIdentifier } from '../plan/member';
import { readChangedAt } from '../plan/membership';
import { isPlaceholder, mayBeNumber } from '../plan/placeholders';
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

/** What a row says about its member; the node's own output may be a log with several rows per member. */
interface RowState {
	readonly member: PreviousMember;
	readonly isIn: boolean;
	/** The timestamp of its request, in ms since 1970, if it has one. */
	readonly time: number | undefined | InvalidValue;
	/** The member's row before it. */
	readonly older: RowState | undefined;
}

/**
 * Reads the rows of the second input as the previous members of their cohorts. A row is read by the names of the
 * node's own output (`uid`, `anonymous_id`, `cohort_id`), otherwise by the fields that the node's parameters refer
 * to. With one cohort in the run, rows without a cohort id belong to it. If a member has several rows, the newest
 * one counts: by timestamp if the rows have one, otherwise by their order. A last row without one that says `failed`
 * counts as the newest.
 */
export function* readPreviousRows(
	rows: readonly unknown[],
	paths: RowPaths,
	cohortIds: readonly string[],
): Task<PreviousRows> {
	const states = new Map<string, Map<string, RowState>>();
	const onlyCohort = cohortIds.length === 1 ? cohortIds[0] : undefined;
	let skipped = 0;
	yield* each(rows, (json, row) => {
		const cohortId =
			identifierAt(json, ['cohort_id'], 'Cohort ID') ??
			identifierAt(json, paths.cohortId, 'Cohort ID') ??
			onlyCohort;
		const member = memberOf(json, paths);
		if (typeof cohortId !== 'string' || member === undefined) {
			skipped++;
			return;
		}
		const isError = isErrorItem(json);
		const state = isError ? stateOfError(json) : stateOf(json);
		if (state === undefined) return;
		let ofCohort = states.get(cohortId);
		if (ofCohort === undefined) {
			ofCohort = new Map();
			states.set(cohortId, ofCohort);
		}
		// An error item has no time of its own.
		const time = isError ? undefined : readChangedAt(readTimestamp(json));
		const isIn = state !== 'out';
		const add = (key: string, { uid, anonymous_id }: Member) => {
			const previous = { uid, anonymous_id, uncertain: state === 'uncertain', row };
			ofCohort.set(key, { member: previous, isIn, time, older: ofCohort.get(key) });
		};
		const { uid, anonymous_id } = member;
		add(uid === undefined ? `a ${anonymous_id}` : `u ${uid}`, member);
		// Before the user's first row with a uid, there may be rows with the anonymous ID alone.
		if (!isIn && uid !== undefined && anonymous_id !== undefined) {
			add(`a ${anonymous_id}`, { uid: undefined, anonymous_id });
		}
	});
	const byCohortId = new Map<string, PreviousMember[]>();
	let withUnreadTime = 0;
	for (const [cohortId, ofCohort] of states) {
		const members: PreviousMember[] = [];
		yield* each(ofCohort.values(), (latest) => {
			withUnreadTime += addMember(members, latest);
		});
		if (members.length > 0) byCohortId.set(cohortId, members);
	}
	return { byCohortId, skipped, withUnreadTime };
}

/**
 * Adds a member with all identifiers that it has had since it was last removed.
 *
 * @returns how many of its rows have a time that can't be read
 */
function addMember(members: PreviousMember[], latest: RowState): number {
	if (latest.older === undefined) {
		if (latest.isIn) members.push(latest.member);
		return 0;
	}
	const all: RowState[] = [];
	for (let state: RowState | undefined = latest; state !== undefined; state = state.older) {
		all.push(state);
	}
	all.reverse();
	const rows = inOrder(all);
	const withUnreadTime = all.filter(({ time }) => time instanceof InvalidValue).length;
	const newest = rows.at(-1);
	if (newest?.isIn !== true) return withUnreadTime;
	const { uncertain } = newest.member;
	const seen = new Set<string | undefined>();
	for (const { member } of rows.slice(rows.findLastIndex(({ isIn }) => !isIn) + 1)) {
		if (seen.has(member.anonymous_id)) continue;
		seen.add(member.anonymous_id);
		members.push({ ...member, uncertain });
	}
	return withUnreadTime;
}

/** A member's rows that count, the newest last. */
function inOrder(rows: readonly RowState[]): readonly RowState[] {
	const timed = rows.flatMap((row) =>
		typeof row.time === 'number' ? [{ row, time: row.time }] : [],
	);
	if (timed.length === 0) return rows;
	const sorted = timed.sort((one, other) => one.time - other.time).map(({ row }) => row);
	const last = rows.at(-1);
	// The node's own error items have no time, so a failed change that is the last row counts as the newest.
	const isNewest = last !== undefined && typeof last.time !== 'number' && last.member.uncertain;
	return isNewest ? [...sorted, last] : sorted;
}

/**
 * The member of a row. If it has either identifier under the node's own name, the other one is not read from the
 * input's field: a column called `id` is often just the row number.
 */
function memberOf(json: unknown, { userId, anonymousId }: RowPaths): Member | undefined {
	// A row of the node's own output that names nobody.
	if (['uid', 'anonymous_id'].every((name) => readPath(json, [name]) === null)) return undefined;
	for (const [uidPath, anonymousPath] of [
		[['uid'], ['anonymous_id']],
		[userId, anonymousId],
	]) {
		// One valid identifier is enough, as in an item.
		const uid = textAt(json, uidPath, 'User ID');
		const anonymous_id = textAt(json, anonymousPath, 'Anonymous ID');
		if ((uid ?? anonymous_id) !== undefined) return { uid, anonymous_id };
	}
	return undefined;
}

function textAt(json: unknown, path: Path | undefined, field: FieldLabel): string | undefined {
	const identifier = identifierAt(json, path, field);
	if (identifier instanceof InvalidValue || identifier === undefined) return undefined;
	// The previous members were sent before, so a doubtful number here is a real one.
	return isPlaceholder(identifier) && !mayBeNumber(identifier) ? undefined : identifier;
}

function identifierAt(
	json: unknown,
	path: Path | undefined,
	field: FieldLabel,
): string | undefined | InvalidValue {
	const value = path && readPath(json, path);
	return value === NEEDS_EXPRESSION_ENGINE ? undefined : readIdentifier(value, field);
}

/**
 * Whether a row says that its member is in the cohort; `undefined` if it doesn't say. A row without one of the
 * node's statuses is a member.
 */
function stateOf(json: unknown): 'in' | 'out' | 'uncertain' | undefined {
	const status = readPath(json, ['status']);
	const action = readPath(json, ['action']);
	// Without one of the node's statuses, 'action' is not the node's own field.
	if (!STATUSES.some((known) => known === status)) return 'in';
	if (action === 'add' || action === 'remove') {
		if (status === 'failed') return 'uncertain';
		if (status === 'accepted') return action === 'add' ? 'in' : 'out';
		return action === 'add' ? undefined : 'in';
	}
	return status === 'superseded' ? undefined : 'in';
}

/** The same for an error item. Its other fields are those of the input item, which n8n has added. */
function stateOfError(json: unknown): 'uncertain' | undefined {
	return readPath(json, ['message']) === 'failed' ? 'uncertain' : undefined;
}

/** Not by `readPath`: it may be a date, as n8n reads it from a database. */
function readTimestamp(json: unknown): unknown {
	return (json as { timestamp?: unknown }).timestamp;
}

/** An item of the node's error output: a sentence and, as its message, the status. */
function isErrorItem(json: unknown): boolean {
	const message = readPath(json, ['message']);
	return (
		typeof readPath(json, ['error']) === 'string' &&
		ERROR_STATUSES.some((known) => known === message)
	);
}
