import type { Clock } from './clock';

/**
 * A long computation that yields wherever it may be interrupted, so that a million items don't keep n8n from
 * answering others. What it computes knows nothing of time: whoever does the work decides when to pause.
 */
export type Work<T> = Generator<undefined, T>;

/** Without a pause for longer than this, n8n's editor and webhooks would feel slow. */
const LONGEST_STRETCH_MS = 50;

/** Items from one possible pause to the next: few, since n8n's expression engine may take ms for an item. */
const ITEMS_PER_PIECE = 16;

/** True for an item of a loop before which the loop may pause. */
export function startsPiece(item: number): boolean {
	return item % ITEMS_PER_PIECE === 0;
}

/**
 * Does a work in stretches, between which n8n's event loop goes on.
 *
 * @param stop leaves the work undone when it aborts
 * @returns the work's result; `undefined` where it was left undone
 */
export async function inStretches<T>(work: Work<T>, clock: Clock): Promise<T>;
export async function inStretches<T>(
	work: Work<T>,
	clock: Clock,
	stop: AbortSignal | undefined,
): Promise<T | undefined>;
export async function inStretches<T>(
	work: Work<T>,
	clock: Clock,
	stop?: AbortSignal,
): Promise<T | undefined> {
	let since = clock.elapsed();
	for (let step = work.next(); ; step = work.next()) {
		if (step.done === true) return step.value;
		if (clock.elapsed() - since < LONGEST_STRETCH_MS) continue;
		await clock.sleep(0);
		if (stop?.aborted) return undefined;
		since = clock.elapsed();
	}
}
