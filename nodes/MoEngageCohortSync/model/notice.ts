import type { DeliveryProblem, FieldLabel, ItemProblem } from './problem';

/** Something that the user should know about a run. `results/` writes the sentence. */
export type Notice =
	/** n8n saves no static data after a run from the editor. */
	| { readonly code: 'memory_not_saved' }
	/** The memory lacks what an earlier run changed in these cohorts, so everyone was sent. */
	| { readonly code: 'earlier_run_lost'; readonly cohortNames: readonly string[] }
	/** Another run of the node was in progress at the same time. */
	| { readonly code: 'runs_overlapped' }
	/** n8n's deduplication helper did not work, so it is unknown whether the memory is the latest. */
	| { readonly code: 'memory_unchecked' }
	/** 'Start Over' dropped what was remembered of these cohorts. */
	| { readonly code: 'started_over'; readonly cohortNames: readonly string[] }
	/** 'Start Over' is still on for these cohorts, which started over in an earlier run. */
	| { readonly code: 'start_over_still_on'; readonly cohortNames: readonly string[] }
	/** The previous run mirrored these cohorts together with others, and this run has only the others. */
	| { readonly code: 'cohorts_missing'; readonly cohortNames: readonly string[] }
	/** These cohorts were not mirrored for this many days, and are no longer remembered. */
	| {
			readonly code: 'cohorts_forgotten';
			readonly cohortNames: readonly string[];
			readonly days: number;
	  }
	/** The second input has no rows at all, so nobody was removed. */
	| { readonly code: 'second_input_empty' }
	| { readonly code: 'rows_skipped' | 'row_times_unread'; readonly rows: number }
	/** The second input has rows, but none of these cohorts. */
	| { readonly code: 'no_rows_of_cohorts'; readonly cohortNames: readonly string[] }
	/** n8n is retrying an earlier execution, with the changes of that time. */
	| { readonly code: 'changes_in_retry' }
	/** 'Retry On Fail' is on in the node's settings. */
	| { readonly code: 'retry_on_fail' }
	/** 'Changed At' is filled in, and the node has already run in this execution. */
	| { readonly code: 'changed_at_in_later_run' }
	/** All items of Update Membership are for the same user, because this field is the same for all of them. */
	| { readonly code: 'one_user'; readonly field: FieldLabel; readonly items: number }
	/** The field refers to columns that no item has. */
	| {
			readonly code: 'columns_missing';
			readonly field: FieldLabel;
			readonly columns: readonly string[];
	  }
	/** In this many items, one identifier can't be used, so the other one counts. The problem is that of the first. */
	| {
			readonly code: 'identifiers_unusable';
			readonly items: number;
			readonly item: number;
			readonly problem: ItemProblem;
	  }
	/** 'User ID' is filled in, but no item has one. */
	| { readonly code: 'user_ids_empty' }
	/** In this many items, a placeholder counted as empty. */
	| { readonly code: 'placeholders'; readonly items: number; readonly commonest: string }
	/** IDs were sent that may be customers' numbers, but that MoEngage may treat as no user. */
	| { readonly code: 'doubtful_numbers'; readonly ids: readonly string[] }
	/** This many users have an e-mail address as their User ID. */
	| { readonly code: 'email_ids'; readonly users: number }
	/** The user expects a lookup, but 'Look Up Users First' is 0. */
	| { readonly code: 'sample_is_empty' }
	/** The user expects a lookup, but no item to be added has a User ID. */
	| { readonly code: 'sample_without_uids' }
	/** The field consists of a column and something else next to it. */
	| { readonly code: 'joined_expressions'; readonly field: FieldLabel }
	/** 'Changed At' is filled in but is empty for this many items. */
	| { readonly code: 'changed_at_missing'; readonly items: number; readonly total: number }
	/** This many users have more anonymous IDs than are sent. */
	| { readonly code: 'too_many_anonymous_ids'; readonly users: number }
	/** A sample of the members to be added was looked up in MoEngage. */
	| {
			readonly code: 'users_looked_up';
			readonly lookedUp: number;
			readonly unknown: number;
			/** More were unknown than the limit allows, but too few were looked up for the limit to apply. */
			readonly isTooFew: boolean;
	  }
	| {
			readonly code: 'users_not_looked_up';
			/** How many; missing for the whole sample. */
			readonly users: number | undefined;
			readonly problem: DeliveryProblem;
	  };
