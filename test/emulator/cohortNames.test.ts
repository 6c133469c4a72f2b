import fc from 'fast-check';
import { createMoEngage } from '../../emulator/model';
import { errorOf, send, start, withClock } from '../support/emulator';

const DAY_MS = 24 * 60 * 60_000;

const FORBIDDEN = ['.VIP', ...[...'|*?\\:<>=$"'].map((mark) => `VIP ${mark} customers`)];

test.each(['', ...FORBIDDEN])('the cohort name %j is refused', (name) => {
	const answer = send(createMoEngage(), { name });

	expect(answer.status).toBe(400);
	expect(errorOf(answer)).toMatchObject({ attribute: 'cohort_name' });
});

test.each([
	'V.I.P.',
	'Käufer & Freunde (2026) / 100%',
	'客户',
	'all users',
	' VIP ',
	'x'.repeat(200),
	'🛒'.repeat(200),
])('the cohort name %j is taken', (name) => {
	const model = createMoEngage();

	expect(send(model, { name }).status).toBe(200);
	expect(model.cohorts()).toMatchObject([{ name, size: 1, isArchived: false }]);
	expect(model.rejectedCohorts()).toEqual([]);
});

const REJECTED: ReadonlyArray<readonly [string, RegExp, object]> = [
	['x'.repeat(201), /more than 200 characters/, {}],
	[' \t', /blank/, {}],
	['All Users', /reserved/, {}],
	['VIP (2026)', /parentheses/, { rejectParentheses: true }],
	...FORBIDDEN.map((name) => [name, /must not/, { forbiddenNames: 'silent' }] as const),
];

test.each(REJECTED)(
	'requests with the cohort name %j are accepted, and no segment appears',
	(name, reason, options) => {
		const model = createMoEngage(options);

		expect(send(model, { name }).status).toBe(200);
		expect(model.requests).toMatchObject([{ accepted: true, message: 'Accepted' }]);
		expect(model.cohort('vip')).toBeUndefined();
		expect(model.memberIds('vip')).toEqual([]);
		expect(model.cohorts()).toEqual([]);
		expect(model.rejectedCohorts()).toEqual([
			{ id: 'vip', name, reason: expect.stringMatching(reason) },
		]);
	},
);

test('a rejected cohort appears with the first request that has a good name, and that one’s members', () => {
	const model = createMoEngage();
	send(model, { name: 'All Users', members: [{ uid: 'u1' }] });
	send(model, { name: 'All of us', members: [{ uid: 'u2' }] });

	expect(model.memberIds('vip')).toEqual(['u2']);
	expect(model.rejectedCohorts()).toEqual([]);
});

test('a cohort keeps its name and takes the members where the new name is rejected', () => {
	const model = createMoEngage();
	send(model, { name: 'VIP' });
	send(model, { name: 'All Users', members: [{ uid: 'u2' }], timestamp: 1 });

	expect(model.cohorts()).toMatchObject([{ name: 'VIP', size: 2 }]);
	expect(model.rejectedCohorts()).toEqual([]);
});

test('the newest change names the cohort, whenever it arrives', () => {
	const model = createMoEngage();
	send(model, { name: 'New name', timestamp: 2 });
	send(model, { name: 'Old name', timestamp: 1 });

	expect(model.cohorts()).toEqual([
		{ id: 'vip', name: 'New name', description: '', size: 1, isArchived: false },
	]);
});

test.each([
	['is in use', () => undefined],
	[
		'was in use before a new name',
		(model: ReturnType<typeof createMoEngage>) => send(model, { name: 'New', timestamp: 1 }),
	],
	['is an archived segment’s', (model: ReturnType<typeof createMoEngage>) => model.archive('vip')],
])('a name that %s is nobody else’s any more', (_when, meanwhile) => {
	const model = createMoEngage();
	send(model, { name: 'VIP' });
	meanwhile(model);

	expect(send(model, { id: 'other', name: 'VIP' }).status).toBe(200);
	expect(model.cohort('other')).toBeUndefined();
	expect(model.rejectedCohorts()).toMatchObject([
		{ id: 'other', reason: expect.stringMatching(/taken/) },
	]);
	send(model, { name: 'VIP', members: [{ uid: 'u2' }], timestamp: 2 });
	expect(model.memberIds('vip')).toEqual(['u1', 'u2']);
});

test('no two cohorts ever have one name, and none a rejected one', () => {
	const names = ['A', 'B', 'C', 'All Users', 'x'.repeat(201)];
	const step = fc.record({
		id: fc.constantFrom('1', '2', '3', '4'),
		name: fc.constantFrom(...names),
		timestamp: fc.nat(9),
	});
	fc.assert(
		fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
			const model = createMoEngage();
			for (const one of steps) expect(send(model, one).status).toBe(200);
			const shown = model.cohorts().map(({ name }) => name);
			const first = steps.find(({ name }) => name.length === 1);

			expect(new Set(shown).size).toBe(shown.length);
			expect(shown.every((name) => name.length === 1)).toBe(true);
			expect(model.cohorts()[0]?.id).toBe(first?.id);
			const ids = [...model.cohorts(), ...model.rejectedCohorts()].map(({ id }) => id);
			expect(ids.sort()).toEqual([...new Set(steps.map(({ id }) => id))].sort());
		}),
	);
});

describe('a segment is archived', () => {
	test('60 days after it was created, whatever is synced to it', () => {
		const { clock, model } = withClock();
		send(model);
		clock.now = start + 60 * DAY_MS - 1;
		send(model, { members: [{ uid: 'u2' }] });
		expect(model.cohort('vip')).toMatchObject({ isArchived: false });

		clock.now += 1;
		expect(model.cohorts()).toMatchObject([{ id: 'vip', size: 2, isArchived: true }]);
	});

	test('at once on demand, takes changes all the while, and comes back for as long again', () => {
		const { clock, model } = withClock({ archiveAfterDays: 1 });
		send(model);
		model.archive('vip');
		expect(send(model, { members: [{ uid: 'u2' }] }).status).toBe(200);
		expect(model.cohort('vip')).toMatchObject({ isArchived: true, size: 2 });

		clock.now += DAY_MS;
		model.unarchive('vip');
		clock.now += DAY_MS - 1;
		expect(model.cohort('vip')).toMatchObject({ isArchived: false });
		clock.now += 1;
		expect(model.cohort('vip')).toMatchObject({ isArchived: true });
	});
});
