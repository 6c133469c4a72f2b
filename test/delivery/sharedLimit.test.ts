import { Workspace } from '../../nodes/MoEngageCohortSync/delivery/workspace';
import { TIMES } from '../support/randomRuns';
import type { SharedRun } from '../support/sharedWorkspace';
import { playShared } from '../support/sharedWorkspace';
import { countByStatus, users, World } from '../support/virtualMoEngage';

/** Processes that share one workspace's limit, in virtual time; with more of `randomRuns`, more rows and seeds. */

const MINUTE = 60_000;
const REQUESTS = 400;

/** What may be lost by not knowing of each other. */
const MAX_WITH_HEADERS = 1.1;
const MAX_WITHOUT = 1.3;

const HEADERS = ['seconds', 'epoch', 'off', 'zero', 'text'] as const;

/** Of the others a few rows are enough where it has to be quick. */
const isMain = (rateHeaders: string) => rateHeaders === 'seconds' || rateHeaders === 'off';

const STARTS = {
	together: () => 0,
	staggered: (index: number) => index * 5_000,
};

const HOGS = {
	'the limit is theirs': undefined,
	'another system takes all of it for 10 minutes': { from: 30_000, forMs: 10 * MINUTE },
};

const rows = HEADERS.flatMap((rateHeaders) =>
	[2, 4, 8].flatMap((processes) =>
		Object.entries(STARTS).flatMap(([start, startOf]) =>
			Object.entries(HOGS).map(([other, hog]) => {
				const isTold = rateHeaders === 'seconds' || rateHeaders === 'epoch';
				const run: SharedRun = { processes, requests: REQUESTS, startOf, hog, rateHeaders };
				return { rateHeaders, processes, start, other, isTold, run };
			}),
		),
	),
).filter(
	({ rateHeaders, processes, start }) =>
		TIMES > 1 || isMain(rateHeaders) || (processes === 4 && start === 'staggered'),
);

test.each(rows)(
	'$processes processes that start $start, headers: $rateHeaders, $other: nothing is lost, and little time',
	async ({ processes, isTold, run }) => {
		for (let seed = 1; seed <= TIMES; seed++) {
			const { statuses, ended, timeOverIdeal } = await playShared({ ...run, seed });
			expect({ seed, statuses }).toEqual({ seed, statuses: { accepted: processes * REQUESTS } });
			expect(ended).toEqual(Array(processes).fill(undefined));
			expect(timeOverIdeal).toBeLessThan(isTold ? MAX_WITH_HEADERS : MAX_WITHOUT);
		}
	},
);

test.each([2, 8])(
	'%d processes at a server that counts what it refuses lose nothing either',
	async (processes) => {
		const { statuses, timeOverIdeal } = await playShared({
			processes,
			requests: REQUESTS,
			rateHeaders: 'off',
			countRefused: true,
		});
		expect(statuses).toEqual({ accepted: processes * REQUESTS });
		expect(timeOverIdeal).toBeLessThan(MAX_WITHOUT);
	},
);

test('a process alone with its limit, which never gets 429, is not slowed by "0 remain" on every response', async () => {
	const { seconds } = await playShared({ processes: 1, requests: 290, rateHeaders: 'zero' });
	expect(seconds).toBeLessThan(16);
});

test('a process alone with what others leave it gets hardly a 429 where MoEngage says what remains', async () => {
	const world = new World({ rateHeaders: 'seconds' });
	world.model.shareLimit({ places: 200 });
	const { packed, changes } = world.audience({ add: users(500), batchSize: 1 });
	await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ accepted: 500 });
	expect(world.model.stats().refused429).toBeLessThan(8);
	expect(world.clock.elapsed()).toBeLessThan(4.2 * MINUTE);
});

