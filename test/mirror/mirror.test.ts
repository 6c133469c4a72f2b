import { readSettings } from '../../nodes/MoEngageCohortSync/input/settings';
import { createCohortLocks } from '../../nodes/MoEngageCohortSync/mirror/cohortLock';
import {
	cohortIn,
	heldIn,
	inShort,
	mirror,
	mirrorWith,
	previousMember,
	problemOf,
	row,
	storeOf,
} from '../support/mirrors';
import { sourceOf } from '../support/source';

const rows = (...texts: string[]) => texts.map((text) => row(text));
const numbered = (count: number, from = 0) =>
	Array.from({ length: count }, (_, index) => `u${index + from}`);

/** A store in which every cohort held these members. */
const holding = (...members: string[]) =>
	storeOf(function* () {
		yield;
		return { members: members.map(previousMember) };
	});

describe('the removal limit', () => {
	const limited = (held: number, stay: number, removalLimit: number) =>
		problemOf(mirror(rows(...numbered(stay)), numbered(held), { removalLimit }));

	test.each<[held: number, stay: number, limit: number, isRefused: boolean]>([
		[100, 75, 25, false],
		[100, 74, 25, true],
		[1_000, 749, 25, true],
		// Computed as a share in percent, 7 of 100 is a little more than 7%.
		[100, 86, 14, false],
		[200, 186, 7, false],
		[1_000, 710, 29, false],
		[1_000, 430, 57, false],
		[1_000, 429, 57, true],
		[1_000, 987, 1.3, false],
		[1_000, 986, 1.3, true],
		// Ten may always leave.
		[11, 1, 0, false],
		[12, 1, 0, true],
		[10_000, 9_990, 0, false],
		[10_000, 9_989, 0, true],
		[500, 1, 100, false],
	])(
		'of %i members %i stay, under a limit of %d%%: refused is %s',
		(held, stay, limit, refused) => {
			expect(limited(held, stay, limit) !== undefined).toBe(refused);
		},
	);

	test('says both numbers, the limit and the cohort', () => {
		expect(limited(20_000, 14_998, 25)).toEqual({
			code: 'removal_limit',
			cohortName: 'Cohort vip',
			leavers: 5_002,
			examples: ['u14998', 'u14999', 'u15000'],
			previous: 20_000,
			limit: 25,
		});
	});

	test('counts members of unknown fate, on both sides', () => {
		const held = numbered(40).map((uid) => `${uid}?`);
		const run = mirror(rows('u0'), held, { removalLimit: 25 });
		expect(problemOf(run)).toMatchObject({ leavers: 39, previous: 40 });
	});

	test('counts each member once, however often the previous members name it', () => {
		const held = numbered(40).flatMap((uid) => [uid, uid, `${uid}/a${uid}`]);
		const run = mirror(rows(...numbered(20)), held, { removalLimit: 25 });
		expect(problemOf(run)).toMatchObject({ leavers: 20, previous: 40 });
	});

	test('lets nobody be sent again, though it is time', () => {
		const run = mirror(rows('u0'), numbered(40), { removalLimit: 25, resend: 'due' });
		expect(inShort(run)).toEqual({ add: [], remove: [], unchanged: [], not_sent: ['u0'] });
	});

	test('leaves the cohort as it is, and others go on', () => {
		const input = [...rows('u0', 'new'), row('u1', 'other')];
		const run = mirror(input, numbered(40), {
			removalLimit: 25,
			others: { other: { members: [previousMember('u2')] } },
		});
		const not_sent = ['new', 'u0'];
		expect(inShort(run)).toEqual({ add: [], remove: [], unchanged: [], not_sent });
		expect(inShort(run, 'other')).toEqual({ add: ['u1'], remove: ['u2'], unchanged: [] });
		const problem = expect.objectContaining({ code: 'removal_limit', leavers: 39, previous: 40 });
		expect(run.items).toMatchObject([
			{ outcome: { status: 'not_sent', problem } },
			{ outcome: { status: 'not_sent', problem } },
			{ action: 'add', outcome: undefined },
		]);
		expect(run.packed.map(({ removals, additions }) => removals.length + additions.length)).toEqual(
			[0, 2],
		);
	});

	test('applies to all cohorts together, of which only those that would lose members are refused', () => {
		const previous = { members: numbered(10).map(previousMember) };
		const input = [
			...['vip', 'b', 'c'].flatMap((cohortId) => [row('u0', cohortId), row('u1', cohortId)]),
			...numbered(10).map((uid) => row(uid, 'stays')),
		];
		const run = mirror(input, numbered(10), {
			removalLimit: 50,
			others: { b: previous, c: previous, stays: previous },
		});
		const problem = {
			code: 'removal_limit_of_run',
			cohorts: 3,
			leavers: 24,
			previous: 40,
			limit: 50,
		};
		for (const cohortId of ['vip', 'b', 'c']) expect(problemOf(run, cohortId)).toEqual(problem);
		expect(problemOf(run, 'stays')).toBeUndefined();
		const allowed = { removalLimit: 60, others: { b: previous, c: previous, stays: previous } };
		expect(problemOf(mirror(input, numbered(10), allowed))).toBeUndefined();
	});

	test('does not count leavers who are held back', () => {
		const previous = { members: numbered(10).map(previousMember) };
		const input = ['vip', 'b', 'c'].map((cohortId) => row('u0', cohortId));
		const held = [...input, { cohortId: 'b', cohortName: 'Cohort b' }];
		const options = { removalLimit: 60, others: { b: previous, c: previous } };
		expect(problemOf(mirror(input, numbered(10), options))).toMatchObject({ leavers: 27 });
		const run = mirror(held, numbered(10), options);
		expect(problemOf(run)).toBeUndefined();
		expect(heldIn(run, 'b')).toHaveLength(9);
		expect(inShort(run, 'c').remove).toHaveLength(9);
	});
});

