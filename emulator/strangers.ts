import type { Member } from './cohortSync';
import { isPlaceholderId } from './placeholderIds';
import { createPopulation, type User } from './population';

/**
 * The members in requests that matched no user: users that MoEngage did not know, each counted once however often
 * it was sent, and placeholder IDs.
 */
export function createStrangers() {
	const population = createPopulation('everyone');
	const strangers = new Set<User>();
	const placeholders = new Set<string>();

	return {
		/** Records a member that was sent; `isKnown` says whether MoEngage knows the user. */
		note(member: Member, isKnown: boolean) {
			for (const id of [member.uid, member.anonymous_id]) {
				if (id !== undefined && isPlaceholderId(id)) placeholders.add(id);
			}
			const stranger = isKnown ? undefined : population.register(member);
			if (stranger) strangers.add(stranger);
		},
		/** How many users were dropped as unknown. Members with only placeholder IDs don't count as users. */
		count: () => strangers.size,
		/** The placeholder IDs, sorted. */
		placeholderIds: () => [...placeholders].sort(),
	};
}
