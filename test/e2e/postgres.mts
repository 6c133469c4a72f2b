import { execa } from 'execa';
import getPort from 'get-port';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

const HOST = '127.0.0.1';
const DEBIAN = '/usr/lib/postgresql';
const START_TRIES = 150;
const POLL_MS = 200;

export interface Postgres {
	/** What n8n's Postgres credential holds. */
	readonly credential: Record<string, unknown>;
	/** Logged in. */
	readonly client: Client;
	/** Ends it and removes its data. */
	stop(): Promise<void>;
}

/** Why there is no PostgreSQL on this machine to test with, in words; false if there is one. */
export async function withoutPostgres(): Promise<string | false> {
	// Where it must not be missing, the test runs, and says so.
	if ((await programs()) || process.env.CI) return false;
	return 'PostgreSQL is missing (on Debian: apt-get install postgresql)';
}

/** Starts an empty PostgreSQL that nobody outside this machine can reach. */
export async function startPostgres(): Promise<Postgres> {
	const bin = await programs();
	if (!bin) throw new Error(`There is no PostgreSQL in ${DEBIAN}.`);
	const folder = await mkdtemp(join(tmpdir(), 'postgres-'));
	// PostgreSQL refuses to run as root.
	const user = process.getuid?.() === 0 ? await postgresUser() : undefined;
	if (user) await chown(folder, user.uid, user.gid);
	const options = { cwd: folder, reject: true, ...user };
	const login = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--no-sync'];
	await execa(join(bin, 'initdb'), ['--pgdata', folder, ...login], options);
	const port = await getPort({ host: HOST });
	const settings = [`listen_addresses=${HOST}`, 'unix_socket_directories=', 'fsync=off'];
	const child = execa(
		join(bin, 'postgres'),
		['-D', folder, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
		{ ...options, reject: false, buffer: false },
	);
	const connection = { host: HOST, port, user: 'postgres', database: 'postgres' };
	let client: Client | undefined;
	const stop = async () => {
		await client?.end();
		child.kill('SIGINT'); // without waiting for its clients
		await child;
		await rm(folder, { recursive: true, force: true });
	};
	for (let tries = 0; !client && tries < START_TRIES; tries++) {
		const next = new Client(connection);
		await next.connect().then(
			() => (client = next),
			() => sleep(POLL_MS),
		);
	}
	if (!client) {
		await stop();
		throw new Error('PostgreSQL did not start.');
	}
	return { client, stop, credential: { ...connection, password: '', ssl: 'disable' } };
}

/** The folder of the newest PostgreSQL that Debian has installed. */
async function programs() {
	const versions = existsSync(DEBIAN) ? await readdir(DEBIAN) : [];
	const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
	return newest && join(DEBIAN, newest, 'bin');
}

async function postgresUser() {
	const id = async (what: string) => Number((await execa('id', [what, 'postgres'])).stdout);
	return { uid: await id('-u'), gid: await id('-g') };
}
