import type { Clock } from '../clock';

/**
 * A number that n8n stores in its database for one node of one workflow. It is written immediately, all n8n
 * processes share it, and it survives restarts. It only grows, and it can't be read without writing.
 */
export interface HighWaterMark {
	/**
	 * Raises the mark to the last of `values` if that is above it. Reading and writing are two statements, so two
	 * processes that do it within the same milliseconds may undo each other.
	 *
	 * @param values ascending, below 2^53
	 * @returns for each value, whether it was above the mark
	 * @throws whatever n8n throws, for example, for a workflow without an ID or if the database is unavailable
	 */
	raise(values: readonly number[]): Promise<readonly boolean[]>;
	/** Deletes the mark, so that every value is above it. */
	clear(): Promise<void>;
}

/** The position of the mark relative to a number. */
export type MarkPosition = 'equal' | 'above' | 'below';

/** Longer than n8n's helper takes from reading to writing, in ms. */
export const SETTLE_MS = 1_000;

/** How often a number is written again before it counts as stable. */
const MAX_SETTLE_TRIES = 5;

/**
 * Compares the mark to a number. One that is equal is raised to `next`, and one that is below as well; one that is
 * above is raised only if `next` is above it.
 *
 * @param next at least `number + 1`
 * @param earlier what this process raised the mark to before `number`: another process that had read it may have
 *   written it back, which counts as equal
 */
export async function compareMark(
	mark: HighWaterMark,
	number: number,
	next = number + 1,
	earlier?: number,
): Promise<MarkPosition> {
	const asked = [number, number + 1, next];
	if (earlier !== undefined) asked.unshift(earlier, earlier + 1);
	const values = [...new Set(asked)];
	const answers = await mark.raise(values);
	const isAbove = (value: number) => answers[values.indexOf(value)] === true;
	if (!isAbove(number + 1)) return 'above';
	if (!isAbove(number)) return 'equal';
	return earlier !== undefined && !isAbove(earlier) && isAbove(earlier + 1) ? 'equal' : 'below';
}

/** By how much at most, in ms, the numbers of two first runs at the same time differ. */
const MAX_DIFFERENCE_MS = 200_000;

/**
 * Raises the mark wherever it is, from `number` on.
 *
 * @param now in ms since 1970
 * @returns what the mark is now
 */
export async function raiseMark(mark: HighWaterMark, number: number, now: number): Promise<number> {
	const limit = number + MAX_DIFFERENCE_MS;
	// Grows slowly, so that the mark doesn't get far ahead of all clocks: that would look like a run in progress.
	for (let step = 1000; ; step = Math.ceil(step * 1.25)) {
		const [isAbove] = await mark.raise([number]);
		if (isAbove) return number;
		number += step;
		// Only a first run's number is in ms: by now, the mark must be that of another run, in microseconds.
		if (number > limit) number = Math.max(number, now * 1000);
	}
}

/**
 * Raises the mark until it stays, since another process may be between reading and writing.
 *
 * @param number what the mark was raised to
 * @param pauseMs how long another process may take from reading to writing
 * @returns what it is now
 */
export async function settleMark(
	mark: HighWaterMark,
	number: number,
	clock: Clock,
	pauseMs = SETTLE_MS,
): Promise<number> {
	for (let tries = 0; tries < MAX_SETTLE_TRIES; tries++) {
		await clock.sleep(pauseMs);
		if ((await compareMark(mark, number)) === 'equal') return number + 1;
		number = await raiseMark(mark, number + 2, clock.now());
	}
	return number;
}

/**
 * Tries once more if n8n throws: if two processes write a node's first number at once, the database refuses one of
 * them.
 */
export function retryOnce(mark: HighWaterMark, clock: Clock): HighWaterMark {
	return {
		async raise(values) {
			try {
				return await mark.raise(values);
			} catch {
				await clock.sleep(SETTLE_MS);
				return await mark.raise(values);
			}
		},
		clear: async () => await mark.clear(),
	};
}
