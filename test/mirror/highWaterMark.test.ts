import type { HighWaterMark } from '../../nodes/MoEngageCohortSync/mirror/highWaterMark';
import {
	compareMark,
	raiseMark,
	retryOnce,
	SETTLE_MS,
	settleMark,
} from '../../nodes/MoEngageCohortSync/mirror/highWaterMark';
import { WatchedMark } from '../support/watchedMark';

describe('a mark compared to 10', () => {
	test.each<[string, number | undefined, number | undefined, number | undefined, string, number]>([
		['is there', 10, undefined, undefined, 'equal', 11],
		['is there, and goes on to 15', 10, 15, undefined, 'equal', 15],
		['is at 11', 11, undefined, undefined, 'above', 11],
		['is at 11, and goes on to 15', 11, 15, undefined, 'above', 15],
		['is at 20', 20, 15, undefined, 'above', 20],
		['is at 9', 9, undefined, undefined, 'below', 11],
		['is not set', undefined, 15, undefined, 'below', 15],
		['is there, after it was at 5', 10, 15, 5, 'equal', 15],
		['is at 5 again', 5, 15, 5, 'equal', 15],
		['is at 6, after it was at 5', 6, 15, 5, 'below', 15],
		['is at 4, after it was at 5', 4, 15, 5, 'below', 15],
		['is at 11, after it was at 5', 11, 15, 5, 'above', 15],
	])('%s', async (_what, value, next, earlier, position, after) => {
		const mark = new WatchedMark(value);
		expect(await compareMark(mark, 10, next, earlier)).toBe(position);
		expect(mark.value).toBe(after);
	});
});

test.each([
	['from where it is', 10, 20],
	['from above', 20, 20],
	['from far above', 5_000_000, 20],
])('a mark is raised %s', async (_what, value, number) => {
	const mark = new WatchedMark(value);
	const raised = await raiseMark(mark, number, 0);
	expect(raised).toBe(mark.value);
	expect(raised).toBeGreaterThan(value - 1);
	// No further than needed.
	expect(raised - value).toBeLessThanOrEqual(Math.max(1000, value * 0.25));
});

describe('a mark that was raised to 10', () => {
	test('stays, and is where the caller is told', async () => {
		const mark = new WatchedMark(10);
		expect(await settleMark(mark, 10, mark.clock)).toBe(11);
		expect(mark.value).toBe(11);
		expect(mark.sleeps).toEqual([SETTLE_MS]);
	});

	test.each([1, 3])(
		'is raised again where another process writes back 5, %d times',
		async (times) => {
			const mark = new WatchedMark(10, (sleep, self) => {
				if (sleep <= times) self.value = 5;
			});
			const settled = await settleMark(mark, 10, mark.clock);
			expect(settled).toBe(mark.value);
			expect(settled).toBeGreaterThan(10);
			expect(mark.sleeps).toHaveLength(times + 1);
		},
	);

	test('and meets the number of another run, in microseconds, stays within a second of it', async () => {
		const mark = new WatchedMark(undefined);
		const now = mark.clock.now();
		mark.value = now * 1000 - 5;
		const settled = await settleMark(mark, now, mark.clock);
		expect(settled).toBe(mark.value);
		expect(settled - now * 1000).toBeLessThan(2e6);
	});

	test('is let go after five times', async () => {
		const mark = new WatchedMark(10, (_sleep, self) => {
			self.value = 5;
		});
		expect(await settleMark(mark, 10, mark.clock)).toBe(mark.value);
		expect(mark.sleeps).toHaveLength(5);
	});
});

test.each([
	[1, 'resolves'],
	[2, 'rejects'],
])('a call that throws %d times %s', async (times, how) => {
	const { clock, sleeps } = new WatchedMark(undefined);
	let left = times;
	const mark: HighWaterMark = {
		raise: async (values) => {
			if (left-- > 0) throw new Error('The row is there');
			return values.map(() => true);
		},
		clear: async () => undefined,
	};
	const answer = retryOnce(mark, clock).raise([1]);
	if (how === 'resolves') expect(await answer).toEqual([true]);
	else await expect(answer).rejects.toThrow('The row is there');
	expect(sleeps).toEqual([SETTLE_MS]);
});
