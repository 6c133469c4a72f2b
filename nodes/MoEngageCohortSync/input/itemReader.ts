/** What one parameter of the node holds for an item. Throws where n8n can't evaluate the expression. */
export type FieldReader = (item: number) => unknown;

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
}
