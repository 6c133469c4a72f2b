import type { Task } from '../slicing';
import type { CohortSnapshot, SnapshotFault, StoredSnapshot } from './snapshotCodec';
import { decodeSnapshot, encodeSnapshot, savedAtOf, storedLength } from './snapshotCodec';

/** A workflow's memory as one of its executions has it. */
export interface WorkflowRef {
	readonly workflowId: string;
	/** As n8n handed it to the execution; n8n saves it when the execution ends. */
	readonly staticData: Record<string, unknown>;
}

const OUR_PART = 'moEngageCohortSync';

/** How much the process keeps at most, of all workflows. */
export interface SnapshotStoreLimits {
	/** Copies that n8n has handed back: how many, and how many characters their members take. */
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

interface CopyPlace {
	readonly workflowId: string;
	readonly key: string;
}

interface OpenExecution {
	readonly workflowId: string;
	readonly data: WeakRef<WorkflowRef['staticData']>;
}

/**
 * The snapshots of mirrored cohorts, in two places: the workflow's static data, which n8n saves when an execution
 * ends, but neither after a manual run nor when it was stopped (seen on n8n 2.40.7); and this process, which
 * knows those runs as well. One rule says which counts: the one that was saved later.
 *
 * That n8n has saved a snapshot is no reason to forget the process's copy: a trigger with static data of its own
 * writes an older state of the whole back (seen on n8n 2.40.7 with the Schedule Trigger). A copy is spare once a
 * later execution was handed the same, and is forgotten where it was handed a newer one. So many spare copies are
 * kept as `LIMITS` says: an execution that started before may still come to the node and save what it was handed.
 */
export class SnapshotStore {
	/** By workflow and key. */
	private readonly copies = new Map<string, Map<string, StoredSnapshot>>();
	/** The spare copies and where they are, in the order in which they became that. */
	private readonly spare = new Map<StoredSnapshot, CopyPlace>();
	private spareLength = 0;
	/** Static data of executions that have saved here and may not be at their end yet, the latest last. */
	private open: OpenExecution[] = [];
	/** Static data that says nothing of what n8n has, since it was written to here. */
	private readonly written = new WeakSet<WorkflowRef['staticData']>();

	constructor(private readonly limits = LIMITS) {}

	/** Looks through what n8n has handed to an execution. To be called before all else. */
	receive({ workflowId, staticData }: WorkflowRef): void {
		if (this.written.has(staticData)) return;
		const part = partOf(staticData) ?? {};
		for (const [key, copy] of this.copiesOf(workflowId)) {
			const handedAt = savedAtOf(part[key]) ?? -Infinity;
			if (handedAt < copy.savedAt) this.needAgain(copy);
			else if (handedAt === copy.savedAt) this.makeSpare(copy, { workflowId, key });
			else this.forget(workflowId, key);
		}
		for (const { workflowId, key } of this.spare.values()) {
			const { spareCopies, spareLength } = this.limits;
			if (this.spare.size <= spareCopies && this.spareLength <= spareLength) break;
			this.forget(workflowId, key);
		}
	}

	/** What is remembered under a key; `undefined` where nothing is yet. */
	*read(workflow: WorkflowRef, key: string): Task<CohortSnapshot | undefined | SnapshotFault> {
		const newest = this.newest(workflow, key);
		return newest === undefined ? undefined : yield* decodeSnapshot(newest);
	}

	/** How many characters the workflow's snapshots take, by key. */
	lengths(workflow: WorkflowRef): Map<string, number> {
		const { workflowId, staticData } = workflow;
		const keys = [...Object.keys(partOf(staticData) ?? {}), ...this.copiesOf(workflowId).keys()];
		return new Map(keys.map((key) => [key, storedLength(this.newest(workflow, key))]));
	}

