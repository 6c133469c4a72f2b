import { countByStatus, users, World } from '../support/virtualMoEngage';

const MINUTE = 60_000;

test('250 requests at 300 a minute, 500 ms each and 5 at once, take no longer than they must', async () => {
	const world = new World({ delay: () => ({ there: 250, back: 250 }) });
	const { packed, changes } = world.audience({ add: users(250), batchSize: 1 });
	await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ accepted: 250 });
	expect(world.clock.elapsed()).toBeLessThanOrEqual(1.2 * (1 + 249 / 5) * 500);
});

test('36 requests need no wait at all', async () => {
	const world = new World();
	const { packed } = world.audience({ add: users(36), batchSize: 1 });
	await world.clock.play(world.clock.sleep(1000));
	const startedAt = world.clock.now();
	await world.play([packed]);
	const finishedAt = startedAt + 250 + 7 * 250;
	expect(packed.stats).toMatchObject({
		requests: 36,
		retries: 0,
		throttled: 0,
		waitedMs: 0,
		startedAt,
		finishedAt,
	});
	expect(world.clock.now()).toBe(finishedAt);
});

test('three executions at once stay within one window', async () => {
	const world = new World({ requestsPerMinute: 100, delay: () => ({ there: 40, back: 40 }) });
	const parts = [0, 1, 2].map((run) =>
		world.audience({ id: `cohort-${run}`, add: users(150, `r${run}-`), batchSize: 1 }),
	);
	const settings = { requestsPerMinute: 100 };
	const runs = parts.map(async ({ packed }) => await world.deliver([packed], settings));
	await world.clock.play(Promise.all(runs));
	for (const { changes } of parts) expect(countByStatus(changes)).toEqual({ accepted: 150 });
	expect(world.model.stats()).toMatchObject({ refused429: 0, maxInAnyMinute: 100 });
	// 450 requests, 100 a minute: the last 50 start in the fifth window.
	expect(world.clock.elapsed()).toBeGreaterThan(4 * MINUTE);
	expect(world.clock.elapsed()).toBeLessThan(4.2 * MINUTE);
});

test('two executions are paused once by one 429', async () => {
	const world = new World({ delay: () => ({ there: 100, back: 100 }) });
	world.model.fault({ status: 429, retryAfter: 20, when: ({ number }) => number === 10 });
	const parts = [0, 1].map((run) =>
		world.audience({ id: `cohort-${run}`, add: users(100, `r${run}-`), batchSize: 1 }),
	);
	const runs = parts.map(async ({ packed }) => await world.deliver([packed]));
	await world.clock.play(Promise.all(runs));
	const refused = world.attempts.filter(({ record }) => record?.status === 429);
	expect(refused).toHaveLength(1);
	const [until] = refused.map(({ endedAt }) => endedAt + 20_000);
	const inThePause = world.attempts.filter(
		({ startedAt, started }) =>
			started > (refused[0]?.ended ?? 0) && startedAt < (until ?? Infinity),
	);
	expect(inThePause).toEqual([]);
	expect(world.clock.elapsed()).toBeLessThanOrEqual(20_000 + 41 * 200);
	const stats = parts.map(({ packed }) => packed.stats);
	expect(stats.map(({ throttled }) => throttled)).toEqual([0, 1]);
	for (const { waitedMs } of stats) {
		expect(waitedMs).toBeGreaterThanOrEqual(19_800);
		expect(waitedMs).toBeLessThan(40_000);
	}
});

test('a 429 pauses the others also where its own request is not sent again', async () => {
	const world = new World();
	world.model.fault({ status: 429, retryAfter: 60, when: ({ number }) => number === 3 });
	const { packed, changes } = world.audience({ add: users(20), batchSize: 1 });
	const settings = { maxRetries: 0, concurrency: 3 };
	await world.play([packed], settings);
	expect(countByStatus(changes)).toEqual({ accepted: 19, failed: 1 });
	expect(world.clock.elapsed()).toBeGreaterThan(60_000);
});

test('a request that was given up is still counted until a minute after its response', async () => {
	const world = new World({ requestsPerMinute: 1, delay: () => ({ there: 5000, back: 5000 }) });
	const stop = new AbortController();
	const first = world.audience({ id: 'first', add: ['u-1'] });
	const second = world.audience({ id: 'second', add: ['u-2'] });
	const limits = { requestsPerMinute: 1 };
	const stopped = world.deliver([first.packed], limits, stop.signal);
	void world.clock.sleep(100).then(() => stop.abort());
	await world.clock.play(stopped);
	expect(world.clock.elapsed()).toBe(100);
	await world.play([second.packed], limits);
	expect(world.attempts[1]?.startedAt).toBeGreaterThan(10_000 + MINUTE);
	expect(world.model.stats()).toMatchObject({ refused429: 0, maxInAnyMinute: 1 });
});

test('a run with low limits is not starved by one with high limits', async () => {
	const world = new World({ delay: () => ({ there: 100, back: 100 }) });
	const slow = world.audience({ id: 'slow', add: users(20, 's-'), batchSize: 1 });
	const fast = world.audience({ id: 'fast', add: users(2000, 'f-'), batchSize: 1 });
	const fastRun = world.deliver([fast.packed]);
	const slowRun = world.deliver([slow.packed], { concurrency: 1, requestsPerMinute: 60 });
	await world.clock.play(slowRun);
	expect(countByStatus(slow.changes)).toEqual({ accepted: 20 });
	expect(countByStatus(fast.changes)['none']).toBeGreaterThan(1000);
	await world.clock.play(fastRun);
	expect(countByStatus(fast.changes)).toEqual({ accepted: 2000 });
});
