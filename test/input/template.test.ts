import {
	expressionsOf,
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
