import type { GetUserBody } from './getUser';
import type { KnownUsers } from './population';
import type { RateHeaders } from './rateHeaders';
import type { WindowKind } from './rateWindow';
import type { Restrictions } from './restrictions';

/** How an emulated account behaves. What is not given is as MoEngage documents it. */
export type EmulatorOptions = {
	appId?: string;
	secret?: string;
	/** What Test Connection calls the account. */
	appName?: string;
	/** Cohort Sync requests in a minute, beyond which a 429 is answered: 300. */
	requestsPerMinute?: number;
	/** Users looked up by Get User in a minute, beyond which a 429 is answered: 1,000. */
	usersPerMinute?: number;
	/** Whether a minute is the last 60 s at any moment (`rolling`, as default) or one of the clock (`fixed`). */
	rateWindow?: WindowKind;
	/** Whether requests that were answered 429 count for the limit: false. */
	countRefused?: boolean;
	/** How MoEngage tells of its limits: in `seconds` that remain. */
	rateHeaders?: RateHeaders;
	/** The largest body in bytes, beyond which a 413 is answered: 131,072. */
	maxBytes?: number;
	/** Time in ms from accepting a change to applying it: 0. A function gives one for each change. */
	applyDelayMs?: number | (() => number);
	/** The users that MoEngage knows: 'everyone'. */
	known?: KnownUsers;
	/** Whether cohort names with forbidden characters are refused (400), or rejected as silently as other names. */
	forbiddenNames?: 'refused' | 'silent';
	/** Whether cohort names with parentheses are rejected silently: false. */
	rejectParentheses?: boolean;
	/** Days after which a segment that nobody ran is archived: 60. */
	archiveAfterDays?: number;
	/** The form in which Get User takes its body: wrapped in `data`. */
	getUserBody?: GetUserBody;
	/** Endpoints that refuse every request: none. */
	restrictions?: Restrictions;
	/** The clock, in ms. It must not go back. */
	now?: () => number;
};
