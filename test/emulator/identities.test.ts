import fc from 'fast-check';
import { createMoEngage, isPlaceholderId, type Member } from '../../emulator/model';
import { send, withClock } from '../support/emulator';

describe('whom a member names', () => {
	/** One user for each way of being known; `u5` never came to MoEngage. */
	const known = [
		{ uid: 'u1' },
		{ uid: 'u2', anonymous_id: 'a2' },
		{ uid: 'u3', anonymous_id: 'a3', anonymous_ids: ['b3', 'c3'] },
		{ anonymous_ids: ['a4', 'b4'] },
	];

	test.each<[Member, string[]]>([
		[{ uid: 'u1' }, ['u1']],
		[{ anonymous_id: 'a2' }, ['u2']],
		[{ uid: 'u1', anonymous_id: 'a2' }, ['u1']],
		[{ uid: 'u5', anonymous_id: 'a2' }, ['u2']],
		[{ anonymous_id: 'c3' }, ['u3']],
		[{ uid: 'u5', anonymous_id: 'b3' }, ['u3']],
		[{ anonymous_id: 'b4' }, ['a4']],
		[{ uid: 'a4' }, []],
		[{ anonymous_id: 'u1' }, []],
		[{ uid: 'U1' }, []],
		[{ uid: 'u5', anonymous_id: 'a5' }, []],
		[{ uid: 'guest', anonymous_id: 'a2' }, ['u2']],
		[{ uid: 'u2', anonymous_id: 'guest' }, ['u2']],
	])('%j is %j', (member, ids) => {
		const model = createMoEngage({ known });
		send(model, { members: [member] });
		expect(model.memberIds('vip')).toEqual(ids);

		send(model, {
			members: known.map(({ uid, anonymous_ids: [first] = [] }) =>
				uid ? { uid } : { anonymous_id: first ?? '' },
			),
		});
		send(model, { action: 'remove_members', members: [member], timestamp: 1 });
		expect(model.memberIds('vip')).toEqual(
			['a4', 'u1', 'u2', 'u3'].filter((id) => !ids.includes(id)),
		);
	});

	test('the IDs of one user are one member', () => {
		const model = createMoEngage({ known });
		send(model, { members: [{ uid: 'u3' }, { anonymous_id: 'b3' }, { anonymous_id: 'c3' }] });

		expect(model.cohort('vip')).toMatchObject({
			size: 1,
			members: [{ uid: 'u3', anonymous_ids: ['a3', 'b3', 'c3'] }],
		});
	});

	test('an ID keeps its first owner', () => {
		const model = createMoEngage({
			known: [
				{ uid: 'u1', anonymous_id: 'a1' },
				{ uid: 'u2', anonymous_ids: ['a1', 'a2'] },
			],
		});
		send(model, { members: [{ anonymous_id: 'a1' }], id: 'one' });
		send(model, { members: [{ anonymous_id: 'a2' }], id: 'other' });

		expect(model.memberIds('one')).toEqual(['u1']);
		expect(model.memberIds('other')).toEqual(['u2']);
	});
});

describe('users whom MoEngage does not know', () => {
	test('are dropped silently, and each counts once', () => {
		const model = createMoEngage({ known: [{ uid: 'u1' }, { anonymous_id: 'a2' }] });
		const members = [
			{ uid: 'u1' },
			{ uid: 'u9' },
			{ uid: 'u9', anonymous_id: 'a9' },
			{ anonymous_id: 'a9' },
			{ anonymous_id: 'a2' },
			{ anonymous_id: 'a8' },
		];
		for (const id of ['vip', 'vip', 'other']) expect(send(model, { members, id }).status).toBe(200);

		expect(model.memberIds('vip')).toEqual(['a2', 'u1']);
		expect(model.unknownCount()).toBe(2);
	});

	test('are added by changes from the moment on in which they register', () => {
		const model = createMoEngage({ known: [] });
		send(model, { members: [{ uid: 'u1' }] });
		model.register({ uid: 'u1' });
		expect(model.memberIds('vip')).toEqual([]);

		send(model, { members: [{ uid: 'u1' }] });
		expect(model.memberIds('vip')).toEqual(['u1']);
	});
});

