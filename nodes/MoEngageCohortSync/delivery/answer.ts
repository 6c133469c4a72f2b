import { LONGEST_RETRY_AFTER_MS, readHttpDate, readRetryAfter } from './backoff';
import type { Trouble } from './trouble';
import * as trouble from './trouble';
import type { Words } from './words';

/** What came back for one request. */
export type Answer = HttpAnswer | NoAnswer;

export interface HttpAnswer {
	readonly status: number;
	readonly words: Words;
	/** The Retry-After header. */
	readonly retryAfter?: string | undefined;
	/** The Date header: the server's own time. */
	readonly date?: string | undefined;
}

/** No answer came. `code` is Node's name for what went wrong, such as ECONNREFUSED. */
export interface NoAnswer {
	readonly status: undefined;
	readonly cause: 'timeout' | 'connection' | 'unsendable';
	readonly code?: string | undefined;
	/** n8n's words where it didn't even try to send. */
	readonly message?: string;
}

/** What an answer means for the request's members and for the run. */
export type Verdict =
	| { readonly kind: 'accepted' }
	/** Send it again, later. */
	| {
			readonly kind: 'retry';
			readonly trouble: Trouble;
			readonly mayHaveTakenEffect: boolean;
			/** MoEngage gets too many requests: everybody waits. */
			readonly throttled?: boolean;
			/** How long MoEngage asks to wait. */
			readonly retryAfterMs?: number | undefined;
			/** Fewer retries than the node's setting allows. */
			readonly maxRetries?: number;
	  }
	/** Some of its members are to blame: send it in halves. */
	| {
			readonly kind: 'split';
			/** Said about a member that stands alone. */
			readonly trouble: Trouble;
			/** Said about a batch that is not split any more. */
			readonly unsplit: Trouble;
	  }
	/** MoEngage refused it. `wholeCohort`: it would refuse the cohort's other requests as well. */
	| { readonly kind: 'refused'; readonly trouble: Trouble; readonly wholeCohort: boolean }
	/** No request can succeed as things are: the run ends. */
	| {
			readonly kind: 'end';
			readonly trouble: Trouble;
			/** MoEngage itself said no. */
			readonly refused: boolean;
			readonly mayHaveTakenEffect: boolean;
	  };

/** A host that the name server does not know is more often mistyped than away for a while. */
const UNKNOWN_HOST_RETRIES = 3;

/**
 * Half a minute's worth. For each request n8n reads the credential from its database, which may be away for a
 * moment (seen on n8n 2.40.7 while PostgreSQL was restarted).
 */
const UNSENT_RETRIES = 4;

/** An answer that makes no sense is not asked for again as often as a busy server. */
const UNCLEAR_ANSWER_RETRIES = 2;

/** Parts of the request that stand outside the list of members (Cohort Sync docs, read 2026-08). */
const ENVELOPE = new Set([
	'action',
	'timestamp',
	'partner',
	'parameters',
	'cohort_name',
	'cohort_id',
	'cohort_description',
]);

/** Connections that certainly ended before the request was on its way. */
const NEVER_CONNECTED = new Set([
	'ECONNREFUSED',
	'ENOTFOUND',
	'EAI_AGAIN',
	'EHOSTUNREACH',
	'ENETUNREACH',
]);

/** The server's certificate is refused: waiting mends nothing. */
const CERTIFICATE =
	/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|HOSTNAME_MISMATCH|ERR_TLS/;

/**
 * Decides what an answer means.
 *
 * @param now in ms since 1970, for a Retry-After that is a date and comes without the server's own time
 */
export function judge(answer: Answer, now: number): Verdict {
	if (answer.status === undefined) return judgeNoAnswer(answer);
	const { status, words } = answer;
	if (status >= 200 && status < 300) {
		if (words.success) return { kind: 'accepted' };
		return {
			kind: 'retry',
			trouble: trouble.unclear(status, words),
			mayHaveTakenEffect: true,
			maxRetries: UNCLEAR_ANSWER_RETRIES,
		};
	}
	if (status === 408 || status === 429 || status >= 500) return judgeBusy(answer, now);
	switch (status) {
		case 400:
			return judgeBadRequest(words);
		case 413:
			return { kind: 'split', trouble: trouble.tooLarge(words), unsplit: trouble.tooLarge(words) };
		case 401:
			return end(trouble.unauthorized(words), 'refused');
		case 403:
			return end(trouble.blocked(words), 'refused');
		case 404:
			return end(trouble.notFound(words), 'refused');
		case 415:
			return end(trouble.wrongContentType(words), 'refused');
		default:
			if (status < 400) return end(trouble.redirected(status), 'unsent');
			return { kind: 'refused', trouble: trouble.otherRefusal(status, words), wholeCohort: false };
	}
}

function judgeBusy({ status, words, retryAfter, date }: HttpAnswer, now: number): Verdict {
	const throttled = status === 429;
	const cause = throttled ? trouble.throttled(words) : trouble.unavailable(status, words);
	const retryAfterMs = readRetryAfter(retryAfter, readHttpDate(date) ?? now);
	if (retryAfterMs !== undefined && retryAfterMs > LONGEST_RETRY_AFTER_MS) {
		const minutes = Math.ceil(retryAfterMs / 60_000);
		return end(trouble.waitTooLong(cause, minutes), throttled ? 'unsent' : 'unknown');
	}
	return { kind: 'retry', trouble: cause, mayHaveTakenEffect: !throttled, throttled, retryAfterMs };
}

function judgeBadRequest(words: Words): Verdict {
	const part = words.attribute?.split('.').pop() ?? '';
	if (ENVELOPE.has(part)) {
		return { kind: 'refused', trouble: trouble.badRequest(part, words), wholeCohort: true };
	}
	return {
		kind: 'split',
		trouble: trouble.badMember(words),
		unsplit: trouble.badMembers(words),
	};
}

function judgeNoAnswer({ cause, code = '', message = '' }: NoAnswer): Verdict {
	if (cause === 'unsendable') {
		const what = trouble.unsendable(message);
		// A request that can't be put together has a code, and never will be sent.
		if (code !== '') return end(what, 'unsent');
		return { kind: 'retry', trouble: what, mayHaveTakenEffect: false, maxRetries: UNSENT_RETRIES };
	}
	if (cause === 'timeout') {
		return { kind: 'retry', trouble: trouble.timedOut(), mayHaveTakenEffect: true };
	}
	if (CERTIFICATE.test(code)) return end(trouble.untrusted(code), 'unsent');
	const wasConnected = !NEVER_CONNECTED.has(code);
	return {
		kind: 'retry',
		trouble: trouble.disconnected(code, wasConnected),
		mayHaveTakenEffect: wasConnected,
		...(code === 'ENOTFOUND' ? { maxRetries: UNKNOWN_HOST_RETRIES } : {}),
	};
}

function end(cause: Trouble, fate: 'refused' | 'unsent' | 'unknown'): Verdict {
	return {
		kind: 'end',
		trouble: cause,
		refused: fate === 'refused',
		mayHaveTakenEffect: fate === 'unknown',
	};
}
