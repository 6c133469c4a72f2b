import type { Batch } from './delivery/batches';
import { packBatches } from './delivery/batches';
import type { Action, Change, CohortChanges, Plan } from './plan/changes';
import { InvalidItem, isChange } from './plan/changes';
import type { Clock } from './delivery/clock';
import type { CohortBatches, DeliveryReport } from './delivery/delivery';
import type { PreviousOf } from './mirror/mirror';
import { planMirror } from './mirror/mirror';
import { planChanges } from './plan/plan';
import type { Operation, Settings } from './input/settings';
import type { Source } from './input/source';
import { Tally } from './delivery/tally';
import type { Trouble } from './delivery/trouble';
import { inOneLine } from './delivery/trouble';
import type { Work } from './work';

/** A run before its first request: what each item comes to, and the batches to send. */
export interface PreparedRun extends Plan {
	readonly batches: CohortBatches[];
}

/** A run after its last request. */
export interface FinishedRun extends PreparedRun, DeliveryReport {
	readonly operation: Operation;
	readonly settings: Settings;
	/** Wall time in ms since 1970. */
	readonly startedAt: number;
}

/**
 * Reads, plans and packs. Nothing is sent yet: what can't be sent is an `InvalidItem` or a cohort with a
 * `refusal`.
 *
 * @param previousOf asked in a mirror only
 */
export function* prepareRun(
	source: Source,
	operation: Operation,
	settings: Settings,
	previousOf: PreviousOf,
): Work<PreparedRun> {
	const plan = yield* planChanges(source, operation);
	if (operation === 'mirror') yield* planMirror(plan, source, previousOf, settings.removalLimit);
	const batches: CohortBatches[] = [];
	for (const changes of plan.cohorts) batches.push(yield* packCohort(changes, settings));
	plan.items.forEach((planned, item) => {
		if (!isChange(planned) || planned.outcome?.status !== 'invalid') return;
		plan.items[item] = new InvalidItem(inOneLine(OVERSIZED), planned.cohort);
	});
	return { ...plan, batches };
}

const OVERSIZED: Trouble = {
	what: 'The member alone is larger than a request may be.',
	fix: "Shorten its identifier or the 'Cohort Description', or raise the option 'Payload Limit in Bytes'.",
};

function* packCohort(
	{ cohort, members, leavers }: CohortChanges,
	settings: Settings,
): Work<CohortBatches> {
	const pack = function* (action: Action, changes: readonly Change[]): Work<Batch[]> {
		const { batches, oversized } = yield* packBatches(cohort, action, changes, settings);
		for (const change of oversized) {
			change.outcome = { status: 'invalid', reason: inOneLine(OVERSIZED), trouble: OVERSIZED };
		}
		return batches;
	};
	return {
		cohort,
		removals: yield* pack('remove', leavers.concat(members)),
		additions: yield* pack('add', members),
	};
}

/** Stands in for the delivery in a dry run: every change is `planned`, with the requests it would take. */
export function planOnly({ batches }: PreparedRun, clock: Clock): DeliveryReport {
	const tallies = batches.map(({ removals, additions }) => {
		const tally = new Tally(clock);
		for (const batch of [...removals, ...additions]) {
			tally.requests++;
			tally.bytes += batch.bytes;
			for (const change of batch.changes) change.outcome = { status: 'planned' };
		}
		return tally;
	});
	return { tallies, ended: undefined };
}

/** How long a number of requests takes at the least, in seconds: the first minute's worth can go at once. */
export function secondsAtRate(requests: number, requestsPerMinute: number): number {
	return Math.max(0, Math.ceil(requests / requestsPerMinute) - 1) * 60;
}
