import type { Batch, CohortBatches } from './batches';
import { halve } from './batches';
import type { Clock } from '../clock';
import { CohortQueue } from './cohortQueue';
import type { Outcome } from '../plan/outcome';
import type { DeliverySettings, Send } from './requests';
import { Requests } from './requests';
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
	const onStop = () => delivery.requests.stop();
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
	readonly requests: Requests;
	private readonly queues: CohortQueue[];
	/** Batches that may go, in the order in which they may; those before `next` have gone. */
	private readonly ready: Array<{ readonly queue: CohortQueue; readonly batch: Batch }> = [];
	private next = 0;
	/** Batches that have gone and are not settled yet. */
	private inHand = 0;
	/** Those of them that wait for their next try. */
	private aside = 0;
	private readonly splits = Splits.ofRun();
	private onDone: () => void = () => {};
	private onFault: (fault: unknown) => void = () => {};

	constructor(
		cohorts: readonly CohortBatches[],
		private readonly settings: DeliverySettings,
		private readonly workspace: Workspace,
		send: Send,
	) {
		this.requests = new Requests(settings, workspace, send, async (wait) => {
			this.aside++;
			this.takeMore();
			await wait;
			this.aside--;
		});
		this.queues = cohorts.map((batches) => new CohortQueue(batches, new Tally(workspace.clock)));
	}

	async run(): Promise<DeliveryReport> {
		for (const queue of this.queues) this.release(queue);
		await new Promise<void>((resolve, reject) => {
			this.onDone = resolve;
			this.onFault = (fault) => {
				this.requests.stop();
				reject(fault);
			};
			this.takeMore();
		});
		return { tallies: this.queues.map(({ tally }) => tally), ended: this.requests.ended };
	}

	/** Lets as many batches go as may. */
	private takeMore(): void {
		// While some wait for their next try, as many others may go: their cohort may be in no trouble.
		const { concurrency } = this.settings;
		const most = concurrency + Math.min(concurrency, this.aside);
		while (this.inHand < most && this.next < this.ready.length) {
			this.inHand++;
			this.settleReady(this.next++).then(() => {
				this.inHand--;
				this.takeMore();
			}, this.onFault);
		}
		if (this.inHand === 0) this.onDone();
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
		if (this.requests.ended && index % UNSENT_PER_PIECE === 0) await clock.sleep(0);
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
		const { outcome, unsplit } = await this.requests.send(batch, queue, tainted);
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
