import { Workspace } from '../../nodes/MoEngageCohortSync/delivery/workspace';
import { deliver } from '../../nodes/MoEngageCohortSync/delivery/delivery';
import { VirtualClock } from '../support/virtualClock';
import type { Try } from '../support/virtualMoEngage';
import { audience, countByStatus, users, World } from '../support/virtualMoEngage';

const MINUTE = 60_000;

const refusedMember = {
	status: 400,
	body: JSON.stringify({
		status: 'fail',
		error: {
			attribute: 'uid',
			message: 'uid is not valid',
			type: 'InvalidAttributeError',
			request_id: 'rq-400',
		},
	}),
	times: Infinity,
};

/** Tries of one world in the order of their requests, by the timestamps that name them. */
function byTimestamp(tries: readonly Try[]): Try[][] {
	const groups = new Map<string, Try[]>();
	for (const one of tries) {
		groups.set(one.timestamp, [...(groups.get(one.timestamp) ?? []), one]);
	}
	return [...groups.values()];
}

function expectIncreasing(timestamps: readonly string[]) {
	const sorted = [...new Set(timestamps)].sort();
	expect(timestamps).toEqual(sorted);
}

describe('pace', () => {
	test('250 requests at 300 a minute, 500 ms each and 5 at once, take no longer than they must', async () => {
		const world = new World({ delay: () => ({ there: 250, back: 250 }) });
		const { batches, changes } = audience({ add: users(250), batchSize: 1 });
		await world.clock.play(world.deliver([batches]));
		expect(countByStatus(changes)).toEqual({ accepted: 250 });
		expect(world.clock.elapsed()).toBeLessThanOrEqual(1.2 * (1 + 249 / 5) * 500);
	});

	test('36 requests need no wait at all', async () => {
		const world = new World();
		const { batches } = audience({ add: users(36), batchSize: 1 });
		await world.clock.play(world.clock.sleep(1000));
		const startedAt = world.clock.now();
		const report = await world.clock.play(world.deliver([batches]));
		const finishedAt = startedAt + 250 + 7 * 250;
		expect(report.tallies).toMatchObject([
			{ requests: 36, retries: 0, throttled: 0, waitedMs: 0, startedAt, finishedAt },
		]);
		expect(world.clock.now()).toBe(finishedAt);
	});

	test('three executions at once stay within one window', async () => {
		const world = new World({ requestsPerMinute: 100, delay: () => ({ there: 40, back: 40 }) });
		const parts = [0, 1, 2].map((run) =>
			audience({ id: `cohort-${run}`, add: users(150, `r${run}-`), batchSize: 1 }),
		);
		const settings = { requestsPerMinute: 100 };
		const runs = parts.map(async ({ batches }) => await world.deliver([batches], settings));
		await world.clock.play(Promise.all(runs));
		for (const { changes } of parts) expect(countByStatus(changes)).toEqual({ accepted: 150 });
		expect(world.model.stats()).toMatchObject({ refused429: 0, maxInAnyMinute: 100 });
		// 450 requests, 100 a minute: the last 50 start in the fifth window.
		expect(world.clock.elapsed()).toBeGreaterThan(4 * MINUTE);
		expect(world.clock.elapsed()).toBeLessThan(4.2 * MINUTE);
	});

	test('two executions are paused once by one 429', async () => {
		const world = new World({ delay: () => ({ there: 100, back: 100 }) });
		world.model.fault({ status: 429, retryAfter: 20, when: ({ number }) => number === 10 });
		const parts = [0, 1].map((run) =>
			audience({ id: `cohort-${run}`, add: users(100, `r${run}-`), batchSize: 1 }),
		);
		const runs = parts.map(async ({ batches }) => await world.deliver([batches]));
		const reports = await world.clock.play(Promise.all(runs));
		const refused = world.tries.filter(({ record }) => record?.status === 429);
		expect(refused).toHaveLength(1);
		const [until] = refused.map(({ answeredAt }) => answeredAt + 20_000);
		const inThePause = world.tries.filter(
			({ startedAt, started }) =>
				started > (refused[0]?.answered ?? 0) && startedAt < (until ?? Infinity),
		);
		expect(inThePause).toEqual([]);
		expect(world.clock.elapsed()).toBeLessThanOrEqual(20_000 + 41 * 200);
		expect(reports.map(({ tallies }) => tallies[0]?.throttled)).toEqual([0, 1]);
		for (const { tallies } of reports) {
			expect(tallies[0]?.waitedMs).toBeGreaterThanOrEqual(19_800);
			expect(tallies[0]?.waitedMs).toBeLessThan(40_000);
		}
	});

	test('a 429 pauses the others also where its own request is not tried again', async () => {
		const world = new World();
		world.model.fault({ status: 429, retryAfter: 60, when: ({ number }) => number === 3 });
		const { batches, changes } = audience({ add: users(20), batchSize: 1 });
		const settings = { maxRetries: 0, concurrency: 3 };
		await world.clock.play(world.deliver([batches], settings));
		expect(countByStatus(changes)).toEqual({ accepted: 19, failed: 1 });
		expect(world.clock.elapsed()).toBeGreaterThan(60_000);
	});

	test('a request that was given up is still counted until a minute after its answer', async () => {
		const world = new World({ requestsPerMinute: 1, delay: () => ({ there: 5000, back: 5000 }) });
		const stop = new AbortController();
		const first = audience({ id: 'first', add: ['u-1'] });
		const second = audience({ id: 'second', add: ['u-2'] });
		const limits = { requestsPerMinute: 1 };
		const stopped = world.deliver([first.batches], limits, stop.signal);
		void world.clock.sleep(100).then(() => stop.abort());
		await world.clock.play(stopped);
		expect(world.clock.elapsed()).toBe(100);
		await world.clock.play(world.deliver([second.batches], limits));
		expect(world.tries[1]?.startedAt).toBeGreaterThan(10_000 + MINUTE);
		expect(world.model.stats()).toMatchObject({ refused429: 0, maxInAnyMinute: 1 });
	});

	test('a run with low limits is not starved by one with high limits', async () => {
		const world = new World({ delay: () => ({ there: 100, back: 100 }) });
		const slow = audience({ id: 'slow', add: users(20, 's-'), batchSize: 1 });
		const fast = audience({ id: 'fast', add: users(2000, 'f-'), batchSize: 1 });
		const fastRun = world.deliver([fast.batches]);
		const slowRun = world.deliver([slow.batches], { concurrency: 1, requestsPerMinute: 60 });
		await world.clock.play(slowRun);
		expect(countByStatus(slow.changes)).toEqual({ accepted: 20 });
		expect(countByStatus(fast.changes)['none']).toBeGreaterThan(1000);
		await world.clock.play(fastRun);
		expect(countByStatus(fast.changes)).toEqual({ accepted: 2000 });
	});
});

