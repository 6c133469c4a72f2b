/** A text by someone else, prepared for use within one of our sentences. */
export function quote(words: string): string {
	return /[.!?]$/.test(words) ? `"${words}"` : `"${words}".`;
}

/** Lists texts: `a`, `a and b`, `a, b, and c`. */
export const AND = new Intl.ListFormat('en');

/** `1 item`, `2 items`, `20,000 items`. */
export function countOf(count: number, noun: string): string {
	return `${formatNumber(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/**
 * A share in percent that is above `limit`, rounded to one decimal, or to as many as show that it is above.
 * 20 of 35 are `57.1`, and 2,504 of 10,000 are `25.04` if the limit is 25.
 */
export function percentAbove(limit: number, part: number, whole: number): string {
	for (let factor = 10; factor <= 1e9; factor *= 10) {
		const percent = Math.round((part * 100 * factor) / whole) / factor;
		if (percent > limit) return String(percent);
	}
	return String((part * 100) / whole);
}

/** `20,000`. */
export function formatNumber(count: number): string {
	return count.toLocaleString('en-US');
}
