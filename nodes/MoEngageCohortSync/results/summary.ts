import type { Change, CohortChanges, PlannedItem } from '../plan/changes';
import { hasResentAll, InvalidItem, leaversToRemove, SupersededItem } from '../plan/changes';
import type { Cohort } from '../plan/cohort';
import type { Outcome, Status } from '../plan/outcome';
import { isTrouble, outcomeOf, STATUSES } from '../plan/outcome';
import type { FinishedRun } from '../run';
import { secondsAtRate } from '../delivery/rateWindow';
import type { Tally } from '../delivery/tally';
import type { Work } from '../work';
import { startsPiece } from '../work';

/** The summary of one cohort; its fields are the node's public interface. */
export type Summary = Record<Status, number> & {
	cohort_id: string;
	cohort_name: string;
	operation: string;
	dry_run: boolean;
	duplicates: number;
	added: number;
	removed: number;
	/** A mirror sent everyone again, also those who were in already. */
	resent_all: boolean;
	requests: number;
	retries: number;
	throttled: number;
	bytes: number;
	waited_ms: number;
	/** The least time that the rate limit allows for the requests. */
	seconds_at_rate: number;
	started_at: string;
	finished_at: string;
	errors: string[];
};

/** A cohort's summary with what its results are made of. */
export interface SummarizedCohort {
	readonly json: Summary;
	/** Index of the cohort's first input item. */
	readonly firstItem: number;
	/** The members who had to leave in a mirror. */
	readonly leavers: readonly Change[];
}

/** As many sentences as a person would read. */
const MOST_ERRORS = 5;

/** Sums a run up, one summary a cohort, in the order of the cohorts' first items. */
export function* summarize(run: FinishedRun): Work<SummarizedCohort[]> {
	const summaries = new Map<Cohort, SummarizedCohort>();
	run.cohorts.forEach((changes, index) => {
		summaries.set(changes.cohort, {
			json: emptySummary(changes, run, run.tallies[index]),
			firstItem: changes.firstItem,
			leavers: leaversToRemove(changes),
		});
	});
	for (const [item, planned] of run.items.entries()) {
		if (startsPiece(item)) yield;
		const entry = planned.cohort && summaries.get(planned.cohort);
		if (entry === undefined) continue;
		const outcome = outcomeOfItem(planned);
		count(entry.json, outcome);
		if (planned instanceof InvalidItem || planned instanceof SupersededItem) continue;
		if (planned.item !== item) entry.json.duplicates++;
		else countMember(entry.json, planned, outcome);
	}
	for (const { json, leavers } of summaries.values()) {
		for (const [index, change] of leavers.entries()) {
			if (startsPiece(index)) yield;
			count(json, outcomeOf(change));
			countMember(json, change, outcomeOf(change));
		}
	}
	return [...summaries.values()];
}

/** What became of an item, whether it has a change or not. */
export function outcomeOfItem(planned: PlannedItem): Outcome {
	if (planned instanceof InvalidItem) return { status: 'invalid', reason: planned.reason };
	if (planned instanceof SupersededItem) return { status: 'superseded' };
	return outcomeOf(planned);
}

function count(summary: Summary, { status, reason }: Outcome): void {
	summary[status]++;
	if (!isTrouble(status) || reason === undefined) return;
	if (summary.errors.length < MOST_ERRORS && !summary.errors.includes(reason)) {
		summary.errors.push(reason);
	}
}

function countMember(summary: Summary, { action }: Change, { status }: Outcome): void {
	if (status === 'accepted') summary[action === 'remove' ? 'removed' : 'added']++;
}

function emptySummary(
	changes: CohortChanges,
	{ operation, settings, startedAt }: FinishedRun,
	tally: Tally | undefined,
): Summary {
	const counts = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<
		Status,
		number
	>;
	const requests = tally?.requests ?? 0;
	return {
		cohort_id: changes.cohort.id,
		cohort_name: changes.cohort.name,
		operation,
		dry_run: settings.dryRun,
		...counts,
		duplicates: 0,
		added: 0,
		removed: 0,
		resent_all: hasResentAll(changes),
		requests,
		retries: tally?.retries ?? 0,
		throttled: tally?.throttled ?? 0,
		bytes: tally?.bytes ?? 0,
		waited_ms: Math.round(tally?.waitedMs ?? 0),
		seconds_at_rate: secondsAtRate(requests, settings.requestsPerMinute),
		started_at: new Date(tally?.startedAt ?? startedAt).toISOString(),
		finished_at: new Date(tally?.finishedAt ?? startedAt).toISOString(),
		errors: [],
	};
}
