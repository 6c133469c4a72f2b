import type { PackedCohort } from '../../nodes/MoEngageCohortSync/delivery/packing';
import { packCohort } from '../../nodes/MoEngageCohortSync/delivery/packing';
import type { ItemReader } from '../../nodes/MoEngageCohortSync/input/itemReader';
import { settle } from '../../nodes/MoEngageCohortSync/model/change';
import type { CohortPlan, PlannedItem } from '../../nodes/MoEngageCohortSync/model/plan';
import type { Operation, Settings } from '../../nodes/MoEngageCohortSync/model/settings';
import type { CohortMembers } from '../../nodes/MoEngageCohortSync/plan/plan';
import { planItems } from '../../nodes/MoEngageCohortSync/plan/plan';
import { atOnce } from './atOnce';
import { VirtualClock } from './virtualClock';

/** A run before its first request. */
export interface PlannedRun {
	readonly items: readonly PlannedItem[];
	readonly packed: readonly PackedCohort[];
}

/** Plans and packs a run that is no mirror, as the node does. */
export function plannedRun(
	reader: ItemReader,
	operation: Exclude<Operation, 'mirror'>,
	settings: Settings,
): PlannedRun {
	const { items, cohorts } = atOnce(planItems(reader, operation));
	return { items, packed: packAll(cohorts.map(withoutLeavers), settings) };
}

/** Packs cohorts, as the node does: members that fit in no request are invalid. */
export function packAll(cohorts: readonly CohortPlan[], settings: Settings): PackedCohort[] {
	const clock = new VirtualClock();
	return cohorts.map((cohort) => {
		const { packed, tooLarge } = atOnce(packCohort(cohort, settings, clock));
		settle(tooLarge, { status: 'invalid', problem: { code: 'member_too_large' } });
		return packed;
	});
}

function withoutLeavers({ cohort, firstItem, members }: CohortMembers): CohortPlan {
	return {
		kind: 'planned',
		cohort,
		firstItem,
		members,
		leavers: [],
		heldLeavers: [],
		resend: undefined,
		notBefore: 0,
		isEarlierRunLost: false,
	};
}
