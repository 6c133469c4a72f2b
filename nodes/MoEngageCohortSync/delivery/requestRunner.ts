import { sleepUntil } from '../clock';
import type { RequestRef } from '../model/outcome';
import type { DeliveryProblem } from '../model/problem';
import type { DeliverySettings } from '../model/settings';
import { NUMBERS } from '../model/settings';
import type { RunAbort } from './abort';
import { untilAborted } from './abort';
import type { Classification } from './classify';
import { classify } from './classify';
import type { CohortStatsRecorder } from './cohortStats';
import type { LimitReport } from './limitReport';
import { readLimitReport } from './limitReport';
import { backoffMs } from './retry';
import type { Send, SendResult } from './sendResult';
import type { Slots } from './slots';
import type { Workspace } from './workspace';

/** One request, which may take several attempts. */
export interface OutgoingRequest {
	/** UTF-8 bytes of the body. */
	readonly bytes: number;
	/** In ms since 1970; retries keep it. */
	readonly timestamp: number;
	/** How many places of the rate window it takes: one unless given. */
	readonly places?: number;
	/** Makes the body, once for each attempt, so that none is kept while the request waits. */
	body(ref: RequestRef): string;
	/** What follows from what came back, where that is not as for Cohort Sync. `now` is in ms since 1970. */
	classify?(result: SendResult, now: number): Classification;
}

/** What of a workspace the requests to one of its APIs share. */
export type ApiAccess = Pick<Workspace, 'clock' | 'rateLimiter'>;

/** What the requests of one cohort have in common. */
export interface RequestGroup {
	readonly stats: CohortStatsRecorder;
	/** MoEngage has accepted one of them, so that the segment exists. */
	hasAccepted: boolean;
	/** Why MoEngage refuses them all, whatever their members. */
	refusal: DeliveryProblem | undefined;
}

/** Why a request may not start. */
type Blocked = Extract<DeliveryProblem, { code: 'run_ended' | 'cohort_refused' }>;

/** What became of a request after its last attempt. */
export type RequestResult =
	| { readonly kind: 'not_sent'; readonly blockedBy: Blocked }
	| { readonly kind: 'accepted'; readonly ref: RequestRef }
	| {
			readonly kind: 'refused' | 'failed';
			readonly ref: RequestRef;
			readonly problem: DeliveryProblem;
			/** One of the attempts may have been applied. */
			readonly mayHaveTakenEffect: boolean;
			/** Where some of its members are to blame: what is wrong if they stay together. */
			readonly problemOfMany?: DeliveryProblem;
	  };

/** How long a person is kept waiting for a first response, unless 'Timeout in Seconds' was raised. */
const MAX_SECONDS_WITHOUT_RESPONSE = 20;

/** A run ends when MoEngage has let nothing through for so long... */
const MAX_REFUSING_MINUTES = 15;

/** ...or when 429s have held it up for so long in all. */
const MAX_HELD_UP_MINUTES = 60;

/** Sends the requests of one run: at the allowed rate, again where that may help, until something ends the run. */
export class RequestRunner {
	private started = 0;
	private accepted = 0;
	/** The rate limiter's count when this run began. */
	private readonly heldUpBefore: number;
	private readonly beganAt: number;
	private hasResponse = false;
	private lastProblem: DeliveryProblem | undefined;

	/** @param slots lends the slot of a request that waits for its retry */
	constructor(
		private readonly settings: DeliverySettings,
		private readonly workspace: ApiAccess,
		private readonly send: Send,
		private readonly slots: Slots,
		private readonly abort: RunAbort,
	) {
		this.beganAt = workspace.clock.elapsed();
		this.heldUpBefore = workspace.rateLimiter.heldUpMs;
	}

	async run(request: OutgoingRequest, group: RequestGroup): Promise<RequestResult> {
		const { stats } = group;
		stats.startedAt ??= this.workspace.clock.now();
		const blockedBy = await this.acquirePermit(request, group);
		if (blockedBy) return { kind: 'not_sent', blockedBy };

		if (this.started === 0 && this.settings.isAttended) void this.endWithoutResponse();
		const timestamp = new Date(request.timestamp).toISOString();
		const ref = { request: ++this.started, timestamp };
		stats.lastTimestamp = Math.max(stats.lastTimestamp ?? 0, request.timestamp);
		const acceptedBefore = this.accepted;
		let mayHaveTakenEffect = false;
		stats.countRequest(request.bytes);

		for (let retry = 1; ; stats.retries++) {
			const classification = await untilAborted(
				this.attempt(request, ref, group),
				this.abort.stopped,
			);
			if (classification === undefined) {
				const problem = this.abort.stopped.reason as DeliveryProblem;
				return { kind: 'failed', ref, problem, mayHaveTakenEffect: true };
			}
			if (classification.kind !== 'retry') return toResult(classification, ref, mayHaveTakenEffect);

			const { problem, isThrottled, retryAfterMs = 0 } = classification;
			this.lastProblem = problem;
			mayHaveTakenEffect ||= classification.mayHaveTakenEffect;
			if (isThrottled) stats.throttled++;
			if (isThrottled && this.waitsForLimit) {
				// The rate limiter makes everybody wait.
				const limitProblem = this.limitProblem(problem);
				if (limitProblem) {
					this.abort.end(limitProblem);
					return { kind: 'failed', ref, problem: limitProblem, mayHaveTakenEffect };
				}
			} else {
				if (retry > Math.min(this.settings.maxRetries, classification.maxRetries ?? Infinity)) {
					// Nothing gets through: the service counts as down.
					if (this.accepted === acceptedBefore) this.abort.end(problem);
					return { kind: 'failed', ref, problem, mayHaveTakenEffect };
				}
				if (!isThrottled) {
					const waitMs = Math.max(backoffMs(retry, this.workspace.clock), retryAfterMs);
					await this.waitForRetry(waitMs, group);
				}
				retry++;
			}
			const blockedBy = await this.acquirePermit(request, group);
			if (blockedBy) return { kind: 'failed', ref, problem: blockedBy.cause, mayHaveTakenEffect };
		}
	}

