import { dirname, resolve } from 'node:path';
import { startEmulator, type Emulator } from '../emulator/server.js';
import { demoAccount } from '../emulator/model.js';
import type { Credential, Workflow } from '../local-n8n/client.mjs';
import { startN8n, type Instance } from '../local-n8n/instance.mjs';
import { readExample } from './example.mjs';
import { knownToMoEngage, readCustomers, SIMPLE_IDS, writeCustomers } from './customers.mjs';

const PROJECT = resolve(import.meta.dirname, '..');
/** The only file that the example reads. */
export const FILE = resolve(PROJECT, '.n8n-local', 'demo', 'customers.csv');

/** A real n8n and an emulated MoEngage, with the example's file, credential and workflow in place. */
export interface Stage {
	readonly n8n: Instance;
	readonly emulator: Emulator;
	readonly file: string;
	/** The IDs of the users that the emulated MoEngage knows. */
	readonly known: readonly string[];
	readonly credential: Credential & { readonly id: string };
	readonly workflow: Workflow & { readonly id: string };
	close(): Promise<void>;
}

interface Options {
	/** Used in the name of n8n's log. */
	readonly name: string;
	/** The port for n8n, if it is free. */
	readonly port?: number;
	readonly report: (progress: string) => void;
}

/** Sets everything up. Takes minutes if n8n is not installed yet, otherwise seconds. */
export async function setStage({ report, ...options }: Options): Promise<Stage> {
	report('Writing the customer file');
	const customers = await readCustomers();
	await writeCustomers(FILE, customers);
	const known = [...knownToMoEngage(customers), ...SIMPLE_IDS];
	const emulator = await startEmulator({ known: known.map((uid) => ({ uid })) });
	let n8n: Instance | undefined;
	const close = async () => {
		await n8n?.stop();
		await emulator.close();
	};
	try {
		n8n = await startN8n({ ...options, dataFolder: dirname(FILE), report });
		const credential = credentialFor(emulator.url);
		const { id } = await n8n.client.createCredential(credential);
		const workflow = await readExample(
			'csv-to-cohort.json',
			{ id, name: credential.name },
			{ 'Read Customer File': { parameters: { fileSelector: FILE } } },
		);
		return {
			n8n,
			emulator,
			file: FILE,
			known,
			credential: { ...credential, id },
			workflow: { ...workflow, id: await n8n.client.createWorkflow(workflow) },
			close,
		};
	} catch (error) {
		await close();
		throw error;
	}
}

function credentialFor(customUrl: string): Credential {
	const { appId, secret } = demoAccount;
	return {
		name: 'MoEngage (emulator)',
		type: 'moEngageApi',
		data: { appId, secretKey: secret, dataCenter: 'custom', customUrl },
	};
}
