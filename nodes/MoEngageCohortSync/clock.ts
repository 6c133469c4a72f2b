/** The node's only source of time and randomness, so that a test can simulate an hour in a millisecond. */
export interface Clock {
	/** Wall time in ms since 1970; may jump. */
	now(): number;
	/** Monotonic time in ms. */
	elapsed(): number;
	/** Resolves after `ms`. */
	sleep(ms: number): Promise<void>;
	/** A random number from 0 to below 1. */
	random(): number;
}

const MAX_SLEEP_MS = 500;

/**
 * Sleeps for `ms`, or until `isOver` returns true. It sleeps in short intervals, since n8n's `sleep` can't be
 * cancelled and would leave a long timer behind.
 */
export async function sleepUntil(isOver: () => boolean, ms: number, clock: Clock): Promise<void> {
	for (let left = ms; left > 0 && !isOver(); left -= MAX_SLEEP_MS) {
		await clock.sleep(Math.min(left, MAX_SLEEP_MS));
	}
}
