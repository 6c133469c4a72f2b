import type { INode, NodeParameterValueType } from 'n8n-workflow';
import type { Workflow } from '../../local-n8n/client.mjs';

export const SYNC = 'MoEngage Cohort Sync';

interface Contents {
	/** The items that reach the node. */
	readonly rows: readonly object[];
	readonly parameters: Record<string, NodeParameterValueType>;
	readonly credential: { readonly id: string; readonly name: string };
	readonly onError?: NonNullable<INode['onError']>;
}

/** A workflow with nothing but a few made-up items and this package's node. */
export function workflowWith({ rows, parameters, credential, onError }: Contents): Workflow {
	const nodes: INode[] = [
		node('Start', 'n8n-nodes-base.manualTrigger', 1, {}),
		node('Rows', 'n8n-nodes-base.set', 3.4, { mode: 'raw', jsonOutput: JSON.stringify({ rows }) }),
		node('One by One', 'n8n-nodes-base.splitOut', 1, { fieldToSplitOut: 'rows' }),
		{
			...node(SYNC, 'n8n-nodes-moengage.moEngageCohortSync', 1, parameters),
			credentials: { moEngageApi: { id: credential.id, name: credential.name } },
			...(onError && { onError }),
		},
	];
	const connections: Workflow['connections'] = {};
	nodes.slice(1).forEach(({ name }, i) => {
		const before = nodes[i] as INode;
		connections[before.name] = { main: [[{ node: name, type: 'main', index: 0 }]] };
	});
	return { name: 'Test', nodes, connections };
}

function node(
	name: string,
	type: string,
	typeVersion: number,
	parameters: INode['parameters'],
): INode {
	return { id: name, name, type, typeVersion, position: [0, 0], parameters };
}
