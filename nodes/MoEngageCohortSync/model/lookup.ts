import type { InvalidItem } from './plan';
import type { DeliveryProblem } from './problem';
import type { CohortStats } from './run';

/** The result of looking one user up. If something went wrong, all users of a request share it. */
export type LookupOutcome =
	| { readonly status: 'known' | 'unknown' | 'planned' }
	| { readonly status: 'rejected' | 'failed' | 'not_sent'; readonly problem: DeliveryProblem };

/** Users after they were looked up in MoEngage. */
export interface LookupResult {
	/** The outcome of each user to be looked up, by uid. */
	outcomeOf(uid: string): LookupOutcome;
	readonly stats: CohortStats;
	/** Why the lookup ended before all users were looked up, if it did. */
	readonly ended: DeliveryProblem | undefined;
}

/** A user that an item of Check Users names. Duplicates share the object of the first item. */
export interface CheckedUser {
	readonly uid: string;
	/** Index of the first input item that names the user. */
	readonly item: number;
}

/** The result of an input item of Check Users. */
export type CheckedItem = CheckedUser | InvalidItem;

/** A run of Check Users after its last request. */
export interface CheckResult {
	/** One entry for each input item. */
	readonly items: readonly CheckedItem[];
	/** How many users the items name. */
	readonly users: number;
	readonly lookup: LookupResult;
	readonly dryRun: boolean;
	/** Wall time in ms since 1970. */
	readonly startedAt: number;
}
