import fc from 'fast-check';
import {
	ALL_PARTS_MISSING,
	INCOMPLETE_TEXT,
} from '../../nodes/MoEngageCohortSync/input/itemReader';
import { anonymousIdsOf } from '../../nodes/MoEngageCohortSync/model/member';
import type { PlannedItem } from '../../nodes/MoEngageCohortSync/model/plan';
import { InvalidItem, isChange } from '../../nodes/MoEngageCohortSync/model/plan';
import type { FieldLabel, ItemProblem } from '../../nodes/MoEngageCohortSync/model/problem';
import { IdentityIndex } from '../../nodes/MoEngageCohortSync/plan/identityIndex';
import { InvalidValue, readMember } from '../../nodes/MoEngageCohortSync/plan/member';
import type { ItemPlan } from '../../nodes/MoEngageCohortSync/plan/plan';
import { planItems } from '../../nodes/MoEngageCohortSync/plan/plan';
import { atOnce } from '../support/atOnce';
import type { Row } from '../support/source';
import { sourceOf } from '../support/source';

function plan(rows: readonly Row[], operation: 'add' | 'remove' = 'add'): ItemPlan {
	return atOnce(planItems(sourceOf(rows), operation));
}

/** A plan in few words: the members that are sent, and for each item the one that carries it. */
function inShort({ cohorts, items }: ItemPlan) {
	const sent = cohorts.flatMap(({ cohort, members }) =>
		members.map(({ item, uid, anonymous_id }) =>
			[cohort.id, item, uid ?? '-', anonymous_id ?? '-'].join(' '),
		),
	);
	const carriers = items.map((planned) => (isChange(planned) ? planned.item : 'invalid'));
	return { sent, carriers };
}

const VIP = { id: 'vip', name: 'VIP' };

function problemOf(planned: PlannedItem | undefined): ItemProblem | undefined {
	return planned instanceof InvalidItem ? planned.problem : undefined;
}

