import getPort from 'get-port';
import { randomBytes } from 'node:crypto';
import { delimiter, dirname } from 'node:path';

/** n8n listens here, so only this machine can reach it. */
export const HOST = '127.0.0.1';

const OFF = [
	'N8N_DIAGNOSTICS_ENABLED',
	'N8N_VERSION_NOTIFICATIONS_ENABLED',
	'N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED',
	'N8N_DYNAMIC_BANNERS_ENABLED',
	'N8N_HIRING_BANNER_ENABLED',
	'N8N_TEMPLATES_ENABLED',
	'N8N_PERSONALIZATION_ENABLED',
	'N8N_VERIFIED_PACKAGES_ENABLED',
	'N8N_LICENSE_AUTO_RENEW_ENABLED',
	'N8N_SECURE_COOKIE', // this n8n uses plain http
];

interface Settings {
	readonly userFolder: string;
	/** The only folder from which workflows may read files. */
	readonly dataFolder: string;
	readonly port: number;
	/** The Node.js that runs n8n. */
	readonly node: string;
}

/**
 * The whole environment of n8n. The developer's own environment is left out, since it may have settings for another
 * n8n.
 */
export async function environment({ userFolder, dataFolder, port, node }: Settings) {
	return {
		...Object.fromEntries(OFF.map((name) => [name, 'false'])),
		PATH: [dirname(node), process.env.PATH].join(delimiter),
		HOME: userFolder,
		N8N_USER_FOLDER: userFolder,
		N8N_ENCRYPTION_KEY: randomBytes(24).toString('hex'),
		N8N_RESTRICT_FILE_ACCESS_TO: dataFolder,
		N8N_HOST: HOST,
		N8N_LISTEN_ADDRESS: HOST,
		N8N_PORT: String(port),
		DB_SQLITE_POOL_SIZE: '3', // without a pool, 1.x stores the status of a run before its data
		N8N_GRACEFUL_SHUTDOWN_TIMEOUT: '5', // seconds for executions in progress
		N8N_RUNNERS_BROKER_PORT: String(await getPort({ host: HOST })),
	};
}
