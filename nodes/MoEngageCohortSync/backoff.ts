import type { Clock } from './clock';

const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 120_000;

/** Longer than this no run waits on the word of a server. */
export const LONGEST_RETRY_AFTER_MS = 15 * 60_000;

/**
 * How long to wait before a request is sent again, in ms: 1 to 2 s at first, three times as long each time,
 * up to 1 to 2 minutes. The random half keeps runs apart; the certain half makes eight retries outlast a
 * full rate window and an outage of some minutes.
 *
 * @param retry number of the retry, from 1
 */
export function backoffMs(retry: number, clock: Clock): number {
	const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 3 ** (retry - 1));
	return longest / 2 + (longest / 2) * clock.random();
}

/**
 * Reads a Retry-After header as ms from `now`: seconds or a date (RFC 9110 §10.2.3), `undefined` for
 * anything else.
 */
export function readRetryAfter(header: string | undefined, now: number): number | undefined {
	const text = header?.trim() ?? '';
	if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
	const date = /\d\d:\d\d:\d\d GMT$/.test(text) ? Date.parse(text) : NaN;
	return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
