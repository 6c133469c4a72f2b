import fc from 'fast-check';
import {
	ALL_PARTS_MISSING,
	INCOMPLETE_TEXT,
} from '../../nodes/MoEngageCohortSync/input/itemReader';
import { createItemReader } from '../../nodes/MoEngageCohortSync/input/parameters';
import type { FieldLabel } from '../../nodes/MoEngageCohortSync/model/problem';
import { RunError } from '../../nodes/MoEngageCohortSync/model/problem';
import type { Operation } from '../../nodes/MoEngageCohortSync/model/settings';
import { contextOf, evaluatedByN8n } from '../support/expressions';

type Field =
	| 'userId'
	| 'anonymousId'
	| 'cohortId'
	| 'cohortName'
	| 'cohortDescription'
	| 'partner'
	| 'membership'
	| 'changedAt';

function readerOf(
	fields: Partial<Record<Field, string>>,
	items: readonly unknown[],
	operation: Operation = 'update',
) {
	const { cohortDescription, partner, ...others } = fields;
	const options = {
		...(cohortDescription === undefined ? {} : { cohortDescription }),
		...(partner === undefined ? {} : { partner }),
	};
	const parameters = { ...others, options };
	const context = contextOf(parameters, items);
	return createItemReader(context, context.getInputData(), operation);
}

function userIds(userId: string, ...items: unknown[]): unknown[] {
	const reader = readerOf({ userId }, items);
	return items.map((_, item) => reader.userId(item));
}

describe('white space around a single expression', () => {
	const user = { name: 'Ann' };
	test.each<[text: string, value: unknown]>([
		['={{ $json.user }}\n', user],
		['= {{ $json.big }}', 2 ** 53],
		['=\t{{ $json.user.name.length + 1 }} ', 4],
		['={{ $json.nothing }}\n', undefined],
	])('leaves the value of %j its type', (text, value) => {
		expect(userIds(text, { user, big: 2 ** 53 })).toEqual([value]);
	});
});

