import type { Clock } from '../clock';
import type { LimitReport } from './limitReport';
import { backoffMs } from './retry';

/** MoEngage counts requests in a rolling minute (Cohort Sync docs, read 2026-08: 300 requests a minute). */
export const WINDOW_MS = 60_000;

/** How long a process keeps to its share before it tries for more; half of it is left to chance. */
const HOLD_MS = 20_000;

/**
 * The longest pause after a 429 that names none; half of it is left to chance. Places are free for moments only
 * where others take each again: with 10 s, one of eight processes now and then found none for 15 minutes.
 */
const MAX_BACKOFF_MS = 6_000;

/**
 * This process's share of a limit that other processes and systems use as well.
 *
 * A process that was refused has, at that moment, as many requests in MoEngage's minute as MoEngage let through in
 * the last one. It keeps to that number: each place that it gets back it takes again, so that processes that share
 * a limit settle without knowing of each other. Now and then it tries a request more, and where that goes through,
 * two more, until it is refused again. What MoEngage says of the places that remain replaces the trying.
 *
 * Keeps one number for each place, mostly a request, of the last minute.
 */
export class SharedLimit {
	/** When the requests of the last minute that were let through were answered, oldest first. */
	private passedAt: number[] = [];
	/** So many places are this process's. */
	private share = Infinity;
	/** When a request beyond the share may be tried. */
	private raiseAt = -Infinity;
	private pausedUntil = -Infinity;
	private refusalsInARow = 0;
	/** Whether "0 remain" is to be obeyed: not where requests go through all the same. */
	private believesZero = false;
	private refusedSince: number | undefined;
	private refusedMs = 0;

	constructor(private readonly clock: Clock) {}

	/** Time in ms, of all so far, in which MoEngage let nothing through after a 429. */
	heldUpMs(): number {
		return this.refusedMs + this.refusingForMs();
	}

	/** How long MoEngage has been refusing everything, in ms. */
	refusingForMs(): number {
		return this.refusedSince === undefined ? 0 : this.clock.elapsed() - this.refusedSince;
	}

	/**
	 * When a request may start beside those in flight, in the clock's elapsed time; `Infinity`: after a response.
	 *
	 * @param inFlight the places of those in flight
	 * @param places the places that the request takes
	 */
	nextStartAt(inFlight: number, places = 1): number {
		// As long as nothing goes through, one request at a time finds out when that changes.
		if (this.refusalsInARow > 0 && inFlight > 0) return Infinity;
		this.dropOld();
		const free = this.share - this.passedAt.length - inFlight;
		if (free >= places) return this.pausedUntil;
		const raiseAt = free >= 0 ? this.raiseAt : Infinity;
		const nextFreeAt = (this.passedAt[places - 1 - free] ?? Infinity) + WINDOW_MS + 1;
		return Math.max(this.pausedUntil, Math.min(raiseAt, nextFreeAt));
	}

	/** Notes what a response says about the limit. */
	record(report: LimitReport, places = 1): void {
		this.dropOld();
		if (report.isThrottled) this.recordRefusal(report);
		else this.recordPassage(report, places);
	}

	private recordRefusal({ retryAfterMs = 0, resetMs }: LimitReport): void {
		const now = this.clock.elapsed();
		this.refusedSince ??= now;
		// Requests that were in flight together count once.
		if (now >= this.pausedUntil || this.refusalsInARow === 0) this.refusalsInARow++;
		const backoff = Math.min(backoffMs(this.refusalsInARow, this.clock), MAX_BACKOFF_MS);
		this.pausedUntil = Math.max(
			this.pausedUntil,
			now + Math.max(backoff, retryAfterMs, resetMs ?? 0),
		);
		this.believesZero = true;
		this.keepToShare(this.passedAt.length, resetMs);
	}

	private recordPassage({ remaining, resetMs }: LimitReport, places: number): void {
		const now = this.clock.elapsed();
		for (let place = 0; place < places; place++) this.passedAt.push(now);
		const passed = this.passedAt.length;
		this.refusedMs += this.refusingForMs();
		this.refusedSince = undefined;
		this.refusalsInARow = 0;
		const isBeyondShare = passed > this.share;
		if (remaining !== undefined && remaining > 0) {
			this.believesZero = true;
			this.share = passed + remaining;
			return;
		}
		if (remaining === 0 && isBeyondShare) this.believesZero = false;
		if (remaining === 0 && this.believesZero) {
			if (now >= this.raiseAt) this.keepToShare(passed, resetMs);
			else this.share = passed;
			return;
		}
		this.share = Math.max(this.share, passed);
		if (now >= this.raiseAt) this.share += 2;
	}

	/** The limit is used up: no more than these for a while. */
	private keepToShare(share: number, resetMs = 0): void {
		this.share = share;
		// Who has no place loses none by trying; the pauses between refusals are enough.
		const hold = share === 0 ? 0 : HOLD_MS / 2 + (HOLD_MS / 2) * this.clock.random();
		this.raiseAt = this.clock.elapsed() + Math.max(hold, resetMs);
	}

	private dropOld(): void {
		const windowStart = this.clock.elapsed() - WINDOW_MS;
		const first = this.passedAt.findIndex((at) => at >= windowStart);
		this.passedAt.splice(0, first === -1 ? this.passedAt.length : first);
	}
}
