/** The text of a file of the project, by its path from the root. */
export function readPage(path: string): string;