describe('a composed text', () => {
	const SCALARS = [0, -0, 1, 0.1, true, false, '', 'a b', '{{', 'undefined', ' x ', '名前'];

	test('is what n8n makes of it', () => {
		const part = fc.constantFrom(
			...[
				'user-',
				' ',
				'/',
				'x y',
				'{{ $json.a }}',
				'{{ $json.b }}',
				'{{$json["a"]}}',
				'{{ $json.a + 1 }}',
			],
		);
		const value = fc.oneof(
			{ weight: 4, arbitrary: fc.constantFrom<unknown>(...SCALARS) },
			{ weight: 1, arbitrary: fc.constantFrom<unknown>([1, 2], { a: 1 }, [], NaN) },
		);
		const parts = fc.array(part, { minLength: 2, maxLength: 4 }).filter((all) => {
			const solid = all.filter((text) => text.trim() !== '');
			// The same column twice is refused.
			const isTwice = solid.some((text, index) => text === solid[index + 1] && text.includes('{{'));
			return solid.length > 1 && !isTwice;
		});
		let compared = 0;
		fc.assert(
			fc.property(parts, value, value, (parts, a, b) => {
				const text = `=${parts.join('')}`;
				const [read] = userIds(text, { a, b });
				if (read === INCOMPLETE_TEXT || read === ALL_PARTS_MISSING) return;
				// A list of several is refused as one.
				if (Array.isArray(read)) {
					expect([a, b]).toContain(read);
					return;
				}
				compared++;
				expect(read).toEqual(evaluatedByN8n(text, [{ a, b }])(0));
			}),
			{ numRuns: 500 },
		);
		expect(compared).toBeGreaterThan(300);
	});

	test.each<[text: string, item: object]>([
		['=user-{{ $json.id }}', {}],
		['=user-{{ $json.id }}', { id: null }],
		['=user-{{ $json.id.text }}', {}],
		['={{ $json.id }}-user', {}],
		['=user-{{ $json.a.b?.c }}', { a: {} }],
		['=user-{{ $json.id }}', { id: '' }],
		['=user-{{ $json.id }}', { id: ' ' }],
		['=user-{{ $json.id }}', { id: 'NULL' }],
		['=user-{{ $json.id }}', { id: '#N/A' }],
		['=user-{{ $json.id }}', { id: [] }],
		['=user-{{ parseInt($json.id) }}', {}],
		['=user-{{ $json.id.trim() }}', { id: '' }],
		['=user-{{ $input.item.json.id }}', { id: '' }],
		["={{ 'user-' + parseInt($json.id) }}", {}],
		["={{ parseInt($json.id) + '-user' }}", {}],
		["={{ 'user-' + $json.id }}", {}],
		["={{ 'user-' + $json.id }}", { id: ' ' }],
		["={{ 'user-' + $json.id }}", { id: '#N/A' }],
		["={{ 'user-' + $json.id }}", { id: [] }],
		["={{ 'user' + $json.id }}", {}],
		['={{ `user-${$json.id}` }}', { id: '' }],
		["={{ $json.id + '-eu' }}", {}],
		["={{ 'user-' + $input.item.json.id }}", { id: '' }],
		["=shop-{{ 'user-' + $json.id }}", { id: '' }],
		["={{ $json.mail.trim().hash('sha256') }}", { mail: '' }],
		["={{ ('user-' + $json.id).toLowerCase() }}", { id: '' }],
		["={{ 'user-'.concat($json.id) }}", { id: '' }],
		["=user-{{ $json.phone.replace(/\\D/g, '') }}", { phone: '' }],
		// Intended for a part, but without any part it would be the same user for every item.
		["=user-{{ $json.id || '' }}", { id: '' }],
		["=user-{{ $json.id ?? '' }}", {}],
		["={{ $json.a ?? '' }}-{{ $json.b ?? '' }}", {}],
	])('%j of %j lacks all of its parts', (text, item) => {
		expect(userIds(text, item)).toEqual([ALL_PARTS_MISSING]);
	});

	test.each<[text: string, item: object]>([
		['={{ $json.a }}{{ $json.id }}', { a: 1 }],
		['={{ $json.region }}-{{ $json.tier }}', { region: ['EU'] }],
		['={{ $json.region }}-{{ $json.tier }}', { region: { name: 'EU' }, tier: '' }],
		["={{ $json.region }}-{{ $json.tier }}-{{ 'x'", { region: 'EU' }],
		["=shop-{{ $json.region + '-' + $json.tier }}", { region: 'EU' }],
		['={{ `${$json.region}/${$json.id}` }}', { region: 'eu', id: null }],
		["={{ $json.country + '-' + $json.id }}", { country: null, id: 17 }],
		["={{ $json.country + '-' + $json.name }}", { country: null, name: 'Fernanda' }],
		['={{ $json.prefix + $json.id }}', { id: 'u1' }],
		["={{ [$json.country, $json.id].join('-') }}", { country: '', id: 'u1' }],
		["={{ $json.country }}-{{ $json.phone.replace(/\\D/g, '') }}", { country: 'DE', phone: '' }],
		["={{ 'eu-' + $json.country + '-' + $json.id }}", { country: null, id: 17 }],
	])('%j of %j is incomplete', (text, item) => {
		expect(userIds(text, item)).toEqual([INCOMPLETE_TEXT]);
	});

	test.each<[text: string, item: object, value: unknown]>([
		["={{ $json.id }}{{ $json.suffix || '' }}", { id: 'u1', suffix: '' }, 'u1'],
		["={{ $json.id }}{{ $json.suffix ?? '' }}", { id: 'u1' }, 'u1'],
		["={{ $json.id + ($json.suffix || '') }}", { id: 'u1' }, 'u1'],
		["={{ $json.mail || 'phone-' + $json.phone }}", { mail: '', phone: '1' }, 'phone-1'],
		["={{ $json.type === 'b' ? 'b-' + $json.b : 'a-' + $json.a }}", { type: 'a', a: 1 }, 'a-1'],
		["={{ [$json.a, $json.b].filter(Boolean).join('-') }}", { b: 'x' }, 'x'],
		['=user-{{ $json.ids }}', { ids: ['a', 'b'] }, ['a', 'b']],
		["={{ 'user-' + $json.ids }}", { ids: ['a', 'b'] }, ['a', 'b']],
		["={{ $json.ids.join('-') }}", { ids: ['a', 'b'] }, 'a-b'],
		['={{ [$json.a, $json.b].find(Boolean) }}', { b: 'x' }, 'x'],
		["={{ 'it\\'s-' + ($json.a || 'x') + $json.b }}", { b: 'y' }, "it's-xy"],
		["={{ `user's-${$json.a || 'x'}-${$json.b}` }}", { b: 'y' }, "user's-x-y"],
		['={{ { de: $json.a, at: $json.b }[$json.country] }}', { country: 'at', b: 'y' }, 'y'],
		["={{ $json.id + '-' + $json.ids.includes('vip') }}", { id: 1, ids: [] }, '1-false'],
		['={{ $json.id?.toString?.() }}', { id: 7 }, '7'],
		['={{ $json.id.trim () }}', { id: 'u1 ' }, 'u1'],
		// n8n returns nothing for some other reason than that a number is no text.
		["={{ $json.id.toString().split('-')[1] }}", { id: 7 }, undefined],
		['={{ $json.id > 9 ? $json.id.toString() : undefined }}', { id: 7 }, undefined],
		["={{ $json.type === 'a' ? $json.id.trim() : undefined }}", { id: 7 }, undefined],
		['={{ $json.shop }}-{{ $json.ids }}', { ids: ['a', 'b'] }, ['a', 'b']],
		['=user-{{ $json.id }}', { id: 'x-null' }, 'user-x-null'],
		['=shop-{{ $json.mail }}', { mail: 'null@example.com' }, 'shop-null@example.com'],
		['={{ $json.mail.trim() }}', { mail: 'null@example.com' }, 'null@example.com'],
		['={{ $json.region }}-{{ $json.tier }}', { region: ['EU'], tier: 'gold' }, 'EU-gold'],
		['=user-{{ $json.ids }}', { ids: [2 ** 53] }, 2 ** 53],
		['={{ $json.id }}', { id: 'provider-null' }, 'provider-null'],
		['={{ $json.id }} ', { id: 'provider-null' }, 'provider-null'],
		['={{ $json.id.trim() }}', { id: 'null1-nullable ' }, 'null1-nullable'],
		// Refused as a number that is no identifier: JavaScript has rounded it.
		['=user-{{ $json.id }}', { id: 2 ** 53 }, 2 ** 53],
		['={{ $json.shop }}-{{ $json.id }}', { shop: ['s'], id: 2 ** 53 }, 2 ** 53],
		['=shop-{{ $json.ids }}', { ids: [2 ** 53] }, 2 ** 53],
		['={{ $json.id.toString() }}', { id: 2 ** 53 }, 2 ** 53],
		['={{ String($json.id) }}', { id: 2 ** 53 }, 2 ** 53],
		["={{ $json.id + '' }}", { id: 2 ** 53 }, 2 ** 53],
		['={{ `${$json.id}` }}', { id: 2 ** 53 }, 2 ** 53],
		["=user-{{ $json.id + '' }}", { id: 2 ** 53 }, 2 ** 53],
		["={{ $json.id + '' }}", { id: 2 ** 53, text: '9007199254740992' }, '9007199254740992'],
		['=user-{{ $json.id }}', { id: 2 ** 53 - 1 }, 'user-9007199254740991'],
		['={{ $json.id }}', {}, undefined],
		['={{ $json.id ?? null }}', {}, null],
	])('%j of %j is not', (text, item, value) => {
		expect(userIds(text, item)).toEqual([value]);
	});

	test('whose braces are not closed is what n8n makes of it', () => {
		for (const text of ["={{ 'u' + 1", '=user-{{ 40 + 2', "={{ $json.id }}-{{ 'eu'"]) {
			const item = { id: 'u1' };
			expect(userIds(text, item)).toEqual([evaluatedByN8n(text, [item])(0)]);
		}
		expect(() => userIds("={{ 'u' + 1 }", {})).toThrow('invalid syntax');
	});

	test('of an option is what n8n makes of it', () => {
		const reader = readerOf({ partner: '=n8n {{ $json.id + 1 }}' }, [{ id: 1 }, { id: 2 }]);
		expect([reader.partner(0), reader.partner(1)]).toEqual(['n8n 2', 'n8n 3']);
		expect(readerOf({}, [{}]).partner(0)).toBe('n8n');
	});

	test("of 'Changed At' may lack all of its parts, but not one of them", () => {
		const changedAt = '={{ $json.day }} {{ $json.time }}';
		const items = [{ day: '2026-11-23', time: '10:00' }, { day: '2026-11-23' }, { time: '' }, {}];
		const reader = readerOf({ changedAt }, items);
		expect(items.map((_, item) => reader.changedAt(item))).toEqual([
			'2026-11-23 10:00',
			INCOMPLETE_TEXT,
			ALL_PARTS_MISSING,
			ALL_PARTS_MISSING,
		]);
	});

	test('of a cohort may have an empty part, or a list', () => {
		const cohortId = "=vip{{ $json.suffix || '' }}";
		const reader = readerOf({ cohortId, cohortName: '={{ $json.tags }} {{ $json.id }}' }, [
			{ suffix: '', id: 1, tags: ['a', 'b'] },
		]);
		expect([reader.cohortId(0), reader.cohortName(0)]).toEqual(['vip', 'a,b 1']);
	});

	test("of 'Changed At' whose only expression has a gap is incomplete", () => {
		const reader = readerOf({ changedAt: "={{ $json.day + ' ' + $json.time }} UTC" }, [
			{ day: 'x' },
		]);
		expect(reader.changedAt(0)).toBe(INCOMPLETE_TEXT);
	});

	test('of a description may lack a part', () => {
		const reader = readerOf({ cohortDescription: '=For {{ $json.id }}' }, [{}]);
		expect(reader.cohortDescription(0)).toBe('For ');
	});
});

