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
