import type { Refusal } from './answers';
import { importedUsers, readUserImport, type UserImport } from './bulkImport';
import { readCohortChange, type CohortChange, type Member } from './cohortSync';
import { readAddress, type Address, type Endpoint } from './endpoints';
import { readUserLookup, type GetUserBody, type UserLookup } from './getUser';

/** A request as it arrives. Header names are in lower case; the default method is POST. */
export type EmulatorRequest = {
	method?: string;
	/** With its query, if there is one. */
	path: string;
	headers: Record<string, string | string[] | undefined>;
	body: string;
};

/**
 * What the emulator stores about a request, without any secret. `number` counts from 1, `at` is in ms, `path` is
 * without a query, `bytes` is the size of the body. `change`, `lookup` and `userImport` are the body of a Cohort
 * Sync, Get User or Bulk Import request that satisfies its schema; `action`, `cohortId`, `timestamp` (as sent) and
 * `members` come from `change`.
 */
export type RequestRecord = {
	number: number;
	at: number;
	path: string;
	endpoint: Endpoint | undefined;
	bytes: number;
	change: CohortChange | undefined;
	lookup: UserLookup | undefined;
	userImport: UserImport | undefined;
	action: CohortChange['action'] | undefined;
	cohortId: string | undefined;
	timestamp: string | undefined;
	members: Member[];
	memberCount: number;
	/** How many users it contains: members, users looked up, or users imported. */
	userCount: number;
	/** The response's status, or 'reset' if the connection was closed instead. */
	status: number | 'reset';
	message: string;
	/** Whether the change or import was queued, whatever the response. */
	accepted: boolean;
};

/** How bodies are to be read. */
export type BodyRules = { getUserBody: GetUserBody; refuseNames: boolean };

/** A request after parsing, before any checks. */
export type ReadRequest = {
	record: RequestRecord;
	address: Address;
	/** Why the body is refused. */
	bodyRefusal: Refusal | undefined;
};

/** Starts the record of a request. */
export function readRequest(
	{ method = 'POST', path: url, body }: EmulatorRequest,
	{ number, at }: { number: number; at: number },
	rules: BodyRules,
): ReadRequest {
	const address = readAddress(method, url);
	const { change, lookup, userImport, refusal } = readBody(address.endpoint, body, rules);
	const members = change?.parameters.members ?? [];
	const record: RequestRecord = {
		number,
		at,
		path: address.path,
		endpoint: address.endpoint,
		bytes: Buffer.byteLength(body),
		change,
		lookup,
		userImport,
		action: change?.action,
		cohortId: change?.parameters.cohort_id,
		timestamp: change?.timestamp,
		members,
		memberCount: members.length,
		userCount:
			members.length +
			(lookup?.identifiers.length ?? 0) +
			(userImport ? importedUsers(userImport).length : 0),
		status: 'reset',
		message: '',
		accepted: false,
	};
	return { record, address, bodyRefusal: refusal };
}

/** The result of reading a body: one of the contents, or why there is none. */
type Body = {
	change?: CohortChange;
	lookup?: UserLookup;
	userImport?: UserImport;
	refusal?: Refusal;
};

function readBody(endpoint: Endpoint | undefined, body: string, rules: BodyRules): Body {
	switch (endpoint) {
		case 'cohortSync': {
			const reading = readCohortChange(body, rules.refuseNames);
			return 'content' in reading ? { change: reading.content } : reading;
		}
		case 'getUser': {
			const reading = readUserLookup(body, rules.getUserBody);
			return 'content' in reading ? { lookup: reading.content } : reading;
		}
		case 'bulkImport': {
			const reading = readUserImport(body);
			return 'content' in reading ? { userImport: reading.content } : reading;
		}
		case 'testConnection': // its keys are not kept
		case undefined:
			return {};
	}
}
