import type { Clock } from './clock';

/** What one run allows itself in the shared window. */
export interface RateLimits {
	readonly requestsPerMinute: number;
	/** Requests in flight at once. */
	readonly concurrency: number;
}

/** The API counts requests in a rolling minute (Cohort Sync docs, read 2026-08: 300 requests a minute). */
const WINDOW_MS = 60_000;

interface Waiter {
	readonly limits: RateLimits;
	readonly admit: () => void;
}

/**
 * The requests of all runs of one workspace in this process, so that together they keep within MoEngage's
 * rolling minute. A place is taken from the start of a request until a minute after its answer, because
 * the server may have counted the request as late as that.
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
	 * @param over settles when the run no longer wants the place
	 * @returns false where `over` came first
	 */
	async enter(limits: RateLimits, over: Promise<void>): Promise<boolean> {
		if (this.waiters.length === 0 && this.hasPlace(limits)) {
			this.inFlight++;
			return true;
		}
		let admitted = false;
		let waiter: Waiter | undefined;
		const place = new Promise<void>((resolve) => {
			waiter = {
				limits,
				admit: () => {
					admitted = true;
					resolve();
				},
			};
			this.waiters.push(waiter);
		});
		this.admitWaiters();
		await Promise.race([place, over]);
		this.waiters = this.waiters.filter((other) => other !== waiter);
		return admitted;
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

	private hasPlace(limits: RateLimits): boolean {
		this.forgetOld();
		return (
			this.clock.elapsed() >= this.closedUntil &&
			this.inFlight < limits.concurrency &&
			this.inFlight + this.answeredAt.length < limits.requestsPerMinute
		);
	}

	private forgetOld(): void {
		const horizon = this.clock.elapsed() - WINDOW_MS;
		const firstCounting = this.answeredAt.findIndex((at) => at >= horizon);
		this.answeredAt.splice(0, firstCounting === -1 ? this.answeredAt.length : firstCounting);
	}

	private admitWaiters(): void {
		for (let next = 0; next < this.waiters.length; ) {
			const waiter = this.waiters[next];
			if (waiter === undefined) break;
			if (this.hasPlace(waiter.limits)) {
				this.inFlight++;
				this.waiters.splice(next, 1);
				waiter.admit();
			} else {
				next++;
			}
		}
		this.wakeForNextPlace();
	}

	/** Keeps one sleep going, to the moment at which the first of the waiting could start. */
	private wakeForNextPlace(): void {
		const at = Math.min(...this.waiters.map(({ limits }) => this.nextPlaceAt(limits)));
		if (at === Infinity || at >= this.wakeAt) return;
		this.wakeAt = at;
		void this.clock.sleep(Math.max(1, at - this.clock.elapsed())).then(() => {
			if (this.wakeAt === at) this.wakeAt = Infinity;
			this.admitWaiters();
		});
	}

	/** When time alone frees a place; `Infinity` where an answer has to come first. */
	private nextPlaceAt({ concurrency, requestsPerMinute }: RateLimits): number {
		if (this.inFlight >= concurrency) return Infinity;
		const tooMany = this.inFlight + this.answeredAt.length - requestsPerMinute;
		if (tooMany < 0) return this.closedUntil;
		const lastToLeave = this.answeredAt[tooMany];
		if (lastToLeave === undefined) return Infinity;
		return Math.max(this.closedUntil, lastToLeave + WINDOW_MS + 1);
	}
}
