import type { Clock } from '../clock';
import type { LimitReport } from './limitReport';
import { backoffMs } from './retry';

/** MoEngage counts requests in a rolling minute (Cohort Sync docs, read 2026-08: 300 requests a minute). */
export const WINDOW_MS = 60_000;

/** How long a process keeps to its share before it tries for more; half of this is random. */
const HOLD_MS = 20_000;

/**
 * The longest pause after a 429 without Retry-After; half of it is random. Other processes quickly reuse free
 * places: with 10 s, one of eight processes sometimes found none for 15 minutes.
 */
const MAX_BACKOFF_MS = 6_000;

/**
 * This process's share of a limit that other processes and systems use as well.
 *
 * When a process gets a 429, its share is the number of its requests that MoEngage accepted in the last minute. It
 * keeps to that number by reusing each place when it becomes free, so processes that share a limit need not know
 * about each other. From time to time, it tries one extra request, and if that is accepted, two more, until the
 * next 429. If MoEngage says how many requests remain, no such tries are needed.
 *
 * Stores one number for each place of the last minute; most requests take one place.
 */
export class SharedLimit {
	/** When the accepted requests of the last minute were answered, oldest first. */
	private acceptedAt: number[] = [];
	/** How many places this process may use. */
	private share = Infinity;
	/** When a request beyond the share may be tried. */
	private raiseAt = -Infinity;
	private pausedUntil = -Infinity;
	private refusalsInARow = 0;
	/** Whether to trust "0 remain": not if requests are accepted anyway. */
	private trustsZero = false;
	private refusedSince: number | undefined;
	private refusedMs = 0;

	constructor(private readonly clock: Clock) {}

	/** Total time in ms so far in which MoEngage accepted nothing after a 429. */
	throttledMs(): number {
		return this.refusedMs + this.refusingForMs();
	}

	/** How long MoEngage has been rejecting everything, in ms. */
	refusingForMs(): number {
		return this.refusedSince === undefined ? 0 : this.clock.elapsed() - this.refusedSince;
	}

	/**
	 * When a request may start in addition to those in flight, in the clock's elapsed time; `Infinity` if it first
	 * has to wait for a response.
	 *
	 * @param inFlight the places that the requests in flight take
	 * @param places the places that the request takes
	 */
	nextStartAt(inFlight: number, places = 1): number {
		// While nothing is accepted, one request at a time tests whether that has changed.
		if (this.refusalsInARow > 0 && inFlight > 0) return Infinity;
		this.dropOld();
		const free = this.share - this.acceptedAt.length - inFlight;
		if (free >= places) return this.pausedUntil;
		const raiseAt = free >= 0 ? this.raiseAt : Infinity;
		const nextFreeAt = (this.acceptedAt[places - 1 - free] ?? Infinity) + WINDOW_MS + 1;
		return Math.max(this.pausedUntil, Math.min(raiseAt, nextFreeAt));
	}

	/** Records what a response says about the limit. */
	record(report: LimitReport, places = 1): void {
		this.dropOld();
		if (report.isThrottled) this.recordRefusal(report);
		else this.recordAcceptance(report, places);
	}

	private recordRefusal({ retryAfterMs = 0, resetMs }: LimitReport): void {
		const now = this.clock.elapsed();
		this.refusedSince ??= now;
		// Requests that were in flight together count once.
		if (now >= this.pausedUntil || this.refusalsInARow === 0) this.refusalsInARow++;
		const backoff = backoffMs(this.refusalsInARow, this.clock, MAX_BACKOFF_MS);
		this.pausedUntil = Math.max(
			this.pausedUntil,
			now + Math.max(backoff, retryAfterMs, resetMs ?? 0),
		);
		this.trustsZero = true;
		this.keepToShare(this.acceptedAt.length, resetMs);
	}

	private recordAcceptance({ remaining, resetMs }: LimitReport, places: number): void {
		const now = this.clock.elapsed();
		for (let place = 0; place < places; place++) this.acceptedAt.push(now);
		const accepted = this.acceptedAt.length;
		this.refusedMs += this.refusingForMs();
		this.refusedSince = undefined;
		this.refusalsInARow = 0;
		const isBeyondShare = accepted > this.share;
		if (remaining !== undefined && remaining > 0) {
			this.trustsZero = true;
			this.share = accepted + remaining;
			return;
		}
		if (remaining === 0 && isBeyondShare) this.trustsZero = false;
		if (remaining === 0 && this.trustsZero) {
			if (now >= this.raiseAt) this.keepToShare(accepted, resetMs);
			else this.share = accepted;
			return;
		}
		this.share = Math.max(this.share, accepted);
		if (now >= this.raiseAt) this.share += 2;
	}

	/** The limit is used up: no more than these places for now. */
	private keepToShare(share: number, resetMs = 0): void {
		this.share = share;
		// A process without a place has nothing to lose by trying; the pauses between rejections are enough.
		const hold = share === 0 ? 0 : HOLD_MS / 2 + (HOLD_MS / 2) * this.clock.random();
		this.raiseAt = this.clock.elapsed() + Math.max(hold, resetMs);
	}

	private dropOld(): void {
		const windowStart = this.clock.elapsed() - WINDOW_MS;
		const first = this.acceptedAt.findIndex((at) => at >= windowStart);
		this.acceptedAt.splice(0, first === -1 ? this.acceptedAt.length : first);
	}
}
