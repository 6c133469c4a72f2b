import { RateLimiter, secondsAtRate } from '../../nodes/MoEngageCohortSync/delivery/rateLimiter';
import { VirtualClock } from '../support/virtualClock';

const MINUTE = 60_000;

function startLimiter() {
	const clock = new VirtualClock();
	return { clock, limiter: new RateLimiter(clock), abort: new AbortController() };
}

type World = ReturnType<typeof startLimiter>;

/** Sends a request whose response comes after `ms`; gives the time of its start. */
async function use(
	{ clock, limiter, abort }: World,
	{ requestsPerMinute = 300, concurrency = 5, ms = 0 } = {},
): Promise<number> {
	await limiter.acquire({ requestsPerMinute, concurrency }, abort.signal);
	const at = clock.elapsed();
	await clock.sleep(ms);
	limiter.release();
	return at;
}

test('as many requests as the limit start at once, the next when a permit is free 60 s after a response', async () => {
	const world = startLimiter();
	const limits = { requestsPerMinute: 3, concurrency: 100, ms: 500 };
	const times = await world.clock.play(
		Promise.all([1, 2, 3, 4, 5, 6, 7].map(async () => await use(world, limits))),
	);
	const second = 500 + MINUTE + 1;
	expect(times).toEqual([0, 0, 0, second, second, second, 2 * second]);
});

test('no more are in flight than allowed', async () => {
	const world = startLimiter();
	const limits = { concurrency: 2, ms: 100 };
	const uses = [1, 2, 3, 4, 5].map(async () => await use(world, limits));
	expect(await world.clock.play(Promise.all(uses))).toEqual([0, 0, 100, 100, 200]);
});

test('a permit that was not used is free again at once', async () => {
	const { clock, limiter, abort } = startLimiter();
	const limits = { requestsPerMinute: 1, concurrency: 1 };
	expect(await limiter.acquire(limits, abort.signal)).toBe(true);
	const next = limiter.acquire(limits, abort.signal);
	limiter.cancel();
	expect(await clock.play(next)).toBe(true);
	expect(clock.elapsed()).toBe(0);
});

/** Sends a request that MoEngage answers 429 at once. */
async function refuse({ limiter, abort }: World, retryAfterMs: number): Promise<void> {
	await limiter.acquire({ requestsPerMinute: 300, concurrency: 5 }, abort.signal);
	limiter.release({ isThrottled: true, retryAfterMs });
}

test('nobody gets a permit during a pause, whoever asks and when', async () => {
	const world = startLimiter();
	const { clock } = world;
	await clock.play(refuse(world, 5000));
	const early = use(world);
	const later = clock.sleep(3000).then(async () => await use(world, { ms: 10 }));
	expect(await clock.play(Promise.all([early, later]))).toEqual([5000, 5000]);
});

test('a pause that is prolonged while requests wait ends at the later time', async () => {
	const world = startLimiter();
	const { clock, limiter, abort } = world;
	await limiter.acquire({ requestsPerMinute: 300, concurrency: 5 }, abort.signal);
	await clock.play(refuse(world, 3000));
	const waiting = use(world);
	void clock.sleep(500).then(() => limiter.release({ isThrottled: true, retryAfterMs: 7000 }));
	expect(await clock.play(waiting)).toBe(7500);
});

test.each([
	[90_000, 90_000],
	[3_000, MINUTE + 1],
])(
	'a full window with a pause of %d ms lets the next request start after %d ms',
	async (ms, expected) => {
		const world = startLimiter();
		const limits = { requestsPerMinute: 1 };
		await world.clock.play(refuse(world, ms));
		expect(await world.clock.play(use(world, limits))).toBe(expected);
	},
);

