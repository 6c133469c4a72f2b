import type { Clock } from '../clock';

/** What the requests of one cohort took. */
export class Tally {
	requests = 0;
	retries = 0;
	/** Answers with status 429. */
	throttled = 0;
	/** UTF-8 bytes of the request bodies, each request once. */
	bytes = 0;
	/** Wall time in ms in which at least one request waited for the rate window or a retry. */
	waitedMs = 0;
	startedAt: number | undefined;
	finishedAt: number | undefined;
	private waiters = 0;
	private waitingSince = 0;

	constructor(private readonly clock: Clock) {}

	/** Counts the time that `wait` takes. */
	async waiting<T>(wait: () => Promise<T>): Promise<T> {
		if (this.waiters++ === 0) this.waitingSince = this.clock.elapsed();
		try {
			return await wait();
		} finally {
			if (--this.waiters === 0) this.waitedMs += this.clock.elapsed() - this.waitingSince;
		}
	}
}
