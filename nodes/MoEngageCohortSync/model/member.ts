/** One entry in a request's list of members, with the API's own names. Has at least one identifier. */
export interface Member {
	readonly uid: string | undefined;
	readonly anonymous_id: string | undefined;
}

/** All identifiers under which one user is known. */
export interface Identity extends Member {
	/** Anonymous IDs of the user in addition to `anonymous_id`, in the order in which they were seen. */
	readonly otherAnonymousIds?: readonly string[];
}

/** A member that was in a cohort before this run, as far as known. */
export interface PreviousMember extends Member {
	/** An earlier request for it may or may not have been applied. */
	readonly uncertain: boolean;
	/** No request that adds it was ever accepted. Only with `uncertain`. */
	readonly neverAccepted?: true;
	/** Index of its row on the second input, from 0. */
	readonly row?: number;
}

/** About as many as a person has devices: more would only fill requests and memory. */
export const MAX_ANONYMOUS_IDS = 10;

/** All anonymous IDs of a user. */
export function anonymousIdsOf({ anonymous_id, otherAnonymousIds = [] }: Identity): string[] {
	return anonymous_id === undefined ? [] : [anonymous_id, ...otherAnonymousIds];
}

/** `1.23457E+15`: what spreadsheets make of a long number. All numbers that begin alike become the same text. */
const WITH_EXPONENT = /^\s*\d(?:[.,]\d+)?e\+\d{2,}\s*$/i;

/** True for a long number as a spreadsheet writes it, without its last digits. */
export function isRoundedText(text: string): boolean {
	return WITH_EXPONENT.test(text);
}
