import type { IExecuteFunctions, IHttpRequestOptions } from 'n8n-workflow';
import type { Clock } from '../clock';
import { sleepUntil } from '../clock';
import { RunError } from '../model/problem';
import { systemClock } from '../systemClock';
import { readBaseUrl } from './dataCenters';
import { createRedactor } from './redactor';
import { parseResponseBody } from './responseBody';
import type { HttpResult, Send, SendResult, TransportError } from './sendResult';
import type { Workspace } from './workspace';
import { workspaceOf } from './workspace';

/** Sends requests to one MoEngage workspace. */
export interface Transport {
	/** Identifies the workspace. */
	readonly workspaceName: string;
	readonly workspace: Workspace;
	/** Sends to Cohort Sync. */
	readonly send: Send;
	/** Sends to Get User. */
	readonly lookUp: Send;
	/** @throws RunError if the credential differs from item to item */
	readonly refuseOtherCredentials: () => Promise<void>;
}

const COHORT_SYNC_PATH = '/v1/integrations/cohortsync';

/** MoEngage's Get User API (Data OpenAPI text, read 2026-11-25). */
const GET_USER_PATH = '/v1/customers/export';

/**
 * Reads the credential and creates the transport for its workspace.
 *
 * @param timeout how long to wait for a response, in seconds
 * @throws RunError if there is no credential, or it has no valid address
 */
export async function createTransport(
	context: IExecuteFunctions,
	timeout: number,
): Promise<Transport> {
	const credential = await credentialOfItem(context, 0);
	const { dataCenter, customUrl, appId, secretKey } = credential;
	const baseUrl = readBaseUrl(dataCenter, customUrl);
	const workspace = workspaceOf(baseUrl, appId, systemClock);
	const exchange = {
		timeoutMs: timeout * 1000,
		clock: workspace.clock,
		redact: createRedactor(appId, secretKey),
	};
	const cohortSync = { ...exchange, url: `${baseUrl}${COHORT_SYNC_PATH}` };
	const appQuery = `app_id=${encodeURIComponent(appId)}`;
	const getUser = { ...exchange, url: `${baseUrl}${GET_USER_PATH}?${appQuery}` };
	return {
		workspaceName: `${baseUrl} ${appId}`,
		workspace,
		send: async (body) => await post(context, cohortSync, body),
		lookUp: async (body) => await post(context, getUser, body),
		refuseOtherCredentials: async () => await refuseOtherCredentials(context, credential),
	};
}

interface Credential {
	readonly appId: string;
	readonly secretKey: string;
	readonly dataCenter: unknown;
	readonly customUrl: unknown;
}

/**
 * Compares the credential of other items with that of the first one. Its expressions may depend on the item, but n8n
 * sends all requests with their values for the first item (seen on n8n 2.40.7), so a run can have one workspace only.
 * Each read costs n8n a database query and a decryption, so only some items are compared.
 *
 * @param credential of the first item
 */
async function refuseOtherCredentials(
	context: IExecuteFunctions,
	credential: Credential,
): Promise<void> {
	for (const item of sampleItems(context.getInputData().length)) {
		const other = await credentialOfItem(context, item);
		const isSame = (Object.keys(credential) as Array<keyof Credential>).every(
			(name) => credential[name] === other[name],
		);
		if (!isSame) throw new RunError({ code: 'credentials_differ' });
	}
}

/** How many items besides the first one have their credential compared. */
const COMPARED_ITEMS = 10;

/**
 * Items after the first one: all if they are few, otherwise the last one and others at random, spread over the input.
 * Evenly spaced items would miss a value that alternates from row to row.
 */
function sampleItems(count: number): number[] {
	const last = count - 1;
	const compared = Math.min(last, COMPARED_ITEMS);
	return Array.from({ length: compared }, (_, index) => {
		const place = index === 0 ? 0 : index + systemClock.random();
		return Math.ceil(last - (place * last) / compared);
	});
}

async function credentialOfItem(context: IExecuteFunctions, item: number): Promise<Credential> {
	try {
		const given = await context.getCredentials('moEngageApi', item);
		return {
			// Trimmed, because the credential also trims what it sends.
			appId: String(given.appId).trim(),
			secretKey: String(given.secretKey).trim(),
			dataCenter: given.dataCenter,
			customUrl: given.customUrl,
		};
	} catch (error) {
		throw credentialUnreadable(error);
	}
}

function credentialUnreadable(error: unknown): RunError {
	const message = error instanceof Error ? error.message : undefined;
	return new RunError({ code: 'credential_unreadable', message }, 'not_sent');
}

interface Endpoint {
	readonly url: string;
	/** How long to wait for a whole response. */
	readonly timeoutMs: number;
	readonly clock: Clock;
	readonly redact: (text: string) => string;
}

