import type { Task } from '../slicing';
import { RunLeases } from './runLease';
import type { CohortSnapshot, SnapshotFault, StoredSnapshot } from './snapshotCodec';
import { decodeSnapshot, encodeSnapshot, nameOf, savedAtOf, storedLength } from './snapshotCodec';
import type { StoredRuns } from './storedRuns';
import { joinRuns, readRuns, RUNS_KEY, withLoss } from './storedRuns';

/** A workflow's memory as one of its executions has it. */
export interface WorkflowRef {
	readonly workflowId: string;
	/** As n8n handed it to the execution; n8n saves it when the execution ends. */
	readonly staticData: Record<string, unknown>;
}

const OUR_PART = 'moEngageCohortSync';

/** How much the process keeps at most, of all workflows. */
export interface SnapshotStoreLimits {
	/** Copies of workflows whose memory n8n has handed back: how many, and how many characters their members take. */
	readonly spareCopies: number;
	readonly spareLength: number;
	/** Executions that may still be at work after a mirror: of one workflow, and of all. */
	readonly openOfWorkflow: number;
	readonly open: number;
}

const LIMITS: SnapshotStoreLimits = {
	spareCopies: 1_000,
	spareLength: 4_000_000,
	openOfWorkflow: 50,
	open: 1_000,
};

/** What this process holds of one workflow's memory. */
interface HeldMemory {
	/** By key. */
	readonly copies: Map<string, StoredSnapshot>;
	runs: StoredRuns;
}

interface OpenExecution {
	readonly workflowId: string;
	readonly data: WeakRef<WorkflowRef['staticData']>;
}

/** What a workflow remembers of one cohort, without its members. */
export interface StoredCohort {
	/** Characters that its members take. */
	readonly length: number;
	/** In ms since 1970. The cohorts of one run have the same. */
	readonly savedAt: number | undefined;
	readonly name: string | undefined;
}

/**
 * The snapshots of mirrored cohorts, in two places: the workflow's static data, which n8n saves when an execution
 * ends, but neither after a manual run nor when it was stopped (seen on n8n 2.40.7); and this process, which
 * knows those runs as well. One rule says which counts: the one that was saved later.
 *
 * That n8n has saved a snapshot is no reason to forget the process's copy: a trigger with static data of its own
 * writes an older state of the whole back (seen on n8n 2.40.7 with the Schedule Trigger). The copies of a workflow
 * are spare once a later execution was handed the same or newer ones. So many spare copies are kept as `LIMITS`
 * says: an execution that started before may still come to the node and save what it was handed.
 */
export class SnapshotStore {
	/** By workflow ID. */
	private readonly held = new Map<string, HeldMemory>();
	/** The copies that each workflow has to spare, and their characters, in the order in which they became that. */
	private readonly spare = new Map<string, { copies: number; length: number }>();
	/** Static data of executions that have saved here and may not be at their end yet, the latest last. */
	private open: OpenExecution[] = [];
	/** Static data that says nothing of what n8n has, since it was written to here. */
	private readonly written = new WeakSet<WorkflowRef['staticData']>();

	constructor(
		private readonly limits = LIMITS,
		private readonly leases = new RunLeases(),
	) {}

	/** Looks through what n8n has handed to an execution. To be called before all else. */
	receive(workflow: WorkflowRef): void {
		if (this.written.has(workflow.staticData)) return;
		const { workflowId } = workflow;
		this.spare.delete(workflowId);
		const held = this.held.get(workflowId);
		if (held !== undefined) this.compare(held, workflow);
		this.dropSpare();
	}

	/** The number that the workflow's memory has for a node, as n8n handed it over. */
	handedNumber({ staticData }: WorkflowRef, nodeId: string): number | undefined {
		return readRuns(partOf(staticData)?.[RUNS_KEY]).numbers[nodeId];
	}

	/** What is known of the workflow's runs. */
	runsOf({ workflowId, staticData }: WorkflowRef): StoredRuns {
		const handed = readRuns(partOf(staticData)?.[RUNS_KEY]);
		const held = this.held.get(workflowId);
		return held === undefined ? handed : joinRuns(handed.numbers, handed, held.runs);
	}