describe('a text that was meant as an expression', () => {
	const LABELS: Record<Field, FieldLabel> = {
		userId: 'User ID',
		anonymousId: 'Anonymous ID',
		cohortId: 'Cohort ID',
		cohortName: 'Cohort Name',
		cohortDescription: 'Cohort Description',
		partner: 'Partner',
		membership: 'Is Member',
		changedAt: 'Changed At',
	};
	const fields = Object.keys(LABELS) as Field[];

	test.each(
		fields.flatMap((field) => [
			[field, '{{ $json.uid }}', 'fixed'] as const,
			[field, '$json.uid', 'no_braces'] as const,
			[field, "$('Webhook').item.json.uid", 'reference_without_braces'] as const,
			[field, "$fromAI('user_id')", 'reference_without_braces'] as const,
			[field, '=$execution.id', 'reference_without_braces'] as const,
			[field, '=$json.uid', 'no_braces'] as const,
			[field, '=$json["uid"]', 'no_braces'] as const,
			[field, '={{ $json.a }} $json.uid', 'no_braces'] as const,
			[field, '=={{ $json.uid }}', 'two_equals_signs'] as const,
		]),
	)('in %s: %j is refused, also for one item', (field, text, reason) => {
		let thrown: unknown;
		try {
			readerOf({ [field]: text }, [{ uid: 'u1' }]);
		} catch (error) {
			thrown = error;
		}
		expect(thrown).toBeInstanceOf(RunError);
		expect((thrown as RunError).problem).toEqual({
			code: 'expression_as_text',
			field: LABELS[field],
			reason,
		});
	});
});

