import { byRequest, countByStatus, refusedMember, users, World } from '../support/virtualMoEngage';

const MINUTE = 60_000;

test('each request is numbered and counted once, however many attempts it takes', async () => {
	const world = new World();
	world.model.fault({ status: 500, when: ({ number }) => number === 2 });
	world.model.fault({ status: 429, retryAfter: 1, when: ({ number }) => number === 4 });
	const { packed, changes } = world.audience({ add: users(10), batchSize: 2 });
	await world.play([packed], { concurrency: 1 });
	const bodies = byRequest(world.attempts).map(([first]) => first?.body ?? '');
	const bytes = bodies.reduce((sum, body) => sum + Buffer.byteLength(body), 0);
	expect(packed.stats).toMatchObject({ requests: 5, retries: 2, throttled: 1, bytes });
	const requests = changes.map(
		({ outcome }) => outcome && 'request' in outcome && outcome.request?.request,
	);
	expect(requests).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
});

test('a request that timed out after it was applied is sent again as it was, and accepted', async () => {
	const world = new World();
	world.model.fault({ delayMs: 60_000, when: ({ number }) => number === 2 });
	const { packed, changes } = world.audience({ add: users(3), batchSize: 1 });
	await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ accepted: 3 });
	const requests = byRequest(world.attempts);
	expect(requests).toHaveLength(3);
	const [again] = requests.filter((attempts) => attempts.length > 1);
	expect(again?.map(({ record }) => record?.accepted)).toEqual([true, true]);
	expect(new Set(again?.map(({ body }) => body)).size).toBe(1);
	expect(world.model.memberIds('vip')).toEqual(users(3).sort());
});

test('an outage of five minutes in the middle of a run is survived', async () => {
	const world = new World();
	const { packed, changes } = world.audience({ add: users(60), batchSize: 1 });
	const from = world.clock.now() + 1000;
	world.model.fault({
		status: 503,
		times: Infinity,
		when: ({ at }) => at >= from && at < from + 5 * MINUTE,
	});
	const ended = await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ accepted: 60 });
	expect(ended).toBeUndefined();
	expect(packed.stats.waitedMs).toBeGreaterThan(4 * MINUTE);
});

test('an outage of five minutes is survived with the shortest waits that chance allows', async () => {
	const world = new World();
	world.clock.random = () => 0;
	const { packed, changes } = world.audience({ add: users(6), batchSize: 1 });
	world.model.fault({
		status: 503,
		times: Infinity,
		when: ({ at }) => at < Date.parse('2026-11-23T10:05:00Z'),
	});
	await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ accepted: 6 });
});

test('a window that another system keeps full is waited out, whatever Retry-After says', async () => {
	const world = new World();
	const from = world.clock.now();
	world.model.fault({
		status: 429,
		retryAfter: 1,
		times: Infinity,
		when: ({ at }) => at < from + 90_000,
	});
	const { packed, changes } = world.audience({ add: users(5), batchSize: 1 });
	await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ accepted: 5 });
});

test('a Retry-After with a 503 holds up its own request alone', async () => {
	const world = new World();
	world.model.fault({ status: 503, retryAfter: 600, when: ({ number }) => number === 3 });
	const { packed, changes } = world.audience({ add: users(20), batchSize: 1 });
	await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ accepted: 20 });
	const last = world.attempts.at(-1);
	expect(world.attempts.filter(({ startedAt }) => startedAt > 10_000)).toEqual([last]);
	expect(last?.startedAt).toBeGreaterThan(600_000);
});

test('a Retry-After of 15 minutes is honoured', async () => {
	const world = new World();
	world.model.fault({ status: 503, retryAfter: 900, when: ({ number }) => number === 1 });
	const { packed, changes } = world.audience({ add: ['u-1'] });
	await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ accepted: 1 });
	expect(world.attempts[1]?.startedAt).toBe(250 + 15 * MINUTE);
});

test.each([1, 5])(
	"cohorts that get 503 don't hold up the others, with %d in parallel",
	async (concurrency) => {
		const world = new World();
		world.model.fault({
			status: 503,
			times: Infinity,
			when: ({ cohortId }) => cohortId?.startsWith('bad') === true,
		});
		const cohorts = ['bad', 'good'].flatMap((name) =>
			Array.from({ length: concurrency }, (_, index) =>
				world.audience({ id: `${name}-${index}`, add: users(3) }),
			),
		);
		await world.clock.play(
			world.deliver(
				cohorts.map(({ packed }) => packed),
				{ concurrency },
			),
		);
		for (const [index, { changes }] of cohorts.entries()) {
			expect(countByStatus(changes)).toEqual(index < concurrency ? { failed: 3 } : { accepted: 3 });
		}
	},
);

test('one request that never gets through does not end a run in which others are accepted', async () => {
	const world = new World({ delay: () => ({ there: 1000, back: 1000 }) });
	world.model.fault({
		status: 500,
		times: Infinity,
		when: ({ members }) => members[0]?.uid === 'u-3',
	});
	const { packed, changes } = world.audience({ add: users(2000), batchSize: 1 });
	const ended = await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ accepted: 1999, failed: 1 });
	expect(ended).toBeUndefined();
	expect(packed.stats).toMatchObject({ requests: 2000, retries: 8 });
});

test('a 200 that does not say success is tried three times, and never counts as accepted', async () => {
	const world = new World();
	world.model.fault({ status: 200, body: '<html>Log in</html>', times: Infinity });
	const { packed, changes } = world.audience({ add: ['u-1'] });
	await world.play([packed]);
	expect(world.attempts).toHaveLength(3);
	expect(changes[0]?.outcome).toMatchObject({ status: 'failed', mayHaveTakenEffect: true });
});

test('a member is not `rejected` where an earlier attempt may have been applied', async () => {
	const world = new World();
	world.model.fault({ reset: 'after', when: ({ number }) => number === 1 });
	world.model.fault({ ...refusedMember, when: ({ number }) => number > 1 });
	const { packed, changes } = world.audience({ add: ['u-1', 'u-2'] });
	await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ failed: 2 });
	expect(changes[0]?.outcome).toMatchObject({
		problem: { code: 'member_refused' },
		mayHaveTakenEffect: true,
	});
});

test('a problem that allows few retries has them also after others', async () => {
	const world = new World();
	world.model.fault({ status: 503, times: 3 });
	world.model.fault({ status: 200, body: '<html>', times: 2 });
	const { packed, changes } = world.audience({ add: users(6), batchSize: 2 });
	expect(await world.play([packed])).toBeUndefined();
	expect(countByStatus(changes)).toEqual({ accepted: 6 });
});

test('a problem that allows few retries has no more of them with others in between', async () => {
	const world = new World();
	const faults = [
		{ status: 200, body: '<html>' },
		{ status: 503 },
		{ status: 200, body: '<html>' },
		{ status: 503 },
		{ status: 200, body: '<html>' },
	];
	for (const fault of faults) world.model.fault({ ...fault, times: 1 });
	const { packed, changes } = world.audience({ add: users(1) });
	expect(await world.play([packed])).toMatchObject({ code: 'unclear_response' });
	expect(countByStatus(changes)).toEqual({ failed: 1 });
	expect(world.attempts).toHaveLength(5);
});
