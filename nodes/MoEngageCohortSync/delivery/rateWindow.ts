import type { Clock } from '../clock';
import type { Signal } from './signal';

/** What one run allows itself in the shared window. */
export interface RateLimits {
	readonly requestsPerMinute: number;
	/** Requests in flight at once. */
	readonly concurrency: number;
}

/** The API counts requests in a rolling minute (Cohort Sync docs, read 2026-08: 300 requests a minute). */
const WINDOW_MS = 60_000;

const LONGEST_SLEEP_MS = 1000;

/** How long a number of requests takes at the least, in seconds: the first minute's worth can go at once. */
export function secondsAtRate(requests: number, requestsPerMinute: number): number {
	return Math.max(0, Math.ceil(requests / requestsPerMinute) - 1) * 60;
}

interface Waiter {
	readonly limits: RateLimits;
	admitted: boolean;
	admit: () => void;
}

/**
 * The requests of all runs of one workspace in this process, so that together they keep within MoEngage's
 * rolling minute. A place is taken from the start of a request until a minute after its answer, because
 * the server may have counted the request as late as that.
 *
 * Requests start in the order in which they asked. Where runs have different limits, the lowest among them
 * therefore sets the pace for all, and no run waits for another one's end.
 */
export class RateWindow {
	private inFlight = 0;
	/** When requests were answered, oldest first; what is older than a minute is dropped. */
	private answeredAt: number[] = [];
	private closedUntil = -Infinity;
	private waiters: Waiter[] = [];
	private wakeAt = Infinity;

	constructor(private readonly clock: Clock) {}

	/**
	 * Waits for a place for one request. Each place got must be given back with `answered` or `leave`.
	 *
	 * @param over given when the run no longer wants the place
	 * @returns false where `over` came first
	 */
	async enter(limits: RateLimits, over: Signal): Promise<boolean> {
		const waiter: Waiter = { limits, admitted: false, admit: () => {} };
		this.waiters.push(waiter);
		this.admitWaiters();
		if (waiter.admitted) return true;
		const place = new Promise<void>((resolve) => {
			waiter.admit = resolve;
		});
		await over.orElse(place);
		if (waiter.admitted) return true;
		this.waiters = this.waiters.filter((other) => other !== waiter);
		this.admitWaiters();
		return false;
	}

	/** Notes that a request was answered, or given up, now. */
	answered(): void {
		this.inFlight--;
		this.answeredAt.push(this.clock.elapsed());
		this.admitWaiters();
	}

	/** Gives a place back without having used it. */
	leave(): void {
		this.inFlight--;
		this.admitWaiters();
	}

	/** Lets no request of any run start for the next `ms`: MoEngage said that it gets too many. */
	close(ms: number): void {
		this.closedUntil = Math.max(this.closedUntil, this.clock.elapsed() + ms);
	}

	private admitWaiters(): void {
		this.forgetOld();
		for (let waiter = this.waiters[0]; waiter !== undefined; waiter = this.waiters[0]) {
			const freeAt = this.placeFreeAt(waiter.limits);
			if (freeAt > this.clock.elapsed()) {
				this.wakeUpAt(freeAt);
				return;
			}
			this.waiters.shift();
			this.inFlight++;
			waiter.admitted = true;
			waiter.admit();
		}
	}

	private forgetOld(): void {
		const horizon = this.clock.elapsed() - WINDOW_MS;
		const firstCounting = this.answeredAt.findIndex((at) => at >= horizon);
		this.answeredAt.splice(0, firstCounting === -1 ? this.answeredAt.length : firstCounting);
	}

	/** When a request may start, in the clock's time; `Infinity` where an answer has to come first. */
	private placeFreeAt({ concurrency, requestsPerMinute }: RateLimits): number {
		if (this.inFlight >= concurrency) return Infinity;
		const tooMany = this.inFlight + this.answeredAt.length - requestsPerMinute;
		if (tooMany < 0) return this.closedUntil;
		const lastToLeave = this.answeredAt[tooMany];
		if (lastToLeave === undefined) return Infinity;
		return Math.max(this.closedUntil, lastToLeave + WINDOW_MS + 1);
	}

	/**
	 * Keeps one sleep going, to the moment at which the first in line may start; in short pieces, so that no
	 * long timer is left behind when the line breaks up.
	 */
	private wakeUpAt(at: number): void {
		const next = Math.min(at, this.clock.elapsed() + LONGEST_SLEEP_MS);
		if (next >= this.wakeAt) return;
		this.wakeAt = next;
		void this.clock.sleep(next - this.clock.elapsed()).then(() => {
			if (this.wakeAt === next) this.wakeAt = Infinity;
			this.admitWaiters();
		});
	}
}
