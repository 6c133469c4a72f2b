import fc from 'fast-check';
import {
	NEEDS_EXPRESSION_ENGINE,
	parseReference,
	readPath,
} from '../../nodes/MoEngageCohortSync/input/reference';
import { readMember } from '../../nodes/MoEngageCohortSync/plan/member';
import { evaluatedByN8n } from '../support/expressions';
import { randomRuns } from '../support/randomRuns';

describe('a plain reference', () => {
	test.each([
		['={{ $json.uid }}', ['uid']],
		['={{$json.uid}}', ['uid']],
		['={{\n\t$json.user.id \u00a0}}', ['user', 'id']],
		['={{ $json["a b"] }}', ['a b']],
		["={{ $json['User ID (main)'] }}", ['User ID (main)']],
		['={{ $json["it\'s"] }}', ["it's"]],
		['={{ $json[ "id" ].$oid }}', ['id', '$oid']],
		['={{ $json[""] }}', ['']],
		['={{ $json.list[0].id }}', ['list', 0, 'id']],
		['={{ $json.list[ 12 ] }}', ['list', 12]],
		['={{ $json.list["0"] }}', ['list', '0']],
		['={{ $json?.user?.id }}', ['user', 'id']],
		['={{ $json.user?.["id"]?.[0] }}', ['user', 'id', 0]],
		['={{ $json["名前"] }}', ['名前']],
	])('%j is read straight from the item', (text, path) => {
		expect(parseReference(text)).toEqual(path);
	});

	test.each([
		['a fixed text', 'uid'],
		['no expression', '{{ $json.uid }}'],
		['an empty text', ''],
		['an empty expression', '={{ }}'],
		['the whole item', '={{ $json }}'],
		['another root', '={{ $input.item.json.uid }}'],
		['another root of the same name', '={{ $node.json.uid }}'],
		['a name that starts like the root', '={{ $jsonata.uid }}'],
		['an upper-case root', '={{ $JSON.uid }}'],
		['two expressions', '={{ $json.a }}{{ $json.b }}'],
		['text before', '=user-{{ $json.uid }}'],
		['a blank before', '= {{ $json.uid }}'],
		['text after', '={{ $json.uid }}-user'],
		['a blank after', '={{ $json.uid }} '],
		['a line break after', '={{ $json.uid }}\n'],
		['three braces', '={{{ $json.uid }}}'],
		['no closing braces', '={{ $json.uid'],
		['a function call', '={{ $json.uid.trim() }}'],
		['a function call in the middle', '={{ $json.a.b().c }}'],
		['a call of the item', '={{ $json("uid") }}'],
		['an optional call', '={{ $json.a?.() }}'],
		['an operator', '={{ $json.a || $json.b }}'],
		['a comparison', '={{ $json.a == 1 }}'],
		['a comma', '={{ $json.a, $json.b }}'],
		['a negation', '={{ !$json.a }}'],
		['parentheses', '={{ ($json.a) }}'],
		['a trailing semicolon', '={{ $json.uid; }}'],
		['a comment', '={{ $json.uid /* the user */ }}'],
		['a line comment', '={{ $json.uid // the user\n}}'],
		['a trailing period', '={{ $json.uid. }}'],
		['two periods', '={{ $json..uid }}'],
		['a period before a bracket', '={{ $json.["uid"] }}'],
		['a blank before a step', '={{ $json .uid }}'],
		['a line break between steps', '={{ $json.user\n.id }}'],
		['a step that starts with a digit', '={{ $json.list.0 }}'],
		['a hyphen', '={{ $json.user-id }}'],
		['a letter outside of ASCII', '={{ $json.名前 }}'],
		['an escape in a name', '={{ $json.u\\u0069d }}'],
		['an escape in quotes', '={{ $json["a\\"b"] }}'],
		['an escape in single quotes', "={{ $json['a\\u0062'] }}"],
		['a line break in quotes', '={{ $json["a\nb"] }}'],
		['a line separator in quotes', '={{ $json["a\u2028b"] }}'],
		['a closing bracket in quotes', '={{ $json["a]"] }}'],
		['closing braces in quotes', '={{ $json["a}}b"] }}'],
		['quotes that do not match', '={{ $json["a\'] }}'],
		['two texts in a bracket', '={{ $json["a" + "b"] }}'],
		['a template literal', '={{ $json[`uid`] }}'],
		['a variable as index', '={{ $json.list[$itemIndex] }}'],
		['an empty bracket', '={{ $json.list[] }}'],
		['a negative index', '={{ $json.list[-1] }}'],
		['a fraction as index', '={{ $json.list[0.5] }}'],
		['an octal index', '={{ $json.list[01] }}'],
		['a hexadecimal index', '={{ $json.list[0x1] }}'],
		['an exponent as index', '={{ $json.list[1e1] }}'],
		['an index with a separator', '={{ $json.list[1_0] }}'],
		['an index beyond a list', '={{ $json.list[4294967296] }}'],
		['the constructor', '={{ $json.constructor }}'],
		['a name that starts like the constructor', '={{ $json.constructorId }}'],
		['a quoted name that n8n takes for the constructor', '={{ $json["x. constructor"] }}'],
		['the prototype', '={{ $json.__proto__ }}'],
		['the prototype in quotes', '={{ $json["__proto__"] }}'],
		['a method of all objects', '={{ $json.toString }}'],
		['a name that n8n refuses', '={{ $json.caller }}'],
		['a lone dollar sign', '={{ $json.$.id }}'],
		['the global object as a name', '={{ $json.globalThis }}'],
		['another expression before it', '=a ={{ $json.uid }}'],
	])('is not what has %s', (_what, text) => {
		expect(parseReference(text)).toBeUndefined();
	});
});

