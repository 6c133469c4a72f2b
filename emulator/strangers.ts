import type { Member } from './cohortSync';
import { isPlaceholderId } from './placeholderIds';
import { createPopulation, type User } from './population';

/**
 * Whom requests named in vain: users that MoEngage did not know, each counted once however often it was
 * sent, and IDs that belong to nobody.
 */
export function createStrangers() {
	const population = createPopulation('everyone');
	const strangers = new Set<User>();
	const placeholders = new Set<string>();

	return {
		/** Notes a member that was sent; `isKnown` tells whether MoEngage knows the user. */
		note(member: Member, isKnown: boolean) {
			for (const id of [member.uid, member.anonymous_id]) {
				if (id !== undefined && isPlaceholderId(id)) placeholders.add(id);
			}
			const stranger = isKnown ? undefined : population.register(member);
			if (stranger) strangers.add(stranger);
		},
		/** How many users were dropped as unknown. Members without an ID of their own are no users. */
		count: () => strangers.size,
		/** The IDs that belong to nobody, sorted. */
		placeholderIds: () => [...placeholders].sort(),
	};
}
