import { createRateWindow, type WindowKind } from './rateWindow';

const windowMs = 60_000;

/** What a limit allows at a moment: `resetAt` in ms is when places become free; now if all are free. */
export type RateState = { limit: number; remaining: number; resetAt: number };

/** Other systems that use a limit: `places` of each window, from `from` until `until` (ms). */
export type Occupancy = { places: number; from: number; until: number };

export type RateLimitOptions = {
	/** Requests, or users, in a minute. */
	limit: number;
	window: WindowKind;
	/** Whether refused requests count as well. MoEngage doesn't say. */
	countRefused: boolean;
};

/** A limit per minute of one endpoint, which other systems may share. */
export type RateLimit = ReturnType<typeof createRateLimit>;

export function createRateLimit({ limit, window, countRefused }: RateLimitOptions) {
	const own = createRateWindow(windowMs, window);
	const occupancies = new Set<Occupancy>();

	const active = (now: number) =>
		[...occupancies].filter(({ from, until }) => from <= now && now < until);
	const byOthers = (now: number) =>
		Math.min(
			limit,
			active(now).reduce((sum, { places }) => sum + places, 0),
		);
	const remaining = (now: number) => Math.max(0, limit - own.count(now) - byOthers(now));

	return {
		/** Takes places for a request; false if too few are left. */
		take(now: number, places = 1): boolean {
			const isAllowed = places <= remaining(now);
			if (isAllowed || countRefused) own.add(now, places);
			return isAllowed;
		},
		state(now: number): RateState {
			const changes = [own.nextFree(now), ...active(now).map(({ until }) => until)];
			const next = Math.min(...changes.filter((at) => at > now), now + windowMs);
			const isFree = remaining(now) === limit;
			return { limit, remaining: remaining(now), resetAt: isFree ? now : next };
		},
		/** How many places other systems take. */
		byOthers,
		/** How many places this account's own requests take. */
		used: own.count,
		/** Lets other systems use the limit; the returned function ends it. */
		occupy(occupancy: Occupancy): () => void {
			occupancies.add(occupancy);
			return () => void occupancies.delete(occupancy);
		},
	};
}
