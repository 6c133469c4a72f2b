import {
	backoffMs,
	parseHttpDate,
	parseRetryAfter,
} from '../../nodes/MoEngageCohortSync/delivery/retry';
import { VirtualClock } from '../support/virtualClock';

function waitsWhere(random: number): number[] {
	const clock = new VirtualClock();
	clock.random = () => random;
	return [1, 2, 3, 4, 5, 6, 7, 8].map((retry) => backoffMs(retry, clock));
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

test('waits grow threefold from 1 to 2 s up to about 1 to 2 minutes', () => {
	expect(waitsWhere(0)).toEqual([1000, 3000, 9000, 27000, 67500, 67500, 67500, 67500]);
	expect(waitsWhere(1)).toEqual([2000, 6000, 18000, 54000, 135000, 135000, 135000, 135000]);
});

test('eight retries outlast an outage of five minutes even with the shortest waits', () => {
	expect(sum(waitsWhere(0))).toBeGreaterThan(5 * 60_000);
	expect(sum(waitsWhere(1))).toBeLessThan(11 * 60_000);
});

test('the twentieth retry waits no longer than the eighth', () => {
	const clock = new VirtualClock();
	clock.random = () => 0.5;
	expect(backoffMs(20, clock)).toBe(backoffMs(8, clock));
});

const NOW = Date.parse('2026-11-23T10:00:00.000Z');

test.each([
	['0', 0],
	['1', 1000],
	[' 120 ', 120_000],
	['Mon, 23 Nov 2026 10:00:20 GMT', 20_000],
	['Monday, 23-Nov-26 10:00:20 GMT', 20_000],
	['Mon, 23 Nov 2026 09:00:00 GMT', 0],
	[undefined, undefined],
	['', undefined],
	['soon', undefined],
	['-5', undefined],
	['1.5', undefined],
	['1e3', undefined],
	['9999999999', 1e12],
	['9'.repeat(400), 1e12],
	['retry in 2099', undefined],
	['2026-11-23T10:00:20Z', undefined],
	['Mon, 99 Nov 2026 10:00:20 GMT', undefined],
])('Retry-After %p asks for %p ms', (header, expected) => {
	expect(parseRetryAfter(header, NOW)).toBe(expected);
});

test('a date is parsed as HTTP writes it', () => {
	expect(parseHttpDate('Mon, 23 Nov 2026 10:00:00 GMT')).toBe(NOW);
	expect(parseHttpDate(undefined)).toBeUndefined();
	expect(parseHttpDate('today')).toBeUndefined();
});
