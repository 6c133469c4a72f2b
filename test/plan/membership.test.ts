import fc from 'fast-check';
import {
	ALL_PARTS_MISSING,
	INCOMPLETE_TEXT,
} from '../../nodes/MoEngageCohortSync/input/itemReader';
import { InvalidValue } from '../../nodes/MoEngageCohortSync/plan/member';
import { readChangedAt, readMembership } from '../../nodes/MoEngageCohortSync/plan/membership';

/** What stands for a time that can't be read. */
const NO_TIME = 'no time';

function changedAt(value: unknown): unknown {
	const time = readChangedAt(value);
	return time instanceof InvalidValue ? NO_TIME : time;
}

const WORDS: ReadonlyArray<[isMember: boolean, words: string[]]> = [
	[
		true,
		[
			...['true', 't', '1', 'yes', 'y', 'on', 'add', 'added', 'enter', 'entered'],
			...['join', 'joined', 'in', 'member', 'audience entered'],
		],
	],
	[
		false,
		[
			...['false', 'f', '0', 'no', 'n', 'off', 'remove', 'removed', 'exit', 'exited'],
			...['leave', 'left', 'out', 'audience exited'],
		],
	],
];

const inEveryCase = WORDS.flatMap(([isMember, words]) =>
	words.flatMap((word) =>
		[word, word.toUpperCase(), word.slice(0, 1).toUpperCase() + word.slice(1), ` ${word}\n`].map(
			(written): [string, boolean] => [written, isMember],
		),
	),
);

describe('Is Member', () => {
	test.each(inEveryCase)('%j is %s', (word, isMember) => {
		expect(readMembership(word)).toBe(isMember);
	});

	test.each([
		[true, true],
		[1, true],
		[false, false],
		[0, false],
		[-0, false],
	])('%p is %s', (value, isMember) => {
		expect(readMembership(value)).toBe(isMember);
	});

	test('a text without one of its parts is unclear', () => {
		expect(readMembership(INCOMPLETE_TEXT)).toStrictEqual(
			new InvalidValue({ code: 'incomplete_text', field: 'Is Member' }),
		);
	});

	test.each([undefined, null, ALL_PARTS_MISSING, '', ' \t'])('%p is empty', (value) => {
		expect(readMembership(value)).toStrictEqual(
			new InvalidValue({ code: 'membership_unclear', isEmpty: true }),
		);
	});

	test.each<unknown>([
		'maybe',
		'yep',
		'truee',
		'in out',
		'null',
		'1.0',
		'01',
		2,
		-1,
		0.5,
		NaN,
		Infinity,
		{},
		[],
		['true'],
		{ valueOf: () => 1 },
		new Date(0),
		1n,
		() => true,
	])('%p says neither', (value) => {
		expect(readMembership(value)).toStrictEqual(
			new InvalidValue({ code: 'membership_unclear', isEmpty: false }),
		);
	});
});

const NOON = Date.UTC(2026, 10, 23, 12);

