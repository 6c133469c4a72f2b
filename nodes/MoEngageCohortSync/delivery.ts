import type { Answer } from './answer';
import { judge } from './answer';
import { backoffMs } from './backoff';
import type { Batch } from './batches';
import { halve, requestBody } from './batches';
import type { Cohort } from './cohort';
import type { Outcome } from './outcome';
import type { RateLimits } from './rateWindow';
import { Tally } from './tally';
import type { Trouble } from './trouble';
import * as trouble from './trouble';
import { inOneLine } from './trouble';
import type { Workspace } from './workspace';

/** Sends one request body and says what came back. Never throws. */
export type Send = (body: string) => Promise<Answer>;

/** The requests of one cohort. Its removals are settled before its additions start. */
export interface CohortBatches {
	readonly cohort: Cohort;
	readonly removals: readonly Batch[];
	readonly additions: readonly Batch[];
}

export interface DeliverySettings extends RateLimits {
	/** How often a request is sent again. */
	readonly maxRetries: number;
}

export interface DeliveryReport {
	/** What the requests of each cohort took, in the order of the cohorts given. */
	readonly tallies: Tally[];
	/** Why the run ended before all was sent, if it did. */
	readonly ended: Trouble | undefined;
}

/**
 * Extra requests that a run may spend on finding the members that MoEngage refuses. Beyond them a refused
 * batch is rejected whole, so that an audience that is bad throughout is not taken apart one by one.
 */
const SPLITS_PER_RUN = 300;
const SPLITS_PER_BATCH = 60;

/**
 * Delivers batches to MoEngage and sets the outcome of every change in them.
 * Nothing is thrown: what could not be sent has an outcome that says why.
 *
 * @param stop aborts when the execution is stopped; the promise returned then resolves at once
 */
export async function deliver(
	cohorts: readonly CohortBatches[],
	settings: DeliverySettings,
	workspace: Workspace,
	send: Send,
	stop?: AbortSignal,
): Promise<DeliveryReport> {
	const delivery = new Delivery(settings, workspace, send);
	const onStop = () => delivery.stop();
	stop?.addEventListener('abort', onStop, { once: true });
	if (stop?.aborted) onStop();
	try {
		return await delivery.run(cohorts);
	} finally {
		stop?.removeEventListener('abort', onStop);
	}
}

/** The batches of one cohort on their way. */
class CohortQueue {
	readonly tally: Tally;
	/** MoEngage refuses this cohort's requests, whatever their members. */
	refused: Trouble | undefined;
	private stages: Array<readonly Batch[]>;
	private unsettled = 0;
	private created = false;

	constructor({ removals, additions }: CohortBatches, workspace: Workspace) {
		this.tally = new Tally(workspace.clock);
		this.stages = [removals, additions].filter((stage) => stage.length > 0);
	}

	/**
	 * Batches that may go now, each returned once; asked for at the start and after each settled batch.
	 * The run's first request for a cohort goes alone, since it may create the segment.
	 */
	release(settled: 0 | 1): readonly Batch[] {
		this.unsettled -= settled;
		const stage = this.stages[0];
		if (stage === undefined || this.unsettled > 0) return [];
		const [first, ...rest] = stage;
		if (this.created || first === undefined || rest.length === 0) {
			this.stages.shift();
			this.created = true;
			this.unsettled = stage.length;
			return stage;
		}
		this.stages[0] = rest;
		this.created = true;
		this.unsettled = 1;
		return [first];
	}
}

interface Waiting {
	readonly queue: CohortQueue;
	readonly batch: Batch;
}

class Delivery {
	private readonly ready: Waiting[] = [];
	private requests = 0;
	private accepted = 0;
	private splitsLeft = SPLITS_PER_RUN;
	private ended: Trouble | undefined;
	private readonly over = new Signal();
	private readonly stopped = new Signal();

