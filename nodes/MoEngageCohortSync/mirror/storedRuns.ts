import type { RunNumbers } from './runLease';

/** What a workflow's static data stores about its runs, in addition to the memories of its cohorts. */
export interface StoredRuns {
	readonly version: 1;
	/** By node ID: what the node's last run wrote to the database. */
	readonly numbers: RunNumbers;
	/** The latest loss that a run has noticed, in microseconds since 1970. */
	readonly lostAt?: number;
}

/** The key under which they are stored. A cohort's key contains a space, so none can be the same. */
export const RUNS_KEY = 'runs';

/**
 * What a loss means for a cohort:
 * - `resend`: the remembered members may not be those who are in, so everyone is sent again;
 * - `forgotten`: the lost run may have been the cohort's first, so whom it added is unknown.
 */
export type CohortLoss = 'none' | 'resend' | 'forgotten';

/** For how long after a loss a cohort without a memory may be one that the lost run mirrored, in microseconds. */
const FORGOTTEN_FOR = 31 * 24 * 60 * 60 * 1e6;

/** Reads them from the static data. What can't be read counts as missing, which the next run notices. */
export function readRuns(stored: unknown): StoredRuns {
	const numbers: Record<string, number> = {};
	if (!isObject(stored) || stored['version'] !== 1) return { version: 1, numbers };
	const { numbers: storedNumbers, lostAt } = stored;
	for (const [nodeId, number] of Object.entries(isObject(storedNumbers) ? storedNumbers : {})) {
		if (isNumber(number)) numbers[nodeId] = number;
	}
	return { version: 1, numbers, ...(isNumber(lostAt) ? { lostAt } : {}) };
}

/** Records a loss that a run has noticed. It affects every cohort, not only those that the run mirrors. */
export function withLoss(runs: StoredRuns, lostAt: number): StoredRuns {
	if (runs.lostAt === lostAt) return runs;
	// Another node's loss may be later, if a clock was ahead.
	return { ...runs, lostAt: Math.max(lostAt, (runs.lostAt ?? 0) + 1) };
}

/** Merges what n8n loaded with what this process holds, with the given numbers; the later loss counts. */
export function joinRuns(
	numbers: RunNumbers,
	{ lostAt = 0 }: StoredRuns,
	held: StoredRuns,
): StoredRuns {
	const latest = Math.max(lostAt, held.lostAt ?? 0);
	return { version: 1, numbers, ...(latest > 0 ? { lostAt: latest } : {}) };
}

/**
 * What the workflow's latest loss means for one of its cohorts.
 *
 * @param cohort the cohort's memory; `undefined` if there is none. `sentAfterLoss` is the `lostAt` of the loss
 * after which everyone was sent again and accepted
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

/** Up to the year 2223, so that slightly higher numbers are still safe integers. */
function isNumber(value: unknown): value is number {
	return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) < 8e15;
}
