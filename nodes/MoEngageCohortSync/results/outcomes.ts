import type { Change } from '../model/change';
import { outcomeOf } from '../model/change';
import type { Status } from '../model/outcome';
import type { PlannedItem } from '../model/plan';
import { InvalidItem, isChange, SupersededItem } from '../model/plan';
import type { ItemProblem } from '../model/problem';
import { describeOutcome, problemInOneLine } from './problems';

/** The outcome of an item, whether it has a change or not. */
export function statusOf(planned: PlannedItem): Status {
	if (planned instanceof InvalidItem) return 'invalid';
	if (planned instanceof SupersededItem) return 'superseded';
	return outcomeOf(planned).status;
}

/** Why an item was not accepted, in one line; `undefined` if nothing went wrong. */
export function reasonOf(planned: PlannedItem): string | undefined {
	if (planned instanceof InvalidItem) return problemInOneLine(planned.problem);
	return planned instanceof SupersededItem ? undefined : describeOutcome(outcomeOf(planned));
}

/** Why an item can't be sent; `undefined` if it can. */
export function invalidityOf(planned: PlannedItem): ItemProblem | undefined {
	if (planned instanceof InvalidItem) return planned.problem;
	if (planned instanceof SupersededItem || planned.outcome?.status !== 'invalid') return undefined;
	return planned.outcome.problem;
}

/** True for an item with a change that can be sent, its own or one shared with an earlier item. */
export function isSendable(planned: PlannedItem): planned is Change {
	return isChange(planned) && planned.outcome?.status !== 'invalid';
}

/** True for a member of a mirror that is sent again although it was already in. */
export function isResent({ action, previous }: Change): boolean {
	return action === 'add' && previous?.uncertain === false;
}
