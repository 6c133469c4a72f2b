import { MISSING_TEXTS } from '../model/missingText';

/**
 * IDs that MoEngage's data overview page lists as those of no user (read 2026-11-25), except `null`, which is among the
 * missing texts. MoEngage compares them exactly; here, other spellings such as `Guest` are placeholders too.
 */
export const IDS_OF_NOBODY = [
	'unknown',
	'guest',
	'0',
	'1',
	'2',
	'-1',
	'-2',
	'true',
	'false',
	'na',
	'n/a',
	'none',
	'id',
	'uid',
	'userid',
	'user_id',
	'customer_id',
	'user_attribute_unique_id',
	'dummy_seller_code',
	'(empty)',
];

const PLACEHOLDERS = new Set([...IDS_OF_NOBODY, ...MISSING_TEXTS]);

const MAX_LENGTH = Math.max(...[...PLACEHOLDERS].map(({ length }) => length));

/** Device IDs that consist of zeros, such as 00000000-0000-0000-0000-000000000000. */
const ZEROS = /^[0-]+$/;

/** True for an identifier that stands for a missing one. */
export function isPlaceholder(identifier: string): boolean {
	return (
		(identifier.length <= MAX_LENGTH && PLACEHOLDERS.has(identifier.toLowerCase())) ||
		ZEROS.test(identifier)
	);
}

/** Placeholders that may be customers' real numbers, in a table that counts from 1. */
const COUNTED_FROM_ONE = new Set(['1', '2']);

/** Placeholders that may be a customer's real number if only one item has them. */
const REAL_IF_SINGLE = new Set(['0', '-1', '-2']);

/** True for a placeholder that may be a customer's real number, if an item has nothing else. */
export function mayBeNumber(placeholder: string): boolean {
	return COUNTED_FROM_ONE.has(placeholder) || REAL_IF_SINGLE.has(placeholder);
}

/** The placeholders of a run. */
export class PlaceholderCount {
	/** How many items had it, and in how many of them it counted as empty. */
	private readonly counts = new Map<string, { items: number; dropped: number }>();

	/** Records that an item has a placeholder. */
	note(placeholder: string): void {
		this.of(placeholder).items++;
	}

	/** Records that a placeholder counts as empty in an item. */
	drop(placeholder: string): void {
		this.of(placeholder).dropped++;
	}

	/** Whether a placeholder that is an item's only identifier is sent. Only correct after all items were recorded. */
	isSent(placeholder: string): boolean {
		if (COUNTED_FROM_ONE.has(placeholder)) return true;
		return REAL_IF_SINGLE.has(placeholder) && this.of(placeholder).items === 1;
	}

	/** How many items had a placeholder that counted as empty, and the most common one. */
	get dropped(): { readonly items: number; readonly commonest: string } {
		const byCount = [...this.counts].sort(([, one], [, other]) => other.dropped - one.dropped);
		const items = byCount.reduce((sum, [, { dropped }]) => sum + dropped, 0);
		return { items, commonest: byCount[0]?.[0] ?? '' };
	}

	private of(placeholder: string): { items: number; dropped: number } {
		let count = this.counts.get(placeholder);
		if (count === undefined) {
			count = { items: 0, dropped: 0 };
			this.counts.set(placeholder, count);
		}
		return count;
	}
}
