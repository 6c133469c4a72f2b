import {
	checkComputed,
	isConditional,
	joinParts,
} from '../../nodes/MoEngageCohortSync/input/computedText';
import {
	ALL_PARTS_MISSING,
	INCOMPLETE_TEXT,
} from '../../nodes/MoEngageCohortSync/input/itemReader';
import { NEEDS_EXPRESSION_ENGINE } from '../../nodes/MoEngageCohortSync/input/reference';
import type { Expression, Template } from '../../nodes/MoEngageCohortSync/input/template';
import { parseTemplate } from '../../nodes/MoEngageCohortSync/input/template';

const ROUNDED = 2 ** 53;
const LONG = Number('12345678901234567891');

/** Joins the parts of a text whose expressions have these values, in their order. */
function join(text: string, ...values: unknown[]): unknown {
	const template: Template = parseTemplate(`=${text}`);
	if (template.kind !== 'composed') throw new Error('The text has no parts');
	const { parts } = template;
	const left = [...values];
	return joinParts(
		parts,
		parts.map((part) => (typeof part === 'string' ? part : left.shift())),
	);
}

describe('the parts of a text', () => {
	const COLUMN = '{{ $json.a }}';
	const COMPUTED = "{{ $json.a || '' }}";

	test.each<[text: string, values: unknown[], joined: string]>([
		[`user-${COLUMN}`, ['u1'], 'user-u1'],
		[`user-${COLUMN}`, [0], 'user-0'],
		[`user-${COLUMN}`, [-0], 'user-0'],
		[`user-${COLUMN}`, [0.5], 'user-0.5'],
		[`user-${COLUMN}`, [false], 'user-false'],
		[`user-${COLUMN}`, [ROUNDED - 1], 'user-9007199254740991'],
		[`user-${COLUMN}`, ['9007199254740993'], 'user-9007199254740993'],
		[`user-${COLUMN}`, [' x '], 'user- x '],
		[`user-${COLUMN}`, ['null-1'], 'user-null-1'],
		[`user-${COLUMN}`, ['none'], 'user-none'],
		[`${COLUMN}-${COLUMN}`, ['eu', 7], 'eu-7'],
		[`${COLUMN}${COMPUTED}`, ['eu', ''], 'eu'],
		[`${COLUMN}${COMPUTED}`, ['eu', ' '], 'eu '],
	])('%j of %j are joined', (text, values, joined) => {
		expect(join(text, ...values)).toBe(joined);
	});

	test.each([
		[undefined],
		[null],
		[NaN],
		[''],
		[' \t'],
		['NULL'],
		['undefined'],
		['NaN'],
		['nil'],
		['<nil>'],
		['\\N'],
		['#N/A'],
		[' #REF! '],
		[[]],
		[[null]],
		[['', undefined]],
		[ALL_PARTS_MISSING],
	])('%p counts as missing, alone and beside another part', (missing) => {
		expect(join(`user-${COLUMN}`, missing)).toBe(ALL_PARTS_MISSING);
		expect(join(`${COLUMN}-${COLUMN}`, 'eu', missing)).toBe(INCOMPLETE_TEXT);
		expect(join(`${COLUMN}-${COLUMN}`, missing, 'eu')).toBe(INCOMPLETE_TEXT);
		expect(join(`${COLUMN}-${COLUMN}`, missing, missing)).toBe(ALL_PARTS_MISSING);
	});

	test.each([
		"$json.a ?? ''",
		'$json.a || ""',
		'$json.a ? $json.a : ``',
		"$if($json.a, $json.a, '')",
		"$json.a.ifEmpty('')",
	])('an empty text is intended where the expression has one: %s', (expression) => {
		expect(join(`${COLUMN}-{{ ${expression} }}`, 'eu', '')).toBe('eu-');
	});

	test.each([
		'$json.a.trim()',
		"$('Source').item.json.a",
		'$input.item.json.a',
		"$json.a.replace(' ', '')",
		"$json.a.replace(/[?]/g, '')",
		"$json.a?.replaceAll('?', '')",
		"$json.a.replace('\\'?', '')",
	])('an empty text is missing where the expression has none: %s', (expression) => {
		expect(join(`${COLUMN}-{{ ${expression} }}`, 'eu', '')).toBe(INCOMPLETE_TEXT);
		expect(join(`c-{{ ${expression} }}`, ' ')).toBe(ALL_PARTS_MISSING);
	});

	test.each([
		['a list', ['EU']],
		['a date', new Date(0)],
		['an object', { id: 1 }],
		['a number that is rounded', ROUNDED],
		['what only n8n can evaluate', NEEDS_EXPRESSION_ENGINE],
	])('a part after %s is checked too', (_what, value) => {
		expect(join(`${COLUMN}-${COLUMN}`, value, undefined)).toBe(INCOMPLETE_TEXT);
		expect(join(`${COLUMN}-${COLUMN}`, undefined, value)).toBe(INCOMPLETE_TEXT);
	});

	test.each(['NULL', null, NaN, [], undefined])(
		'%p counts as missing if it is computed',
		(value) => {
			expect(join(`${COLUMN}-${COMPUTED}`, 'eu', value)).toBe(INCOMPLETE_TEXT);
		},
	);

	test('a part that is itself a text with a gap makes the whole one', () => {
		expect(join(`user-${COMPUTED}`, INCOMPLETE_TEXT)).toBe(INCOMPLETE_TEXT);
		expect(join(`${COLUMN}-${COMPUTED}`, undefined, INCOMPLETE_TEXT)).toBe(INCOMPLETE_TEXT);
	});

	test.each([[['EU']], [['EU', '']], [new Date(0)], [{ id: 1 }], [{}], [5n]])(
		'%p is left to n8n, which converts it to text in its own way',
		(value) => {
			expect(join(`user-${COLUMN}`, value)).toBe(NEEDS_EXPRESSION_ENGINE);
		},
	);

	test.each([ROUNDED, -ROUNDED, LONG, 1e21])(
		'the number %d stays what it is, so that it is refused',
		(number) => {
			expect(join(`user-${COLUMN}`, number)).toBe(number);
			expect(join(`${COLUMN}-${COLUMN}`, ['shop'], number)).toBe(number);
		},
	);
});

