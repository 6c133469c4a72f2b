import { DataDeduplicationService, ExecutionLifecycleHooks, WorkflowExecute } from 'n8n-core';
import type {
	ICredentialDataDecryptedObject,
	ICredentialsHelper,
	IDataObject,
	IExecuteFunctions,
	IHttpRequestOptions,
	INode,
	INodeExecutionData,
	INodeParameters,
	INodeType,
	INodeTypes,
	IRun,
	IWorkflowExecuteAdditionalData,
	NodeExecutionHint,
	OnError,
	WorkflowExecuteMode,
} from 'n8n-workflow';
import { createRunExecutionData, NodeConnectionTypes, Workflow } from 'n8n-workflow';
import { MoEngageApi } from '../../credentials/MoEngageApi.credentials';
import { MoEngageCohortSync } from '../../nodes/MoEngageCohortSync/MoEngageCohortSync.node';
import { TableDeduplicator } from './deduplicator';
import type { N8nProcess } from './n8nProcess';
import { PROCESS_HEADER } from './n8nProcess';

/** A workflow of two nodes for n8n-core's own engine: one that gives the items, and ours. */
export interface TestWorkflow {
	items: INodeExecutionData[] | IDataObject[];
	parameters?: INodeParameters;
	onError?: OnError;
	/** What the credential holds; `null` for none. */
	credential: ICredentialDataDecryptedObject | null;
	/** What the credential's expressions give for an item, where that differs. */
	credentialOf?: (
		item: number,
	) => ICredentialDataDecryptedObject | Promise<ICredentialDataDecryptedObject>;
	retryOnFail?: boolean;
	/** The node's setting 'Execute Once': n8n hands over one item. */
	executeOnce?: boolean;
	/** What the node on the second input gives; without it, the second input is not connected. */
	secondInput?: IDataObject[];
	/** What a second node on the same input gives: n8n runs the node once for each of the two, this one first. */
	otherSource?: IDataObject[];
	/** The type of the node that brings the items. */
	sourceType?: string;
	/** 'manual' is a test run in the editor. */
	mode?: WorkflowExecuteMode;
	/** The node as n8n gives it to an AI agent. */
	asTool?: boolean;
	/** The workflow as saved: n8n keeps its static data between executions. */
	saved?: { id: string; staticData: IDataObject };
	/** The process that runs it; the one of the test where there is none. */
	process?: N8nProcess;
	/** Whether the workflow counts as active; on a worker of n8n 2.x none does. */
	active?: boolean;
}

/** What a user sees of a run. */
export interface TestRun {
	status: IRun['status'];
	success: INodeExecutionData[];
	error: INodeExecutionData[];
	/** What the node threw. */
	thrown: { message: string; description?: string | null | undefined } | undefined;
	hints: NodeExecutionHint[];
	run: IRun;
}

/** What n8n calls the two ways in which a workflow continues on error. */
export const CONTINUING = ['continueRegularOutput', 'continueErrorOutput'] as const;

/** Parameters with these options and no retries, which would take time. */
export function withOptions(options: IDataObject): { options: IDataObject & INodeParameters } {
	return { options: { maxRetries: 0, ...options } as IDataObject & INodeParameters };
}

export const jsonOf = (items: readonly INodeExecutionData[]) => items.map(({ json }) => json);

export const pairsOf = (items: readonly INodeExecutionData[]) =>
	items.map(({ pairedItem }) => pairedItem);

/** The error items of a run that continues, at whichever output n8n puts them. */
export const errorsOf = ({ success, error }: TestRun) =>
	[...success, ...error].filter(({ json }) => 'error' in json);

/** The hints of a run as one text. */
export const hintsOf = ({ hints }: TestRun) => hints.map(({ message }) => message).join(' ');

/** The same without the first hint, which says in numbers what the run did. */
export const furtherHintsOf = ({ hints, ...run }: TestRun) =>
	hintsOf({ ...run, hints: hints.slice(1) });

export interface RunningWorkflow {
	done: Promise<TestRun>;
	/** n8n's Stop button. */
	stop: () => void;
}

/** The fields of the node as most users fill them in. */
const FILLED_IN = {
	cohortId: 'vip',
	cohortName: 'VIP',
	userId: '={{ $json.uid }}',
	anonymousId: '={{ $json.anonymous_id }}',
	membership: '={{ $json.is_member }}',
};

/** What n8n's database holds for the deduplication helper, of all workflows. */
const deduplicator = new TableDeduplicator();

