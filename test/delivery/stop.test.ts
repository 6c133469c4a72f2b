import { countByStatus, users, World } from '../support/virtualMoEngage';

const MINUTE = 60_000;

test('a stop ends waits and sending at once; what is in flight may have taken effect', async () => {
	const world = new World({ delay: () => ({ there: 100, back: 100 }) });
	const { packed, changes } = world.audience({ add: users(400), batchSize: 1 });
	const stop = new AbortController();
	void world.clock.sleep(2050).then(() => stop.abort());
	const ended = await world.play([packed], {}, stop.signal);
	expect(world.clock.elapsed()).toBe(2050);
	expect(countByStatus(changes)).toEqual({ accepted: 46, failed: 5, not_sent: 349 });
	expect(ended).toEqual({ code: 'stopped' });
	expect(changes[46]?.outcome).toMatchObject({ problem: ended, mayHaveTakenEffect: true });
	const sent = world.attempts.length;
	await world.clock.playOut();
	expect(world.attempts).toHaveLength(sent);
	expect(countByStatus(changes)).toEqual({ accepted: 46, failed: 5, not_sent: 349 });
});

test.each([
	['for the rate limiter', { requestsPerMinute: 1 }, {}],
	['for a retry', {}, { status: 503, times: Infinity }],
	['for a pause that MoEngage asked for', {}, { status: 429, retryAfter: 600, times: Infinity }],
	['for a retry that Retry-After puts off', {}, { status: 503, retryAfter: 600, times: Infinity }],
])('a stop ends a wait %s, and leaves no long timer behind', async (_, settings, fault) => {
	const world = new World();
	if ('status' in fault) world.model.fault({ ...fault, when: ({ number }) => number > 1 });
	const { packed, changes } = world.audience({ add: users(10), batchSize: 1 });
	const stop = new AbortController();
	void world.clock.sleep(30_000).then(() => stop.abort());
	await world.play([packed], settings, stop.signal);
	expect(world.clock.elapsed()).toBe(30_000);
	expect(countByStatus(changes)['accepted']).toBe(1);
	const sent = world.attempts.length;
	await world.clock.playOut();
	expect(world.clock.elapsed()).toBeLessThan(31_000);
	expect(world.attempts).toHaveLength(sent);
});

test('a stopped run returns to the event loop while it settles thousands of batches', async () => {
	const world = new World();
	const { packed, changes } = world.audience({ add: users(5_000), batchSize: 1 });
	const sleep = jest.spyOn(world.clock, 'sleep');
	await world.play([packed], {}, AbortSignal.abort());
	expect(countByStatus(changes)).toEqual({ not_sent: 5_000 });
	expect(sleep.mock.calls).toEqual(Array(5).fill([0]));
});

test('a run that was stopped before it began sends nothing', async () => {
	const world = new World();
	const { packed, changes } = world.audience({ remove: users(3), add: users(3), batchSize: 1 });
	await world.play([packed], {}, AbortSignal.abort());
	expect(world.attempts).toEqual([]);
	expect(countByStatus(changes)).toEqual({ not_sent: 6 });
	expect(changes[0]?.outcome).toEqual({
		status: 'not_sent',
		problem: { code: 'run_ended', cause: { code: 'stopped' } },
	});
});

test('a run leaves no listener on the stop signal', async () => {
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
		const { packed } = world.audience({ add: users(30), batchSize: 1 });
		await world.play([packed], {}, signal);
	}
	expect(listening.size).toBe(0);
});

/** An audience with a member that can't be written into a request. */
function faulty(world: World) {
	const { packed, changes } = world.audience({ add: users(40), batchSize: 1 });
	Object.defineProperty(changes[7], 'uid', {
		get: () => {
			throw new Error('A fault');
		},
	});
	return packed;
}

test('a defect of the node ends the sending, and takes no permit from later runs', async () => {
	const world = new World();
	for (let run = 1; run <= 5; run++) {
		await expect(world.play([faulty(world)])).rejects.toThrow('A fault');
	}
	await world.clock.playOut();
	expect(world.attempts.length).toBeLessThan(5 * 15);
	const { packed, changes } = world.audience({ add: users(40), batchSize: 1 });
	await world.clock.play(world.deliver([packed]), world.clock.elapsed() + MINUTE);
	expect(countByStatus(changes)).toEqual({ accepted: 40 });
});
