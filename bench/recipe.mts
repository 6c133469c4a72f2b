import { tmpdir } from 'node:os';
import type { INode } from 'n8n-workflow';
import type { Client, Workflow } from '../local-n8n/client.mjs';
import { startN8n } from '../local-n8n/instance.mjs';
import { node, to } from '../test/e2e/workflow.mjs';
import { ID_KINDS } from './audience.mjs';
import { inTurn, ratiosOf, spreadOf, type Spread } from './statistics.mjs';
import { startReceiver } from './workers.mjs';
import type { Received } from './receiver.mjs';

export interface RecipeInput {
	readonly size: number;
	/** How many items the HTTP Request node sends one by one. */
	readonly sizeOneByOne: number;
	readonly latencies: ReadonlyArray<{ readonly ms: number; readonly rounds: number }>;
}

export interface RecipeRow {
	readonly rival: string;
	readonly size: number;
	readonly latencyMs: number;
	/** What n8n recorded for the node, or for the nodes that take its place, in all their runs. */
	readonly nodeMs: Spread;
	readonly rivalMs: Spread;
	readonly ratio: Spread;
	readonly nodeRequests: number;
	readonly rivalRequests: number;
}

const ACCOUNT = { appId: 'APP', secretKey: 'secret' };
const MEMBERS_PER_LOOP = 1000;

/** The node against what is built in n8n without it, in the same real n8n. */
export async function measureRecipe(
	{ size, sizeOneByOne, latencies }: RecipeInput,
	report: (progress: string) => void,
): Promise<RecipeRow[]> {
	const receiver = await startReceiver(latencies.map(({ ms }) => ms));
	const n8n = await startN8n({ name: 'bench', dataFolder: tmpdir(), report });
	const rows: RecipeRow[] = [];
	try {
		for (const [index, { ms: latencyMs, rounds }] of latencies.entries()) {
			const url = receiver.urls[index] ?? '';
			const { id } = await n8n.client.createCredential({
				name: `Receiver ${latencyMs}`,
				type: 'moEngageApi',
				data: { ...ACCOUNT, dataCenter: 'custom', customUrl: url },
			});
			const run = await deploy(n8n.client, { id, name: 'Receiver' }, url, latencyMs);
			const compare = async (rival: Rival, count: number) => {
				const body = { rows: Array.from({ length: count }, (_, i) => ({ uid: idOf(i) })) };
				const requests: Partial<Record<Contestant, number>> = {};
				const timed = (contestant: Contestant) => async () => {
					report(`${contestant}, ${count.toLocaleString('en')} items, ${latencyMs} ms latency`);
					const { ms, received } = await run(contestant, body);
					if (received.members !== count) {
						throw new Error(`${received.members} of ${count} members arrived: ${contestant}.`);
					}
					requests[contestant] = received.requests;
					return ms;
				};
				const times = await inTurn(rounds, {
					node: timed('node'),
					rival: timed(rival),
				});
				rows.push({
					rival: RIVALS[rival],
					size: count,
					latencyMs,
					nodeMs: spreadOf(times.node),
					rivalMs: spreadOf(times.rival),
					ratio: ratiosOf(times.rival, times.node),
					nodeRequests: requests.node ?? 0,
					rivalRequests: requests[rival] ?? 0,
				});
			};
			report(`warming up, ${latencyMs} ms latency`);
			for (const contestant of CONTESTANTS) await run(contestant, { rows: [{ uid: 'first' }] });
			await compare('recipe', size);
			await compare('one by one', sizeOneByOne);
		}
	} finally {
		await n8n.stop();
		receiver.stop();
	}
	return rows;
}

const RIVALS = {
	recipe: `Loop Over Items (${MEMBERS_PER_LOOP.toLocaleString('en')}) → Aggregate → HTTP Request`,
	'one by one': 'HTTP Request, one item each',
} as const;

type Rival = keyof typeof RIVALS;

const CONTESTANTS = ['node', 'recipe', 'one by one'] as const;

type Contestant = (typeof CONTESTANTS)[number];

const idOf = ID_KINDS['36 characters'];

