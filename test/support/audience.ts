/** `u-0`, `u-1`, and so on. */
export function numbered(count: number, from = 0): string[] {
	return Array.from({ length: count }, (_, index) => `u-${index + from}`);
}

/** One item for each user. */
export function itemsOf(uids: readonly string[]): Array<{ uid: string }> {
	return uids.map((uid) => ({ uid }));
}

/** Items of `u-0`, `u-1`, and so on. */
export function users(count: number): Array<{ uid: string }> {
	return itemsOf(numbered(count));
}
