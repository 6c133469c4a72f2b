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
	/** In ms since 1970; retries reuse it. */
	readonly timestamp: number;
	/** How many places of the rate window it takes: one by default. */
	readonly places?: number;
	/** Builds the body for each attempt, so that it takes no memory while the request waits. */
	body(ref: RequestRef): string;
	/** Interprets the response; `classify` by default. `now` is in ms since 1970. */
	classify?(result: SendResult, now: number): Classification;
}

/** What all requests to one API of a workspace share. */
export type ApiAccess = Pick<Workspace, 'clock' | 'rateLimiter'>;

/** What the requests of one cohort have in common. */
export interface RequestGroup {
	readonly stats: CohortStatsRecorder;
	/** MoEngage has accepted one of them, so the segment exists. */
	hasAccepted: boolean;
	/** Why MoEngage rejects all of them, whatever their members. */
	refusal: DeliveryProblem | undefined;
}

/** Why a request may not start. */
type Blocked = Extract<DeliveryProblem, { code: 'run_ended' | 'cohort_refused' }>;

/** The result of a request after its last attempt. */
export type RequestResult =
	| { readonly kind: 'not_sent'; readonly blockedBy: Blocked }
	| { readonly kind: 'accepted'; readonly ref: RequestRef }
	| {
			readonly kind: 'refused' | 'failed';
			readonly ref: RequestRef;
			readonly problem: DeliveryProblem;
			/** One of the attempts may have been applied. */
			readonly mayHaveTakenEffect: boolean;
			/** If some of its members are invalid: the problem if the batch is not split. */
			readonly problemOfMany?: DeliveryProblem;
	  };

type Retry = Extract<Classification, { kind: 'retry' }>;

interface Retries {
	/** Without those after a 429 that the whole run waits for. */
	used: number;
	/** Those after each problem that allows fewer. */
	readonly limited: Map<DeliveryProblem['code'], number>;
	/** How many requests of the run had been accepted before this one. */
	readonly acceptedBefore: number;
}

/** How long a person has to wait for a first response, unless 'Timeout in Seconds' was raised. */
const MAX_SECONDS_WITHOUT_RESPONSE = 20;

/** A run ends when MoEngage has accepted nothing for this long... */
const MAX_REFUSING_MINUTES = 15;

/** ...or when 429s have delayed it by this long in total. */
const MAX_HELD_UP_MINUTES = 60;

/** Sends the requests of one run at the allowed rate, with retries, until something ends the run. */
export class RequestRunner {
	private started = 0;
	private accepted = 0;
	/** The rate limiter's total when this run began. */
	private readonly throttledMsBefore: number;
	private readonly beganAt: number;
	private hasResponse = false;
	private lastProblem: DeliveryProblem | undefined;

	/** @param slots lets other batches use the slot of a request that waits for its retry */
	constructor(
		private readonly settings: DeliverySettings,
		private readonly workspace: ApiAccess,
		private readonly send: Send,
		private readonly slots: Slots,
		private readonly abort: RunAbort,
	) {
		this.beganAt = workspace.clock.elapsed();
		this.throttledMsBefore = workspace.rateLimiter.throttledMs;
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
		stats.countRequest(request.bytes);

		const retries: Retries = { used: 0, limited: new Map(), acceptedBefore: this.accepted };
		let mayHaveTakenEffect = false;
		for (; ; stats.retries++) {
			const classification = await untilAborted(
				this.attempt(request, ref, group),
				this.abort.stopped,
			);
			if (classification === undefined) {
				const problem = this.abort.stopped.reason as DeliveryProblem;
				return { kind: 'failed', ref, problem, mayHaveTakenEffect: true };
			}
			if (classification.kind !== 'retry') return toResult(classification, ref, mayHaveTakenEffect);
			mayHaveTakenEffect ||= classification.mayHaveTakenEffect;
			const problem = await this.prepareRetry(classification, retries, request, group);
			if (problem) return { kind: 'failed', ref, problem, mayHaveTakenEffect };
		}
	}

