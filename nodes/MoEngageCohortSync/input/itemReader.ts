/** What one parameter of the node holds for an item. Throws where n8n can't evaluate the expression. */
export type FieldReader = (item: number) => unknown;

/**
 * What a field gives where a part of its text is missing, as in `user-{{ $json.id }}` for an item without `id`.
 * n8n leaves the part out, so that all these items would be one user or one cohort.
 */
export const INCOMPLETE_TEXT: unique symbol = Symbol('a text of which a part is missing');

/** The node's input as plain values. */
export interface ItemReader {
	/** Number of input items. */
	readonly count: number;
	/** True for an item without any field, as n8n makes one up where a source brings nothing. */
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
