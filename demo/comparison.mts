import { parse } from 'csv-parse/sync';
import { readFile } from 'node:fs/promises';
import { outputOf, type Execution } from '../local-n8n/client.mjs';
import type { Customer } from './customers.mjs';
import type { Stage } from './stage.mjs';

export interface Check {
	readonly what: string;
	readonly watched: number;
	readonly expected: number;
	/** How far above the expected number it may be. */
	readonly tolerance?: number;
}

const COHORT = { cohort_id: 'opted-in-customers', cohort_name: 'Opted-in customers' };
const PAYLOAD_LIMIT = 128_000;

/**
 * Compares what n8n and the emulated MoEngage saw with what the file says. The expectations come
 * from the file alone, by code that shares nothing with the node.
 */
export async function compare({ file, known, emulator }: Stage, execution: Execution) {
	const rows = parse(await readFile(file), { columns: true }) as Customer[];
	const kept = rows.filter(({ opted_in }) => opted_in === 'yes');
	const ids = kept.map(({ account_id }) => account_id).filter((id) => id !== '');
	const isKnown = new Set(known);
	const expectedMembers = new Set(ids.filter((id) => isKnown.has(id)));

	const { model } = emulator;
	const requests = model.requests.filter(({ cohortId }) => cohortId === COHORT.cohort_id);
	const members = new Set(model.memberIds(COHORT.cohort_id));
	const [accepted = [], errors = []] = outputOf(execution, 'MoEngage Cohort Sync');
	const count = (node: string) => outputOf(execution, node)[0]?.length ?? 0;

	const checks: Check[] = [
		{ what: 'Rows read', watched: count('Extract Customers'), expected: rows.length },
		{ what: 'Rows kept (opted in)', watched: count('Opted In Only'), expected: kept.length },
		{
			what: 'Members sent',
			watched: sum(requests.map(({ memberCount }) => memberCount)),
			expected: ids.length,
		},
		{
			what: 'Requests',
			watched: requests.length,
			expected: fewestRequests(ids),
			tolerance: 1,
		},
		{
			what: 'Requests above the payload limit',
			watched: requests.filter(({ bytes }) => bytes > PAYLOAD_LIMIT).length,
			expected: 0,
		},
		{
			what: 'Items accepted',
			watched: accepted.filter(({ json }) => json.status === 'accepted').length,
			expected: ids.length,
		},
		{
			what: 'Items on the error output',
			watched: errors.length,
			expected: kept.length - ids.length,
		},
		{
			what: 'Members unknown to MoEngage',
			watched: model.unknownCount(),
			expected: ids.length - expectedMembers.size,
		},
		{ what: 'Members of the cohort', watched: members.size, expected: expectedMembers.size },
		{ what: 'Members missing', watched: difference(expectedMembers, members), expected: 0 },
		{ what: 'Members too many', watched: difference(members, expectedMembers), expected: 0 },
	];
	return { checks, bytes: sum(requests.map(({ bytes }) => bytes)) };
}

export function isRight({ watched, expected, tolerance = 0 }: Check) {
	return watched >= expected && watched <= expected + tolerance;
}

/** No way of sharing these members out needs fewer requests than their bytes do. */
function fewestRequests(ids: string[]) {
	const empty = {
		action: 'add_members',
		timestamp: new Date(0).toISOString(),
		partner: 'n8n',
		parameters: { ...COHORT, members: [] },
	};
	const comma = 1;
	const room = PAYLOAD_LIMIT - bytesOf(empty) + comma;
	return Math.ceil(sum(ids.map((uid) => bytesOf({ uid }) + comma)) / room);
}

function bytesOf(value: object) {
	return Buffer.byteLength(JSON.stringify(value));
}

function difference(one: Set<string>, other: Set<string>) {
	return [...one].filter((id) => !other.has(id)).length;
}

function sum(numbers: number[]) {
	return numbers.reduce((total, number) => total + number, 0);
}
