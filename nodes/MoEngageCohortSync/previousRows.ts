import type { PreviousMember } from './changes';
import { readIdentifier, Unusable } from './member';
import type { Path } from './reference';
import { ASK_ENGINE, readPath } from './reference';

/** The fields that hold a row's identifiers, where it has not the names of the node's own output. */
export interface RowPaths {
	readonly userId: Path | undefined;
	readonly anonymousId: Path | undefined;
	readonly cohortId: Path | undefined;
}

/** The second input, sorted by cohort. */
export interface PreviousRows {
	readonly byCohortId: ReadonlyMap<string, readonly PreviousMember[]>;
	/** Rows that name no member or no cohort of this run. */
	readonly unusable: number;
}

/**
 * Reads the rows of the second input as the previous members of their cohorts. A row is read by the names
 * of the node's own output (`uid`, `anonymous_id`, `cohort_id`), else by the fields that the node's
 * parameters refer to. With one cohort in the run, rows without a cohort id belong to it.
 */
export function readPreviousRows(
	rows: readonly unknown[],
	paths: RowPaths,
	cohortIds: readonly string[],
): PreviousRows {
	const byCohortId = new Map<string, PreviousMember[]>();
	const onlyCohort = cohortIds.length === 1 ? cohortIds[0] : undefined;
	let unusable = 0;
	rows.forEach((row, index) => {
		const uid = identifierOf(row, 'uid', paths.userId);
		const anonymous_id = identifierOf(row, 'anonymous_id', paths.anonymousId);
		const cohortId = identifierOf(row, 'cohort_id', paths.cohortId) ?? onlyCohort;
		if ((uid ?? anonymous_id) === undefined || cohortId === undefined) {
			unusable++;
			return;
		}
		if (hasLeft(row)) return;
		let members = byCohortId.get(cohortId);
		if (members === undefined) {
			members = [];
			byCohortId.set(cohortId, members);
		}
		members.push({ uid, anonymous_id, uncertain: isUncertain(row), row: index });
	});
	return { byCohortId, unusable };
}

function identifierOf(row: unknown, name: string, path: Path | undefined): string | undefined {
	for (const way of [[name], path]) {
		if (way === undefined) continue;
		const value = readPath(row, way);
		const identifier = value === ASK_ENGINE ? undefined : readIdentifier(value, name);
		if (typeof identifier === 'string') return identifier;
		if (identifier instanceof Unusable) return undefined;
	}
	return undefined;
}

/** A row of the node's own output that says that the member is not in the cohort. */
function hasLeft(row: unknown): boolean {
	const status = readPath(row, ['status']);
	const action = readPath(row, ['action']);
	if (action === 'remove') return status === 'accepted';
	return (
		action === 'add' && (status === 'rejected' || status === 'not_sent' || status === 'planned')
	);
}

/** A row of the node's own output whose change may or may not have been applied. */
function isUncertain(row: unknown): boolean {
	return readPath(row, ['status']) === 'failed';
}
