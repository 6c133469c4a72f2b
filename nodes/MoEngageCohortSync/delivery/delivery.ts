import type { Batch, CohortBatches } from './batches';
import { halve } from './batches';
import type { Clock } from '../clock';
import { CohortQueue } from './cohortQueue';
import type { Outcome } from '../plan/outcome';
import type { DeliverySettings, Send } from './sending';
import { Sending } from './sending';
import { Tally } from './tally';
import type { Trouble } from './trouble';
import type { Workspace } from './workspace';

export type { DeliverySettings, Send } from './sending';

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
	private splitsLeft = SPLITS_PER_RUN;

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
				for (; inHand < this.settings.concurrency && this.next < this.ready.length; this.next++) {
					inHand++;
					this.settleReady(this.next).then(() => {
						inHand--;
						takeMore();
					}, reject);
				}
				if (inHand === 0) resolve();
			};
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
		await this.settle(batch, queue, { left: SPLITS_PER_BATCH }, false);
		queue.tally.finishedAt = this.workspace.clock.now();
		queue.settled();
		this.release(queue);
	}

	/** Sends a batch, in halves if need be, until each of its changes has an outcome. */
	private async settle(
		batch: Batch,
		queue: CohortQueue,
		splits: { left: number },
		tainted: boolean,
	): Promise<void> {
		const { outcome, unsplit } = await this.sending.request(batch, queue, tainted);
		if (unsplit === undefined || batch.changes.length === 1) {
			setOutcome(batch, outcome);
		} else if (splits.left < 2 || this.splitsLeft < 2) {
			setOutcome(batch, unsplit);
		} else {
			splits.left -= 2;
			this.splitsLeft -= 2;
			for (const half of halve(batch)) {
				await this.settle(half, queue, splits, outcome.mayHaveTakenEffect === true);
			}
		}
	}
}

function setOutcome({ changes }: Batch, outcome: Outcome): void {
	for (const change of changes) change.outcome = outcome;
}
