import type { Action } from './cohortSync';
import type { User } from './population';

/** One accepted request to change a cohort. `timestamp` is in ms; `number` is its order of arrival. */
export type Change = {
	number: number;
	timestamp: number;
	action: Action;
	name: string;
	description: string;
};

/** What a marketer sees about a cohort (custom segment). */
export type CohortSummary = {
	id: string;
	name: string;
	description: string;
	/** Number of users in it. */
	size: number;
	isArchived: boolean;
};

/**
 * A cohort that accepts changes in any order, with the same result as if they had arrived in the order of
 * `timestamp` ("used to process requests in order"; MoEngage Cohort Sync docs, read 2026-08). It keeps the newest
 * change of every user, so an older one that arrives late is ignored for that user only. Of two changes with the
 * same timestamp, the one that arrives later is the newer one.
 */
export type Cohort = ReturnType<typeof createCohort>;

/**
 * Creates a cohort with the name and description of its first change, without applying that change. It is archived
 * `archiveAfterMs` after it was created or unarchived: segments that were not run for 60 days are archived, and
 * syncs don't count as runs (MoEngage manage-segments page, read 2026-11-25). What happens to changes to an
 * archived segment is not documented: here they are applied.
 */
export function createCohort(
	id: string,
	first: Change,
	{ createdAt, archiveAfterMs }: { createdAt: number; archiveAfterMs: number },
) {
	const newestByUser = new Map<User, Change>();
	let newest = first;
	let size = 0;
	let archivedAt = createdAt + archiveAfterMs;

	function applyTo(user: User, change: Change) {
		const last = newestByUser.get(user);
		if (!isNewer(change, last)) return;
		if (last?.action === 'add_members') size -= 1;
		if (change.action === 'add_members') size += 1;
		newestByUser.set(user, change);
	}

	return {
		/** Applies a change to the users it names; `mayRename` says whether the cohort can have its name. */
		apply(change: Change, users: readonly User[], mayRename: boolean) {
			if (isNewer(change, newest)) newest = mayRename ? change : { ...change, name: newest.name };
			for (const user of users) applyTo(user, change);
		},
		/** Gives the retained user the merged user's change, if that is newer. */
		merge(retained: User, merged: User) {
			const last = newestByUser.get(merged);
			if (last === undefined) return;
			newestByUser.delete(merged);
			if (last.action === 'add_members') size -= 1;
			applyTo(retained, last);
		},
		archive(now: number) {
			archivedAt = Math.min(archivedAt, now);
		},
		/** Unarchives the cohort. */
		unarchive(now: number) {
			archivedAt = now + archiveAfterMs;
		},
		summary(now: number): CohortSummary {
			const { name, description } = newest;
			return { id, name, description, size, isArchived: now >= archivedAt };
		},
		members(): User[] {
			return [...newestByUser]
				.filter(([, change]) => change.action === 'add_members')
				.map(([user]) => user);
		},
	};
}

function isNewer(change: Change, other: Change | undefined): boolean {
	if (other === undefined) return true;
	if (change.timestamp === other.timestamp) return change.number > other.number;
	return change.timestamp > other.timestamp;
}
