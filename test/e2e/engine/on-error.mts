import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { outputOf, type Execution } from '../../../local-n8n/client.mjs';
import { messageOf, type Scene } from '../scene.mjs';
import {
	chain,
	node,
	rowsNodes,
	syncNode,
	to,
	SYNC,
	type Parameters,
	type SyncNode,
} from '../workflow.mjs';

const ROWS = [
	{ id: 'Oslo', city: 'Oslo', is_member: true },
	{ id: null, city: 'Lima', is_member: true },
	{ id: 'Łódź', city: 'Łódź', is_member: true },
];

/** The cohort after each operation, if it held Nuuk and Oslo before and the valid rows are sent. */
const AFTER = {
	add: ['Nuuk', 'Oslo', 'Łódź'],
	remove: ['Nuuk'],
	update: ['Nuuk', 'Oslo', 'Łódź'],
	// An ID that can't be read may be Nuuk's, so nobody is removed.
	mirror: ['Nuuk', 'Oslo', 'Łódź'],
};

/** What n8n and its user see of rows that can't be sent, with each setting of On Error. */
export function onError(getScene: () => Scene) {
	/** Runs the node on the rows, with a node connected to each of its outputs. */
	async function run(
		sync: Omit<SyncNode, 'credential'>,
		credential = getScene().credential,
		rows: readonly object[] = ROWS,
	) {
		const workflow = chain([
			node('Start', 'n8n-nodes-base.manualTrigger', 1, {}),
			...rowsNodes('Rows', rows),
			syncNode({ credential, ...sync }),
		]);
		return getScene().runNew({
			...workflow,
			nodes: [...workflow.nodes, node('Success', NO_OP, 1, {}), node('Error', NO_OP, 1, {})],
			connections: {
				...workflow.connections,
				[SYNC]: { main: [[to('Success')], [to('Error')]] },
			},
		});
	}

	function cohort(id: string, parameters: Parameters = {}): Parameters {
		return {
			cohortId: id,
			cohortName: id,
			userId: '={{ $json.id }}',
			membership: '={{ $json.is_member }}',
			removalLimit: 100,
			...parameters,
		};
	}

	for (const [operation, after] of Object.entries(AFTER)) {
		describe(operation, () => {
			const members = (id: string) => getScene().emulator.model.memberIds(id);

			/** A cohort with Nuuk and Oslo, and the node's parameters for it. */
			async function cohortOfTwo(id: string) {
				const workflow = chain([
					node('Start', 'n8n-nodes-base.manualTrigger', 1, {}),
					...rowsNodes('Rows', [{ id: 'Nuuk' }, { id: 'Oslo' }]),
					syncNode({ credential: getScene().credential, parameters: cohort(id) }),
				]);
				await getScene().runNew(workflow);
				assert.deepEqual(members(id), ['Nuuk', 'Oslo']);
				return cohort(id, { operation });
			}

			test('stop: the run fails and names the row, and nothing is sent', async () => {
				const id = `${operation}-stop`;
				const execution = await run({ parameters: await cohortOfTwo(id) });
				assert.equal(execution.status, 'error');
				assert.equal(execution.data.resultData.lastNodeExecuted, SYNC);
				assert.match(
					messageOf(execution),
					/1 of 3 items can't be sent, so nothing was sent.*Item 1: /s,
				);
				assert.deepEqual(outputOf(execution, 'Success'), []);
				assert.deepEqual(members(id), ['Nuuk', 'Oslo']);
			});

			test('continue: the valid rows are sent, and the invalid one becomes an error item with the reason', async () => {
				const id = `${operation}-continue`;
				const parameters = await cohortOfTwo(id);
				const execution = await run({ parameters, onError: 'continueRegularOutput' });
				assert.equal(execution.status, 'success');
				const items = itemsOf(execution, 'Success').slice(0, 3);
				assert.deepEqual(
					items.map(({ json }) => json.uid ?? Object.keys(json)),
					['Oslo', ['error', 'message'], 'Łódź'],
				);
				assert.deepEqual(
					items.map(({ pairedItem }) => pairedItem),
					[{ item: 0 }, { item: 1 }, { item: 2 }],
				);
				assert.match(String(items[1]?.json.error), /User ID/);
				assert.deepEqual(members(id), after);
			});

			test('error output: the invalid row goes there with its own columns and the reason', async () => {
				const id = `${operation}-output`;
				const parameters = await cohortOfTwo(id);
				const execution = await run({ parameters, onError: 'continueErrorOutput' });
				assert.equal(execution.status, 'success');
				assert.deepEqual(
					itemsOf(execution, 'Success').map(({ json }) => json.uid),
					['Oslo', 'Łódź'],
				);
				const [item, ...others] = itemsOf(execution, 'Error');
				assert.equal(others.length, 0);
				const { error, ...rest } = item?.json ?? {};
				assert.match(String(error), /User ID/);
				assert.deepEqual(rest, { ...ROWS[1], message: 'invalid' });
				assert.deepEqual(members(id), after);
			});
		});
	}

	describe('a request that MoEngage rejects while others are accepted', () => {
		const rows = ['Kyiv', 'Lima', 'Rome'].map((id) => ({ id, city: `City of ${id}` }));

		async function runRefused(id: string, onError: NonNullable<SyncNode['onError']>) {
			const account = await getScene().openAccount();
			account.emulator.model.fault({
				status: 400,
				when: ({ members }) => members.some(({ uid }) => uid === 'Lima'),
			});
			const parameters = cohort(id, { options: { batchSize: 1 } });
			const execution = await run({ parameters, onError }, account.credential, rows);
			assert.deepEqual(account.emulator.model.memberIds(id), ['Kyiv', 'Rome']);
			return execution;
		}

		test('stop: the run ends and says how much was accepted', async () => {
			const execution = await runRefused('refused-stop', 'stopWorkflow');
			assert.equal(execution.status, 'error');
			assert.match(messageOf(execution), /MoEngage.*2 of 3 items were accepted, 1 rejected/s);
			assert.deepEqual(outputOf(execution, 'Success'), []);
		});

		test('continue: the rejected one becomes an error item with the reason', async () => {
			const execution = await runRefused('refused-continue', 'continueRegularOutput');
			assert.deepEqual(
				itemsOf(execution, 'Success').map(({ json }) => json.status ?? json.message),
				['accepted', 'rejected', 'accepted'],
			);
		});

		test('error output: the rejected one goes there with its own columns', async () => {
			const execution = await runRefused('refused-output', 'continueErrorOutput');
			const { error, ...rest } = itemsOf(execution, 'Error')[0]?.json ?? {};
			assert.match(String(error), /MoEngage/);
			assert.deepEqual(rest, { ...rows[1], message: 'rejected' });
			assert.equal(itemsOf(execution, 'Success').length, 2);
		});
	});

	test('error output: with wrong keys every row goes there with its own columns, none to the success output', async () => {
		const { credential } = await getScene().openAccount({ secret: 'another' });
		const parameters = cohort('wrong-keys');
		const rows = ROWS.filter(({ id }) => id);
		const execution = await run({ parameters, onError: 'continueErrorOutput' }, credential, rows);
		assert.equal(execution.status, 'success');
		assert.deepEqual(itemsOf(execution, 'Success'), []);
		assert.deepEqual(
			itemsOf(execution, 'Error').map(({ json }) => json.city),
			['Oslo', 'Łódź'],
		);
		assert.match(String(itemsOf(execution, 'Error')[0]?.json.error), /credential/i);
	});
}

const NO_OP = 'n8n-nodes-base.noOp';

/** The items of a node's first output. */
function itemsOf(execution: Execution, name: string) {
	return outputOf(execution, name)[0] ?? [];
}
