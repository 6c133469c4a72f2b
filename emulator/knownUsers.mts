import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import type { KnownUser } from './population.js';

/**
 * Reads the users that MoEngage knows from a CSV file with the columns `uid` and `anonymous_id`. Rows with
 * the same `uid` are one user with several anonymous IDs; rows without either are left out.
 * @throws where the file can't be read or is no CSV
 */
export async function readKnownUsers(file: string): Promise<KnownUser[]> {
	const rows: unknown[] = parse(await readFile(file), { columns: true, bom: true, trim: true });
	return rows.map(toUser).filter((user) => user !== undefined);
}

function toUser(row: unknown): KnownUser | undefined {
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
