import { execa } from 'execa';
import getPort from 'get-port';
import { createWriteStream, existsSync } from 'node:fs';
import { chown, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HOST } from './environment.mjs';
import { newFolder, newLog, removeFolder } from './folders.mjs';

const DEBIAN_POSTGRES = '/usr/lib/postgresql';
const START_TRIES = 150;
const POLL_MS = 200;

/** A program that n8n needs in queue mode, on a local port, with its own data folder. */
export interface Service {
	readonly port: number;
	/** Shuts it down gracefully and starts it again with the same data, after `pauseMs`. */
	restart(pauseMs?: number): Promise<void>;
	/** Stops it and removes its data. */
	stop(): Promise<void>;
}

interface Program {
	readonly folder: string;
	readonly log: string;
	readonly port: number;
	/** The command line. */
	readonly command: readonly [string, ...string[]];
	/** Stops it without waiting for its clients. */
	readonly endSignal: 'SIGTERM' | 'SIGINT';
	/** The user that it runs as, if not the current one. */
	readonly user?: { readonly uid: number; readonly gid: number } | undefined;
	/** Whether it is up. */
	readonly isUp: () => Promise<boolean>;
}

const FOLDERS = {
	'redis-server': async () => folderOf('redis-server'),
	postgresql: postgresFolder,
};

/** A message about what is missing on this machine; undefined if nothing is. */
export async function missingServices(
	...needed: Array<keyof typeof FOLDERS>
): Promise<string | undefined> {
	const missing: string[] = [];
	for (const name of needed) if (!(await FOLDERS[name]())) missing.push(name);
	if (missing.length === 0) return undefined;
	return `${missing.join(' and ')} missing (on Debian: apt-get install ${missing.join(' ')})`;
}

/** Starts a Redis that keeps its data when it is restarted gracefully, as with Debian's configuration. */
export async function startRedis(name: string): Promise<Service> {
	const [folder, port] = [await newFolder('redis'), await getPort({ host: HOST })];
	return start({
		folder,
		port,
		log: await newLog(`${name}-redis`),
		command: ['redis-server', '--port', String(port), '--bind', HOST, '--dir', folder],
		endSignal: 'SIGTERM',
		isUp: async () => {
			const { stdout } = await execa('redis-cli', ['-p', String(port), 'ping'], { reject: false });
			return stdout === 'PONG';
		},
	});
}

/** Starts a PostgreSQL with the empty database `postgres` of the user `postgres`. */
export async function startPostgres(name: string): Promise<Service> {
	const programs = (await postgresFolder()) ?? '';
	const [folder, port] = [await newFolder('postgres'), await getPort({ host: HOST })];
	// PostgreSQL refuses to run as root.
	const user = process.getuid?.() === 0 ? await userNamed('postgres') : undefined;
	if (user) await chown(folder, user.uid, user.gid);
	await execa(
		join(programs, 'initdb'),
		['--pgdata', folder, '--username=postgres', '--auth=trust', '--encoding=UTF8', '--no-sync'],
		{ cwd: folder, ...user },
	);
	return start({
		folder,
		port,
		user,
		log: await newLog(`${name}-postgres`),
		command: [
			join(programs, 'postgres'),
			...['-D', folder, '-p', String(port)],
			...['-c', `listen_addresses=${HOST}`, '-c', 'unix_socket_directories='],
		],
		endSignal: 'SIGINT',
		isUp: async () => {
			const question = ['-h', HOST, '-p', String(port), '-q'];
			const { exitCode } = await execa(join(programs, 'pg_isready'), question, { reject: false });
			return exitCode === 0;
		},
	});
}

async function start(program: Program): Promise<Service> {
	const { folder, port, endSignal } = program;
	let child = launch(program);
	const end = async () => {
		child.kill(endSignal);
		await child;
	};
	const stop = async () => {
		await end();
		await removeFolder(folder);
	};
	const restart = async (pauseMs = 0) => {
		await end();
		await sleep(pauseMs);
		child = launch(program);
		await untilUp(program);
	};
	try {
		await untilUp(program);
	} catch (error) {
		await stop();
		throw error;
	}
	return { port, restart, stop };
}

function launch({ command: [file, ...options], folder, log, user }: Program) {
	const child = execa(file, options, {
		cwd: folder,
		all: true,
		buffer: false,
		reject: false,
		...user,
	});
	child.all.pipe(createWriteStream(log, { flags: 'a' }));
	return child;
}

async function untilUp({ isUp, command: [file], log }: Program) {
	for (let tries = 0; tries < START_TRIES; tries++) {
		if (await isUp()) return;
		await sleep(POLL_MS);
	}
	throw new Error(`${file} did not start. Its log says why: ${log}`);
}

async function userNamed(name: string) {
	const id = async (what: string) => Number((await execa('id', [what, name])).stdout);
	return { uid: await id('-u'), gid: await id('-g') };
}

async function folderOf(program: string) {
	const folders = (process.env.PATH ?? '').split(delimiter);
	return folders.find((folder) => existsSync(join(folder, program)));
}

/** Debian installs PostgreSQL's programs outside PATH, in one folder per version. */
async function postgresFolder() {
	const versions = existsSync(DEBIAN_POSTGRES) ? await readdir(DEBIAN_POSTGRES) : [];
	const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
	return newest ? join(DEBIAN_POSTGRES, newest, 'bin') : folderOf('initdb');
}
