import { randomBytes } from 'node:crypto';
import type { CohortMemory, StoredMemory } from './memory';
import { readMemory, writeMemory } from './memory';
import type { Refusal } from './refusal';

/** Where one memory is kept: under `key` in the static data of one workflow. */
export interface MemoryPlace {
	readonly workflowId: string;
	readonly shelf: Record<string, StoredMemory | undefined>;
	readonly key: string;
}

/** What this process knows of a cohort beyond what n8n may have saved. */
interface Held {
	readonly stored: StoredMemory;
	/** The ids of the memories that it grew from; `undefined` for none at all. */
	readonly grewFrom: ReadonlySet<string | undefined>;
}

/** Enough for all manual test runs between two saved ones. */
const MOST_ANCESTORS = 1000;

/**
 * The memories of mirrored cohorts, in two places: the workflow's static data, which n8n saves when an
 * execution ends, but neither after a manual test run nor when it was stopped (seen on n8n 2.40.7); and
 * this process, which knows those runs as well. One rule says which is newer: what the process knows, as
 * long as it grew from what the static data holds; else another process went on, and the static data counts.
 */
export class MemoryShelf {
	private readonly held = new Map<string, Held>();

	/** What is remembered; undefined where nothing is yet. */
	read(place: MemoryPlace, cohortName: string): CohortMemory | undefined | Refusal {
		const stored = this.newest(place);
		return stored && readMemory(stored, cohortName);
	}

	/** Keeps a memory in both places. */
	write(place: MemoryPlace, memory: CohortMemory): void {
		const before = this.newest(place);
		const held = this.held.get(nameOf(place));
		const ancestors = held !== undefined && held.stored === before ? [...held.grewFrom] : [];
		ancestors.push(place.shelf[place.key]?.id, before?.id);
		const stored = writeMemory(memory, randomBytes(6).toString('base64url'));
		this.held.set(nameOf(place), { stored, grewFrom: new Set(ancestors.slice(-MOST_ANCESTORS)) });
		place.shelf[place.key] = stored;
	}

	private newest(place: MemoryPlace): StoredMemory | undefined {
		const saved = place.shelf[place.key];
		const held = this.held.get(nameOf(place));
		if (held === undefined || held.stored.id === saved?.id) return saved;
		return held.grewFrom.has(saved?.id) ? held.stored : saved;
	}
}

function nameOf({ workflowId, key }: MemoryPlace): string {
	return `${workflowId} ${key}`;
}
