import { createCohort, type Change, type Cohort, type CohortSummary } from './cohort';
import { createTakenNames, rejectionOf, type NameOptions } from './cohortNames';
import type { User } from './population';

/** A cohort with its members, who are users of the population. */
export type CohortView = CohortSummary & { members: User[] };

/** A cohort that MoEngage accepts requests for and never creates. */
export type RejectedCohort = { id: string; name: string; reason: string };

export type CohortsOptions = NameOptions & {
	/** Time in ms after which a segment that was not run is archived. */
	archiveAfterMs: number;
};

/**
 * The cohorts of an account. The first change to a cohort ID creates the cohort (MoEngage Cohort Sync docs, read
 * 2026-08), unless its name is rejected; then a later change with an acceptable name may create it. An existing
 * cohort keeps its name if the new one is rejected.
 */
export function createCohorts({ archiveAfterMs, ...nameOptions }: CohortsOptions) {
	const byId = new Map<string, Cohort>();
	const rejected = new Map<string, RejectedCohort>();
	const names = createTakenNames();

	function rejection(name: string, id: string): string | undefined {
		const reason = rejectionOf(name, nameOptions);
		if (reason !== undefined) return reason;
		return names.take(name, id) ? undefined : 'The name is taken by another cohort ID.';
	}

	return {
		/** Applies a change at `at` (ms) to the users it names. */
		apply(id: string, change: Change, users: readonly User[], at: number) {
			const reason = rejection(change.name, id);
			const existing = byId.get(id);
			if (!existing && reason !== undefined) {
				rejected.set(id, { id, name: change.name, reason });
				return;
			}
			const cohort = existing ?? createCohort(id, change, { createdAt: at, archiveAfterMs });
			byId.set(id, cohort);
			rejected.delete(id);
			cohort.apply(change, users, reason === undefined);
		},
		/** Merges two users in every cohort. */
		merge(retained: User, merged: User) {
			for (const cohort of byId.values()) cohort.merge(retained, merged);
		},
		get: (id: string): Cohort | undefined => byId.get(id),
		/** All cohorts, in the order of creation. */
		summaries: (now: number): CohortSummary[] =>
			[...byId.values()].map((cohort) => cohort.summary(now)),
		/** The cohorts that were never created, in the order in which they were first named. */
		rejected: (): RejectedCohort[] => [...rejected.values()],
	};
}
