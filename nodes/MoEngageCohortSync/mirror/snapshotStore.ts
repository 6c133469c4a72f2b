import type { Task } from '../slicing';
import { RunLeases } from './runLease';
import type { CohortSnapshot, SnapshotFault, StoredSnapshot } from './snapshotCodec';
import { decodeSnapshot, encodeSnapshot, nameOf, savedAtOf, storedLength } from './snapshotCodec';
import type { StoredRuns } from './storedRuns';
import { joinRuns, readRuns, RUNS_KEY, withLoss } from './storedRuns';

/** A workflow's memory as one of its executions sees it. */
export interface WorkflowRef {
	readonly workflowId: string;
	/** As n8n loaded it for the execution; n8n saves it when the execution ends. */
	readonly staticData: Record<string, unknown>;
}

const OUR_PART = 'moEngageCohortSync';

/**
 * How much the process keeps at most, for all workflows together, besides one copy of what each workflow's last run
 * left: whether n8n has saved that shows only when the workflow runs again.
 */
export interface SnapshotStoreLimits {
	/** Copies that n8n has since loaded itself: how many, and how many characters their members take. */
	readonly spareCopies: number;
	readonly spareLength: number;
	/** Executions that may still be in progress after a mirror: of one workflow, and of all. */
	readonly openOfWorkflow: number;
	readonly open: number;
}

const LIMITS: SnapshotStoreLimits = {
	spareCopies: 1_000,
	spareLength: 4_000_000,
	openOfWorkflow: 50,
	open: 1_000,
};

/** This process's copy of one workflow's memory. */
interface HeldMemory {
	/** By key. */
	readonly copies: Map<string, StoredSnapshot>;
	runs: StoredRuns;
}

interface OpenExecution {
	readonly workflowId: string;
	readonly data: WeakRef<WorkflowRef['staticData']>;
}

/** What a workflow remembers about one cohort, without its members. */
export interface StoredCohort {
	/** Characters that its members take. */
	readonly length: number;
	/** In ms since 1970; the same for all cohorts of one run. */
	readonly savedAt: number | undefined;
	readonly name: string | undefined;
}

/**
 * The snapshots of mirrored cohorts, in two places: the workflow's static data, which n8n saves when an execution
 * ends, except after a manual run or a stop (seen on n8n 2.40.7); and this process, which also has those runs. The
 * one that was saved later counts.
 *
 * The process keeps its copy even after n8n has saved a snapshot: a trigger with its own static data writes an
 * older state of everything back (seen on n8n 2.40.7 with the Schedule Trigger). The copies of a workflow become
 * spare when n8n has loaded the same or newer ones for a later execution. As many spare copies are kept as `LIMITS`
 * allows, because an execution that started earlier may still save the older state that it loaded.
 */
export class SnapshotStore {
	/** By workflow ID. */
	private readonly held = new Map<string, HeldMemory>();
	/** How many spare copies each workflow has, and their characters, in the order in which they became spare. */
	private readonly spare = new Map<string, { copies: number; length: number }>();
	/** Static data of executions that have saved here and may not have ended yet, the latest last. */
	private open: OpenExecution[] = [];
	/** Static data that was written to here, and so no longer shows what n8n has saved. */
	private readonly written = new WeakSet<WorkflowRef['staticData']>();

	constructor(
		private readonly limits = LIMITS,
		private readonly leases = new RunLeases(),
	) {}

	/** Compares what n8n has loaded for an execution with the copies. Call it first. */
	receive(workflow: WorkflowRef): void {
		if (this.written.has(workflow.staticData)) return;
		const { workflowId } = workflow;
		this.spare.delete(workflowId);
		const held = this.held.get(workflowId);
		if (held !== undefined) this.compare(held, workflow);
		this.dropSpare();
	}

	/** The number that the workflow's memory has for a node, as n8n loaded it. */
	loadedNumber({ staticData }: WorkflowRef, nodeId: string): number | undefined {
		return readRuns(partOf(staticData)?.[RUNS_KEY]).numbers[nodeId];
	}

	/** What is known about the workflow's runs. */
	runsOf({ workflowId, staticData }: WorkflowRef): StoredRuns {
		const loaded = readRuns(partOf(staticData)?.[RUNS_KEY]);
		const held = this.held.get(workflowId);
		return held === undefined ? loaded : joinRuns(loaded.numbers, loaded, held.runs);
	}