// It takes one for the process, and only once.
void DataDeduplicationService.init(deduplicator);

let unsaved = 0;

const SOURCE = 'Source';
const SECOND_SOURCE = 'Second Source';
const NODE = 'MoEngage Cohort Sync';

/** Runs a workflow to its end. */
export async function runWorkflow(workflow: TestWorkflow): Promise<TestRun> {
	return await startWorkflow(workflow).done;
}

/** Starts a workflow, so that it can be stopped. */
export function startWorkflow({
	items,
	parameters = {},
	asTool = false,
	onError = 'stopWorkflow',
	credential,
	credentialOf,
	retryOnFail = false,
	executeOnce = false,
	secondInput,
	otherSource,
	sourceType,
	mode = 'trigger',
	saved = { id: `unsaved ${unsaved++}`, staticData: {} },
	process,
	active = true,
}: TestWorkflow): RunningWorkflow {
	const sourceItems = items.map(
		(item): INodeExecutionData => ('json' in item ? (item as INodeExecutionData) : { json: item }),
	);
	const ours: INode = {
		id: 'ours',
		name: NODE,
		type: `n8n-nodes-moengage.moEngageCohortSync${asTool ? 'Tool' : ''}`,
		typeVersion: 1,
		position: [200, 0],
		onError,
		retryOnFail,
		executeOnce,
		waitBetweenTries: 0,
		parameters: { ...FILLED_IN, ...parameters },
		credentials: { moEngageApi: { id: '1', name: 'MoEngage account' } },
	};
	const second = secondInput ?? otherSource;
	const into = (index: number) => [{ node: NODE, type: NodeConnectionTypes.Main, index }];
	const workflow = new Workflow({
		id: saved.id,
		name: 'Test workflow',
		active,
		nodes: [sourceNode('Start'), sourceNode(SOURCE, sourceType), sourceNode(SECOND_SOURCE), ours],
		connections: {
			Start: {
				main: [
					[
						{ node: SOURCE, type: NodeConnectionTypes.Main, index: 0 },
						...(second === undefined
							? []
							: [{ node: SECOND_SOURCE, type: NodeConnectionTypes.Main, index: 0 }]),
					],
				],
			},
			[SOURCE]: { main: [into(0)] },
			...(second === undefined
				? {}
				: { [SECOND_SOURCE]: { main: [into(otherSource === undefined ? 1 : 0)] } }),
		},
		nodeTypes: nodeTypes(
			{
				Start: [{ json: {} }],
				[SOURCE]: sourceItems,
				[SECOND_SOURCE]: (second ?? []).map((json) => ({ json })),
			},
			process?.node,
		),
		settings: { executionOrder: 'v1' },
		// A copy, as n8n reads it from its database.
		staticData: JSON.parse(JSON.stringify(saved.staticData)),
	});
	const execution = new WorkflowExecute(
		additionalData(workflow, credential, credentialOf, process),
		mode,
		createRunExecutionData({}),
	);
	const running = execution.run({ workflow, startNode: workflow.getNode('Start') ?? ours });
	let stopped = false;
	const done = running.then(async (run) => {
		await process?.survive();
		// As n8n does: not after a test run in the editor, not after a stop (seen on n8n 2.40.7).
		const isChanged = Reflect.get(workflow.staticData, '__dataChanged') === true;
		if (isChanged && mode !== 'manual' && !stopped) {
			saved.staticData = JSON.parse(JSON.stringify(workflow.staticData)) as IDataObject;
		}
		return readRun(run);
	});
	return {
		done,
		stop: () => {
			stopped = true;
			running.cancel();
		},
	};
}

function sourceNode(name: string, type = 'test.source'): INode {
	return { id: name, name, type, typeVersion: 1, position: [0, 0], parameters: {} };
}

function readRun(run: IRun): TestRun {
	const task = run.data.resultData.runData[NODE]?.[0];
	const thrown = task?.error ?? run.data.resultData.error;
	return {
		status: run.status,
		success: task?.data?.main?.[0] ?? [],
		error: task?.data?.main?.[1] ?? [],
		thrown: thrown && { message: thrown.message, description: thrown.description },
		hints: task?.hints ?? [],
		run,
	};
}

