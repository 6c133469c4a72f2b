import type { Cohort } from './cohort';
import type { Notice } from './notice';
import type { CohortPlan, PlannedItem } from './plan';
import type { DeliveryProblem } from './problem';
import type { Operation, Settings } from './settings';

/** Figures about the requests of one cohort. */
export interface CohortStats {
	readonly requests: number;
	readonly retries: number;
	/** Responses with status 429. */
	readonly throttled: number;
	/** UTF-8 bytes of the request bodies, each request once. */
	readonly bytes: number;
	/** Wall time in ms in which at least one request waited for the rate limiter or a retry. */
	readonly waitedMs: number;
	/** From the first request until the last one is settled, sent or not, in ms since 1970; `undefined` if none was needed. */
	readonly startedAt: number | undefined;
	readonly finishedAt: number | undefined;
	/** The latest timestamp in a request, in ms since 1970; `undefined` if nothing was sent. */
	readonly lastTimestamp: number | undefined;
}

/** One cohort's share of a run. */
export interface CohortRun {
	readonly plan: CohortPlan;
	readonly stats: CohortStats;
}

/** How many of the sample's users were looked up, and how many of those MoEngage does not know. */
export interface SampleCounts {
	readonly lookedUp: number;
	readonly unknown: number;
}

/** A run after its last request. */
export interface RunResult {
	readonly operation: Operation;
	readonly settings: Settings;
	/** Wall time in ms since 1970. */
	readonly startedAt: number;
	/** One entry for each input item. */
	readonly items: readonly PlannedItem[];
	/** In the order of the cohorts' first items. */
	readonly cohorts: readonly CohortRun[];
	/** Why the run ended before everything was sent, if it did. */
	readonly ended: DeliveryProblem | undefined;
	/** Another run of the same mirror was in progress at the same time. */
	readonly overlapped: boolean;
	/** What the user should know about the items. */
	readonly notices: readonly Notice[];
	/** The cohorts' shares of the sample that was looked up first, if one was to be. */
	readonly sample?: ReadonlyMap<Cohort, SampleCounts> | undefined;
}