test('while MoEngage refuses everything, requests go one at a time, seconds apart', async () => {
	const world = new World({ rateHeaders: 'off' });
	world.model.shareLimit({ forMs: 10 * MINUTE });
	const runs = ['a', 'b', 'c'].map((id) => world.audience({ id, add: users(10), batchSize: 1 }));
	await world.play(runs.map(({ packed }) => packed));
	const refused = world.attempts.filter(({ record }) => record?.status === 429);
	// All three ask at once before the first answer.
	const alone = refused.slice(3);
	expect(alone.length).toBeGreaterThan(80);
	const pauses = alone
		.slice(2)
		.map(({ startedAt }, index) => startedAt - (alone[index + 1]?.endedAt ?? 0));
	expect(Math.min(...pauses)).toBeGreaterThanOrEqual(3_000);
	expect(Math.max(...pauses)).toBeLessThanOrEqual(6_000);
	// Each is random, so that processes that were refused together don't stay in step.
	expect(new Set(pauses).size).toBeGreaterThan(pauses.length / 2);
});

test('a 429 without a wait of its own is over after two seconds where it was the only one', async () => {
	const world = new World({ rateHeaders: 'off' });
	world.model.fault({ status: 429, when: ({ number }) => number === 1 });
	const { packed, changes } = world.audience({ add: ['u-1'] });
	await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ accepted: 1 });
	expect(world.clock.elapsed()).toBeLessThan(2_600);
});

test('requests that are refused together count once for the pause', async () => {
	const world = new World({ rateHeaders: 'off' });
	world.model.fault({ status: 429, times: 5 });
	const cohorts = users(5, 'cohort-').map((id) => world.audience({ id, add: ['u-1'] }).packed);
	await world.play(cohorts);
	expect(world.attempts[5]?.startedAt).toBeLessThan(250 + 2_000 + 1);
});

test('"0 remain" on every response does not keep a process from recovering', async () => {
	const world = new World({ rateHeaders: 'zero', delay: () => ({ there: 500, back: 500 }) });
	world.model.shareLimit({ places: 200, forMs: 2 * MINUTE });
	const { packed, changes } = world.audience({ add: users(900), batchSize: 1 });
	await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ accepted: 900 });
	// 200 before; of the others 300 in each minute that is theirs again.
	expect(world.clock.elapsed()).toBeLessThan(5.5 * MINUTE);
});

test('a process alone is back at its full speed within a minute after others used the limit up', async () => {
	const world = new World({ rateHeaders: 'off', delay: () => ({ there: 500, back: 500 }) });
	world.model.shareLimit({ from: world.clock.now() + 30_000, forMs: 10 * MINUTE });
	const { packed, changes } = world.audience({ add: users(600), batchSize: 1 });
	await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ accepted: 600 });
	// 150 before; of the others 300 in the first minute, the rest in the second.
	expect(world.clock.elapsed()).toBeLessThan(10.5 * MINUTE + 1.75 * MINUTE);
});

test.each([
	['a year in seconds', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '31536000' }],
	['a time in 2100', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '4102444800' }],
])('a reset of %s makes a run wait no longer than a minute', async (_, headers) => {
	const world = new World({ rateHeaders: () => headers });
	world.model.fault({ status: 429, headers, when: ({ number }) => number === 1 });
	const { packed, changes } = world.audience({ add: ['u-1'] });
	await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ accepted: 1 });
	expect(world.attempts[1]?.startedAt).toBe(250 + MINUTE);
});

test('what a workspace keeps for its limit does not grow', async () => {
	const world = new World({ rateHeaders: 'off' });
	const workspace = new Workspace(world.clock);
	const sizes: number[] = [];
	for (let day = 0; day < 4; day++) {
		const { packed } = world.audience({ id: `day-${day}`, add: users(1_000), batchSize: 1 });
		world.model.shareLimit({ places: 200, forMs: 5 * MINUTE });
		await world.clock.play(world.deliver([packed], {}, undefined, { run: day, workspace }));
		const withoutClock = (key: string, value: unknown) => (key === 'clock' ? undefined : value);
		sizes.push(JSON.stringify(workspace.rateLimiter, withoutClock).length);
	}
	expect(Math.max(...sizes)).toBeLessThan(20_000);
});