describe('an ID that belongs to nobody', () => {
	const ids = ['unknown', 'guest', 'null', '0', '1', '2', '-1', '-2', 'true', 'n/a', '(empty)'];

	test.each(['known', 'everyone'] as const)(
		'is dropped, as uid and as anonymous_id, where %s is known',
		(who) => {
			const known =
				who === 'everyone' ? who : ids.flatMap((id) => [{ uid: id }, { anonymous_id: id }]);
			const model = createMoEngage({ known });
			send(model, { members: ids.flatMap((id) => [{ uid: id }, { anonymous_id: id }]) });

			expect(model.memberIds('vip')).toEqual([]);
			expect(model.unknownCount()).toBe(0);
			expect(model.placeholderIds()).toEqual([...ids].sort());
		},
	);

	test('leaves those beside it as they are', () => {
		const model = createMoEngage();
		const members = Array.from({ length: 200 }, (_, i) => ({ uid: '0', anonymous_id: `a${i}` }));
		send(model, { members });

		expect(model.memberIds('vip')).toHaveLength(200);
	});

	test.each(['Guest', ' 0', '3', 'nobody'])('is not %j', (uid) => {
		const model = createMoEngage();
		send(model, { members: [{ uid }] });

		expect(isPlaceholderId(uid)).toBe(false);
		expect(model.memberIds('vip')).toEqual([uid]);
	});
});

describe('where everyone is known', () => {
	test('IDs that came together are one user', () => {
		const model = createMoEngage();
		const members = [
			{ anonymous_id: 'a1' },
			{ uid: 'u1', anonymous_id: 'a1' },
			{ uid: 'u1', anonymous_id: 'b1' },
			{ anonymous_id: 'b1' },
			{ uid: 'u1' },
		];
		send(model, { members });

		expect(model.memberIds('vip')).toEqual(['u1']);
		expect(model.unknownCount()).toBe(0);
	});

	test('one anonymous_id does not merge two uids', () => {
		const model = createMoEngage();
		send(model, {
			members: [
				{ uid: 'u1', anonymous_id: 'a1' },
				{ uid: 'u2', anonymous_id: 'a1' },
			],
		});
		expect(model.memberIds('vip')).toEqual(['u1', 'u2']);

		send(model, { members: [{ anonymous_id: 'a1' }], id: 'owner' });
		expect(model.memberIds('owner')).toEqual(['u1']);
	});
});

describe('merging', () => {
	const known = [
		{ uid: 'u1', anonymous_id: 'a1', attributes: { city: 'Pune', plan: 'free' } },
		{ uid: 'u2', anonymous_id: 'a2', attributes: { city: 'Berlin', age: 30 } },
		{ anonymous_id: 'a3' },
	];

	test('makes one user of two, whom all their IDs find', () => {
		const model = createMoEngage({ known });
		send(model, { members: [{ uid: 'u1' }, { uid: 'u2' }] });
		model.merge({ uid: 'u1' }, { anonymous_id: 'a2' });

		expect(model.cohort('vip')).toMatchObject({
			size: 1,
			members: [
				{
					uid: 'u1',
					anonymous_ids: ['a1', 'a2'],
					attributes: { city: 'Pune', plan: 'free', age: 30 },
				},
			],
		});
		for (const member of [{ uid: 'u1' }, { uid: 'u2' }, { anonymous_id: 'a2' }]) {
			send(model, { action: 'remove_members', members: [member], timestamp: 1 });
			expect(model.cohort('vip')).toMatchObject({ size: 0, members: [] });
			send(model, { members: [member], timestamp: 1 });
			expect(model.cohort('vip')).toMatchObject({ size: 1 });
		}
	});

	test('gives a user without uid that of the other', () => {
		const model = createMoEngage({ known });
		model.merge({ anonymous_id: 'a3' }, { uid: 'u2' });
		send(model, { members: [{ anonymous_id: 'a3' }] });

		expect(model.memberIds('vip')).toEqual(['u2']);
	});

	test.each([
		[0, 1, []],
		[2, 1, ['u1']],
	])('lets the newer change of the two win: u1 at %i, u2 out at %i', (added, removed, ids) => {
		const model = createMoEngage({ known });
		send(model, { members: [{ uid: 'u1' }], timestamp: added });
		send(model, { action: 'remove_members', members: [{ uid: 'u2' }], timestamp: removed });
		model.merge({ uid: 'u1' }, { uid: 'u2' });

		expect(model.memberIds('vip')).toEqual(ids);
		expect(model.cohort('vip')?.size).toBe(ids.length);
	});

	test('with somebody unknown is refused', () => {
		const model = createMoEngage({ known });
		expect(() => model.merge({ uid: 'u1' }, { uid: 'u9' })).toThrow('knows no user {"uid":"u9"}');
	});
});

