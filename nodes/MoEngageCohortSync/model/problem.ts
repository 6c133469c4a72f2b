import type { Operation } from './settings';

/** A field of the node, by the label that the user sees. */
export type FieldLabel =
	| 'User ID'
	| 'Anonymous ID'
	| 'Cohort ID'
	| 'Cohort Name'
	| 'Cohort Description'
	| 'Partner'
	| 'Is Member'
	| 'Changed At';

/** An option that is on or off, by its label. */
export type SwitchLabel = 'Dry Run' | 'Include Input Fields' | 'Send Everyone Now' | 'Start Over';

/** What is wrong with one input item. */
export type ItemProblem =
	| { readonly code: 'no_identifier' }
	/** Check Users: users can't be looked up by an anonymous ID. */
	| { readonly code: 'no_user_id' }
	/** A program wrote "null" or the like for a missing value. */
	| { readonly code: 'placeholder'; readonly field: FieldLabel; readonly text: string }
	/** The only identifier is an ID that MoEngage treats as no user. */
	| { readonly code: 'placeholder_id'; readonly field: FieldLabel; readonly text: string }
	/** The text contains "[object Object]". */
	| { readonly code: 'object_in_text'; readonly field: FieldLabel }
	/** The text is a list or an object in JSON. */
	| { readonly code: 'json_text'; readonly field: FieldLabel }
	/** A part of a composed or computed text is missing. */
	| { readonly code: 'incomplete_text'; readonly field: FieldLabel }
	/** Not a number, not whole, or rounded by JavaScript. */
	| { readonly code: 'unsafe_number'; readonly field: FieldLabel; readonly isRounded: boolean }
	| { readonly code: 'wrong_type'; readonly field: FieldLabel; readonly type: string }
	| { readonly code: 'empty_field'; readonly field: FieldLabel }
	| {
			readonly code: 'cohort_name_rejected';
			readonly reason: 'period' | 'characters' | 'length' | 'reserved';
			/** The forbidden characters, if that is the reason. */
			readonly characters?: readonly string[];
			/** A name that MoEngage accepts. */
			readonly suggestion: string | undefined;
	  }
	| {
			readonly code: 'cohort_with_two_names';
			readonly cohortId: string;
			readonly names: readonly [string, string];
	  }
	| {
			readonly code: 'cohorts_with_one_name';
			readonly name: string;
			readonly cohortIds: readonly [string, string];
	  }
	| { readonly code: 'membership_unclear'; readonly isEmpty: boolean }
	| { readonly code: 'not_a_time' }
	/** Update Membership: another item of the same user can't be read and may be newer. */
	| { readonly code: 'newer_item_unreadable'; readonly item: number }
	/** The expression of a field calls a method of texts on a number. `column` is as the expression has it. */
	| {
			readonly code: 'not_text';
			readonly field: FieldLabel;
			readonly column: string;
			readonly method: string;
	  }
	/** n8n could not evaluate an expression; `message` is n8n's. */
	| {
			readonly code: 'expression_failed';
			readonly message: string;
			/** Unknown if an item's fields could not be read at all. */
			readonly field?: FieldLabel;
	  }
	| { readonly code: 'member_too_large' };

