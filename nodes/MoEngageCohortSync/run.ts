import type { CohortBatches } from './delivery/batches';
import { packCohort } from './delivery/batches';
import type { DeliveryReport } from './delivery/delivery';
import type { Operation, Settings } from './input/settings';
import type { Source } from './input/source';
import type { PreviousOf } from './mirror/mirror';
import { planMirror } from './mirror/mirror';
import type { Plan } from './plan/changes';
import { InvalidItem, isChange } from './plan/changes';
import { planChanges } from './plan/plan';
import type { Work } from './work';

/** A run before its first request: what each item comes to, and the batches to send. */
export interface PreparedRun extends Plan {
	readonly batches: CohortBatches[];
}

/** A run after its last request. */
export interface FinishedRun extends PreparedRun, DeliveryReport {
	readonly operation: Operation;
	readonly settings: Settings;
	/** Wall time in ms since 1970. */
	readonly startedAt: number;
}

/**
 * Reads, plans and packs. Nothing is sent yet: what can't be sent is an `InvalidItem` or a cohort with a
 * `refusal`.
 *
 * @param previousOf what a mirror compares with
 */
export function* prepareRun(
	source: Source,
	operation: Operation,
	settings: Settings,
	previousOf?: PreviousOf,
): Work<PreparedRun> {
	const plan = yield* planChanges(source, operation);
	if (previousOf) yield* planMirror(plan, source, previousOf, settings.removalLimit);
	const batches: CohortBatches[] = [];
	for (const changes of plan.cohorts) batches.push(yield* packCohort(changes, settings));
	plan.items.forEach((planned, item) => {
		if (!isChange(planned) || planned.outcome?.status !== 'invalid') return;
		plan.items[item] = new InvalidItem(planned.outcome.reason ?? '', planned.cohort);
	});
	return { ...plan, batches };
}
