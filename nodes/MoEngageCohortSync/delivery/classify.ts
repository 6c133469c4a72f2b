import type { DeliveryProblem } from '../model/problem';
import type { ResponseBody } from './responseBody';
import { MAX_RETRY_AFTER_MS, parseHttpDate, parseRetryAfter } from './retry';
import type { HttpResult, SendResult, TransportError } from './sendResult';

/** What the response to a request, or its absence, means for the request's members and for the run. */
export type Classification =
	| { readonly kind: 'accepted' }
	/** Worth sending again later. */
	| {
			readonly kind: 'retry';
			readonly problem: DeliveryProblem;
			/** MoEngage may have applied the request although no response says so. */
			readonly mayHaveTakenEffect: boolean;
			/** MoEngage receives too many requests: all requests to the workspace have to wait. */
			readonly isThrottled: boolean;
			/** How long MoEngage asks to wait. */
			readonly retryAfterMs?: number | undefined;
			/** Fewer retries than the node's setting allows. */
			readonly maxRetries?: number;
	  }
	/** MoEngage rejected it because of some of its members: worth splitting in two. */
	| {
			readonly kind: 'bisect';
			/** The problem if the request has one member. */
			readonly problem: DeliveryProblem;
			/** The problem if it has several members and is not split any further. */
			readonly problemOfMany: DeliveryProblem;
	  }
	/** MoEngage refused it. */
	| {
			readonly kind: 'refused';
			readonly problem: DeliveryProblem;
			/** It would reject the cohort's other requests as well. */
			readonly isWholeCohort: boolean;
	  }
	/** No request can succeed as things are: the run ends. */
	| {
			readonly kind: 'end';
			readonly problem: DeliveryProblem;
			/** MoEngage itself refused it. */
			readonly isRefused: boolean;
			readonly mayHaveTakenEffect: boolean;
	  };

/** A host that DNS doesn't know, or one that doesn't speak TLS, is more likely mistyped than down. */
const MAX_RETRIES_OF_WRONG_ADDRESS = 3;

/**
 * 40 to 80 s in all, if nothing else has failed before. n8n reads the credential from its database for each request,
 * and the database may be briefly unavailable (seen on n8n 2.40.7 while PostgreSQL was restarted).
 */
const MAX_RETRIES_OF_UNSENDABLE = 4;

/** A retry is less likely to help with an unintelligible response than with a busy server. */
const MAX_RETRIES_OF_UNCLEAR_RESPONSE = 2;

/** Parts of the request outside its list of members (Cohort Sync docs, read 2026-08). */
const ENVELOPE_PARTS = new Set([
	'action',
	'timestamp',
	'partner',
	'parameters',
	'cohort_name',
	'cohort_id',
	'cohort_description',
]);

/** Node.js codes for names that DNS can't or doesn't resolve. */
const HOST_UNKNOWN = new Set(['ENOTFOUND', 'EAI_AGAIN']);

/** Node.js codes for connections that ended before any of the request was sent. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH']);

/**
 * Node.js codes for a TLS handshake that the server does not understand or refuses, so that nothing of the request
 * was sent: each has its own connection (seen on Node.js 20: EPROTO for https to a port that speaks http).
 */
const HANDSHAKE_FAILED = /^EPROTO$|^ERR_SSL_.*(VERSION|PROTOCOL|HANDSHAKE)/;

/** Node.js codes for a rejected certificate: waiting doesn't help. */
const CERTIFICATE_UNTRUSTED =
	/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|HOSTNAME_MISMATCH|ERR_TLS/;

/**
 * Decides what the response to a request, or its absence, means.
 *
 * @param now in ms since 1970, for a Retry-After that is a date in a response without the server's own time
 */
export function classify(result: SendResult, now: number): Classification {
	if (result.status === undefined) return classifyTransportError(result);
	const { status } = result;
	if (status >= 200 && status < 300) {
		if (result.body.isSuccess) return { kind: 'accepted' };
		return {
			kind: 'retry',
			problem: problemFrom('unclear_response', result),
			mayHaveTakenEffect: true,
			isThrottled: false,
			maxRetries: MAX_RETRIES_OF_UNCLEAR_RESPONSE,
		};
	}
	if (status === 408 || status === 429 || status >= 500) return classifyBusy(result, now);
	switch (status) {
		case 400:
			return classifyBadRequest(result);
		case 413: {
			const problem = problemFrom('request_too_large', result);
			return { kind: 'bisect', problem, problemOfMany: problem };
		}
		case 401: {
			const isMismatch = result.body.type === 'Authentication Mismatch';
			return endRefused(problemFrom(isMismatch ? 'keys_mismatched' : 'keys_refused', result));
		}
		case 403:
			return endRefused(problemFrom(reasonOfForbidden(result.body), result));
		case 404:
			return endRefused(problemFrom('endpoint_not_found', result));
		case 415:
			return endRefused(problemFrom('content_type_refused', result));
		default:
			if (status < 400) return endUnapplied({ code: 'redirected', status });
			return {
				kind: 'refused',
				problem: problemFrom('request_refused', result),
				isWholeCohort: false,
			};
	}
}

