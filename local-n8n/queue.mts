import getPort from 'get-port';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { Client } from './client.mjs';
import { endOnSignal, unlessEnding, type Endable } from './ending.mjs';
import { environment, HOST } from './environment.mjs';
import { newFolder, newLog, removeFolder } from './folders.mjs';
import { installN8n, type Installation } from './install.mjs';
import { logIn, READY_TEXT, readyUrl } from './instance.mjs';
import { N8nProcess } from './n8nProcess.mjs';
import { installThisPackage } from './package.mjs';
import { startPostgres, startRedis, type Service } from './services.mjs';

/** n8n in queue mode on this machine: a main process, workers, Redis and PostgreSQL. */
export interface Queue {
	readonly url: string;
	/** Logged in as the owner. */
	readonly client: Client;
	readonly main: N8nProcess;
	readonly redis: Service;
	readonly postgres: Service;
	/** Starts a worker. */
	addWorker(options?: WorkerOptions): Promise<Worker>;
	/** Stops everything and removes the data. The logs are kept. */
	stop(): Promise<void>;
}

interface Options {
	/** Prefix of the log files' names. */
	readonly name: string;
	/** Further environment variables for every process. */
	readonly env?: Record<string, string>;
	readonly report?: (progress: string) => void;
}

interface WorkerOptions {
	/** Whether this package is installed there; default: yes. */
	readonly withPackage?: boolean;
	/** Environment variables for this worker only. */
	readonly env?: Record<string, string>;
}

/** A worker, with its own user folder, as if on its own machine. */
export class Worker extends N8nProcess {
	/** The IDs of the executions that it has started, in that order. */
	async executions() {
		return this.logged(/Worker started execution (\d+)/g);
	}

	/** Those that it has finished, whether n8n has recorded the end or not. */
	async finished() {
		return this.logged(/Worker finished execution (\d+)/g);
	}

	private async logged(line: RegExp) {
		if (!existsSync(this.log)) return [];
		const log = await readFile(this.log, 'utf8');
		return [...log.matchAll(line)].map(([, id]) => String(id));
	}
}

/** Starts n8n in queue mode without workers, with this package installed and an owner logged in. */
export async function startQueue({ name, env, report = () => {} }: Options): Promise<Queue> {
	const installation = await installN8n(undefined, report);
	const started: Endable[] = [];
	const keep = <T extends Endable>(thing: T) => {
		started.push(thing);
		return thing;
	};
	const stop = async () => {
		// In reverse order: n8n needs its database and its queue to shut down properly.
		for (let thing = started.pop(); thing; thing = started.pop()) await thing.stop();
		release();
	};
	const release = endOnSignal({ stop });

	try {
		report('Starting Redis and PostgreSQL');
		const redis = keep(await startRedis(name));
		const postgres = keep(await startPostgres(name));
		const settings = { ...settingsFor(redis, postgres), ...env };

		report(`Starting n8n ${installation.version} in queue mode`);
		const port = await getPort({ host: HOST });
		const url = `http://${HOST}:${port}`;
		const main = new N8nProcess({
			installation,
			command: ['start'],
			env: await ownEnvironment(installation, keep, port, settings),
			log: await newLog(`${name}-main`),
			readyUrl: readyUrl(url),
			readyText: READY_TEXT,
		});
		keep({ stop: () => main.end() });
		await main.start();

		let workers = 0;
		const addWorker = async ({ withPackage = true, env = {} }: WorkerOptions = {}) => {
			const log = `${name}-worker-${++workers}`;
			const health = await getPort({ host: HOST });
			const worker = new Worker({
				installation,
				command: ['worker'],
				env: {
					...(await ownEnvironment(installation, keep, port, settings, withPackage)),
					QUEUE_HEALTH_CHECK_ACTIVE: 'true',
					QUEUE_HEALTH_CHECK_PORT: String(health),
					...env,
				},
				log: await newLog(log),
				readyUrl: `http://${HOST}:${health}/healthz/readiness`,
			});
			keep({ stop: () => worker.end() });
			await worker.start();
			return worker;
		};
		const { client } = await logIn(url);
		return { url, client, main, redis, postgres, addWorker, stop };
	} catch (error) {
		await unlessEnding();
		await stop();
		throw error;
	}
}

/** What all processes of one n8n must have in common. */
function settingsFor(redis: Service, postgres: Service) {
	return {
		N8N_ENCRYPTION_KEY: randomBytes(24).toString('hex'),
		EXECUTIONS_MODE: 'queue',
		QUEUE_BULL_REDIS_HOST: HOST,
		QUEUE_BULL_REDIS_PORT: String(redis.port),
		DB_TYPE: 'postgresdb',
		DB_POSTGRESDB_HOST: HOST,
		DB_POSTGRESDB_PORT: String(postgres.port),
		DB_POSTGRESDB_DATABASE: 'postgres',
		DB_POSTGRESDB_USER: 'postgres',
		// With n8n's defaults of 2 connections and 20 s, some of several hundred calls at once are refused on a
		// slow machine.
		DB_POSTGRESDB_POOL_SIZE: '20',
		DB_POSTGRESDB_CONNECTION_TIMEOUT: '300000',
	};
}

/** The environment of one process, with a user folder that exists until everything is stopped. */
async function ownEnvironment(
	{ node }: Installation,
	keep: (folder: Endable) => void,
	port: number,
	settings: Record<string, string>,
	withPackage = true,
) {
	const userFolder = await newFolder('n8n');
	keep({ stop: () => removeFolder(userFolder) });
	if (withPackage) await installThisPackage(userFolder);
	const own = await environment({ userFolder, dataFolder: tmpdir(), port, node });
	return { ...own, ...settings };
}
