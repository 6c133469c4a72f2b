import { checkConnection, checkForm, checkLogin, demoAccount } from './access';
import {
	acceptance,
	connected,
	refusals,
	refuse,
	type Answer,
	type BlockType,
	type Refusal,
} from './answers';
import { createCohorts } from './cohorts';
import { answerWith, createFaults } from './faults';
import type { KnownUsers } from './population';
import { createRateWindow } from './rateWindow';
import {
	cohortSyncPath,
	isFor,
	recordRequest,
	testConnectionPath,
	type EmulatorRequest,
	type RequestRecord,
} from './request';

export { demoAccount } from './access';
export type { Answer, BlockType } from './answers';
export type { CohortSummary } from './cohort';
export type { CohortView } from './cohorts';
export type { Fault } from './faults';
export type { KnownUsers, User } from './population';
export { cohortSyncPath, testConnectionPath } from './request';
export type { EmulatorRequest, RequestRecord } from './request';
export type { Action, CohortChange, Member } from './schema';

const windowMs = 60_000;

export type EmulatorOptions = {
	appId?: string;
	secret?: string;
	/** What Test Connection calls the account. */
	appName?: string;
	/** Requests in any 60 s, beyond which a 429 is answered. */
	requestsPerMinute?: number;
	/** The largest body in bytes, beyond which a 413 is answered. */
	maxBytes?: number;
	/** Time in ms from accepting a change to applying it; a function gives one for each change. */
	applyDelayMs?: number | (() => number);
	/** The users that MoEngage knows: 'everyone' unless given. */
	known?: KnownUsers;
	/** The clock, in ms. It must not go back. */
	now?: () => number;
};

/** An emulated MoEngage account without HTTP: requests go in, answers come out. */
export type MoEngage = ReturnType<typeof createMoEngage>;

/**
 * Makes an emulated MoEngage account with one APP ID and secret. The limits unless given: 300
 * requests a minute and 128KB (131,072 bytes) a request (MoEngage Cohort Sync docs, read 2026-08).
 */
export function createMoEngage({
	appId = demoAccount.appId,
	secret = demoAccount.secret,
	appName = 'Demo app',
	requestsPerMinute = 300,
	maxBytes = 131_072,
	applyDelayMs = 0,
	known = 'everyone',
	now = Date.now,
}: EmulatorOptions = {}) {
	const account = { appId, secret };
	const { queue, ...cohorts } = createCohorts({ known, applyDelayMs, now });
	const requests: RequestRecord[] = [];
	const faults = createFaults();
	// MoEngage does not say whether a request answered 429 counts for the limit. Here it does not,
	// lest two clients that share an APP ID lock each other out for good.
	const admitted = createRateWindow(windowMs);
	const arrived = createRateWindow(windowMs);
	let blockType: BlockType | undefined;

	function receive(request: EmulatorRequest): Answer {
		const { record, bodyRefusal } = recordRequest(request, requests.length + 1, now());
		requests.push(record);
		if (isFor(request, cohortSyncPath)) arrived.add(record.at);
		const handleIt = () => handle(request, record, bodyRefusal);
		const fault = faults.take(record);
		const answer = fault ? answerWith(fault, record, handleIt) : handleIt();
		record.status = answer.reset ? 'reset' : answer.status;
		if (fault) record.message = `Fault on demand. ${record.message}`.trim();
		return answer;
	}

	function handle(request: EmulatorRequest, record: RequestRecord, bodyRefusal?: Refusal): Answer {
		const refusal = refusalOf(request, record) ?? bodyRefusal;
		record.message = refusal?.message ?? 'Accepted';
		if (refusal) return refuse(refusal);
		if (!record.change) return connected(appName);
		record.accepted = true;
		queue(record, record.change);
		return acceptance();
	}

	function refusalOf(request: EmulatorRequest, record: RequestRecord): Refusal | undefined {
		const isSync = isFor(request, cohortSyncPath);
		if (!isSync && !isFor(request, testConnectionPath)) return refusals.unknownPath;
		return (
			(isSync ? checkLogin(request, account) : undefined) ??
			(blockType && refusals.blocked(blockType)) ??
			(isSync ? admit(record.at) : undefined) ??
			checkForm(request, record.bytes, maxBytes) ??
			(isSync ? undefined : checkConnection(request, account))
		);
	}

	function admit(at: number): Refusal | undefined {
		if (admitted.count(at) >= requestsPerMinute) return refusals.tooManyRequests;
		admitted.add(at);
		return undefined;
	}

	return {
		...cohorts,
		receive,
		/** Every request since the start, oldest first. */
		requests,
		/** Asks for a fault; calling what it returns lifts it. */
		fault: faults.add,
		/** Blocks the account (403 for every request), or unblocks it if no type is given. */
		block(type?: BlockType) {
			blockType = type;
		},
		/**
		 * Cohort Sync requests in the 60 s until `at`, the limit on them, how many requests were
		 * answered 429, and the most Cohort Sync requests that came in any 60 s, whatever was answered.
		 */
		stats: (at = now()) => ({
			lastMinute: arrived.count(at),
			limit: requestsPerMinute,
			refused429: requests.filter(({ status }) => status === 429).length,
			maxInAnyMinute: arrived.max(),
		}),
	};
}
