import type { Cohort } from '../model/cohort';
import type { PreviousMember } from '../model/member';
import type { Notice } from '../model/notice';
import type { PlannedCohort, ResendReason } from '../model/plan';
import type { MirrorProblem } from '../model/problem';
import type { RunResult } from '../model/run';
import type { CohortMembers } from '../plan/plan';
import type { Task } from '../slicing';

/** What a cohort held before this run. */
export interface PreviousMembers {
	readonly members: readonly PreviousMember[];
	/** Why everyone is to be sent again, also those who are in. */
	readonly resend?: ResendReason | undefined;
	/** The earliest timestamp that MoEngage takes for newer than those before, in ms since 1970. */
	readonly notBefore?: number;
}

/** What a store knows of a cohort only once the run may send. */
export interface Claim {
	readonly resend?: ResendReason | undefined;
	readonly notBefore: number;
	/** What an earlier run has changed is not in the memory. */
	readonly isEarlierRunLost: boolean;
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
	/**
	 * Makes sure that no other run changes these cohorts. Called once, when nothing can refuse the run any more, right
	 * before its first request; never in a dry run.
	 *
	 * @returns what it has found out, by cohort
	 * @throws RunError where another run is at work, or the memory is gone
	 */
	claim(cohorts: readonly PlannedCohort[]): Promise<ReadonlyMap<Cohort, Claim>>;
	/** Keeps the claim. To be called every 30 seconds while the run sends. */
	renew(): Promise<void>;
	/**
	 * Gives the claim back, when the last request is answered.
	 *
	 * @param isStopped the execution was stopped
	 * @returns whether another run of the node was at work at the same time
	 */
	release(isStopped: boolean): Promise<boolean>;
	/** Keeps what the finished run has come to. `now` is in ms since 1970. */
	save(run: RunResult, now: number): Task<void>;
	/** What a person should know about it, after `save`. */
	notices(): readonly Notice[];
	/**
	 * To be called last, however the run ended: gives back a claim that the run still has. One that was claimed and not
	 * saved counts as lost.
	 */
	close(): Promise<void>;
}
