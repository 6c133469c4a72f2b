import { readSettings } from '../../nodes/MoEngageCohortSync/input/settings';
import type { Change } from '../../nodes/MoEngageCohortSync/model/change';
import { createChange, recognize, settle } from '../../nodes/MoEngageCohortSync/model/change';
import type { Cohort } from '../../nodes/MoEngageCohortSync/model/cohort';
import type { Outcome } from '../../nodes/MoEngageCohortSync/model/outcome';
import type { CohortPlan, ResendReason, SyncPlan } from '../../nodes/MoEngageCohortSync/model/plan';
import type { DeliveryProblem, Problem } from '../../nodes/MoEngageCohortSync/model/problem';
import type { CohortStats, RunResult } from '../../nodes/MoEngageCohortSync/model/run';
import type { Operation, Output } from '../../nodes/MoEngageCohortSync/model/settings';
import { planItems } from '../../nodes/MoEngageCohortSync/plan/plan';
import { atOnce } from './atOnce';
import type { Row } from './source';
import { sourceOf } from './source';

export const STARTED_AT = '2026-11-23T10:00:00.000Z';

export interface RunOptions {
	readonly operation?: Operation;
	readonly dryRun?: boolean;
	readonly output?: Output;
	readonly includeInputFields?: boolean;
	readonly requestsPerMinute?: number;
	/** Why the run ended early. */
	readonly ended?: DeliveryProblem;
	/** What each cohort's requests took. */
	readonly stats?: ReadonlyArray<Partial<CohortStats>>;
	/** Why no cohort may be sent. */
	readonly refused?: Problem;
	/** The members whom a mirror removes from the first cohort, by uid, and what became of each. */
	readonly leavers?: ReadonlyArray<readonly [uid: string, outcome: Outcome, row?: number]>;
	/** The uids that a mirror knows from before. */
	readonly known?: readonly string[];
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
	const { operation = 'add', ended, stats = [], refused } = options;
	const { dryRun = false, output = 'items', includeInputFields = false } = options;
	const { requestsPerMinute = 300 } = options;
	const { items, cohorts } = atOnce(planItems(sourceOf(rows), operation));
	const changes = cohorts.flatMap(({ members }) => members);
	for (const change of changes) {
		const { uid, anonymous_id } = change;
		const isKnown = uid !== undefined && options.known?.includes(uid);
		if (isKnown) recognize(change, { uid, anonymous_id, uncertain: false });
	}
	changes
		.sort((one, other) => (one.item ?? 0) - (other.item ?? 0))
		.forEach((member, index) => {
			const outcome = outcomes[index];
			if (outcome !== undefined) settle([member], outcome);
		});
	const plans = cohorts.map(({ cohort, firstItem, members }, index): CohortPlan => {
		const leavers = (index === 0 ? (options.leavers ?? []) : []).map((leaver) =>
			settledLeaver(cohort, ...leaver),
		);
		if (refused) {
			return { kind: 'refused', cohort, firstItem, members, leavers, problem: refused };
		}
		return {
			kind: 'planned',
			cohort,
			firstItem,
			members,
			leavers,
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
		settings: readSettings({ dryRun, output, includeInputFields, requestsPerMinute }),
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
