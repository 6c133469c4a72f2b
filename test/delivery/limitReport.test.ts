import { readLimitReport } from '../../nodes/MoEngageCohortSync/delivery/limitReport';

const NOW = Date.parse('2026-11-23T10:00:00.000Z');
const EPOCH = NOW / 1000;

const response = { status: 200, body: { isSuccess: true } } as const;

const reportOf = (headers: object) => readLimitReport({ ...response, ...headers }, NOW);

test('where no response came there is nothing to read', () => {
	expect(readLimitReport({ status: undefined, kind: 'timeout' }, NOW)).toBeUndefined();
});

test.each([
	[200, false],
	[400, false],
	[503, false],
	[429, true],
])('a %d says that it is too many: %p', (status, isThrottled) => {
	expect(reportOf({ status })).toMatchObject({ isThrottled });
});

test.each([
	['0', 0],
	['17', 17],
	[' 3 ', 3],
	['300', 300],
	['plenty', undefined],
	['-1', undefined],
	['1.5', undefined],
	['', undefined],
	[undefined, undefined],
])('%p remaining is %p', (rateLimitRemaining, remaining) => {
	expect(reportOf({ rateLimitRemaining })).toMatchObject({ remaining });
});

test.each([
	['0', 0],
	['20', 20_000],
	['0.5', 500],
	['61', 60_000],
	['86400', 60_000],
	[String(EPOCH + 20), 20_000],
	[String((EPOCH + 20) * 1000), 20_000],
	[String(EPOCH - 20), 0],
	[String(EPOCH + 3600), 60_000],
	['9'.repeat(400), 60_000],
	['soon', undefined],
	['-5', undefined],
	['', undefined],
	[undefined, undefined],
])('a reset of %p is in %p ms', (rateLimitReset, resetMs) => {
	expect(reportOf({ rateLimitReset })).toMatchObject({ resetMs });
});

test("an epoch is measured by the server's own clock", () => {
	const date = 'Mon, 23 Nov 2026 11:00:00 GMT';
	expect(reportOf({ date, rateLimitReset: String(EPOCH + 3600 + 7) })).toMatchObject({
		resetMs: 7_000,
	});
});

test.each([
	['20', 20_000],
	['900', 900_000],
	['901', undefined],
])('a Retry-After of %p s holds all up for %p ms', (retryAfter, retryAfterMs) => {
	expect(reportOf({ retryAfter })).toMatchObject({ retryAfterMs });
});