describe('an item that can not be read', () => {
	const bad = { userId: {}, cohortName: 'Cohort vip' };

	test('lets nobody be removed from its cohort, and others go on', () => {
		const input = [...rows('u1'), bad, row('u1', 'other')];
		const run = mirror(input, numbered(100, 1), {
			removalLimit: 25,
			others: { other: { members: [previousMember('u2')] } },
		});
		expect(inShort(run)).toEqual({ add: [], remove: [], unchanged: ['u1'] });
		expect(heldIn(run)).toHaveLength(99);
		expect(heldIn(run, 'other')).toEqual([]);
		expect(inShort(run, 'other').remove).toEqual(['u2']);
	});

	test('lets nobody be removed from any cohort where its own can not be read either', () => {
		const input = [...rows('u1'), { userId: 'u5', cohortId: {} }, row('u1', 'other')];
		const run = mirror(input, ['u2'], {
			others: { other: { members: [previousMember('u2')] } },
		});
		expect([heldIn(run), heldIn(run, 'other')]).toEqual([['u2'], ['u2']]);
		expect(inShort(run, 'other')).toEqual({ add: ['u1'], remove: [], unchanged: [] });
	});

	test('lets nobody be removed where no other item of its cohort can be read', () => {
		expect(inShort(mirror([bad, bad], ['u1', 'u2'])).remove).toEqual([]);
	});

	test('is no doubt where it is only too large to send: who it is can be read', () => {
		const long = 'x'.repeat(2_000);
		const run = mirrorWith([{ userId: 'u1' }, { userId: long }], holding('u2'), {
			settings: readSettings({ payloadLimit: 1_000 }, 100),
		});
		expect(inShort(run).remove).toEqual(['u2']);
		expect(run.items[1]).toMatchObject({ outcome: { status: 'invalid' } });
	});

	test.each<[what: string, userId: unknown, anonymousId: unknown, leaves: boolean]>([
		['user ID that can not be read', { id: 'u1' }, 'new-device', false],
		['anonymous ID that can not be read', 'u2', 1.5, false],
		['anonymous ID that can not be read of a user who came before', 'u3', 1.5, false],
		['user ID that a program had not', 'null', 'new-device', true],
	])('is doubtful with one %s beside a good one', (_, userId, anonymousId, leaves) => {
		const item = { ...row('u3'), userId, anonymousId };
		for (const rows of [
			[row('u3'), item],
			[item, item, row('u3')],
		]) {
			const run = mirror(rows, ['u1', 'u3']);
			expect(inShort(run).remove).toEqual(leaves ? ['u1'] : []);
			expect(heldIn(run)).toEqual(leaves ? [] : ['u1']);
		}
	});

	test('ends the run where it is the empty one that n8n makes up', () => {
		expect(() => mirror([{}], ['u1'])).toThrow(
			expect.objectContaining({ problem: { code: 'mirror_of_blank_item' }, status: 'invalid' }),
		);
	});

	test('is a member where the fields name one without it', () => {
		const run = mirror({ ...sourceOf([{}]), userId: () => 'me' }, ['u1']);
		expect(inShort(run)).toEqual({ add: ['me'], remove: ['u1'], unchanged: [] });
		expect(run.items).toEqual(cohortIn(run).members);
	});

	test('does not where there are others, or where it has a field', () => {
		for (const input of [[{}, { userId: 'u1' }], [{ userId: '' }]]) {
			expect(mirror(input, []).items).toContainEqual(
				expect.objectContaining({ problem: { code: 'no_identifier' } }),
			);
		}
	});
});

test('a cohort whose previous members are not known is not sent, and others go on', () => {
	const problem = { code: 'memory_damaged', cohortName: 'Cohort vip' } as const;
	const run = mirror([...rows('u1'), row('u1', 'other')], [], { others: { vip: problem } });
	expect(run.items).toMatchObject([
		{ outcome: { status: 'not_sent', problem } },
		{ action: 'add', outcome: undefined },
	]);
	expect(run.cohorts.map(({ kind }) => kind)).toEqual(['refused', 'planned']);
	expect(problemOf(run)).toEqual(problem);
});

test('a cohort that is locked is not sent, not even looked up, and others go on', () => {
	const workspace = {};
	const locksOf = (execution: string) =>
		createCohortLocks(workspace, { execution, node: 'Mirror', index: 0 }, false);
	const earlier = locksOf('1');
	earlier.acquire([{ id: 'vip', name: 'Cohort vip', description: '', partner: 'n8n' }]);
	const loaded: string[] = [];
	const store = storeOf(function* ({ cohort }, cohorts) {
		yield;
		loaded.push(`${cohort.id} of ${cohorts.length}`);
		return { members: [] };
	});
	const run = mirrorWith([row('u1'), row('u1', 'other')], store, { locks: locksOf('2') });
	expect(inShort(run)).toMatchObject({ add: [], not_sent: ['u1'] });
	expect(inShort(run, 'other').add).toEqual(['u1']);
	expect(loaded).toEqual(['other of 2']);
});
