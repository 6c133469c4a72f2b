import type { Batch, CohortBatches } from './batches';
import { halve } from './batches';
import type { Clock } from '../clock';
import { CohortQueue } from './cohortQueue';
import type { Outcome } from '../plan/outcome';
import type { DeliverySettings, Send } from './sending';
import { Sending } from './sending';
import { Splits } from './splits';
import { Tally } from './tally';
import type { Trouble } from './trouble';
import type { Workspace } from './workspace';

export interface DeliveryReport {
	/** What the requests of each cohort took, in the order of the cohorts given. */
	readonly tallies: Tally[];
	/** Why the run ended before all was sent, if it did. */
	readonly ended: Trouble | undefined;
}

/** How many batches that never came to be sent are settled without a pause. */
const UNSENT_PER_PIECE = 1_000;

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
	const delivery = new Delivery(cohorts, settings, workspace, send);
	const onStop = () => delivery.sending.stop();
	stop?.addEventListener('abort', onStop);
	if (stop?.aborted) onStop();
	try {
		return await delivery.run();
	} finally {
		stop?.removeEventListener('abort', onStop);
	}
}

/** Stands in for `deliver` in a dry run: every change is `planned`, with the requests it would take. */
export function planOnly(cohorts: readonly CohortBatches[], clock: Clock): DeliveryReport {
	const tallies = cohorts.map(({ removals, additions }) => {
		const tally = new Tally(clock);
		for (const batch of [...removals, ...additions]) {
			tally.requests++;
			tally.bytes += batch.bytes;
			setOutcome(batch, { status: 'planned' });
		}
		return tally;
	});
	return { tallies, ended: undefined };
}

class Delivery {
	readonly sending: Sending;
	private readonly queues: CohortQueue[];
	/** Batches that may go, in the order in which they may; those before `next` have gone. */
	private readonly ready: Array<{ readonly queue: CohortQueue; readonly batch: Batch }> = [];
	private next = 0;
	private readonly splits = Splits.ofRun();

	constructor(
		cohorts: readonly CohortBatches[],
		private readonly settings: DeliverySettings,
		private readonly workspace: Workspace,
		send: Send,
	) {
		this.sending = new Sending(settings, workspace, send);
		this.queues = cohorts.map((batches) => new CohortQueue(batches, new Tally(workspace.clock)));
	}

	async run(): Promise<DeliveryReport> {
		for (const queue of this.queues) this.release(queue);
		await new Promise<void>((resolve, reject) => {
			let inHand = 0;
			const takeMore = () => {
				// While some wait for their next try, as many others may go: their cohort may be in no trouble.
				const { concurrency } = this.settings;
				const most = concurrency + Math.min(concurrency, this.sending.pausing);
				while (inHand < most && this.next < this.ready.length) {
					inHand++;
					this.settleReady(this.next++).then(() => {
						inHand--;
						takeMore();
					}, reject);
				}
				if (inHand === 0) resolve();
			};
			this.sending.onPause = takeMore;
			takeMore();
		});
		return { tallies: this.queues.map(({ tally }) => tally), ended: this.sending.ended };
	}

	private release(queue: CohortQueue): void {
		for (const batch of queue.release()) this.ready.push({ queue, batch });
	}

	private async settleReady(index: number): Promise<void> {
		const ready = this.ready[index];
		if (ready === undefined) return;
		const { queue, batch } = ready;
		const { clock } = this.workspace;
		// A run that has ended settles the rest at once, which n8n should not have to wait for.
		if (this.sending.ended && index % UNSENT_PER_PIECE === 0) await clock.sleep(0);
		await this.settle(batch, queue, Splits.ofBatch(), false);
		queue.tally.finishedAt = clock.now();
		queue.settled();
		this.release(queue);
	}

	/** Sends a batch, in halves if need be, until each of its changes has an outcome. */
	private async settle(
		batch: Batch,
		queue: CohortQueue,
		ofBatch: Splits,
		tainted: boolean,
	): Promise<void> {
		const { outcome, unsplit } = await this.sending.request(batch, queue, tainted);
		const splits = [this.splits, ofBatch];
		const isRefused = unsplit !== undefined;
		if (isRefused || outcome.status === 'accepted') splits.forEach((each) => each.note(!isRefused));
		if (!isRefused || batch.changes.length === 1) {
			setOutcome(batch, outcome);
		} else if (!splits.every(({ isWorthwhile }) => isWorthwhile)) {
			setOutcome(batch, unsplit);
		} else {
			splits.forEach((each) => each.take());
			for (const half of halve(batch)) {
				await this.settle(half, queue, ofBatch, outcome.mayHaveTakenEffect === true);
			}
		}
	}
}

function setOutcome({ changes }: Batch, outcome: Outcome): void {
	for (const change of changes) change.outcome = outcome;
}
