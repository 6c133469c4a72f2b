import type { Clock } from '../clock';
import type { RunAbort } from './abort';
import type { RequestGroup } from './requestRunner';
import { Slots } from './slots';

/** How many batches of a run that has ended are settled before control returns to the event loop. */
const BATCHES_PER_SLICE = 1_000;

/** Starts the batches of a run in their order, as many in parallel as there are slots. */
export class BatchQueue {
	readonly slots: Slots;
	private startedAfterEnd = 0;
	/** What was thrown because of bugs in the node. */
	private readonly defects: unknown[] = [];

	constructor(
		concurrency: number,
		private readonly clock: Clock,
		private readonly abort: RunAbort,
	) {
		this.slots = new Slots(concurrency);
	}

	/**
	 * Processes the batches of one group: one at a time until MoEngage accepts one, then in parallel.
	 *
	 * @param process sends and settles one batch; a run that has ended only settles. If it throws, which only a bug
	 *   in the node does, the run ends
	 */
	async run<Batch>(
		batches: Iterable<Batch>,
		group: RequestGroup,
		process: (batch: Batch) => Promise<void>,
	): Promise<void> {
		const inProgress: Array<Promise<void>> = [];
		for (const batch of batches) {
			await this.slots.acquire();
			if (this.abort.problem) await this.yieldNowAndThen();
			const processed = this.processAndRelease(batch, group, process);
			if (group.hasAccepted) inProgress.push(processed);
			else await processed;
		}
		await Promise.all(inProgress);
	}

	/** Call it when all batches are over. @throws the first of what `process` has thrown */
	throwDefect(): void {
		if (this.defects.length > 0) throw this.defects[0];
	}

	/** Never rejects. */
	private async processAndRelease<Batch>(
		batch: Batch,
		{ stats }: RequestGroup,
		process: (batch: Batch) => Promise<void>,
	): Promise<void> {
		try {
			await process(batch);
			stats.finishedAt = this.clock.now();
		} catch (defect) {
			this.defects.push(defect);
			this.abort.stop({ code: 'stopped' });
		} finally {
			this.slots.release();
		}
	}

	private async yieldNowAndThen(): Promise<void> {
		if (++this.startedAfterEnd % BATCHES_PER_SLICE === 0) await this.clock.sleep(0);
	}
}
