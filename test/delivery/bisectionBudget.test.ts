import { BisectionBudget } from '../../nodes/MoEngageCohortSync/delivery/bisectionBudget';

test('two requests are spent on each bisection, and no more than there are', () => {
	const odd = new BisectionBudget(5, 100);
	expect([odd.spendOnHalves(), odd.spendOnHalves(), odd.spendOnHalves()]).toEqual([
		true,
		true,
		false,
	]);
	const even = new BisectionBudget(2, 100);
	expect([even.spendOnHalves(), even.spendOnHalves()]).toEqual([true, false]);
});

test('after so many refusals in a row nothing is spent, until something is accepted', () => {
	const budget = new BisectionBudget(100, 2);
	budget.record('refused');
	expect(budget.spendOnHalves()).toBe(true);
	budget.record('refused');
	expect(budget.spendOnHalves()).toBe(false);
	budget.record('accepted');
	expect(budget.spendOnHalves()).toBe(true);
});

test('a batch alone can not use up the budget of its run, and all batches together can', () => {
	const run = BisectionBudget.forRun();
	const spendAll = () => {
		const batch = run.forBatch();
		let bisections = 0;
		while (batch.spendOnHalves()) bisections++;
		return bisections;
	};
	expect([spendAll(), spendAll(), spendAll(), spendAll()]).toEqual([500, 500, 500, 0]);
	expect(run.spendOnHalves()).toBe(false);
});

test('refusals count for the batch and for the run, whichever has too many first', () => {
	const run = new BisectionBudget(100, 3);
	const batchWithTwoRefusals = () => {
		const batch = run.forBatch();
		batch.record('refused');
		batch.record('refused');
		return batch;
	};
	expect(batchWithTwoRefusals().spendOnHalves()).toBe(true);
	expect(batchWithTwoRefusals().spendOnHalves()).toBe(false);
	expect(run.spendOnHalves()).toBe(false);
	run.forBatch().record('accepted');
	expect(run.forBatch().spendOnHalves()).toBe(true);
	const one = BisectionBudget.forRun();
	const batch = one.forBatch();
	for (let refusal = 0; refusal < 40; refusal++) batch.record('refused');
	expect([batch.spendOnHalves(), one.forBatch().spendOnHalves()]).toEqual([false, true]);
});
