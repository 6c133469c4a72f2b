import type { Clock } from './clock';

/**
 * A CPU-bound task. Each `yield` lets `runInSlices` return to the event loop, so that a million items don't block
 * n8n.
 */
export type Task<T> = Generator<undefined, T>;

/** If the event loop is blocked for longer, n8n's editor and webhooks feel slow. */
const MAX_SLICE_MS = 50;

/** Items between two yields: few, since n8n's expression engine may take ms for one. */
const ITEMS_PER_YIELD = 16;

/** Visits every item, with its index. All loops over input items use this, so that none forgets to yield. */
export function* each<T>(items: Iterable<T>, visit: (item: T, index: number) => void): Task<void> {
	let index = 0;
	for (const item of items) {
		if (index % ITEMS_PER_YIELD === 0) yield;
		visit(item, index++);
	}
}

/** Calls `visit` with 0 to `count` - 1. */
export function* eachIndex(count: number, visit: (index: number) => void): Task<void> {
	for (let index = 0; index < count; index++) {
		if (index % ITEMS_PER_YIELD === 0) yield;
		visit(index);
	}
}

/**
 * Runs a task in slices, and returns to the event loop between them.
 *
 * @param stop the task is abandoned when this aborts
 * @returns the task's result; `undefined` if it was abandoned
 */
export async function runInSlices<T>(task: Task<T>, clock: Clock): Promise<T>;
export async function runInSlices<T>(
	task: Task<T>,
	clock: Clock,
	stop: AbortSignal | undefined,
): Promise<T | undefined>;
export async function runInSlices<T>(
	task: Task<T>,
	clock: Clock,
	stop?: AbortSignal,
): Promise<T | undefined> {
	let since = clock.elapsed();
	for (let step = task.next(); ; step = task.next()) {
		if (step.done === true) return step.value;
		if (clock.elapsed() - since < MAX_SLICE_MS) continue;
		await clock.sleep(0);
		if (stop?.aborted) return undefined;
		since = clock.elapsed();
	}
}
