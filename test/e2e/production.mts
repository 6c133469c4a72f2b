import type { INode } from 'n8n-workflow';
import type { MoEngage, RequestRecord } from '../../emulator/model.js';
import type { Client, Workflow } from '../../local-n8n/client.mjs';
import { PINNED_VERSION } from '../../local-n8n/install.mjs';
import { credentialFor } from './scene.mjs';
import {
	chain,
	node,
	syncNode,
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
	/** The settings of the workflow. */
	readonly settings?: Workflow['settings'];
}

interface Scheduled extends Production {
	/** When it runs, in the form of n8n's Schedule Trigger. */
	readonly schedule: Readonly<Record<string, string | number>>;
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
	const { nodes } = webhookWorkflow({ path: cohortId, parameters: {}, credential });
	const last = production.lastNode ?? (await lastNode(client, account, cohortId, production));
	const workflowId = await activate(client, [...nodes.slice(0, -1), last], production);
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
	{ schedule, source, ...production }: Scheduled,
) {
	const nodes = [
		node('Schedule', 'n8n-nodes-base.scheduleTrigger', 1.2, { rule: { interval: [schedule] } }),
		node('Source', 'n8n-nodes-base.httpRequest', 4.2, { url: source }),
		await lastNode(client, account, cohortId, production),
	];
	const workflowId = await activate(client, nodes, production);
	return { workflowId, ...arrivals(account.model, cohortId) };
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

async function activate(client: Client, nodes: INode[], { settings = {} }: Production) {
	const workflow = { ...chain(nodes), settings: { executionOrder: 'v1' as const, ...settings } };
	const workflowId = await client.createWorkflow(workflow);
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
