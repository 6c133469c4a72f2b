import fc from 'fast-check';
import {
	hasInvisible,
	memberBytes,
	memberJson,
	readIdentifier,
	readMember,
	Unusable,
} from '../../nodes/MoEngageCohortSync/plan/member';

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

	const notWhole = /^'User ID' is a number that can't be an identifier: use a whole number below/;
	test.each<[what: string, value: unknown, reason: RegExp]>([
		[
			'the text null',
			'null',
			/^'User ID' holds the text "null", which a program wrote where it had nothing\.$/,
		],
		['the text undefined', 'undefined', /holds the text "undefined"/],
		['the text NaN', 'NaN', /holds the text "NaN"/],
		['the text null with blanks around it', ' null\n', /holds the text "null"/],
		['NaN', NaN, notWhole],
		['infinity', Infinity, notWhole],
		['negative infinity', -Infinity, notWhole],
		['a fraction', 0.5, notWhole],
		['the first number that is not safe', 2 ** 53, notWhole],
		['a number that is not safe', -(2 ** 53) - 2, notWhole],
		['a number with an exponent', 1e21, notWhole],
		['the largest number', Number.MAX_VALUE, notWhole],
		['a big integer', 5n, /^'User ID' is a bigint, not a text or a whole number\.$/],
		['true', true, /^'User ID' is true or false, not/],
		['false', false, /^'User ID' is true or false, not/],
		['an object', { id: 'u1' }, /^'User ID' is an object, not/],
		['an object that can be a text', { toString: () => 'u1' }, /is an object/],
		['a text object', Object('u1'), /is an object/],
		['a date', new Date(0), /is an object/],
		['a list', ['u1'], /^'User ID' is a list, not/],
		['an empty list', [], /is a list/],
		['a function', () => 'u1', /is a function/],
		['a symbol', Symbol('u1'), /is a symbol/],
	])('can not be %s', (_what, value, reason) => {
		const read = readIdentifier(value, 'User ID');
		expect(read).toBeInstanceOf(Unusable);
		expect(read).toHaveProperty('reason', expect.stringMatching(reason));
	});

	test('is refused without a word of the value itself', () => {
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
				expect(read).toBeInstanceOf(Unusable);
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
				fc.pre(!(read instanceof Unusable));
				expect(read ?? '').toBe(text.trim());
			}),
		);
	});
});

describe('a member', () => {
	test.each<[what: string, userId: unknown, anonymousId: unknown, member: object]>([
		['a user ID', ' u1 ', undefined, { uid: 'u1' }],
		['an anonymous ID', null, 'a1', { anonymous_id: 'a1' }],
		['both', 'u1', 'a1', { uid: 'u1', anonymous_id: 'a1' }],
		['two numbers', 1, 2, { uid: '1', anonymous_id: '2' }],
		['a good user ID and a bad anonymous ID', 'u1', {}, { uid: 'u1', isHalfRead: true }],
		['a bad user ID and a good anonymous ID', 1.5, 'a1', { anonymous_id: 'a1', isHalfRead: true }],
		['a user ID of a program that had none', 'null', 'a1', { anonymous_id: 'a1' }],
		['a user ID beside blanks', 'u1', '  ', { uid: 'u1' }],
	])('is made of %s', (_what, userId, anonymousId, member) => {
		expect(readMember(userId, anonymousId)).toEqual(member);
	});

	test.each([
		['nothing', undefined, null, "Both 'User ID' and 'Anonymous ID' are empty."],
		['blanks', ' ', '\u00a0', "Both 'User ID' and 'Anonymous ID' are empty."],
		['a bad user ID only', true, '', "'User ID' is true or false, not a text or a whole number."],
		[
			'a bad anonymous ID only',
			undefined,
			[],
			"'Anonymous ID' is a list, not a text or a whole number.",
		],
		['two bad ones', NaN, {}, expect.stringContaining("'User ID' is a number")],
	])('is not made of %s', (_what, userId, anonymousId, reason) => {
		const member = readMember(userId, anonymousId);
		expect(member).toBeInstanceOf(Unusable);
		expect(member).toHaveProperty('reason', reason);
	});

	test('stands in the request with all its identifiers and nothing else', () => {
		const identifier = fc.oneof(
			fc.string({ minLength: 1, unit: 'binary' }),
			// Whatever JSON or UTF-8 write with more than one byte, and its neighbours that they don't.
			fc.string({
				minLength: 1,
				unit: fc.constantFrom(...' !"#/[\\]~\u007f\u0080\u001f\n\u07ff\u0800\ud800\udc00'),
			}),
		);
		const some = fc.oneof(
			fc.record({ uid: identifier, anonymous_id: fc.constant(undefined) }),
			fc.record({ uid: fc.constant(undefined), anonymous_id: identifier }),
			fc.record({ uid: identifier, anonymous_id: identifier }),
		);
		fc.assert(
			fc.property(some, (member) => {
				expect(memberJson(member)).toBe(JSON.stringify(member));
				expect(memberBytes(member)).toBe(Buffer.byteLength(JSON.stringify(member)));
			}),
		);
	});
});

test.each([
	[{ uid: 'u1', anonymous_id: 'a1' }, false],
	[{ uid: 'Ünï çødé @-_.+/=:', anonymous_id: '日本 👍🏽' }, false],
	[{ uid: 'u\u200b1', anonymous_id: undefined }, true],
	[{ uid: undefined, anonymous_id: 'a\u20601' }, true],
	[{ uid: 'u\u00ad1', anonymous_id: 'a1' }, true],
	[{ uid: 'u1', anonymous_id: 'a\t1' }, true],
	[{ uid: 'u\u202e1', anonymous_id: undefined }, true],
])('%j has something in it that nobody sees: %s', (member, expected) => {
	expect(hasInvisible(member)).toBe(expected);
});
