import type { Path } from '../input/reference';
import { NEEDS_EXPRESSION_ENGINE, readPath } from '../input/reference';
import type { Member, PreviousMember } from '../model/member';
import { ERROR_STATUSES, STATUSES } from '../model/outcome';
import type { FieldLabel } from '../model/problem';
import { InvalidValue, readIdentifier } from '../plan/member';
import { isPlaceholder, mayBeNumber } from '../plan/placeholders';
import type { Task } from '../slicing';
import { each } from '../slicing';

/** The fields that hold a row's identifiers, where it has not the names of the node's own output. */
export interface RowPaths {
	readonly userId: Path | undefined;
	readonly anonymousId: Path | undefined;
	readonly cohortId: Path | undefined;
}

/** The second input, sorted by cohort. */
export interface PreviousRows {
	readonly byCohortId: ReadonlyMap<string, readonly PreviousMember[]>;
	/** Rows that name no member, or not the cohort that they belong to. */
	readonly skipped: number;
}

/** What a row says of its member; the node's own output may be a log with several rows of one member. */
interface RowState {
	readonly member: PreviousMember;
	readonly isIn: boolean;
	/** The timestamp of its request, in ms since 1970, if it has one. */
	readonly time: number | undefined;
	/** The member's row before it. */
	readonly older: RowState | undefined;
}

/**
 * Reads the rows of the second input as the previous members of their cohorts. A row is read by the names
 * of the node's own output (`uid`, `anonymous_id`, `cohort_id`), else by the fields that the node's
 * parameters refer to. With one cohort in the run, rows without a cohort id belong to it. Of several rows of a
 * member the newest counts: by the timestamp if rows have one, else by their order.
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
		const state = stateOf(json);
		if (state === undefined) return;
		let ofCohort = states.get(cohortId);
		if (ofCohort === undefined) {
			ofCohort = new Map();
			states.set(cohortId, ofCohort);
		}
		const key = member.uid === undefined ? `a ${member.anonymous_id}` : `u ${member.uid}`;
		const previous = { ...member, uncertain: state === 'uncertain', row };
		const time = timeOf(json);
		ofCohort.set(key, { member: previous, isIn: state !== 'out', time, older: ofCohort.get(key) });
	});
	const byCohortId = new Map<string, PreviousMember[]>();
	for (const [cohortId, ofCohort] of states) {
		const members: PreviousMember[] = [];
		yield* each(ofCohort.values(), (latest) => addMember(members, latest));
		if (members.length > 0) byCohortId.set(cohortId, members);
	}
	return { byCohortId, skipped };
}

/** Adds a member under all identifiers with which it came since it was last removed. */
function addMember(members: PreviousMember[], latest: RowState): void {
	if (latest.older === undefined) {
		if (latest.isIn) members.push(latest.member);
		return;
	}
	let rows: RowState[] = [];
	for (let state: RowState | undefined = latest; state !== undefined; state = state.older) {
		rows.push(state);
	}
	rows.reverse();
	if (rows.some(({ time }) => time !== undefined)) {
		rows = rows
			.filter(({ time }) => time !== undefined)
			.sort((one, other) => (one.time ?? 0) - (other.time ?? 0));
	}
	const newest = rows.at(-1);
	if (newest?.isIn !== true) return;
	const { uncertain } = newest.member;
	const seen = new Set<string | undefined>();
	for (const { member } of rows.slice(rows.findLastIndex(({ isIn }) => !isIn) + 1)) {
		if (seen.has(member.anonymous_id)) continue;
		seen.add(member.anonymous_id);
		members.push({ ...member, uncertain });
	}
}

/**
 * The member of a row. If it has either identifier by the node's own names, the other one is not looked for
 * under the names of the input: what a table calls `id` is often the number of its row.
 */
function memberOf(json: unknown, { userId, anonymousId }: RowPaths): Member | undefined {
	for (const [uidPath, anonymousPath] of [
		[['uid'], ['anonymous_id']],
		[userId, anonymousId],
	]) {
		// One good identifier is enough, as in an item.
		const uid = textAt(json, uidPath, 'User ID');
		const anonymous_id = textAt(json, anonymousPath, 'Anonymous ID');
		if ((uid ?? anonymous_id) !== undefined) return { uid, anonymous_id };
	}
	return undefined;
}

function textAt(json: unknown, path: Path | undefined, field: FieldLabel): string | undefined {
	const identifier = identifierAt(json, path, field);
	if (identifier instanceof InvalidValue || identifier === undefined) return undefined;
	// A row of a customer's number is one of a member that was sent.
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
 * Whether a row says that its member is in the cohort, `undefined` if it says nothing of that. A row without a
 * status of the node's is one of a member.
 */
function stateOf(json: unknown): 'in' | 'out' | 'uncertain' | undefined {
	const status = statusOf(json);
	const action = readPath(json, ['action']);
	// Without a status of the node's, 'action' is a column of somebody else's.
	if (!STATUSES.some((known) => known === status)) return 'in';
	if (action === 'add' || action === 'remove') {
		if (status === 'failed') return 'uncertain';
		if (status === 'accepted') return action === 'add' ? 'in' : 'out';
		return action === 'add' ? undefined : 'in';
	}
	if (isErrorItem(json)) return status === 'failed' ? 'uncertain' : undefined;
	return status === 'superseded' ? undefined : 'in';
}

/** In ms since 1970. */
function timeOf(json: unknown): number | undefined {
	const timestamp = readPath(json, ['timestamp']);
	const time = typeof timestamp === 'string' ? Date.parse(timestamp) : NaN;
	return Number.isNaN(time) ? undefined : time;
}

/** An item of the node's error output: a sentence and, as its message, the status. */
function isErrorItem(json: unknown): boolean {
	const message = readPath(json, ['message']);
	return (
		typeof readPath(json, ['error']) === 'string' &&
		ERROR_STATUSES.some((known) => known === message)
	);
}

function statusOf(json: unknown): unknown {
	return readPath(json, [isErrorItem(json) ? 'message' : 'status']);
}
