import type { Operation } from '../nodes/MoEngageCohortSync/input/settings';
import { planChanges } from '../nodes/MoEngageCohortSync/plan/plan';
import type { Work } from '../nodes/MoEngageCohortSync/work';
import { inStretches } from '../nodes/MoEngageCohortSync/work';
import { atOnce } from './support/atOnce';
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

function* steps(count: number): Work<string> {
	for (let step = 0; step < count; step++) yield;
	return 'done';
}

test.each([
	[10, 20],
	[25, 50],
	[60, 100],
	[0.001, 0],
])('work that takes %d ms a step pauses %d times in 100 steps', async (msPerStep, pauses) => {
	const clock = new BusyClock(msPerStep);
	expect(await inStretches(steps(100), clock)).toBe('done');
	expect(clock.pauses).toBe(pauses);
});

test('work is left undone from the first pause on after it was stopped', async () => {
	const clock = new BusyClock(60);
	const stop = new AbortController();
	let steps = 0;
	const work = (function* (): Work<string> {
		for (; steps < 100; steps++) {
			if (steps === 10) stop.abort();
			yield;
		}
		return 'done';
	})();
	expect(await inStretches(work, clock, stop.signal)).toBeUndefined();
	expect(steps).toBe(10);
});

test('what a work throws reaches whoever waits for it', async () => {
	const work = (function* (): Work<void> {
		yield;
		throw new Error('An accident');
	})();
	await expect(inStretches(work, new VirtualClock())).rejects.toThrow('An accident');
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
		// Users rather than items are gone through once.
		['update', 5.7],
	])(
		'is the same in stretches and at once, and may pause in each pass: %s',
		async (operation, passes) => {
			const clock = new BusyClock(60);
			const plan = await inStretches(planChanges(sourceOf(rows), operation), clock);
			expect(plan).toEqual(atOnce(planChanges(sourceOf(rows), operation)));
			expect(clock.pauses / pausesOfPass).toBeCloseTo(passes, 1);
		},
	);
});