describe('the items of a run', () => {
	test.each(['add', 'remove'] as const)('each %s one member', (action) => {
		const { cohorts, items } = plan([{ userId: 'u1' }, { anonymousId: 2 }], action);
		expect(items).toEqual([
			expect.objectContaining({ uid: 'u1', item: 0, action }),
			expect.objectContaining({ anonymous_id: '2', item: 1, action }),
		]);
		expect(cohorts).toEqual([
			{
				cohort: { ...VIP, description: '', partner: 'n8n' },
				firstItem: 0,
				members: items,
				users: expect.any(IdentityIndex),
			},
		]);
		const [{ users } = { users: undefined }] = cohorts;
		expect(users?.find({ uid: 'u1', anonymous_id: undefined })).toBe(items[0]);
		expect(users?.find({ uid: undefined, anonymous_id: '2' })).toBe(items[1]);
		expect(users?.find({ uid: '2', anonymous_id: 'u1' })).toBeUndefined();
	});

	test('are none where the input is empty', () => {
		expect(plan([])).toEqual({ cohorts: [], items: [], notices: [] });
	});

	test.each<[what: string, rows: Row[], expected: ReturnType<typeof inShort>]>([
		[
			'share the change of the first item with the same user ID',
			[{ userId: 'u1' }, { userId: 'u2' }, { userId: ' u1 ' }, { userId: 'u1' }],
			{ sent: ['vip 0 u1 -', 'vip 1 u2 -'], carriers: [0, 1, 0, 0] },
		],
		[
			'share the change of the first item with the same anonymous ID',
			[{ anonymousId: 'a1' }, { anonymousId: 'a1' }],
			{ sent: ['vip 0 - a1'], carriers: [0, 0] },
		],
		[
			'are the same user as text and as number',
			[{ userId: 7 }, { userId: '7' }],
			{ sent: ['vip 0 7 -'], carriers: [0, 0] },
		],
		[
			'are different users in different cases',
			[{ userId: 'u1' }, { userId: 'U1' }],
			{ sent: ['vip 0 u1 -', 'vip 1 U1 -'], carriers: [0, 1] },
		],
		[
			'are different users where one has as user ID what the other has as anonymous ID',
			[{ userId: 'x' }, { anonymousId: 'x' }],
			{ sent: ['vip 0 x -', 'vip 1 - x'], carriers: [0, 1] },
		],
		[
			'bring along an anonymous ID that only a later one has',
			[{ userId: 'u1' }, { userId: 'u1', anonymousId: 'a1' }],
			{ sent: ['vip 0 u1 a1'], carriers: [0, 0] },
		],
		[
			'keep the anonymous ID of the first that has one',
			[{ userId: 'u1', anonymousId: 'a1' }, { userId: 'u1' }, { userId: 'u1', anonymousId: 'a2' }],
			{ sent: ['vip 0 u1 a1'], carriers: [0, 0, 0] },
		],
		[
			'are the user to whom an earlier item gives the anonymous ID',
			[{ userId: 'u1', anonymousId: 'a1' }, { anonymousId: 'a1' }],
			{ sent: ['vip 0 u1 a1'], carriers: [0, 0] },
		],
		[
			'are the user to whom a later item gives the anonymous ID',
			[{ anonymousId: 'a1' }, { userId: 'u2' }, { userId: 'u1', anonymousId: 'a1' }],
			{ sent: ['vip 0 u1 a1', 'vip 1 u2 -'], carriers: [0, 1, 0] },
		],
		[
			'are one user by way of an item in between',
			[{ userId: 'u1' }, { anonymousId: 'a1' }, { userId: 'u1', anonymousId: 'a1' }],
			{ sent: ['vip 0 u1 a1'], carriers: [0, 0, 0] },
		],
		[
			'are not merged by an anonymous ID that comes with two user IDs',
			[
				{ anonymousId: 'a1' },
				{ userId: 'u1', anonymousId: 'a1' },
				{ userId: 'u2', anonymousId: 'a1' },
				{ anonymousId: 'a1' },
			],
			{ sent: ['vip 0 - a1', 'vip 1 u1 a1', 'vip 2 u2 a1'], carriers: [0, 1, 2, 0] },
		],
		[
			'are merged by an anonymous ID that comes with the same user ID twice',
			[
				{ userId: 'u1', anonymousId: 'a1' },
				{ userId: 'u1', anonymousId: 'a1' },
				{ anonymousId: 'a1' },
			],
			{ sent: ['vip 0 u1 a1'], carriers: [0, 0, 0] },
		],
		[
			'are not merged with an item that is invalid',
			[{ userId: 'u1' }, { userId: 'null' }, { userId: 'null' }, { userId: 'u1' }],
			{ sent: ['vip 0 u1 -'], carriers: [0, 'invalid', 'invalid', 0] },
		],
		[
			'are one member each in two cohorts',
			[
				{ userId: 'u1', cohortId: 'a' },
				{ userId: 'u1', cohortId: 'b' },
				{ userId: 'u1', cohortId: ' a ' },
			],
			{ sent: ['a 0 u1 -', 'b 1 u1 -'], carriers: [0, 1, 0] },
		],
		[
			'are the same user by what another cohort tells, and stay in their own',
			[
				{ anonymousId: 'a1', cohortId: 'a' },
				{ userId: 'u1', cohortId: 'a' },
				{ userId: 'u1', anonymousId: 'a1', cohortId: 'b' },
			],
			{ sent: ['a 0 u1 a1', 'b 2 u1 a1'], carriers: [0, 0, 2] },
		],
		[
			'are kept apart where IDs are names of methods',
			[{ userId: '__proto__' }, { userId: 'constructor' }, { userId: '__proto__' }],
			{ sent: ['vip 0 __proto__ -', 'vip 1 constructor -'], carriers: [0, 1, 0] },
		],
	])('%s', (_what, rows, expected) => {
		expect(inShort(plan(rows))).toEqual(expected);
	});
});

test.each<[what: string, rows: Row[], known: object]>([
	[
		'every other anonymous ID of its user, and which item added it',
		[
			{ userId: 'u1', anonymousId: 'a1' },
			{ userId: 'u1', anonymousId: 'a2' },
			{ userId: 'u1', anonymousId: 'a1' },
			{ userId: 'u1', anonymousId: 'a3' },
		],
		{
			...{ uid: 'u1', anonymous_id: 'a1', otherAnonymousIds: ['a2', 'a3'] },
			addedBy: new Map([
				[1, 'a2'],
				[3, 'a3'],
			]),
		},
	],
	[
		'that one of its identifiers could not be read, here in a duplicate',
		[{ userId: 'u1' }, { userId: 'u1', anonymousId: {} }],
		{ uid: 'u1', anonymous_id: undefined, isPartial: true },
	],
	[
		'that one of its identifiers could not be read, here in the first item',
		[{ userId: 'u1', anonymousId: {} }, { userId: 'u1' }],
		{ uid: 'u1', anonymous_id: undefined, isPartial: true },
	],
	['nothing of the kind otherwise', [{ userId: 'u1' }, { userId: 'u1' }], { uid: 'u1' }],
])('a change knows %s', (_what, rows, known) => {
	const [cohort] = plan(rows).cohorts;
	const [{ item, action, outcome, cohort: its, ...identity } = {}, ...others] =
		cohort?.members ?? [];
	expect([item, action, outcome, others]).toEqual([0, 'add', undefined, []]);
	expect(its).toBe(cohort?.cohort);
	expect(identity).toEqual(known);
});