	/** Whether 429s spend none of a request's retries. Where somebody waits for the result they do. */
	private get waitsForLimit(): boolean {
		return !this.settings.isAttended && this.settings.maxRetries > 0;
	}

	/** Why a run that gets 429 does not go on waiting, if so. */
	private limitProblem(cause: DeliveryProblem): DeliveryProblem | undefined {
		const { rateLimiter, clock } = this.workspace;
		const refusingMs = Math.min(rateLimiter.refusingForMs, clock.elapsed() - this.beganAt);
		if (refusingMs >= MAX_REFUSING_MINUTES * 60_000) {
			return { code: 'limit_used_up', minutes: MAX_REFUSING_MINUTES, cause };
		}
		const heldUpMs = rateLimiter.heldUpMs - this.heldUpBefore;
		if (heldUpMs < MAX_HELD_UP_MINUTES * 60_000) return undefined;
		return { code: 'held_up_by_limit', minutes: MAX_HELD_UP_MINUTES, cause };
	}

	/** Ends the run where nothing at all responds, long before its retries are used up: somebody waits. */
	private async endWithoutResponse(): Promise<void> {
		const { timeout } = this.settings;
		const seconds = timeout > NUMBERS.timeout.default ? timeout : MAX_SECONDS_WITHOUT_RESPONSE;
		const isOver = () => this.hasResponse || this.abort.ended.aborted;
		await sleepUntil(isOver, seconds * 1000, this.workspace.clock);
		if (!isOver()) this.abort.stop({ code: 'unreachable', seconds, cause: this.lastProblem });
	}

	/** Waits until a request may start. What is returned forbids it; no permit is held then. */
	private async acquirePermit(
		{ places }: OutgoingRequest,
		group: RequestGroup,
	): Promise<Blocked | undefined> {
		const { rateLimiter } = this.workspace;
		const admission = rateLimiter.acquire(this.settings, this.abort.ended, places);
		const hasPermit = await group.stats.countWait(admission);
		const blockedBy = this.blockedBy(group);
		if (hasPermit && blockedBy) rateLimiter.cancel(places);
		return blockedBy;
	}

	private blockedBy({ refusal }: RequestGroup): Blocked | undefined {
		const ended = this.abort.problem;
		if (ended) return { code: 'run_ended', cause: ended };
		return refusal && { code: 'cohort_refused', cause: refusal };
	}

	private async waitForRetry(ms: number, group: RequestGroup): Promise<void> {
		const { ended } = this.abort;
		const pause = sleepUntil(() => ended.aborted, ms, this.workspace.clock);
		await group.stats.countWait(this.slots.lendDuring(untilAborted(pause, ended)));
	}

	/** Sends a request once. The permit is given back in any case, after a defect of the node too. */
	private async attempt(
		request: OutgoingRequest,
		ref: RequestRef,
		group: RequestGroup,
	): Promise<Classification> {
		const { clock, rateLimiter } = this.workspace;
		let report: LimitReport | undefined;
		try {
			const result = await this.send(request.body(ref));
			const classification = (request.classify ?? classify)(result, clock.now());
			report = readLimitReport(result, clock.now());
			this.hasResponse ||= result.status !== undefined;
			// Before the permit is given back, which lets the next request start.
			this.applyToOthers(classification, group);
			return classification;
		} finally {
			rateLimiter.release(report, request.places);
		}
	}

	/** What came back for a request, as it concerns others of its cohort and of the run. */
	private applyToOthers(classification: Classification, group: RequestGroup): void {
		switch (classification.kind) {
			case 'accepted':
				this.accepted++;
				group.hasAccepted = true;
				break;
			case 'refused':
				if (classification.isWholeCohort) group.refusal ??= classification.problem;
				break;
			case 'end':
				this.abort.end(classification.problem);
		}
	}
}

/** @param mayHaveTakenEffect an earlier attempt may have been applied */
function toResult(
	classification: Exclude<Classification, { kind: 'retry' }>,
	ref: RequestRef,
	mayHaveTakenEffect: boolean,
): RequestResult {
	switch (classification.kind) {
		case 'accepted':
			return { kind: 'accepted', ref };
		case 'bisect': {
			const { problem, problemOfMany } = classification;
			return { kind: 'refused', ref, problem, problemOfMany, mayHaveTakenEffect };
		}
		case 'refused':
			return { kind: 'refused', ref, problem: classification.problem, mayHaveTakenEffect };
		case 'end':
			return {
				kind: classification.isRefused ? 'refused' : 'failed',
				ref,
				problem: classification.problem,
				mayHaveTakenEffect: mayHaveTakenEffect || classification.mayHaveTakenEffect,
			};
	}
}
