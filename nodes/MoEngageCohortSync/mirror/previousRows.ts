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

/**
 * Reads the rows of the second input as the previous members of their cohorts. A row is read by the names
 * of the node's own output (`uid`, `anonymous_id`, `cohort_id`), else by the fields that the node's
 * parameters refer to. With one cohort in the run, rows without a cohort id belong to it.
 */
export function* readPreviousRows(
	rows: readonly unknown[],
	paths: RowPaths,
	cohortIds: readonly string[],
): Task<PreviousRows> {
	const byCohortId = new Map<string, PreviousMember[]>();
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
		if (isOut(json)) return;
		let members = byCohortId.get(cohortId);
		if (members === undefined) {
			members = [];
			byCohortId.set(cohortId, members);
		}
		members.push({ ...member, uncertain: isUncertain(json), row });
	});
	return { byCohortId, skipped };
}

/**
 * The member of a row. Where it has either identifier by the node's own names, the other one is not looked for
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

/** A row of the node's own output that says that the member is not in the cohort. */
function isOut(json: unknown): boolean {
	const status = statusOf(json);
	// Without a status of the node's, 'action' is a column of somebody else's.
	if (!STATUSES.some((known) => known === status)) return false;
	const action = readPath(json, ['action']);
	if (action === 'remove') return status === 'accepted';
	if (action === 'add') return status !== 'accepted' && status !== 'failed';
	if (action === null) return status === 'superseded';
	return isErrorItem(json) && status !== 'failed';
}

/** A row of the node's own output whose change may or may not have been applied. */
function isUncertain(json: unknown): boolean {
	const action = readPath(json, ['action']);
	const isOurs = action === 'add' || action === 'remove' || isErrorItem(json);
	return isOurs && statusOf(json) === 'failed';
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
