import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import type { MoEngage } from '../../emulator/model';
import type { Emulator, ServerOptions } from '../../emulator/server';
import { startEmulator } from '../../emulator/server';
import { credentialFor, loginOf, SECRET, textsIn } from './account';
import type { RunningWorkflow, TestRun, TestWorkflow } from './workflow';
import { startWorkflow } from './workflow';

const APP_ID = 'APP';

/** The node in n8n-core's own engine, against the emulator of MoEngage on a real HTTP server. */
export class EmulatedNode {
	private emulator: Emulator | undefined;

	/** Replaces the emulator by one that has received nothing yet. */
	async restart(options: ServerOptions = {}): Promise<void> {
		await this.close();
		this.emulator = await startEmulator({
			appId: APP_ID,
			secret: SECRET,
			now: () => Date.now(),
			...options,
		});
	}

	async close(): Promise<void> {
		await this.emulator?.close();
		this.emulator = undefined;
	}

	/** What MoEngage received and knows. */
	get model(): MoEngage {
		return this.running.model;
	}

	credential(changes: Record<string, string> = {}): ICredentialDataDecryptedObject {
		return { ...credentialFor(this.running.url, APP_ID), ...changes };
	}

	/** Starts a workflow, so that it can be stopped. */
	start(workflow: Partial<TestWorkflow>): RunningWorkflow {
		return startWorkflow({ items: [], credential: this.credential(), ...workflow });
	}

	/** Runs a workflow to its end, and makes sure that the secret is nowhere in what it leaves. */
	async run(workflow: Partial<TestWorkflow>): Promise<TestRun> {
		const result = await this.start(workflow).done;
		const text = textsIn(result).join('\n');
		expect(text).not.toContain(SECRET);
		expect(text).not.toContain(loginOf(APP_ID));
		return result;
	}

	private get running(): Emulator {
		if (this.emulator === undefined) throw new Error('The emulator is not running');
		return this.emulator;
	}
}

/** The node with an emulator of its own for each test of the file. */
export function useEmulator(): EmulatedNode {
	const node = new EmulatedNode();
	beforeEach(async () => await node.restart());
	afterEach(async () => await node.close());
	return node;
}
