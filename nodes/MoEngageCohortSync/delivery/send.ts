import type { IExecuteFunctions, IHttpRequestOptions } from 'n8n-workflow';
import type { Answer } from './answer';
import type { Clock } from '../clock';
import { sleepUnless } from '../clock';
import { readBaseUrl } from './dataCenters';
import type { Send } from './requests';
import { Refusal } from '../refusal';
import { readWords } from './words';
import type { Workspace } from './workspace';
import { workspaceOf } from './workspace';

/** The way to one MoEngage workspace. */
export interface Connection {
	readonly workspace: Workspace;
	/** Tells one workspace from another. */
	readonly name: string;
	readonly send: Send;
}

const COHORT_SYNC_PATH = '/v1/integrations/cohortsync';

/**
 * Reads the credential and gives the way to its workspace.
 *
 * @param timeout how long to wait for an answer, in seconds
 * @throws Refusal where there is no credential or it gives no address
 */
export async function connect(context: IExecuteFunctions, timeout: number): Promise<Connection> {
	const { dataCenter, customUrl, ...keys } = await readCredential(context);
	// As the credential sends them.
	const appId = String(keys.appId).trim();
	const secretKey = String(keys.secretKey).trim();
	const baseUrl = readBaseUrl(dataCenter, customUrl);
	const strike = secretStriker(appId, secretKey);
	const url = `${baseUrl}${COHORT_SYNC_PATH}`;
	const workspace = workspaceOf(baseUrl, appId);
	return {
		name: `${baseUrl} ${appId}`,
		workspace,
		send: async (body) => await post(context, url, body, timeout * 1000, workspace.clock, strike),
	};
}

async function readCredential(context: IExecuteFunctions) {
	try {
		return await context.getCredentials('moEngageApi');
	} catch (error) {
		throw credentialRefusal(error);
	}
}

function credentialRefusal(error: unknown): Refusal {
	const words = error instanceof Error ? ` n8n says: ${error.message}` : '';
	return new Refusal(
		'The MoEngage API credential is missing or can not be read',
		`Choose or create it at the top of this node's fields.${words}`,
		'not_sent',
	);
}

/**
 * Posts one body once. n8n's helper would follow redirects, send again on 401, give a string body another
 * content type, let a dripping answer go on for ever and read one without an end into memory (all seen on
 * n8n 2.40.7): hence the options here.
 */
async function post(
	context: IExecuteFunctions,
	url: string,
	json: string,
	timeoutMs: number,
	clock: Clock,
	strike: (text: string) => string,
): Promise<Answer> {
	const options: IHttpRequestOptions = {
		method: 'POST',
		url,
		// Of a text, axios would first see whether it can be read as JSON, which takes longer than sending it.
		body: Buffer.from(json),
		headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
		encoding: 'stream',
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
		disableFollowRedirect: true,
		timeout: timeoutMs,
	};
	let isAnswered = false;
	let body: AnswerBody | undefined;
	const exchange = async (): Promise<Answer> => {
		try {
			const { httpRequestWithAuthentication } = context.helpers;
			const response: HttpResponse = await httpRequestWithAuthentication.call(
				context,
				'moEngageApi',
				options,
			);
			body = response.body;
			return await readResponse(response, strike);
		} catch (failure) {
			// Once an answer has begun, the request was sent, whatever happened then.
			if (body !== undefined) return disconnected(failure);
			return readFailure(failure, strike);
		} finally {
			isAnswered = true;
		}
	};
	const tooLate = async (): Promise<Answer> => {
		await sleepUnless(() => isAnswered, timeoutMs, clock);
		return { status: undefined, cause: 'timeout' };
	};
	try {
		return await Promise.race([exchange(), tooLate()]);
	} finally {
		// After a time-out, else the connection would stay open for as long as the server goes on dripping.
		body?.destroy();
	}
}

/** A stream of Node's. Destroying it closes the connection, if need be with the next byte (axios 1.18). */
interface AnswerBody extends AsyncIterable<Uint8Array> {
	destroy(): void;
}

interface HttpResponse {
	readonly statusCode: number;
	readonly body: AnswerBody;
	readonly headers: Readonly<Record<string, unknown>>;
}

async function readResponse(
	{ statusCode, body, headers }: HttpResponse,
	strike: (text: string) => string,
): Promise<Answer> {
	const header = (name: string) => {
		const value = headers[name];
		return typeof value === 'string' ? value : undefined;
	};
	return {
		status: statusCode,
		words: readWords(await readText(body), strike),
		retryAfter: header('retry-after'),
		date: header('date'),
	};
}

/** MoEngage's answers have some hundred bytes (Cohort Sync docs, read 2026-08): more is from somebody else. */
const LONGEST_ANSWER = 100_000;

/** Reads an answer's body, but not on and on: the connection is closed where it is longer than any of MoEngage's. */
async function readText(body: AnswerBody): Promise<string> {
	const pieces: Uint8Array[] = [];
	let length = 0;
	for await (const piece of body) {
		pieces.push(piece);
		length += piece.length;
		if (length > LONGEST_ANSWER) break;
	}
	// Leaves out a byte order mark, of which JSON knows nothing.
	return new TextDecoder().decode(Buffer.concat(pieces));
}

const TIMEOUT = new Set(['ECONNABORTED', 'ETIMEDOUT', 'ESOCKETTIMEDOUT']);

/** Node's and axios' codes for a request that could not even be put together. */
const UNSENDABLE = /^ERR_(INVALID|UNESCAPED|HTTP_INVALID|BAD_OPTION)/;

function readFailure(failure: unknown, strike: (text: string) => string): Answer {
	const code = connectionCode(failure);
	if (code === undefined || UNSENDABLE.test(code)) {
		const message = failure instanceof Error ? strike(failure.message) : '';
		return { status: undefined, cause: 'unsendable', code, message };
	}
	if (TIMEOUT.has(code)) return { status: undefined, cause: 'timeout' };
	return disconnected(failure);
}

function disconnected(failure: unknown): Answer {
	return { status: undefined, cause: 'connection', code: connectionCode(failure) };
}

/** Node's code for a broken connection, which n8n wraps into other errors. */
function connectionCode(failure: unknown): string | undefined {
	let error = failure;
	for (let depth = 0; depth < 5 && typeof error === 'object' && error !== null; depth++) {
		// Where n8n 1.123 leaves the cause out, as with a bad certificate, the code is its `httpCode`.
		for (const name of ['code', 'httpCode']) {
			const code: unknown = Reflect.get(error, name);
			if (typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code)) return code;
		}
		error = Reflect.get(error, 'cause');
	}
	return undefined;
}

/** A server or proxy may echo what it was sent: the key is struck out of all that a person could see. */
function secretStriker(appId: string, secretKey: string): (text: string) => string {
	const login = Buffer.from(`${appId}:${secretKey}`).toString('base64').replace(/=+$/, '');
	const quoted = JSON.stringify(secretKey).slice(1, -1);
	const inUrl = [login, secretKey].map(encodeURIComponent);
	const forms = [login, quoted, secretKey, ...inUrl].filter(Boolean);
	const anyForm = forms.map((form) => form.replace(/[^\w]/g, '\\$&')).join('|');
	return (text) => text.replace(new RegExp(`(${anyForm})(=|%3D)*`, 'gi'), '***');
}
