import { readFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { parse } from 'csv-parse/sync';
import { demoAccount, type Member } from './model.js';
import { startEmulator, type ServerOptions } from './server.js';

const program = new Command('emulator')
	.description(
		'A local stand-in for MoEngage: Cohort Sync, Test Connection and a page to watch them',
	)
	.option('--port <number>', 'port to listen on', wholeNumber, 8025)
	.option('--host <address>', 'address to listen on', '127.0.0.1')
	.option('--app-id <id>', 'APP ID of the account', demoAccount.appId)
	.option('--secret <text>', "secret of the account (default: the emulator's own demo secret)")
	.option('--requests-per-minute <number>', 'rate limit', wholeNumber, 300)
	.option('--max-bytes <number>', 'largest payload', wholeNumber, 131_072)
	.option('--apply-delay <ms>', 'time from accepting a change to applying it', wholeNumber, 0)
	.option('--latency <ms>', 'time that every answer takes', wholeNumber, 0)
	.option('--known <file>', 'CSV of the users MoEngage knows, with columns uid, anonymous_id')
	.parse();

const settings = program.opts<{
	port: number;
	host: string;
	appId: string;
	secret?: string;
	requestsPerMinute: number;
	maxBytes: number;
	applyDelay: number;
	latency: number;
	known?: string;
}>();

const known =
	settings.known === undefined ? undefined : await readUsers(settings.known).catch(fail);
const options: ServerOptions = {
	port: settings.port,
	host: settings.host,
	appId: settings.appId,
	secret: settings.secret ?? demoAccount.secret,
	requestsPerMinute: settings.requestsPerMinute,
	maxBytes: settings.maxBytes,
	applyDelayMs: settings.applyDelay,
	latencyMs: settings.latency,
	known: known ?? 'everyone',
};

const emulator = await startEmulator(options).catch(fail);

console.log(`MoEngage emulator, to watch in a browser: ${emulator.url}

Settings for the MoEngage credential in n8n:
  Data Center  Custom URL
  Custom URL   ${emulator.url}
  App ID       ${settings.appId}
  Secret Key   ${settings.secret === undefined ? demoAccount.secret : 'as you passed it with --secret'}

It knows ${known ? `${known.length} users` : 'every user'}. Ctrl-C ends it.`);

for (const signal of ['SIGINT', 'SIGTERM']) {
	process.once(signal, () => void emulator.close());
}

function fail(error: unknown): never {
	return program.error(
		`The emulator can't start: ${error instanceof Error ? error.message : error}`,
	);
}

async function readUsers(file: string): Promise<Member[]> {
	const rows: unknown[] = parse(await readFile(file), { columns: true, bom: true, trim: true });
	return rows.map(toUser).filter((user) => user !== undefined);
}

function toUser(row: unknown): Member | undefined {
	const uid = cell(row, 'uid');
	const anonymous_id = cell(row, 'anonymous_id');
	if (!uid && !anonymous_id) return undefined;
	return { ...(uid ? { uid } : {}), ...(anonymous_id ? { anonymous_id } : {}) };
}

function cell(row: unknown, column: string): string {
	const cells: Record<string, unknown> = Object(row);
	const value = cells[column];
	return typeof value === 'string' ? value : '';
}

function wholeNumber(text: string): number {
	if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
	return Number(text);
}