describe('Changed At', () => {
	test.each([undefined, null, '', '  ', ALL_PARTS_MISSING])('%p is not given', (value) => {
		expect(readChangedAt(value)).toBeUndefined();
	});

	test.each<[text: string, expected: number]>([
		['2026-11-23', Date.UTC(2026, 10, 23)],
		['2026-11-23T12:00', NOON],
		['2026-11-23T12:00:00', NOON],
		['2026-11-23T12:00:00Z', NOON],
		['2026-11-23t12:00:00z', NOON],
		[' 2026-11-23T12:00:00Z ', NOON],
		['2026-11-23 12:00:00', NOON],
		['2026-11-23T12:00:00+00:00', NOON],
		['2026-11-23T12:00:00-00:00', NOON],
		['2026-11-23T13:30:00+01:30', NOON],
		['2026-11-23T13:30+0130', NOON],
		['2026-11-23T04:00:00-08', NOON],
		['2026-11-24T11:59:00+23:59', NOON],
		['2026-11-23T12:00:00.5Z', NOON + 500],
		['2026-11-23T12:00:00,250Z', NOON + 250],
		['2026-11-23T12:00:00.123456', NOON + 123.456],
		['2026-11-23 12:00:00 UTC', NOON],
		['2026-11-23 12:00:00.000 +0000', NOON],
		['2026-11-23 12:00:00.250 UTC', NOON + 250],
		['2026-11-23 14:00:00 +02:00', NOON],
		['2026-11-23T12:00:00 GMT', NOON],
		['2024-02-29', Date.UTC(2024, 1, 29)],
		['1990-01-01', Date.UTC(1990)],
		['2099-12-31T23:59:59Z', Date.UTC(2099, 11, 31, 23, 59, 59)],
	])('%j is a time', (text, expected) => {
		expect(changedAt(text)).toBeCloseTo(expected, 3);
	});

	test.each([
		'1989-12-31T23:59:59Z',
		'1990-01-01T00:00:00+00:01',
		'2100-01-01',
		'1900-01-01',
		'9999-12-31T23:59:59Z',
		'2026-02-30',
		'20261123',
		'2026-02-29',
		'2026-04-31T10:00:00Z',
		'2026-13-01',
		'2026-00-10',
		'2026-01-00',
		'2026-11-23T24:00:00Z',
		'2026-11-23T12:60:00Z',
		'2026-11-23T12:00:60Z',
		'0050-01-01',
		'2026-11-23T12',
		'2026-11-23Z',
		'2026-11-23T12:00:00+24:00',
		'2026-11-23T12:00:00+01:60',
		'2026-11-23T12:00:00+1',
		'2026-11-23T12:00:00.',
		'2026-1-2',
		'12026-11-23',
		'on 2026-11-23',
		'26-11-23',
		'23.11.2026',
		'11/23/2026',
		'Mon, 23 Nov 2026 12:00:00 GMT',
		'yesterday',
		'null',
		'NaN',
		'-1',
		'+1764000000',
		'1e-9',
		'1e999',
		'2026-11-23 UTC',
		'2026-11-23 12:00:00  UTC',
		'0x10',
		'1764000000 s',
		'1_764_000_000',
	])('%j is no time', (text) => {
		expect(changedAt(text)).toBe(NO_TIME);
	});

	test.each<[value: number | string, expected: number | string]>([
		[1_764_000_000, 1_764_000_000_000],
		['1764000000', 1_764_000_000_000],
		[' 1764000000 ', 1_764_000_000_000],
		[1_764_000_000_123, 1_764_000_000_123],
		['1764000000123', 1_764_000_000_123],
		[1_764_000_000.5, 1_764_000_000_500],
		['1764000000.25', 1_764_000_000_250],
		[631_152_000, Date.UTC(1990)],
		[631_151_999.9, NO_TIME],
		[4_102_444_799, Date.UTC(2100) - 1000],
		[4_102_444_800, NO_TIME],
		[631_152_000_000, Date.UTC(1990)],
		[631_151_999_999, NO_TIME],
		['4102444799999', Date.UTC(2100) - 1],
		['4102444800000', NO_TIME],
		['1.763892000E9', 1_763_892_000_000],
		['1.763892000123e+12', 1_763_892_000_123],
		['1.76389200E9', NO_TIME],
		['1.763892E+12', NO_TIME],
		['2e12', NO_TIME],
		[1_764_000_000_123_456, 1_764_000_000_123.456],
		['1764000000123456', 1_764_000_000_123.456],
		[631_152_000_000_000, Date.UTC(1990)],
		[4_102_444_800_000_000, NO_TIME],
		['1764000000123000000', 1_764_000_000_123],
		['631152000000000000', Date.UTC(1990)],
		['4102444800000000000', NO_TIME],
		// No time since 1970: nothing, a spreadsheet's days, and a day and a time without separators.
		[0, NO_TIME],
		['0', NO_TIME],
		[46_349.5, NO_TIME],
		[20_261_123, NO_TIME],
		[20_261_101_101_530, NO_TIME],
		['20261101101530', NO_TIME],
		[202_611_011_015, NO_TIME],
		[1e20, NO_TIME],
		[-1, NO_TIME],
		[NaN, NO_TIME],
		[Infinity, NO_TIME],
	])('the number %p is %p', (value, expected) => {
		expect(changedAt(value)).toBe(expected);
	});

	test.each<[what: string, value: unknown, expected: number | string]>([
		['a date', new Date(NOON), NOON],
		['the date that some databases have for no time', new Date(Date.UTC(1900)), NO_TIME],
		['a date of luxon without end', { valueOf: () => Date.UTC(9999, 11, 31) }, NO_TIME],
		['what JavaScript makes of no time', new Date(0), NO_TIME],
		['the same as text', '1970-01-01T00:00:00Z', NO_TIME],
		['the same with an offset', '1970-01-01T02:00:00+02:00', NO_TIME],
		['its day', '1970-01-01', NO_TIME],
		['a date of luxon', { isLuxonDateTime: true, valueOf: () => NOON }, NOON],
		['an invalid date', new Date(NaN), NO_TIME],
		['an object', {}, NO_TIME],
		['an object with a text for its value', { valueOf: () => '2026-11-23' }, NO_TIME],
		['an object without a value', Object.create(null), NO_TIME],
		['an object with a field of that name', { valueOf: NOON }, NO_TIME],
		['a list', [NOON], NO_TIME],
		['true', true, NO_TIME],
		['a big integer', 1n, NO_TIME],
		['a function', () => NOON, NO_TIME],
	])('%s is read as what it is', (_what, value, expected) => {
		expect(changedAt(value)).toBe(expected);
	});

	test('a text without one of its parts is a problem of its own', () => {
		expect(readChangedAt(INCOMPLETE_TEXT)).toStrictEqual(
			new InvalidValue({ code: 'incomplete_text', field: 'Changed At' }),
		);
	});

	test('what it can not read is a problem without the value', () => {
		expect(readChangedAt('soon')).toStrictEqual(new InvalidValue({ code: 'not_a_time' }));
	});

	const times = fc.date({
		min: new Date('1990-01-01T00:00:00.000Z'),
		max: new Date('2099-12-31T23:59:59.999Z'),
		noInvalidDate: true,
	});

	test('every time survives being written as ISO 8601, with any offset', () => {
		fc.assert(
			fc.property(times, fc.integer({ min: -14 * 60, max: 14 * 60 }), (date, offset) => {
				const two = (number: number) => String(number).padStart(2, '0');
				const local = new Date(date.getTime() + offset * 60_000).toISOString();
				const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
				const sign = offset < 0 ? '-' : '+';
				fc.pre(local.length === 24);
				const written = local.replace('Z', `${sign}${two(hours)}:${two(minutes)}`);
				expect(changedAt(date.toISOString())).toBe(date.getTime());
				expect(changedAt(written)).toBe(date.getTime());
				expect(changedAt(date)).toBe(date.getTime());
			}),
		);
	});

	test('it never throws', () => {
		fc.assert(
			fc.property(fc.anything(), (value) => {
				const time = readChangedAt(value);
				expect(time === undefined || time instanceof InvalidValue || Number.isFinite(time)).toBe(
					true,
				);
			}),
		);
	});
});
