import type { Notice } from '../model/notice';
import type { Task } from '../slicing';
import { each } from '../slicing';
import type { ItemPlan } from './plan';

/** Close enough to tell an e-mail address from an ID. */
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/**
 * Notices users whose User ID is an e-mail address. A workspace may use them as IDs; in most, MoEngage knows no user
 * by them and ignores such members.
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
