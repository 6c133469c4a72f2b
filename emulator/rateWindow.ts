/**
 * How a limit counts: over the last `lengthMs` at any moment, or over whole stretches of `lengthMs` that
 * begin when the clock can be divided by it. MoEngage doesn't say which.
 */
export type WindowKind = 'rolling' | 'fixed';

/**
 * Counts requests, or places if one takes several, in a window of `lengthMs`. Times are ms and never go
 * back. In a rolling window a request counts from its own time until, but not including, `lengthMs` later.
 */
export function createRateWindow(lengthMs: number, kind: WindowKind = 'rolling') {
	const entries: Array<{ at: number; places: number }> = [];
	let max = 0;

	const freeAt = (at: number) =>
		kind === 'rolling' ? at + lengthMs : at - (at % lengthMs) + lengthMs;

	/** Where in `entries` those begin that the window at `now` holds. */
	function firstHeld(now: number): number {
		let first = entries.length;
		while (freeAt(entries[first - 1]?.at ?? -Infinity) > now) first -= 1;
		return first;
	}

	function count(now: number): number {
		return entries.slice(firstHeld(now)).reduce((sum, { places }) => sum + places, 0);
	}

	return {
		add(now: number, places = 1) {
			entries.splice(0, firstHeld(now));
			entries.push({ at: now, places });
			max = Math.max(max, count(now));
		},
		/** How many the window at `now` holds. */
		count,
		/** When the first of them leaves; `now` if there is none. */
		nextFree(now: number): number {
			const oldest = entries[firstHeld(now)];
			return oldest === undefined ? now : freeAt(oldest.at);
		},
		/** The most that any window has held. */
		max: () => max,
	};
}
