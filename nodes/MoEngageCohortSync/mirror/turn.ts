import type { Workspace } from '../delivery/workspace';
import { Refusal } from '../refusal';
import type { PreviousOf } from './mirror';

/** One run of a node: in a loop, n8n runs it several times in one execution. */
export interface NodeRun {
	readonly execution: string | undefined;
	readonly node: string;
	/** Counted from 0 in each execution; a retry of a run has the same. */
	readonly index: number;
}

/** What the runs of one workspace in this process know of each other, by cohort id. */
interface Turns {
	/** The cohorts that a run is at work on. */
	readonly mirroring: Set<string>;
	/** The runs that mirrored a cohort last. */
	readonly mirrored: Map<string, readonly NodeRun[]>;
}

const turnsOf = new WeakMap<Workspace, Turns>();

/** More executions than that won't be at work on one cohort in turns. */
const MOST_RUNS = 20;

/** True for two runs in one execution, each of which would take its items for the whole audience. */
function areParts(one: NodeRun, other: NodeRun): boolean {
	const isRetry = one.node === other.node && one.index === other.index;
	return one.execution !== undefined && one.execution === other.execution && !isRetry;
}

/** One run's turn at its cohorts. */
export interface Turn {
	/** As given, but refuses a cohort that another run is at work on, or of which it has mirrored another part. */
	readonly of: PreviousOf;
	/** Lets the next mirror of the same cohorts start. */
	readonly close: () => void;
}

/**
 * Lets the runs of a workspace mirror each cohort one at a time, and once in an execution.
 *
 * @param isDryRun another run in the same execution may do it in earnest
 */
export function takeTurn(
	of: PreviousOf,
	workspace: Workspace,
	thisRun: NodeRun,
	isDryRun: boolean,
): Turn {
	const turns: Turns = turnsOf.get(workspace) ?? { mirroring: new Set(), mirrored: new Map() };
	turnsOf.set(workspace, turns);
	const { mirroring, mirrored } = turns;
	const mine: string[] = [];
	return {
		*of(changes, cohorts) {
			const { id, name } = changes.cohort;
			if (mirroring.has(id)) {
				return new Refusal(
					`Another execution is mirroring the cohort "${name}" at this moment`,
					'Nothing was sent for it by this one. Let the schedule leave more time between two runs.',
					'not_sent',
				);
			}
			const earlier = mirrored.get(id) ?? [];
			if (earlier.some((run) => areParts(run, thisRun))) {
				return new Refusal(
					`This execution has mirrored the cohort "${name}" already`,
					'Nothing was sent for it by this run of the node, which would have removed the members of the first. In a loop, or with two sources on one input, n8n runs the node once for each part of the audience: bring all items together before it, with a Merge node or after the loop. And let one Mirror node alone mirror a cohort.',
					'not_sent',
				);
			}
			if (!isDryRun) mirrored.set(id, [...earlier, thisRun].slice(-MOST_RUNS));
			mirroring.add(id);
			mine.push(id);
			return yield* of(changes, cohorts);
		},
		close: () => mine.forEach((id) => mirroring.delete(id)),
	};
}
