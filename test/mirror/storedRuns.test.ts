import {
	joinRuns,
	lossOf,
	readRuns,
	RUNS_KEY,
	withLoss,
} from '../../nodes/MoEngageCohortSync/mirror/storedRuns';

const NOW = Date.parse('2026-11-26T10:00:00.000Z');
const DAY = 24 * 60 * 60 * 1000;
const LOST_AT = NOW * 1000;

test('what was stored is read as it was', () => {
	const runs = { version: 1 as const, numbers: { node: LOST_AT, other: 7 }, lostAt: LOST_AT };
	expect(readRuns(JSON.parse(JSON.stringify(runs)))).toEqual(runs);
	const withoutLoss = { version: 1, numbers: { node: 1 } };
	expect(readRuns(withoutLoss)).toEqual(withoutLoss);
});

test.each([
	[0, true],
	[8e15 - 1, true],
	[8e15, false],
])('%d is a number: %s', (number, isNumber) => {
	const { numbers } = readRuns({ version: 1, numbers: { node: number } });
	expect(numbers['node']).toBe(isNumber ? number : undefined);
});

const NOTHING = { version: 1, numbers: {} };

test.each<[what: string, stored: unknown]>([
	['a memory of 0.1.0, which has none', undefined],
	['null', null],
	['a text', 'runs'],
	['a list', [1]],
	['another version', { version: 2, numbers: { node: 1 } }],
	['numbers of another kind', { version: 1, numbers: ['1'], lostAt: '1' }],
	['texts for numbers', { version: 1, numbers: { node: '1' }, lostAt: {} }],
	['numbers that lose their digits', { version: 1, numbers: { node: 2 ** 53 }, lostAt: 1e17 }],
	['fractions and negative numbers', { version: 1, numbers: { node: 1.5, other: -1 }, lostAt: -1 }],
])('%s has no numbers', (_what, stored) => {
	expect(readRuns(stored)).toEqual(NOTHING);
});

test("its key is no cohort's, which has a space in it", () => {
	expect(RUNS_KEY).toBe('runs');
});

describe('a loss', () => {
	const none = readRuns(undefined);
	const lost = withLoss(none, LOST_AT);

	test('concerns every cohort until it was sent in full after it', () => {
		expect(lossOf(none, {}, NOW)).toBe('none');
		expect(lossOf(lost, {}, NOW)).toBe('resend');
		expect(lossOf(lost, { sentAfterLoss: LOST_AT }, NOW)).toBe('none');
		const again = withLoss(lost, LOST_AT + 5);
		expect(lossOf(again, { sentAfterLoss: LOST_AT }, NOW)).toBe('resend');
		expect(lossOf(again, { sentAfterLoss: LOST_AT + 5 }, NOW)).toBe('none');
	});

	test('may have been the first run of a cohort that is not remembered, for a month', () => {
		expect(lossOf(none, undefined, NOW)).toBe('none');
		expect(lossOf(lost, undefined, NOW)).toBe('forgotten');
		expect(lossOf(lost, undefined, NOW + 31 * DAY)).toBe('forgotten');
		expect(lossOf(lost, undefined, NOW + 31 * DAY + 1)).toBe('none');
	});

	test('is another one than those before, also where a clock was ahead of this one', () => {
		expect(withLoss(lost, LOST_AT - DAY).lostAt).toBe(LOST_AT + 1);
		expect(withLoss(lost, LOST_AT)).toBe(lost);
	});

	test('is kept when memories are joined, and the later one counts', () => {
		const later = withLoss(none, LOST_AT + 1);
		for (const [one, other] of [
			[lost, later],
			[later, lost],
			[none, later],
			[later, none],
		] as const) {
			const numbers = { node: 3 };
			expect(joinRuns(numbers, one, other)).toEqual({ version: 1, numbers, lostAt: LOST_AT + 1 });
		}
		expect(joinRuns({}, none, none)).toEqual(NOTHING);
	});
});
