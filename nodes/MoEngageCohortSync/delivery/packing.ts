import type { Clock } from '../clock';
import type { Action, Change } from '../model/change';
import type { Cohort } from '../model/cohort';
import type { Member } from '../model/member';
import type { CohortPlan } from '../model/plan';
import type { CohortRun } from '../model/run';
import type { PackingLimits } from '../model/settings';
import type { Task } from '../slicing';
import { each } from '../slicing';
import { CohortStatsRecorder } from './cohortStats';
import { entriesBytes, envelopeBytes, memberEntries, requestBody } from './wire';

/** Changes of one cohort that go in one request. */
export interface Batch {
	readonly cohort: Cohort;
	readonly action: Action;
	readonly changes: readonly Change[];
	/** UTF-8 bytes of the whole request body. */
	readonly bytes: number;
	/** UTF-8 bytes that the entries of one change may take. */
	readonly maxEntryBytes: number;
}

/** The requests of one cohort. Its removals are settled before its additions start. */
export interface PackedCohort extends CohortRun {
	readonly plan: CohortPlan;
	readonly stats: CohortStatsRecorder;
	readonly removals: readonly Batch[];
	readonly additions: readonly Batch[];
}

/** Batches, and the changes that don't fit in a request even alone. */
export interface Packing {
	readonly batches: readonly Batch[];
	readonly tooLarge: readonly Change[];
}

/** A member whose entries take more is rare. */
const TYPICAL_MEMBER_BYTES = 400;

/** About how many requests the members of one cohort need at most. */
export function expectedRequests(
	members: number,
	{ batchSize, payloadLimit }: PackingLimits,
): number {
	const fitting = Math.max(1, Math.floor(payloadLimit / TYPICAL_MEMBER_BYTES));
	return Math.ceil(members / (batchSize === 0 ? fitting : Math.min(batchSize, fitting)));
}

/** Packs the changes of a cohort that have no outcome yet. Does not modify them. */
export function* packCohort(
	plan: CohortPlan,
	limits: PackingLimits,
	clock: Clock,
): Task<{ packed: PackedCohort; tooLarge: readonly Change[] }> {
	const stats = new CohortStatsRecorder(clock);
	if (plan.kind === 'refused') {
		return { packed: { plan, stats, removals: [], additions: [] }, tooLarge: [] };
	}
	const { cohort, members } = plan;
	const removals = yield* packIntoBatches(cohort, 'remove', plan.leavers.concat(members), limits);
	const additions = yield* packIntoBatches(cohort, 'add', members, limits);
	return {
		packed: { plan, stats, removals: removals.batches, additions: additions.batches },
		tooLarge: [...removals.tooLarge, ...additions.tooLarge],
	};
}

/**
 * Packs the changes with this `action` that have no outcome yet, in their order, into as few requests as the limits
 * allow.
 */
export function* packIntoBatches(
	cohort: Cohort,
	action: Action,
	changes: readonly Change[],
	limits: PackingLimits,
): Task<Packing> {
	const emptyBytes = envelopeBytes(cohort, action);
	const maxEntryBytes = limits.payloadLimit - emptyBytes;
	const maxChanges = limits.batchSize === 0 ? Infinity : limits.batchSize;
	const batches: Batch[] = [];
	const tooLarge: Change[] = [];

	let packed: Change[] = [];
	let bytes = emptyBytes;
	const closeBatch = () => {
		if (packed.length === 0) return;
		batches.push({ cohort, action, changes: packed, bytes, maxEntryBytes });
		packed = [];
		bytes = emptyBytes;
	};
	yield* each(changes, (change) => {
		if (change.action !== action || change.outcome !== undefined) return;
		const size = entriesBytes(memberEntries(change, maxEntryBytes));
		if (size > maxEntryBytes) {
			tooLarge.push(change);
			return;
		}
		if (packed.length >= maxChanges || bytes + 1 + size > limits.payloadLimit) closeBatch();
		const comma = packed.length === 0 ? 0 : 1;
		bytes += comma + size;
		packed.push(change);
	});
	closeBatch();
	return { batches, tooLarge };
}

/** Splits a batch that MoEngage rejected in two, to find the invalid members. */
export function bisect(batch: Batch): [Batch, Batch] {
	const middle = Math.ceil(batch.changes.length / 2);
	const half = (changes: readonly Change[]): Batch => {
		const entries = entriesOf({ ...batch, changes });
		return {
			...batch,
			changes,
			bytes: envelopeBytes(batch.cohort, batch.action) + entriesBytes(entries),
		};
	};
	return [half(batch.changes.slice(0, middle)), half(batch.changes.slice(middle))];
}

/**
 * The request body of a batch.
 *
 * @param timestamp ISO 8601 in UTC with milliseconds
 */
export function bodyOf(batch: Batch, timestamp: string): string {
	return requestBody(batch.cohort, batch.action, entriesOf(batch), timestamp);
}

/** The members of a batch. A loop: `flatMap` takes several times as long. */
function entriesOf({ changes, maxEntryBytes }: Batch): Member[] {
	const entries: Member[] = [];
	for (const change of changes) entries.push(...memberEntries(change, maxEntryBytes));
	return entries;
}
