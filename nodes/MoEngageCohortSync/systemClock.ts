import { sleep } from 'n8n-workflow';
import type { Clock } from './clock';

/** The real time. n8n doesn't allow community nodes to use timers, but provides `sleep`. */
export const systemClock: Clock = {
	now: () => Date.now(),
	elapsed: () => performance.now(),
	sleep: async (ms) => await sleep(ms),
	random: () => Math.random(),
};
