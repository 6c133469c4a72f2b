import { setTimeout } from 'node:timers/promises';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { ID_KINDS } from '../audience.mjs';
import { runNode } from '../engine.mjs';
import { spreadOf, type Spread } from '../statistics.mjs';

export interface CohortsRow {
	readonly round: number;
	/** The node's time for an execution, in ms. */
	readonly ms: Spread;
	/** What is in use in the heap after the round, once garbage is collected, in MB. */
	readonly heapMb: number;
	/** The peak resident set of the process so far, in MB. */
	readonly peakMb: number;
}

export interface CohortsInput {
	readonly url: string;
	readonly cohorts: number;
	/** Members of each cohort. */
	readonly members: number;
	readonly rounds: number;
}

/** One workflow that mirrors many cohorts, one in each execution, in turn, in one process. */
export default async function measure(
	{ url, cohorts, members, rounds }: CohortsInput,
	report: (progress: string) => void,
): Promise<CohortsRow[]> {
	const idOf = ID_KINDS['36 characters'];
	const saved = { id: 'workflow', staticData: {} as IDataObject };
	const rows: CohortsRow[] = [];
	for (let round = 1; round <= rounds; round++) {
		const times: number[] = [];
		for (let cohort = 0; cohort < cohorts; cohort++) {
			report(`round ${round} of ${rounds}, cohort ${cohort + 1} of ${cohorts}`);
			// In each round one member leaves and one comes.
			const items = Array.from(
				{ length: members },
				(_, index): INodeExecutionData => ({ json: { uid: idOf(index + round) } }),
			);
			const parameters = { operation: 'mirror', cohortId: `c${cohort}`, cohortName: `C ${cohort}` };
			const { ms } = await runNode({ items, url, saved, parameters });
			times.push(ms);
		}
		// Not everything can be collected at once: finalizers run between the two.
		globalThis.gc?.();
		await setTimeout(100);
		globalThis.gc?.();
		const heapMb = process.memoryUsage().heapUsed / 2 ** 20;
		const peakMb = process.resourceUsage().maxRSS / 1024;
		rows.push({ round, ms: spreadOf(times), heapMb, peakMb });
	}
	return rows;
}