describe('order', () => {
	test('the first request of a cohort goes alone, and removals are settled before additions', async () => {
		const world = new World({ delay: (number) => ({ there: 10, back: 40 * (number % 5) }) });
		const { batches } = audience({
			remove: users(12, 'out-'),
			add: users(12, 'in-'),
			batchSize: 1,
		});
		await world.clock.play(world.deliver([batches]));
		const [first, ...rest] = world.tries;
		expect(Math.min(...rest.map(({ started }) => started))).toBeGreaterThan(first?.answered ?? 0);
		const of = (action: string) => world.tries.filter((one) => one.action === action);
		expect(Math.max(...of('remove_members').map(({ answered }) => answered))).toBeLessThan(
			Math.min(...of('add_members').map(({ started }) => started)),
		);
		expectIncreasing(world.tries.map(({ timestamp }) => timestamp));
	});

	test('additions start when removals are settled, also when these came to nothing', async () => {
		const world = new World();
		world.model.fault({ ...refusedMember, when: ({ action }) => action === 'remove_members' });
		const { batches, changes } = audience({ remove: ['out'], add: ['in'] });
		await world.clock.play(world.deliver([batches]));
		expect(countByStatus(changes)).toEqual({ rejected: 1, accepted: 1 });
	});

	test('until a request is accepted, the next one goes alone too', async () => {
		const world = new World();
		world.model.fault({ ...refusedMember, times: 2 });
		const { batches, changes } = audience({ add: users(8), batchSize: 1 });
		await world.clock.play(world.deliver([batches]));
		expect(countByStatus(changes)).toEqual({ rejected: 2, accepted: 6 });
		expect(world.tries.map(({ startedAt }) => startedAt)).toEqual([
			0, 250, 500, 750, 750, 750, 750, 750,
		]);
	});

	test('a cohort does not wait for another one whose request takes long', async () => {
		const world = new World();
		world.model.fault({ delayMs: 20_000, when: ({ cohortId }) => cohortId === 'slow' });
		const slow = audience({ id: 'slow', add: users(3), batchSize: 1 });
		const other = audience({ id: 'other', add: users(3), batchSize: 1 });
		await world.clock.play(world.deliver([slow.batches, other.batches]));
		const lastOther = world.tries.filter(({ cohortId }) => cohortId === 'other').at(-1);
		expect(lastOther?.answeredAt).toBe(500);
	});

	test('a user who moves through many cohorts ends as the last request says, after a clock stepped back an hour', async () => {
		const world = new World();
		for (const [step, action] of (['add', 'remove', 'add', 'remove'] as const).entries()) {
			if (step === 2) world.clock.stepBack(60 * MINUTE);
			const { batches } = audience({ [action]: ['u-1'] });
			await world.clock.play(world.deliver([batches]));
		}
		expectIncreasing(world.tries.map(({ timestamp }) => timestamp));
		expect(world.model.memberIds('vip')).toEqual([]);
	});
});

