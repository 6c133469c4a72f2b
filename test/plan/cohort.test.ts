import fc from 'fast-check';
import type { ItemProblem } from '../../nodes/MoEngageCohortSync/model/problem';
import {
	isDoubtfulName,
	readCohortId,
	readCohortName,
} from '../../nodes/MoEngageCohortSync/plan/cohort';
import { InvalidValue } from '../../nodes/MoEngageCohortSync/plan/member';

const FORBIDDEN = [...'|*?\\:<>=$"'];

type Rejection = Extract<ItemProblem, { code: 'cohort_name_rejected' }>;

function rejected(
	reason: string[] | Exclude<Rejection['reason'], 'characters'>,
	suggestion: string | undefined,
): InvalidValue {
	const flaw = Array.isArray(reason)
		? { reason: 'characters' as const, characters: reason }
		: { reason };
	return new InvalidValue({ code: 'cohort_name_rejected', ...flaw, suggestion });
}

describe('a cohort ID', () => {
	test.each([
		['vip', 'vip'],
		[' vip customers ', 'vip customers'],
		[42, '42'],
		['.a|b', '.a|b'],
	])('can be %j', (value, id) => {
		expect(readCohortId(value)).toBe(id);
	});

	test.each<[what: string, value: unknown, problem: ItemProblem]>([
		['nothing', undefined, { code: 'empty_field', field: 'Cohort ID' }],
		['blanks', ' ', { code: 'empty_field', field: 'Cohort ID' }],
		['an object', {}, { code: 'wrong_type', field: 'Cohort ID', type: 'object' }],
		...['undefined', 'NULL', '#N/A', 'None', 'nan', 'N/A'].map(
			(text): [string, unknown, ItemProblem] => [
				`the text ${text}`,
				` ${text}`,
				{ code: 'placeholder', field: 'Cohort ID', text },
			],
		),
	])('can not be %s', (_what, value, problem) => {
		expect(readCohortId(value)).toStrictEqual(new InvalidValue(problem));
	});
});

describe('a cohort name', () => {
	test.each([
		['VIP', 'VIP'],
		['  VIP customers\n', 'VIP customers'],
		[2026, '2026'],
		["50% off! #1 & more, it's [great] {really} / maybe; 1.5", undefined],
		['Käufer – 日本 😀', undefined],
		['ends with a period.', undefined],
		['VIP (EU)', undefined],
	])('can be %j', (value, name = String(value)) => {
		expect(readCohortName(value)).toBe(name);
	});

	test.each(FORBIDDEN)('can not have %s in it, wherever it stands', (character) => {
		for (const name of [`a${character}b`, `${character} a b`, `a b ${character}`]) {
			expect(readCohortName(name)).toStrictEqual(rejected([character], 'a b'));
		}
	});

	test.each<[what: string, value: unknown, problem: ItemProblem]>([
		['nothing', undefined, { code: 'empty_field', field: 'Cohort Name' }],
		['blanks', '\u00a0', { code: 'empty_field', field: 'Cohort Name' }],
		['a list', [], { code: 'wrong_type', field: 'Cohort Name', type: 'array' }],
		...['NULL', '#N/A', 'None', 'nan', 'N/A'].map((text): [string, unknown, ItemProblem] => [
			`the text ${text}`,
			text,
			{ code: 'placeholder', field: 'Cohort Name', text },
		]),
	])('can not be %s', (_what, value, problem) => {
		expect(readCohortName(value)).toStrictEqual(new InvalidValue(problem));
	});

	test.each<[string, string, Parameters<typeof rejected>[0], suggestion: string | undefined]>([
		['a period at the start', '.hidden', 'period', 'hidden'],
		['a period at the start behind blanks', '  . . .net users', 'period', 'net users'],
		['a period that a forbidden character hides', '$.5 off', ['$'], '5 off'],
		['many forbidden characters, each named once', 'a ?? b: c?', ['?', ':'], 'a b c'],
		['long and with a forbidden character', '?'.padEnd(202, 'a'), ['?'], 'a'.repeat(200)],
		['more than 200 characters', 'a'.repeat(201), 'length', 'a'.repeat(200)],
		["the name of MoEngage's own segment", ' All users', 'reserved', 'All users in n8n'],
		['that name with a forbidden character', 'All Users?', ['?'], 'All Users in n8n'],
		['nothing but forbidden characters', '???', ['?'], undefined],
		['nothing but periods', '...', 'period', undefined],
		['a text that says nothing once it is cleaned', '$null', ['$'], undefined],
	])('can not be %s', (_what, value, reason, suggestion) => {
		expect(readCohortName(value)).toStrictEqual(rejected(reason, suggestion));
	});

	test('can have 200 characters', () => {
		expect(readCohortName('a'.repeat(200))).toBe('a'.repeat(200));
	});

	test('that is suggested is taken, and no name is taken that MoEngage refuses', () => {
		const word = fc.oneof(
			fc.constantFrom(...FORBIDDEN, '.', ' ', '\u00a0', '(', 'null', 'NaN', 'VIP'),
			fc.constantFrom('All Users', 'a'.repeat(150)),
			fc.string({ maxLength: 3, unit: 'binary' }),
		);
		fc.assert(
			fc.property(fc.array(word, { maxLength: 6 }), (words) => {
				const text = words.join('');
				const name = readCohortName(text);
				if (typeof name === 'string') {
					expect(name).toBe(text.trim());
					expect(FORBIDDEN.some((character) => name.includes(character))).toBe(false);
					expect(name.startsWith('.')).toBe(false);
					expect(name.length).toBeLessThanOrEqual(200);
					expect(name.toLowerCase()).not.toBe('all users');
					return;
				}
				const { problem } = name;
				if (problem.code !== 'cohort_name_rejected' || problem.suggestion === undefined) return;
				expect(readCohortName(problem.suggestion)).toBe(problem.suggestion);
			}),
			{ numRuns: 2_000 },
		);
	});

	test.each([
		['VIP (EU)', true],
		['VIP (', true],
		['VIP)', true],
		['VIP [EU]', false],
	])('%j is doubtful: %j', (name, doubtful) => {
		expect(isDoubtfulName(name)).toBe(doubtful);
	});
});