describe('a text that an expression computes', () => {
	const field: Expression = { text: '{{ $json.a }}', path: ['a'] };
	const check = (text: string, json: unknown, ...values: unknown[]) =>
		checkComputed(
			text,
			json,
			values.map((value) => ({ field, method: undefined, value })),
		);

	test.each<[text: string, needed: unknown[], checked: unknown]>([
		['user-', [''], ALL_PARTS_MISSING],
		['e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', [' '], ALL_PARTS_MISSING],
		['undefinedundefined', [undefined, null], ALL_PARTS_MISSING],
		['undefinedu1', [undefined, 'u1'], INCOMPLETE_TEXT],
		['eu-NULL', ['eu', 'NULL'], INCOMPLETE_TEXT],
		['user-', [[]], ALL_PARTS_MISSING],
		['eu-u1', ['eu', 'u1'], 'eu-u1'],
		['user-0', [0], 'user-0'],
		['user-false', [false], 'user-false'],
		['', [''], ''],
		[' ', ['a', undefined], ' '],
		['user-1', [], 'user-1'],
	])('%j of the fields %j, all of which it needs', (text, needed, checked) => {
		expect(check(text, {}, ...needed)).toBe(checked);
	});

	test.each<[text: string, json: object]>([
		['user-undefined', {}],
		['undefined-eu', {}],
		['null-17', { country: null, id: 17 }],
		['eu-null-17', { country: null, id: 17 }],
		['NaN-user', { id: 'x' }],
		['user/null', { id: null }],
		['null@example.com', { name: null }],
		['eu-null', { country: 'null' }],
		['eu-null', { name: 'eunull' }],
		['Shop null', { brand: 'Shop', uid: null, note: 'Phone is null' }],
		['c-null', { uid: null, tags: ['not-null'] }],
		['c-undefined', { lastError: 'record a-undefined' }],
		['Tier null', { tier: null, error: 'x: null pointer' }],
		['c-null', { a: '', b: ' ', c: 'c' }],
		['userundefined', {}],
		['undefinedu1', { uid: 'u1' }],
		['null-Fernanda', { country: null, name: 'Fernanda' }],
		['undefined-nancy@x.com', { email: 'nancy@x.com' }],
		['null-null@example.com', { first: null, mail: 'null@example.com' }],
		['eu-null', { name: 'Nullify' }],
	])('%j of %j has a gap', (text, json) => {
		expect(check(text, json)).toBe(INCOMPLETE_TEXT);
	});

	test.each<[text: string, json: object]>([
		['u1', {}],
		['nullable-1', {}],
		['null1-1', {}],
		['undefined', {}],
		['null', { uid: 'null' }],
		['phone-null-users', { name: 'Phone null users' }],
		['shop-null-users', { name: ' NULL users ' }],
		['isundefined7', { uid: 'isundefined7 ' }],
		['null@example.com', { uid: ' null@example.com' }],
		['c.null@example.com', { uid: 'c.null@example.com' }],
		['null@example.com', { user: { mails: ['NULL@example.com '] } }],
		['c-null-o@example.com', { uid: 'null-o@example.com' }],
		['c-nan-di@example.com', { uid: 'nan-di@example.com' }],
		['c-NaN-dini', { uid: 'NaN-dini' }],
		['null@example.com', { contact: 'Ann <null@example.com>' }],
		['1234567890123456', { uid: 'x' }],
		['12345678901234567891', { uid: '12345678901234567891' }],
		['9007199254740991', { uid: ROUNDED - 1 }],
		['9007199254740992', { uid: 7, total: 9e22 }],
		['9007199254740992', { uid: '9007199254740992', raw: ROUNDED }],
	])('%j of %j is what it was meant to be', (text, json) => {
		expect(check(text, json)).toBe(text);
	});

	test.each<[text: string, json: object, number: number]>([
		['9007199254740992', { uid: ROUNDED }, ROUNDED],
		['c-9007199254740992', { user: { ids: [ROUNDED] } }, ROUNDED],
		['-9007199254740992', { uid: -ROUNDED }, -ROUNDED],
		['12345678901234567000', { uid: LONG }, LONG],
		['1e+21', { uid: 1e21 }, 1e21],
		['12345678901234567168', { uid: LONG }, LONG],
		['u-9,007,199,254,740,992', { uid: ROUNDED }, ROUNDED],
		['u12345678901234567000', { uid: '12345678901234567891' }, LONG],
		['u-9007199254740992', { name: 'Ann', n: 1, uid: ROUNDED, other: '9007' }, ROUNDED],
	])('%j of %j has a number that is rounded', (text, json, number) => {
		expect(check(text, json)).toBe(number);
	});

	test.each<[method: string | undefined, value: unknown, isMissing: boolean]>([
		['includes', [], false],
		['join', [], true],
		[undefined, [], true],
		['trim', '', true],
		['includes', undefined, true],
	])('the method %p of %p: whether the field is missing: %p', (method, value, isMissing) => {
		const checked = checkComputed('c-1', {}, [{ field, method, value }]);
		expect(checked).toBe(isMissing ? ALL_PARTS_MISSING : 'c-1');
	});

	test('very long texts are no obstacle', () => {
		for (const word of [' null', 'undefined']) {
			const text = word.repeat(90_000);
			expect(check(`c-null ${text}`, { text })).toBe(INCOMPLETE_TEXT);
		}
	});

	test('data that refers to itself has an end', () => {
		const item: Record<string, unknown> = { uid: '12345678901234567891' };
		item['self'] = item;
		item['list'] = [item, item];
		expect(check('12345678901234567891', item)).toBe('12345678901234567891');
		expect(check('c-null', item)).toBe(INCOMPLETE_TEXT);
	});

	test.each<[what: string, more: unknown]>([
		['a file', Buffer.alloc(200_000)],
		['a long list', Array.from({ length: 200_000 }, (_, index) => index)],
		['lists in lists', Array.from({ length: 2_000 }, () => Array.from({ length: 2_000 }, () => 0))],
	])('%s beside it is no obstacle', (_what, more) => {
		expect(check('null@example.com', { mail: 'null@example.com', more })).toBe('null@example.com');
		expect(check('9007199254740992', { uid: ROUNDED, more })).toBe(ROUNDED);
	});

	test('the values that are nearest to the top of an item are read, 2,000 of them', () => {
		const rows = Array.from({ length: 20_000 }, (_, index) => ({ index }));
		expect(check('c-null@x', { rows, user: { mail: 'null@x' } })).toBe(INCOMPLETE_TEXT);
		expect(check('c-null@x', { rows, mail: 'null@x' })).toBe('c-null@x');
	});

	test('an item without data is no obstacle', () => {
		expect(check('user-undefined', undefined)).toBe(INCOMPLETE_TEXT);
		expect(check('9007199254740992', null)).toBe('9007199254740992');
	});
});

describe('an expression that may do without a field', () => {
	const conditional = (text: string) => isConditional({ text: `{{ ${text} }}`, path: undefined });

	test.each([
		"$json.id || ''",
		'$json.id ?? $json.other',
		'$json.id && $json.other',
		"$json.id ? $json.id : 'none'",
		'$if($json.id, $json.id, 1)',
		"$json.id.ifEmpty('x')",
		'$json.ids.filter((id) => id.length)',
		"$json.ids.find ((id) => id.startsWith('a'))",
		'$json.ids.findLast((id) => id.length)',
		'$json.ids.compact()',
		'$json.ids.filter?.(Boolean)',
		"$json.ids.find?.((id) => id.startsWith('a'))",
		'$json.id.length > 3',
		'$json.a[$json.key]',
	])('has a condition: %s', (text) => {
		expect(conditional(text)).toBe(true);
	});

	test.each([
		"'c-' + $json.finder_id",
		"'c-' + $json.filtered",
		"'c-' + $json['find']",
		"$json.compact + '-eu'",
		"$json.find.trim() + '-eu'",
		"$json.id?.trim() + '-eu'",
		"$json.id.concat('-a=b')",
	])('has none: %s', (text) => {
		expect(conditional(text)).toBe(false);
	});
});
