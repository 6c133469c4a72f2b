import { ExecuteContext } from 'n8n-core';
import type {
	IDataObject,
	IExecuteFunctions,
	INode,
	INodeExecutionData,
	INodeParameters,
	INodeType,
	IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';
import { createRunExecutionData, Expression, NodeConnectionTypes, Workflow } from 'n8n-workflow';

/** Lets n8n itself evaluate what the text of a parameter gives for an item. */
export function evaluatedByN8n(text: string, items: readonly unknown[]): (item: number) => unknown {
	const context = contextOf({ text }, items);
	return (item) => context.getNodeParameter('text', item) as unknown;
}

/** n8n-core's own context of a node with these parameters; text fields that are left out are empty. */
export function contextOf(
	parameters: INodeParameters,
	items: readonly unknown[],
): IExecuteFunctions {
	const input = items.map((json): INodeExecutionData => ({ json: json as IDataObject }));
	const context: unknown = new ExecuteContext(
		workflow,
		{ ...node, parameters: { ...EMPTY, options: {}, ...parameters } },
		ADDITIONAL_DATA,
		'trigger',
		runData,
		0,
		input,
		{ main: [input] },
		{ data: { main: [input] }, node, source: null },
		[],
	);
	// n8n-core's own class, though its types differ where a workflow has no name.
	return context as IExecuteFunctions;
}

/** From here on expressions go through the engine that n8n 2.x uses, which needs Node.js 24. */
export async function useEngineOf2x(): Promise<void> {
	await Expression.initExpressionEngine({
		engine: 'vm',
		poolSize: 1,
		maxCodeCacheSize: 1024,
		bridgeTimeout: 5000,
		bridgeMemoryLimit: 128,
		lazyAcquire: false,
	});
	await workflow.expression.acquireIsolate();
}

const TEXT_FIELDS = [
	...['text', 'userId', 'anonymousId', 'cohortId', 'cohortName'],
	...['membership', 'changedAt'],
];

const EMPTY = Object.fromEntries(TEXT_FIELDS.map((name) => [name, '']));

const node: INode = {
	id: 'node',
	name: 'Node',
	type: 'test.node',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

/** A node of text fields. */
const nodeType: INodeType = {
	description: {
		displayName: 'Node',
		name: 'node',
		group: ['transform'],
		version: 1,
		description: '',
		defaults: {},
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		properties: TEXT_FIELDS.map((name) => ({
			displayName: name,
			name,
			type: 'string',
			default: '',
		})),
	},
};

const workflow = new Workflow({
	id: 'workflow',
	name: 'Test workflow',
	active: false,
	nodes: [node],
	connections: {},
	nodeTypes: {
		getByName: () => nodeType,
		getByNameAndVersion: () => nodeType,
		getKnownTypes: () => ({}),
	},
});

const runData = createRunExecutionData({});

const base = 'http://localhost:5678';

/** n8n needs no more than this to evaluate an expression. */
const ADDITIONAL_DATA = {
	executionId: 'execution',
	webhookWaitingBaseUrl: base,
	formWaitingBaseUrl: base,
	variables: {},
} as Partial<IWorkflowExecuteAdditionalData> as IWorkflowExecuteAdditionalData;