	/** Records a lost run, which affects every cohort of the workflow. In microseconds since 1970. */
	noteLoss(workflow: WorkflowRef, lostAt: number): void {
		this.heldOf(workflow.workflowId).runs = withLoss(this.runsOf(workflow), lostAt);
	}

	/** What is remembered under a key; `undefined` if nothing is. */
	*read(workflow: WorkflowRef, key: string): Task<CohortSnapshot | undefined | SnapshotFault> {
		const newest = this.newest(workflow, key);
		return newest === undefined ? undefined : yield* decodeSnapshot(newest);
	}

	/** Whether what is remembered under a key comes from this process and not from n8n. */
	isHeld(workflow: WorkflowRef, key: string): boolean {
		const copy = this.held.get(workflow.workflowId)?.copies.get(key);
		return copy !== undefined && this.newest(workflow, key) === copy;
	}

	/** Everything that the workflow remembers, by key. */
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

	/** Stores a snapshot in this process. `now` is in ms since 1970. */
	*hold(workflow: WorkflowRef, key: string, snapshot: CohortSnapshot, now: number): Task<void> {
		// Later than the previous one, even if the clock was set back.
		const savedAt = Math.max(now, (savedAtOf(this.newest(workflow, key)) ?? 0) + 1);
		const stored = yield* encodeSnapshot(snapshot, savedAt);
		const { workflowId } = workflow;
		this.spare.delete(workflowId);
		const held = this.heldOf(workflowId);
		held.copies.set(key, stored);
		// n8n 1.x gives a run from the editor none of what it has saved, so a copy needs the loss that its run knew of.
		held.runs = this.runsOf(workflow);
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
	 * Writes the copies under these keys to the workflow's static data, including that of executions that saved
	 * earlier and are still running other nodes: n8n saves the whole when an execution ends, so the last one to end
	 * would restore what it had.
	 */
	save(workflow: WorkflowRef, keys: readonly string[]): void {
		const { workflowId, staticData } = workflow;
		const held = this.held.get(workflowId);
		if (held === undefined) return;
		for (const data of this.noteOpen(workflow)) {
			// All copies to its own: other executions may have saved since its data was loaded.
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
		const numbers = this.leases.numbersToStore(workflowId, there.numbers);
		const runs = joinRuns(numbers, there, held.runs);
		if (Object.keys(numbers).length > 0 || runs.lostAt !== undefined) part[RUNS_KEY] = runs;
		// Assigned at the top level, where n8n always notices the change.
		if (Object.keys(part).length > 0) staticData[OUR_PART] = part;
	}

	/**
	 * Records that an execution saves here, and forgets those that have ended.
	 *
	 * @returns the static data of the workflow's executions that may not have ended yet, this one's last
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
		const loaded = loadedSnapshot(workflow.staticData, key);
		const copy = this.copiesOf(workflow).get(key);
		return copy !== undefined && isNewer(copy, loaded) ? copy : loaded;
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

	/** Drops the copies of which n8n has loaded newer ones. If n8n has the others as well, they are spare. */
	private compare({ copies, runs }: HeldMemory, { workflowId, staticData }: WorkflowRef): void {
		const part = partOf(staticData) ?? {};
		let isCovered = true;
		let length = 0;
		for (const [key, copy] of copies) {
			const loadedAt = savedAtOf(part[key]) ?? -Infinity;
			if (loadedAt > copy.savedAt) copies.delete(key);
			else length += storedLength(copy);
			isCovered &&= loadedAt >= copy.savedAt;
		}
		const loaded = readRuns(part[RUNS_KEY]);
		isCovered &&= (loaded.lostAt ?? 0) >= (runs.lostAt ?? 0);
		if (isCovered && this.leases.isCoveredBy(workflowId, loaded.numbers)) {
			this.spare.set(workflowId, { copies: copies.size, length });
		}
	}

	/** Drops all copies of a workflow together: the process's number for it applies to all of them. */
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

/** Whether n8n has loaded any memory of the workflow, readable or not. */
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

/** The snapshot in the static data; if our part of it is not an object, whatever is there instead. */
function loadedSnapshot(staticData: WorkflowRef['staticData'], key: string): unknown {
	const part = partOf(staticData);
	return part === undefined ? staticData[OUR_PART] : part[key];
}

/** A snapshot that can't be decoded has no time, and is never ignored as the older one. */
function isNewer(copy: StoredSnapshot, loaded: unknown): boolean {
	return loaded === undefined || copy.savedAt > (savedAtOf(loaded) ?? Infinity);
}
