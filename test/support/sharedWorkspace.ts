import type { EmulatorOptions } from '../../emulator/model';
import type { DeliverySettings } from '../../nodes/MoEngageCohortSync/model/settings';
import { Workspace } from '../../nodes/MoEngageCohortSync/delivery/workspace';
import { countByStatus, users, World } from './virtualMoEngage';

const LIMIT = 300;
const MINUTE = 60_000;

/** There and back, in ms. */
const ROUND_TRIP = 250;

export interface SharedRun extends EmulatorOptions {
	readonly processes: number;
	/** Requests of each. */
	readonly requests: number;
	/** When process number `index` starts, in ms. */
	readonly startOf?: (index: number) => number;
	/** Another system takes the whole limit. */
	readonly hog?: { readonly from: number; readonly forMs: number } | undefined;
	readonly settings?: Partial<DeliverySettings>;
	readonly seed?: number;
}

/** Processes that send to one workspace at the same time, none of which knows of the others, in virtual time. */
export async function playShared(run: SharedRun) {
	const { processes, requests, startOf = () => 0, hog, settings = {}, seed = 1, ...options } = run;
	const world = new World({ seed, requestsPerMinute: LIMIT, ...options });
	const { clock } = world;
	const start = clock.now();
	if (hog) world.model.shareLimit({ from: start + hog.from, forMs: hog.forMs });
	const runs = Array.from({ length: processes }, (_, index) =>
		world.audience({ id: `cohort-${index}`, add: users(requests, `p${index}-`), batchSize: 1 }),
	);
	const deliveries = runs.map(async ({ packed }, index) => {
		await clock.sleep(startOf(index));
		return await world.deliver([packed], settings, undefined, {
			run: index,
			workspace: new Workspace(clock),
		});
	});
	const ended = await clock.play(Promise.all(deliveries));
	const starts = runs.map((_, index) => startOf(index));
	return {
		statuses: countByStatus(runs.flatMap(({ changes }) => changes)),
		ended,
		refused: world.model.stats().refused429,
		seconds: clock.elapsed() / 1000,
		timeOverIdeal: clock.elapsed() / idealMs(starts, requests, hog),
	};
}

/** The time that the same requests would take if somebody who knows them all let each start at its best time. */
function idealMs(
	starts: readonly number[],
	requests: number,
	hog: SharedRun['hog'] = { from: Infinity, forMs: 0 },
): number {
	// The rolling window and the processes' own speed are all that holds a request up.
	const perSecond = 5 * (1000 / ROUND_TRIP);
	const arrivals = starts
		.flatMap((at) =>
			Array.from({ length: requests }, (_, index) => at + (index * 1000) / perSecond),
		)
		.sort((a, b) => a - b);
	const sent: number[] = [];
	for (const arrival of arrivals) {
		const free = (sent[sent.length - LIMIT] ?? -Infinity) + MINUTE;
		const speed = (sent[sent.length - starts.length] ?? -Infinity) + 1000 / perSecond;
		const at = Math.max(arrival, free, speed);
		sent.push(at >= hog.from && at < hog.from + hog.forMs ? hog.from + hog.forMs : at);
	}
	return (sent.at(-1) ?? 0) + ROUND_TRIP;
}
