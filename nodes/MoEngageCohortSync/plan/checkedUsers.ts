import type { ItemReader } from '../input/itemReader';
import type { CheckedItem, CheckedUser } from '../model/lookup';
import { InvalidItem } from '../model/plan';
import type { ItemProblem } from '../model/problem';
import type { Task } from '../slicing';
import { eachIndex } from '../slicing';
import { InvalidValue, placeholderProblem, readItemIdentifier, valueOrProblem } from './member';
import { isPlaceholder, mayBeNumber } from './placeholders';

/** The users that the items of Check Users name. */
export interface CheckPlan {
	/** One entry for each input item. */
	readonly items: readonly CheckedItem[];
	/** Each user once, in the order of the items. */
	readonly uids: readonly string[];
}

/** Reads the users of all items. Looks nobody up yet, and throws nothing. */
export function* planCheck({
	count,
	userId,
}: Pick<ItemReader, 'count' | 'userId'>): Task<CheckPlan> {
	const items: CheckedItem[] = [];
	const users = new Map<string, CheckedUser>();
	yield* eachIndex(count, (item) => {
		const uid = readUserId(userId, item);
		if (typeof uid !== 'string') {
			items.push(new InvalidItem(uid));
			return;
		}
		let user = users.get(uid);
		if (user === undefined) {
			user = { uid, item };
			users.set(uid, user);
		}
		items.push(user);
	});
	return { items, uids: [...users.keys()] };
}

/** The user ID of an item, or why there is none. */
function readUserId(userId: ItemReader['userId'], item: number): string | ItemProblem {
	const uid = valueOrProblem(() => readItemIdentifier(userId(item), 'User ID'));
	if (uid instanceof InvalidValue) return uid.problem;
	if (uid === undefined) return { code: 'no_user_id' };
	// It may be a customer's real number, so MoEngage is asked.
	const isNobody = isPlaceholder(uid) && !mayBeNumber(uid);
	return isNobody ? placeholderProblem('User ID', uid) : uid;
}
