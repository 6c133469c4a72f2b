import type { Clock } from '../clock';
import type { CohortStats } from '../model/run';

/** Counts the requests of one cohort, their retries, bytes and waiting time. */
export class CohortStatsRecorder implements CohortStats {
	requests = 0;
	retries = 0;
	throttled = 0;
	bytes = 0;
	waitedMs = 0;
	startedAt: number | undefined;
	finishedAt: number | undefined;
	lastTimestamp: number | undefined;
	private waiting = 0;
	private waitingSince = 0;

	constructor(private readonly clock: Clock) {}

	/** Counts a request, however often it is sent. */
	countRequest(bytes: number): void {
		this.requests++;
		this.bytes += bytes;
	}

	/** Counts the time until `wait` is over. Waits that overlap count once. */
	async countWait<T>(wait: Promise<T>): Promise<T> {
		if (this.waiting++ === 0) this.waitingSince = this.clock.elapsed();
		try {
			return await wait;
		} finally {
			if (--this.waiting === 0) this.waitedMs += this.clock.elapsed() - this.waitingSince;
		}
	}
}
