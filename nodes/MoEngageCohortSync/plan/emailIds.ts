import type { Notice } from '../model/notice';
import type { Task } from '../slicing';
import { each } from '../slicing';
import type { ItemPlan } from './plan';

/** Accurate enough to distinguish an e-mail address from an ID. */
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/**
 * Finds users whose User ID is an e-mail address. Some workspaces use them as IDs; in most, MoEngage knows no user
 * by an e-mail address and ignores such members.
 */
export function* noticeEmailIds({ cohorts }: Pick<ItemPlan, 'cohorts'>): Task<Notice[]> {
	const emails = new Set<string>();
	for (const { members } of cohorts) {
		yield* each(members, ({ uid }) => {
			if (uid !== undefined && EMAIL.test(uid)) emails.add(uid);
		});
	}
	return emails.size === 0 ? [] : [{ code: 'email_ids', users: emails.size }];
}
