import { isRoundedText } from '../model/member';
import { isMissingText } from '../model/missingText';
import { ALL_PARTS_MISSING, INCOMPLETE_TEXT, NotTextError } from './itemReader';
import { NEEDS_EXPRESSION_ENGINE } from './reference';
import type { Expression, FieldUse } from './template';

/**
 * Joins the parts of a text.
 *
 * @param values the values of the parts, with a text for each part that is one, and what `checkComputed` returned for
 * the others
 * @returns the text; `INCOMPLETE_TEXT` or `ALL_PARTS_MISSING` if it has gaps; the number that is a part and that
 * was rounded; or `NEEDS_EXPRESSION_ENGINE` if only n8n knows what it makes of a part
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

/**
 * Joins the parts of an identifier. The text around empty expressions would be the same user for every item.
 *
 * @returns what `joinParts` returns, or the list of several entries that is a part
 */
export function joinIdentifier(
	parts: ReadonlyArray<string | Expression>,
	values: readonly unknown[],
): unknown {
	const ofExpressions = values.filter((_, index) => typeof parts[index] === 'object');
	const areAllEmpty = ofExpressions.every((value) => value === '');
	// Without any expression, there are braces that are not closed.
	if (areAllEmpty && ofExpressions.length > 0) return ALL_PARTS_MISSING;
	return values.find(isListOfSeveral) ?? joinParts(parts, values);
}

/** True for an expression that returns an empty text on purpose, such as `$json.suffix ?? ''`. */
function mayBeEmpty(expression: Expression): boolean {
	return /''|""|``/.test(expression.text) && isConditional(expression);
}

/** True for an expression that has something in the place of a missing field. */
export function hasFallback(text: string): boolean {
	return FALLBACK.test(text);
}

/** True for an expression that may do without one of its fields. */
export function isConditional({ text }: Expression): boolean {
	return hasFallback(text) || CONDITION.test(text.replace(QUOTED, ''));
}

/** Looked for in the whole: an apostrophe within a template literal would be taken for the start of a text. */
const FALLBACK = /\|\||\?\?/;

