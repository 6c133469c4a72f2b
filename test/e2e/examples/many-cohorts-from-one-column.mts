import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readExample } from '../../../demo/example.mjs';
import { outputOf, type Execution } from '../../../local-n8n/client.mjs';
import { messageOf, type Scene } from '../scene.mjs';
import { SYNC } from '../workflow.mjs';

interface Customer {
	readonly uid: string;
	readonly tier: string | number | null;
}

/** The example, run as imported and then with other customers. */
export function manyCohortsFromOneColumn(getScene: () => Scene) {
	let workflowId: string | undefined;

	/** Runs the workflow with these customers as the query's result; default: the customers of the example. */
	async function run(customers?: readonly Customer[]) {
		const { client, credential, run } = getScene();
		const jsonOutput = JSON.stringify({ customers });
		const changes = customers && { 'Your Customers': { parameters: { jsonOutput } } };
		const example = await readExample('many-cohorts-from-one-column.json', credential, changes);
		// The same workflow each time, because it remembers who was in its cohorts.
		if (workflowId) await client.saveWorkflow(workflowId, example);
		else workflowId = await client.createWorkflow(example);
		return run(workflowId);
	}

	const members = (tier: string | number) => getScene().emulator.model.memberIds(`loyalty-${tier}`);

	test('as imported, each value of the column becomes a separate cohort', async () => {
		assert.deepEqual(summaries(await run()), [
			['loyalty-Gold', 1, 0],
			['loyalty-Silver', 2, 0],
		]);
		assert.deepEqual(members('Gold'), ['customer-1']);
		assert.deepEqual(members('Silver'), ['customer-2', 'customer-3']);
		const { model } = getScene().emulator;
		assert.equal(model.cohort('loyalty-Gold')?.name, 'Loyalty Gold');
	});

	test('a customer whose value changes leaves one cohort and joins the other', async () => {
		const execution = await run([
			...customers('Gold', 'customer-1', 'customer-2'),
			...customers('Silver', 'customer-3'),
			...customers('Bronze', 'customer-4'),
		]);
		assert.deepEqual(summaries(execution), [
			['loyalty-Gold', 1, 0],
			['loyalty-Silver', 0, 1],
			['loyalty-Bronze', 1, 0],
		]);
		assert.deepEqual(members('Gold'), ['customer-1', 'customer-2']);
		assert.deepEqual(members('Silver'), ['customer-3']);
	});

	test('a cohort that is no longer in the input stays unchanged', async () => {
		await run(customers('Gold', 'customer-1', 'customer-2', 'customer-3'));
		assert.deepEqual(members('Gold'), ['customer-1', 'customer-2', 'customer-3']);
		assert.deepEqual(members('Silver'), ['customer-3']);
	});

	test('values that are numbers, such as 0, are values too', async () => {
		const execution = await run([...customers(0, 'customer-1'), ...customers(1, 'customer-2')]);
		assert.deepEqual(summaries(execution), [
			['loyalty-0', 1, 0],
			['loyalty-1', 1, 0],
		]);
		assert.deepEqual([members(0), members(1)], [['customer-1'], ['customer-2']]);
	});

	for (const [what, tier] of [
		['no value', null],
		['only blanks', '  '],
	] as const) {
		test(`if a customer has ${what}, the run fails with a clear message, and nothing is sent`, async () => {
			const { requests } = getScene().emulator.model;
			const before = requests.length;
			const execution = await run([
				...customers('Gold', 'customer-1', 'customer-2', 'customer-3'),
				...customers(tier, 'customer-5'),
			]);
			assert.equal(execution.status, 'error');
			assert.match(
				messageOf(execution),
				/1 of 4 items can't be sent, so nothing was sent.*Item 3: Part of the text in 'Cohort ID' is missing/s,
			);
			assert.equal(requests.length, before);
		});
	}

	test('if the query returns nothing, the run fails', async () => {
		const execution = await run([]);
		assert.equal(execution.status, 'error');
		assert.match(messageOf(execution), /nothing/);
	});
}

function customers(tier: Customer['tier'], ...uids: string[]): Customer[] {
	return uids.map((uid) => ({ uid, tier }));
}

/** What a successful run says about each cohort. */
function summaries(execution: Execution) {
	assert.equal(execution.status, 'success', messageOf(execution));
	const [items = []] = outputOf(execution, SYNC);
	return items.map(({ json }) => [json.cohort_id, json.added, json.removed]);
}
