import { importedUsers, type UserImport } from './bulkImport';
import type { CohortSummary } from './cohort';
import { createCohorts, type CohortsOptions, type CohortView } from './cohorts';
import type { CohortChange, Member } from './cohortSync';
import { lookUp, type UserLookup } from './getUser';
import { createPopulation, type KnownUser, type KnownUsers, type User } from './population';
import { createQueue } from './queue';
import { createIgnoredMembers } from './ignoredMembers';

export type WorkspaceOptions = CohortsOptions & {
	known: KnownUsers;
	/** Time in ms from accepting a change to applying it; a function returns one for each change. */
	applyDelayMs: number | (() => number);
	now: () => number;
};

/** An accepted request: its number and its time of arrival in ms. */
export type Accepted = { number: number; at: number };

/**
 * The users and cohorts of an account: accepted changes are queued, and applied after their delay. Members whom
 * MoEngage does not know at that moment are silently dropped, only counted. Every read first applies the changes
 * that are due.
 */
export function createWorkspace({ known, applyDelayMs, now, ...options }: WorkspaceOptions) {
	const population = createPopulation(known);
	const ignored = createIgnoredMembers();
	const cohorts = createCohorts(options);
	const queue = createQueue(applyDelayMs);

	function find(cohortId: string, member: Member): User | undefined {
		const user = population.find(member);
		ignored.record(cohortId, member, user !== undefined);
		return user;
	}

	/** Reads or does something after applying the changes that are due. */
	function upToDate<T>(action: (at: number) => T): T {
		const at = now();
		queue.run(at);
		return action(at);
	}

	function view(id: string): CohortView | undefined {
		return upToDate((at) => {
			const cohort = cohorts.get(id);
			return cohort && { ...cohort.summary(at), members: cohort.members() };
		});
	}

	function need(member: Member): User {
		const user = population.find(member);
		if (!user) throw new Error(`MoEngage knows no user ${JSON.stringify(member)}`);
		return user;
	}

	return {
		/** Queues a change to a cohort. */
		queueChange({ number, at }: Accepted, { timestamp, action, parameters }: CohortChange) {
			const { cohort_id, cohort_name, cohort_description = '', members } = parameters;
			const change = {
				number,
				timestamp: timestamp === undefined ? at : Date.parse(timestamp),
				action,
				name: cohort_name,
				description: cohort_description,
			};
			queue.add(at, (appliedAt) => {
				const users = members
					.map((member) => find(cohort_id, member))
					.filter((user) => user !== undefined);
				cohorts.apply(cohort_id, change, users, appliedAt);
			});
		},
		/** Queues the users of a bulk import. */
		queueImport({ at }: Accepted, userImport: UserImport) {
			queue.add(at, () => importedUsers(userImport).forEach(population.register));
		},
		/** Looks users up as Get User does. */
		lookUp: (lookup: UserLookup) =>
			upToDate(() => lookUp(lookup, (uid) => population.find({ uid }))),
		/** Applies everything that is pending at once. */
		settle: () => queue.run(Infinity),
		/** Registers a user from now on: changes that were already applied stay as they are. */
		register: (user: KnownUser) => upToDate(() => void population.register(user)),
		/** Merges the second user into the first permanently, also in every cohort. @throws if one is unknown */
		merge(retained: Member, merged: Member) {
			upToDate(() => {
				const users = [need(retained), need(merged)] as const;
				population.merge(...users);
				cohorts.merge(...users);
			});
		},
		/** A cohort with its members, or undefined before the first change to it is applied. */
		cohort: view,
		/** The members of a cohort by uid, or by anonymous_id for users without one, sorted. */
		memberIds: (id: string): string[] =>
			(view(id)?.members ?? []).map(({ uid, anonymous_ids: [first] }) => uid ?? first ?? '').sort(),
		/** All cohorts, in the order of creation. */
		cohorts: (): CohortSummary[] => upToDate(cohorts.summaries),
		/** The cohorts that MoEngage accepted requests for and never created. */
		rejectedCohorts: () => upToDate(cohorts.rejected),
		/** Archives a segment at once. */
		archive: (id: string) => upToDate((at) => cohorts.get(id)?.archive(at)),
		/** Unarchives a segment, as MoEngage's Unarchive API does. */
		unarchive: (id: string) => upToDate((at) => cohorts.get(id)?.unarchive(at)),
		/** How many users were dropped as unknown so far: each counts once, however often it was sent. */
		unknownCount: () => upToDate(ignored.count),
		/** The users of one cohort who were dropped as unknown. */
		unknownUsersOf: (cohortId: string) => upToDate(() => ignored.usersOf(cohortId)),
		/** The placeholder IDs in requests. */
		placeholderIds: () => upToDate(ignored.placeholderIds),
	};
}
