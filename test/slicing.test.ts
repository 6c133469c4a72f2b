import fc from 'fast-check';
import type { Operation } from '../nodes/MoEngageCohortSync/model/settings';
import { planItems } from '../nodes/MoEngageCohortSync/plan/plan';
import type { Task } from '../nodes/MoEngageCohortSync/slicing';
import {
	each,
	eachIndex,
	runInSlices,
	sortInSlices,
	waitFor,
} from '../nodes/MoEngageCohortSync/slicing';
import { atOnce } from './support/atOnce';
import { randomRuns } from './support/randomRuns';
import { sourceOf } from './support/source';
import { VirtualClock } from './support/virtualClock';

/** A clock whose time goes on by `msPerLook` whenever someone looks at it, and that counts the pauses. */
class BusyClock extends VirtualClock {
	pauses = 0;
	private spent = 0;

	constructor(private readonly msPerLook: number) {
		super();
	}

	override elapsed(): number {
		return (this.spent += this.msPerLook);
	}

	override async sleep(): Promise<void> {
		this.pauses++;
		await Promise.resolve();
	}
}

function* steps(count: number): Task<string> {
	for (let step = 0; step < count; step++) yield;
	return 'done';
}

test.each([
	[10, 20],
	[25, 50],
	[60, 100],
	[0.001, 0],
])('a task that takes %d ms a step pauses %d times in 100 steps', async (msPerStep, pauses) => {
	const clock = new BusyClock(msPerStep);
	expect(await runInSlices(steps(100), clock)).toBe('done');
	expect(clock.pauses).toBe(pauses);
});

test('a task is abandoned at the first pause after it was stopped', async () => {
	const clock = new BusyClock(60);
	const stop = new AbortController();
	let steps = 0;
	const task = (function* (): Task<string> {
		for (; steps < 100; steps++) {
			if (steps === 10) stop.abort();
			yield;
		}
		return 'done';
	})();
	expect(await runInSlices(task, clock, stop.signal)).toBeUndefined();
	expect(steps).toBe(10);
});

test('what a task throws reaches whoever waits for it', async () => {
	const task = (function* (): Task<void> {
		yield;
		throw new Error('An accident');
	})();
	await expect(runInSlices(task, new VirtualClock())).rejects.toThrow('An accident');
});

describe('a task that waits for a promise', () => {
	test('goes on with its value', async () => {
		const value = await runInSlices(waitFor(Promise.resolve(5)), new VirtualClock());
		expect(value).toBe(5);
	});

	test('can catch what it rejects with', async () => {
		const task = (function* (): Task<unknown> {
			try {
				return yield* waitFor(Promise.reject(new Error('An accident')));
			} catch (reason) {
				return reason;
			}
		})();
		expect(await runInSlices(task, new VirtualClock())).toEqual(new Error('An accident'));
		const uncaught = waitFor(Promise.reject(new Error('Another accident')));
		await expect(runInSlices(uncaught, new VirtualClock())).rejects.toThrow('Another accident');
	});

	test('is abandoned if it was stopped meanwhile', async () => {
		const stop = new AbortController();
		const task = waitFor(Promise.resolve().then(() => stop.abort()));
		expect(await runInSlices(task, new VirtualClock(), stop.signal)).toBeUndefined();
	});

	test('starts a new slice', async () => {
		const clock = new BusyClock(30);
		const task = (function* (): Task<void> {
			for (let step = 0; step < 10; step++) yield* waitFor(Promise.resolve());
		})();
		await runInSlices(task, clock);
		expect(clock.pauses).toBe(0);
	});

	test('can not be run without waiting', () => {
		const task = waitFor(Promise.resolve(5));
		task.next();
		expect(() => task.next()).toThrow('before its promise settled');
	});
});

describe('sorting in slices', () => {
	test('is sorting', () => {
		const texts = fc.array(fc.string({ unit: 'binary', maxLength: 3 }), { minLength: 1 });
		fc.assert(
			fc.property(texts, fc.constantFrom(1, 2_000), (some, copies) => {
				const many = Array.from({ length: copies }, () => some)
					.flat()
					.slice(0, 20_000);
				expect(atOnce(sortInSlices(many)).join()).toBe(many.toSorted().join());
			}),
			randomRuns(30),
		);
		expect(atOnce(sortInSlices([]))).toEqual([]);
	});

	test('pauses in each pass', async () => {
		const clock = new BusyClock(60);
		const texts = Array.from({ length: 16_384 }, (_, index) => String((index * 7_919) % 16_384));
		expect(await runInSlices(sortInSlices(texts), clock)).toEqual(texts.toSorted());
		// Four runs, then two merges of two and one of four; a merge pauses as it goes through its first half.
		expect(clock.pauses).toBe(4 + 2 * 1 + 2);
	});
});

test.each([0, 1, 16, 17, 1_000])('%d items are all visited, in order', (count) => {
	const items = Array.from({ length: count }, (_, index) => `item ${index}`);
	const visited: unknown[] = [];
	atOnce(each(items.values(), (item, index) => visited.push([item, index])));
	expect(visited).toEqual(items.map((item, index) => [item, index]));
	const indexes: number[] = [];
	atOnce(eachIndex(count, (index) => indexes.push(index)));
	expect(indexes).toEqual([...items.keys()]);
});

test.each([
	[0, 0],
	[1, 1],
	[16, 1],
	[17, 2],
	[1_000, 63],
])('a loop over %d items can pause %d times', async (count, pauses) => {
	const items = Array.from({ length: count }, () => 0);
	for (const loop of [each(items, () => {}), eachIndex(count, () => {})]) {
		const clock = new BusyClock(60);
		await runInSlices(loop, clock);
		expect(clock.pauses).toBe(pauses);
	}
});

describe('a plan of 1,000 items', () => {
	const rows = Array.from({ length: 1_000 }, (_, item) => ({
		userId: item % 3 === 0 ? undefined : `u${item % 700}`,
		anonymousId: `a${item % 700}`,
		membership: true,
	}));
	/** At least every 16 items. */
	const pausesOfPass = Math.ceil(1_000 / 16);

	test.each<[operation: Operation, passes: number]>([
		['add', 5],
		['update', 12],
	])(
		'is the same in slices and at once, and may pause in each pass: %s',
		async (operation, passes) => {
			const clock = new BusyClock(60);
			const plan = await runInSlices(planItems(sourceOf(rows), operation), clock);
			expect(plan).toEqual(atOnce(planItems(sourceOf(rows), operation)));
			expect(clock.pauses / pausesOfPass).toBeCloseTo(passes, 1);
		},
	);
});
