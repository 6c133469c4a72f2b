import type { Outcome } from '../../nodes/MoEngageCohortSync/plan/outcome';
import type { FinishedRun, PreparedRun } from '../../nodes/MoEngageCohortSync/run';
import { prepareRun } from '../../nodes/MoEngageCohortSync/run';
import type { Operation } from '../../nodes/MoEngageCohortSync/input/settings';
import { readSettings } from '../../nodes/MoEngageCohortSync/input/settings';
import type { Row } from './source';
import { sourceOf } from './source';
import { atOnce } from './atOnce';

/** A run in which MoEngage gave these outcomes to the members, in the order of their items. */
export function finishedRun(
	rows: readonly Row[],
	outcomes: readonly Outcome[],
	{ operation = 'add' }: { operation?: Exclude<Operation, 'mirror'> } = {},
): FinishedRun {
	const prepared = atOnce(prepareRun(sourceOf(rows), operation, readSettings({})));
	prepared.cohorts
		.flatMap(({ members }) => members)
		.sort((one, other) => (one.item ?? 0) - (other.item ?? 0))
		.forEach((member, index) => {
			member.outcome = outcomes[index];
		});
	return finished(prepared, operation);
}

/** A prepared run whose members have their outcomes. */
export function finished(prepared: PreparedRun, operation: Operation): FinishedRun {
	const settings = readSettings({});
	const startedAt = Date.parse('2026-11-23T10:00:00.000Z');
	return { ...prepared, operation, settings, startedAt, tallies: [], ended: undefined };
}