describe('the cohorts of a run', () => {
	test('come in the order of their first items, valid or not', () => {
		const rows = [
			{ userId: {}, cohortId: 'c' },
			{ userId: 'u1', cohortId: 'b' },
			{ userId: 'u2', cohortId: 'a' },
			{ userId: 'u3', cohortId: 'c' },
		];
		expect(plan(rows).cohorts.map(({ cohort }) => cohort.id)).toEqual(['c', 'b', 'a']);
	});

	test('of one name are refused in all their items, others are not', () => {
		const { items } = plan([
			{ userId: 'u1', cohortId: 'a', cohortName: 'One' },
			{ userId: 'u2', cohortId: 'b', cohortName: 'Two' },
			{ userId: 'u3', cohortId: 'c', cohortName: ' One' },
			{ userId: 'u4', cohortId: 'a', cohortName: 'One' },
		]);
		const conflict = { code: 'cohorts_with_one_name', name: 'One', cohortIds: ['a', 'c'] };
		expect(items.map(problemOf)).toStrictEqual([conflict, undefined, conflict, conflict]);
	});

	test('take description and partner from their first item', () => {
		const rows = [
			{ userId: 'u1', cohortDescription: ' First ', partner: 'one' },
			{ userId: 'u2', cohortId: 'b', cohortDescription: 'Other', partner: 'two' },
			{ userId: 'u3', cohortDescription: 'Second', partner: 'three' },
		];
		expect(plan(rows).cohorts.map(({ cohort }) => cohort)).toEqual([
			{ ...VIP, description: 'First', partner: 'one' },
			{ ...VIP, id: 'b', name: 'Cohort b', description: 'Other', partner: 'two' },
		]);
	});

	test('take them from their first usable item', () => {
		const rows = [
			{ userId: 'u1', cohortDescription: {} },
			{ userId: 'u2', partner: '' },
			{ userId: 'u3', cohortDescription: 'Good', partner: 'one' },
		];
		const { cohorts, items } = plan(rows);
		expect(items.map(isChange)).toEqual([false, false, true]);
		expect(cohorts.map(({ cohort }) => cohort)).toEqual([
			{ ...VIP, description: 'Good', partner: 'one' },
		]);
	});

	test('are one where blanks around the ID and the name differ', () => {
		const rows = [{ userId: 'u1' }, { userId: 'u2', cohortId: 'vip ', cohortName: ' VIP' }];
		expect(inShort(plan(rows)).sent).toEqual(['vip 0 u1 -', 'vip 1 u2 -']);
		expect(plan(rows).cohorts).toHaveLength(1);
	});

	test('of two names are refused in all their items, others are not', () => {
		const { cohorts, items } = plan([
			{ userId: 'u1' },
			{ userId: 'u2', cohortId: 'b' },
			{ userId: 'u3', cohortName: 'Very important' },
			{ userId: {} },
			{ userId: 'u4' },
		]);
		expect(cohorts.map(({ cohort, members }) => [cohort.id, members.length])).toEqual([
			['vip', 0],
			['b', 1],
		]);
		const conflict = {
			code: 'cohort_with_two_names',
			cohortId: 'vip',
			names: ['VIP', 'Very important'],
		};
		expect(items.map(problemOf)).toStrictEqual([conflict, undefined, conflict, conflict, conflict]);
		const found = ['u1', 'u2', 'u3', 'u4'].map((uid) =>
			cohorts.map(({ users }) => users.find({ uid, anonymous_id: undefined })?.uid),
		);
		expect(found).toEqual([
			[undefined, undefined],
			[undefined, 'u2'],
			[undefined, undefined],
			[undefined, undefined],
		]);
	});

	test('are many', () => {
		const rows = Array.from({ length: 3_000 }, (_, item) => ({
			userId: `u${item % 7}`,
			cohortId: `c${item % 1_000}`,
			cohortName: `Cohort ${item % 1_000}`,
		}));
		const { cohorts } = plan(rows);
		expect(cohorts).toHaveLength(1_000);
		expect(cohorts.every(({ members }) => members.length === 3)).toBe(true);
	});
});

