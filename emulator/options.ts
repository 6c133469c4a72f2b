import type { GetUserBody } from './getUser';
import type { KnownUsers } from './population';
import type { RateHeaders } from './rateHeaders';
import type { WindowKind } from './rateWindow';
import type { Restrictions } from './restrictions';

/** How an emulated account behaves. The defaults are as MoEngage documents them. */
export type EmulatorOptions = {
	appId?: string;
	secret?: string;
	/** What Test Connection calls the account. */
	appName?: string;
	/** Cohort Sync requests in a minute before the response is 429; default: 300. */
	requestsPerMinute?: number;
	/** Users looked up by Get User in a minute before the response is 429; default: 1,000. */
	usersPerMinute?: number;
	/** Whether a minute is the last 60 s at any moment (`rolling`, the default) or one of the clock (`fixed`). */
	rateWindow?: WindowKind;
	/** Whether requests that got a 429 count toward the limit; default: false. */
	countRefused?: boolean;
	/** The form of the headers about the limits; default: `seconds` that remain. */
	rateHeaders?: RateHeaders;
	/** The largest body in bytes before the response is 413; default: 131,072. */
	maxBytes?: number;
	/** Time in ms from accepting a change to applying it; default: 0. A function returns one for each change. */
	applyDelayMs?: number | (() => number);
	/** The users that MoEngage knows; default: 'everyone'. */
	known?: KnownUsers;
	/**
	 * Whether cohort names with forbidden characters are refused with 400 (the default), or silently like other
	 * rejected names.
	 */
	forbiddenNames?: 'refused' | 'silent';
	/** Whether cohort names with parentheses are silently rejected; default: false. */
	rejectParentheses?: boolean;
	/** Days after which a segment that was not run is archived; default: 60. */
	archiveAfterDays?: number;
	/** The form of the body that Get User accepts; default: wrapped in `data`. */
	getUserBody?: GetUserBody;
	/** Endpoints that refuse every request; default: none. */
	restrictions?: Restrictions;
	/** The clock, in ms. It must not go back. */
	now?: () => number;
};
