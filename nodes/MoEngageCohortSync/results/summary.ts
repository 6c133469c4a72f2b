import { secondsAtRate } from '../delivery/rateLimiter';
import type { Change } from '../model/change';
import { outcomeOf } from '../model/change';
import type { Cohort } from '../model/cohort';
import type { Status } from '../model/outcome';
import { isErrorStatus, STATUSES } from '../model/outcome';
import type { PlannedItem } from '../model/plan';
import { isFullSend } from '../model/plan';
import type { CohortRun, RunResult, SampleCounts } from '../model/run';
import type { Task } from '../slicing';
import { each } from '../slicing';
import { isResent, isSendable, reasonOf, statusOf } from './outcomes';

/** The summary of one cohort; its fields are part of the node's public interface. */
export type Summary = Record<Status, number> & {
	cohort_id: string;
	cohort_name: string;
	operation: string;
	dry_run: boolean;
	added: number;
	removed: number;
	/** Only in a dry run. */
	would_add?: number;
	/** Only in a dry run. */
	would_remove?: number;
	/** Only in a dry run. */
	would_resend?: number;
	duplicates: number;
	/** Members of a mirror who were sent again although they were already in; not counted as added. */
	resent: number;
	/** Members of a mirror who were not removed because some items could not be read. */
	removals_held: number;
	/** A mirror sent everyone again, including those who were already in. */
	resent_all: boolean;
	/** The mirror's memory lacks what an earlier run changed. */
	earlier_run_lost: boolean;
	/** Another run of the same mirror was in progress at the same time. */
	overlapped: boolean;
	requests: number;
	retries: number;
	throttled: number;
	bytes: number;
	waited_ms: number;
	/** The minimum time that the requests take under the rate limit. */
	seconds_at_rate: number;
	/** Members who were looked up in MoEngage before anything was sent; only with 'Look Up Users First'. */
	looked_up?: number;
	/** How many of those MoEngage does not know; only if some were looked up. */
	unknown_users?: number;
	started_at: string;
	finished_at: string;
	errors: string[];
};

/** A cohort's summary with the data for its output items. */
export interface SummarizedCohort {
	readonly json: Summary;
	/** Index of the cohort's first input item. */
	readonly firstItem: number;
	/** The members that a mirror was to remove. */
	readonly leavers: readonly Change[];
}

/** How many messages a summary contains. */
const MAX_ERRORS = 5;

/** Summarizes a run, one summary for each cohort, in the order of the cohorts' first items. */
export function* summarize(run: RunResult): Task<SummarizedCohort[]> {
	const summaries = new Map<Cohort, SummarizedCohort>();
	for (const cohortRun of run.cohorts) {
		const { plan } = cohortRun;
		summaries.set(plan.cohort, {
			json: emptySummary(cohortRun, run),
			firstItem: plan.firstItem,
			leavers: plan.leavers,
		});
	}
	yield* each(run.items, (planned, item) => {
		const summary = planned.cohort && summaries.get(planned.cohort)?.json;
		if (summary === undefined) return;
		count(summary, planned);
		if (!isSendable(planned)) return;
		if (planned.item !== item) summary.duplicates++;
		else countMember(summary, planned);
	});
	for (const { json, leavers } of summaries.values()) {
		yield* each(leavers, (change) => {
			count(json, change);
			countMember(json, change);
		});
	}
	return [...summaries.values()];
}

function count(summary: Summary, planned: PlannedItem): void {
	const status = statusOf(planned);
	summary[status]++;
	if (!isErrorStatus(status) || summary.errors.length >= MAX_ERRORS) return;
	const reason = reasonOf(planned);
	if (reason !== undefined && !summary.errors.includes(reason)) summary.errors.push(reason);
}

function countMember(summary: Summary, change: Change): void {
	const { status } = outcomeOf(change);
	if (status === 'planned') countPlanned(summary, change);
	if (status !== 'accepted') return;
	if (change.action === 'remove') summary.removed++;
	else if (isResent(change)) summary.resent++;
	else summary.added++;
}

function countPlanned(summary: Summary, change: Change): void {
	const { would_add = 0, would_remove = 0, would_resend = 0 } = summary;
	if (change.action === 'remove') summary.would_remove = would_remove + 1;
	else if (isResent(change)) summary.would_resend = would_resend + 1;
	else summary.would_add = would_add + 1;
}

const NOBODY: SampleCounts = { lookedUp: 0, unknown: 0 };

function sampleFields({ lookedUp, unknown }: SampleCounts = NOBODY): Partial<Summary> {
	return { looked_up: lookedUp, ...(lookedUp > 0 ? { unknown_users: unknown } : {}) };
}

function emptySummary(
	{ plan, stats }: CohortRun,
	{ operation, settings, startedAt, overlapped, sample }: RunResult,
): Summary {
	const counts = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<
		Status,
		number
	>;
	return {
		cohort_id: plan.cohort.id,
		cohort_name: plan.cohort.name,
		// First what people look for: n8n's table has room for six columns or so.
		...(settings.dryRun ? { would_add: 0, would_remove: 0, would_resend: 0 } : {}),
		added: 0,
		removed: 0,
		...counts,
		duplicates: 0,
		operation,
		dry_run: settings.dryRun,
		resent: 0,
		removals_held: plan.kind === 'planned' ? plan.heldLeavers.length : 0,
		resent_all: plan.kind === 'planned' && plan.resend !== undefined && isFullSend(plan.members),
		earlier_run_lost: plan.kind === 'planned' && plan.isEarlierRunLost,
		overlapped,
		requests: stats.requests,
		retries: stats.retries,
		throttled: stats.throttled,
		bytes: stats.bytes,
		waited_ms: Math.round(stats.waitedMs),
		seconds_at_rate: secondsAtRate(stats.requests, settings.requestsPerMinute),
		...(sample === undefined ? {} : sampleFields(sample.get(plan.cohort))),
		started_at: new Date(stats.startedAt ?? startedAt).toISOString(),
		finished_at: new Date(stats.finishedAt ?? startedAt).toISOString(),
		errors: [],
	};
}
