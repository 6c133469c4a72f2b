import type { Clock } from './clock';

/**
 * A CPU-bound task. Each `yield` lets `runInSlices` return to the event loop, so that a million items don't block
 * n8n. It can also wait for a promise, with `waitFor`.
 */
export type Task<T> = Generator<Promise<void> | undefined, T>;

/** If the event loop is blocked for longer, n8n's editor and webhooks feel slow. */
const MAX_SLICE_MS = 50;

/** Items between two yields: few, since n8n's expression engine may take ms for one. */
const ITEMS_PER_YIELD = 16;

/** Visits every item, with its index. Long loops over input items use this, so that none forgets to yield. */
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

/** Waits for a promise. Throws what it rejects with. */
export function* waitFor<T>(promise: Promise<T>): Task<T> {
	let result: (() => T) | undefined;
	yield promise.then(
		(value) => {
			result = () => value;
		},
		(reason) => {
			result = () => {
				throw reason;
			};
		},
	);
	if (result === undefined) throw new Error('The task was continued before its promise settled');
	return result();
}

/** Texts sorted or merged between two yields: a few ms. */
const TEXTS_PER_YIELD = 4_096;

/** Sorts texts by their UTF-16 code units. */
export function* sortInSlices(texts: readonly string[]): Task<string[]> {
	let runs: string[][] = [];
	for (let start = 0; start < texts.length; start += TEXTS_PER_YIELD) {
		runs.push(texts.slice(start, start + TEXTS_PER_YIELD).sort());
		yield;
	}
	while (runs.length > 1) {
		const merged: string[][] = [];
		for (let index = 0; index < runs.length; index += 2) {
			const [left = [], right] = [runs[index], runs[index + 1]];
			merged.push(right === undefined ? left : yield* merge(left, right));
		}
		runs = merged;
	}
	return runs[0] ?? [];
}

/** Merges two sorted lists that are not empty. */
function* merge(left: string[], right: string[]): Task<string[]> {
	// Most sources return their rows in order.
	if (String(left.at(-1)) <= String(right[0])) return left.concat(right);
	const merged: string[] = [];
	let r = 0;
	for (const [l, text] of left.entries()) {
		if (l % TEXTS_PER_YIELD === 0) yield;
		for (let next = right[r]; next !== undefined && next < text; next = right[++r]) {
			merged.push(next);
		}
		merged.push(text);
	}
	return merged.concat(right.slice(r));
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
	let step = task.next();
	while (step.done !== true) {
		if (step.value !== undefined || clock.elapsed() - since >= MAX_SLICE_MS) {
			// This promise never rejects: `waitFor` passes a rejection to the task.
			await (step.value ?? clock.sleep(0));
			if (stop?.aborted) return undefined;
			since = clock.elapsed();
		}
		step = task.next();
	}
	return step.value;
}