describe('reading a plain reference', () => {
	test.each([
		['a field that is not there', {}, '={{ $json.uid }}'],
		['a field of nothing', { user: null }, '={{ $json.user.id }}'],
		['a field of a field that is not there', {}, '={{ $json.user.id.text }}'],
		['a field of a number', { user: 5 }, '={{ $json.user.id }}'],
		['a position behind the end of a list', { list: [1] }, '={{ $json.list[1] }}'],
		['a position behind the end of a text', { uid: 'u1' }, '={{ $json.uid[2] }}'],
	])('gives nothing for %s', (_what, json, text) => {
		expect(readPath(json, parseReference(text) ?? [])).toBeUndefined();
		expect(evaluatedByN8n(text, [json])(0)).toBeUndefined();
	});

	class Own {
		id = 'u1';
	}
	test.each([
		['the length of a text', { uid: 'u1' }, '={{ $json.uid.length }}'],
		['a letter of a text', { uid: 'u1' }, '={{ $json.uid[0] }}'],
		['a method of a text', { uid: 'u1' }, '={{ $json.uid.trim }}'],
		['a method of a list', { list: [1] }, '={{ $json.list.map }}'],
		['a date', { at: new Date(0) }, '={{ $json.at }}'],
		['a field of an object of a class', { user: new Own() }, '={{ $json.user.id }}'],
		['an object of a class', { user: new Own() }, '={{ $json.user }}'],
		['a function', { id: () => 'u1' }, '={{ $json.id }}'],
		['a symbol', { id: Symbol('u1') }, '={{ $json.id }}'],
		['a big integer', { id: 5n }, '={{ $json.id }}'],
	])('leaves %s to n8n', (_what, json, text) => {
		expect(readPath(json, parseReference(text) ?? [])).toBe(NEEDS_EXPRESSION_ENGINE);
	});

	test('gives what n8n itself gives, and so the same member', () => {
		const seen = (value: unknown) => [
			fc.stringify(value),
			readMember(value, undefined),
			readMember('u1', value),
		];
		let compared = 0;
		const check = ({ items, text }: { items: unknown[]; text: string }) => {
			const path = parseReference(text);
			if (path === undefined) return;
			const byN8n = evaluatedByN8n(text, items);
			items.forEach((json, item) => {
				const value = readPath(json, path);
				if (value === NEEDS_EXPRESSION_ENGINE) return;
				compared++;
				const expected = byN8n(item);
				expect(seen(value)).toEqual(seen(expected));
			});
		};
		const parameters = randomRuns(300);
		fc.assert(fc.property(itemsAndReference(), check), parameters);
		expect(compared).toBeGreaterThan(2.5 * parameters.numRuns);
	});
});

