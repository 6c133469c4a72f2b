import { RateWindow } from '../../nodes/MoEngageCohortSync/delivery/rateWindow';
import { Signal } from '../../nodes/MoEngageCohortSync/delivery/signal';
import { VirtualClock } from '../support/virtualClock';

const MINUTE = 60_000;

function startWindow() {
	const clock = new VirtualClock();
	return { clock, window: new RateWindow(clock), over: new Signal() };
}

/** Enters and leaves at once with an answer after `ms`; gives the time of entering. */
async function use(
	{ clock, window, over }: ReturnType<typeof startWindow>,
	{ requestsPerMinute = 300, concurrency = 5, ms = 0 } = {},
): Promise<number> {
	await window.enter({ requestsPerMinute, concurrency }, over);
	const at = clock.elapsed();
	await clock.sleep(ms);
	window.answered();
	return at;
}

test('as many as the limit enter at once, the next when a place is free 60 s after its answer', async () => {
	const world = startWindow();
	const limits = { requestsPerMinute: 3, concurrency: 100, ms: 500 };
	const times = await world.clock.play(
		Promise.all([1, 2, 3, 4, 5, 6, 7].map(async () => await use(world, limits))),
	);
	const second = 500 + MINUTE + 1;
	expect(times).toEqual([0, 0, 0, second, second, second, 2 * second]);
});

test('no more are in flight than allowed', async () => {
	const world = startWindow();
	const limits = { concurrency: 2, ms: 100 };
	const uses = [1, 2, 3, 4, 5].map(async () => await use(world, limits));
	expect(await world.clock.play(Promise.all(uses))).toEqual([0, 0, 100, 100, 200]);
});

test('a place that was not used is free again at once', async () => {
	const { clock, window, over } = startWindow();
	const limits = { requestsPerMinute: 1, concurrency: 1 };
	expect(await window.enter(limits, over)).toBe(true);
	const next = window.enter(limits, over);
	window.leave();
	expect(await clock.play(next)).toBe(true);
	expect(clock.elapsed()).toBe(0);
});

test('a closed window lets nobody in until it opens, whoever asks and when', async () => {
	const world = startWindow();
	const { clock, window } = world;
	await clock.play(use(world, { ms: 10 }));
	window.close(5000);
	window.close(1000);
	const early = use(world);
	const later = clock.sleep(3000).then(async () => await use(world));
	expect(await clock.play(Promise.all([early, later]))).toEqual([5010, 5010]);
});

test('a window that is closed again while they wait opens at the later time', async () => {
	const world = startWindow();
	world.window.close(1000);
	const waiting = use(world);
	void world.clock.sleep(500).then(() => world.window.close(2000));
	expect(await world.clock.play(waiting)).toBe(2500);
});

test.each([
	[90_000, 90_000],
	[1_000, MINUTE + 1],
])('a full window that is closed for %d ms lets the next in after %d ms', async (ms, expected) => {
	const world = startWindow();
	const limits = { requestsPerMinute: 1 };
	await world.clock.play(use(world, limits));
	world.window.close(ms);
	expect(await world.clock.play(use(world, limits))).toBe(expected);
});

test('who no longer wants a place does not hold the others up', async () => {
	const world = startWindow();
	const { clock, window, over } = world;
	const busy = use(world, { concurrency: 2, ms: 1000 });
	const gone = new Signal();
	const alone = window.enter({ requestsPerMinute: 300, concurrency: 1 }, gone);
	const behind = use(world, { concurrency: 2 });
	void clock.sleep(100).then(() => gone.give());
	expect(await clock.play(alone)).toBe(false);
	expect(await clock.play(behind)).toBe(100);
	await clock.play(busy);
	expect(await clock.play(window.enter({ requestsPerMinute: 3, concurrency: 1 }, over))).toBe(true);
});

test('they enter in the order in which they asked, whatever their limits', async () => {
	const world = startWindow();
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

test('sleeps that nobody needs any more leave nothing behind', async () => {
	const { clock, window, over } = startWindow();
	const limits = { requestsPerMinute: 1, concurrency: 1 };
	await window.enter(limits, over);
	window.answered();
	const waiting = Array.from({ length: 1000 }, async () => await window.enter(limits, over));
	expect(clock.asleep).toBe(1);
	over.give();
	expect(await clock.play(Promise.all(waiting))).toEqual(Array(1000).fill(false));
	await clock.playOut();
	expect(clock.asleep).toBe(0);
});
