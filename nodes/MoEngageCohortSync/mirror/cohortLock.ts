import type { Cohort } from '../model/cohort';
import type { MirrorProblem } from '../model/problem';

/** One run of a node. In a loop, n8n runs a node several times in one execution. */
export interface NodeRun {
	/** `undefined` if the execution has no ID. */
	readonly execution: string | undefined;
	readonly node: string;
	/** Counted from 0 in each execution; a retry of a run has the same index. */
	readonly index: number;
}

/**
 * Lets only one run of a workspace at a time mirror a cohort, and only once per execution: otherwise, each of two
 * runs would treat its items as the whole audience.
 */
export interface CohortLocks {
	/** Locks the cohorts that are free, and returns why the others are not. */
	acquire(cohorts: readonly Cohort[]): ReadonlyMap<Cohort, MirrorProblem>;
	/** Lets the next mirror of the same cohorts start. */
	release(): void;
}

/**
 * The locks of one run.
 *
 * @param workspace the object that all runs of a MoEngage workspace in this process share
 * @param isDryRun it mirrors nothing, so another run in the same execution still may
 */
export function createCohortLocks(workspace: object, run: NodeRun, isDryRun: boolean): CohortLocks {
	let mirrors = mirrorsOf.get(workspace);
	if (mirrors === undefined) {
		mirrors = { locked: new Set(), earlier: new EarlierRuns() };
		mirrorsOf.set(workspace, mirrors);
	}
	const { locked, earlier } = mirrors;
	const mine: string[] = [];
	return {
		acquire(cohorts) {
			const problems = new Map<Cohort, MirrorProblem>();
			for (const cohort of cohorts) {
				const { id, name } = cohort;
				if (locked.has(id)) {
					problems.set(cohort, { code: 'cohort_locked', cohortName: name });
				} else if (earlier.hasOther(run, id)) {
					problems.set(cohort, { code: 'cohort_mirrored_before', cohortName: name });
				} else {
					locked.add(id);
					mine.push(id);
				}
			}
			if (!isDryRun) earlier.add(run, mine);
			return problems;
		},
		release() {
			for (const id of mine.splice(0)) locked.delete(id);
		},
	};
}

/** What the mirrors of one workspace in this process share, by cohort ID. */
interface WorkspaceMirrors {
	/** The cohorts that a run is mirroring right now. */
	readonly locked: Set<string>;
	readonly earlier: EarlierRuns;
}

const mirrorsOf = new WeakMap<object, WorkspaceMirrors>();

/** n8n doesn't say when an execution ends, so this remembers more executions than can run at the same time. */
export const MAX_EXECUTIONS = 1_000;

/** Limit for all these executions together; the latest one is kept even if it has more cohorts. */
export const MAX_COHORTS = 100_000;

/** Which run of an execution mirrored which cohort. The oldest execution is forgotten first. */
class EarlierRuns {
	/** By execution and cohort ID. */
	private readonly runs = new Map<string, Map<string, NodeRun>>();
	private cohorts = 0;

	/** True if another run of the same execution mirrored the cohort; a retry is the same run. */
	hasOther({ execution, node, index }: NodeRun, cohortId: string): boolean {
		const earlier = execution === undefined ? undefined : this.runs.get(execution)?.get(cohortId);
		return earlier !== undefined && (earlier.node !== node || earlier.index !== index);
	}

	add(run: NodeRun, cohortIds: readonly string[]): void {
		const { execution } = run;
		if (execution === undefined || cohortIds.length === 0) return;
		const mirrored = this.runs.get(execution) ?? new Map<string, NodeRun>();
		this.forget(execution);
		for (const id of cohortIds) mirrored.set(id, run);
		this.runs.set(execution, mirrored);
		this.cohorts += mirrored.size;
		for (const oldest of this.runs.keys()) {
			const isFull = this.runs.size > MAX_EXECUTIONS || this.cohorts > MAX_COHORTS;
			if (!isFull || oldest === execution) break;
			this.forget(oldest);
		}
	}

	private forget(execution: string): void {
		this.cohorts -= this.runs.get(execution)?.size ?? 0;
		this.runs.delete(execution);
	}
}
