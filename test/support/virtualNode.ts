import type { Answer } from '../../emulator/answers';
import type { EmulatorOptions, MoEngage } from '../../emulator/model';
import { createMoEngage } from '../../emulator/model';
import { systemClock } from '../../nodes/MoEngageCohortSync/systemClock';
import { credentialFor, SECRET } from './account';
import type { SocketRequest, SocketResponse } from './n8nParts';
import { answerBody, axios } from './n8nParts';
import { N8nProcess, PROCESS_HEADER } from './n8nProcess';
import { VirtualClock } from './virtualClock';
import type { RunningWorkflow, TestRun, TestWorkflow } from './workflow';
import { startWorkflow } from './workflow';

/** A firewall that drops what is sent. */
export const SILENCE = 'silence';

let accounts = 0;

/**
 * One MoEngage account and one n8n, whose time is virtual and whose network ends where axios, n8n's HTTP
 * client, would open a socket. All the rest is n8n's own: its engine, its credentials, its HTTP helper.
 */
export class VirtualN8n {
	readonly clock: VirtualClock;
	readonly model: MoEngage;
	/** A rate window is the account's, so each account has a name of its own. */
	readonly appId = `APP-${accounts++}`;
	readonly saved = { id: `workflow of ${this.appId}`, staticData: {} };
	private readonly processes = new Map<string, N8nProcess>();
	/** When the last run ended, in ms of the clock; what it gave up may go on. */
	finishedAt = 0;
	/** True while no connection comes about. */
	isUnreachable = false;
	/** What becomes of it then: Node's code for it, or no answer at all. */
	connectionFault = 'ECONNREFUSED';

	constructor(seed: number, options: EmulatorOptions = {}) {
		this.clock = new VirtualClock(seed);
		const start = this.clock.now();
		const now = () => start + this.clock.elapsed();
		this.model = createMoEngage({ now, appId: this.appId, secret: SECRET, ...options });
	}

	/** Runs a workflow to its end. `stopAfter` in ms presses n8n's Stop button. */
	async run(workflow: Partial<TestWorkflow>, stopAfter?: number): Promise<TestRun> {
		return await this.play(async () => {
			const { done, stop } = this.start(workflow);
			if (stopAfter !== undefined) void this.clock.sleep(stopAfter).then(stop);
			return await done;
		});
	}

	/** Plays whatever happens meanwhile: `script` starts workflows, and sleeps on the clock. */
	async playScript(script: () => Promise<void>): Promise<void> {
		await this.play(script);
	}

	/** A process of n8n beside this one. */
	startProcess(): N8nProcess {
		const process = new N8nProcess(this.clock);
		this.processes.set(process.name, process);
		return process;
	}

	/** Runs workflows at the same time. */
	async runTogether(workflows: ReadonlyArray<Partial<TestWorkflow>>): Promise<TestRun[]> {
		return await this.play(
			async () =>
				await Promise.all(workflows.map(async (workflow) => await this.start(workflow).done)),
		);
	}

	/** Starts a workflow in a script. */
	start(workflow: Partial<TestWorkflow>): RunningWorkflow {
		return startWorkflow({
			items: [],
			credential: credentialFor('https://moengage.example.com', this.appId),
			saved: this.saved,
			...workflow,
		});
	}

	private async play<T>(begin: () => Promise<T>): Promise<T> {
		const restore = this.install();
		try {
			const result = await this.clock.play(begin(), MAX_RUN_MS);
			this.finishedAt = this.clock.elapsed();
			await this.clock.playOut();
			return result;
		} finally {
			restore();
		}
	}

	/** Puts this clock and this network in the place of the real ones. */
	private install(): () => void {
		const { adapter } = axios.defaults;
		axios.defaults.adapter = async (config: SocketRequest) => {
			const process = this.processes.get(String(config.headers.toJSON()[PROCESS_HEADER]));
			await process?.survive();
			const response = await this.exchange(config);
			await process?.survive();
			return response;
		};
		const real = { ...systemClock };
		const { clock } = this;
		// No spies: they would remember each of a million calls.
		Object.assign(systemClock, {
			now: () => clock.now(),
			elapsed: () => clock.elapsed(),
			random: () => clock.random(),
			sleep: async (ms: number) => await clock.sleep(ms),
		});
		return () => {
			axios.defaults.adapter = adapter;
			Object.assign(systemClock, real);
		};
	}

	/** A body as it comes, which may be dripping. */
	private async *pieces({ body, drip = 0 }: Answer): AsyncGenerator<Buffer> {
		const bytes = Buffer.from(body);
		const length = drip > 0 ? Math.ceil(bytes.length / 10) : bytes.length;
		for (let start = 0; start < bytes.length; start += length) {
			yield bytes.subarray(start, start + length);
			if (drip > 0) await this.clock.sleep(drip);
		}
	}

	/** What a socket would do. */
	private async exchange(config: SocketRequest): Promise<SocketResponse> {
		const fault = (code: string) => new axios.AxiosError(`${code} ${config.url}`, code, config);
		const { username = '', password = '' } = config.auth ?? {};
		const headers = {
			...config.headers.toJSON(),
			Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
		};
		await this.clock.sleep(20 + 100 * this.clock.random());
		if (this.isUnreachable) {
			if (this.connectionFault !== SILENCE) throw fault(this.connectionFault);
			await this.clock.sleep(config.timeout ?? Infinity);
			throw fault('ECONNABORTED');
		}
		const { pathname, search } = new URL(axios.getUri(config));
		const given = this.model.receive({
			path: pathname + search,
			headers: Object.fromEntries(
				Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
			),
			body: String(config.data),
		});
		const timeout = config.timeout ?? Infinity;
		await this.clock.sleep(Math.min(given.delayMs ?? 0, timeout));
		if ((given.delayMs ?? 0) > timeout) throw fault('ECONNABORTED');
		if (given.reset) throw fault('ECONNRESET');
		const date = new Date(this.model.requests.at(-1)?.at ?? 0).toUTCString();
		return {
			data: answerBody(this.pieces(given)),
			status: given.status,
			statusText: '',
			headers: { date, ...given.headers },
			config,
		};
	}
}

/** Longer than anything that a test plays may take. */
const MAX_RUN_MS = 30 * 24 * 60 * 60_000;
