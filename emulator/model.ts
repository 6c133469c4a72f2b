import { checkAppId, checkConnection, checkForm, checkLogin, demoAccount } from './access';
import {
	acceptance,
	connected,
	refusals,
	refuse,
	type Answer,
	type BlockType,
	type Refusal,
} from './answers';
import type { Endpoint } from './endpoints';
import { answerWith, createFaults } from './faults';
import { foundUsers } from './getUser';
import { createLimits, type OtherSystems } from './limits';
import type { EmulatorOptions } from './options';
import { createRateWindow } from './rateWindow';
import { readRequest, type EmulatorRequest, type ReadRequest, type RequestRecord } from './request';
import { answerInFront, restrictionRefusal, type Restriction } from './restrictions';
import { createWorkspace } from './workspace';

export { demoAccount } from './access';
export type { Answer, BlockType } from './answers';
export type { CohortSummary } from './cohort';
export type { CohortView, RejectedCohort } from './cohorts';
export type { Action, CohortChange, Member } from './cohortSync';
export {
	bulkImportPath,
	cohortSyncPath,
	endpointTitles,
	getUserPath,
	testConnectionPath,
} from './endpoints';
export type { Endpoint } from './endpoints';
export type { Fault } from './faults';
export type { OtherSystems, RateUse } from './limits';
export type { EmulatorOptions } from './options';
export { isPlaceholderId } from './placeholderIds';
export type { KnownUser, KnownUsers, User } from './population';
export { rateHeaderStyles, type RateHeaders } from './rateHeaders';
export type { EmulatorRequest, RequestRecord } from './request';
export type { Restriction, Restrictions } from './restrictions';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** An emulated MoEngage account without HTTP: it takes requests and returns responses. */
export type MoEngage = ReturnType<typeof createMoEngage>;

/**
 * Creates an emulated MoEngage account with one APP ID and secret. The default limits: 300 Cohort Sync requests a
 * minute and 128KB (131,072 bytes) a request (MoEngage Cohort Sync docs, read 2026-08); 1,000 users a minute for
 * Get User (MoEngage rate-limits page, read 2026-11-25).
 */
export function createMoEngage({
	appId = demoAccount.appId,
	secret = demoAccount.secret,
	appName = 'Demo app',
	requestsPerMinute = 300,
	usersPerMinute = 1_000,
	rateWindow = 'rolling',
	// MoEngage does not say whether a request that got a 429 counts toward the limit. By default it does not here,
	// because otherwise two clients that share an APP ID could lock each other out forever.
	countRefused = false,
	rateHeaders = 'seconds',
	maxBytes = 131_072,
	applyDelayMs = 0,
	known = 'everyone',
	forbiddenNames = 'refused',
	rejectParentheses = false,
	archiveAfterDays = 60,
	getUserBody = 'data',
	restrictions = {},
	now = Date.now,
}: EmulatorOptions = {}) {
	const account = { appId, secret };
	const { queueChange, queueImport, lookUp, ...workspace } = createWorkspace({
		known,
		applyDelayMs,
		rejectParentheses,
		archiveAfterMs: archiveAfterDays * dayMs,
		now,
	});
	const limits = createLimits({
		requestsPerMinute,
		usersPerMinute,
		rateWindow,
		countRefused,
		rateHeaders,
	});
	const requests: RequestRecord[] = [];
	const faults = createFaults();
	const restricted = new Map<string, Restriction>(Object.entries(restrictions));
	const arrived = createRateWindow(minuteMs);
	let blockType: BlockType | undefined;

	function receive(request: EmulatorRequest): Answer {
		const read = readRequest(
			request,
			{ number: requests.length + 1, at: now() },
			{ getUserBody, refuseNames: forbiddenNames === 'refused' },
		);
		const { record } = read;
		requests.push(record);
		if (record.endpoint === 'cohortSync') arrived.add(record.at);
		const handleIt = () => handle(request, read);
		const fault = faults.take(record);
		const answer = fault ? answerWith(fault, record, handleIt) : handleIt();
		record.status = answer.reset ? 'reset' : answer.status;
		if (fault) record.message = `Simulated fault. ${record.message}`.trim();
		return answer;
	}

	/** The response without a simulated fault. */
	function handle(request: EmulatorRequest, read: ReadRequest): Answer {
		const { record, bodyRefusal } = read;
		const inFront = answerInFront(restricted.get(record.endpoint ?? ''));
		if (inFront) {
			record.message = 'Rejected before it reached MoEngage';
			return inFront;
		}
		const refusal = refusalOf(request, read) ?? bodyRefusal;
		record.message = refusal?.message ?? 'Accepted';
		const answer = refusal ? refuse(refusal) : fulfil(record);
		return { ...answer, headers: { ...answer.headers, ...limits.headers(record) } };
	}

	function refusalOf(
		request: EmulatorRequest,
		{ record, address }: ReadRequest,
	): Refusal | undefined {
		const { endpoint, bytes } = record;
		if (!endpoint) return refusals.unknownPath;
		const isTest = endpoint === 'testConnection';
		return (
			(isTest ? undefined : checkLogin(request, address, account)) ??
			(blockType && refusals.blocked(blockType)) ??
			restrictionRefusal(restricted.get(endpoint)) ??
			checkAppId(address, account) ??
			limits.admit(record) ??
			checkForm(request, address, { bytes, maxBytes }) ??
			(isTest ? checkConnection(request, account) : undefined)
		);
	}

	function fulfil(record: RequestRecord): Answer {
		const { change, userImport, lookup } = record;
		if (change) queueChange(record, change);
		if (userImport) queueImport(record, userImport);
		record.accepted = change !== undefined || userImport !== undefined;
		if (record.accepted) return acceptance();
		if (!lookup) return connected(appName);
		const found = lookUp(lookup);
		record.message = `${record.userCount - found.notFound.length} of ${record.userCount} known`;
		return foundUsers(lookup, found);
	}

	return {
		...workspace,
		receive,
		/** Every request since the start, oldest first. */
		requests,
		/** Adds a fault; the returned function removes it. */
		fault: faults.add,
		/** Blocks the account (403 for every request), or unblocks it if no type is given. */
		block(type?: BlockType) {
			blockType = type;
		},
		/** Makes an endpoint refuse every request, or respond as usual again if no restriction is given. */
		restrict(endpoint: Endpoint, restriction?: Restriction) {
			if (restriction === undefined) restricted.delete(endpoint);
			else restricted.set(endpoint, restriction);
		},
		/** Lets other systems use up a limit of the account; the returned function ends it. */
		shareLimit: (others: OtherSystems = {}) => limits.share(others, now()),
		/** How much of each limit is in use. */
		rates: () => limits.use(now()),
		/**
		 * Cohort Sync requests in the 60 s before `at`, their limit, how many requests got a 429, and the most
		 * Cohort Sync requests in any 60 s, whatever the response.
		 */
		stats: (at = now()) => ({
			lastMinute: arrived.count(at),
			limit: requestsPerMinute,
			refused429: requests.filter(({ status }) => status === 429).length,
			maxInAnyMinute: arrived.max(),
		}),
	};
}