/**
 * Posts one body once. By default, n8n's helper follows redirects, sends again on 401, changes the content type of
 * a string body, waits forever for a response that arrives byte by byte, and reads an endless one into memory (all
 * seen on n8n 2.40.7). The options here prevent that.
 */
async function post(
	context: IExecuteFunctions,
	{ url, timeoutMs, clock, redact }: Endpoint,
	json: string,
): Promise<SendResult> {
	const options: IHttpRequestOptions = {
		method: 'POST',
		url,
		// A Buffer: axios would JSON-parse a string body, which costs more than sending it.
		body: Buffer.from(json),
		headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
		encoding: 'stream',
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
		disableFollowRedirect: true,
		timeout: timeoutMs,
	};
	let isOver = false;
	let body: BodyStream | undefined;
	const exchange = async (): Promise<SendResult> => {
		try {
			const { httpRequestWithAuthentication } = context.helpers;
			const response: StreamedResponse = await httpRequestWithAuthentication.call(
				context,
				'moEngageApi',
				options,
			);
			body = response.body;
			return await readResponse(response, redact);
		} catch (error) {
			// Once a response has begun, the request was sent, whatever happened after that.
			return body === undefined ? toTransportError(error, redact) : connectionLost(error);
		} finally {
			isOver = true;
		}
	};
	const timeOut = async (): Promise<SendResult> => {
		await sleepUntil(() => isOver, timeoutMs, clock);
		return { status: undefined, kind: 'timeout' };
	};
	try {
		return await Promise.race([exchange(), timeOut()]);
	} finally {
		// After a timeout; otherwise the connection would stay open for as long as the server keeps sending.
		body?.destroy();
	}
}

/** A Node.js stream. Destroying it closes the connection, at the latest with the next byte (axios 1.18). */
interface BodyStream extends AsyncIterable<Uint8Array> {
	destroy(): void;
}

interface StreamedResponse {
	readonly statusCode: number;
	readonly body: BodyStream;
	readonly headers: Readonly<Record<string, unknown>>;
}

async function readResponse(
	{ statusCode, body, headers }: StreamedResponse,
	redact: (text: string) => string,
): Promise<HttpResult> {
	const header = (name: string) => {
		const value = headers[name];
		return typeof value === 'string' ? value : undefined;
	};
	return {
		status: statusCode,
		body: parseResponseBody(await readText(body), redact),
		retryAfter: header('retry-after'),
		date: header('date'),
		rateLimitRemaining: header('x-ratelimit-remaining'),
		rateLimitReset: header('x-ratelimit-reset'),
	};
}

/**
 * MoEngage's responses have a few hundred bytes (Cohort Sync docs, read 2026-08): much more comes from another
 * server.
 */
const MAX_RESPONSE_BYTES = 100_000;

/** Reads the text of a response, and closes the connection if it is longer than any response from MoEngage. */
async function readText(body: BodyStream): Promise<string> {
	const chunks: Uint8Array[] = [];
	let length = 0;
	for await (const chunk of body) {
		chunks.push(chunk);
		length += chunk.length;
		if (length > MAX_RESPONSE_BYTES) break;
	}
	// TextDecoder removes a byte order mark, which JSON.parse would not accept.
	return new TextDecoder().decode(Buffer.concat(chunks));
}

/** As axios reports its own timeout. ETIMEDOUT is the operating system's or Node.js's, and may come much sooner. */
const TIMEOUT_CODE = 'ECONNABORTED';

/** Codes from Node.js and axios for a request that can't be built. */
const UNSENDABLE_CODES = /^ERR_(INVALID|UNESCAPED|HTTP_INVALID|BAD_OPTION)/;

/** Reads what n8n's helper threw instead of a response. */
function toTransportError(error: unknown, redact: (text: string) => string): TransportError {
	const errorCode = errorCodeOf(error);
	if (errorCode === undefined || UNSENDABLE_CODES.test(errorCode)) {
		const message = error instanceof Error ? redact(error.message) : '';
		return { status: undefined, kind: 'unsendable', errorCode, message };
	}
	if (errorCode === TIMEOUT_CODE) return { status: undefined, kind: 'timeout' };
	return connectionLost(error);
}

function connectionLost(error: unknown): TransportError {
	return { status: undefined, kind: 'connection', errorCode: errorCodeOf(error) };
}

/** The Node.js code for a broken connection, which n8n wraps in its own errors. */
function errorCodeOf(thrown: unknown): string | undefined {
	let error = thrown;
	for (let depth = 0; depth < 5 && typeof error === 'object' && error !== null; depth++) {
		// n8n 1.123 omits the cause of some of them, such as a bad certificate: there, the code is in `httpCode`.
		for (const name of ['code', 'httpCode']) {
			const code: unknown = Reflect.get(error, name);
			if (typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code)) return code;
		}
		error = Reflect.get(error, 'cause');
	}
	return undefined;
}
