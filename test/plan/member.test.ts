import fc from 'fast-check';
import {
	ALL_PARTS_MISSING,
	INCOMPLETE_TEXT,
} from '../../nodes/MoEngageCohortSync/input/itemReader';
import type { ItemProblem } from '../../nodes/MoEngageCohortSync/model/problem';
import {
	InvalidValue,
	readIdentifier,
	readMember,
	readText,
} from '../../nodes/MoEngageCohortSync/plan/member';

const unsafeNumber = (isRounded: boolean): ItemProblem => ({
	code: 'unsafe_number',
	field: 'User ID',
	isRounded,
});
const wrongType = (type: string): ItemProblem => ({ code: 'wrong_type', field: 'User ID', type });

test.each<[text: string, isUsable: boolean]>([
	['1.23457E+15', false],
	['1,23457e+15', false],
	['1E+15', false],
	['12E+15', true],
	['1.5E-15', true],
	['1e15', true],
	['1.5E+1', true],
	['x1.5E+15', true],
	['1.5E+15x', true],
])('%j as a User ID is used: %p', (text, isUsable) => {
	expect(readMember(text, undefined)).toMatchObject(
		isUsable ? { uid: text } : { problem: unsafeNumber(true) },
	);
});

describe('an identifier', () => {
	test.each<[what: string, value: unknown, identifier: string]>([
		['a text', 'u1', 'u1'],
		['a text with white space around it', ' \tu 1\r\n', 'u 1'],
		['a text with white space of other scripts around it', '\u00a0\u3000u1\u2003\ufeff', 'u1'],
		['a text that looks like a number', '007', '007'],
		['a text that looks like a large number', '9007199254740993', '9007199254740993'],
		['a text that says false', 'false', 'false'],
		['a text that starts like an expression', '={{ 1 }}', '={{ 1 }}'],
		['a text of one letter that is not there', '\u200b', '\u200b'],
		['half of a surrogate pair', '\ud83d', '\ud83d'],
		['an upper-case NULL', 'NULL', 'NULL'],
		['a capitalised Null', 'Null', 'Null'],
		['a lower-case nan', 'nan', 'nan'],
		['a text that holds null among others', 'null-1', 'null-1'],
		['zero', 0, '0'],
		['negative zero', -0, '0'],
		['a number', 42, '42'],
		['a negative number', -42, '-42'],
		['the largest safe number', 2 ** 53 - 1, '9007199254740991'],
		['the smallest safe number', 1 - 2 ** 53, '-9007199254740991'],
	])('can be %s', (_what, value, identifier) => {
		expect(readIdentifier(value, 'User ID')).toBe(identifier);
	});

	test.each([
		['undefined', undefined],
		['null', null],
		['an empty text', ''],
		['blanks', ' \t\r\n'],
		['blanks of other scripts', '\u00a0\u3000\ufeff'],
	])('is missing where there is %s', (_what, value) => {
		expect(readIdentifier(value, 'User ID')).toBeUndefined();
	});

	test.each<[what: string, value: unknown, problem: ItemProblem]>([
		[
			'what JavaScript writes for an object',
			'[object Object]',
			{ code: 'object_in_text', field: 'User ID' },
		],
		[
			'a text with an object in it',
			'u-[object Object]',
			{ code: 'object_in_text', field: 'User ID' },
		],
		[
			'a text without one of its parts',
			INCOMPLETE_TEXT,
			{ code: 'incomplete_text', field: 'User ID' },
		],
		[
			'a text without any of its parts',
			ALL_PARTS_MISSING,
			{ code: 'incomplete_text', field: 'User ID' },
		],
		['NaN', NaN, unsafeNumber(false)],
		['infinity', Infinity, unsafeNumber(true)],
		['negative infinity', -Infinity, unsafeNumber(true)],
		['a fraction', 0.5, unsafeNumber(false)],
		['the first number that is not safe', 2 ** 53, unsafeNumber(true)],
		['a number that is not safe', -(2 ** 53) - 2, unsafeNumber(true)],
		['a number with an exponent', 1e21, unsafeNumber(true)],
		['the largest number', Number.MAX_VALUE, unsafeNumber(true)],
		['a big integer', 5n, wrongType('bigint')],
		['true', true, wrongType('boolean')],
		['false', false, wrongType('boolean')],
		['an object', { id: 'u1' }, wrongType('object')],
		['an object that can be a text', { toString: () => 'u1' }, wrongType('object')],
		['a text object', Object('u1'), wrongType('object')],
		['a date', new Date(0), wrongType('object')],
		['a list', ['u1'], wrongType('array')],
		['an empty list', [], wrongType('array')],
		['a function', () => 'u1', wrongType('function')],
		['a symbol', Symbol('u1'), wrongType('symbol')],
	])('can not be %s', (_what, value, problem) => {
		expect(readIdentifier(value, 'User ID')).toStrictEqual(new InvalidValue(problem));
	});

	test('is refused without any part of the value itself', () => {
		const value = fc.oneof(
			fc.uuid().map((secret) => ({ secret })),
			fc.uuid().map((secret) => [secret]),
			fc.uuid().map((secret) => Symbol(secret)),
			fc.bigInt({ min: 10n ** 20n }),
			fc.double({ min: 1e-300, max: 1e-100 }),
			fc.double({ min: 1e22, max: 1e300 }),
		);
		fc.assert(
			fc.property(value, (unusable) => {
				const read = readIdentifier(unusable, 'User ID');
				const words = JSON.stringify(read);
				expect(read).toBeInstanceOf(InvalidValue);
				for (const part of /[\da-f]{8,}|[\d.]{5,}/.exec(fc.stringify(unusable)) ?? []) {
					expect(words).not.toContain(part);
				}
			}),
		);
	});

	test('that is a text is never changed but for the white space around it', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary' }), (text) => {
				const read = readIdentifier(text, 'User ID');
				expect(read ?? '').toBe(text.trim());
			}),
		);
	});
});

