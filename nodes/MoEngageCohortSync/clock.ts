import { sleep } from 'n8n-workflow';

/** Time and chance as the node sees them, so that a test can play an hour in a millisecond. */
export interface Clock {
	/** Wall time in ms since 1970; may jump. */
	now(): number;
	/** Time in ms that only moves forward. */
	elapsed(): number;
	/** Resolves after `ms`. */
	sleep(ms: number): Promise<void>;
	/** A random number from 0 to below 1. */
	random(): number;
}

/** The real time. n8n allows community nodes no timers of their own, but its own `sleep`. */
export const systemClock: Clock = {
	now: () => Date.now(),
	elapsed: () => performance.now(),
	sleep: async (ms) => await sleep(ms),
	random: () => Math.random(),
};

const LONGEST_PIECE_MS = 500;

/** Sleeps in short pieces, so that no long timer is left behind once nobody waits for it any more. */
export async function sleepUnless(isOver: () => boolean, ms: number, clock: Clock): Promise<void> {
	for (let left = ms; left > 0 && !isOver(); left -= LONGEST_PIECE_MS) {
		await clock.sleep(Math.min(left, LONGEST_PIECE_MS));
	}
}