describe('an item that can not be sent', () => {
	const empty = (field: FieldLabel): ItemProblem => ({ code: 'empty_field', field });
	const wrongType = (field: FieldLabel, type: string): ItemProblem => ({
		code: 'wrong_type',
		field,
		type,
	});

	test.each<[what: string, row: Row, problem: ItemProblem]>([
		['has no user', {}, { code: 'no_identifier' }],
		[
			'has a bad user',
			{ userId: 1.5 },
			{ code: 'unsafe_number', field: 'User ID', isRounded: false },
		],
		['has no cohort ID', { userId: 'u1', cohortId: ' ' }, empty('Cohort ID')],
		['has a bad cohort ID', { userId: 'u1', cohortId: {} }, wrongType('Cohort ID', 'object')],
		[
			'has neither cohort ID nor name',
			{ userId: 'u1', cohortId: undefined, cohortName: undefined },
			empty('Cohort ID'),
		],
		['has no cohort name', { userId: 'u1', cohortName: '' }, empty('Cohort Name')],
		[
			'has a bad cohort name',
			{ userId: 'u1', cohortName: 'a=b' },
			{
				code: 'cohort_name_rejected',
				reason: 'characters',
				characters: ['='],
				suggestion: 'a b',
			},
		],
		[
			'has a bad description',
			{ userId: 'u1', cohortDescription: {} },
			wrongType('Cohort Description', 'object'),
		],
		['has a bad partner', { userId: 'u1', partner: [] }, wrongType('Partner', 'array')],
		['has no partner', { userId: 'u1', partner: ' ' }, empty('Partner')],
	])('%s, which is the problem', (_what, row, problem) => {
		const { items, cohorts } = plan([row]);
		expect(items).toEqual([expect.any(InvalidItem)]);
		expect(problemOf(items[0])).toStrictEqual(problem);
		expect(cohorts.flatMap(({ members }) => members)).toEqual([]);
	});

	test('has a problem of its own', () => {
		expect(plan([{ userId: {} }, { userId: true }, {}]).items.map(problemOf)).toStrictEqual([
			wrongType('User ID', 'object'),
			wrongType('User ID', 'boolean'),
			{ code: 'no_identifier' },
		]);
	});

	test('belongs to its cohort where that much can be read', () => {
		const { items, cohorts } = plan([
			{ userId: 'u1', cohortName: '.' },
			{ userId: {} },
			{ userId: 'u1', cohortId: 'gold', cohortName: '.' },
		]);
		expect(items.map(({ cohort }) => cohort?.id)).toEqual(['vip', 'vip', undefined]);
		expect(cohorts).toHaveLength(1);
	});

	test.each([
		'userId',
		'anonymousId',
		'cohortId',
		'cohortName',
		'cohortDescription',
		'partner',
	] as const)('is only that item where the expression of %s throws', (name) => {
		const rows = ['u0', 'u1', 'u2'].map((userId, item) => ({ userId, cohortId: `c${item}` }));
		const reader = sourceOf(rows);
		const field = (item: number) => {
			if (item === 1) throw new Error('Referenced node is not executed.');
			return reader[name](item);
		};
		const { items } = atOnce(planItems({ ...reader, [name]: field }, 'add'));
		expect(items.map(problemOf)).toStrictEqual([
			undefined,
			{ code: 'expression_failed', message: 'Referenced node is not executed.' },
			undefined,
		]);
	});

	test('has a problem also where something other than an error is thrown', () => {
		const userId = () => {
			throw 'nothing';
		};
		const { items } = atOnce(planItems({ ...sourceOf([{}]), userId }, 'add'));
		expect(problemOf(items[0])).toStrictEqual({ code: 'expression_failed', message: 'nothing' });
	});
});

