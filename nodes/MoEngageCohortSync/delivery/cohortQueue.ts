import type { Batch, CohortBatches } from './batches';
import type { Tally } from './tally';
import type { Trouble } from './trouble';

/** The batches of one cohort on their way. */
export class CohortQueue {
	/** MoEngage refuses this cohort's requests, whatever their members. */
	refused: Trouble | undefined;
	/** MoEngage accepted a request, so that the segment exists. */
	exists = false;
	private readonly stages: Array<readonly Batch[]>;
	/** Batches of the first stage that were released. */
	private released = 0;
	private unsettled = 0;

	constructor(
		{ removals, additions }: CohortBatches,
		readonly tally: Tally,
	) {
		this.stages = [removals, additions];
	}

	/**
	 * Batches that may go now, each returned once; asked for at the start and after each settled batch.
	 * Until one is accepted they go alone, since that one creates the segment.
	 */
	release(): readonly Batch[] {
		if (this.unsettled > 0) return [];
		while (this.released === this.stages[0]?.length) {
			this.stages.shift();
			this.released = 0;
		}
		const end = this.exists ? undefined : this.released + 1;
		const batches = this.stages[0]?.slice(this.released, end) ?? [];
		this.released += batches.length;
		this.unsettled = batches.length;
		return batches;
	}

	/** Notes that a batch is settled: each of its changes has an outcome. */
	settled(): void {
		this.unsettled--;
	}
}
