import type { Batch } from './batches';
import { packBatches } from './batches';
import type { Action, Change, Plan, Source } from './changes';
import { InvalidItem, planChanges } from './changes';
import type { Clock } from './clock';
import type { CohortBatches, DeliveryReport } from './delivery';
import type { Settings } from './settings';
import { Tally } from './tally';

/** A run before its first request: what each item comes to, and the batches to send. */
export interface PreparedRun extends Plan {
	readonly batches: CohortBatches[];
}

/** A run after its last request. */
export interface FinishedRun extends PreparedRun, DeliveryReport {
	readonly dryRun: boolean;
	/** Wall time in ms since 1970. */
	readonly startedAt: number;
}

/** Reads, plans and packs. Nothing is sent yet; what can't be sent is an `InvalidItem`. */
export function prepareRun(source: Source, action: Action, settings: Settings): PreparedRun {
	const { cohorts, items } = planChanges(source, action);
	const oversized = new Set<Change>();
	const batches = cohorts.map(({ cohort, removals, additions }) => {
		const pack = (what: Action, changes: readonly Change[]): Batch[] => {
			const packed = packBatches(cohort, what, changes, settings);
			packed.oversized.forEach((change) => oversized.add(change));
			return packed.batches;
		};
		return { cohort, removals: pack('remove', removals), additions: pack('add', additions) };
	});
	if (oversized.size > 0) {
		items.forEach((planned, item) => {
			if (planned instanceof InvalidItem || !oversized.has(planned)) return;
			items[item] = new InvalidItem(
				"The member alone is larger than a request may be. Shorten its identifier or the 'Cohort Description', or raise the option 'Payload Limit in Bytes'.",
				planned.cohort,
			);
		});
	}
	return { cohorts, items, batches };
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
