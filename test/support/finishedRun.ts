import { readSettings } from '../../nodes/MoEngageCohortSync/input/settings';
import type { Change } from '../../nodes/MoEngageCohortSync/model/change';
import { createChange, recognize, settle } from '../../nodes/MoEngageCohortSync/model/change';
import type { Cohort } from '../../nodes/MoEngageCohortSync/model/cohort';
import type { Outcome } from '../../nodes/MoEngageCohortSync/model/outcome';
import type { CohortPlan, ResendReason, SyncPlan } from '../../nodes/MoEngageCohortSync/model/plan';
import type { DeliveryProblem, Problem } from '../../nodes/MoEngageCohortSync/model/problem';
import type { CohortStats, RunResult } from '../../nodes/MoEngageCohortSync/model/run';
import type { Operation } from '../../nodes/MoEngageCohortSync/model/settings';
import { planItems } from '../../nodes/MoEngageCohortSync/plan/plan';
import { atOnce } from './atOnce';
import type { Row } from './source';
import { sourceOf } from './source';

export const STARTED_AT = '2026-11-23T10:00:00.000Z';

export interface RunOptions {
	readonly operation?: Operation;
	readonly dryRun?: boolean;
	/** Why the run ended early. */
	readonly ended?: DeliveryProblem;
	/** What each cohort's requests took. */
	readonly stats?: ReadonlyArray<Partial<CohortStats>>;
	/** Why no cohort may be sent. */
	readonly refused?: Problem;
	/** The members whom a mirror removes from the first cohort, by uid, and what became of each. */
	readonly leavers?: ReadonlyArray<readonly [uid: string, outcome: Outcome, row?: number]>;
	/** How many members of each cohort only look like leavers. */
	readonly heldLeavers?: number;
	/** Why a mirror sends everyone in each cohort again. */
	readonly resend?: ResendReason;
	readonly isEarlierRunLost?: boolean;
}

/** A run of these rows in which the members, in the order of their items, came to these outcomes. */
export function finishedRun(
	rows: readonly Row[],
	outcomes: readonly Outcome[],
	options: RunOptions = {},
): RunResult {
	const { operation = 'add', dryRun = false, ended, stats = [], refused } = options;
	const { items, cohorts } = atOnce(planItems(sourceOf(rows), operation));
	cohorts
		.flatMap(({ members }) => members)
		.sort((one, other) => (one.item ?? 0) - (other.item ?? 0))
		.forEach((member, index) => {
			const outcome = outcomes[index];
			if (outcome !== undefined) settle([member], outcome);
		});
	const plans = cohorts.map(({ cohort, firstItem, members }, index): CohortPlan => {
		if (refused) return { kind: 'refused', cohort, firstItem, members, problem: refused };
		const leavers = index === 0 ? (options.leavers ?? []) : [];
		return {
			kind: 'planned',
			cohort,
			firstItem,
			members,
			leavers: leavers.map((leaver) => settledLeaver(cohort, ...leaver)),
			heldLeavers: Array.from({ length: options.heldLeavers ?? 0 }, (_, member) =>
				createChange(cohort, 'remove', `held-${member}`, undefined, undefined),
			),
			resend: options.resend,
			notBefore: 0,
			isEarlierRunLost: options.isEarlierRunLost ?? false,
		};
	});
	return {
		operation,
		settings: { ...readSettings({}), dryRun },
		startedAt: Date.parse(STARTED_AT),
		items,
		cohorts: plans.map((plan, index) => ({ plan, stats: { ...NOTHING_SENT, ...stats[index] } })),
		ended,
		overlapped: false,
		notices: [],
	};
}

/** The plan that a run had. */
export function planOf({ items, cohorts }: RunResult): SyncPlan {
	return { items, cohorts: cohorts.map(({ plan }) => plan) };
}

const NOTHING_SENT: CohortStats = {
	requests: 0,
	retries: 0,
	throttled: 0,
	bytes: 0,
	waitedMs: 0,
	startedAt: undefined,
	finishedAt: undefined,
	lastTimestamp: undefined,
};

function settledLeaver(cohort: Cohort, uid: string, outcome: Outcome, row?: number): Change {
	const leaver = createChange(cohort, 'remove', uid, undefined, undefined);
	if (row !== undefined) recognize(leaver, { uid, anonymous_id: undefined, uncertain: false, row });
	settle([leaver], outcome);
	return leaver;
}
