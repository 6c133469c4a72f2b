import type { Change } from '../model/change';
import { identify, markPartial, noteAddedBy } from '../model/change';
import { anonymousIdsOf } from '../model/member';
import type { PlannedItem } from '../model/plan';
import { isChange } from '../model/plan';
import type { Task } from '../slicing';
import { each } from '../slicing';
import type { UsersByCohort } from './identityIndex';

/** Lets items that mean the same user share the change of the first of them. */
export function* shareDuplicates(
	items: PlannedItem[],
	users: UsersByCohort<Change>,
	overflowing: Set<Change>,
): Task<void> {
	yield* each(items, (change, item) => {
		if (!isChange(change)) return;
		const inCohort = users.of(change.cohort);
		const carrier = inCohort.find(change);
		if (carrier === undefined) inCohort.add(change, change);
		else items[item] = mergeDuplicate(carrier, change, overflowing);
	});
}

/**
 * Adds the identifiers that only the duplicate has to the shared change.
 *
 * @param overflowing gets the changes with more anonymous IDs than are sent
 * @returns the shared change
 */
export function mergeDuplicate(
	carrier: Change,
	duplicate: Change,
	overflowing: Set<Change>,
): Change {
	const { anonymous_id, item } = duplicate;
	if (
		anonymous_id !== undefined &&
		item !== undefined &&
		!anonymousIdsOf(carrier).includes(anonymous_id)
	) {
		noteAddedBy(carrier, item, anonymous_id);
	}
	if (!identify(carrier, undefined, anonymous_id)) overflowing.add(carrier);
	if (duplicate.isPartial) markPartial(carrier);
	return carrier;
}
