import type { PreviousMember } from '../model/member';
import type { Notice } from '../model/notice';
import type { MirrorProblem } from '../model/problem';
import type { RunResult } from '../model/run';
import type { CohortMembers } from '../plan/plan';
import type { Task } from '../slicing';

/** What a cohort held before this run. */
export interface PreviousMembers {
	readonly members: readonly PreviousMember[];
	/** Everyone is due to be sent again, also those who are in. */
	readonly resendAll: boolean;
}

/** Where a mirror learns who was in its cohorts, and keeps who is in afterwards. */
export interface MemberStore {
	/**
	 * What a cohort held, or why that can't be known. Called once for each cohort that is compared.
	 *
	 * @param cohorts all cohorts of the run
	 */
	load(
		cohort: CohortMembers,
		cohorts: readonly CohortMembers[],
	): Task<PreviousMembers | MirrorProblem>;
	/** Keeps what the finished run has come to. `now` is in ms since 1970. */
	save(run: RunResult, now: number): Task<void>;
	/** What a person should know about it, after `save`. */
	notices(): readonly Notice[];
}
