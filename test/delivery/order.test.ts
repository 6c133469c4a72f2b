import { dryRun } from '../../nodes/MoEngageCohortSync/delivery/deliver';
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
	const { packed } = world.audience({ add: users(3), batchSize: 1 });
	const plan = { ...packed.plan, notBefore: start + notBefore };
	await world.play([{ ...packed, plan }]);
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
});

test('a dry run sends nothing, and counts what it would send', () => {
	const world = new World();
	const { packed, changes } = world.audience({ remove: users(3, 'out-'), add: users(2) });
	expect(dryRun([packed])).toBeUndefined();
	expect(world.attempts).toEqual([]);
	expect(countByStatus(changes)).toEqual({ planned: 5 });
	const bytes = [...packed.removals, ...packed.additions].map((batch) => batch.bytes);
	expect(packed.stats).toMatchObject({ requests: 2, bytes: (bytes[0] ?? 0) + (bytes[1] ?? 0) });
});
