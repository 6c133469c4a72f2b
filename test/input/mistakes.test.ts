import {
	additionToColumn,
	isSameForAllItems,
	missingExpression,
} from '../../nodes/MoEngageCohortSync/input/mistakes';
import { parseTemplate } from '../../nodes/MoEngageCohortSync/input/template';

test.each([
	['{{ $json.uid }}', 'fixed'],
	['$json.uid', 'no_braces'],
	['=$json?.uid', 'no_braces'],
	['=$json["uid"]', 'no_braces'],
	["$('Webhook').item.json.uid", 'reference_without_braces'],
	['=$("Webhook").first().json.uid', 'reference_without_braces'],
	['=$input.item.json.uid', 'reference_without_braces'],
	['$node["Webhook"].json.uid', 'reference_without_braces'],
	['=$vars.cohort', 'reference_without_braces'],
	["$fromAI('user_id')", 'reference_without_braces'],
	["=$fromAI ('user_id', 'the ID')", 'reference_without_braces'],
	['$execution.id', 'reference_without_braces'],
	['=$workflow.id', 'reference_without_braces'],
	['$env.COHORT', 'reference_without_braces'],
	['$env["COHORT"]', 'reference_without_braces'],
	['$secrets.vault.key', 'reference_without_braces'],
	['$now.toISO()', 'reference_without_braces'],
	['$today.toISO()', 'reference_without_braces'],
	['=$parameter.userId', 'reference_without_braces'],
	['$prevNode.name', 'reference_without_braces'],
	['$binary.data', 'reference_without_braces'],
	["$items('Webhook')[0].json.uid", 'reference_without_braces'],
	['={{ $json.a }} $json.uid', 'no_braces'],
	['=={{ $json.uid }}', 'two_equals_signs'],
	['uid', undefined],
	['json.uid', undefined],
	['a = {b}', undefined],
	['$jsonata', undefined],
	['US$ (all)', undefined],
	['$items', undefined],
	['$environment.id', undefined],
	['$now', undefined],
	['fromAI(uid)', undefined],
	['US$("all")', 'reference_without_braces'],
	['={{ "$json.uid" }}', undefined],
	['=a={{ $json.uid }}', undefined],
])('whether %j was meant as an expression: %s', (raw, mistake) => {
	expect(missingExpression(raw, parseTemplate(raw))).toBe(mistake);
});

test.each([
	["={{ $('Source').first().json.uid }}", true],
	["={{$('Source').last().json.uid}}", true],
	['={{ $("Source").all()[12].json.user.id }}', true],
	["={{ $('Source').first().json['the id']?.[0] }}", true],
	["={{ $('Source').first().json['id'] }} ", true],
	['={{ $input.last().json.uid }}', true],
	["={{ $('Get row(s) in sheet').first().json.uid }}", true],
	['={{ $("Get row(s)").all()[0].json.uid }}', true],
	['={{ $(`Get row(s)`).last().json.uid }}', true],
	["={{ $('Source').first().json }}", true],
	["=a-{{ $('Source').first().json.uid }}", true],
	["={{ $('Source').first()?.json?.uid }}", true],
	["={{ $('Source').first().json.uid.trim() }}", true],
	["={{ $('Source').first().json.uid ?? '' }}", true],
	["={{ $items('Source')[0].json.uid }}", true],
	['={{ $workflow.name }}', true],
	['=u-{{ $vars.user }}', true],
	["={{ $('Source').first().json.a }}-{{ $execution.id }}", true],
	["={{ $('Source' + $json.n).first().json.uid }}", false],
	["={{ $('Source').item.json.uid }}", false],
	["={{ $('Source').all()[$itemIndex].json.uid }}", false],
	["={{ $('Source').first().json.uid + $json.id }}", false],
	["={{ $('Source').first().json[$json.key] }}", false],
	["={{ $('Source').first().json.a }}-{{ $json.id }}", false],
	["={{ $vars.prefix + $('Source').item.json.id }}", false],
	["={{ $vars.prefix + $fromAI('user_id') }}", false],
	["={{ $('Source').itemMatching($itemIndex).json.uid + $('Source').first().json.a }}", false],
	["={{ $workflow.id + $('Source').pairedItem().json.uid }}", false],
	["={{ $('Source').first().json.a + $input['item'].json.uid }}", false],
	['={{ $workflow.id + $parameter.anonymousId }}', false],
	['={{ $workflow.name + Math.random() }}', false],
	['={{ $execution.id + $now.toMillis() }}', false],
	['={{ $json.uid }}', false],
	['u1', true],
	["={{ 'u1' }}", true],
	["={{ $('Source').all().map((user) => user.json.uid).join() }}", true],
])('whether %j is the same for all items: %p', (raw, isSame) => {
	expect(isSameForAllItems(parseTemplate(raw))).toBe(isSame);
});