describe('placeholders', () => {
	test('count as empty, and a notice names the commonest', () => {
		const rows = Array.from({ length: 200 }, (_, item) => ({
			userId: item < 150 ? 0 : 'guest',
			anonymousId: `a${item}`,
		}));
		const { cohorts, notices } = plan(rows);
		expect(cohorts[0]?.members.map(({ uid, anonymous_id }) => [uid, anonymous_id])).toEqual(
			rows.map(({ anonymousId }) => [undefined, anonymousId]),
		);
		expect(notices).toEqual([{ code: 'placeholders', items: 200, commonest: '0' }]);
	});

	test('make an item invalid that has nothing else', () => {
		const { items, notices } = plan([{ userId: 'guest' }, { anonymousId: '-' }, { userId: 'u1' }]);
		expect(items.map(problemOf)).toStrictEqual([
			{ code: 'placeholder_id', field: 'User ID', text: 'guest' },
			{ code: 'placeholder_id', field: 'Anonymous ID', text: '-' },
			undefined,
		]);
		expect(notices).toEqual([{ code: 'placeholders', items: 2, commonest: 'guest' }]);
	});

	test.each<[what: string, ids: Array<string | number>, sent: string[], notSent: string[]]>([
		['a table numbered from 1', [1, 2, 3], ['1', '2'], []],
		['a table numbered from 0', [0, 1, 2, 3], ['0', '1', '2'], []],
		['negative numbers that come once', [-2, -1, 5], ['-2', '-1'], []],
		['a zero that comes twice', [0, 7, 0], [], ['0', '0']],
	])('that may be real numbers: %s', (_what, ids, sent, notSent) => {
		const { items, notices } = plan(ids.map((userId) => ({ userId })));
		const dropped = items.map(problemOf).filter((problem) => problem !== undefined);
		expect(dropped).toStrictEqual(
			notSent.map((text) => ({ code: 'placeholder_id', field: 'User ID', text })),
		);
		expect(notices.filter(({ code }) => code === 'doubtful_numbers')).toEqual(
			sent.length === 0 ? [] : [{ code: 'doubtful_numbers', ids: sent }],
		);
	});

	test('that may be real numbers are anonymous IDs too', () => {
		const { items } = plan([{ anonymousId: 0 }, { anonymousId: '-1' }, { anonymousId: 0 }]);
		const problem = { code: 'placeholder_id', field: 'Anonymous ID', text: '0' };
		expect(items.map(problemOf)).toStrictEqual([problem, undefined, problem]);
	});
});

describe('an identifier that can not be used beside one that can', () => {
	test('a notice says in how many items, and why in the first', () => {
		const { items, notices } = plan([
			{ userId: 'u1', anonymousId: 'a1' },
			{ userId: 2 ** 53, anonymousId: 'a2' },
			{ userId: 'u3', anonymousId: {} },
			{ userId: {}, anonymousId: [] },
		]);
		expect(items.map(isChange)).toEqual([true, true, true, false]);
		const problem = { code: 'unsafe_number', field: 'User ID', isRounded: true };
		expect(notices).toEqual([{ code: 'identifiers_unusable', items: 2, item: 1, problem }]);
	});

	test('a notice is not of items that are not sent after all', () => {
		const noticesOf = (rows: readonly Row[]) => plan(rows).notices.map(({ code }) => code);
		const row = { userId: 2 ** 53, anonymousId: 'a1' };
		expect(noticesOf([row])).toEqual(['identifiers_unusable']);
		expect(
			noticesOf([
				{ ...row, cohortName: 'A' },
				{ userId: 'u1', cohortName: 'B' },
			]),
		).toEqual([]);
	});

	test.each<[what: string, rows: Row[], isEmpty: boolean]>([
		['all lack their parts', [{ userId: ALL_PARTS_MISSING, anonymousId: 'a1' }], true],
		['one lacks a part', [{ userId: INCOMPLETE_TEXT, anonymousId: 'a1' }], false],
		[
			'one is of an item without a cohort',
			[
				{ userId: 'u1', cohortId: '' },
				{ userId: '', anonymousId: 'a1' },
			],
			false,
		],
		['all User IDs are empty', [{ userId: '', anonymousId: 'a1' }, { anonymousId: 'a2' }], true],
		['all are null', [{ userId: null, anonymousId: 'a1' }], true],
		['all are blanks', [{ userId: ' \t', anonymousId: 'a1' }], true],
		['one is not empty', [{ userId: 'u1' }, { userId: '', anonymousId: 'a2' }], false],
		['one can not be used', [{ userId: {}, anonymousId: 'a1' }], false],
		['one is a placeholder', [{ userId: 'guest', anonymousId: 'a1' }], false],
		['the field is not filled in', [{ anonymousId: 'a1' }], false],
		['not every item can be sent', [{ userId: '' }, { userId: '', anonymousId: 'a1' }], true],
		['no item can be sent', [{ userId: '' }], false],
	])('whether a notice says that User ID is empty: %s', (_what, rows, isEmpty) => {
		const ofUserIds = plan(rows).notices.filter(({ code }) => code === 'user_ids_empty');
		expect(ofUserIds).toEqual(isEmpty ? [{ code: 'user_ids_empty' }] : []);
	});
});