/** The types of a 403 about the account (Cohort Sync docs, read 2026-08). */
const ACCOUNT_BLOCKED = new Set([
	'BlockedClient',
	'Account Suspended',
	'Account Temporarily Suspended',
]);

export function isAccountBlocked({ type = '' }: ResponseBody): boolean {
	return ACCOUNT_BLOCKED.has(type);
}

/**
 * A key may be valid for some of MoEngage's APIs only; how MoEngage says so is not documented (API key page, read
 * 2026-11-25).
 */
function reasonOfForbidden(body: ResponseBody): ResponseProblemCode {
	if (isForeign(body)) return 'request_refused';
	return isAccountBlocked(body) ? 'account_blocked' : 'access_refused';
}

function classifyBusy(result: HttpResult, now: number): Classification {
	const isThrottled = result.status === 429;
	const problem = problemFrom(isThrottled ? 'rate_limited' : 'unavailable', result);
	const retryAfterMs = parseRetryAfter(result.retryAfter, parseHttpDate(result.date) ?? now);
	if (retryAfterMs !== undefined && retryAfterMs > MAX_RETRY_AFTER_MS) {
		const minutes = Math.ceil(retryAfterMs / 60_000);
		return {
			kind: 'end',
			problem: { code: 'retry_after_too_long', minutes, cause: problem },
			isRefused: false,
			mayHaveTakenEffect: !isThrottled,
		};
	}
	return { kind: 'retry', problem, mayHaveTakenEffect: !isThrottled, isThrottled, retryAfterMs };
}

function classifyBadRequest(result: HttpResult): Classification {
	const part = result.body.attribute?.split('.').pop() ?? '';
	if (ENVELOPE_PARTS.has(part)) {
		const problem = { ...fromResponse(result), code: 'part_refused', part } as const;
		return { kind: 'refused', problem, isWholeCohort: true };
	}
	const hasReason = !isForeign(result.body);
	return {
		kind: 'bisect',
		problem: problemFrom(hasReason ? 'member_refused' : 'request_refused', result),
		problemOfMany: problemFrom(hasReason ? 'members_refused' : 'request_refused', result),
	};
}

function classifyTransportError(result: TransportError): Classification {
	const { kind, errorCode = '', message = '' } = result;
	if (kind === 'unsendable') {
		const problem = { code: 'not_sendable', message } as const;
		// If there is a code, the request can't be built, and a retry won't change that.
		if (errorCode !== '') return endUnapplied(problem);
		return {
			kind: 'retry',
			problem,
			mayHaveTakenEffect: false,
			isThrottled: false,
			maxRetries: MAX_RETRIES_OF_UNSENDABLE,
		};
	}
	if (kind === 'timeout') {
		return {
			kind: 'retry',
			problem: { code: 'timed_out' },
			mayHaveTakenEffect: true,
			isThrottled: false,
		};
	}
	if (CERTIFICATE_UNTRUSTED.test(errorCode)) {
		return endUnapplied({ code: 'certificate_untrusted', errorCode });
	}
	const code = connectionProblem(errorCode);
	return {
		kind: 'retry',
		problem: { code, errorCode },
		mayHaveTakenEffect: code === 'connection_lost',
		isThrottled: false,
		...(isWrongAddress(errorCode) ? { maxRetries: MAX_RETRIES_OF_WRONG_ADDRESS } : {}),
	};
}

function connectionProblem(errorCode: string) {
	if (HOST_UNKNOWN.has(errorCode)) return 'host_unknown';
	const isConnected = !NOT_CONNECTED.has(errorCode) && !HANDSHAKE_FAILED.test(errorCode);
	return isConnected ? 'connection_lost' : 'connection_refused';
}

function isWrongAddress(errorCode: string): boolean {
	return errorCode === 'ENOTFOUND' || HANDSHAKE_FAILED.test(errorCode);
}

export type ResponseProblemCode = Exclude<
	Extract<DeliveryProblem, { status: number }>['code'],
	'part_refused'
>;

export function problemFrom(code: ResponseProblemCode, result: HttpResult): DeliveryProblem {
	return { code, ...fromResponse(result) };
}

function fromResponse({ status, body }: HttpResult) {
	return {
		status,
		serverMessage: body.message,
		requestId: body.requestId,
		...(isForeign(body) ? { isForeign: true } : {}),
	};
}

/** A response that doesn't look like MoEngage's is more likely from a proxy or a firewall. */
function isForeign({ message, type, attribute }: ResponseBody): boolean {
	return message === undefined && type === undefined && attribute === undefined;
}

export function endRefused(problem: DeliveryProblem): Classification {
	return { kind: 'end', problem, isRefused: true, mayHaveTakenEffect: false };
}

function endUnapplied(problem: DeliveryProblem): Classification {
	return { kind: 'end', problem, isRefused: false, mayHaveTakenEffect: false };
}