function nodeTypes(
	items: Record<string, INodeExecutionData[]>,
	node: INodeType = new MoEngageCohortSync(),
): INodeTypes {
	const source: INodeType = {
		description: {
			displayName: SOURCE,
			name: 'source',
			group: ['trigger'],
			version: 1,
			description: '',
			defaults: {},
			inputs: [NodeConnectionTypes.Main],
			outputs: [NodeConnectionTypes.Main],
			properties: [],
		},
		async execute(this: IExecuteFunctions) {
			return await Promise.resolve([items[this.getNode().name] ?? []]);
		},
	};
	const types: Record<string, INodeType> = {
		'test.source': source,
		'n8n-nodes-base.wait': source,
		'n8n-nodes-moengage.moEngageCohortSync': node,
		'n8n-nodes-moengage.moEngageCohortSyncTool': node,
	};
	const find = (name: string): INodeType => {
		const type = types[name];
		if (type === undefined) throw new Error(`No node type ${name} in this test`);
		return type;
	};
	return { getByName: find, getByNameAndVersion: find, getKnownTypes: () => ({}) };
}

function additionalData(
	workflow: Workflow,
	credential: ICredentialDataDecryptedObject | null,
	credentialOf?: TestWorkflow['credentialOf'],
	process?: N8nProcess,
): IWorkflowExecuteAdditionalData {
	const hooks = new ExecutionLifecycleHooks('trigger', 'execution', {
		id: 'workflow',
		name: 'Test workflow',
		active: false,
		isArchived: false,
		createdAt: new Date(),
		updatedAt: new Date(),
		activeVersionId: null,
		nodes: [],
		connections: {},
	});
	const base = 'http://localhost:5678';
	return partial<IWorkflowExecuteAdditionalData>({
		hooks,
		credentialsHelper: credentialsHelper(workflow, credential, credentialOf, process),
		executionId: 'execution',
		currentNodeExecutionIndex: 0,
		restApiUrl: base,
		instanceBaseUrl: base,
		formBaseUrl: base,
		formWaitingBaseUrl: base,
		formTestBaseUrl: base,
		webhookBaseUrl: base,
		webhookWaitingBaseUrl: base,
		webhookTestBaseUrl: base,
		variables: {},
	});
}

/** What n8n's own credentials helper does with a generic `authenticate`, n8n-core having none itself. */
function credentialsHelper(
	workflow: Workflow,
	credential: ICredentialDataDecryptedObject | null,
	credentialOf?: TestWorkflow['credentialOf'],
	process?: N8nProcess,
): ICredentialsHelper {
	const resolve = (value: string, node: INode, $credentials: IDataObject) =>
		workflow.expression.getSimpleParameterValue(
			node,
			value,
			'internal',
			{ $credentials },
			undefined,
			'',
		);
	const { auth, headers } = new MoEngageApi().authenticate.properties;
	return strict<ICredentialsHelper>({
		isCredentialUsableByNode: () => true,
		getParentTypes: () => [],
		getCredentialsProperties: () => new MoEngageApi().properties,
		getDecrypted: async (...[, , , , , , values]) => {
			if (credential === null) throw new Error('Credential with ID "1" does not exist.');
			const given = await credentialOf?.(values?.itemIndex ?? 0);
			return { ...(given ?? credential) };
		},
		preAuthentication: async () => await Promise.resolve(undefined),
		authenticate: async (values, _type, options, _workflow, node) => {
			const request = options as IHttpRequestOptions;
			const at = node ?? workflow.nodes[NODE];
			if (at === undefined || auth === undefined) throw new Error('Nothing to authenticate with');
			request.auth = {
				username: String(resolve(String(auth['username']), at, values)),
				password: String(resolve(String(auth['password']), at, values)),
			};
			for (const [name, value] of Object.entries(headers ?? {})) {
				request.headers = { ...request.headers, [name]: resolve(String(value), at, values) };
			}
			if (process !== undefined) {
				request.headers = { ...request.headers, [PROCESS_HEADER]: process.name };
			}
			return await Promise.resolve(request);
		},
	});
}

/** n8n-core leaves alone what is not there: most of it is for n8n's server. */
function partial<T extends object>(given: Partial<T>): T {
	return given as T;
}

/** A stand-in that throws where n8n-core calls a method that the test doesn't give. */
function strict<T extends object>(given: Partial<T>): T {
	return new Proxy(given as T, {
		get(target, key) {
			if (Reflect.has(target, key) || typeof key === 'symbol') return Reflect.get(target, key);
			throw new Error(`The test's credentials helper has no ${key}`);
		},
	});
}