describe('trouble on the way', () => {
	test('each request is numbered and counted once, however often it was sent', async () => {
		const world = new World();
		world.model.fault({ status: 500, when: ({ number }) => number === 2 });
		world.model.fault({ status: 429, retryAfter: 1, when: ({ number }) => number === 4 });
		const { batches, changes } = audience({ add: users(10), batchSize: 2 });
		const { tallies } = await world.clock.play(world.deliver([batches], { concurrency: 1 }));
		const bodies = byTimestamp(world.tries).map(([first]) => first?.body ?? '');
		const bytes = bodies.reduce((sum, body) => sum + Buffer.byteLength(body), 0);
		expect(tallies).toMatchObject([{ requests: 5, retries: 2, throttled: 1, bytes }]);
		expect(changes.map(({ outcome }) => outcome?.request)).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
	});

	test('a pause that is asked for with a 503 is for its own request alone', async () => {
		const world = new World();
		world.model.fault({ status: 503, retryAfter: 600, when: ({ number }) => number === 3 });
		const { batches, changes } = audience({ add: users(20), batchSize: 1 });
		await world.clock.play(world.deliver([batches]));
		expect(countByStatus(changes)).toEqual({ accepted: 20 });
		const last = world.tries.at(-1);
		expect(world.tries.filter(({ startedAt }) => startedAt > 10_000)).toEqual([last]);
		expect(last?.startedAt).toBeGreaterThan(600_000);
	});

	test('a refusal of one request that names no part of it stops no other of the cohort', async () => {
		const world = new World();
		world.model.fault({ status: 422, body: '{"error":"No"}', when: ({ number }) => number === 3 });
		const { batches, changes } = audience({ add: users(20), batchSize: 1 });
		await world.clock.play(world.deliver([batches]));
		expect(countByStatus(changes)).toEqual({ accepted: 19, rejected: 1 });
	});

	test('an outage of five minutes in the middle of a run is survived', async () => {
		const world = new World();
		const { batches, changes } = audience({ add: users(60), batchSize: 1 });
		const from = world.clock.now() + 1000;
		world.model.fault({
			status: 503,
			times: Infinity,
			when: ({ at }) => at >= from && at < from + 5 * MINUTE,
		});
		const report = await world.clock.play(world.deliver([batches]));
		expect(countByStatus(changes)).toEqual({ accepted: 60 });
		expect(report.ended).toBeUndefined();
		expect(report.tallies[0]?.waitedMs).toBeGreaterThan(4 * MINUTE);
	});

	test('an outage of five minutes is survived with the shortest waits that chance allows', async () => {
		const world = new World();
		world.clock.random = () => 0;
		const { batches, changes } = audience({ add: users(6), batchSize: 1 });
		world.model.fault({
			status: 503,
			times: Infinity,
			when: ({ at }) => at < Date.parse('2026-11-23T10:05:00Z'),
		});
		await world.clock.play(world.deliver([batches]));
		expect(countByStatus(changes)).toEqual({ accepted: 6 });
	});

	test('a window that another system keeps full is outlasted, whatever Retry-After says', async () => {
		const world = new World();
		const from = world.clock.now();
		world.model.fault({
			status: 429,
			retryAfter: 1,
			times: Infinity,
			when: ({ at }) => at < from + 90_000,
		});
		const { batches, changes } = audience({ add: users(5), batchSize: 1 });
		await world.clock.play(world.deliver([batches]));
		expect(countByStatus(changes)).toEqual({ accepted: 5 });
	});

	test('a request that timed out after it was applied is sent again as it was, and accepted', async () => {
		const world = new World();
		world.model.fault({ delayMs: 60_000, when: ({ number }) => number === 2 });
		const { batches, changes } = audience({ add: users(3), batchSize: 1 });
		await world.clock.play(world.deliver([batches]));
		expect(countByStatus(changes)).toEqual({ accepted: 3 });
		expect(changes.map(({ outcome }) => outcome?.mayHaveTakenEffect)).toEqual(Array(3).fill(false));
		const sent = byTimestamp(world.tries);
		expect(sent).toHaveLength(3);
		const [again] = sent.filter((tries) => tries.length > 1);
		expect(again?.map(({ record }) => record?.accepted)).toEqual([true, true]);
		expect(new Set(again?.map(({ body }) => body)).size).toBe(1);
		expect(world.model.memberIds('vip')).toEqual(users(3).sort());
	});

	test('one member that MoEngage refuses is found among 2,000, and the others are accepted', async () => {
		const world = new World();
		world.model.fault({
			...refusedMember,
			when: ({ members }) => members.some(({ uid }) => uid === 'u-1234'),
		});
		const { batches, changes } = audience({ add: users(2000) });
		expect(batches.additions).toHaveLength(1);
		await world.clock.play(world.deliver([batches]));
		expect(countByStatus(changes)).toEqual({ accepted: 1999, rejected: 1 });
		expect(changes[1234]?.outcome).toMatchObject({
			status: 'rejected',
			reason:
				'MoEngage refused this member. MoEngage says: "uid is not valid". Correct the identifier at its source, or leave the item out with a Filter node. MoEngage request ID: rq-400.',
		});
		expect(world.tries).toHaveLength(1 + 2 * 11);
		expectIncreasing(world.tries.map(({ timestamp }) => timestamp));
	});

	test.each([
		['4 here and there', 4, (index: number) => (index * 977 + 13) % 2_700],
		['20 here and there', 20, (index: number) => (index * 977 + 13) % 2_700],
		['the first 16', 16, (index: number) => index],
		['the last 16', 16, (index: number) => 2_719 - index],
	])(
		'of 2,720 members in one request MoEngage refuses %s, and the others go through',
		async (_, count, at) => {
			const world = new World();
			const bad = new Set(Array.from({ length: count }, (__, index) => `u-${at(index)}`));
			world.model.fault({
				...refusedMember,
				when: ({ members }) => members.some(({ uid }) => bad.has(uid ?? '')),
			});
			const { batches, changes } = audience({ add: users(2_720) });
			expect(batches.additions).toHaveLength(1);
			await world.clock.play(world.deliver([batches]));
			expect(countByStatus(changes)).toEqual({ accepted: 2_720 - count, rejected: count });
		},
	);

	test('a run of bad members in one place costs few of the good ones beside it', async () => {
		const world = new World();
		const isBad = (uid = '') => Number(uid.slice(2)) < 100;
		world.model.fault({
			...refusedMember,
			when: ({ members }) => members.some(({ uid }) => isBad(uid)),
		});
		const { batches, changes } = audience({ add: users(2_720) });
		await world.clock.play(world.deliver([batches]));
		expect(countByStatus(changes)['accepted']).toBeGreaterThan(2_500);
		expect(world.tries.length).toBeLessThan(120);
	});

	test('a hundred bad members in 100,000 cost no good one', async () => {
		const world = new World({ requestsPerMinute: 300 });
		const isBad = (uid = '') => Number(uid.slice(2)) % 1_000 === 500;
		world.model.fault({
			...refusedMember,
			when: ({ members }) => members.some(({ uid }) => isBad(uid)),
		});
		const { batches, changes } = audience({ add: users(100_000), batchSize: 1_000 });
		await world.clock.play(world.deliver([batches]));
		expect(countByStatus(changes)).toEqual({ accepted: 99_900, rejected: 100 });
	});

	test.each([1, 5])(
		"cohorts in trouble don't hold up the others, with %d at once",
		async (concurrency) => {
			const world = new World();
			world.model.fault({
				status: 503,
				times: Infinity,
				when: ({ cohortId }) => cohortId?.startsWith('bad') === true,
			});
			const cohorts = ['bad', 'good'].flatMap((name) =>
				Array.from({ length: concurrency }, (_, index) =>
					audience({ id: `${name}-${index}`, add: users(3) }),
				),
			);
			await world.clock.play(
				world.deliver(
					cohorts.map(({ batches }) => batches),
					{ concurrency },
				),
			);
			for (const [index, { changes }] of cohorts.entries()) {
				expect(countByStatus(changes)).toEqual(
					index < concurrency ? { failed: 3 } : { accepted: 3 },
				);
			}
		},
	);

	test('a batch that is bad throughout is not taken apart one by one', async () => {
		const world = new World();
		world.model.fault(refusedMember);
		const { batches, changes } = audience({ add: users(2000) });
		await world.clock.play(world.deliver([batches]));
		expect(countByStatus(changes)).toEqual({ rejected: 2000 });
		expect(world.tries.length).toBeLessThan(60);
		expect(changes[1999]?.outcome?.reason).toMatch(/^MoEngage refused this request because of its/);
	});

	test('an audience that is bad throughout costs a bounded number of extra requests', async () => {
		const world = new World();
		world.model.fault(refusedMember);
		const { batches, changes } = audience({ add: users(4000), batchSize: 100 });
		const report = await world.clock.play(world.deliver([batches]));
		expect(countByStatus(changes)).toEqual({ rejected: 4000 });
		expect(world.tries.length).toBeLessThan(40 + 120);
		expect(report.ended).toBeUndefined();
	});

	test('a 413 halves until the requests fit', async () => {
		const world = new World({ maxBytes: 5_000 });
		const { batches, changes } = audience({ add: users(1000) });
		await world.clock.play(world.deliver([batches]));
		expect(countByStatus(changes)).toEqual({ accepted: 1000 });
	});

	test('a 400 about the request itself is not split and stops just its cohort', async () => {
		const world = new World();
		const error = { attribute: 'cohort_name', message: 'cohort_name is not valid' };
		world.model.fault({
			status: 400,
			body: JSON.stringify({ status: 'fail', error }),
			times: Infinity,
			when: ({ cohortId }) => cohortId === 'bad',
		});
		const bad = audience({ id: 'bad', add: users(50), batchSize: 5 });
		const good = audience({ id: 'good', add: users(10), batchSize: 5 });
		const report = await world.clock.play(
			world.deliver([bad.batches, good.batches]),
			world.clock.elapsed() + MINUTE,
		);
		expect(countByStatus(bad.changes)).toEqual({ rejected: 5, not_sent: 45 });
		expect(countByStatus(good.changes)).toEqual({ accepted: 10 });
		expect(world.tries.filter(({ cohortId }) => cohortId === 'bad')).toHaveLength(1);
		expect(report.ended).toBeUndefined();
		expect(bad.changes[9]?.outcome?.reason).toBe(
			"Not sent, because MoEngage refuses this cohort. MoEngage refused the request because of its 'Cohort Name'. MoEngage says: \"cohort_name is not valid\". Change 'Cohort Name' in the node.",
		);
	});

	test.each([302, 401, 403, 404, 415])(
		'%i ends the run: what is in flight is awaited, the rest is not sent',
		async (status) => {
			const world = new World({
				delay: (number) => ({ there: 10, back: number === 2 ? 10 : 1000 }),
			});
			world.model.fault({ status, when: ({ number }) => number === 2 });
			const { batches, changes } = audience({ add: users(20), batchSize: 1 });
			const report = await world.clock.play(world.deliver([batches]));
			const ending = status === 302 ? 'failed' : 'rejected';
			expect(countByStatus(changes)).toEqual({ accepted: 5, [ending]: 1, not_sent: 14 });
			expect(world.tries).toHaveLength(6);
			expect(report.ended?.status).toBe(status);
			expect(changes[1]?.outcome?.mayHaveTakenEffect).toBe(false);
		},
	);

	test('a server that asks for a pause of more than 15 minutes ends the run', async () => {
		const world = new World();
		world.model.fault({ status: 429, retryAfter: 901, when: ({ number }) => number === 1 });
		const { batches, changes } = audience({ add: users(20), batchSize: 1 });
		const report = await world.clock.play(world.deliver([batches]));
		expect(countByStatus(changes)).toEqual({ failed: 1, not_sent: 19 });
		expect(world.clock.elapsed()).toBe(250);
		expect(report.ended?.what).toMatch(/It asks for a pause of 16 minutes/);
		expect(changes[0]?.outcome?.reason).toMatch(/This change has not taken effect\.$/);
	});

	test('a pause of 15 minutes is kept', async () => {
		const world = new World();
		world.model.fault({ status: 503, retryAfter: 900, when: ({ number }) => number === 1 });
		const { batches, changes } = audience({ add: ['u-1'] });
		await world.clock.play(world.deliver([batches]));
		expect(countByStatus(changes)).toEqual({ accepted: 1 });
		expect(world.tries[1]?.startedAt).toBe(250 + 15 * MINUTE);
	});

	test('a service that is down ends the run after the retries of one request', async () => {
		const world = new World();
		world.model.fault({ status: 500, times: Infinity });
		const { batches, changes } = audience({ add: users(1000), batchSize: 1 });
		const report = await world.clock.play(world.deliver([batches]));
		expect(countByStatus(changes)).toEqual({ failed: 1, not_sent: 999 });
		expect(world.tries).toHaveLength(9);
		expect(world.clock.elapsed()).toBeLessThan(11 * MINUTE);
		expect(report.ended?.status).toBe(500);
		expect(changes[0]?.outcome?.mayHaveTakenEffect).toBe(true);
	});

	test('one request that never gets through does not end a run in which others are accepted', async () => {
		const world = new World({ delay: () => ({ there: 1000, back: 1000 }) });
		world.model.fault({
			status: 500,
			times: Infinity,
			when: ({ members }) => members[0]?.uid === 'u-3',
		});
		const { batches, changes } = audience({ add: users(2000), batchSize: 1 });
		const report = await world.clock.play(world.deliver([batches]));
		expect(countByStatus(changes)).toEqual({ accepted: 1999, failed: 1 });
		expect(report.ended).toBeUndefined();
		expect(report.tallies[0]).toMatchObject({ requests: 2000, retries: 8 });
	});

	test('an answer without success is asked for three times at most, and never accepted', async () => {
		const world = new World();
		world.model.fault({ status: 200, body: '<html>Log in</html>', times: Infinity });
		const { batches, changes } = audience({ add: ['u-1'] });
		await world.clock.play(world.deliver([batches]));
		expect(world.tries).toHaveLength(3);
		expect(changes[0]?.outcome).toMatchObject({ status: 'failed', mayHaveTakenEffect: true });
	});

	test('a refusal after a try of unknown fate is no refusal for sure', async () => {
		const world = new World();
		world.model.fault({ reset: 'after', when: ({ number }) => number === 1 });
		world.model.fault({ ...refusedMember, when: ({ number }) => number > 1 });
		const { batches, changes } = audience({ add: ['u-1', 'u-2'] });
		await world.clock.play(world.deliver([batches]));
		expect(countByStatus(changes)).toEqual({ failed: 2 });
		expect(changes[0]?.outcome?.reason).toMatch(
			/^MoEngage refused this member\..* This change may have taken effect in MoEngage all the same\.$/,
		);
	});
});

