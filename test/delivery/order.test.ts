import { dryRun } from '../../nodes/MoEngageCohortSync/delivery/deliver';
import { atOnce } from '../support/atOnce';
import type { Audience } from '../support/virtualMoEngage';
import {
	countByStatus,
	expectIncreasing,
	refusedMember,
	users,
	World,
} from '../support/virtualMoEngage';

const MINUTE = 60_000;

test('the first request of a cohort goes alone, and removals are settled before additions start', async () => {
	const world = new World({ delay: (number) => ({ there: 10, back: 40 * (number % 5) }) });
	const { packed } = world.audience({
		remove: users(12, 'out-'),
		add: users(12, 'in-'),
		batchSize: 1,
	});
	await world.play([packed]);
	const [first, ...rest] = world.attempts;
	expect(Math.min(...rest.map(({ started }) => started))).toBeGreaterThan(first?.ended ?? 0);
	const of = (action: string) => world.attempts.filter((one) => one.action === action);
	expect(Math.max(...of('remove_members').map(({ ended }) => ended))).toBeLessThan(
		Math.min(...of('add_members').map(({ started }) => started)),
	);
	expectIncreasing(world.attempts.map(({ timestamp }) => timestamp));
});

test('additions start when removals are settled, even if these were refused', async () => {
	const world = new World();
	world.model.fault({ ...refusedMember, when: ({ action }) => action === 'remove_members' });
	const { packed, changes } = world.audience({ remove: ['out'], add: ['in'] });
	await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ rejected: 1, accepted: 1 });
});

test('until a request is accepted, the next one goes alone too', async () => {
	const world = new World();
	world.model.fault({ ...refusedMember, times: 2 });
	const { packed, changes } = world.audience({ add: users(8), batchSize: 1 });
	await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ rejected: 2, accepted: 6 });
	expect(world.attempts.map(({ startedAt }) => startedAt)).toEqual([
		0, 250, 500, 750, 750, 750, 750, 750,
	]);
});

test('a cohort does not wait for another one whose request takes long', async () => {
	const world = new World();
	world.model.fault({ delayMs: 20_000, when: ({ cohortId }) => cohortId === 'slow' });
	const slow = world.audience({ id: 'slow', add: users(3), batchSize: 1 });
	const other = world.audience({ id: 'other', add: users(3), batchSize: 1 });
	await world.play([slow.packed, other.packed]);
	const lastOther = world.attempts.filter(({ cohortId }) => cohortId === 'other').at(-1);
	expect(lastOther?.endedAt).toBe(500);
});

test.each([1, 5])(
	'small cohorts take turns with large ones that come first, with %d in parallel',
	async (concurrency) => {
		const world = new World();
		const cohorts = [
			...users(2, 'large-').map((id) => world.audience({ id, add: users(100), batchSize: 1 })),
			...users(20, 'small-').map((id) => world.audience({ id, add: users(1) })),
		];
		await world.play(
			cohorts.map(({ packed }) => packed),
			{ concurrency },
		);
		const places = world.attempts.map(({ cohortId }, place) =>
			cohortId.startsWith('small') ? place : -1,
		);
		expect(places.filter((place) => place >= 0)).toHaveLength(20);
		expect(Math.max(...places)).toBeLessThan(70);
	},
);

test('the last request decides about a user, even after the clock stepped back an hour', async () => {
	const world = new World();
	for (const [step, action] of (['add', 'remove', 'add', 'remove'] as const).entries()) {
		if (step === 2) world.clock.stepBack(60 * MINUTE);
		const { packed } = world.audience({ [action]: ['u-1'] });
		await world.play([packed]);
	}
	expectIncreasing(world.attempts.map(({ timestamp }) => timestamp));
	expect(world.model.memberIds('vip')).toEqual([]);
});

test.each([
	['later than the run', 5_000, 5_000],
	['earlier than the run', -5_000, 0],
])('what a cohort may not be sent before is %s', async (_, notBefore, first) => {
	const world = new World();
	const start = world.clock.now();
	const own = { add: users(3), batchSize: 1, notBefore: start + notBefore };
	await world.play([world.audience(own).packed]);
	expect(world.attempts.map(({ timestamp }) => Date.parse(timestamp) - start)).toEqual([
		first,
		first + 1,
		first + 2,
	]);
});

