/**
 * The code of an example's Code node that runs once for all items, as a function of its input and of the items that
 * other nodes returned, by their names.
 */
export function codeOf<Item>(
	file: string,
	node: string,
): (input: readonly Item[], others?: Readonly<Record<string, readonly Item[]>>) => Item[];
