import type { IDataObject, IWorkflowBase } from 'n8n-workflow';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outputOf, type Workflow } from '../../../local-n8n/client.mjs';
import { messageOf, type Scene } from '../scene.mjs';
import { chain, node, rowsNodes, syncNode, to, SYNC, type Parameters } from '../workflow.mjs';

const ROWS = [
	{ id: 'Oslo', name: 'Ola' },
	{ id: 'Łódź', name: 'Ewa' },
	{ id: 'Москва', name: 'Ира' },
	{ id: 'Kyiv', name: 'Оля' },
	{ id: 'Nuuk', name: 'Nuka' },
];
const IDS = ROWS.map(({ id }) => id).toSorted();

/** The node together with other nodes that users combine it with. */
export function surroundings(getScene: () => Scene) {
	const start = node('Start', 'n8n-nodes-base.manualTrigger', 1, {});
	const sync = (parameters: Parameters) =>
		syncNode({ parameters, credential: getScene().credential });
	const model = () => getScene().emulator.model;

	async function run(workflow: Workflow) {
		const execution = await getScene().runNew(workflow);
		assert.equal(execution.status, 'success', messageOf(execution));
		return execution;
	}

	function cohort(id: string, parameters: Parameters = {}): Parameters {
		return { cohortId: id, cohortName: id, userId: '={{ $json.id }}', ...parameters };
	}

	function requestsFor(id: string) {
		return model().requests.filter(({ cohortId }) => cohortId === id);
	}

	test('expressions can refer to the item of another node and to the first item of one', async () => {
		await run(
			chain([
				start,
				node('Settings', 'n8n-nodes-base.set', 3.4, {
					mode: 'raw',
					jsonOutput: JSON.stringify({ cohort: { id: 'referred', name: 'Referred to' } }),
				}),
				...rowsNodes('Rows', ROWS),
				node('Without IDs', 'n8n-nodes-base.set', 3.4, { mode: 'raw', jsonOutput: '{}' }),
				sync({
					cohortId: "={{ $('Settings').first().json.cohort.id }}",
					cohortName: "={{ $('Settings').item.json.cohort.name }}",
					userId: "={{ $('Rows Items').item.json.id }}",
				}),
			]),
		);
		assert.deepEqual(model().memberIds('referred'), IDS);
		assert.equal(model().cohort('referred')?.name, 'Referred to');
	});

	test('a later node can refer to the row that a result came from', async () => {
		const execution = await run(
			chain([
				start,
				...rowsNodes('Rows', ROWS),
				sync(cohort('back')),
				node('Names', 'n8n-nodes-base.set', 3.4, {
					mode: 'raw',
					jsonOutput: "={{ { uid: $json.uid, name: $('Rows Items').item.json.name } }}",
				}),
			]),
		);
		assert.deepEqual(
			outputOf(execution, 'Names')[0]?.map(({ json }) => json),
			ROWS.map(({ id, name }) => ({ uid: id, name })),
		);
	});

	test('a Code node can create the items, also with numbers as IDs', async () => {
		const execution = await run(
			chain([
				start,
				node('Code', 'n8n-nodes-base.code', 2, {
					jsCode: 'return [7, "a", " b "].map((id) => ({ json: { user: { id } } }));',
				}),
				sync(cohort('coded', { userId: '={{ $json.user.id }}' })),
			]),
		);
		assert.deepEqual(model().memberIds('coded'), ['7', 'a', 'b']);
		assert.deepEqual(
			outputOf(execution, SYNC)[0]?.map(({ json }) => json.uid),
			['7', 'a', 'b'],
		);
	});

	test('a sub-workflow returns the results to its caller, and keeps what it remembers', async () => {
		const { client } = getScene();
		const mirror = sync(cohort('called', { operation: 'mirror', removalLimit: 100 }));
		const called = chain([
			node('Called', 'n8n-nodes-base.executeWorkflowTrigger', 1.1, { inputSource: 'passthrough' }),
			mirror,
		]);
		const child = await client.createWorkflow({
			...called,
			name: 'Mirrors to MoEngage',
			// n8n 2.x calls only published workflows, and 1.123 publishes none without such a trigger.
			nodes: [...called.nodes, node('Every Day', 'n8n-nodes-base.scheduleTrigger', 1.2, DAILY)],
		});
		await client.activate(child);
		const path = 'calls-another-workflow';
		const caller = await client.createWorkflow(
			chain([
				{
					...node('Webhook', 'n8n-nodes-base.webhook', 2.1, {
						path,
						httpMethod: 'POST',
						responseMode: 'lastNode',
						responseData: 'allEntries',
					}),
					webhookId: path,
				},
				node('One by One', 'n8n-nodes-base.splitOut', 1, { fieldToSplitOut: 'body.rows' }),
				node('Sub-workflow', 'n8n-nodes-base.executeWorkflow', 1.2, {
					workflowId: { __rl: true, mode: 'id', value: child },
				}),
			]),
		);
		await client.activate(caller);
		const call = async (rows: readonly object[]) => {
			const results = JSON.parse(await client.callWebhook(path, { rows })) as IDataObject[];
			return results.map(({ uid, status, action }) => [uid, status, action]);
		};

		assert.deepEqual(await call(ROWS.slice(0, 2)), [
			['Oslo', 'accepted', 'add'],
			['Łódź', 'accepted', 'add'],
		]);
		const { staticData } = await client.get<IWorkflowBase>(`/rest/workflows/${child}`);
		assert.match(JSON.stringify(staticData), /Oslo/);
		assert.deepEqual(await call(ROWS.slice(1, 2)), [
			['Łódź', 'unchanged', undefined],
			['Oslo', 'accepted', 'remove'],
		]);
		assert.deepEqual(model().memberIds('called'), ['Łódź']);
	});

	test('in Loop Over Items, each batch is sent, and all results are returned at the end', async () => {
		const loop = node('Loop', 'n8n-nodes-base.splitInBatches', 3, { batchSize: 2, options: {} });
		const before = chain([start, ...rowsNodes('Rows', ROWS), loop]);
		const execution = await run({
			...before,
			nodes: [...before.nodes, sync(cohort('looped')), node('Done', NO_OP, 1, {})],
			connections: {
				...before.connections,
				Loop: { main: [[to('Done')], [to(SYNC)]] },
				[SYNC]: { main: [[to('Loop')]] },
			},
		});
		assert.deepEqual(model().memberIds('looped'), IDS);
		assert.deepEqual(
			requestsFor('looped').map(({ members }) => members.length),
			[2, 2, 1],
		);
		assert.deepEqual(
			outputOf(execution, 'Done')[0]?.map(({ json }) => [json.uid, json.status]),
			ROWS.map(({ id }) => [id, 'accepted']),
		);
	});

	test('in a test run, data pinned on the previous node is sent', async () => {
		const workflow = chain([start, ...rowsNodes('Rows', ROWS), sync(cohort('pinned-before'))]);
		await run({ ...workflow, pinData: { 'Rows Items': [{ json: { id: 'Pinned' } }] } });
		assert.deepEqual(model().memberIds('pinned-before'), ['Pinned']);
	});

	test('in a test run, data pinned on the node itself prevents it from sending', async () => {
		const workflow = chain([start, ...rowsNodes('Rows', ROWS), sync(cohort('pinned'))]);
		const pinned = { json: { uid: 'Pinned', status: 'accepted' } };
		const after = node('After', NO_OP, 1, {});
		const execution = await run({
			...workflow,
			nodes: [...workflow.nodes, after],
			connections: { ...workflow.connections, [SYNC]: { main: [[to('After')]] } },
			pinData: { [SYNC]: [pinned] },
		});
		assert.deepEqual(requestsFor('pinned'), []);
		assert.deepEqual(
			outputOf(execution, 'After')[0]?.map(({ json }) => json),
			[pinned.json],
		);
	});
}

const NO_OP = 'n8n-nodes-base.noOp';
const DAILY = { rule: { interval: [{ field: 'days' }] } };
