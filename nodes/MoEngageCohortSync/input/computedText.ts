import { isMissingText } from '../model/missingText';
import { ALL_PARTS_MISSING, INCOMPLETE_TEXT } from './itemReader';
import { NEEDS_EXPRESSION_ENGINE } from './reference';
import type { Expression } from './template';

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
		if (isMissing(values[index], mayBeEmpty(part))) gaps++;
	});
	if (gaps > 0) return gaps === expressions ? ALL_PARTS_MISSING : INCOMPLETE_TEXT;
	return (
		values.find(isRounded) ??
		(values.every(isPlainScalar) ? values.join('') : NEEDS_EXPRESSION_ENGINE)
	);
}

/** True for an expression with an empty text in it, such as `$json.suffix ?? ''`. */
function mayBeEmpty({ text }: Expression): boolean {
	return /''|""|``/.test(text);
}

function isMissing(value: unknown, isEmptyIntended: boolean): boolean {
	if (typeof value === 'string') {
		const text = value.trim();
		return text === '' ? !isEmptyIntended : isMissingText(text);
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
	const hasGap = HAS_NOTHING.test(value);
	if (!hasGap && !LONG_NUMBER.test(value)) return value;
	const { texts, numbers } = scalarsIn(json);
	// A user may be called Null.
	if (hasGap && !texts.some((text) => explainsGap(text, value))) return INCOMPLETE_TEXT;
	const rounded = numbers.find((number) => isRounded(number) && value.includes(String(number)));
	const isText = rounded !== undefined && texts.some((text) => text.includes(String(rounded)));
	return rounded === undefined || isText ? value : rounded;
}

/** True for a text of the item, such as an e-mail address, from which the value has its `null`. */
function explainsGap(text: string, value: string): boolean {
	const [part, whole] = [text.trim().toLowerCase(), value.trim().toLowerCase()];
	return (
		/undefined|null|nan/.test(part) &&
		!isMissingText(part) &&
		(whole.includes(part) || part.includes(whole))
	);
}

/** Of how many values of an item the texts and numbers are read: more than a row has, and no circle is endless. */
const MAX_VALUES = 2_000;

function scalarsIn(json: unknown): { texts: string[]; numbers: number[] } {
	const texts: string[] = [];
	const numbers: number[] = [];
	const left = [json];
	for (let index = 0; index < left.length; index++) {
		const value = left[index];
		if (typeof value === 'string') texts.push(value);
		else if (typeof value === 'number') numbers.push(value);
		else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
			const room = MAX_VALUES - left.length;
			if (room <= 0) continue;
			const entries: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
			left.push(...entries.slice(0, room));
		}
	}
	return { texts, numbers };
}
