/**
 * How a limit counts: over the last `lengthMs` at any moment, or over fixed intervals of `lengthMs` that start at
 * multiples of it. MoEngage doesn't say which.
 */
export type WindowKind = 'rolling' | 'fixed';

/**
 * Counts requests, or places if one takes several, in a window of `lengthMs`. Times are in ms and never decrease.
 * In a rolling window a request counts from its own time until, but not including, `lengthMs` later.
 */
export function createRateWindow(lengthMs: number, kind: WindowKind = 'rolling') {
	const entries: Array<{ at: number; places: number }> = [];
	/** The places of all entries. */
	let total = 0;
	let max = 0;

	const freeAt = (at: number) =>
		kind === 'rolling' ? at + lengthMs : at - (at % lengthMs) + lengthMs;

	/** How many entries, and how many of their places, have left the window by `now`. */
	function left(now: number) {
		let [count, places] = [0, 0];
		for (const entry of entries) {
			if (freeAt(entry.at) > now) break;
			count += 1;
			places += entry.places;
		}
		return { count, places };
	}

	const count = (now: number): number => total - left(now).places;

	return {
		add(now: number, places = 1) {
			const gone = left(now);
			entries.splice(0, gone.count);
			entries.push({ at: now, places });
			total += places - gone.places;
			max = Math.max(max, total);
		},
		/** How many places the window at `now` contains. */
		count,
		/** When the first of them leaves the window; `now` if there is none. */
		nextFree(now: number): number {
			const oldest = entries[left(now).count];
			return oldest === undefined ? now : freeAt(oldest.at);
		},
		/** The most places that any window has contained. */
		max: () => max,
	};
}
