import { createCohort, type Change, type CohortSummary } from './cohort';
import { createPopulation, type KnownUsers, type User } from './population';
import type { RequestRecord } from './request';
import type { CohortChange, Member } from './schema';

/** A cohort with its members, who are users of the population. */
export type CohortView = CohortSummary & { members: User[] };

export type CohortsOptions = {
	known: KnownUsers;
	/** Time in ms from accepting a change to applying it; a function gives one for each change. */
	applyDelayMs: number | (() => number);
	now: () => number;
};

/**
 * The cohorts of an account: changes are queued, and applied when their delay is over. Members whom
 * the population does not know at that moment are dropped without a word, only counted. The first
 * change to a cohort id creates the cohort (MoEngage Cohort Sync docs, read 2026-08).
 */
export function createCohorts({ known, applyDelayMs, now }: CohortsOptions) {
	const population = createPopulation(known);
	const byId = new Map<string, ReturnType<typeof createCohort>>();
	let pending: Array<{ dueAt: number; cohortId: string; change: Change; members: Member[] }> = [];
	let unknownCount = 0;

	function queue(record: RequestRecord, { timestamp, action, parameters }: CohortChange) {
		const delay = typeof applyDelayMs === 'number' ? applyDelayMs : applyDelayMs();
		pending.push({
			dueAt: record.at + delay,
			cohortId: parameters.cohort_id,
			members: parameters.members,
			change: {
				number: record.number,
				timestamp: timestamp === undefined ? record.at : Date.parse(timestamp),
				action,
				name: parameters.cohort_name,
				description: parameters.cohort_description ?? '',
			},
		});
	}

	function apply(until: number) {
		const due = pending.filter(({ dueAt }) => dueAt <= until);
		if (due.length === 0) return;
		pending = pending.filter(({ dueAt }) => dueAt > until);
		for (const { cohortId, change, members } of due) {
			const users = members
				.map((member) => population.find(member))
				.filter((user) => user !== undefined);
			unknownCount += members.length - users.length;
			const cohort = byId.get(cohortId) ?? createCohort(cohortId);
			byId.set(cohortId, cohort);
			cohort.apply(change, users);
		}
	}

	function view(id: string): CohortView | undefined {
		apply(now());
		const cohort = byId.get(id);
		return cohort && { ...cohort.summary(), members: cohort.members() };
	}

	return {
		queue,
		/** Applies everything that is pending at once. */
		settle: () => apply(Infinity),
		/** Makes a user known, from now on: changes that were applied before stay as they are. */
		register(user: Member) {
			apply(now());
			population.register(user);
		},
		/** A cohort with its members, or undefined before the first change to it is applied. */
		cohort: view,
		/** The members of a cohort by uid, or by anonymous_id for users without one, sorted. */
		memberIds: (id: string): string[] =>
			(view(id)?.members ?? []).map(({ uid, anonymous_id }) => uid ?? anonymous_id ?? '').sort(),
		/** Every cohort, in the order of creation. */
		cohorts(): CohortSummary[] {
			apply(now());
			return [...byId.values()].map((cohort) => cohort.summary());
		},
		/** How many members were dropped as unknown, over all applied changes. */
		unknownCount() {
			apply(now());
			return unknownCount;
		},
	};
}
