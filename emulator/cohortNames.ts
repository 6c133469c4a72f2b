/** What a cohort name must not contain, and it must not start with a period (MoEngage Cohort Sync docs, read 2026-08). */
const forbidden = /^\.|[|*?\\:<>=$"]/;

const maxLength = 200;
const reserved = 'All Users';

export const forbiddenNameRule = 'must not start with "." or contain any of | * ? \\ : < > = $ "';

export function hasForbiddenCharacters(name: string): boolean {
	return forbidden.test(name);
}

export type NameOptions = {
	/** Also reject parentheses, as Amplitude's page on MoEngage says (read 2026-11-25). */
	rejectParentheses: boolean;
};

/**
 * Why no segment can have this name, or undefined (MoEngage manage-segments page, read 2026-11-25). For segments
 * created through an API, the response does not say this: the segment just does not appear.
 */
export function rejectionOf(name: string, { rejectParentheses }: NameOptions): string | undefined {
	if (hasForbiddenCharacters(name)) return `The name ${forbiddenNameRule}.`;
	if ([...name].length > maxLength) return `The name has more than ${maxLength} characters.`;
	if (name.trim() === '') return 'The name is blank.';
	if (name === reserved) return `The name "${reserved}" is reserved.`;
	if (rejectParentheses && /[()]/.test(name)) return 'The name contains parentheses.';
	return undefined;
}

/** The names in use. A name never becomes free again, not even when its segment is archived. */
export function createTakenNames() {
	const ownerByName = new Map<string, string>();
	return {
		/** Reserves a name for a cohort; false if another cohort has it. */
		take(name: string, cohortId: string): boolean {
			const owner = ownerByName.get(name) ?? cohortId;
			ownerByName.set(name, owner);
			return owner === cohortId;
		},
	};
}