describe('several identifiers of one user', () => {
	const withIds = (count: number) =>
		Array.from({ length: count }, (_, index) => ({ userId: 'u1', anonymousId: `a${index}` }));
	const othersOf = ({ cohorts }: ItemPlan) => cohorts[0]?.members[0]?.otherAnonymousIds;

	test('all go with its change, each once', () => {
		expect(othersOf(plan([...withIds(3), ...withIds(3)]))).toEqual(['a1', 'a2']);
		expect(plan(withIds(10)).notices).toEqual([]);
	});

	test('are ten at most, the latest beside the first, and a notice says so', () => {
		const result = plan(withIds(12));
		expect(othersOf(result)).toEqual(['a3', 'a4', 'a5', 'a6', 'a7', 'a8', 'a9', 'a10', 'a11']);
		expect(result.notices).toEqual([{ code: 'too_many_anonymous_ids', users: 1 }]);
	});
});

describe('any input', () => {
	const some = (...values: unknown[]) => fc.constantFrom(...values);
	const row: fc.Arbitrary<Row> = fc.record(
		{
			userId: some('u1', 'u2', ' u1', 1, 7, '7', '', null, 'null', {}, NaN),
			anonymousId: some('a1', 'a2', 'u1', undefined, '', [], true),
			cohortId: some('a', 'b', 'a ', 7, '', {}),
			cohortName: fc.oneof(
				{ weight: 20, arbitrary: some('VIP', ' VIP') },
				{ weight: 1, arbitrary: some('Other', '.', '') },
			),
		},
		{ requiredKeys: [] },
	);
	const rowsOf = fc.array(row, { maxLength: 30, size: 'max' });
	const actions = fc.constantFrom('add' as const, 'remove' as const);

	test('is covered: each item is carried, a duplicate or invalid', () => {
		fc.assert(
			fc.property(rowsOf, actions, (rows, action) => {
				const { cohorts, items } = plan(rows, action);
				const members = cohorts.flatMap((cohort) => cohort.members);
				const invalid = items.filter((planned) => planned instanceof InvalidItem).length;
				const duplicates = items.filter(
					(planned, item) => isChange(planned) && planned.item !== item,
				).length;
				expect(items).toHaveLength(rows.length);
				expect(members.length + duplicates + invalid).toBe(rows.length);
				expect(new Set(members.map(({ item }) => item)).size).toBe(members.length);
				for (const planned of items) {
					if (isChange(planned)) expect(items[planned.item ?? -1]).toBe(planned);
				}
			}),
			{ numRuns: 500 },
		);
	});

	test('sends no user twice to one cohort, and each member to the cohort of its items', () => {
		fc.assert(
			fc.property(rowsOf, actions, (rows, action) => {
				const { cohorts, items } = plan(rows, action);
				for (const { cohort, members } of cohorts) {
					const users = members.map(({ uid, anonymous_id }) =>
						uid === undefined ? `anonymous ${anonymous_id}` : `known ${uid}`,
					);
					expect(new Set(users).size).toBe(users.length);
					const order = members.map(({ item }) => item ?? -1);
					expect(order).toEqual(order.toSorted((one, other) => one - other));
					for (const member of members) expect(member).toMatchObject({ action, cohort });
				}
				items.forEach((planned, item) => {
					if (!isChange(planned)) return;
					expect(String(rows[item]?.cohortId ?? 'vip').trim()).toBe(planned.cohort.id);
					expect(planned.item).toBeLessThanOrEqual(item);
				});
			}),
			{ numRuns: 500 },
		);
	});

	test('loses no user: whoever an item names is among the members sent', () => {
		fc.assert(
			fc.property(rowsOf, (rows) => {
				const { items } = plan(rows);
				items.forEach((planned, item) => {
					if (!isChange(planned)) return;
					const member = readMember(rows[item]?.userId, rows[item]?.anonymousId);
					if (member instanceof InvalidValue) throw new Error('A change without a member');
					if (member.uid !== undefined) expect(planned.uid).toBe(member.uid);
					if (member.anonymous_id !== undefined) {
						expect(anonymousIdsOf(planned)).toContain(member.anonymous_id);
					}
				});
			}),
			{ numRuns: 500 },
		);
	});
});