describe('changes', () => {
	test('are accepted at once and applied after the delay', () => {
		const { clock, model } = withClock({ applyDelayMs: 5_000 });
		send(model);
		expect(model.requests[0]).toMatchObject({ accepted: true, status: 200 });
		clock.now += 4_999;
		expect(model.cohort('vip')).toBeUndefined();
		expect(model.cohorts()).toEqual([]);

		clock.now += 1;
		expect(model.memberIds('vip')).toEqual(['u1']);
	});

	test('that are pending are applied at once by settle', () => {
		const { model } = withClock({ applyDelayMs: 5_000 });
		send(model);
		model.settle();

		expect(model.memberIds('vip')).toEqual(['u1']);
	});

	test('that are late and older do not win, for that member alone', () => {
		const model = createMoEngage();
		send(model, { members: [{ uid: 'u2' }], timestamp: 0 });
		send(model, { members: [{ uid: 'u1' }], timestamp: 2_000 });
		send(model, {
			action: 'remove_members',
			members: [{ uid: 'u1' }, { uid: 'u2' }],
			timestamp: 1_000,
		});

		expect(model.memberIds('vip')).toEqual(['u1']);
	});

	test('with the same timestamp count in the order of their arrival', () => {
		const model = createMoEngage();
		send(model);
		send(model, { action: 'remove_members' });

		expect(model.memberIds('vip')).toEqual([]);
	});

	test('in any order of arrival and with any delay end as the timestamps ask', () => {
		const uids = ['u1', 'u2', 'u3', 'u4'];
		const change = fc.record({
			action: fc.constantFrom('add_members', 'remove_members'),
			uids: fc.uniqueArray(fc.constantFrom(...uids), { minLength: 1 }),
			delay: fc.nat(5_000),
			byAnonymousId: fc.boolean(),
		});
		const arrivals = fc
			.array(change, { minLength: 1, maxLength: 12 })
			.map((changes) => changes.map((one, timestamp) => ({ ...one, timestamp })))
			.chain((changes) =>
				fc.record({
					changes: fc.constant(changes),
					arriving: fc.shuffledSubarray(changes, { minLength: changes.length }),
				}),
			);

		fc.assert(
			fc.property(arrivals, ({ changes, arriving }) => {
				const delays = arriving.map(({ delay }) => delay);
				const known = uids.map((uid) => ({ uid, anonymous_id: `a-${uid}` }));
				const { clock, model } = withClock({ known, applyDelayMs: () => delays.shift() ?? 0 });
				for (const { action, timestamp, byAnonymousId, ...one } of arriving) {
					const members = one.uids.map((uid) =>
						byAnonymousId ? { anonymous_id: `a-${uid}` } : { uid },
					);
					send(model, { action, members, timestamp });
					clock.now += 1_000;
					model.cohorts();
				}
				model.settle();

				const expected = new Set<string>();
				for (const one of changes) {
					for (const uid of one.uids) {
						if (one.action === 'add_members') expected.add(uid);
						else expected.delete(uid);
					}
				}
				expect(model.memberIds('vip')).toEqual([...expected].sort());
				expect(model.cohort('vip')?.size).toBe(expected.size);
			}),
		);
	});
});
