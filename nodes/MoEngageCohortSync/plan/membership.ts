import { ALL_PARTS_MISSING, INCOMPLETE_TEXT } from '../input/itemReader';
import { InvalidValue } from './member';

/** What CDPs, databases and forms write for "is a member now", in lower case. */
export const IN = new Set(
	[
		['true', 't', '1', 'yes', 'y', 'on'],
		['add', 'added', 'enter', 'entered', 'join', 'joined', 'in', 'member', 'audience entered'],
	].flat(),
);

/** What they write for "is not a member now". */
export const OUT = new Set(
	[
		['false', 'f', '0', 'no', 'n', 'off'],
		['remove', 'removed', 'exit', 'exited', 'leave', 'left', 'out', 'audience exited'],
	].flat(),
);

/** Reads whether a user is in the cohort now, from a text, a number or a boolean. */
export function readMembership(value: unknown): boolean | InvalidValue {
	if (value === INCOMPLETE_TEXT) {
		return new InvalidValue({ code: 'incomplete_text', field: 'Is Member' });
	}
	const isScalar = ['string', 'number', 'boolean'].includes(typeof value);
	const word = isScalar ? String(value).trim().toLowerCase() : undefined;
	if (word !== undefined && IN.has(word)) return true;
	if (word !== undefined && OUT.has(word)) return false;
	const isNothing = value === undefined || value === null || value === ALL_PARTS_MISSING;
	const isEmpty = isNothing || word === '';
	return new InvalidValue({ code: 'membership_unclear', isEmpty });
}

/**
 * ISO 8601, including the forms that data warehouses write: `2026-11-23 10:00:00 UTC`, `2026-11-23 10:00:00.000
 * +0000`.
 */
const ISO_8601 =
	/^([1-9]\d{3})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)? ?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/** Also with an exponent, as spreadsheets write large numbers. */
const PLAIN_NUMBER = /^\d+(\.\d+)?(e\+?\d{1,2})?$/i;

/**
 * The units of times since 1970: a number below the first `below` is in seconds, and so on. Read in the next finer
 * unit, it would be before 1974.
 */
const UNITS = [
	{ below: 1e11, perMs: 1e-3 },
	{ below: 1e14, perMs: 1 },
	{ below: 1e17, perMs: 1e3 },
	{ below: 1e20, perMs: 1e6 },
];

/**
 * A number outside of these is no time since 1970, but a day such as 20261123, a time such as 20261123101530, or a
 * spreadsheet's number of days. Times such as 1970-01-01, 1900-01-01 and 9999-12-31 stand for no time.
 */
const EARLIEST = Date.UTC(1990);
const LATEST = Date.UTC(2100);

/**
 * Reads when a change happened: ISO 8601 (UTC if no offset is given), seconds, milliseconds, microseconds or
 * nanoseconds since 1970, or a date.
 *
 * @returns ms since 1970, `undefined` if the field is empty, or why it can't be read
 */
export function readChangedAt(value: unknown): number | undefined | InvalidValue {
	if (value === undefined || value === null || value === ALL_PARTS_MISSING) return undefined;
	if (value === INCOMPLETE_TEXT) {
		return new InvalidValue({ code: 'incomplete_text', field: 'Changed At' });
	}
	const text = typeof value === 'string' ? value.trim() : undefined;
	if (text === '') return undefined;
	if (text !== undefined && isShortened(text)) return new InvalidValue({ code: 'not_a_time' });
	const time = text === undefined || PLAIN_NUMBER.test(text) ? fromNumber(value) : fromIso(text);
	const isPossible = time !== undefined && time >= EARLIEST && time < LATEST;
	return isPossible ? time : new InvalidValue({ code: 'not_a_time' });
}

/** Digits after the point of a time of this century that is exact to the second. */
const MIN_DECIMALS = 9;

/** True for a number such as `1.76392E+12`, in which a spreadsheet has left out the minutes. */
function isShortened(text: string): boolean {
	const match = /^\d(?:\.(\d+))?e/i.exec(text);
	return match !== null && (match[1] ?? '').length < MIN_DECIMALS;
}

function fromNumber(value: unknown): number | undefined {
	if (typeof value === 'object' && value !== null) return fromDate(value);
	if (typeof value !== 'string' && typeof value !== 'number') return undefined;
	const number = Number(value);
	const unit = UNITS.find(({ below }) => number < below);
	return unit && number / unit.perMs;
}

/** A `Date` or a Luxon date, which n8n's expressions return: `valueOf` gives the milliseconds. */
function fromDate(value: object): number | undefined {
	if (typeof value.valueOf !== 'function') return undefined;
	const time: unknown = value.valueOf();
	return typeof time === 'number' && Number.isFinite(time) ? time : undefined;
}

function fromIso(text: string): number | undefined {
	const parts = ISO_8601.exec(text);
	if (parts === null) return undefined;
	const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '0', zone] =
		parts;
	const offset = offsetMinutes(zone);
	const written = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
	const time = Date.parse(`${written}Z`);
	// A day that doesn't exist, such as 30 February, would be read as a later one.
	const isReal = !Number.isNaN(time) && new Date(time).toISOString().startsWith(written);
	if (!isReal || offset === undefined) return undefined;
	return time + Number(`0.${fraction}`) * 1000 - offset * 60_000;
}

/** The offset from UTC in minutes; `undefined` if there is no such offset. */
function offsetMinutes(offset = 'UTC'): number | undefined {
	const parts = /^([+-])(\d{2}):?(\d{2})?$/.exec(offset);
	if (parts === null) return 0;
	const [hours, minutes] = [Number(parts[2]), Number(parts[3] ?? 0)];
	if (hours > 23 || minutes > 59) return undefined;
	return (hours * 60 + minutes) * (parts[1] === '-' ? -1 : 1);
}
