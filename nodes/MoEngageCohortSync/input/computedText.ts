import { isMissingText } from '../model/missingText';
import { INCOMPLETE_TEXT } from './itemReader';
import { NEEDS_EXPRESSION_ENGINE } from './reference';
import type { Expression } from './template';

/** What `joinParts` returns if no part has a value. */
export const ALL_PARTS_MISSING: unique symbol = Symbol('a text without any of its parts');

/**
 * Joins the parts of a text.
 *
 * @param values the values of the parts, with a text for each part that is one, and `INCOMPLETE_TEXT` for one that is
 * itself a text with a gap
 * @returns the text; `INCOMPLETE_TEXT` or `ALL_PARTS_MISSING` if it has gaps; the number that is a part and that
 * JavaScript has rounded; or `NEEDS_EXPRESSION_ENGINE` if only n8n knows what it makes of a part
 */
export function joinParts(
	parts: ReadonlyArray<string | Expression>,
	values: readonly unknown[],
): unknown {
	if (values.includes(INCOMPLETE_TEXT)) return INCOMPLETE_TEXT;
	let expressions = 0;
	let gaps = 0;
	parts.forEach((part, index) => {
		if (typeof part === 'string') return;
		expressions++;
		if (isMissing(values[index], part.path === undefined)) gaps++;
	});
	if (gaps > 0) return gaps === expressions ? ALL_PARTS_MISSING : INCOMPLETE_TEXT;
	return (
		values.find(isRounded) ??
		(values.every(isPlainScalar) ? values.join('') : NEEDS_EXPRESSION_ENGINE)
	);
}

/** @param isComputed it is more than a column, such as `$json.suffix ?? ''`, so that an empty text is intended */
function isMissing(value: unknown, isComputed: boolean): boolean {
	if (typeof value === 'string') {
		const text = value.trim();
		return text === '' ? !isComputed : isMissingText(text);
	}
	if (Array.isArray(value)) return value.every((entry) => isMissing(entry, false));
	return value === undefined || value === null || Number.isNaN(value);
}

function isPlainScalar(value: unknown): value is string | number | boolean {
	return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

/** JavaScript rounds whole numbers that are larger, so two users' numbers may have become the same. */
function isRounded(value: unknown): value is number {
	return typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
}

/** For example, what `'user-' + $json.id` or `$json.id + '-eu'` returns for an item without `id`. */
const HAS_NOTHING =
	/[^\p{L}\p{N}](?:undefined|null|NaN)(?![\p{L}\p{N}])|^(?:undefined|null|NaN)[^\p{L}\p{N}]/u;

/** As JavaScript writes numbers that it has rounded. */
const LONG_NUMBER = /\d{16}|\de\+\d/;

/**
 * Checks an identifier that an expression has computed from an item.
 *
 * @param json the item's data
 * @returns the value; `INCOMPLETE_TEXT` for a text with a gap; or the number that JavaScript has rounded, for a text
 * that contains it
 */
export function checkComputed(value: unknown, json: unknown): unknown {
	if (typeof value !== 'string') return value;
	const gap = HAS_NOTHING.exec(value)?.[0].toLowerCase();
	const isLong = LONG_NUMBER.test(value);
	if (gap === undefined && !isLong) return value;
	const { texts, numbers } = scalarsIn(json);
	const isInData = (part: string) => texts.some((text) => text.toLowerCase().includes(part));
	// A user may be called Null.
	if (gap !== undefined && !isInData(gap)) return INCOMPLETE_TEXT;
	const rounded = numbers.find((number) => isRounded(number) && value.includes(String(number)));
	return rounded === undefined || isInData(String(rounded)) ? value : rounded;
}

function scalarsIn(json: unknown): { texts: string[]; numbers: number[] } {
	const texts: string[] = [];
	const numbers: number[] = [];
	const left = [json];
	while (left.length > 0) {
		const value = left.pop();
		if (typeof value === 'string') texts.push(value);
		else if (typeof value === 'number') numbers.push(value);
		else if (typeof value === 'object' && value !== null) left.push(...Object.values(value));
	}
	return { texts, numbers };
}
