import type { Member } from './cohortSync';
import { isPlaceholderId } from './placeholderIds';
import { createPopulation, type User } from './population';

/**
 * The members that MoEngage ignored: users that MoEngage did not know, each counted once however often
 * it was sent, and placeholder IDs.
 */
export function createIgnoredMembers() {
	const population = createPopulation('everyone');
	const unknownUsers = new Set<User>();
	const unknownByCohort = new Map<string, Set<User>>();
	const placeholders = new Set<string>();

	return {
		/** Records a member that was sent for a cohort; `isKnown` says whether MoEngage knows the user. */
		record(cohortId: string, member: Member, isKnown: boolean) {
			for (const id of [member.uid, member.anonymous_id]) {
				if (id !== undefined && isPlaceholderId(id)) placeholders.add(id);
			}
			const unknownUser = isKnown ? undefined : population.register(member);
			if (unknownUser === undefined) return;
			unknownUsers.add(unknownUser);
			const ofCohort = unknownByCohort.get(cohortId) ?? new Set();
			unknownByCohort.set(cohortId, ofCohort.add(unknownUser));
		},
		/** How many users were dropped as unknown. Members with only placeholder IDs don't count as users. */
		count: () => unknownUsers.size,
		/** The users of one cohort who were dropped as unknown. */
		usersOf: (cohortId: string): ReadonlySet<User> => unknownByCohort.get(cohortId) ?? new Set(),
		/** The placeholder IDs, sorted. */
		placeholderIds: () => [...placeholders].sort(),
	};
}
