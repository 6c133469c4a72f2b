import type { Clock } from '../clock';
import { sleepUntil } from '../clock';
import type { RequestRef } from '../model/outcome';
import type { DeliveryProblem } from '../model/problem';
import type { DeliverySettings } from '../model/settings';
import type { RunAbort } from './abort';
import { untilAborted } from './abort';
import type { Classification } from './classify';
import { classify } from './classify';
import type { CohortStatsRecorder } from './cohortStats';
import { backoffMs } from './retry';
import type { Send, SendResult } from './sendResult';
import type { Slots } from './slots';
import type { Workspace } from './workspace';

/** One request, which may take several attempts. */
export interface OutgoingRequest {
	/** UTF-8 bytes of the body. */
	readonly bytes: number;
	/** How many places of the rate window it takes: one unless given. */
	readonly places?: number;
	/** Makes the body, once for each attempt, so that none is kept while the request waits. */
	body(ref: RequestRef): string;
	/** What follows from what came back, where that is not as for Cohort Sync. `now` is in ms since 1970. */
	classify?(result: SendResult, now: number): Classification;
}

/** What of a workspace the requests to one of its APIs share. */
export type ApiAccess = Pick<Workspace, 'clock' | 'rateLimiter' | 'nextTimestamp'>;

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

interface Attempt {
	readonly classification: Classification;
	/** How long to wait before the next attempt, if there is one. */
	readonly waitMs: number;
}

/** Sends the requests of one run: at the allowed rate, again where that may help, until something ends the run. */
export class RequestRunner {
	private started = 0;
	private accepted = 0;

	/** @param slots lends the slot of a request that waits for its retry */
	constructor(
		private readonly settings: DeliverySettings,
		private readonly workspace: ApiAccess,
		private readonly send: Send,
		private readonly slots: Slots,
		private readonly abort: RunAbort,
	) {}

	async run(request: OutgoingRequest, group: RequestGroup): Promise<RequestResult> {
		const { stats } = group;
		stats.startedAt ??= this.workspace.clock.now();
		const blockedBy = await this.acquirePermit(request, group);
		if (blockedBy) return { kind: 'not_sent', blockedBy };

		const ref = { request: ++this.started, timestamp: this.workspace.nextTimestamp() };
		const acceptedBefore = this.accepted;
		let mayHaveTakenEffect = false;
		stats.countRequest(request.bytes);

		for (let retry = 1; ; retry++) {
			const attempt = await untilAborted(
				this.attempt(request, ref, group, retry),
				this.abort.stopped,
			);
			if (attempt === undefined) {
				return { kind: 'failed', ref, problem: { code: 'stopped' }, mayHaveTakenEffect: true };
			}
			const { classification, waitMs } = attempt;
			if (classification.kind !== 'retry') return toResult(classification, ref, mayHaveTakenEffect);

			const { problem, isThrottled } = classification;
			mayHaveTakenEffect ||= classification.mayHaveTakenEffect;
			if (isThrottled) stats.throttled++;
			if (retry > Math.min(this.settings.maxRetries, classification.maxRetries ?? Infinity)) {
				// Nothing gets through: the service counts as down.
				if (this.accepted === acceptedBefore) this.abort.end(problem);
				return { kind: 'failed', ref, problem, mayHaveTakenEffect };
			}
			// After a 429 the rate limiter makes everybody wait.
			if (!isThrottled) await this.waitForRetry(waitMs, group);
			const blockedBy = await this.acquirePermit(request, group);
			if (blockedBy) return { kind: 'failed', ref, problem: blockedBy.cause, mayHaveTakenEffect };
			stats.retries++;
		}
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
		retry: number,
	): Promise<Attempt> {
		const { clock, rateLimiter } = this.workspace;
		try {
			const result = await this.send(request.body(ref));
			const classification = (request.classify ?? classify)(result, clock.now());
			const waitMs = retryWaitMs(classification, retry, clock);
			// Before the permit is given back, which lets the next request start.
			this.applyToOthers({ classification, waitMs }, group);
			return { classification, waitMs };
		} finally {
			rateLimiter.release(request.places);
		}
	}

	/** What an attempt means for other requests: those of its cohort, of the run, and of the workspace. */
	private applyToOthers({ classification, waitMs }: Attempt, group: RequestGroup): void {
		switch (classification.kind) {
			case 'accepted':
				this.accepted++;
				group.hasAccepted = true;
				break;
			case 'retry':
				if (classification.isThrottled) this.workspace.rateLimiter.pauseFor(waitMs);
				break;
			case 'refused':
				if (classification.isWholeCohort) group.refusal ??= classification.problem;
				break;
			case 'end':
				this.abort.end(classification.problem);
		}
	}
}

function retryWaitMs(classification: Classification, retry: number, clock: Clock): number {
	if (classification.kind !== 'retry') return 0;
	return Math.max(backoffMs(retry, clock), classification.retryAfterMs ?? 0);
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
