import type { Clock } from '../clock';
import { RateLimiter } from './rateLimiter';
import type { LookupForm } from './wire';

/** The timestamps that one run may use, in ms since 1970. */
export interface RunTimestamps {
	readonly first: number;
	/**
	 * The last one before the next run's first; `Infinity` while there is no later run. Until this run has reserved its
	 * timestamps, it has room for at least two.
	 */
	readonly last: number;
}

/**
 * How many timestamps a run may take before it is planned: more would put runs that start soon after it far ahead of
 * the clock, and so ahead of later runs in other n8n processes.
 */
const MAX_EXPECTED = 1_000;

/** What all runs for one MoEngage workspace in this n8n process share. */
export class Workspace {
	readonly rateLimiter: RateLimiter;
	/** Get User has its own limit. */
	readonly lookupLimiter: RateLimiter;
	/** The form of Get User's body that MoEngage accepted last. */
	lookupForm: LookupForm = 'wrapped';
	/** The latest timestamp that a planned run has reserved, in ms since 1970. */
	private lastReserved = 0;
	/** The latest one that the latest run is expected to need; once that is planned, the one it has reserved. */
	private lastExpected = 0;
	private latestRun: { first: number; last: number } = { first: 0, last: Infinity };

	constructor(readonly clock: Clock) {
		this.rateLimiter = new RateLimiter(clock);
		this.lookupLimiter = new RateLimiter(clock);
	}

	/**
	 * The timestamps of a run that starts now. MoEngage applies changes in the order of their timestamps, so this
	 * makes the later of two runs win, even when the clock is set back.
	 *
	 * @param expected how many requests the run may send for a cohort, as far as that is known before it is planned
	 */
	startRun(expected: number): RunTimestamps {
		const first = Math.max(this.clock.now(), this.lastReserved + 1, this.lastExpected + 1);
		this.latestRun.last = first - 1;
		this.latestRun = { first, last: Infinity };
		// Two at least, so that additions can always be later than removals.
		this.lastExpected = first - 1 + Math.min(Math.max(2, expected), MAX_EXPECTED);
		return this.latestRun;
	}

	/**
	 * Reserves the timestamps that a run needs, now that it is planned: all runs that start from now on get later ones.
	 *
	 * @param last in ms since 1970
	 */
	reserveTimestamps(run: RunTimestamps, last: number): void {
		if (run === this.latestRun) this.lastExpected = last;
		// Runs that started before this one may have reserved later ones, for cohorts whose `notBefore` is later.
		this.lastReserved = Math.max(this.lastReserved, last);
	}
}

const workspaces = new Map<string, Workspace>();

/** The workspace of an App ID at a data center; the same object for all runs in this process. */
export function workspaceOf(baseUrl: string, appId: string, clock: Clock): Workspace {
	const key = `${baseUrl} ${appId}`;
	let workspace = workspaces.get(key);
	if (workspace === undefined) {
		workspace = new Workspace(clock);
		workspaces.set(key, workspace);
	}
	return workspace;
}
