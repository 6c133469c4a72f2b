import { execa } from 'execa';
import { createWriteStream } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { unlessEnding } from './ending.mjs';
import type { Installation } from './install.mjs';

const START_TIMEOUT_MS = 180_000;
const KILL_AFTER_MS = 15_000;
const POLL_MS = 200;

interface Options {
	readonly installation: Installation;
	/** The n8n command: `start` or `worker`. */
	readonly command: readonly string[];
	/** Its whole environment. */
	readonly env: Record<string, string>;
	/** The file that its output is appended to. */
	readonly log: string;
	/** A URL that responds with JSON as soon as n8n is up. */
	readonly readyUrl: string;
	/** What n8n prints when it has also started its workflows, if it is to be waited for. */
	readonly readyText?: string;
}

/** One n8n process. It can be stopped and started again, with the same settings and data. */
export class N8nProcess {
	private child: ReturnType<typeof launch> | undefined;

	constructor(private readonly options: Options) {}

	get log() {
		return this.options.log;
	}

	/** Starts n8n and waits until it is up. */
	async start() {
		await unlessEnding();
		this.child = launch(this.options);
		try {
			await Promise.all([this.ready(), untilPrinted(this.child, this.options.readyText)]);
		} catch (error) {
			await unlessEnding();
			const { message } = error as Error;
			throw new Error(`n8n did not start: ${message}. Its log says why: ${this.log}`);
		}
	}

	/** Waits until n8n is up, or up again after its database was unavailable. */
	async ready() {
		await untilReady(this.options.readyUrl, this.child);
	}

	/** Runs another n8n command with the same settings and data, and returns its output. It may exit with any code. */
	async run(...command: string[]) {
		const { installation, env, log } = this.options;
		const { all } = await execa(installation.node, [installation.cli, ...command], {
			env,
			extendEnv: false,
			all: true,
			reject: false,
		});
		await appendFile(log, all);
		return all;
	}

	/** Asks n8n to stop, and waits until it has. */
	async end() {
		this.child?.kill();
		await this.child;
	}

	/** Kills n8n without warning, like a power cut. */
	async kill() {
		this.child?.kill('SIGKILL');
		await this.child;
	}
}

function launch({ installation, command, env, log }: Options) {
	const child = execa(installation.node, [installation.cli, ...command], {
		env,
		extendEnv: false,
		all: true,
		buffer: false,
		reject: false,
		forceKillAfterDelay: KILL_AFTER_MS,
	});
	child.all.pipe(createWriteStream(log, { flags: 'a' }));
	return child;
}

async function untilPrinted(child: ReturnType<typeof launch>, text: string | undefined) {
	if (text === undefined) return;
	let output = '';
	const isPrinted = new Promise<void>((resolve) => {
		const read = (data: Buffer) => {
			output += data;
			if (!output.includes(text)) return;
			child.all.off('data', read);
			resolve();
		};
		child.all.on('data', read);
	});
	const ended = child.then(() => Promise.reject(new Error('it ended')));
	await Promise.race([isPrinted, ended]);
}

async function untilReady(url: string, child: Promise<unknown> | undefined) {
	const ended = new AbortController();
	void child?.finally(() => ended.abort());
	const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(START_TIMEOUT_MS)]);
	while (!signal.aborted) {
		// Before it listens and while it migrates its database, n8n refuses the call or responds with 503.
		const response = await fetch(url).catch(() => undefined);
		if (response?.headers.get('content-type')?.includes('json') && response.ok) return;
		await sleep(POLL_MS);
	}
	throw new Error(ended.signal.aborted ? 'it ended' : `no answer in ${START_TIMEOUT_MS / 1000} s`);
}