/** What is wrong with the node's fields, its credential or its input as a whole. */
export type SetupProblem =
	| { readonly code: 'unknown_choice'; readonly field: 'Operation' | 'Output' | 'Previous Members' }
	| {
			readonly code: 'number_out_of_range';
			readonly label: string;
			readonly min: number;
			readonly max: number;
			readonly default: number;
			readonly isWhole: boolean;
			/** Missing if the value is no number. */
			readonly value: number | undefined;
	  }
	/** The option's expression gives neither true nor false. */
	| { readonly code: 'not_a_switch'; readonly option: SwitchLabel }
	| {
			readonly code: 'expression_as_text';
			readonly field: FieldLabel;
			/**
			 * It is set to 'Fixed', it has no braces around `$json` or another reference, it starts with `==`, or it is
			 * the name of a column.
			 */
			readonly reason:
				| 'fixed'
				| 'no_braces'
				| 'reference_without_braces'
				| 'two_equals_signs'
				| 'column_name';
	  }
	| {
			readonly code: 'joined_fields';
			readonly field: FieldLabel;
			/** It is a column and that column's name as text. */
			readonly isNameBesideColumn: boolean;
	  }
	| {
			readonly code: 'fixed_identifier';
			readonly field: FieldLabel;
			readonly items: number;
			/** It is a text, and not a reference to one item of a node. */
			readonly isFixed: boolean;
	  }
	/** Both identifiers are empty in the form itself, whatever the items contain. */
	| { readonly code: 'identifiers_not_set'; readonly isCheck: boolean }
	/** The only input is the empty item that n8n adds if a source returns nothing. */
	| { readonly code: 'blank_input' }
	/** The only item is a file. */
	| { readonly code: 'file_input' }
	| {
			readonly code: 'invalid_items';
			readonly invalid: number;
			readonly total: number;
			/** The first of them. */
			readonly examples: ReadonlyArray<{ readonly item: number; readonly problem: ItemProblem }>;
			/** True if every item of the run has the problem `no_identifier` or `no_user_id`. */
			readonly allLackIdentifiers: boolean;
			/** Only in Check Users. */
			readonly isCheck?: true;
	  }
	/** The credential's expressions return different values for the first item and another one. */
	| { readonly code: 'credentials_differ' }
	| { readonly code: 'credential_unreadable'; readonly message: string | undefined }
	| { readonly code: 'unknown_data_center' }
	| {
			readonly code: 'custom_url_refused';
			readonly reason: 'empty' | 'not_a_url' | 'has_login' | 'has_query' | 'not_https';
	  }
	/** n8n could not evaluate a parameter before anything was sent; `message` is n8n's. */
	| { readonly code: 'parameters_unreadable'; readonly message: string }
	/** A bug in the node itself, after it began to send. */
	| { readonly code: 'node_defect'; readonly operation: Operation; readonly message: string };

/** Why a mirror, or one cohort of it, can't run. */
export type MirrorProblem =
	| {
			readonly code:
				| 'mirror_as_tool'
				| 'mirror_execute_once'
				| 'mirror_in_retry'
				| 'mirror_without_items'
				| 'mirror_of_blank_item';
	  }
	| { readonly code: 'second_input_not_connected' }
	| { readonly code: 'second_input_under_stop' }
	/** n8n usually loads no memory here. */
	| { readonly code: 'memory_not_loaded' }
	/** The node has mirrored before, but its memory is missing. */
	| { readonly code: 'memory_missing' }
	/** Another run of the node is in progress on another worker, or was less than two minutes ago. */
	| { readonly code: 'run_in_progress' }
	| {
			readonly code: 'memory_full';
			readonly cohortName: string;
			readonly members: number;
			/** The cohort would fit on its own. */
			readonly fitsAlone: boolean;
			/**
			 * The cohorts that take the most room in the workflow's memory: their names, and their share in
			 * percent.
			 */
			readonly largest: ReadonlyArray<{ readonly name: string; readonly share: number }>;
	  }
	| { readonly code: 'memory_of_other_version' | 'memory_damaged'; readonly cohortName: string }
	| {
			readonly code: 'removal_limit';
			readonly cohortName: string;
			readonly leavers: number;
			/** Identifiers of some of them. */
			readonly examples: readonly string[];
			readonly previous: number;
			/** In percent. */
			readonly limit: number;
	  }
	| {
			readonly code: 'removal_limit_of_run';
			/** How many cohorts would lose members. */
			readonly cohorts: number;
			/** Same, for all cohorts together. */
			readonly leavers: number;
			readonly previous: number;
			/** In percent. */
			readonly limit: number;
	  }
	| { readonly code: 'cohort_locked' | 'cohort_mirrored_before'; readonly cohortName: string };