test.each([
	...['null', 'undefined', 'NaN', ' null\n', 'NULL', 'nan', 'nil', '<nil>', '\\N', '#N/A', '#REF!'],
])('a text about a cohort can not be %j', (value) => {
	expect(readText(value, 'Partner')).toStrictEqual(
		new InvalidValue({ code: 'placeholder', field: 'Partner', text: value.trim() }),
	);
});

test.each([
	'None',
	'N/A',
	'(empty)',
	'unknown',
	'guest',
	'0',
	'1',
	'true',
	'id',
	'Nonesuch',
	'NULL 1',
	'["a"]',
])('a text about a cohort can be %j, which a user ID can not always be', (value) => {
	expect(readText(value, 'Cohort Name')).toBe(value);
});

describe('a member', () => {
	test.each<[what: string, userId: unknown, anonymousId: unknown, member: object]>([
		['a user ID', ' u1 ', undefined, { uid: 'u1' }],
		['an anonymous ID', null, 'a1', { anonymous_id: 'a1' }],
		['both', 'u1', 'a1', { uid: 'u1', anonymous_id: 'a1' }],
		['two numbers', 7, 8, { uid: '7', anonymous_id: '8' }],
		[
			'a good user ID and a bad anonymous ID',
			'u1',
			{},
			{ uid: 'u1', unusable: { code: 'wrong_type', field: 'Anonymous ID', type: 'object' } },
		],
		[
			'a bad user ID and a good anonymous ID',
			1.5,
			'a1',
			{ anonymous_id: 'a1', unusable: unsafeNumber(false) },
		],
		[
			'a text without one of its parts, and a good anonymous ID',
			INCOMPLETE_TEXT,
			'a1',
			{ anonymous_id: 'a1', unusable: { code: 'incomplete_text', field: 'User ID' } },
		],
		[
			'a text without any of its parts, and a good one',
			ALL_PARTS_MISSING,
			'a1',
			{ anonymous_id: 'a1' },
		],
		['a good user ID, and a text without any of its parts', 'u1', ALL_PARTS_MISSING, { uid: 'u1' }],
		['a text in brackets that is no JSON', '[a]', '{b}', { uid: '[a]', anonymous_id: '{b}' }],
		['a text of which a part is JSON', '["a"]-1', '1 {}', { uid: '["a"]-1', anonymous_id: '1 {}' }],
		[
			'a user ID of a program that had none',
			'NULL',
			'a1',
			{ anonymous_id: 'a1', placeholders: ['NULL'] },
		],
		['a number beside an anonymous ID', 1, 'a1', { anonymous_id: 'a1', placeholders: ['1'] }],
		['a device ID of zeros', 'u1', '0-0', { uid: 'u1', placeholders: ['0-0'] }],
		['a number alone', 2, '', { uid: '2', placeholders: ['2'], isDoubtful: true }],
		[
			'a number beside another placeholder',
			0,
			'\\N',
			{ uid: '0', placeholders: ['0', '\\N'], isDoubtful: true },
		],
		[
			'a number as anonymous ID alone',
			'guest',
			'-1',
			{ anonymous_id: '-1', placeholders: ['guest', '-1'], isDoubtful: true },
		],
		['a user ID beside blanks', 'u1', '  ', { uid: 'u1' }],
	])('is made of %s', (_what, userId, anonymousId, member) => {
		expect(readMember(userId, anonymousId)).toStrictEqual({
			uid: undefined,
			anonymous_id: undefined,
			unusable: undefined,
			placeholders: [],
			isDoubtful: false,
			...member,
		});
	});

	test.each<[what: string, userId: unknown, anonymousId: unknown, problem: ItemProblem]>([
		['nothing', undefined, null, { code: 'no_identifier' }],
		['blanks', ' ', '\u00a0', { code: 'no_identifier' }],
		['a bad user ID only', true, '', wrongType('boolean')],
		[
			'a bad anonymous ID only',
			undefined,
			[],
			{ code: 'wrong_type', field: 'Anonymous ID', type: 'array' },
		],
		['two bad ones', NaN, {}, unsafeNumber(false)],
		['a bad one and a placeholder', NaN, 'guest', unsafeNumber(false)],
		['a list as text', ' ["u1","u2"]\n', '', { code: 'json_text', field: 'User ID' }],
		['an empty list as text', '[]', null, { code: 'json_text', field: 'User ID' }],
		[
			'an object as text, in several lines',
			undefined,
			'{\n  "id": "u1"\n}',
			{ code: 'json_text', field: 'Anonymous ID' },
		],
		['a placeholder', 'Guest', '', { code: 'placeholder_id', field: 'User ID', text: 'Guest' }],
		[
			'a placeholder as anonymous ID',
			undefined,
			'#N/A',
			{ code: 'placeholder_id', field: 'Anonymous ID', text: '#N/A' },
		],
		[
			'zeros',
			'00000000-0000-0000-0000-000000000000',
			null,
			{
				code: 'placeholder_id',
				field: 'User ID',
				text: '00000000-0000-0000-0000-000000000000',
			},
		],
	])('is not made of %s', (_what, userId, anonymousId, problem) => {
		expect(readMember(userId, anonymousId)).toStrictEqual(new InvalidValue(problem));
	});
});
