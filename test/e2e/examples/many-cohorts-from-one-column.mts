import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readExample } from '../../../demo/example.mjs';
import { outputOf } from '../../../local-n8n/client.mjs';
import type { Scene } from '../scene.mjs';
import { SYNC } from '../workflow.mjs';

/** Customers by their tier. */
type Tiers = Readonly<Record<string, readonly string[]>>;

/** The example, run as it is and then with other customers. */
export function manyCohortsFromOneColumn(getScene: () => Scene) {
	let workflowId: string | undefined;

	/** Runs the workflow on what the query brings now: the customers of the example if none are given. */
	async function run(tiers?: Tiers) {
		const { client, credential, run } = getScene();
		const customers = Object.entries(tiers ?? {}).flatMap(([tier, uids]) =>
			uids.map((uid) => ({ uid, tier })),
		);
		const example = await readExample('many-cohorts-from-one-column.json', credential, {
			...(tiers && {
				'Your Customers': { parameters: { jsonOutput: JSON.stringify({ customers }) } },
			}),
		});
		// The same workflow each time, since the workflow remembers who was in its cohorts.
		if (workflowId) await client.saveWorkflow(workflowId, example);
		else workflowId = await client.createWorkflow(example);
		const execution = await run(workflowId);
		assert.equal(execution.status, 'success');
		const [items = []] = outputOf(execution, SYNC);
		return items.map(({ json }) => [json.cohort_id, json.added, json.removed]);
	}

	const members = (tier: string) => getScene().emulator.model.memberIds(`loyalty-${tier}`);

	test('as imported, each value of the column becomes a cohort of its own', async () => {
		assert.deepEqual(await run(), [
			['loyalty-gold', 1, 0],
			['loyalty-silver', 2, 0],
		]);
		assert.deepEqual(members('gold'), ['customer-1']);
		assert.deepEqual(members('silver'), ['customer-2', 'customer-3']);
		const { model } = getScene().emulator;
		assert.equal(model.cohort('loyalty-gold')?.name, 'Loyalty Gold');
	});

	test('who moves from one value to another leaves the one cohort and joins the other', async () => {
		const summaries = await run({
			Gold: ['customer-1', 'customer-2'],
			Silver: ['customer-3'],
			Bronze: ['customer-4'],
		});
		assert.deepEqual(summaries, [
			['loyalty-gold', 1, 0],
			['loyalty-silver', 0, 1],
			['loyalty-bronze', 1, 0],
		]);
		assert.deepEqual(members('gold'), ['customer-1', 'customer-2']);
		assert.deepEqual(members('silver'), ['customer-3']);
	});

	test('a cohort that nobody is in any more is left alone', async () => {
		await run({ Gold: ['customer-1', 'customer-2', 'customer-3'] });
		assert.deepEqual(members('gold'), ['customer-1', 'customer-2', 'customer-3']);
		assert.deepEqual(members('silver'), ['customer-3']);
	});
}