	constructor(
		private readonly settings: DeliverySettings,
		private readonly workspace: Workspace,
		private readonly send: Send,
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

	async run(cohorts: readonly CohortBatches[]): Promise<DeliveryReport> {
		const queues = cohorts.map((batches) => new CohortQueue(batches, this.workspace));
		const advance = (queue: CohortQueue, settled: 0 | 1) => {
			for (const batch of queue.release(settled)) this.ready.push({ queue, batch });
		};
		for (const queue of queues) advance(queue, 0);

		const inHand = new Set<Promise<void>>();
		for (let next = 0; next < this.ready.length || inHand.size > 0; ) {
			const waiting = this.ready[next];
			if (waiting === undefined || inHand.size >= this.settings.concurrency) {
				await Promise.race(inHand);
				continue;
			}
			next++;
			const { queue, batch } = waiting;
			const task = this.settle(batch, queue, { left: SPLITS_PER_BATCH }, false).then(() => {
				queue.tally.finishedAt = this.workspace.clock.now();
				inHand.delete(task);
				advance(queue, 1);
			});
			inHand.add(task);
		}
		return { tallies: queues.map(({ tally }) => tally), ended: this.ended };
	}

	/** Sends a batch, in halves if need be, until each of its changes has an outcome. */
	private async settle(
		batch: Batch,
		queue: CohortQueue,
		splits: { left: number },
		mayHaveTakenEffect: boolean,
	): Promise<void> {
		const result = await this.request(batch, queue, mayHaveTakenEffect);
		if (result.refusal === undefined) {
			for (const change of batch.changes) change.outcome = result.outcome;
			return;
		}
		const count = batch.changes.length;
		if (count === 1 || splits.left < 2 || this.splitsLeft < 2 || this.ended !== undefined) {
			const cause = count === 1 ? result.refusal : trouble.notTakenApart(result.refusal, count);
			const outcome = refusedOutcome(cause, result.outcome);
			for (const change of batch.changes) change.outcome = outcome;
			return;
		}
		splits.left -= 2;
		this.splitsLeft -= 2;
		for (const half of halve(batch)) {
			await this.settle(half, queue, splits, result.outcome.mayHaveTakenEffect === true);
		}
	}

	/**
	 * One request with its retries: the outcome of its members.
	 * With `refusal` some of the members are to blame, and they should be told apart.
	 */
	private async request(
		batch: Batch,
		queue: CohortQueue,
		tainted: boolean,
	): Promise<{ outcome: Outcome; refusal?: Trouble }> {
		const { tally } = queue;
		const { clock, window } = this.workspace;
		tally.startedAt ??= clock.now();
		let sent: { request: number; timestamp: string } | undefined;
		let body = '';
		let acceptedBefore = 0;
		let mayHaveTakenEffect = tainted;
		const failed = (cause: Trouble) => ({
			outcome: failedOutcome(cause, { ...sent, mayHaveTakenEffect }),
		});
		const refused = (cause: Trouble) => ({
			outcome: refusedOutcome(cause, { ...sent, mayHaveTakenEffect }),
		});

		for (let retries = 0; ; retries++) {
			const admitted =
				this.ended === undefined &&
				(await tally.waiting(async () => await window.enter(this.settings, this.over.given)));
			const obstacle = this.ended ?? queue.refused;
			if (!admitted || obstacle !== undefined) {
				if (admitted) window.leave();
				const cause = obstacle ?? trouble.stopped();
				if (sent !== undefined || tainted) return failed(cause);
				return { outcome: notSentOutcome(cause, this.ended !== undefined) };
			}

			if (sent === undefined) {
				sent = { request: ++this.requests, timestamp: this.workspace.nextTimestamp() };
				body = requestBody(batch, sent.timestamp);
				acceptedBefore = this.accepted;
				tally.requests++;
				tally.bytes += batch.bytes;
			} else {
				tally.retries++;
			}
			const answer = await Promise.race([this.send(body), this.stopped.given]);
			window.answered();
			if (answer === undefined) {
				mayHaveTakenEffect = true;
				return failed(trouble.stopped());
			}

			const verdict = judge(answer, clock.now());
			switch (verdict.kind) {
				case 'accepted':
					this.accepted++;
					return { outcome: { status: 'accepted', ...sent } };
				case 'split':
					return { ...refused(verdict.trouble), refusal: verdict.trouble };
				case 'refused':
					if (verdict.wholeCohort) queue.refused ??= verdict.trouble;
					return refused(verdict.trouble);
				case 'end':
					this.end(verdict.trouble);
					return verdict.refused ? refused(verdict.trouble) : failed(verdict.trouble);
				case 'retry':
					mayHaveTakenEffect ||= verdict.mayHaveTakenEffect;
			}

			if (verdict.throttled) tally.throttled++;
			if (retries >= Math.min(this.settings.maxRetries, verdict.maxRetries ?? Infinity)) {
				if (this.accepted === acceptedBefore) this.end(verdict.trouble);
				return failed(verdict.trouble);
			}
			const wait = Math.max(
				SHORTEST_WAIT_MS,
				verdict.retryAfterMs ?? backoffMs(retries + 1, clock),
			);
			if (verdict.throttled) window.close(wait);
			else
				await tally.waiting(async () => await Promise.race([clock.sleep(wait), this.over.given]));
		}
	}
}

/** A server that asks to be left alone for no time at all still gets a pause. */
const SHORTEST_WAIT_MS = 1000;

/** Something that happens once and that can be waited for. */
class Signal {
	give: () => void = () => {};
	readonly given = new Promise<void>((resolve) => {
		this.give = resolve;
	});
}

type Sent = Pick<Outcome, 'request' | 'timestamp' | 'mayHaveTakenEffect'>;

function failedOutcome(cause: Trouble, sent: Sent): Outcome {
	const effect = sent.mayHaveTakenEffect
		? 'These changes may have taken effect in MoEngage all the same.'
		: 'These changes have not taken effect.';
	return { ...sent, status: 'failed', trouble: cause, reason: `${inOneLine(cause)} ${effect}` };
}

/** Refused by MoEngage; but never called so where an earlier try may have been applied. */
function refusedOutcome(cause: Trouble, sent: Sent): Outcome {
	if (sent.mayHaveTakenEffect) return failedOutcome(cause, sent);
	return { ...sent, status: 'rejected', trouble: cause, reason: inOneLine(cause) };
}

function notSentOutcome(cause: Trouble, runEnded: boolean): Outcome {
	const why = runEnded ? trouble.runEnded(cause) : trouble.cohortRefused(cause);
	return { status: 'not_sent', trouble: cause, reason: inOneLine(why) };
}
