/**
 * Counts requests in a rolling window of `lengthMs`. Times are ms and never go back. A request counts
 * from its own time until, but not including, `lengthMs` later.
 */
export function createRateWindow(lengthMs: number) {
	const times: number[] = [];
	let start = 0;
	let max = 0;

	function count(now: number): number {
		let first = start;
		for (const time of times.slice(start)) {
			if (time > now - lengthMs) break;
			first += 1;
		}
		return times.length - first;
	}

	return {
		add(now: number) {
			times.push(now);
			const held = count(now);
			start = times.length - held;
			max = Math.max(max, held);
		},
		/** How many requests the window that ends at `now` holds. */
		count,
		/** The most requests that any window has held. */
		max: () => max,
	};
}