/** Puts a workflow for each contestant into n8n; the answer runs one of them with these items. */
async function deploy(
	client: Client,
	credential: { readonly id: string; readonly name: string },
	url: string,
	latencyMs: number,
) {
	const pathOf = (contestant: Contestant) => `${contestant}-${latencyMs}`.replaceAll(' ', '-');
	const deployed = new Map<Contestant, { readonly id: string; readonly nodes: readonly INode[] }>();
	for (const contestant of CONTESTANTS) {
		const tail = tailOf(contestant, credential, url);
		const id = await client.createWorkflow(workflow(pathOf(contestant), tail));
		await client.activate(id);
		deployed.set(contestant, { id, nodes: tail.nodes });
	}
	return async (contestant: Contestant, body: object) => {
		await client.callWebhook(pathOf(contestant), body);
		const { id = '', nodes = [] } = deployed.get(contestant) ?? {};
		const ms = await recordedMs(client, id, nodes);
		return { ms, received: (await (await fetch(url)).json()) as Received };
	};
}

/** How long the nodes took in the workflow's latest execution, as n8n recorded it. */
async function recordedMs(client: Client, workflowId: string, nodes: readonly INode[]) {
	const [latest] = await client.executions(workflowId);
	if (latest === undefined) throw new Error('n8n has stored no execution.');
	const { data } = await client.ended(latest.id);
	// n8n would keep 50 MB of each execution.
	await client.post('/rest/executions/delete', { ids: [latest.id] });
	const runs = nodes.flatMap(({ name }) => data.resultData.runData[name] ?? []);
	return runs.reduce((sum, { executionTime }) => sum + executionTime, 0);
}

/** A workflow's last nodes; the first of them gets the items. */
type Tail = Pick<Workflow, 'nodes' | 'connections'>;

/** Called by a webhook, which answers when the last node is done. */
function workflow(path: string, tail: Tail): Workflow {
	const first = tail.nodes[0]?.name ?? '';
	return {
		name: path,
		nodes: [
			{
				...node('Webhook', 'n8n-nodes-base.webhook', 2.1, {
					path,
					httpMethod: 'POST',
					responseMode: 'lastNode',
					responseData: 'noData',
				}),
				webhookId: path,
			},
			node('Items', 'n8n-nodes-base.splitOut', 1, { fieldToSplitOut: 'body.rows' }),
			...tail.nodes,
		],
		connections: {
			Webhook: { main: [[to('Items')]] },
			Items: { main: [[to(first)]] },
			...tail.connections,
		},
		settings: { executionOrder: 'v1', saveDataSuccessExecution: 'all' },
	};
}

function tailOf(
	contestant: Contestant,
	credential: { readonly id: string; readonly name: string },
	url: string,
): Tail {
	const credentials = { moEngageApi: { ...credential } };
	const httpRequest = (name: string, members: string): INode => ({
		...node(name, 'n8n-nodes-base.httpRequest', 4.2, {
			method: 'POST',
			url: `${url}/v1/integrations/cohortsync`,
			authentication: 'predefinedCredentialType',
			nodeCredentialType: 'moEngageApi',
			sendBody: true,
			specifyBody: 'json',
			jsonBody: `={{ { action: 'add_members', timestamp: $now.toUTC().toISO(), partner: 'n8n', parameters: { cohort_name: 'VIP', cohort_id: 'vip', members: ${members} } } }}`,
			options: {},
		}),
		credentials,
	});
	switch (contestant) {
		case 'node': {
			const parameters = {
				cohortId: 'vip',
				cohortName: 'VIP',
				userId: '={{ $json.uid }}',
				// The rate window has a comparison of its own, and the others know none.
				options: { requestsPerMinute: 6000 },
			};
			const sync = node('Sync', 'n8n-nodes-moengage.moEngageCohortSync', 1, parameters);
			return { nodes: [{ ...sync, credentials }], connections: {} };
		}
		case 'recipe':
			return {
				nodes: [
					node('Loop', 'n8n-nodes-base.splitInBatches', 3, {
						batchSize: MEMBERS_PER_LOOP,
						options: {},
					}),
					node('Aggregate', 'n8n-nodes-base.aggregate', 1, {
						aggregate: 'aggregateAllItemData',
						destinationFieldName: 'members',
						options: {},
					}),
					httpRequest('Send', '$json.members'),
				],
				connections: {
					Loop: { main: [[], [to('Aggregate')]] },
					Aggregate: { main: [[to('Send')]] },
					Send: { main: [[to('Loop')]] },
				},
			};
		case 'one by one':
			return { nodes: [httpRequest('Send', '[$json]')], connections: {} };
	}
}