test('a run that starts while another one sends has later timestamps than all requests of that one', async () => {
	const world = new World();
	const large = world.audience({ remove: users(4, 'out-'), add: users(4, 'in-'), batchSize: 1 });
	const small = world.audience({ id: 'other', add: users(2), batchSize: 1 });
	const other = world.audience({ add: ['in-0'] });
	const first = world.deliver([small.packed, large.packed]);
	await world.clock.play(Promise.all([first, world.deliver([other.packed])]));
	const of = (run: number) =>
		world.attempts.filter((one) => one.run === run && one.cohortId === 'vip');
	expectIncreasing([...of(0), ...of(1)].map(({ timestamp }) => timestamp));
	expect(of(0)).toHaveLength(8);
	expect(of(1)).toHaveLength(1);
	const [last = NaN, next = NaN] = [of(0).at(-1), of(1)[0]].map((one) =>
		Date.parse(one?.timestamp ?? ''),
	);
	expect(next - last).toBe(1);
});

describe('a run that starts while another one is planned', () => {
	/** Both runs, of which the other one starts `later` ms after the first, and is sent first. */
	async function play(later: number, first: Audience, notBefore = 0) {
		const world = new World();
		const start = world.clock.now();
		const timestamps = world.workspace.startRun(0);
		await world.clock.play(world.clock.sleep(later));
		const other = world.audience({ remove: ['in-0'] });
		await world.play([other.packed]);
		const { packed } = world.audience({ ...first, batchSize: 1, notBefore: start + notBefore });
		await world.clock.play(world.deliver([packed], {}, undefined, { timestamps }));
		const [last = NaN, ...all] = world.attempts.map((one) => Date.parse(one.timestamp) - start);
		return { last, all, world };
	}

	test.each([
		[0, { add: users(3) }, [0, 1, 1], 2],
		[0, { remove: users(3, 'out-'), add: users(3) }, [0, 0, 0, 1, 1, 1], 2],
		[0, { remove: users(3, 'out-') }, [0, 1, 1], 2],
		[4, { remove: users(3, 'out-'), add: users(3) }, [0, 1, 2, 3, 3, 3], 4],
		[9, { remove: users(3, 'out-'), add: users(3) }, [0, 1, 2, 3, 4, 5], 9],
	])('%d ms after it (%j) is later than all of its requests', async (later, first, all, last) => {
		expect(await play(later, first)).toMatchObject({ all, last });
	});

	test('has the last word about a user', async () => {
		const { world } = await play(3, { add: users(20, 'in-') });
		expect(world.model.memberIds('vip')).not.toContain('in-0');
		expect(world.model.memberIds('vip')).toHaveLength(19);
	});

	test.each([1, 2])(
		'is not later than a cohort whose earlier changes are as late (%d ms)',
		async (notBefore) => {
			const { all } = await play(0, { remove: ['out'], add: users(2) }, notBefore);
			expect(all).toEqual([notBefore, notBefore + 1, notBefore + 2]);
		},
	);
});

test.each([
	['alone', false],
	['beside a run that started after it', true],
])(
	'a cohort that may not be sent before now, as after a lost run, is sent before all runs that start later (%s)',
	async (_, isBesideAnother) => {
		const world = new World();
		const timestamps = world.workspace.startRun(0);
		await world.clock.play(world.clock.sleep(5_000));
		const small = isBesideAnother ? world.workspace.startRun(0) : undefined;
		const notBefore = world.clock.now();
		const { packed } = world.audience({ add: users(20), batchSize: 1, notBefore });
		const runs = [world.deliver([packed], {}, undefined, { timestamps })];
		if (small !== undefined) {
			const unrelated = world.audience({ id: 'other', add: ['u-1'] });
			runs.push(world.deliver([unrelated.packed], {}, undefined, { timestamps: small }));
		}
		const other = world.audience({ remove: ['u-19'] });
		await world.clock.play(Promise.all([...runs, world.deliver([other.packed])]));
		expect(world.model.memberIds('vip')).toHaveLength(19);
	},
);

test('a cohort that is ahead of the clock does not take the runs of others with it', async () => {
	const world = new World();
	const start = world.clock.now();
	const { packed } = world.audience({ add: ['u-1'], notBefore: start + 60 * MINUTE });
	await world.play([packed]);
	expect(world.workspace.startRun(0).first - start).toBeLessThan(MINUTE);
});

test('a dry run sends nothing, and counts what it would send', () => {
	const world = new World();
	const { packed, changes } = world.audience({ remove: users(3, 'out-'), add: users(2) });
	expect(atOnce(dryRun([packed]))).toBeUndefined();
	expect(world.attempts).toEqual([]);
	expect(countByStatus(changes)).toEqual({ planned: 5 });
	const bytes = [...packed.removals, ...packed.additions].map((batch) => batch.bytes);
	expect(packed.stats).toMatchObject({ requests: 2, bytes: (bytes[0] ?? 0) + (bytes[1] ?? 0) });
});
