import { refusals, type Refusal } from './answers';
import type { Endpoint } from './endpoints';
import { rateHeaders, type RateHeaders } from './rateHeaders';
import { createRateLimit, type RateLimit } from './rateLimit';
import type { WindowKind } from './rateWindow';
import type { RequestRecord } from './request';

/** How many users bulk imports may contain in a minute (MoEngage rate-limits page, read 2026-11-25). */
const importsPerMinute = 60_000;

/** The endpoints with their own limits. */
export type LimitedEndpoint = Exclude<Endpoint, 'testConnection'>;

/** Requests of other systems that share a limit of the account. */
export type OtherSystems = {
	/** The endpoint whose limit it is; default: Cohort Sync. */
	endpoint?: LimitedEndpoint;
	/** How many places of each minute they take; default: all. */
	places?: number;
	/** When they start, in ms of the clock; default: now. */
	from?: number;
	/** For how long, in ms; default: forever. */
	forMs?: number;
};

/** The use of a limit, in requests or users. */
export type RateUse = { limit: number; used: number; byOthers: number };

export type LimitsOptions = {
	requestsPerMinute: number;
	usersPerMinute: number;
	rateWindow: WindowKind;
	countRefused: boolean;
	rateHeaders: RateHeaders;
};

/** The limits of an account: on requests for Cohort Sync, on users for the other endpoints. */
export function createLimits({ requestsPerMinute, usersPerMinute, ...options }: LimitsOptions) {
	const { rateWindow: window, countRefused, rateHeaders: style } = options;
	const limitOf = (limit: number) => createRateLimit({ limit, window, countRefused });
	const limits: Readonly<Record<LimitedEndpoint, RateLimit>> = {
		cohortSync: limitOf(requestsPerMinute),
		getUser: limitOf(usersPerMinute),
		bulkImport: limitOf(importsPerMinute),
	};

	function limitFor(endpoint: Endpoint | undefined): RateLimit | undefined {
		return endpoint === undefined || endpoint === 'testConnection' ? undefined : limits[endpoint];
	}

	return {
		/** Counts a request, and refuses it if its limit is used up. */
		admit({ endpoint, at, userCount }: RequestRecord): Refusal | undefined {
			const limit = limitFor(endpoint);
			const places = endpoint === 'cohortSync' ? 1 : Math.max(1, userCount);
			return !limit || limit.take(at, places) ? undefined : refusals.tooManyRequests;
		},
		/** The headers about the limit in the response to a request. */
		headers({ endpoint, at }: RequestRecord): Record<string, string> {
			const limit = limitFor(endpoint);
			return limit ? rateHeaders(style, limit.state(at), at) : {};
		},
		/** Lets other systems use up a limit, by default from `now` (ms) on; the returned function ends it. */
		share(others: OtherSystems, now: number): () => void {
			const { endpoint = 'cohortSync', places = Infinity, from = now, forMs = Infinity } = others;
			return limits[endpoint].occupy({ places, from, until: from + forMs });
		},
		/** How much of each limit is in use at a time (ms). */
		use(now: number): Record<LimitedEndpoint, RateUse> {
			const use = (limit: RateLimit): RateUse => ({
				limit: limit.state(now).limit,
				used: limit.used(now),
				byOthers: limit.byOthers(now),
			});
			return {
				cohortSync: use(limits.cohortSync),
				getUser: use(limits.getUser),
				bulkImport: use(limits.bulkImport),
			};
		},
	};
}
