import { Unusable } from './member';

const IN = new Set(['true', '1', 'yes', 'add', 'added', 'enter', 'entered', 'in']);
const OUT = new Set(['false', '0', 'no', 'remove', 'removed', 'exit', 'exited', 'out']);

/** Reads whether a user is in the cohort now, from a text, a number or a boolean. */
export function readMembership(value: unknown): boolean | Unusable {
	const isScalar = ['string', 'number', 'boolean'].includes(typeof value);
	const word = isScalar ? String(value).trim().toLowerCase() : '';
	if (IN.has(word)) return true;
	if (OUT.has(word)) return false;
	const what = word === '' ? 'is empty' : 'says neither in nor out';
	return new Unusable(
		`'Is Member' ${what}. It takes ${[...IN].join(', ')} for in, and ${[...OUT].join(', ')} for out.`,
	);
}

const ISO_8601 =
	/^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/** Below this, a number counts seconds: as milliseconds it would be before 1974. */
const FEWEST_MILLISECONDS = 1e11;

/**
 * Reads when a change happened: ISO 8601 (UTC where no offset is given), seconds or milliseconds since
 * 1970, or a date.
 *
 * @returns ms since 1970, `undefined` where the field is empty, or why it can't be read
 */
export function readChangedAt(value: unknown): number | undefined | Unusable {
	if (value === undefined || value === null) return undefined;
	const text = typeof value === 'string' ? value.trim() : value;
	if (text === '') return undefined;
	const time =
		typeof text === 'string' && !/^\d+(\.\d+)?$/.test(text) ? fromIso(text) : fromNumber(text);
	if (time !== undefined) return time;
	return new Unusable(
		"'Changed At' is no time. It takes a date such as 2026-11-23T10:15:30Z, or seconds or milliseconds since 1970.",
	);
}

function fromNumber(value: unknown): number | undefined {
	const isDate = typeof value === 'object' && typeof value?.valueOf() === 'number';
	if (typeof value !== 'string' && typeof value !== 'number' && !isDate) return undefined;
	const number = Number(value);
	if (!Number.isFinite(number) || number < 0) return undefined;
	return isDate || number >= FEWEST_MILLISECONDS ? number : number * 1000;
}

function fromIso(text: string): number | undefined {
	const parts = ISO_8601.exec(text);
	if (parts === null) return undefined;
	const [, ...fields] = parts;
	const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields
		.slice(0, 6)
		.map((field) => Number(field ?? 0));
	const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
	const isReal =
		date.getUTCMonth() === month - 1 &&
		date.getUTCDate() === day &&
		date.getUTCHours() === hour &&
		date.getUTCMinutes() === minute &&
		date.getUTCSeconds() === second;
	if (!isReal) return undefined;
	const fraction = Number(`0.${fields[6] ?? 0}`) * 1000;
	return date.getTime() + fraction - offsetMinutes(fields[7]) * 60_000;
}

function offsetMinutes(offset = 'Z'): number {
	const parts = /^([+-])(\d{2}):?(\d{2})?$/.exec(offset);
	if (parts === null) return 0;
	const minutes = Number(parts[2]) * 60 + Number(parts[3] ?? 0);
	return parts[1] === '-' ? -minutes : minutes;
}
