/** What programs, databases and spreadsheets write for a missing value, in lower case. */
export const MISSING_TEXTS: readonly string[] = [
	'null',
	'undefined',
	'nan',
	'nil',
	'<nil>',
	'(null)',
	'<null>',
	'[null]',
	'\\n',
	'#n/a',
	'#null!',
	'#num!',
	'#ref!',
	'#value!',
	'#name?',
	'#div/0!',
	'#error!',
	'loading...',
];

const TEXTS: ReadonlySet<string> = new Set(MISSING_TEXTS);

const MAX_LENGTH = Math.max(...MISSING_TEXTS.map(({ length }) => length));

/** True for a text that stands for a missing value, in upper or lower case. */
export function isMissingText(text: string): boolean {
	return text.length <= MAX_LENGTH && TEXTS.has(text.toLowerCase());
}