test('a request that no longer waits does not hold the others up', async () => {
	const world = startLimiter();
	const { clock, limiter, abort } = world;
	const busy = use(world, { concurrency: 2, ms: 1000 });
	const gone = new AbortController();
	const alone = limiter.acquire({ requestsPerMinute: 300, concurrency: 1 }, gone.signal);
	const behind = use(world, { concurrency: 2 });
	void clock.sleep(100).then(() => gone.abort());
	expect(await clock.play(alone)).toBe(false);
	expect(await clock.play(behind)).toBe(100);
	await clock.play(busy);
	expect(
		await clock.play(limiter.acquire({ requestsPerMinute: 3, concurrency: 1 }, abort.signal)),
	).toBe(true);
});

test('requests start in the order in which they asked, whatever their limits', async () => {
	const world = startLimiter();
	const order: string[] = [];
	const enter = async (name: string, limits: { requestsPerMinute: number }) => {
		await use(world, { ...limits, concurrency: 10, ms: 100 });
		order.push(name);
	};
	const fast = { requestsPerMinute: 300 };
	const slow = { requestsPerMinute: 2 };
	await world.clock.play(
		Promise.all([
			enter('fast 1', fast),
			enter('fast 2', fast),
			enter('slow', slow),
			enter('fast 3', fast),
		]),
	);
	expect(order).toEqual(['fast 1', 'fast 2', 'slow', 'fast 3']);
});

test('waits that are aborted leave no sleep behind', async () => {
	const { clock, limiter, abort } = startLimiter();
	const limits = { requestsPerMinute: 1, concurrency: 1 };
	await limiter.acquire(limits, abort.signal);
	limiter.release();
	const waiting = Array.from(
		{ length: 1000 },
		async () => await limiter.acquire(limits, abort.signal),
	);
	expect(clock.asleep).toBe(1);
	abort.abort();
	expect(await clock.play(Promise.all(waiting))).toEqual(Array(1000).fill(false));
	await clock.playOut();
	expect(clock.asleep).toBe(0);
});

test.each([
	[0, 300, 0],
	[1, 300, 0],
	[300, 300, 0],
	[301, 300, 60],
	[600, 300, 60],
	[601, 300, 120],
	[3, 1, 120],
])('%d requests at %d a minute take no less than %d s', (requests, perMinute, seconds) => {
	expect(secondsAtRate(requests, perMinute)).toBe(seconds);
});

test('a request takes as many places of the window as it says, and gives them all back', async () => {
	const { clock, limiter, abort } = startLimiter();
	const limits = { requestsPerMinute: 10, concurrency: 5 };
	const times: number[] = [];
	const take = async (places: number) => {
		await limiter.acquire(limits, abort.signal, places);
		times.push(clock.elapsed());
		limiter.release(undefined, places);
	};
	await clock.play(take(7).then(async () => await take(3)));
	await clock.play(Promise.all([take(4), take(6), take(1)]));
	expect(times).toEqual([0, 0, MINUTE + 1, MINUTE + 1, 2 * (MINUTE + 1)]);
});

test('places that were not used are free again at once', async () => {
	const { clock, limiter, abort } = startLimiter();
	const limits = { requestsPerMinute: 10, concurrency: 5 };
	await limiter.acquire(limits, abort.signal, 10);
	const next = limiter.acquire(limits, abort.signal, 10);
	limiter.cancel(10);
	expect(await clock.play(next)).toBe(true);
	expect(clock.elapsed()).toBe(0);
});

test('what MoEngage says to remain are places, of which a request may take several', async () => {
	const { clock, limiter, abort } = startLimiter();
	const limits = { requestsPerMinute: 100, concurrency: 5 };
	const times: number[] = [];
	const take = async (places: number, remaining: number) => {
		await limiter.acquire(limits, abort.signal, places);
		times.push(clock.elapsed());
		limiter.release({ isThrottled: false, remaining, resetMs: 30_000 }, places);
	};
	// 60 of the 100 places are others': 20 more remain after the first request, 0 after the second.
	await clock.play(take(20, 20).then(async () => await take(20, 0)));
	await clock.play(take(20, 20));
	expect(times.slice(0, 2)).toEqual([0, 0]);
	expect(times[2]).toBeGreaterThanOrEqual(30_000);
});
