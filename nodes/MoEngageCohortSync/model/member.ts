/** One entry in a request's list of members, in the API's own names. At least one identifier is there. */
export interface Member {
	readonly uid: string | undefined;
	readonly anonymous_id: string | undefined;
}

/** All identifiers under which one user is known. */
export interface Identity extends Member {
	/** Anonymous IDs of the user beside `anonymous_id`, in the order in which they were seen. */
	readonly otherAnonymousIds?: readonly string[];
}

/** A member that was in a cohort before this run, as far as is known. */
export interface PreviousMember extends Member {
	/** An earlier request for it may or may not have been applied. */
	readonly uncertain: boolean;
	/** No request that adds it was ever accepted. Only with `uncertain`. */
	readonly neverAccepted?: true;
	/** Index of its row on the second input, from 0. */
	readonly row?: number;
}

/** As many as a person's devices: more of them would only fill requests and memory. */
export const MAX_ANONYMOUS_IDS = 10;

/** All anonymous IDs of a user. */
export function anonymousIdsOf({ anonymous_id, otherAnonymousIds = [] }: Identity): string[] {
	return anonymous_id === undefined ? [] : [anonymous_id, ...otherAnonymousIds];
}
