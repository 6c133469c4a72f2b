import { parse } from 'flatted';
import type { INodeTypeDescription, IRunExecutionData, IWorkflowBase } from 'n8n-workflow';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Owner {
	readonly email: string;
	readonly password: string;
}

export type Workflow = Pick<IWorkflowBase, 'name' | 'nodes' | 'connections'> &
	Partial<Pick<IWorkflowBase, 'settings' | 'pinData'>>;

export interface Credential {
	readonly name: string;
	readonly type: string;
	readonly data: Record<string, unknown>;
}

export interface Execution {
	readonly id: string;
	readonly status: string;
	readonly data: IRunExecutionData;
	/** The whole stored execution, as n8n returns it. */
	readonly text: string;
}

const RUNNING = ['new', 'running', 'waiting'];
/** n8n's response while it has no database. Nothing has started then, so callers try again. */
const NO_DATABASE = 503;
const POLL_MS = 200;
const MOST_TRIES = 150;

/** Does what the editor does, with the same REST calls, as the owner of a fresh n8n. */
export class Client {
	private cookie = '';
	// n8n ties the cookie to the browser that logged in.
	private readonly browserId = randomUUID();

	constructor(private readonly url: string) {}

	/** Creates the owner account of an n8n that has none, and stays logged in as the owner. */
	async setUpOwner(owner: Owner) {
		await this.post('/rest/owner/setup', { ...owner, firstName: 'Demo', lastName: 'Owner' });
	}

	async createCredential({ name, type, data }: Credential) {
		const { id } = await this.post<{ id: string }>('/rest/credentials', { name, type, data });
		return { id, name };
	}

	/** Clicks "Test" on a stored credential. */
	async testCredential(id: string, credential: Credential) {
		type Outcome = { status: 'OK' | 'Error'; message: string };
		return this.post<Outcome>('/rest/credentials/test', { credentials: { id, ...credential } });
	}

	async createWorkflow(workflow: Workflow) {
		const { id } = await this.post<{ id: string }>('/rest/workflows', {
			settings: { executionOrder: 'v1' },
			active: false, // required by 1.x
			...workflow,
		});
		return id;
	}

	/** Saves changes to a workflow. */
	async saveWorkflow(workflowId: string, { nodes, connections }: Workflow) {
		await this.request('PATCH', `/rest/workflows/${workflowId}`, { nodes, connections });
	}

	/** Activates a workflow: "Publish" in the editor, "Active" in that of 1.x. */
	async activate(workflowId: string) {
		const { versionId } = await this.get<{ versionId: string }>(`/rest/workflows/${workflowId}`);
		await this.post(`/rest/workflows/${workflowId}/activate`, { versionId });
	}

	/** Deactivates a workflow. */
	async deactivate(workflowId: string) {
		await this.post(`/rest/workflows/${workflowId}/deactivate`, {});
	}

	/** Calls a production webhook as another system does, and returns the text of the response. */
	async callWebhook(path: string, body: object) {
		for (let tries = 1; ; tries++) {
			const response = await fetch(`${this.url}/webhook/${path}`, {
				method: 'POST',
				headers: { 'content-type': 'application/json', connection: 'close' },
				body: JSON.stringify(body),
			});
			const text = await response.text();
			if (response.ok) return text;
			// For some seconds after n8n has started, its webhooks are not available yet.
			if (![404, NO_DATABASE].includes(response.status) || tries === MOST_TRIES) {
				throw new Error(`The webhook "${path}" responded with ${response.status}: ${text}`);
			}
			await sleep(POLL_MS);
		}
	}

	/** Runs a workflow from its Manual Trigger and waits for the end. */
	async run(workflowId: string): Promise<Execution> {
		return this.ended(await this.start(workflowId));
	}

	/** Starts a workflow from its Manual Trigger, and returns the execution's ID. */
	async start(workflowId: string) {
		const workflow = await this.get<Workflow>(`/rest/workflows/${workflowId}`);
		const trigger = workflow.nodes.find(({ type }) => type === 'n8n-nodes-base.manualTrigger');
		if (!trigger) throw new Error(`The workflow "${workflow.name}" has no Manual Trigger.`);
		const { executionId } = await this.post<{ executionId: string }>(
			`/rest/workflows/${workflowId}/run`,
			{ workflowData: workflow, triggerToStartFrom: { name: trigger.name } },
		);
		return executionId;
	}

	/** Clicks the Stop button of an execution. */
	async stop(executionId: string) {
		await this.post(`/rest/executions/${executionId}/stop`, {});
	}

	/** Waits for the end of an execution. */
	async ended(executionId: string): Promise<Execution> {
		for (;;) {
			const text = await this.request('GET', `/rest/executions/${executionId}`);
			const { data } = JSON.parse(text) as { data: { status: string; data: string } };
			if (!RUNNING.includes(data.status)) {
				const { status } = data;
				return { id: executionId, status, data: parse(data.data) as IRunExecutionData, text };
			}
			await sleep(POLL_MS);
		}
	}

	/** What the editor knows about every node, including the AI tools that n8n generates from nodes. */
	async nodeTypes() {
		return JSON.parse(await this.request('GET', '/types/nodes.json')) as INodeTypeDescription[];
	}

	/** The executions of a workflow, the newest first. */
	async executions(workflowId: string) {
		const filter = encodeURIComponent(JSON.stringify({ workflowId }));
		const { results } = await this.get<{ results: Array<{ id: string; status: string }> }>(
			`/rest/executions?filter=${filter}&limit=100`,
		);
		return results;
	}

	async get<T>(path: string) {
		const { data } = JSON.parse(await this.request('GET', path)) as { data: T };
		return data;
	}

	async post<T>(path: string, body: object) {
		const { data } = JSON.parse(await this.request('POST', path, body)) as { data: T };
		return data;
	}

	private async request(
		method: 'GET' | 'POST' | 'PATCH',
		path: string,
		body?: object,
		tries = 1,
	): Promise<string> {
		const response = await fetch(this.url + path, {
			method,
			headers: {
				'browser-id': this.browserId,
				// While it runs a large workflow, n8n responds late and drops idle connections.
				connection: 'close',
				...(this.cookie && { cookie: this.cookie }),
				...(body && { 'content-type': 'application/json' }),
			},
			...(body && { body: JSON.stringify(body) }),
		});
		const text = await response.text();
		if (response.status === NO_DATABASE && tries < MOST_TRIES) {
			await sleep(POLL_MS);
			return this.request(method, path, body, tries + 1);
		}
		if (!response.ok) {
			throw new Error(
				`n8n responded with ${response.status} to ${method} ${path}: ${text.slice(0, 500)}`,
			);
		}
		const [cookie] = response.headers.getSetCookie();
		if (cookie) this.cookie = cookie.split(';')[0] ?? '';
		return text;
	}
}

/** How long a node took in its last run. */
export function secondsOf(execution: Execution, node: string) {
	return (execution.data.resultData.runData[node]?.at(-1)?.executionTime ?? 0) / 1000;
}

/** The items that a node returned in its last run, per output. */
export function outputOf(execution: Execution, node: string) {
	const run = execution.data.resultData.runData[node]?.at(-1);
	return (run?.data?.main ?? []).map((items) => items ?? []);
}
