import { execa } from 'execa';
import getPort from 'get-port';
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type Owner } from './client.mjs';
import { environment, HOST } from './environment.mjs';
import { installN8n } from './install.mjs';
import { installThisPackage } from './package.mjs';

const LOGS = resolve(import.meta.dirname, '..', '.n8n-local', 'logs');
const START_TIMEOUT_MS = 180_000;
const KILL_AFTER_MS = 15_000;
const POLL_MS = 200;

export interface Instance {
	readonly url: string;
	readonly owner: Owner;
	/** Logged in as the owner. */
	readonly client: Client;
	/** n8n's own log. It stays when everything else is removed. */
	readonly log: string;
	/** Ends n8n and starts it again with the same data. */
	restart(): Promise<void>;
	/** Ends n8n and removes its user folder. */
	stop(): Promise<void>;
}

interface Options {
	/** Names the log file. */
	readonly name: string;
	/** The only folder that the workflows may read files from. */
	readonly dataFolder: string;
	/** Taken if it is free; otherwise, or if none is given, any free one. */
	readonly port?: number;
	readonly report?: (progress: string) => void;
	/** More of n8n's own settings. */
	readonly settings?: Readonly<Record<string, string>>;
}

const running = new Set<{ stop(): Promise<void> }>();
let stopping: Promise<void> | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
	// Not `once`: the second of two Ctrl-C would end this process at once and leave n8n behind.
	process.on(signal, () => (stopping ??= stopAll()));
}

async function stopAll() {
	process.exitCode ??= 130;
	if (running.size > 0) console.error('\nEnding n8n, which can take some seconds.');
	await Promise.all([...running].map((n8n) => n8n.stop()));
	process.exit();
}

/** Starts a fresh n8n on this machine, with this package installed and an owner logged in. */
export async function startN8n(options: Options): Promise<Instance> {
	const { report = () => {}, dataFolder } = options;
	const { version, node, cli } = await installN8n(undefined, report);
	report(`Starting n8n ${version}`);
	await mkdir(LOGS, { recursive: true });
	const log = join(LOGS, `${options.name}.log`);
	const port = await getPort({ host: HOST, ...(options.port && { port: options.port }) });
	const url = `http://${HOST}:${port}`;

	const userFolder = await mkdtemp(join(await realpath(tmpdir()), 'n8n-'));
	await installThisPackage(userFolder);
	const common = await environment({
		userFolder,
		dataFolder: await realpath(dataFolder),
		port,
		node,
	});
	const env = { ...common, ...options.settings };
	await rm(log, { force: true });
	const launch = () => {
		const launched = execa(node, [cli, 'start'], {
			env,
			extendEnv: false,
			all: true,
			buffer: false,
			reject: false,
			forceKillAfterDelay: KILL_AFTER_MS,
		});
		launched.all.pipe(createWriteStream(log, { flags: 'a' }));
		return launched;
	};
	let child = launch();

	const end = async () => {
		child.kill();
		await child;
	};
	const n8n = {
		async stop() {
			await end();
			await rm(userFolder, { recursive: true, force: true, maxRetries: 3 });
			running.delete(n8n);
		},
		async restart() {
			await end();
			await stopping; // after Ctrl-C nothing is started again
			child = launch();
			await untilReady(url, child).finally(() => stopping);
		},
	};
	running.add(n8n);

	try {
		await untilReady(url, child);
		const owner = { email: 'demo@example.com', password: makePassword() };
		const client = new Client(url);
		await client.setUpOwner(owner);
		return { url, owner, client, log, restart: () => n8n.restart(), stop: () => n8n.stop() };
	} catch (error) {
		await stopping; // after Ctrl-C there is nothing to report
		await n8n.stop();
		throw new Error(`n8n did not start: ${(error as Error).message}. Its log says why: ${log}`);
	}
}

async function untilReady(url: string, child: Promise<unknown>) {
	const ended = new AbortController();
	void child.finally(() => ended.abort());
	const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(START_TIMEOUT_MS)]);
	while (!signal.aborted) {
		// Before it listens and while it migrates its database n8n refuses the call or answers 503.
		const response = await fetch(`${url}/rest/settings`).catch(() => undefined);
		if (response?.headers.get('content-type')?.includes('json') && response.ok) return;
		await sleep(POLL_MS);
	}
	throw new Error(ended.signal.aborted ? 'it ended' : `no answer in ${START_TIMEOUT_MS / 1000} s`);
}

/** n8n asks for a capital letter and a digit. */
function makePassword() {
	return `Demo-${randomBytes(6).toString('hex')}1`;
}