/** Keys of all sorts, those that a sandbox, a parser or an object itself may trip over in the first place. */
function key(): fc.Arbitrary<string> {
	const plain = ['uid', 'user', 'id', 'list', 'anonymous_id', '$oid', '_id'];
	const odd = [
		...[
			'a b',
			'a.b',
			'a-b',
			"it's",
			'say "x"',
			'a\\b',
			'a]b',
			'[0]',
			'a}}b',
			'a{{b',
			'a}b',
			'',
			' ',
		],
		...['0', '1', '2', '00', '-1', '1e3', '0.5', 'NaN', 'null', 'undefined', 'true'],
		...['__proto__', 'constructor', 'prototype', 'constructorId', 'x. constructor', 'toString'],
		...['valueOf', 'hasOwnProperty', 'length', 'map', 'toJSON', 'then', 'caller', 'arguments'],
		...[
			'class',
			'this',
			'process',
			'global',
			'globalThis',
			'require',
			'$',
			'$json',
			'json',
			'item',
		],
		...['extend', 'isEmpty', 'x.first(', '__sanitize', '___n8n_data', '/*', '//', ';', '`', '${a}'],
		...['名前', 'ключ', '😀', 'e\u0301', '\ud83d', '\u0000', '\n', '\u2028', '\u00a0', '\ufeff'],
	];
	return fc.oneof(
		{ weight: 3, arbitrary: fc.constantFrom(...plain) },
		{ weight: 3, arbitrary: fc.constantFrom(...odd) },
		{ weight: 1, arbitrary: fc.string({ maxLength: 4 }) },
		{ weight: 1, arbitrary: fc.string({ maxLength: 4, unit: 'binary' }) },
	);
}

/** JSON as text, so that `__proto__` becomes a field like any other. */
function jsonText(): fc.Arbitrary<string> {
	const odd = ['null', ' u1 ', '={{ 1 }}', '=x', '{{ $json.uid }}', '2026-01-01T00:00:00.000Z', ''];
	const { object } = fc.letrec<{ value: string; object: string; list: string }>((tie) => ({
		value: fc.oneof(
			{ depthSize: 'medium' },
			fc.constantFrom('null', 'true', 'false', '0', '-0', '1e21', '9007199254740993', '0.1'),
			fc.oneof(fc.constantFrom(...odd), fc.string({ unit: 'binary' })).map((text) => json(text)),
			fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })).map(json),
			tie('object'),
			tie('list'),
		),
		list: fc.array(tie('value'), { maxLength: 3 }).map((values) => `[${values.join()}]`),
		object: fc
			.array(fc.tuple(key(), tie('value')), { minLength: 1, maxLength: 4 })
			.map((fields) => `{${fields.map(([name, value]) => `${json(name)}:${value}`).join()}}`),
	}));
	return object;
}

/** Items, and a reference that leads to something in the first of them, or beside it. */
function itemsAndReference(): fc.Arbitrary<{ items: unknown[]; text: string }> {
	const step = fc.record({
		choice: fc.nat(3),
		wrong: fc.option(key(), { freq: 6 }),
		spelling: fc.constantFrom('dot', '"', "'", 'number', 'escaped'),
		optional: fc.boolean(),
		blank: fc.constantFrom('', '', '', ' '),
	});
	return fc
		.record({
			texts: fc.array(jsonText(), { minLength: 4, maxLength: 8 }),
			steps: fc.array(step, { minLength: 1, maxLength: 4 }),
			before: fc.constantFrom('', ' ', '\n\t', '\u00a0'),
			after: fc.constantFrom('', ' ', '\r\n'),
		})
		.map(({ texts, steps, before, after }) => {
			const items = texts.map((text): unknown => JSON.parse(text));
			let here = items[0];
			let reference = '$json';
			for (const { choice, wrong, spelling, optional, blank } of steps) {
				const names = typeof here === 'object' && here !== null ? Object.keys(here) : [];
				const name = wrong ?? names[choice % names.length] ?? 'id';
				reference += spell(name, spelling, optional, blank);
				here = Object.hasOwn(Object(here), name) ? Reflect.get(Object(here), name) : undefined;
			}
			return { items, text: `={{${before}${reference}${after}}}` };
		});
}

/** A step of a reference, in the wanted spelling where the name can be spelled so. */
function spell(name: string, spelling: string, optional: boolean, blank: string): string {
	if (spelling === 'dot' && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) {
		return `${optional ? '?' : ''}.${name}`;
	}
	const inside =
		/^\d+$/.test(name) && (spelling === 'number' || spelling === 'dot')
			? name
			: spelling === 'escaped'
				? json(name)
				: quote(name, spelling === "'" ? "'" : '"');
	return `${optional ? '?.' : ''}[${blank}${inside}${blank}]`;
}

function quote(name: string, mark: string): string {
	return `${mark}${name.replaceAll('\\', '\\\\').replaceAll(mark, `\\${mark}`)}${mark}`;
}

function json(value: unknown): string {
	return JSON.stringify(value);
}
