import { refusalFor, refuse, type Answer } from './answers';
import type { RequestRecord } from './request';

/**
 * A simulated fault, for the next `times` requests (default: 1) that `when` selects (default: any).
 *
 * With `status` or `body`, that response replaces MoEngage's: the request is not handled, unless `handleFirst` is
 * set. A status alone is sent with its documented body; a `body`, which may be computed from the request, is sent
 * unchanged, with `headers`. `retryAfter` (seconds or an HTTP date) becomes a Retry-After header. `reset: 'before'`
 * closes the connection without handling the request, 'after' handles it and then closes the connection. `delayMs`
 * handles the request on arrival and responds late. `drip` sends the body in 10 pieces, that many ms apart. Without
 * a status, a body or a reset, the response is the usual one, but late or in pieces.
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

/** The remaining faults, in the order in which they were added. */
export function createFaults() {
	const waiting: Array<{ fault: Fault; left: number }> = [];

	return {
		/** Adds a fault; the returned function removes it. */
		add(fault: Fault): () => void {
			const entry = { fault, left: fault.times ?? 1 };
			waiting.push(entry);
			return () => {
				entry.left = 0;
			};
		},
		/** The first fault that applies to a request; uses it up once. */
		take(request: RequestRecord): Fault | undefined {
			const entry = waiting.find(({ fault, left }) => left > 0 && (fault.when?.(request) ?? true));
			if (entry) entry.left -= 1;
			return entry?.fault;
		},
	};
}

/** The response under a fault; `handle` handles the request as usual and returns the usual response. */
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
