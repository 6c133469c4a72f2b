import { MAX_RETRY_AFTER_MS, parseHttpDate, parseRetryAfter } from './retry';
import type { SendResult } from './sendResult';

/** What a response says about MoEngage's limit. */
export interface LimitReport {
	/** It is a 429. */
	readonly isThrottled: boolean;
	/** How many more requests MoEngage would take now. */
	readonly remaining?: number | undefined;
	/** In how many ms more requests will be allowed; a minute at most. */
	readonly resetMs?: number | undefined;
	/** How long MoEngage asks to wait, in ms. */
	readonly retryAfterMs?: number | undefined;
}

/** MoEngage's limit is per minute. */
const MAX_RESET_MS = 60_000;

/** From this number on, a number of seconds is a time since 1970 (2001 or later). */
const FIRST_EPOCH = 1e9;

/** From this number on, it is a time in ms. */
const FIRST_EPOCH_MS = 1e12;

/**
 * Reads what a response says about the limit. Headers that make no sense are ignored.
 *
 * @param now in ms since 1970, for times in a response without the server's own time
 * @returns `undefined` if there was no response
 */
export function readLimitReport(result: SendResult, now: number): LimitReport | undefined {
	if (result.status === undefined) return undefined;
	const serverNow = parseHttpDate(result.date) ?? now;
	const retryAfterMs = parseRetryAfter(result.retryAfter, serverNow);
	return {
		isThrottled: result.status === 429,
		remaining: parseCount(result.rateLimitRemaining),
		resetMs: parseReset(result.rateLimitReset, serverNow),
		// A longer one ends the run that got the response; other runs will get their own.
		retryAfterMs: (retryAfterMs ?? 0) > MAX_RETRY_AFTER_MS ? undefined : retryAfterMs,
	};
}

function parseCount(header: string | undefined): number | undefined {
	return header !== undefined && /^\s*\d+\s*$/.test(header) ? Number(header) : undefined;
}

/**
 * Parses `x-ratelimit-reset` as ms from `now`. MoEngage's pages contradict each other: seconds that remain, or a
 * time in seconds since 1970 (rate-limits page, read 2026-11-25).
 */
function parseReset(header: string | undefined, now: number): number | undefined {
	if (header === undefined || !/^\s*\d+(\.\d+)?\s*$/.test(header)) return undefined;
	const value = Number(header);
	const ms = value < FIRST_EPOCH ? value * 1000 : toEpochMs(value) - now;
	return Math.min(Math.max(0, ms), MAX_RESET_MS);
}

function toEpochMs(value: number): number {
	return value < FIRST_EPOCH_MS ? value * 1000 : value;
}