	/** Keeps a snapshot in this process. `now` is in ms since 1970. */
	*hold(workflow: WorkflowRef, key: string, snapshot: CohortSnapshot, now: number): Task<void> {
		// Later than the one before, also when the clock stepped back.
		const savedAt = Math.max(now, (savedAtOf(this.newest(workflow, key)) ?? 0) + 1);
		const stored = yield* encodeSnapshot(snapshot, savedAt);
		const { workflowId } = workflow;
		this.forget(workflowId, key);
		this.copies.set(workflowId, this.copiesOf(workflowId).set(key, stored));
	}

	/**
	 * Puts what is held under these keys into the workflow's static data, also into that of executions that
	 * saved before and go on with other nodes: n8n saves the whole when an execution ends, and whichever ends last
	 * would put back what it knew.
	 */
	save(workflow: WorkflowRef, keys: readonly string[]): void {
		const { workflowId, staticData } = workflow;
		const copies = this.copiesOf(workflowId);
		for (const data of this.noteOpen(workflow)) {
			// Into its own all of them: others may have saved since it was handed its data.
			putNewer(data, copies, data === staticData ? copies.keys() : keys);
		}
		this.written.add(staticData);
	}

	/**
	 * Notes that an execution saves here, and forgets those that are gone.
	 *
	 * @returns the static data of the workflow's executions that may not be at their end yet, this one's last
	 */
	private noteOpen({ workflowId, staticData }: WorkflowRef): Array<WorkflowRef['staticData']> {
		const alive: OpenExecution[] = [];
		const result: Array<WorkflowRef['staticData']> = [];
		for (const execution of this.open) {
			if (execution.workflowId !== workflowId) continue;
			const data = execution.data.deref();
			if (data === undefined || data === staticData) continue;
			alive.push(execution);
			result.push(data);
		}
		alive.push({ workflowId, data: new WeakRef(staticData) });
		result.push(staticData);
		const others = this.open.filter((execution) => execution.workflowId !== workflowId);
		const { openOfWorkflow, open } = this.limits;
		this.open = [...others, ...alive.slice(-openOfWorkflow)].slice(-open);
		return result;
	}

	private newest({ workflowId, staticData }: WorkflowRef, key: string): unknown {
		const handed = handedSnapshot(staticData, key);
		const copy = this.copiesOf(workflowId).get(key);
		return copy !== undefined && isNewer(copy, handed) ? copy : handed;
	}

	private copiesOf(workflowId: string): Map<string, StoredSnapshot> {
		return this.copies.get(workflowId) ?? new Map<string, StoredSnapshot>();
	}

	private forget(workflowId: string, key: string): void {
		const copies = this.copiesOf(workflowId);
		const copy = copies.get(key);
		if (copy === undefined) return;
		this.needAgain(copy);
		copies.delete(key);
		if (copies.size === 0) this.copies.delete(workflowId);
	}

	private makeSpare(copy: StoredSnapshot, place: CopyPlace): void {
		if (this.spare.has(copy)) return;
		this.spare.set(copy, place);
		this.spareLength += storedLength(copy);
	}

	private needAgain(copy: StoredSnapshot): void {
		if (this.spare.delete(copy)) this.spareLength -= storedLength(copy);
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

/** The snapshot in the static data; where our part of that is no object, what stands there instead. */
function handedSnapshot(staticData: WorkflowRef['staticData'], key: string): unknown {
	const part = partOf(staticData);
	return part === undefined ? staticData[OUR_PART] : part[key];
}

/** What can't be decoded has no time: it is never passed over as the older one. */
function isNewer(copy: StoredSnapshot, handed: unknown): boolean {
	return handed === undefined || copy.savedAt > (savedAtOf(handed) ?? Infinity);
}

function putNewer(
	staticData: WorkflowRef['staticData'],
	copies: ReadonlyMap<string, StoredSnapshot>,
	keys: Iterable<string>,
): void {
	const part = partOf(staticData) ?? {};
	let isChanged = false;
	for (const key of keys) {
		const copy = copies.get(key);
		if (copy === undefined || !isNewer(copy, part[key])) continue;
		part[key] = copy;
		isChanged = true;
	}
	// Assigned at the top, where n8n notices the change in any case.
	if (isChanged) staticData[OUR_PART] = part;
}
