import { Splits } from '../../nodes/MoEngageCohortSync/delivery/splits';

test('so many requests may go into halves, two for each batch', () => {
	const splits = new Splits(5, 100);
	splits.take();
	expect(splits.isWorthwhile).toBe(true);
	splits.take();
	expect(splits.isWorthwhile).toBe(false);
	const even = new Splits(2, 100);
	expect(even.isWorthwhile).toBe(true);
	even.take();
	expect(even.isWorthwhile).toBe(false);
});

test('after so many refusals in a row nothing is halved, until something gets through', () => {
	const splits = new Splits(100, 2);
	splits.note(false);
	expect(splits.isWorthwhile).toBe(true);
	splits.note(false);
	expect(splits.isWorthwhile).toBe(false);
	splits.note(true);
	expect(splits.isWorthwhile).toBe(true);
});

test('a batch alone may not use up what a run may', () => {
	const [batch, run] = [Splits.ofBatch(), Splits.ofRun()];
	for (let taken = 0; taken < 500; taken++) for (const each of [batch, run]) each.take();
	expect([batch.isWorthwhile, run.isWorthwhile]).toEqual([false, true]);
	for (let taken = 0; taken < 1_000; taken++) run.take();
	expect(run.isWorthwhile).toBe(false);
});