	/** Notes a lost run, which concerns every cohort of the workflow. In microseconds since 1970. */
	noteLoss(workflow: WorkflowRef, lostAt: number): void {
		this.heldOf(workflow.workflowId).runs = withLoss(this.runsOf(workflow), lostAt);
	}

	/** What is remembered under a key; `undefined` if nothing is yet. */
	*read(workflow: WorkflowRef, key: string): Task<CohortSnapshot | undefined | SnapshotFault> {
		const newest = this.newest(workflow, key);
		return newest === undefined ? undefined : yield* decodeSnapshot(newest);
	}

	/** Whether what is remembered under a key is this process's and not what n8n has handed over. */
	isHeld(workflow: WorkflowRef, key: string): boolean {
		const copy = this.held.get(workflow.workflowId)?.copies.get(key);
		return copy !== undefined && this.newest(workflow, key) === copy;
	}

	/** All that the workflow remembers, by key. */
	cohorts(workflow: WorkflowRef): Map<string, StoredCohort> {
		const keys = [
			...Object.keys(partOf(workflow.staticData) ?? {}),
			...this.copiesOf(workflow).keys(),
		];
		const cohorts = new Map<string, StoredCohort>();
		for (const key of keys) {
			if (key === RUNS_KEY) continue;
			const stored = this.newest(workflow, key);
			cohorts.set(key, {
				length: storedLength(stored),
				savedAt: savedAtOf(stored),
				name: nameOf(stored),
			});
		}
		return cohorts;
	}

	/** Keeps a snapshot in this process. `now` is in ms since 1970. */
	*hold(workflow: WorkflowRef, key: string, snapshot: CohortSnapshot, now: number): Task<void> {
		// Later than the one before, also when the clock stepped back.
		const savedAt = Math.max(now, (savedAtOf(this.newest(workflow, key)) ?? 0) + 1);
		const stored = yield* encodeSnapshot(snapshot, savedAt);
		const { workflowId } = workflow;
		this.spare.delete(workflowId);
		this.heldOf(workflowId).copies.set(key, stored);
	}

	/** Forgets what is remembered under these keys. */
	forget({ workflowId, staticData }: WorkflowRef, keys: readonly string[]): void {
		if (keys.length === 0) return;
		for (const key of keys) this.held.get(workflowId)?.copies.delete(key);
		for (const data of [staticData, ...this.openDataOf(workflowId)]) {
			const part = partOf(data);
			if (part === undefined) continue;
			for (const key of keys) delete part[key];
			data[OUR_PART] = part;
		}
	}

	/**
	 * Puts what is held under these keys into the workflow's static data, also into that of executions that
	 * saved before and go on with other nodes: n8n saves the whole when an execution ends, and whichever ends last
	 * would put back what it knew.
	 */
	save(workflow: WorkflowRef, keys: readonly string[]): void {
		const { workflowId, staticData } = workflow;
		const held = this.held.get(workflowId);
		if (held === undefined) return;
		for (const data of this.noteOpen(workflow)) {
			// Into its own all of them: others may have saved since it was handed its data.
			this.put(workflowId, held, data, data === staticData ? held.copies.keys() : keys);
		}
		this.written.add(staticData);
	}

	private put(
		workflowId: string,
		held: HeldMemory,
		staticData: WorkflowRef['staticData'],
		keys: Iterable<string>,
	): void {
		const part = partOf(staticData) ?? {};
		for (const key of keys) {
			const copy = held.copies.get(key);
			if (copy !== undefined && isNewer(copy, part[key])) part[key] = copy;
		}
		const there = readRuns(part[RUNS_KEY]);
		const numbers = this.leases.numbersFor(workflowId, there.numbers);
		const runs = joinRuns(numbers, there, held.runs);
		if (Object.keys(numbers).length > 0 || runs.lostAt !== undefined) part[RUNS_KEY] = runs;
		// Assigned at the top, where n8n notices the change in any case.
		if (Object.keys(part).length > 0) staticData[OUR_PART] = part;
	}