	/** Waits until a request may be sent again. Returns why it may not, and then holds no permit. */
	private async prepareRetry(
		classification: Retry,
		retries: Retries,
		request: OutgoingRequest,
		group: RequestGroup,
	): Promise<DeliveryProblem | undefined> {
		const { problem, isThrottled } = classification;
		this.lastProblem = problem;
		if (isThrottled) group.stats.throttled++;
		if (isThrottled && this.waitsForLimit) {
			// The rate limiter delays every request.
			const limitProblem = this.limitProblem(problem);
			if (limitProblem) {
				this.abort.end(limitProblem);
				return limitProblem;
			}
		} else {
			const { maxRetries = Infinity, retryAfterMs = 0 } = classification;
			const usedForThis = retries.limited.get(problem.code) ?? 0;
			if (retries.used >= this.settings.maxRetries || usedForThis >= maxRetries) {
				// Nothing was accepted in the meantime: the service counts as down.
				if (this.accepted === retries.acceptedBefore) this.abort.end(problem);
				return problem;
			}
			retries.used++;
			if (maxRetries < Infinity) retries.limited.set(problem.code, usedForThis + 1);
			if (!isThrottled) {
				const backoff = backoffMs(retries.used, this.workspace.clock);
				await this.wait(Math.max(backoff, retryAfterMs), group);
			}
		}
		return (await this.acquirePermit(request, group))?.cause;
	}

	/** Whether 429s use up none of a request's retries. They do if someone is waiting for the result. */
	private get waitsForLimit(): boolean {
		return !this.settings.isAttended && this.settings.maxRetries > 0;
	}

	/** Why a run that gets 429s must stop waiting, or `undefined` if it may go on. */
	private limitProblem(cause: DeliveryProblem): DeliveryProblem | undefined {
		const { rateLimiter, clock } = this.workspace;
		const refusingMs = Math.min(rateLimiter.refusingForMs, clock.elapsed() - this.beganAt);
		if (refusingMs >= MAX_REFUSING_MINUTES * 60_000) {
			return { code: 'limit_used_up', minutes: MAX_REFUSING_MINUTES, cause };
		}
		const throttledMs = rateLimiter.throttledMs - this.throttledMsBefore;
		if (throttledMs < MAX_HELD_UP_MINUTES * 60_000) return undefined;
		return { code: 'held_up_by_limit', minutes: MAX_HELD_UP_MINUTES, cause };
	}

	/**
	 * Ends the run if there is no response at all, long before its retries are used up, because someone is waiting.
	 */
	private async endWithoutResponse(): Promise<void> {
		const { timeout } = this.settings;
		const seconds = timeout > NUMBERS.timeout.default ? timeout : MAX_SECONDS_WITHOUT_RESPONSE;
		const isOver = () => this.hasResponse || this.abort.ended.aborted;
		await sleepUntil(isOver, seconds * 1000, this.workspace.clock);
		if (!isOver()) this.abort.stop({ code: 'unreachable', seconds, cause: this.lastProblem });
	}

	/** Waits until a request may start. Returns why it may not, and then holds no permit. */
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

	/** Waits, but not after the run has ended, and lends the slot meanwhile. */
	private async wait(ms: number, group: RequestGroup): Promise<void> {
		const { ended } = this.abort;
		const pause = sleepUntil(() => ended.aborted, ms, this.workspace.clock);
		await group.stats.countWait(this.slots.lendDuring(untilAborted(pause, ended)));
	}

	/** Sends a request once. The permit is always returned, even after a bug in the node. */
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
			// Before the permit is returned, which lets the next request start.
			this.applyToOthers(classification, group);
			return classification;
		} finally {
			rateLimiter.release(report, request.places);
		}
	}

	/** Applies the response to a request to the other requests of its cohort and of the run. */
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
