import { countByStatus, refusedMember, users, World } from '../support/virtualMoEngage';

test('one member that MoEngage refuses is found among 2,000, and the others are accepted', async () => {
	const world = new World();
	world.model.fault({
		...refusedMember,
		when: ({ members }) => members.some(({ uid }) => uid === 'u-1234'),
	});
	const { packed, changes } = world.audience({ add: users(2000) });
	expect(packed.additions).toHaveLength(1);
	await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ accepted: 1999, rejected: 1 });
	expect(changes[1234]?.outcome).toEqual({
		status: 'rejected',
		request: { request: expect.any(Number), timestamp: expect.any(String) },
		problem: {
			code: 'member_refused',
			status: 400,
			serverMessage: 'uid is not valid',
			requestId: 'rq-400',
		},
	});
	expect(world.attempts).toHaveLength(1 + 2 * 11);
	expect(new Set(world.attempts.map(({ timestamp }) => timestamp)).size).toBe(1);
});

test.each([
	['4 here and there', 4, (index: number) => (index * 977 + 13) % 2_700],
	['20 here and there', 20, (index: number) => (index * 977 + 13) % 2_700],
	['the first 16', 16, (index: number) => index],
	['the last 16', 16, (index: number) => 2_719 - index],
])(
	'of 2,720 members in one request MoEngage refuses %s, and the others are accepted',
	async (_, count, at) => {
		const world = new World();
		const bad = new Set(Array.from({ length: count }, (__, index) => `u-${at(index)}`));
		world.model.fault({
			...refusedMember,
			when: ({ members }) => members.some(({ uid }) => bad.has(uid ?? '')),
		});
		const { packed, changes } = world.audience({ add: users(2_720) });
		expect(packed.additions).toHaveLength(1);
		await world.play([packed]);
		expect(countByStatus(changes)).toEqual({ accepted: 2_720 - count, rejected: count });
	},
);

test('many bad members in a row cost few of the good ones beside them', async () => {
	const world = new World();
	const isBad = (uid = '') => Number(uid.slice(2)) < 100;
	world.model.fault({
		...refusedMember,
		when: ({ members }) => members.some(({ uid }) => isBad(uid)),
	});
	const { packed, changes } = world.audience({ add: users(2_720) });
	await world.play([packed]);
	expect(countByStatus(changes)['accepted']).toBeGreaterThan(2_500);
	expect(world.attempts.length).toBeLessThan(120);
});

test('a hundred bad members in 100,000 cost no good one', async () => {
	const world = new World({ requestsPerMinute: 300 });
	const isBad = (uid = '') => Number(uid.slice(2)) % 1_000 === 500;
	world.model.fault({
		...refusedMember,
		when: ({ members }) => members.some(({ uid }) => isBad(uid)),
	});
	const { packed, changes } = world.audience({ add: users(100_000), batchSize: 1_000 });
	await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ accepted: 99_900, rejected: 100 });
});

test('a batch that is bad throughout is not bisected down to single members', async () => {
	const world = new World();
	world.model.fault(refusedMember);
	const { packed, changes } = world.audience({ add: users(2000) });
	await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ rejected: 2000 });
	expect(world.attempts.length).toBeLessThan(60);
	expect(changes[1999]?.outcome).toMatchObject({
		problem: { code: 'members_refused', status: 400 },
	});
});

test('an audience that is bad throughout costs a bounded number of extra requests', async () => {
	const world = new World();
	world.model.fault(refusedMember);
	const { packed, changes } = world.audience({ add: users(4000), batchSize: 100 });
	const ended = await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ rejected: 4000 });
	expect(world.attempts.length).toBeLessThan(40 + 120);
	expect(ended).toBeUndefined();
});

test('a 413 is bisected until the requests fit', async () => {
	const world = new World({ maxBytes: 5_000 });
	const { packed, changes } = world.audience({ add: users(1000) });
	await world.play([packed]);
	expect(countByStatus(changes)).toEqual({ accepted: 1000 });
});
