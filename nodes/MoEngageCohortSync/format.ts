/** Somebody else's words, as they stand in a sentence of ours. */
export function quote(words: string): string {
	return /[.!?]$/.test(words) ? `"${words}"` : `"${words}".`;
}

/** `1 item`, `2 items`, `20,000 items`. */
export function countOf(count: number, noun: string): string {
	return `${formatNumber(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `20,000`. */
export function formatNumber(count: number): string {
	return count.toLocaleString('en-US');
}
