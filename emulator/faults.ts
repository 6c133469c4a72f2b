import { refusalFor, refuse, type Answer } from './answers';
import type { RequestRecord } from './request';

/**
 * Something that goes wrong on demand, for the next request that `when` picks (any, unless given) and
 * as many as `times` (1 unless given).
 *
 * With `status` or `body` that answer replaces MoEngage's: the request is not handled, unless
 * `handleFirst` is set. A status alone brings its documented body; a `body`, which may be made from the
 * request, is sent as it is, with `headers`. `retryAfter` (seconds or an HTTP date) becomes a Retry-After header. `reset: 'before'`
 * breaks the connection without handling the request, 'after' handles it and then breaks it.
 * `delayMs` handles on arrival and answers late. `drip` sends the body in 10 pieces, that many ms apart.
 * Without a status, a body or a reset the request is answered as usual, late or in pieces.
 */
export type Fault = {
	status?: number;
	body?: string | ((request: RequestRecord) => string);
	headers?: Record<string, string>;
	retryAfter?: number | string;
	handleFirst?: boolean;
	reset?: 'before' | 'after';
	delayMs?: number;
	drip?: number;
	when?: (request: RequestRecord) => boolean;
	times?: number;
};

/** The faults that are still to come, in the order in which they were asked for. */
export function createFaults() {
	const waiting: Array<{ fault: Fault; left: number }> = [];

	return {
		/** Asks for a fault; the answer lifts it. */
		add(fault: Fault): () => void {
			const entry = { fault, left: fault.times ?? 1 };
			waiting.push(entry);
			return () => {
				entry.left = 0;
			};
		},
		/** The first fault that is meant for a request, used up by one. */
		take(request: RequestRecord): Fault | undefined {
			const entry = waiting.find(({ fault, left }) => left > 0 && (fault.when?.(request) ?? true));
			if (entry) entry.left -= 1;
			return entry?.fault;
		},
	};
}

/** The answer under a fault; `handle` handles the request as usual and gives the usual answer. */
export function answerWith(fault: Fault, request: RequestRecord, handle: () => Answer): Answer {
	const { reset, delayMs, drip, retryAfter } = fault;
	const answer = {
		...replaceOrHandle(fault, request, handle),
		...(reset === undefined ? {} : { reset }),
		...(delayMs === undefined ? {} : { delayMs }),
		...(drip === undefined ? {} : { drip }),
	};
	const retryHeader = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
	return { ...answer, headers: { ...answer.headers, ...retryHeader, ...fault.headers } };
}

function replaceOrHandle(fault: Fault, request: RequestRecord, handle: () => Answer): Answer {
	const { status, body, reset, handleFirst } = fault;
	if (reset === 'before') return { status: 0, headers: {}, body: '' };
	if (reset === 'after' || (status === undefined && body === undefined)) return handle();
	if (handleFirst) handle();
	if (body === undefined) return refuse(refusalFor(status ?? 200));
	const text = typeof body === 'string' ? body : body(request);
	return { status: status ?? 200, headers: {}, body: text };
}
