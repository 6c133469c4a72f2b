import type { Clock } from '../clock';
import type { RateLimits } from '../model/settings';
import { untilAborted } from './abort';
import type { LimitReport } from './limitReport';
import { SharedLimit, WINDOW_MS } from './sharedLimit';

const MAX_SLEEP_MS = 1000;

/** The minimum time for a number of requests, in seconds: those of the first minute can all start at once. */
export function secondsAtRate(requests: number, requestsPerMinute: number): number {
	return Math.max(0, Math.ceil(requests / requestsPerMinute) - 1) * 60;
}

interface Waiter {
	readonly limits: RateLimits;
	readonly places: number;
	isAdmitted: boolean;
	admit: () => void;
}

/**
 * Keeps the requests of all runs for one workspace in this process within the limit in any rolling minute. A
 * request holds its permit from its start until a minute after its response, because the server may have counted it
 * at any moment up to the response.
 *
 * A request may take several places of the window if MoEngage counts the users in it.
 *
 * Requests start in the order in which they asked for a permit. If runs have different limits, the lowest of them
 * therefore applies to all, and no run has to wait for another one to end.
 */
export class RateLimiter {
	private inFlight = 0;
	/** Places that the requests in flight take. */
	private placesInFlight = 0;
	/**
	 * When responses came, once for each place, oldest first, in the clock's elapsed time. Times older than a
	 * minute are dropped.
	 */
	private respondedAt: number[] = [];
	private readonly sharedLimit: SharedLimit;
	private waiters: Waiter[] = [];
	private wakeAt = Infinity;

	constructor(private readonly clock: Clock) {
		this.sharedLimit = new SharedLimit(clock);
	}

	/** Total time in ms so far in which 429s delayed requests. */
	get throttledMs(): number {
		return this.sharedLimit.throttledMs();
	}

	/** How long MoEngage has accepted nothing since a 429, in ms. */
	get refusingForMs(): number {
		return this.sharedLimit.refusingForMs();
	}

	/**
	 * Waits for a permit for one request. Each permit must be returned with `release` or `cancel`.
	 *
	 * @param signal aborts the wait
	 * @param places how many of the `requestsPerMinute` the request takes
	 * @returns false, and no permit, if the signal aborted first
	 */
	async acquire(limits: RateLimits, signal: AbortSignal, places = 1): Promise<boolean> {
		if (signal.aborted) return false;
		const waiter: Waiter = { limits, places, isAdmitted: false, admit: () => {} };
		this.waiters.push(waiter);
		this.admitWaiters();
		if (waiter.isAdmitted) return true;
		const admission = new Promise<void>((resolve) => {
			waiter.admit = resolve;
		});
		await untilAborted(admission, signal);
		if (waiter.isAdmitted) return true;
		this.waiters = this.waiters.filter((other) => other !== waiter);
		this.admitWaiters();
		return false;
	}

	/**
	 * Returns a permit after a response, or when a response is no longer awaited. It counts for another minute.
	 *
	 * @param report what the response says about MoEngage's limit
	 */
	release(report?: LimitReport, places = 1): void {
		if (report) this.sharedLimit.record(report, places);
		const now = this.clock.elapsed();
		this.inFlight--;
		this.placesInFlight -= places;
		for (let place = 0; place < places; place++) this.respondedAt.push(now);
		this.admitWaiters();
	}

	/** Returns a permit that was not used. */
	cancel(places = 1): void {
		this.inFlight--;
		this.placesInFlight -= places;
		this.admitWaiters();
	}

	private admitWaiters(): void {
		this.dropOldResponses();
		for (let waiter = this.waiters[0]; waiter !== undefined; waiter = this.waiters[0]) {
			const freeAt = this.nextPermitAt(waiter);
			if (freeAt > this.clock.elapsed()) {
				this.wakeUpAt(freeAt);
				return;
			}
			this.waiters.shift();
			this.inFlight++;
			this.placesInFlight += waiter.places;
			waiter.isAdmitted = true;
			waiter.admit();
		}
	}

	private dropOldResponses(): void {
		const windowStart = this.clock.elapsed() - WINDOW_MS;
		const firstInWindow = this.respondedAt.findIndex((at) => at >= windowStart);
		this.respondedAt.splice(0, firstInWindow === -1 ? this.respondedAt.length : firstInWindow);
	}

	/**
	 * When a request may start, in the clock's elapsed time; `Infinity` if it first has to wait for a response to
	 * another request.
	 */
	private nextPermitAt({ limits, places }: Waiter): number {
		const { concurrency, requestsPerMinute } = limits;
		if (this.inFlight >= concurrency) return Infinity;
		const sharedAt = this.sharedLimit.nextStartAt(this.placesInFlight, places);
		const taken = this.placesInFlight + this.respondedAt.length;
		const excess = taken + places - 1 - requestsPerMinute;
		if (excess < 0) return sharedAt;
		const lastToLeave = this.respondedAt[excess];
		if (lastToLeave === undefined) return Infinity;
		return Math.max(sharedAt, lastToLeave + WINDOW_MS + 1);
	}

	/**
	 * Keeps one sleep running until the first waiter may start. It sleeps in short intervals, so that no long timer
	 * is left behind when all waits are aborted.
	 */
	private wakeUpAt(at: number): void {
		const next = Math.min(at, this.clock.elapsed() + MAX_SLEEP_MS);
		if (next >= this.wakeAt) return;
		this.wakeAt = next;
		void this.clock.sleep(next - this.clock.elapsed()).then(() => {
			if (this.wakeAt === next) this.wakeAt = Infinity;
			this.admitWaiters();
		});
	}
}
