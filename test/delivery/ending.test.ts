import { countByStatus, users, World } from '../support/virtualMoEngage';

const MINUTE = 60_000;

test.each([302, 401, 403, 404, 415])(
	'%i ends the run: what is in flight is awaited, the rest is not sent',
	async (status) => {
		const world = new World({
			delay: (number) => ({ there: 10, back: number === 2 ? 10 : 1000 }),
		});
		world.model.fault({ status, when: ({ number }) => number === 2 });
		const { packed, changes } = world.audience({ add: users(20), batchSize: 1 });
		const ended = await world.play([packed]);
		const ending = status === 302 ? 'failed' : 'rejected';
		expect(countByStatus(changes)).toEqual({ accepted: 5, [ending]: 1, not_sent: 14 });
		expect(world.attempts).toHaveLength(6);
		expect(ended).toMatchObject({ status });
		if (ending === 'failed')
			expect(changes[1]?.outcome).toMatchObject({ mayHaveTakenEffect: false });
		expect(changes.at(-1)?.outcome).toEqual({
			status: 'not_sent',
			problem: { code: 'run_ended', cause: ended },
		});
	},
);

test('a Retry-After of more than 15 minutes ends the run', async () => {
	const world = new World();
	world.model.fault({ status: 429, retryAfter: 901, when: ({ number }) => number === 1 });
	const { packed, changes } = world.audience({ add: users(20), batchSize: 1 });
	const ended = await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ failed: 1, not_sent: 19 });
	expect(world.clock.elapsed()).toBe(250);
	expect(ended).toMatchObject({
		code: 'retry_after_too_long',
		minutes: 16,
		cause: { code: 'rate_limited' },
	});
	expect(changes[0]?.outcome).toMatchObject({ problem: ended, mayHaveTakenEffect: false });
});

test('a service that is down ends the run after the retries of one request', async () => {
	const world = new World();
	world.model.fault({ status: 500, times: Infinity });
	const { packed, changes } = world.audience({ add: users(1000), batchSize: 1 });
	const ended = await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ failed: 1, not_sent: 999 });
	expect(world.attempts).toHaveLength(9);
	expect(world.clock.elapsed()).toBeLessThan(11 * MINUTE);
	expect(ended).toMatchObject({ code: 'unavailable', status: 500 });
	expect(changes[0]?.outcome).toMatchObject({ problem: ended, mayHaveTakenEffect: true });
});

test('a refusal of one request that names no part of it stops no other of the cohort', async () => {
	const world = new World();
	world.model.fault({ status: 422, body: '{"error":"No"}', when: ({ number }) => number === 3 });
	const { packed, changes } = world.audience({ add: users(20), batchSize: 1 });
	await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ accepted: 19, rejected: 1 });
});

test('a 400 about the request itself is not bisected and stops its cohort alone', async () => {
	const world = new World();
	const error = { attribute: 'cohort_name', message: 'cohort_name is not valid' };
	world.model.fault({
		status: 400,
		body: JSON.stringify({ status: 'fail', error }),
		times: Infinity,
		when: ({ cohortId }) => cohortId === 'bad',
	});
	const bad = world.audience({ id: 'bad', add: users(50), batchSize: 5 });
	const good = world.audience({ id: 'good', add: users(10), batchSize: 5 });
	const delivery = world.deliver([bad.packed, good.packed]);
	const ended = await world.clock.play(delivery, MINUTE);
	expect(countByStatus(bad.changes)).toEqual({ rejected: 5, not_sent: 45 });
	expect(countByStatus(good.changes)).toEqual({ accepted: 10 });
	expect(world.attempts.filter(({ cohortId }) => cohortId === 'bad')).toHaveLength(1);
	expect(ended).toBeUndefined();
	const refused = {
		code: 'part_refused',
		part: 'cohort_name',
		status: 400,
		serverMessage: 'cohort_name is not valid',
	};
	expect(bad.changes[0]?.outcome).toMatchObject({ status: 'rejected', problem: refused });
	expect(bad.changes[9]?.outcome).toEqual({
		status: 'not_sent',
		problem: { code: 'cohort_refused', cause: expect.objectContaining(refused) },
	});
});
