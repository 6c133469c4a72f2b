import type { CohortMemory, StoredMemory } from './memory';
import { readMemory, savedAtOf, storedLength, writeMemory } from './memory';
import type { Refusal } from '../refusal';
import type { Work } from '../work';

/** A workflow with memories. */
export interface MemoryHome {
	readonly workflowId: string;
	/** As n8n saved it last; n8n saves it again when the execution ends. */
	readonly staticData: Record<string, unknown>;
}

/** Where one memory is kept: under `key` in our part of a workflow's static data. */
export interface MemoryPlace extends MemoryHome {
	readonly key: string;
}

const OUR_PART = 'moEngageCohortSync';

/**
 * The memories of mirrored cohorts, in two places: the workflow's static data, which n8n saves when an
 * execution ends, but neither after a manual test run nor when it was stopped (seen on n8n 2.40.7); and
 * this process, which knows those runs as well. One rule says which counts: the one that was saved later.
 *
 * The process keeps its copy also after n8n has saved the same: a trigger with static data of its own writes
 * an older state of the whole back (seen on n8n 2.40.7 with the Schedule Trigger).
 */
export class MemoryShelf {
	/** By workflow and key. */
	private readonly held = new Map<string, Map<string, StoredMemory>>();
	/** By workflow, the data of executions that have saved here and may not be at their end yet. */
	private readonly open = new Map<string, ReadonlyArray<WeakRef<MemoryHome['staticData']>>>();

	/** What is remembered; undefined where nothing is yet. */
	*read(place: MemoryPlace, cohortName: string): Work<CohortMemory | undefined | Refusal> {
		const newest = this.newest(place);
		return newest === undefined ? undefined : yield* readMemory(newest, cohortName);
	}

	/** How long the texts are by which the workflow remembers its cohorts, by key. */
	lengths(home: MemoryHome): Map<string, number> {
		const keys = [...Object.keys(partOf(home) ?? {}), ...this.heldOf(home).keys()];
		return new Map(keys.map((key) => [key, storedLength(this.newest({ ...home, key }))]));
	}

	/** Keeps a memory in this process. `now` is in ms since 1970. */
	*hold(place: MemoryPlace, memory: CohortMemory, now: number): Work<void> {
		// Later than the one before, also when the clock stepped back.
		const savedAt = Math.max(now, (savedAtOf(this.newest(place)) ?? 0) + 1);
		this.heldOf(place).set(place.key, yield* writeMemory(memory, savedAt));
	}

	/**
	 * Puts all that is held of a workflow into its static data, also into that of executions that saved before
	 * and go on with other nodes: n8n saves the whole when an execution ends, and whichever ends last would put
	 * back what it knew.
	 */
	save({ workflowId, staticData }: MemoryHome): void {
		// Each once: in a loop, one execution saves again and again.
		const all = new Set([staticData]);
		for (const reference of this.open.get(workflowId) ?? []) {
			const other = reference.deref();
			if (other !== undefined) all.add(other);
		}
		for (const each of all) this.saveInto({ workflowId, staticData: each });
		this.open.set(
			workflowId,
			[...all].map((each) => new WeakRef(each)),
		);
	}

	private saveInto(home: MemoryHome): void {
		const part: Record<string, unknown> = { ...partOf(home) };
		for (const key of this.heldOf(home).keys()) part[key] = this.newest({ ...home, key });
		// A new object, assigned at the top, where n8n notices the change in any case.
		home.staticData[OUR_PART] = part;
	}

	private heldOf({ workflowId }: MemoryHome): Map<string, StoredMemory> {
		let held = this.held.get(workflowId);
		if (held === undefined) {
			held = new Map();
			this.held.set(workflowId, held);
		}
		return held;
	}

	private newest(place: MemoryPlace): unknown {
		const saved = savedOf(place);
		const held = this.heldOf(place).get(place.key);
		if (saved === undefined) return held;
		// What can't be read has no time: it is never passed over as the older one.
		const savedAt = savedAtOf(saved) ?? Infinity;
		return held !== undefined && held.savedAt > savedAt ? held : saved;
	}
}

/** Whether n8n has saved any memory of a workflow, readable or not. */
export function hasMemory({ staticData }: MemoryHome): boolean {
	return staticData[OUR_PART] !== undefined;
}

function partOf({ staticData }: MemoryHome): object | undefined {
	const part = staticData[OUR_PART];
	return typeof part === 'object' && part !== null && !Array.isArray(part) ? part : undefined;
}

/** The memory in the static data; where our part of that is no object, what stands there instead. */
function savedOf(place: MemoryPlace): unknown {
	const part = partOf(place);
	return part === undefined ? place.staticData[OUR_PART] : Reflect.get(part, place.key);
}