const CONDITION =
	/&&|\?(?!\.)|[=<>]|\bif\b|if(?:Empty)?\(|\b(?:filter|find\w*|compact)\s*(?:\?\.)?\(|(?<=[\w$)\]}])\[\$/i;

/** Texts and regular expressions. */
const QUOTED = /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|(?<=[(,]\s*)\/(?:\\.|[^/\\\n])+\//gs;

function isMissing(value: unknown, isEmptyIntended = false): boolean {
	if (typeof value === 'string') {
		const text = value.trim();
		return text === '' ? !isEmptyIntended : isMissingText(text);
	}
	if (Array.isArray(value)) return value.every((entry) => isMissing(entry));
	return (
		value === undefined || value === null || Number.isNaN(value) || value === ALL_PARTS_MISSING
	);
}

function isPlainScalar(value: unknown): value is string | number | boolean {
	return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

/** JavaScript and spreadsheets round larger numbers, so two users' numbers may have become the same. */
function isRounded(value: unknown): value is number | string {
	if (typeof value === 'string') return isRoundedText(value);
	return typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
}

/** A field that an expression can't do without, as an item has it. */
interface NeededField extends FieldUse {
	readonly value: unknown;
}

/**
 * n8n returns nothing for an expression that calls a method that the value does not have (seen on n8n 2.41).
 *
 * @throws NotTextError
 */
export function throwIfNumberTakenForText(fields: readonly NeededField[]): void {
	for (const { field, method, value } of fields) {
		const isOfText = method !== undefined && method in String.prototype;
		if (!isOfText || method in Number.prototype || typeof value !== 'number') continue;
		throw new NotTextError(field.text.slice(3, -3), method);
	}
}

/** The list of several entries that JavaScript has converted to text in a text, if there is one. */
export function listIn(text: string, fields: readonly NeededField[]): unknown[] | undefined {
	const lists = fields.map(({ value }) => value).filter(isListOfSeveral);
	return lists.find((list) => text.length >= list.length && text.includes(list.join(',')));
}

function isListOfSeveral(value: unknown): value is unknown[] {
	return Array.isArray(value) && value.length > 1;
}

/** For example, what `'user-' + $json.id` or `$json.id + '-eu'` returns for an item without `id`. */
const HAS_NOTHING =
	/.undefined|undefined.|[^\p{L}\p{N}](?:null|NaN)(?![\p{L}\p{N}])|^(?:null|NaN)[^\p{L}\p{N}]/su;

/** As JavaScript and spreadsheets write numbers that they have rounded. */
const LONG_NUMBER = /\d{16}|\de\+\d|\d(?:,\d{3}){5}/i;

/**
 * Checks a text that an expression has computed from an item.
 *
 * @param json the item's data
 * @returns the text; `INCOMPLETE_TEXT` or `ALL_PARTS_MISSING` if it has gaps; or the number that was rounded, for
 * a text that contains it
 */
export function checkComputed(
	text: string,
	json: unknown,
	fields: readonly NeededField[],
): unknown {
	if (text.trim() === '') return text;
	const missing = fields.filter(isMissingIn).length;
	if (missing > 0) return missing === fields.length ? ALL_PARTS_MISSING : INCOMPLETE_TEXT;
	const hasGap = HAS_NOTHING.test(text);
	if (!hasGap && !LONG_NUMBER.test(text)) return text;
	const { texts, numbers } = scalarsIn(json);
	// A user may be called Null.
	if (hasGap && HAS_NOTHING.test(withoutWordsOf(texts, text))) return INCOMPLETE_TEXT;
	const fromSpreadsheet = texts.find(
		(other) => isRoundedText(other) && text.toLowerCase().includes(other.trim().toLowerCase()),
	);
	if (fromSpreadsheet !== undefined) return fromSpreadsheet;
	const isIn = (number: number, other: string) =>
		spellings(number).some((digits) => other.includes(digits));
	const converted = texts.filter((other) => /^\s*\d{16,}\s*$/.test(other)).map(Number);
	const rounded = [...numbers, ...converted].find(
		(number) => isRounded(number) && isIn(number, text),
	);
	const isText = rounded !== undefined && texts.some((other) => isIn(rounded, other));
	return rounded === undefined || isText ? text : rounded;
}

/** What an expression asks of a list, such as whether it includes something, may be asked of an empty one. */
function isMissingIn({ value, method }: NeededField): boolean {
	const mayBeEmpty = Array.isArray(value) && method !== undefined && method !== 'join';
	return !mayBeEmpty && isMissing(value);
}

/** The ways in which JavaScript writes a large number. */
function spellings(number: number): string[] {
	const digits = Number.isInteger(number) ? [String(BigInt(number))] : [];
	return [String(number), ...digits, number.toLocaleString('en-US')];
}

/** Leaves out what a text has from texts of the item with such a word of their own, such as an e-mail address. */
function withoutWordsOf(texts: readonly string[], text: string): string {
	let rest = toWords(text);
	for (const other of texts) {
		if (isMissingText(other.trim())) continue;
		const words = toWords(other).replace(/^-|-$/g, '');
		if (!OWN_WORD.test(words)) continue;
		if (words.toLowerCase().includes(rest.toLowerCase())) return '';
		if (words.length < Math.min(rest.length, MAX_LENGTH))
			rest = rest.replace(new RegExp(words, 'giu'), 'x');
	}
	return rest;
}

/** In characters; a regular expression can't be much longer. No identifier is. */
const MAX_LENGTH = 10_000;

const OWN_WORD = /undefined|(?<![\p{L}\p{N}])(?:null|nan)(?![\p{L}\p{N}])/iu;

/** With one hyphen for whatever is between two words, so that a text is found in what was made of it. */
function toWords(text: string): string {
	return text.replace(/[^\p{L}\p{N}]+/gu, '-');
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