describe('what an identifier has beside a column', () => {
	const additionTo = (raw: string) => additionToColumn(parseTemplate(raw), 'uid');

	test.each([
		'={{ $json.uid }}{{ $json.account_id }}',
		'={{ $json.account_id }} {{ $json.uid }}',
		'={{ $json["the id"] }}\n{{ $json.uid }}',
		"={{ $('Get rows').item.json.id }}{{ $json.uid }}",
		`={{ $json.uid }} {{ $("Get rows").item.json['the id'] }}`,
		"={{ $('Get rows').item.json.user.id }}{{ $json.uid }}",
		"={{$('Get rows').item.json.id}}{{ $json.uid }}",
		'={{ $json.uid }}{{ $json.number.trim() }}',
		"={{ $json.uid }}{{ $('Get rows').first().json.id }}",
		'={{ $json.uid }} {{ $input.item.json.id }}',
		"={{ 'eu-' + $json.country }}{{ $json.uid }}",
		'={{ $json.uid $input.item.json.id }}',
		'={{ $json.id }}{{ $json.id }}',
		'={{ $json.a.trim() }} {{ $json.a.trim() }}',
		'={{ $json.uid $json.id }}',
		'={{ $json.uid\n$json.id}}',
		'={{ $json.uid  $json.id }}',
		"={{ $json['a b'] $json.id }}",
		"={{ $json.a?.b[0]$('Get rows').item.json.id }}",
		'={{ $json.ui$json.account_idd }}',
		'={{ $json$json.id.uid }}',
		'={{ $json.u$input.item.json.id$json.id }}',
		'=user-{{ $json.id $json.uid }}',
	])('%s: a column that was dragged in', (raw) => {
		expect(additionTo(raw)).toBe('column');
	});

	test.each([
		'=customer_id {{ $json.customer_id }}',
		'={{ $json.customer_id }} customer_id',
		'={{ $json.customer_id }}\ncustomer_id ',
		'=customer_id {{ $json.user.customer_id }}',
		'=id {{ $json.a }} {{ $json.id }}',
	])('%s: its name', (raw) => {
		expect(additionTo(raw)).toBe('own_name');
	});

	test.each([
		'={{ $json.country }}{{ $json.number }}',
		'={{ $json.country }} {{ $json.number }}',
		'=customer {{ $json.number }}',
		'={{ $json.number }} customer',
		'={{ $json.user.uid }}{{ $json.number }}',
		'={{ $json.uid.trim() }}{{ $json.number }}',
		'={{ $json.prefix + "-" }}{{ $json.uid }}',
		"={{ $('Get rows').item.json.id.trim() }}{{ $json.uid }}",
		'={{ $json.uid }}{{ Date.now() }}',
	])('%s: something that may be intended', (raw) => {
		expect(additionTo(raw)).toBe('perhaps_intended');
	});

	test.each([
		'uid',
		'={{ $json.uid }}',
		' ={{ $json.uid }}\n',
		'= {{ $json.uid }} ',
		'={{ $json.country + $json.number }}',
		'={{ `${$json.country} ${$json.number}` }}',
		'={{ $json.a$ + $json.number }}',
		'={{ $json.uid ?? $json.id }}',
		'={{ $json[$json.key] }}',
		'=user-{{ $json.id }}',
		'=user-{{ $json.id }}\n',
		'=country{{ $json.country }}',
		'={{ $json.country }}-{{ $json.number }}',
	])('%s: nothing', (raw) => {
		expect(additionTo(raw)).toBeUndefined();
	});
});
