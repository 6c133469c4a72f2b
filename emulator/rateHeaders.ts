import type { RateState } from './rateLimit';

/**
 * The form of the headers about the limits. Rate-limited endpoints send `x-ratelimit-limit`, `-remaining` and
 * `-reset` on every response (MoEngage rate-limits page, read 2026-11-25). About reset, the pages contradict each
 * other: the seconds that remain, or the UTC epoch in seconds. `off` sends none; `zero` always says that nothing
 * remains; `text` sends words. A function creates any other headers from the real figures.
 */
export type RateHeaders =
	| 'seconds'
	| 'epoch'
	| 'off'
	| 'zero'
	| 'text'
	| ((state: RateState, now: number) => Record<string, string>);

type Style = Extract<RateHeaders, string>;

export const rateHeaderStyles: readonly Style[] = ['seconds', 'epoch', 'off', 'zero', 'text'];

/** The headers for a limit at `now` (ms). Parts of a second count as one. */
export function rateHeaders(
	style: RateHeaders,
	state: RateState,
	now: number,
): Record<string, string> {
	if (typeof style === 'function') return style(state, now);
	const { limit, remaining, resetAt } = state;
	const secondsLeft = Math.ceil((resetAt - now) / 1000);
	switch (style) {
		case 'off':
			return {};
		case 'seconds':
			return headers(limit, remaining, secondsLeft);
		case 'epoch':
			return headers(limit, remaining, Math.ceil(resetAt / 1000));
		case 'zero':
			return headers(limit, 0, secondsLeft);
		case 'text':
			return headers('unlimited', 'plenty', 'soon');
	}
}

function headers(limit: number | string, remaining: number | string, reset: number | string) {
	return {
		'x-ratelimit-limit': String(limit),
		'x-ratelimit-remaining': String(remaining),
		'x-ratelimit-reset': String(reset),
	};
}
