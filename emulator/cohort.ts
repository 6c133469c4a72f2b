import type { User } from './population';
import type { Action } from './schema';

/** One accepted request to change a cohort. `timestamp` is in ms; `number` is its order of arrival. */
export type Change = {
	number: number;
	timestamp: number;
	action: Action;
	name: string;
	description: string;
};

/** What a marketer sees of a cohort (custom segment). */
export type CohortSummary = { id: string; name: string; description: string; size: number };

/**
 * A cohort that takes changes in any order and ends as if they had come in the order of `timestamp`
 * ("used to process requests in order"; MoEngage Cohort Sync docs, read 2026-08). It keeps the newest
 * change of every user, so that a late, older one is passed over for that user alone. Of two changes
 * with the same timestamp the later arrival is the newer.
 */
export function createCohort(id: string) {
	const newestByUser = new Map<User, Change>();
	let newest: Change | undefined;
	let size = 0;

	return {
		/** Applies a change to the users it names. */
		apply(change: Change, users: User[]) {
			if (isNewer(change, newest)) newest = change;
			for (const user of users) {
				const last = newestByUser.get(user);
				if (!isNewer(change, last)) continue;
				if (last?.action === 'add_members') size -= 1;
				if (change.action === 'add_members') size += 1;
				newestByUser.set(user, change);
			}
		},
		summary(): CohortSummary {
			return { id, name: newest?.name ?? '', description: newest?.description ?? '', size };
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
	if (change.timestamp === other.timestamp) return change.number >= other.number;
	return change.timestamp > other.timestamp;
}
