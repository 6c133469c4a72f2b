import type { DeliveryProblem } from './problem';

/** Something that a person should know about a run. `results/` makes the sentence. */
export type Notice =
	/** n8n saves no static data after a run from the editor. */
	| { readonly code: 'memory_not_saved' }
	| { readonly code: 'rows_skipped'; readonly rows: number }
	/** The second input has rows, but none of these cohorts. */
	| { readonly code: 'no_rows_of_cohorts'; readonly cohortNames: readonly string[] }
	/** Update Membership runs as n8n's retry of an execution, with the changes of that time. */
	| { readonly code: 'update_in_retry' }
	/** Identifiers that stand for nobody counted as empty in so many items. */
	| { readonly code: 'placeholders'; readonly items: number; readonly commonest: string }
	/** IDs were sent that may be customers' numbers, but that MoEngage takes for nobody. */
	| { readonly code: 'doubtful_numbers'; readonly ids: readonly string[] }
	/** 'Changed At' is filled in but gives nothing for so many items. */
	| { readonly code: 'changed_at_missing'; readonly items: number; readonly total: number }
	/** So many users came with more anonymous IDs than are sent. */
	| { readonly code: 'too_many_anonymous_ids'; readonly users: number }
	/** A sample of those to be added was looked up in MoEngage. */
	| {
			readonly code: 'users_looked_up';
			readonly lookedUp: number;
			readonly unknown: number;
			/** More were unknown than the limit allows, but too few were looked up for it to hold. */
			readonly isTooFew: boolean;
	  }
	| { readonly code: 'users_not_looked_up'; readonly problem: DeliveryProblem };
