import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { tmpdir } from 'node:os';
import { demoAccount } from '../../emulator/model.js';
import { startEmulator, type Emulator, type ServerOptions } from '../../emulator/server.js';
import type { Client, Execution, Workflow } from '../../local-n8n/client.mjs';
import { startN8n, type Instance } from '../../local-n8n/instance.mjs';

/** What n8n stores in a node that uses a credential. */
export interface CredentialReference {
	readonly id: string;
	readonly name: string;
}

/** An emulated MoEngage, and the credential for it. */
export interface Account {
	readonly emulator: Emulator;
	readonly credential: CredentialReference;
}

export type Scene = Awaited<ReturnType<typeof openScene>>;

/** A fresh n8n and an emulated MoEngage. `name` is used in the name of n8n's log. */
export async function openScene(name: string) {
	const n8n = await startN8n({ name, dataFolder: tmpdir(), report: console.log });
	console.log(`n8n is up. Its log: ${n8n.log}`);
	try {
		const { close, ...scene } = await setScene(n8n);
		const closeAll = async () => {
			await n8n.stop();
			await close();
		};
		return { ...scene, close: closeAll };
	} catch (error) {
		await n8n.stop();
		throw error;
	}
}

/** An emulated MoEngage for an existing n8n, which keeps running when this is closed. */
export async function setScene(n8n: Instance) {
	const { client } = n8n;
	const emulators: Emulator[] = [];

	/** Another MoEngage, with its own limits. */
	const openAccount = async (options?: ServerOptions): Promise<Account> => {
		const emulator = await startEmulator(options);
		emulators.push(emulator);
		return { emulator, credential: await credentialFor(client, emulator) };
	};

	/**
	 * Runs a workflow as the editor does when its trigger is clicked, and waits for the end. A trigger that waits
	 * for outside data gets it as `json`.
	 */
	const run = async (workflowId: string, json?: object) => {
		const path = `/rest/workflows/${workflowId}`;
		const workflowData = await client.get<Workflow>(path);
		const data = json && { data: taskWith(json) };
		const { executionId } = await client.post<{ executionId: string }>(`${path}/run`, {
			workflowData,
			triggerToStartFrom: { name: triggerOf(workflowData), ...data },
		});
		return client.ended(executionId);
	};

	/** Runs a new workflow. */
	const runNew = async (workflow: Workflow, json?: object) =>
		run(await client.createWorkflow(workflow), json);

	const close = async () => {
		await Promise.all(emulators.map((emulator) => emulator.close()));
	};
	return { n8n, client, ...(await openAccount()), openAccount, run, runNew, close };
}

/** Creates the credential for an emulator. */
export async function credentialFor(client: Client, { url }: Pick<Emulator, 'url'>) {
	const { appId, secret } = demoAccount;
	return client.createCredential({
		name: 'MoEngage (emulator)',
		type: 'moEngageApi',
		data: { appId, secretKey: secret, dataCenter: 'custom', customUrl: url },
	});
}

/** The name of the workflow's first node. */
function triggerOf({ name, nodes }: Workflow) {
	const trigger = nodes.find(({ type }) => /Trigger$|\.webhook$/.test(type));
	if (!trigger) throw new Error(`The workflow "${name}" has no trigger.`);
	return trigger.name;
}

function taskWith(json: object) {
	const data = { main: [[{ json }]] };
	return { startTime: 0, executionIndex: 0, executionTime: 0, source: [], data };
}

/** The texts that a user sees about a failed execution. */
export function messageOf({ data }: Execution) {
	const { error } = data.resultData;
	return `${error?.message}\n${error?.description}`;
}

/** Waits until a condition is met; if it never is, the message says which. */
export async function until(condition: () => boolean | Promise<boolean>, seconds = 20) {
	const end = Date.now() + seconds * 1000;
	while (!(await condition())) {
		assert.ok(Date.now() < end, `Not met after ${seconds} s: ${String(condition)}`);
		await sleep(20);
	}
}
