/** Words that are not ours, as they stand in a sentence of ours. */
export function quoted(words: string): string {
	return /[.!?]$/.test(words) ? `"${words}"` : `"${words}".`;
}

/** `1 item`, `2 items`, `20,000 items`. */
export function counted(count: number, noun: string): string {
	return `${written(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `20,000`. */
export function written(count: number): string {
	return count.toLocaleString('en-US');
}