describe.each([
	['userId', 'User ID'],
	['anonymousId', 'Anonymous ID'],
] as const)('%s of one value for all items', (field, label) => {
	function problemOf(
		text: string,
		items: readonly unknown[],
		{ cohortId = 'vip', operation }: { cohortId?: string; operation?: Operation } = {},
	): unknown {
		try {
			readerOf({ [field]: text, cohortId }, items, operation);
			return undefined;
		} catch (error) {
			expect(error).toBeInstanceOf(RunError);
			return (error as RunError).problem;
		}
	}

	const TWO = [{ id: 1 }, { id: 2 }];

	test.each([
		['account_id', true],
		[' id ', true],
		['=u1', true],
		["={{ $('Source').first().json.uid }}", false],
		["={{ $('Source').last().json.user['the id'] }}", false],
		["={{ $('Source').all()[0].json.uid }}", false],
		['={{ $input.first().json.uid }} ', false],
	])('%j is refused', (text, isFixed) => {
		const problem = { code: 'fixed_identifier', field: label, items: 2, isFixed };
		expect(problemOf(text, TWO)).toEqual(problem);
	});

	test.each(['account_id', "={{ $('Source').first().json.uid }}"])(
		'%j is not if each item may be of another cohort',
		(text) => {
			for (const operation of ['add', 'remove', 'update', 'mirror'] as const) {
				const problemWith = (cohortId: string) => problemOf(text, TWO, { cohortId, operation });
				expect(problemWith('={{ $json.id }}')).toBeUndefined();
				expect(problemWith('=tier-{{ $json.id }}')).toBeUndefined();
				expect(problemWith('=vip')).toMatchObject({ code: 'fixed_identifier' });
			}
		},
	);

	test.each([
		'',
		' ',
		'={{ $json.id }}',
		"={{ $('Source').item.json.uid }}",
		"={{ $('Source').all()[$itemIndex].json.uid }}",
		"={{ $('Source').first().json.uid + $json.id }}",
		"=shop-{{ $('Source').first().json.uid }}-{{ $json.id }}",
	])('%j is not', (text) => {
		expect(problemOf(text, TWO)).toBeUndefined();
	});

	test.each([
		['id', { id: 1 }],
		['=id ', { id: 1 }],
		['account_id', { account_id: null }],
	])('%j of one item is refused, because it is the name of a column of %j', (text, json) => {
		const problem = { code: 'expression_as_text', field: label, reason: 'column_name' };
		expect(problemOf(text, [json])).toEqual(problem);
	});

	test('of one item it may be any other text, and the first of another node', () => {
		expect(problemOf('u1', [{ id: 1 }])).toBeUndefined();
		expect(problemOf('toString', [{ id: 1 }])).toBeUndefined();
		expect(problemOf('id', [])).toBeUndefined();
		expect(problemOf("={{ $('Source').first().json.uid }}", [{ id: 1 }])).toBeUndefined();
	});
});

test.each([
	'={{ $json.ui$json.account_idd }}',
	'={{ $json.uid }}{{ $json.account_id }}',
	'={{ $json.uid $json.account_id }}',
])('a field dragged into another one is refused: %s', (userId) => {
	expect(() => readerOf({ userId }, [{}])).toThrow(RunError);
});

test("'User ID' is filled in where it holds a text or an expression", () => {
	expect(readerOf({ userId: ' ' }, []).isUserIdSet).toBe(false);
	expect(readerOf({ userId: '= ' }, []).isUserIdSet).toBe(false);
	expect(readerOf({ userId: 'u1' }, []).isUserIdSet).toBe(true);
	expect(readerOf({ userId: '={{ $json.uid }}' }, []).isUserIdSet).toBe(true);
});

test("'Changed At' is filled in where it holds a text", () => {
	expect(readerOf({ changedAt: ' ' }, []).isChangedAtSet).toBe(false);
	expect(readerOf({ changedAt: '={{ $json.at }}' }, []).isChangedAtSet).toBe(true);
});