describe('a fault of its own', () => {
	/** An audience of which one member can't be written down. */
	function faulty() {
		const { batches, changes } = audience({ add: users(40), batchSize: 1 });
		Object.defineProperty(changes[7], 'uid', {
			get: () => {
				throw new Error('A fault');
			},
		});
		return batches;
	}

	test('ends the sending, and takes no place in the window from the runs after it', async () => {
		const world = new World();
		for (let run = 1; run <= 5; run++) {
			await expect(world.clock.play(world.deliver([faulty()]))).rejects.toThrow('A fault');
		}
		await world.clock.playOut();
		expect(world.tries.length).toBeLessThan(5 * 15);
		const { batches, changes } = audience({ add: users(40), batchSize: 1 });
		await world.clock.play(world.deliver([batches]), world.clock.elapsed() + MINUTE);
		expect(countByStatus(changes)).toEqual({ accepted: 40 });
	});
});

describe('stop', () => {
	test('ends waits and sending at once; what is in flight may have taken effect', async () => {
		const world = new World({ delay: () => ({ there: 100, back: 100 }) });
		const { batches, changes } = audience({ add: users(400), batchSize: 1 });
		const stop = new AbortController();
		void world.clock.sleep(2050).then(() => stop.abort());
		const report = await world.clock.play(world.deliver([batches], {}, stop.signal));
		expect(world.clock.elapsed()).toBe(2050);
		expect(countByStatus(changes)).toEqual({ accepted: 46, failed: 5, not_sent: 349 });
		expect(report.ended?.what).toBe('The execution was stopped.');
		const sent = world.tries.length;
		await world.clock.playOut();
		expect(world.tries).toHaveLength(sent);
		expect(countByStatus(changes)).toEqual({ accepted: 46, failed: 5, not_sent: 349 });
	});

	test.each([
		['for the window', { requestsPerMinute: 1 }, {}],
		['for a retry', {}, { status: 503, times: Infinity }],
		['for a pause that MoEngage asked for', {}, { status: 429, retryAfter: 600, times: Infinity }],
		['for a retry that MoEngage put off', {}, { status: 503, retryAfter: 600, times: Infinity }],
	])('ends a wait %s, and leaves no long timer behind', async (_, settings, fault) => {
		const world = new World();
		if ('status' in fault) world.model.fault({ ...fault, when: ({ number }) => number > 1 });
		const { batches, changes } = audience({ add: users(10), batchSize: 1 });
		const stop = new AbortController();
		void world.clock.sleep(30_000).then(() => stop.abort());
		await world.clock.play(world.deliver([batches], settings, stop.signal));
		expect(world.clock.elapsed()).toBe(30_000);
		expect(countByStatus(changes)['accepted']).toBe(1);
		const sent = world.tries.length;
		await world.clock.playOut();
		expect(world.clock.elapsed()).toBeLessThan(31_000);
		expect(world.tries).toHaveLength(sent);
	});

	test('a run that was stopped before it began sends nothing', async () => {
		const world = new World();
		const { batches, changes } = audience({ remove: users(3), add: users(3), batchSize: 1 });
		await world.clock.play(world.deliver([batches], {}, AbortSignal.abort()));
		expect(world.tries).toEqual([]);
		expect(countByStatus(changes)).toEqual({ not_sent: 6 });
		expect(changes[0]?.outcome?.reason).toBe(
			'Not sent, because the run had already ended. The execution was stopped. Run the workflow again to send the rest: sending a member twice does no harm.',
		);
	});

	test('leaves no listener on the signal', async () => {
		const world = new World();
		const stop = new AbortController();
		const listening = new Map<unknown, string>();
		const { signal } = stop;
		const add = signal.addEventListener.bind(signal);
		signal.addEventListener = (type: string, listener: () => void) => {
			listening.set(listener, type);
			add(type, listener);
		};
		signal.removeEventListener = (type: string, listener: () => void) => {
			if (listening.get(listener) === type) listening.delete(listener);
		};
		for (let run = 0; run < 3; run++) {
			const { batches } = audience({ add: users(30), batchSize: 1 });
			await world.clock.play(world.deliver([batches], {}, signal));
		}
		expect(listening.size).toBe(0);
	});
});

