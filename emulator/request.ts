import type { Refusal } from './answers';
import { readCohortChange, type CohortChange, type Member } from './schema';

export const cohortSyncPath = '/v1/integrations/cohortsync';
export const testConnectionPath = '/v1/integrations/authentication';

/** A request as it arrives. Header names are in lower case; the method is POST unless given. */
export type EmulatorRequest = {
	method?: string;
	path: string;
	headers: Record<string, string | string[] | undefined>;
	body: string;
};

/**
 * What the emulator remembers of a request; no secret among it. `number` counts from 1, `at` is in
 * ms, `bytes` is the size of the body. `change` is the body of a Cohort Sync request that satisfies
 * the schema; `action`, `cohortId`, `timestamp` (as sent) and `members` come from it.
 */
export type RequestRecord = {
	number: number;
	at: number;
	path: string;
	bytes: number;
	change: CohortChange | undefined;
	action: CohortChange['action'] | undefined;
	cohortId: string | undefined;
	timestamp: string | undefined;
	members: Member[];
	memberCount: number;
	/** The status that was answered, or 'reset' if the connection was broken off. */
	status: number | 'reset';
	message: string;
	/** Whether the change was queued, whatever was answered. */
	accepted: boolean;
};

/** Starts the record of a request, and says why its body can't be taken if it is one for Cohort Sync. */
export function recordRequest(
	request: EmulatorRequest,
	number: number,
	at: number,
): { record: RequestRecord; bodyRefusal: Refusal | undefined } {
	const reading = isFor(request, cohortSyncPath) ? readCohortChange(request.body) : undefined;
	const change = reading && 'content' in reading ? reading.content : undefined;
	const members = change?.parameters.members ?? [];
	const record: RequestRecord = {
		number,
		at,
		path: request.path,
		bytes: Buffer.byteLength(request.body),
		change,
		action: change?.action,
		cohortId: change?.parameters.cohort_id,
		timestamp: change?.timestamp,
		members,
		memberCount: members.length,
		status: 'reset',
		message: '',
		accepted: false,
	};
	return { record, bodyRefusal: reading && 'refusal' in reading ? reading.refusal : undefined };
}

/** Whether a request is a POST to a path. */
export function isFor({ method = 'POST', path }: EmulatorRequest, wanted: string): boolean {
	return method === 'POST' && path === wanted;
}
