import { deliver } from '../../nodes/MoEngageCohortSync/delivery/deliver';
import { Workspace } from '../../nodes/MoEngageCohortSync/delivery/workspace';
import { VirtualClock } from '../support/virtualClock';
import type { Audience } from '../support/virtualMoEngage';
import { audienceOf, users } from '../support/virtualMoEngage';

/** Responds at once, so that only the delivery's own work takes time. */
const acceptAll = async () =>
	await Promise.resolve({ status: 200, body: { isSuccess: true } } as const);

const oneCohort = (batches: number): Audience[] => [{ add: users(batches), batchSize: 1 }];

const manyCohorts = (batches: number): Audience[] =>
	users(batches / 2, 'c-').map((id) => ({ id, add: ['u-1'], remove: ['u-2'] }));

/**
 * The real time, in ms, of a delivery.
 *
 * @param stopAfter stops it after so many virtual ms, and measures from then on
 */
async function timeOf(audiences: readonly Audience[], stopAfter?: number): Promise<number> {
	const clock = new VirtualClock();
	const cohorts = audiences.map((audience) => audienceOf(clock, audience));
	// A run that is to be stopped has most of its batches still to send by then.
	const requestsPerMinute = stopAfter === undefined ? 6_000 : 300;
	const settings = {
		concurrency: 20,
		requestsPerMinute,
		maxRetries: 8,
		timeout: 30,
		isAttended: false,
	};
	const stop = new AbortController();
	let since = performance.now();
	if (stopAfter !== undefined) {
		void clock.sleep(stopAfter).then(() => {
			since = performance.now();
			stop.abort();
		});
	}
	const packed = cohorts.map((cohort) => cohort.packed);
	const workspace = new Workspace(clock);
	const ended = await clock.play(
		deliver(packed, settings, workspace, acceptAll, workspace.startRun(0), stop.signal),
	);
	const time = performance.now() - since;
	expect(ended === undefined).toBe(stopAfter === undefined);
	const changes = cohorts.flatMap((cohort) => cohort.changes);
	expect(changes.every(({ outcome }) => outcome !== undefined)).toBe(true);
	return time;
}

// Ten times as many would take a hundred times as long if each batch looked at all others.
test.each([
	['batches of one cohort', oneCohort, undefined],
	['batches of as many cohorts', manyCohorts, undefined],
	['batches of a run that is stopped', oneCohort, 30_000],
])('the time for %s grows in proportion', async (_, audiencesOf, stopAfter) => {
	const best = async (count: number) => {
		const times: number[] = [];
		for (let time = 0; time < 3; time++) times.push(await timeOf(audiencesOf(count), stopAfter));
		return Math.min(...times);
	};
	const few = await best(5_000);
	const tenTimesAsMany = await best(50_000);
	expect(tenTimesAsMany).toBeLessThan(40 * few);
});
