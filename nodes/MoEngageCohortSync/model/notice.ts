import type { DeliveryProblem } from './problem';

/** Something that a person should know about a run. `results/` makes the sentence. */
export type Notice =
	/** n8n saves no static data after a run from the editor. */
	| { readonly code: 'memory_not_saved' }
	/** What an earlier run has changed in these cohorts is not in the memory, so everyone was sent. */
	| { readonly code: 'earlier_run_lost'; readonly cohortNames: readonly string[] }
	/** Another run of the node was at work at the same time. */
	| { readonly code: 'runs_overlapped' }
	/** n8n's deduplication helper did not work, so that nobody knows whether the memory is the latest. */
	| { readonly code: 'memory_unchecked' }
	/** 'Start Over' dropped what was remembered of these cohorts. */
	| { readonly code: 'started_over'; readonly cohortNames: readonly string[] }
	/** 'Start Over' is still on for these cohorts, which started over in an earlier run. */
	| { readonly code: 'start_over_still_on'; readonly cohortNames: readonly string[] }
	/** The previous run mirrored these cohorts, together with others that came again. */
	| { readonly code: 'cohorts_missing'; readonly cohortNames: readonly string[] }
	/** These cohorts were not mirrored for so many days, and are no longer remembered. */
	| {
			readonly code: 'cohorts_forgotten';
			readonly cohortNames: readonly string[];
			readonly days: number;
	  }
	/** The second input has no rows at all, so nobody was removed. */
	| { readonly code: 'second_input_empty' }
	| { readonly code: 'rows_skipped'; readonly rows: number }
	/** The second input has rows, but none of these cohorts. */
	| { readonly code: 'no_rows_of_cohorts'; readonly cohortNames: readonly string[] }
	/** Update Membership runs as n8n's retry of an execution, with the changes of that time. */
	| { readonly code: 'update_in_retry' }
	/** Identifiers that stand for nobody counted as empty in so many items. */
	| { readonly code: 'placeholders'; readonly items: number; readonly commonest: string }
	/** IDs were sent that may be customers' numbers, but that MoEngage takes for nobody. */
	| { readonly code: 'doubtful_numbers'; readonly ids: readonly string[] }
	/** So many users come with an e-mail address as their User ID. */
	| { readonly code: 'email_ids'; readonly users: number }
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