describe('size', () => {
	/** Answers at once, so that only the delivery's own work takes time. */
	const acceptAll = async () =>
		await Promise.resolve({ status: 200, words: { success: true } } as const);

	const one = (count: number) => [audience({ add: users(count), batchSize: 1 })];
	const many = (count: number) =>
		users(count / 2, 'c-').map((id) => audience({ id, add: ['u-1'], remove: ['u-2'] }));

	/** The real time, in ms, that so many batches take; from the moment on at which they are stopped, if they are. */
	async function timeOf(parts: ReturnType<typeof one>, stopAfter?: number): Promise<number> {
		const clock = new VirtualClock();
		// What is to be stopped is not sent by then.
		const requestsPerMinute = stopAfter === undefined ? 6_000 : 300;
		const settings = { concurrency: 20, requestsPerMinute, maxRetries: 8 };
		const stop = new AbortController();
		let since = performance.now();
		if (stopAfter !== undefined) {
			void clock.sleep(stopAfter).then(() => {
				since = performance.now();
				stop.abort();
			});
		}
		const batches = parts.map((part) => part.batches);
		const run = deliver(batches, settings, new Workspace(clock), acceptAll, stop.signal);
		const { ended } = await clock.play(run);
		const time = performance.now() - since;
		expect(ended === undefined).toBe(stopAfter === undefined);
		for (const { changes } of parts) {
			expect(changes.every(({ outcome }) => outcome !== undefined)).toBe(true);
		}
		return time;
	}

	// Ten times as many would take a hundred times as long if each batch looked at all others.
	test.each([
		['batches of one cohort', one, undefined],
		['batches of as many cohorts', many, undefined],
		['batches of a run that is stopped', one, 30_000],
	])('the time for %s grows in proportion', async (_, parts, stopAfter) => {
		const best = async (count: number) => {
			const times: number[] = [];
			for (let time = 0; time < 3; time++) times.push(await timeOf(parts(count), stopAfter));
			return Math.min(...times);
		};
		const few = await best(5_000);
		const tenTimesAsMany = await best(50_000);
		expect(tenTimesAsMany).toBeLessThan(40 * few);
	});
});
