/** Returns the value of one parameter for an item. Throws if n8n can't evaluate the expression. */
export type FieldReader = (item: number) => unknown;

/**
 * The value of a field if a part of its text is missing, such as `user-{{ $json.id }}` for an item without `id`.
 * n8n omits the part, so all these items would be the same user or cohort.
 */
export const INCOMPLETE_TEXT: unique symbol = Symbol('a text of which a part is missing');

/** The node's input as plain values. */
export interface ItemReader {
	/** Number of input items. */
	readonly count: number;
	/** True for an item without any field, such as the one that n8n adds if a source returns nothing. */
	readonly isBlank: (item: number) => boolean;
	readonly userId: FieldReader;
	readonly anonymousId: FieldReader;
	readonly cohortId: FieldReader;
	readonly cohortName: FieldReader;
	readonly cohortDescription: FieldReader;
	readonly partner: FieldReader;
	/** Update Membership: whether the user is in the cohort. */
	readonly membership: FieldReader;
	/** Update Membership: when that changed. */
	readonly changedAt: FieldReader;
	/** Whether 'Changed At' is filled in. */
	readonly hasChangedAt: boolean;
}
