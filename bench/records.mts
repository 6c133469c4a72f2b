import { execa } from 'execa';
import { readFile, writeFile } from 'node:fs/promises';
import { arch, cpus, totalmem, type as system } from 'node:os';
import { join } from 'node:path';
import { PINNED_VERSION } from '../local-n8n/install.mjs';
import type { Name, Results } from './comparisons.mjs';

/** Where and when something was measured. */
export interface Circumstances {
	/** ISO 8601, the day. */
	readonly date: string;
	readonly machine: string;
	readonly node: string;
	readonly n8n: string;
}

export type Records = { readonly [N in Name]: Circumstances & { readonly result: Results[N] } };

/** `node` is the path of the Node.js that ran the measured code. */
export async function circumstances(node: string): Promise<Circumstances> {
	const [cpu] = cpus();
	const { stdout } = await execa(node, ['--version']);
	const memory = Math.round(totalmem() / 2 ** 30);
	return {
		date: new Date().toISOString().slice(0, 10),
		machine: `${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${memory} GB, ${system()} ${arch()}`,
		node: stdout.replace('v', ''),
		n8n: process.env.N8N_VERSION ?? PINNED_VERSION,
	};
}

/** What was measured before, so that one comparison can be made again alone. */
export async function readRecords(folder: string): Promise<Partial<Records>> {
	const text = await readFile(fileIn(folder), 'utf8').catch(() => '{}');
	return JSON.parse(text) as Partial<Records>;
}

export async function writeRecords(folder: string, records: Partial<Records>): Promise<void> {
	await writeFile(fileIn(folder), `${JSON.stringify(records, rounded, '\t')}\n`);
}

function fileIn(folder: string): string {
	return join(folder, 'performance.json');
}

/** Four digits are more than any of these measurements is worth; whole numbers stay as they are. */
function rounded(_key: string, value: unknown): unknown {
	if (typeof value !== 'number' || Number.isInteger(value)) return value;
	return Number(value.toPrecision(4));
}
