/** What one parameter of the node holds for an item. Throws where n8n can't work the expression out. */
export type Column = (item: number) => unknown;

/** The node's input as plain values. */
export interface Source {
	/** Number of input items. */
	readonly count: number;
	/** True for an item without any field, as n8n makes one up where a source brings nothing. */
	readonly isBlank: (item: number) => boolean;
	readonly userId: Column;
	readonly anonymousId: Column;
	readonly cohortId: Column;
	readonly cohortName: Column;
	readonly cohortDescription: Column;
	readonly partner: Column;
	/** Update Membership: whether the user is in the cohort. */
	readonly membership: Column;
	/** Update Membership: when that changed. */
	readonly changedAt: Column;
}
