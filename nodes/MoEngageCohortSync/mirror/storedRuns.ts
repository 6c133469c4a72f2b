import type { RunNumbers } from './runLease';

/** What a workflow's static data keeps of its runs, beside the memories of its cohorts. */
export interface StoredRuns {
	readonly version: 1;
	/** By node ID: what the node's last run wrote to the database. */
	readonly numbers: RunNumbers;
	/** The latest loss that a run has noticed, in microseconds since 1970. */
	readonly lostAt?: number;
}

/** The key under which they stand. A cohort's key has a space in it, so that none can be the same. */
export const RUNS_KEY = 'runs';

/**
 * What a loss means for a cohort:
 * - `resend`: whom it remembers may not be who is in, so everyone is sent again;
 * - `forgotten`: the lost run may have been the cohort's first, so that nobody knows whom it added.
 */
export type CohortLoss = 'none' | 'resend' | 'forgotten';

/** How long a cohort that isn't remembered may be one that a lost run mirrored, in microseconds. */
const FORGOTTEN_FOR = 31 * 24 * 60 * 60 * 1e6;

/** Reads them from the static data. What can't be read counts as not there: the next run notices that. */
export function readRuns(stored: unknown): StoredRuns {
	const numbers: Record<string, number> = {};
	if (!isObject(stored) || stored['version'] !== 1) return { version: 1, numbers };
	const { numbers: storedNumbers, lostAt } = stored;
	for (const [nodeId, number] of Object.entries(isObject(storedNumbers) ? storedNumbers : {})) {
		if (isNumber(number)) numbers[nodeId] = number;
	}
	return { version: 1, numbers, ...(isNumber(lostAt) ? { lostAt } : {}) };
}

/** Notes a loss that a run has noticed. It concerns every cohort, whichever the run mirrors. */
export function withLoss(runs: StoredRuns, lostAt: number): StoredRuns {
	if (runs.lostAt === lostAt) return runs;
	// Another node's may be from a clock that was ahead.
	return { ...runs, lostAt: Math.max(lostAt, (runs.lostAt ?? 0) + 1) };
}

/** Joins what n8n handed over with what this process holds: the numbers are given, the later loss counts. */
export function joinRuns(
	numbers: RunNumbers,
	{ lostAt = 0 }: StoredRuns,
	held: StoredRuns,
): StoredRuns {
	const latest = Math.max(lostAt, held.lostAt ?? 0);
	return { version: 1, numbers, ...(latest > 0 ? { lostAt: latest } : {}) };
}

/**
 * What the workflow's last loss means for one of its cohorts.
 *
 * @param cohort the cohort's memory; `undefined` if there is none. `sentAfterLoss` is the loss after which everyone
 *   was sent again: the `lostAt` of the memory that the run had read, kept by a run in which all were accepted
 * @param now in ms since 1970
 */
export function lossOf(
	{ lostAt }: StoredRuns,
	cohort: { readonly sentAfterLoss?: number | undefined } | undefined,
	now: number,
): CohortLoss {
	if (lostAt === undefined) return 'none';
	if (cohort !== undefined) return cohort.sentAfterLoss === lostAt ? 'none' : 'resend';
	return now * 1000 - lostAt > FORGOTTEN_FOR ? 'none' : 'forgotten';
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Up to the year 2223, so that a little more is still a safe integer. */
function isNumber(value: unknown): value is number {
	return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) < 8e15;
}
