import { countByStatus, users, World } from '../support/virtualMoEngage';

const MINUTE = 60_000;

/** A workspace whose limit others use up from the first request on. */
function usedUp(forMs = Infinity) {
	const world = new World({ rateHeaders: 'off' });
	world.model.shareLimit({ forMs });
	const { packed, changes } = world.audience({ add: users(20), batchSize: 1 });
	return { world, packed, changes };
}

test('a limit that others use up for 14 minutes costs no request', async () => {
	const { world, packed, changes } = usedUp(14 * MINUTE);
	const ended = await world.play([packed], { maxRetries: 1 });
	expect(ended).toBeUndefined();
	expect(countByStatus(changes)).toEqual({ accepted: 20 });
	expect(packed.stats.throttled).toBeGreaterThan(20);
});

test('a run ends when MoEngage has accepted nothing for 15 minutes', async () => {
	const { world, packed, changes } = usedUp();
	const ended = await world.play([packed]);
	expect(ended).toMatchObject({
		code: 'limit_used_up',
		minutes: 15,
		cause: { code: 'rate_limited' },
	});
	expect(countByStatus(changes)).toEqual({ failed: 1, not_sent: 19 });
	expect(changes[0]?.outcome).toMatchObject({ problem: ended, mayHaveTakenEffect: false });
	expect(world.clock.elapsed()).toBeGreaterThanOrEqual(15 * MINUTE);
	expect(world.clock.elapsed()).toBeLessThan(16 * MINUTE);
});

test('a run that begins when MoEngage has long been refusing has 15 minutes of its own', async () => {
	const { world, packed } = usedUp(20 * MINUTE);
	const later = world.audience({ id: 'later', add: ['u-1'] });
	const first = world.deliver([packed]);
	const second = world.clock
		.sleep(10 * MINUTE)
		.then(async () => await world.deliver([later.packed]));
	const [firstEnd, secondEnd] = await world.clock.play(Promise.all([first, second]));
	expect(firstEnd).toMatchObject({ code: 'limit_used_up' });
	expect(secondEnd).toBeUndefined();
	expect(countByStatus(later.changes)).toEqual({ accepted: 1 });
});

test('a run that 429s hold up for an hour in all ends, though one request in ten minutes gets through', async () => {
	const world = new World({ rateHeaders: 'off' });
	const start = world.clock.now();
	let lastAt = start;
	world.model.fault({
		status: 429,
		times: Infinity,
		when: ({ at }) => {
			if (at - lastAt < 10 * MINUTE) return true;
			lastAt = at;
			return false;
		},
	});
	const { packed, changes } = world.audience({ add: users(20), batchSize: 1 });
	const ended = await world.play([packed]);
	expect(ended).toMatchObject({ code: 'held_up_by_limit', minutes: 60 });
	const { accepted = 0, failed = 0, not_sent = 0 } = countByStatus(changes);
	expect(accepted).toBeGreaterThanOrEqual(5);
	expect(accepted + failed + not_sent).toBe(20);
	expect(world.clock.elapsed()).toBeLessThan(65 * MINUTE);
});

test.each([
	['somebody waits for the result', { isAttended: true, maxRetries: 8 }, 9],
	['nothing is retried', { isAttended: false, maxRetries: 0 }, 1],
])('a 429 counts as any other failure where %s', async (_, settings, attempts) => {
	const { world, packed, changes } = usedUp();
	const ended = await world.play([packed], settings);
	expect(ended).toMatchObject({ code: 'rate_limited' });
	expect(countByStatus(changes)).toEqual({ failed: 1, not_sent: 19 });
	expect(world.attempts).toHaveLength(attempts);
	expect(world.clock.elapsed()).toBeLessThan(10 * MINUTE);
});

test('429s between other failures leave a request its retries', async () => {
	const world = new World({ rateHeaders: 'off' });
	world.model.fault({ status: 429, times: Infinity, when: ({ number }) => number % 2 === 0 });
	world.model.fault({ status: 503, times: Infinity, when: ({ number }) => number < 17 });
	const { packed, changes } = world.audience({ add: ['u-1'] });
	await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ accepted: 1 });
	expect(packed.stats).toMatchObject({ throttled: 8, retries: 16 });
});
