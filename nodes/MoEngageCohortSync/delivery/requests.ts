import { sleepUnless } from '../clock';
import type { Answer, Verdict } from './answer';
import { judge } from './answer';
import { backoffMs } from './backoff';
import type { Batch } from './batches';
import { requestBody } from './batches';
import type { CohortQueue } from './cohortQueue';
import type { Sent } from './fate';
import {
	acceptedOutcome,
	cohortRefusedOutcome,
	failedOutcome,
	refusedOutcome,
	runEndedOutcome,
} from './fate';
import type { Outcome } from '../plan/outcome';
import type { RateLimits } from './rateWindow';
import { Signal } from './signal';
import type { Trouble } from './trouble';
import * as trouble from './trouble';
import type { Workspace } from './workspace';

/** Sends one request body and says what came back. Never throws. */
export type Send = (body: string) => Promise<Answer>;

export interface DeliverySettings extends RateLimits {
	/** How often a request is sent again. */
	readonly maxRetries: number;
}

/** What became of one request. */
export interface Result {
	readonly outcome: Outcome;
	/** Some of its members are to blame and may be told apart. This is their outcome if they are not. */
	readonly unsplit?: Outcome;
}

/** Waits, and lets other batches go meanwhile. */
export type StepAside = (wait: Promise<unknown>) => Promise<void>;

/** The requests of one run, each with its retries, until something ends the run. */
export class Requests {
	/** Why the run ended before all was sent. */
	ended: Trouble | undefined;
	private count = 0;
	private accepted = 0;
	private readonly over = new Signal();
	private readonly stopped = new Signal();

	constructor(
		private readonly settings: DeliverySettings,
		private readonly workspace: Workspace,
		private readonly sendOnce: Send,
		private readonly stepAside: StepAside,
	) {}

	/** Ends the run without waiting for the requests in flight. */
	stop(): void {
		this.end(trouble.stopped());
		this.stopped.give();
	}

	/** Ends the run: what is in flight is still awaited. */
	private end(cause: Trouble): void {
		this.ended ??= cause;
		this.over.give();
	}

	/**
	 * Sends a batch as one request, again and again if need be.
	 *
	 * @param tainted an earlier request with the same changes may have been applied
	 */
	async send(batch: Batch, queue: CohortQueue, tainted: boolean): Promise<Result> {
		const { tally } = queue;
		const { clock } = this.workspace;
		tally.startedAt ??= clock.now();
		let obstacle = await this.enter(queue);
		if (obstacle !== undefined) return { outcome: this.notSent(obstacle, tainted) };

		const timestamp = this.workspace.nextTimestamp();
		const sent = { request: ++this.count, timestamp, mayHaveTakenEffect: tainted };
		const acceptedBefore = this.accepted;
		tally.requests++;
		tally.bytes += batch.bytes;

		for (let retry = 1; ; retry++) {
			const tried = await this.stopped.orElse(this.attempt(batch, timestamp, retry));
			if (tried === undefined) {
				return { outcome: failedOutcome(trouble.stopped(), { ...sent, mayHaveTakenEffect: true }) };
			}
			const { verdict, waitMs } = tried;
			if (verdict.kind !== 'retry') return this.conclude(verdict, sent, queue);

			sent.mayHaveTakenEffect ||= verdict.mayHaveTakenEffect;
			if (verdict.throttled) tally.throttled++;
			if (retry > Math.min(this.settings.maxRetries, verdict.maxRetries ?? Infinity)) {
				// Nothing gets through: the service counts as down.
				if (this.accepted === acceptedBefore) this.end(verdict.trouble);
				return { outcome: failedOutcome(verdict.trouble, sent) };
			}
			if (!verdict.throttled) {
				const pause = this.over.orElse(sleepUnless(() => this.over.given, waitMs, clock));
				await tally.waiting(async () => await this.stepAside(pause));
			}
			obstacle = await this.enter(queue);
			if (obstacle !== undefined) return { outcome: failedOutcome(obstacle, sent) };
			tally.retries++;
		}
	}

	/** What an answer makes of a request that is not sent again. */
	private conclude(
		verdict: Exclude<Verdict, { kind: 'retry' }>,
		sent: Sent,
		queue: CohortQueue,
	): Result {
		switch (verdict.kind) {
			case 'accepted':
				this.accepted++;
				queue.exists = true;
				return { outcome: acceptedOutcome(sent) };
			case 'split':
				return {
					outcome: refusedOutcome(verdict.trouble, sent),
					unsplit: refusedOutcome(verdict.unsplit, sent),
				};
			case 'refused':
				if (verdict.wholeCohort) queue.refused ??= verdict.trouble;
				return { outcome: refusedOutcome(verdict.trouble, sent) };
			case 'end': {
				this.end(verdict.trouble);
				const mayHaveTakenEffect = sent.mayHaveTakenEffect || verdict.mayHaveTakenEffect;
				const outcomeOf = verdict.refused ? refusedOutcome : failedOutcome;
				return { outcome: outcomeOf(verdict.trouble, { ...sent, mayHaveTakenEffect }) };
			}
		}
	}

	private notSent(obstacle: Trouble, tainted: boolean): Outcome {
		if (tainted) return failedOutcome(obstacle, { mayHaveTakenEffect: true });
		return this.ended === undefined ? cohortRefusedOutcome(obstacle) : runEndedOutcome(obstacle);
	}

	/** Waits for a place in the rate window. What it returns forbids the request. */
	private async enter(queue: CohortQueue): Promise<Trouble | undefined> {
		const { window } = this.workspace;
		const admitted =
			!this.over.given &&
			(await queue.tally.waiting(async () => await window.enter(this.settings, this.over)));
		const obstacle = this.ended ?? queue.refused;
		if (admitted && obstacle !== undefined) window.leave();
		return obstacle;
	}

	/** One try, and how long to wait before the next one. Gives the place in the window back, also after a fault. */
	private async attempt(
		batch: Batch,
		timestamp: string,
		retry: number,
	): Promise<{ verdict: Verdict; waitMs: number }> {
		const { clock, window } = this.workspace;
		try {
			const answer = await this.sendOnce(requestBody(batch, timestamp));
			const verdict = judge(answer, clock.now());
			if (verdict.kind !== 'retry') return { verdict, waitMs: 0 };
			const waitMs = Math.max(backoffMs(retry, clock), verdict.retryAfterMs ?? 0);
			// Before the place is given back: the next in line must not start.
			if (verdict.throttled) window.close(waitMs);
			return { verdict, waitMs };
		} finally {
			window.answered();
		}
	}
}
