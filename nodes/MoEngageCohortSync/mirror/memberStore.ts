import type { Cohort } from '../model/cohort';
import type { PreviousMember } from '../model/member';
import type { Notice } from '../model/notice';
import type { CohortPlan, PlannedCohort, ResendReason } from '../model/plan';
import type { MirrorProblem } from '../model/problem';
import type { RunResult } from '../model/run';
import type { CohortMembers } from '../plan/plan';
import type { Task } from '../slicing';

/** What a cohort held before this run. */
export interface PreviousMembers {
	readonly members: readonly PreviousMember[];
	/** Why everyone has to be sent again, including those who are already in. */
	readonly resend?: ResendReason | undefined;
	/** The earliest timestamp that is newer than all earlier ones to MoEngage, in ms since 1970. */
	readonly notBefore?: number;
}

/** What a store finds out about a cohort only when the run is about to send. */
export interface Claim {
	readonly resend?: ResendReason | undefined;
	readonly notBefore: number;
	/** The memory lacks what an earlier run changed. */
	readonly isEarlierRunLost: boolean;
}

/** Where a mirror reads who was in its cohorts, and saves who is in them afterwards. */
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
	/**
	 * Makes sure that no other run changes these cohorts. Called once, after all checks, right before the first
	 * request; never in a dry run.
	 *
	 * @returns what it found out, by cohort
	 * @throws RunError if another run is in progress, or the memory is missing
	 */
	claim(cohorts: readonly PlannedCohort[]): Promise<ReadonlyMap<Cohort, Claim>>;
	/** Renews the claim. Call it every 30 seconds while the run sends. */
	renew(): Promise<void>;
	/**
	 * Releases the claim. Call it when the last request is answered.
	 *
	 * @param isStopped the execution was stopped
	 * @returns whether another run of the node was in progress at the same time
	 */
	release(isStopped: boolean): Promise<boolean>;
	/** Saves the result of the finished run. `now` is in ms since 1970. */
	save(run: RunResult, now: number): Task<void>;
	/** What the user should know about it, after `save`. `plans` are those of the run's cohorts. */
	notices(plans: readonly CohortPlan[]): readonly Notice[];
	/**
	 * Call it last, however the run ended. Releases a claim that the run still has: a run with a claim that was not
	 * saved counts as lost.
	 */
	close(): Promise<void>;
}
