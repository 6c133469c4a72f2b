import {
	expressionsOf,
	fieldsIn,
	isOtherColumn,
	literalText,
	parseTemplate,
} from '../../nodes/MoEngageCohortSync/input/template';

describe('the text of a parameter', () => {
	test.each([
		['uid', 'uid'],
		['', ''],
		['=uid', 'uid'],
		['{{ $json.uid }}', '{{ $json.uid }}'],
		['=', ''],
	])('%j is fixed', (raw, text) => {
		expect(parseTemplate(raw)).toEqual({ kind: 'fixed', text });
	});

	test.each([
		['={{ $json.uid }}', '{{ $json.uid }}', ['uid']],
		['= {{ $json.uid }}', '{{ $json.uid }}', ['uid']],
		['={{ $json.uid }}\n', '{{ $json.uid }}', ['uid']],
		['=\t{{$json.a.b}} \u00a0', '{{$json.a.b}}', ['a', 'b']],
		['={{ $json.uid.trim() }}', '{{ $json.uid.trim() }}', undefined],
		['={{ "\\{{" }}', '{{ "\\{{" }}', undefined],
	])('%j is one expression', (raw, text, path) => {
		expect(parseTemplate(raw)).toEqual({ kind: 'expression', expression: { text, path } });
	});

	test('with texts and expressions is composed of them', () => {
		expect(parseTemplate('=user-{{ $json.id }}{{ $json.a + 1 }}, {{ 1 }}')).toEqual({
			kind: 'composed',
			parts: [
				'user-',
				{ text: '{{ $json.id }}', path: ['id'] },
				{ text: '{{ $json.a + 1 }}', path: undefined },
				', ',
				{ text: '{{ 1 }}', path: undefined },
			],
		});
	});

	test.each([
		['={{ $json.id }} }}', ['{{ $json.id }}', ' }}']],
		['={{ $json.id }} {{ $json', ['{{ $json.id }}', ' {{ $json']],
		['={{ $json.id', ['{{ $json.id']],
		['=a{{ $json.id }}}}', ['a', '{{ $json.id }}', '}}']],
	])('%j has braces that are no expression', (raw, texts) => {
		const template = parseTemplate(raw);
		expect(template.kind === 'composed' ? template.parts : []).toEqual(
			texts.map((text) => (text === '{{ $json.id }}' ? { text, path: ['id'] } : text)),
		);
	});

	test.each([
		['uid', 'uid', []],
		['=uid', 'uid', []],
		['={{ $json.id', '{{ $json.id', []],
		['={{ $json.uid }}', '', ['{{ $json.uid }}']],
		['=a{{ $json.id }}b{{ 1 }}', 'a b', ['{{ $json.id }}', '{{ 1 }}']],
	])('%j: its text and its expressions', (raw, text, expressions) => {
		const template = parseTemplate(raw);
		expect(literalText(template)).toBe(text);
		expect(expressionsOf(template).map((expression) => expression.text)).toStrictEqual(expressions);
	});
});

test.each([
	["{{ $('Source').item.json.uid }}", true],
	["{{ $('Get row(s)').item.json['the id'] }}", true],
	['{{ $input.item.json.uid }}', true],
	["{{ $('Source').first().json.user.id }}", true],
	['{{ $("Get row(s)").all()[0].json.uid }}', true],
	['{{ $(`Get row(s)`).last().json.uid }}', true],
	["{{ 'c-' + $('Source').item.json.uid }}", false],
	["{{ $('Source').item.json.uid.trim() }}", false],
	["{{ $('Source').item.json }}", false],
	['{{ $json.uid }}', false],
])('whether %j is a column of another node: %p', (text, isOther) => {
	expect(isOtherColumn({ text, path: undefined })).toBe(isOther);
});

test.each<[text: string, uses: Array<[field: string, method?: string]>]>([
	["{{ 'a-' + $json.id }}", [['{{ $json.id }}']]],
	['{{ `${$json.a.b}-${$json["the id"]}` }}', [['{{ $json.a.b }}'], ['{{ $json["the id"] }}']]],
	['{{ $json.mail.trim() }}', [['{{ $json.mail }}', 'trim']]],
	['{{ $json.user?.mail?.trim().toLowerCase() }}', [['{{ $json.user?.mail }}', 'trim']]],
	["{{ $json['mail'].split('@')[0] }}", [["{{ $json['mail'] }}", 'split']]],
	['{{ $json.mail.trim () }}', [['{{ $json.mail }}', 'trim']]],
	['{{ $json.mail?.trim?.() }}', [['{{ $json.mail }}', 'trim']]],
	['{{ $json.json }}', [['{{ $json.json }}']]],
	['{{ String($json.ids[0]) }}', [['{{ $json.ids[0] }}']]],
	["{{ 'a' + $('Source').item.json.id }}", [["{{ $('Source').item.json.id }}"]]],
	['{{ $input.first().json.id.trim() }}', [['{{ $input.first().json.id }}', 'trim']]],
	['{{ $json.keys() }}', []],
	['{{ JSON.stringify($json) }}', []],
	['{{ $json[$json.key] }}', [['{{ $json.key }}']]],
	['{{ $now.toISO() }}', []],
])('the fields that %j reads', (text, uses) => {
	const found = fieldsIn({ text, path: undefined });
	expect(found.map(({ field, method }) => [field.text, method])).toEqual(
		uses.map(([field, method]) => [field, method]),
	);
});
