import { parse } from 'csv-parse/sync';
import { readFile } from 'node:fs/promises';
import { outputOf, type Execution } from '../local-n8n/client.mjs';
import type { Customer } from './customers.mjs';
import type { Stage } from './stage.mjs';

export interface Check {
	readonly what: string;
	readonly actual: number;
	readonly expected: number;
	/** By how much it may exceed the expected number. */
	readonly tolerance?: number;
}

const COHORT = { cohort_id: 'opted-in-customers', cohort_name: 'Opted-in customers' };
const PAYLOAD_LIMIT = 128_000;

/**
 * Compares what n8n and the emulated MoEngage saw with the file. The expected numbers come from the file alone,
 * computed by code that shares nothing with the node.
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
		{ what: 'Rows read', actual: count('Extract Customers'), expected: rows.length },
		{ what: 'Rows kept (opted in)', actual: count('Opted In Only'), expected: kept.length },
		{
			what: 'Members sent',
			actual: sum(requests.map(({ memberCount }) => memberCount)),
			expected: ids.length,
		},
		{
			what: 'Requests',
			actual: requests.length,
			expected: fewestRequests(ids),
			tolerance: 1,
		},
		{
			what: 'Requests above the payload limit',
			actual: requests.filter(({ bytes }) => bytes > PAYLOAD_LIMIT).length,
			expected: 0,
		},
		{
			what: 'Items accepted',
			actual: accepted.filter(({ json }) => json.status === 'accepted').length,
			expected: ids.length,
		},
		{
			what: 'Items on the error output',
			actual: errors.length,
			expected: kept.length - ids.length,
		},
		{
			what: 'Members unknown to MoEngage',
			actual: model.unknownCount(),
			expected: ids.length - expectedMembers.size,
		},
		{ what: 'Members of the cohort', actual: members.size, expected: expectedMembers.size },
		{ what: 'Members missing', actual: difference(expectedMembers, members), expected: 0 },
		{ what: 'Unexpected members', actual: difference(members, expectedMembers), expected: 0 },
	];
	return { checks, bytes: sum(requests.map(({ bytes }) => bytes)) };
}

export function isRight({ actual, expected, tolerance = 0 }: Check) {
	return actual >= expected && actual <= expected + tolerance;
}

/** A lower bound for the number of requests: the members' bytes divided by the space in a request. */
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
