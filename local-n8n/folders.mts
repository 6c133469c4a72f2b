import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The folder with the logs, which are kept when everything else is removed. */
export const LOGS = resolve(
	process.env.N8N_LOCAL_LOGS ?? join(import.meta.dirname, '..', '.n8n-local', 'logs'),
);

/** Creates an empty folder for a process that keeps data. */
export async function newFolder(name: string) {
	return mkdtemp(join(await realpath(tmpdir()), `${name}-`));
}

export async function removeFolder(folder: string) {
	await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** The file of a log, emptied. */
export async function newLog(name: string) {
	const log = join(LOGS, `${name}.log`);
	await mkdir(LOGS, { recursive: true });
	await rm(log, { force: true });
	return log;
}
