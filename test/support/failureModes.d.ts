/** A test as the page names it: its file from the project's root, and words of its name. */
export interface NamedTest {
	readonly file: string;
	readonly name: string;
}

/** A row of the tables in docs/failure-modes.md. */
export interface Row {
	readonly problem: string;
	/** What a person reads; `…` stands for what differs. */
	readonly sentence: string;
	readonly test: NamedTest;
}

/** The rows of all tables. */
export const rows: readonly Row[];

/** The tests that the text outside of the tables names. */
export const testsInProse: readonly NamedTest[];

/** The text of a file of the project, with quotes as a reader sees them. */
export function sourceOf(file: string): string;