/** What the response says about a request, if it comes from MoEngage. */
interface FromResponse {
	readonly status: number;
	/** MoEngage's own message, which may name a member. Never contains the secret key. */
	readonly serverMessage?: string | undefined;
	/** The ID by which MoEngage support finds the request. */
	readonly requestId?: string | undefined;
	/** The response doesn't look like MoEngage's: it is more likely from a proxy or a firewall. */
	readonly isForeign?: boolean;
}

/** Why a request was not accepted. */
export type DeliveryProblem =
	| (FromResponse & {
			readonly code: /** 400 about this member. */
			| 'member_refused'
				/** 400 about members of a request that was not bisected any further. */
				| 'members_refused'
				| 'request_too_large'
				| 'keys_refused'
				/** The App ID and the secret key belong to different workspaces. */
				| 'keys_mismatched'
				| 'account_blocked'
				/** 403 with a message that doesn't mention a blocked account. */
				| 'access_refused'
				| 'endpoint_not_found'
				| 'content_type_refused'
				| 'request_refused'
				| 'redirected'
				| 'rate_limited'
				| 'unavailable'
				/** A 2xx that does not confirm that the request was accepted. */
				| 'unclear_response'
				/** Get User refuses every request: it is not enabled, or not for this key or address. */
				| 'lookup_refused'
				| 'lookups_limited'
				/** A 2xx of Get User that does not say who is known. */
				| 'lookup_unclear';
	  })
	/** 400 about a part of the request outside its list of members; `part` is the API's own name. */
	| (FromResponse & { readonly code: 'part_refused'; readonly part: string })
	| { readonly code: 'timed_out' }
	/** `errorCode` is a Node.js code such as ECONNREFUSED. */
	| { readonly code: 'certificate_untrusted'; readonly errorCode: string }
	| {
			readonly code: 'host_unknown' | 'connection_refused' | 'connection_lost';
			readonly errorCode: string;
	  }
	/** n8n did not even try to send it; `message` is n8n's. */
	| { readonly code: 'not_sendable'; readonly message: string }
	| { readonly code: 'stopped' }
	| {
			readonly code: 'retry_after_too_long';
			readonly minutes: number;
			readonly cause: DeliveryProblem;
	  }
	/** MoEngage accepted nothing for this long, or 429s delayed the run by this long in total. */
	| {
			readonly code: 'limit_used_up' | 'held_up_by_limit';
			readonly minutes: number;
			readonly cause: DeliveryProblem;
	  }
	/**
	 * No request got a response, and someone is waiting for the result; `cause` is the problem of the last attempt.
	 */
	| {
			readonly code: 'unreachable';
			readonly seconds: number;
			readonly cause: DeliveryProblem | undefined;
	  }
	/** Never sent, because `cause` had ended the run. */
	| { readonly code: 'run_ended'; readonly cause: DeliveryProblem }
	/** Never sent, because `cause` applies to every request of the cohort. */
	| { readonly code: 'cohort_refused'; readonly cause: DeliveryProblem };

/** Why a run is refused after a sample of its users was looked up. */
export type SampleProblem =
	| {
			readonly code: 'too_many_unknown';
			readonly unknown: number;
			readonly lookedUp: number;
			/** In percent. */
			readonly limit: number;
			/** The uids of some unknown users. */
			readonly examples: readonly string[];
	  }
	/** The user set the limit, and it can't be applied. */
	| { readonly code: 'sample_not_looked_up'; readonly cause: DeliveryProblem };

/** What went wrong, as data. `results/` writes the sentences. */
export type Problem = ItemProblem | SetupProblem | MirrorProblem | SampleProblem | DeliveryProblem;

export type ProblemCode = Problem['code'];

/** Ends a run before it sends anything; only `node_defect`, a bug in the node, ends it later. */
export class RunError extends Error {
	/**
	 * @param status the status of the items if the workflow continues on error
	 * @param item index of the first input item concerned
	 */
	constructor(
		readonly problem: Problem,
		readonly status: 'invalid' | 'not_sent' | 'failed' = 'invalid',
		readonly item?: number,
	) {
		super(problem.code);
		this.name = 'RunError';
	}
}
