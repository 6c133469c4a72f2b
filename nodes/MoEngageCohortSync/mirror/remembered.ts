import type { Change, CohortChanges, Plan, PreviousMember } from '../plan/changes';
import { MOST_OTHER_ANONYMOUS_IDS } from './comparison';
import { lengthOf, LONGEST_MEMORY, tooLargeToRemember } from './memory';
import type { MemoryHome, MemoryPlace, MemoryShelf } from './memoryShelf';
import type { PreviousMembers } from './mirror';
import { Refusal } from '../refusal';
import type { Work } from '../work';
import { startsPiece } from '../work';

export interface RememberedOptions extends MemoryHome {
	readonly shelf: MemoryShelf;
	/** Tells one MoEngage workspace from another. */
	readonly workspaceName: string;
	/** Send everyone again when the last time is so many days ago; 0 for never. */
	readonly resendAfter: number;
	/** When the run started, in ms since 1970. */
	readonly startedAt: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** What a workflow remembers of its cohorts, for one run. */
export class Remembered {
	/** By cohort id; `undefined` where nothing was remembered. */
	private readonly lastFullSends = new Map<string, number | undefined>();

	/** The length of what the workflow will remember of its cohorts: by key, and of all. */
	private readonly lengths: Map<string, number>;
	private total = 0;

	constructor(private readonly options: RememberedOptions) {
		this.lengths = options.shelf.lengths(options);
		for (const length of this.lengths.values()) this.total += length;
	}

	/** What a cohort held, or why that can't be told. */
	*of(changes: CohortChanges): Work<PreviousMembers | Refusal> {
		const { shelf, resendAfter, startedAt } = this.options;
		const memory = yield* shelf.read(this.placeOf(changes), changes.cohort.name);
		if (memory instanceof Refusal) return memory;
		const tooLarge = this.tooLarge(changes);
		if (tooLarge !== undefined) return tooLarge;
		this.lastFullSends.set(changes.cohort.id, memory?.lastFullSend);
		if (memory === undefined) return { members: [] };
		const age = startedAt - memory.lastFullSend;
		// A clock that was ahead once would put it off until then.
		const isDue = age > resendAfter * DAY_MS || age < 0;
		return { members: memory.members, resendAll: resendAfter > 0 && isDue };
	}

	/** Keeps what the run has come to. `now` is in ms since 1970. */
	*keep({ cohorts }: Plan, now: number): Work<void> {
		const { shelf, startedAt } = this.options;
		const kept = cohorts.filter(({ refusal }) => refusal === undefined);
		for (const changes of kept) {
			const before = this.lastFullSends.get(changes.cohort.id);
			const lastFullSend = isFullSend(changes) ? startedAt : (before ?? startedAt);
			// So that further anonymous ids take no cohort's room, they fill half of it at most.
			const members = yield* membersAfter(changes, LONGEST_MEMORY / 2 - this.total);
			yield* shelf.hold(this.placeOf(changes), { members, lastFullSend }, now);
		}
		// What could not be read stays as it is.
		if (kept.length > 0) shelf.save(this.options);
	}

	private tooLarge(changes: CohortChanges): Refusal | undefined {
		const { key } = this.placeOf(changes);
		const others = this.total - (this.lengths.get(key) ?? 0);
		const refusal = tooLargeToRemember(changes.members, others);
		if (refusal !== undefined) return refusal;
		const length = lengthOf(changes.members);
		this.lengths.set(key, length);
		this.total = others + length;
		return undefined;
	}

	private placeOf({ cohort }: CohortChanges): MemoryPlace {
		const { workflowId, staticData, workspaceName } = this.options;
		return { workflowId, staticData, key: `${workspaceName} ${cohort.id}` };
	}
}

/** True where every member was sent and got an answer. One that MoEngage refuses is no reason to start over. */
function isFullSend({ members }: CohortChanges): boolean {
	const statuses = new Set(members.map(({ outcome }) => outcome?.status));
	statuses.delete('rejected');
	statuses.delete('invalid');
	return statuses.size === 1 && statuses.has('accepted');
}

/**
 * What a cohort holds after the run, as far as MoEngage's answers tell: accepted changes count, changes
 * of unknown fate are kept as uncertain, and all others leave things as they were.
 *
 * Whoever left and is still in may be the same user to MoEngage as someone who was added by another identifier:
 * the removal would then undo the addition in a later run. So both are uncertain, and whoever is wanted then is
 * sent again after the removals.
 *
 * @param room characters that further anonymous ids may take
 */
export function* membersAfter(
	{ members, leavers }: CohortChanges,
	room = Infinity,
): Work<PreviousMember[]> {
	const after: PreviousMember[] = [];
	let left = room;
	const keep = ({ uid, anonymous_id, otherAnonymousIds }: Change, uncertain: boolean) => {
		after.push({ uid, anonymous_id, uncertain });
		if (otherAnonymousIds === undefined) return;
		for (const other of otherAnonymousIds.slice(0, MOST_OTHER_ANONYMOUS_IDS)) {
			left -= lengthOf([{ uid, anonymous_id: other }]);
			if (left >= 0) after.push({ uid, anonymous_id: other, uncertain });
		}
	};
	const putOff = leavers.filter(({ outcome }) => outcome?.status !== 'accepted');
	const added = putOff.length === 0 ? [] : members.filter(mayBeNew);
	const isAnyPutOffAnonymous = putOff.some(isAnonymous);
	const isAnyAddedAnonymous = added.some(isAnonymous);
	for (const [index, change] of members.entries()) {
		if (startsPiece(index)) yield;
		const { outcome, previous } = change;
		if (previous?.uncertain === false) {
			keep(change, false);
		} else if (outcome?.status === 'accepted') {
			keep(change, putOff.length > 0 && (isAnyPutOffAnonymous || isAnonymous(change)));
		} else if (outcome?.mayHaveTakenEffect || previous !== undefined) {
			keep(change, true);
		}
	}
	for (const [index, change] of putOff.entries()) {
		if (startsPiece(index)) yield;
		const { outcome, previous } = change;
		const mayUndo = added.length > 0 && (isAnyAddedAnonymous || isAnonymous(change));
		keep(change, mayUndo || outcome?.mayHaveTakenEffect === true || previous?.uncertain === true);
	}
	return after;
}

/** True for a member whom this run may have put into the cohort. */
function mayBeNew({ outcome, previous }: Change): boolean {
	const mayBeIn = outcome?.status === 'accepted' || outcome?.mayHaveTakenEffect === true;
	return mayBeIn && previous?.uncertain !== false;
}

/** Two users who go by their uids alone are not the same one. */
function isAnonymous({ anonymous_id }: Change): boolean {
	return anonymous_id !== undefined;
}