	/**
	 * Notes that an execution saves here, and forgets those that are gone.
	 *
	 * @returns the static data of the workflow's executions that may not be at their end yet, this one's last
	 */
	private noteOpen({ workflowId, staticData }: WorkflowRef): Array<WorkflowRef['staticData']> {
		const data = this.openDataOf(workflowId).filter((other) => other !== staticData);
		data.push(staticData);
		const others = this.open.filter((execution) => execution.workflowId !== workflowId);
		const alive = data.map((open) => ({ workflowId, data: new WeakRef(open) }));
		const { openOfWorkflow, open } = this.limits;
		this.open = [...others, ...alive.slice(-openOfWorkflow)].slice(-open);
		return data;
	}

	private openDataOf(workflowId: string): Array<WorkflowRef['staticData']> {
		return this.open.flatMap((execution) => {
			const data = execution.workflowId === workflowId ? execution.data.deref() : undefined;
			return data === undefined ? [] : [data];
		});
	}

	private newest(workflow: WorkflowRef, key: string): unknown {
		const handed = handedSnapshot(workflow.staticData, key);
		const copy = this.copiesOf(workflow).get(key);
		return copy !== undefined && isNewer(copy, handed) ? copy : handed;
	}

	private copiesOf({ workflowId }: WorkflowRef): ReadonlyMap<string, StoredSnapshot> {
		return this.held.get(workflowId)?.copies ?? new Map<string, StoredSnapshot>();
	}

	private heldOf(workflowId: string): HeldMemory {
		let held = this.held.get(workflowId);
		if (held === undefined) {
			held = { copies: new Map(), runs: readRuns(undefined) };
			this.held.set(workflowId, held);
		}
		return held;
	}

	/** Drops the copies of which n8n has handed over newer ones. If it has the others as well, they are spare. */
	private compare({ copies, runs }: HeldMemory, { workflowId, staticData }: WorkflowRef): void {
		const part = partOf(staticData) ?? {};
		let isCovered = true;
		let length = 0;
		for (const [key, copy] of copies) {
			const handedAt = savedAtOf(part[key]) ?? -Infinity;
			if (handedAt > copy.savedAt) copies.delete(key);
			else length += storedLength(copy);
			isCovered &&= handedAt >= copy.savedAt;
		}
		const handed = readRuns(part[RUNS_KEY]);
		isCovered &&= (handed.lostAt ?? 0) >= (runs.lostAt ?? 0);
		if (isCovered && this.leases.isCoveredBy(workflowId, handed.numbers)) {
			this.spare.set(workflowId, { copies: copies.size, length });
		}
	}

	/** Drops the copies of a workflow together: the number that the process knows of it stands for all of them. */
	private dropSpare(): void {
		const { spareCopies, spareLength } = this.limits;
		let copies = 0;
		let length = 0;
		for (const spare of this.spare.values()) {
			copies += spare.copies;
			length += spare.length;
		}
		for (const [workflowId, spare] of this.spare) {
			if (copies <= spareCopies && length <= spareLength) break;
			if (this.leases.hasOpenRun(workflowId)) continue;
			copies -= spare.copies;
			length -= spare.length;
			this.spare.delete(workflowId);
			this.held.delete(workflowId);
			this.leases.forget(workflowId);
		}
	}
}

/** Whether n8n has handed over any memory of the workflow, readable or not. */
export function hasMemory({ staticData }: WorkflowRef): boolean {
	return staticData[OUR_PART] !== undefined;
}

function partOf(staticData: WorkflowRef['staticData']): Record<string, unknown> | undefined {
	const part = staticData[OUR_PART];
	return isRecord(part) ? part : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The snapshot in the static data; if our part of that is no object, what stands there instead. */
function handedSnapshot(staticData: WorkflowRef['staticData'], key: string): unknown {
	const part = partOf(staticData);
	return part === undefined ? staticData[OUR_PART] : part[key];
}

/** What can't be decoded has no time: it is never passed over as the older one. */
function isNewer(copy: StoredSnapshot, handed: unknown): boolean {
	return handed === undefined || copy.savedAt > (savedAtOf(handed) ?? Infinity);
}
