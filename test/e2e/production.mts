import fastify from 'fastify';
import type { INode, INodeParameters } from 'n8n-workflow';
import type { MoEngage, RequestRecord } from '../../emulator/model.js';
import type { Client, Workflow } from '../../local-n8n/client.mjs';
import { PINNED_VERSION } from '../../local-n8n/install.mjs';
import { credentialFor } from './scene.mjs';
import {
	chain,
	node,
	syncNode,
	to,
	webhookWorkflow,
	type Parameters,
	type SyncNode,
} from './workflow.mjs';

/** Whether the tests run on n8n 1.x. */
export const IS_VERSION_1 = (process.env.N8N_VERSION ?? PINNED_VERSION).startsWith('1.');

/** An emulated MoEngage, and the credential for it. */
export interface Account {
	readonly model: MoEngage;
	readonly credential: SyncNode['credential'];
}

interface Production {
	/** The parameters of this package's node. */
	readonly parameters?: Parameters;
	/** Puts the node into a separate workflow, which the active one calls. */
	readonly subWorkflow?: boolean;
	/** Replaces this package's node. */
	readonly lastNode?: INode;
	/** Right before this package's node. */
	readonly before?: readonly INode[];
	/** The settings of the workflow. */
	readonly settings?: Workflow['settings'];
}

interface Scheduled extends Production {
	/** When it runs, in the form of n8n's Schedule Trigger. */
	readonly schedule: INodeParameters;
	/** How many Schedule Triggers start it; default: one. n8n adds a random delay to each. */
	readonly triggers?: number;
	/** The address that responds with the audience, as a list of objects with an `id`. */
	readonly source: string;
}

/** Creates the credential for an emulator. */
export async function openAccount(
	client: Client,
	{ url, model }: { readonly url: string; readonly model: MoEngage },
): Promise<Account> {
	return { model, credential: await credentialFor(client, { url }) };
}

/** The node's parameters for a cohort whose members are in the field `id`. */
export function cohort(id: string, parameters: Parameters = {}): Parameters {
	return { cohortId: id, cohortName: id.toUpperCase(), userId: '={{ $json.id }}', ...parameters };
}

/** Activates a workflow that sends the users it is called with to the cohort. */
export async function inProduction(
	client: Client,
	account: Account,
	cohortId: string,
	production: Production = {},
) {
	const { credential, model } = account;
	const { before = [] } = production;
	const { nodes } = webhookWorkflow({ path: cohortId, parameters: {}, credential });
	const last = production.lastNode ?? (await lastNode(client, account, cohortId, production));
	const workflow = chain([...nodes.slice(0, -1), ...before, last]);
	const workflowId = await activate(client, workflow, production);
	const start = (ids: readonly string[], fields: object = {}) =>
		client.callWebhook(cohortId, { rows: ids.map((id) => ({ id, ...fields })) });
	return {
		workflowId,
		/** Returns the execution's ID. `fields` are added to each item. */
		start,
		run: async (ids: readonly string[], fields?: object) => client.ended(await start(ids, fields)),
		...arrivals(model, cohortId),
	};
}

/** Activates a workflow that mirrors the response of `source` on a schedule. */
export async function onSchedule(
	client: Client,
	account: Account,
	cohortId: string,
	{ schedule, triggers = 1, source, ...production }: Scheduled,
) {
	const names = Array.from({ length: triggers }, (_, i) => `Schedule ${i + 1}`);
	const rule = { interval: [schedule] };
	const schedules = names.map((name) =>
		node(name, 'n8n-nodes-base.scheduleTrigger', 1.2, { rule }),
	);
	const { nodes, connections, ...rest } = chain([
		node('Source', 'n8n-nodes-base.httpRequest', 4.2, { url: source }),
		await lastNode(client, account, cohortId, production),
	]);
	for (const name of names) connections[name] = { main: [[to('Source')]] };
	const workflow = { ...rest, nodes: [...schedules, ...nodes], connections };
	const workflowId = await activate(client, workflow, production);
	return { workflowId, ...arrivals(account.model, cohortId) };
}

/** A customer database that responds with its audience. */
export async function startSource(audience: readonly string[]) {
	const server = fastify();
	const source = { audience, url: '', close: () => server.close() };
	server.get('/', () => source.audience.map((id) => ({ id })));
	source.url = await server.listen({ host: '127.0.0.1', port: 0 });
	return source;
}

function arrivals(model: MoEngage, cohortId: string) {
	return {
		members: () => model.memberIds(cohortId),
		requests: () => model.requests.filter((request) => request.cohortId === cohortId),
	};
}

async function lastNode(
	client: Client,
	{ credential }: Account,
	cohortId: string,
	{ parameters, subWorkflow }: Production,
): Promise<INode> {
	const sync = syncNode({ parameters: cohort(cohortId, parameters), credential });
	if (!subWorkflow) return sync;
	const id = await client.createWorkflow(
		chain([
			node('Called', 'n8n-nodes-base.executeWorkflowTrigger', 1.1, { inputSource: 'passthrough' }),
			sync,
		]),
	);
	if (!IS_VERSION_1) await client.activate(id); // 1.x does not require it to be active
	return node('Call', 'n8n-nodes-base.executeWorkflow', 1.2, {
		source: 'database',
		workflowId: { __rl: true, mode: 'id', value: id },
		options: {},
	});
}

async function activate(client: Client, workflow: Workflow, { settings = {} }: Production) {
	const all = { executionOrder: 'v1' as const, ...settings };
	const workflowId = await client.createWorkflow({ ...workflow, settings: all });
	await client.activate(workflowId);
	return workflowId;
}

/** Generated user IDs, in alphabetical order up to a hundred. */
export function users(prefix: string, count: number) {
	return Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(2, '0')}`);
}

/** A request's action and its members. */
export function changeOf({ action, members }: RequestRecord) {
	return [action, ...members.map(({ uid }) => uid).sort()];
}
