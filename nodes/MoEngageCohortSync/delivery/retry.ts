import type { Clock } from '../clock';

const FIRST_WAIT_MS = 2_000;
const MAX_WAIT_MS = 135_000;

/** The longest Retry-After that the node waits for; a longer one ends the run. */
export const MAX_RETRY_AFTER_MS = 15 * 60_000;

/** 30 years in seconds: a longer Retry-After makes no difference. */
const MAX_PARSED_SECONDS = 1e9;

/**
 * How long to wait before a request is sent again, in ms: 1 to 2 s at first, three times as long each time, up to
 * about 1 to 2 minutes. The random half keeps runs from retrying in step; with the fixed half, eight retries
 * outlast a full rate window and an outage of five minutes.
 *
 * @param retry number of the retry, from 1
 * @param maxMs the longest wait; half of it is random
 */
export function backoffMs(retry: number, clock: Clock, maxMs = MAX_WAIT_MS): number {
	const longest = Math.min(maxMs, FIRST_WAIT_MS * 3 ** (retry - 1));
	return longest / 2 + (longest / 2) * clock.random();
}

/**
 * Parses a Retry-After header as ms from `now`: seconds or a date (RFC 9110 §10.2.3), `undefined` for
 * anything else.
 */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
	const text = header?.trim() ?? '';
	if (/^\d+$/.test(text)) return Math.min(Number(text), MAX_PARSED_SECONDS) * 1000;
	const date = parseHttpDate(text);
	return date === undefined ? undefined : Math.max(0, date - now);
}

/** Parses an HTTP date (RFC 9110 §5.6.7) to ms since 1970. */
export function parseHttpDate(text: string | undefined): number | undefined {
	if (text === undefined || !/\d\d:\d\d:\d\d GMT$/.test(text)) return undefined;
	const date = Date.parse(text);
	return Number.isNaN(date) ? undefined : date;
}
