import type { INode, NodeParameterValueType } from 'n8n-workflow';
import type { Workflow } from '../../local-n8n/client.mjs';

export const SYNC = 'MoEngage Cohort Sync';

export type Parameters = Record<string, NodeParameterValueType>;

/** This package's node in a workflow. */
export interface SyncNode {
	readonly parameters: Parameters;
	readonly credential: { readonly id: string; readonly name: string };
	readonly onError?: NonNullable<INode['onError']>;
}

interface Contents extends SyncNode {
	/** The items that reach the node. */
	readonly rows: readonly object[];
}

/** A workflow with only a few generated items and this package's node. */
export function workflowWith({ rows, ...sync }: Contents): Workflow {
	return chain([
		node('Start', 'n8n-nodes-base.manualTrigger', 1, {}),
		...rowsNodes('Rows', rows),
		syncNode(sync),
	]);
}

/**
 * A workflow that sends what a webhook receives. The body's `rows` become the items, and the response is the
 * execution's ID.
 */
export function webhookWorkflow({ path, ...sync }: SyncNode & { readonly path: string }): Workflow {
	return chain([
		{
			...node('Webhook', 'n8n-nodes-base.webhook', 2.1, {
				path,
				httpMethod: 'POST',
				responseMode: 'responseNode',
			}),
			webhookId: path,
		},
		node('Answer', 'n8n-nodes-base.respondToWebhook', 1.5, {
			respondWith: 'text',
			responseBody: '={{ $execution.id }}',
		}),
		{
			...node('One by One', 'n8n-nodes-base.splitOut', 1, { fieldToSplitOut: 'body.rows' }),
			alwaysOutputData: true,
		},
		syncNode(sync),
	]);
}

/**
 * A workflow that mirrors `rows`, with `previous` in the second input. Its last node, "Names", outputs the field
 * `name` of the row with which each result item is paired.
 */
export function secondInputWorkflow({
	previous,
	rows,
	...sync
}: Contents & { readonly previous: readonly object[] }): Workflow {
	const first = chain([
		node('Start', 'n8n-nodes-base.manualTrigger', 1, {}),
		...rowsNodes('Rows', rows),
		syncNode(sync),
		node('Names', 'n8n-nodes-base.set', 3.4, {
			mode: 'raw',
			jsonOutput:
				"={{ { name: ($json.action === 'remove' ? $('Previous Items') : $('Rows Items')).item.json.name } }}",
			includeOtherFields: true,
		}),
	]);
	const second = chain(rowsNodes('Previous', previous));
	return {
		...first,
		nodes: [...first.nodes, ...second.nodes],
		connections: {
			...first.connections,
			...second.connections,
			Start: { main: [[to('Rows'), to('Previous')]] },
			'Previous Items': { main: [[to(SYNC, 1)]] },
		},
	};
}

/** Two nodes; the second outputs `rows` as items. */
export function rowsNodes(name: string, rows: readonly object[]): INode[] {
	return [
		node(name, 'n8n-nodes-base.set', 3.4, { mode: 'raw', jsonOutput: JSON.stringify({ rows }) }),
		node(`${name} Items`, 'n8n-nodes-base.splitOut', 1, { fieldToSplitOut: 'rows' }),
	];
}

/** This package's node. */
export function syncNode({ parameters, credential, onError }: SyncNode): INode {
	return {
		...node(SYNC, 'n8n-nodes-moengage.moEngageCohortSync', 1, parameters),
		credentials: { moEngageApi: { id: credential.id, name: credential.name } },
		...(onError && { onError }),
	};
}

/** Any other node. */
export function node(
	name: string,
	type: string,
	typeVersion: number,
	parameters: INode['parameters'],
): INode {
	return { id: name, name, type, typeVersion, position: [0, 0], parameters };
}

/** One node after the other. */
export function chain(nodes: INode[]): Workflow {
	const connections: Workflow['connections'] = {};
	nodes.slice(1).forEach(({ name }, i) => {
		const before = nodes[i] as INode;
		connections[before.name] = { main: [[to(name)]] };
	});
	const placed = nodes.map((each, i): INode => ({ ...each, position: [i * 224, 0] }));
	return { name: 'Test', nodes: placed, connections };
}

export function to(node: string, index = 0) {
	return { node, type: 'main' as const, index };
}
