import fc from 'fast-check';
import {
	isDoubtfulName,
	readCohortId,
	readCohortName,
} from '../../nodes/MoEngageCohortSync/plan/cohort';
import { Unusable } from '../../nodes/MoEngageCohortSync/plan/member';

const FORBIDDEN = [...'|*?\\:<>=$"'];

describe('a cohort ID', () => {
	test.each([
		['vip', 'vip'],
		[' vip customers ', 'vip customers'],
		[42, '42'],
		['.a|b', '.a|b'],
	])('can be %j', (value, id) => {
		expect(readCohortId(value)).toBe(id);
	});

	test.each([
		['nothing', undefined, "'Cohort ID' is empty."],
		['blanks', ' ', "'Cohort ID' is empty."],
		['an object', {}, "'Cohort ID' is an object, not a text or a whole number."],
		['the text undefined', 'undefined', expect.stringMatching(/^'Cohort ID' holds the text/)],
	])('can not be %s', (_what, value, reason) => {
		expect(readCohortId(value)).toMatchObject({ reason });
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
			expect(readCohortName(name)).toEqual(
				new Unusable(
					`'Cohort Name' has ${character} in it, which MoEngage does not take. Use "a b" instead.`,
				),
			);
		}
	});

	test.each([
		['nothing', undefined, "'Cohort Name' is empty."],
		['blanks', '\u00a0', "'Cohort Name' is empty."],
		['a list', [], "'Cohort Name' is a list, not a text or a whole number."],
		[
			'a period at the start',
			'.hidden',
			'\'Cohort Name\' starts with a period, which MoEngage does not take. Use "hidden" instead.',
		],
		[
			'a period at the start behind blanks',
			'  . . .net users',
			'\'Cohort Name\' starts with a period, which MoEngage does not take. Use "net users" instead.',
		],
		[
			'a period that a forbidden character hides',
			'$.5 off',
			'\'Cohort Name\' has $ in it, which MoEngage does not take. Use "5 off" instead.',
		],
		[
			'many forbidden characters, each named once',
			'a ?? b: c?',
			'\'Cohort Name\' has ? : in it, which MoEngage does not take. Use "a b c" instead.',
		],
		[
			'more than anybody would read',
			'?'.padEnd(202, 'a'),
			"'Cohort Name' has ? in it, which MoEngage does not take. Choose another name.",
		],
		[
			'just as much as somebody would',
			'?'.padEnd(201, 'a'),
			`'Cohort Name' has ? in it, which MoEngage does not take. Use "${'a'.repeat(200)}" instead.`,
		],
		[
			'nothing but forbidden characters',
			'???',
			"'Cohort Name' has ? in it, which MoEngage does not take. Choose another name.",
		],
		[
			'nothing but periods',
			'...',
			"'Cohort Name' starts with a period, which MoEngage does not take. Choose another name.",
		],
		[
			'a text that says nothing once it is cleaned',
			'$null',
			"'Cohort Name' has $ in it, which MoEngage does not take. Choose another name.",
		],
	])('can not be %s', (_what, value, reason) => {
		expect(readCohortName(value)).toEqual(new Unusable(reason));
	});

	test('that is suggested is taken, and no name is taken that MoEngage refuses', () => {
		const word = fc.oneof(
			fc.constantFrom(...FORBIDDEN, '.', ' ', '\u00a0', '(', 'null', 'NaN', 'VIP'),
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
					return;
				}
				const suggested = /Use "(.*)" instead\.$/s.exec(name.reason)?.[1];
				if (suggested !== undefined) expect(readCohortName(suggested)).toBe(suggested);
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
