import type { ItemProblem, Problem } from './problem';

/** The possible results for an item or a member. These names are part of the node's public interface. */
export const STATUSES = [
	'accepted',
	'unchanged',
	'superseded',
	'planned',
	'invalid',
	'rejected',
	'failed',
	'not_sent',
] as const;

export type Status = (typeof STATUSES)[number];

/** The possible results for an item of Check Users, which changes nothing. Also public. */
export const CHECK_STATUSES = [
	'known',
	'unknown',
	'planned',
	'invalid',
	'rejected',
	'failed',
	'not_sent',
] as const;

export type CheckStatus = (typeof CHECK_STATUSES)[number];

/** The statuses with which n8n sends an item to the error output. */
export const ERROR_STATUSES = [
	'invalid',
	'rejected',
	'failed',
	'not_sent',
] as const satisfies ReadonlyArray<Status & CheckStatus>;

export function isErrorStatus(
	status: Status | CheckStatus,
): status is (typeof ERROR_STATUSES)[number] {
	return ERROR_STATUSES.some((known) => known === status);
}

/** Every error item of a removal says this. `previousRows` recognizes error items of removals by it. */
export const NOT_REMOVED = 'was not removed from the cohort';

/** How the reason begins if the run or the cohort ended after something may have been sent. */
export const NOT_SENT_BECAUSE = 'Not sent, because';

/** A request of this run. A retry keeps the number and the timestamp. */
export interface RequestRef {
	/** Counted from 1 in each run. */
	readonly request: number;
	/** The timestamp that MoEngage orders changes by: ISO 8601 in UTC with milliseconds. */
	readonly timestamp: string;
}

/** The result of a change. All members of one request share one. */
export type Outcome =
	| { readonly status: 'unchanged' | 'planned' | 'superseded' }
	| { readonly status: 'accepted'; readonly request: RequestRef }
	| { readonly status: 'rejected'; readonly request: RequestRef; readonly problem: Problem }
	| {
			readonly status: 'failed';
			/** Missing if no request was sent for the change itself. */
			readonly request?: RequestRef | undefined;
			readonly problem: Problem;
			/** MoEngage may have applied the change although no response says so. */
			readonly mayHaveTakenEffect: boolean;
	  }
	| { readonly status: 'not_sent'; readonly problem: Problem }
	| { readonly status: 'invalid'; readonly problem: ItemProblem };

/** Why the change was not made; `undefined` if nothing went wrong. */
export function problemOf(outcome: Outcome): Problem | undefined {
	return 'problem' in outcome ? outcome.problem : undefined;
}

/** True if the member may be in the state that the change asked for. */
export function mayBeApplied(outcome: Outcome | undefined): boolean {
	return (
		outcome?.status === 'accepted' || (outcome?.status === 'failed' && outcome.mayHaveTakenEffect)
	);
}
