import fc from 'fast-check';
import type { Change } from '../../nodes/MoEngageCohortSync/plan/changes';
import { InvalidItem } from '../../nodes/MoEngageCohortSync/plan/changes';
import type { Member } from '../../nodes/MoEngageCohortSync/plan/member';
import type { Outcome } from '../../nodes/MoEngageCohortSync/plan/outcome';
import { Refusal } from '../../nodes/MoEngageCohortSync/refusal';
import { membersAfter } from '../../nodes/MoEngageCohortSync/mirror/remembered';
import type { PreparedRun } from '../../nodes/MoEngageCohortSync/run';
import { prepareRun } from '../../nodes/MoEngageCohortSync/run';
import { readSettings } from '../../nodes/MoEngageCohortSync/input/settings';
import { inShort, inText, mirror, previousMember, row, settle } from '../support/mirrors';
import { sourceOf } from '../support/source';
import { atOnce } from '../support/atOnce';

const rows = (...texts: string[]) => texts.map((text) => row(text));
const numbered = (count: number, from = 0) =>
	Array.from({ length: count }, (_, index) => `u${index + from}`);

describe('a cohort that held', () => {
	test.each<
		[
			held: string[],
			input: string[],
			expected: Partial<Record<'add' | 'remove' | 'unchanged', string[]>>,
		]
	>([
		[[], ['u1'], { add: ['u1'] }],
		[['u1', 'u2'], ['u2', 'u3'], { add: ['u3'], remove: ['u1'], unchanged: ['u2'] }],
		[['u1'], ['u1', 'u1'], { unchanged: ['u1'] }],

		// Someone who logs in, or is seen without a login again, is the same member.
		[['/a1'], ['u1/a1'], { unchanged: ['u1/a1'] }],
		[['u1/a1'], ['/a1'], { unchanged: ['u1/a1'] }],
		[['u1/a1'], ['u1'], { unchanged: ['u1/a1'] }],
		[['u1'], ['u1/a1'], { unchanged: ['u1/a1'] }],
		[['u1/a1'], ['u1/a2'], { unchanged: ['u1/a2'] }],
		[['u1/a1', '/a2'], ['u1/a1', 'u1/a2'], { unchanged: ['u1/a1'] }],
		[['/a2'], ['u1/a1', 'u1/a2', 'u1/a2'], { unchanged: ['u1/a1'] }],
		[['/a1', 'u1'], ['u1/a1'], { unchanged: ['u1/a1'] }],
		// What was learnt once is known: who is `u1` is also `a1`.
		[['u1/a1', '/a1'], ['u1'], { unchanged: ['u1/a1'] }],
		[['/a1', 'u1/a1'], ['u1'], { unchanged: ['u1/a1'] }],
		[['/a1', 'u1/a1'], [], {}],
		[['/a1', 'u1/a1'], ['u2'], { add: ['u2'], remove: ['u1/a1'] }],
		[['u1', 'u1'], ['u2'], { add: ['u2'], remove: ['u1'] }],
		[['u1', '/a1'], ['u2'], { add: ['u2'], remove: ['/a1', 'u1'] }],
		// A device that changes hands.
		[['u1/a1'], ['u2/a1'], { add: ['u2/a1'], remove: ['u1'] }],
		[['u1/a1', '/a1'], ['u1', 'u2/a1'], { add: ['u2/a1'], unchanged: ['u1/a1'] }],
		// MoEngage takes the uid first, so both are themselves.
		[['u1/a1', 'u2/a1'], ['u1/a1', 'u2/a1'], { unchanged: ['u1/a1', 'u2/a1'] }],
		// It can't be told whose `a1` is: both are sent, nobody is removed.
		[['/a1'], ['u1/a1', 'u2/a1'], { add: ['u1/a1', 'u2/a1'] }],
		[['u1', '/u1'], ['u1'], { remove: ['/u1'], unchanged: ['u1'] }],
		// Of several entries of one user, a later one may tell who an earlier one was.
		[['u1/a1', 'u1/a2'], ['/a2'], { unchanged: ['u1/a2'] }],
		[['u1/a1?', 'u1/a2'], ['/a2'], { add: ['u1/a2'] }],
		[['u1/a1', 'u1/a2', 'u2/a3'], ['/a2'], { remove: ['u2/a3'], unchanged: ['u1/a2'] }],
		[['u1/a1', 'u1/a2', 'u1/a3', 'u2/a2'], ['/a3'], { remove: ['u2'], unchanged: ['u1/a3'] }],
		// Who is known by both comes as two: neither is new.
		[['u1/a1'], ['u1', '/a1'], { unchanged: ['/a1', 'u1/a1'] }],
		[['u1/a1?'], ['u1', '/a1'], { add: ['/a1', 'u1/a1'] }],
		[
			['u1/a1', 'u2/a1', '/a1'],
			['u1/a1', 'u2/a1', '/a1'],
			{ unchanged: ['/a1', 'u1/a1', 'u2/a1'] },
		],
		[['u1/a1', 'u1/a1'], ['/a1'], { unchanged: ['u1/a1'] }],
		// A device that was two users' comes alone: whoever MoEngage takes it for is in after the removals.
		[['u1/a1', 'u2/a1'], ['/a1'], { add: ['/a1'], remove: ['u1', 'u2'] }],
		[['u1/a1', 'u2/a1'], ['u1', '/a1'], { add: ['/a1'], remove: ['u2'], unchanged: ['u1/a1'] }],

		// A change of unknown fate is sent again if still wanted, taken back if not.
		[['u1?'], ['u1'], { add: ['u1'] }],
		[['u1?'], ['u2'], { add: ['u2'], remove: ['u1'] }],
		[['u1', '/a1?'], ['u1/a1'], { add: ['u1/a1'] }],
	])('%j and is to hold %j', (held, input, expected) => {
		expect(inShort(mirror(rows(...input), held))).toEqual({
			add: [],
			remove: [],
			unchanged: [],
			...expected,
		});
	});

	test('anyone is sent everyone again when it is time, and leavers leave', () => {
		const run = mirror(rows('u1', 'u2'), ['u1', 'u3'], { resendAll: true });
		expect(inShort(run)).toEqual({ add: ['u1', 'u2'], remove: ['u3'], unchanged: [] });
		expect(run.cohorts[0]?.resendsAll).toBe(true);
	});
});

/** A person whom the cohort held, or whom the input brings, by one or both identifiers. */
const ways = fc.constantFrom('', 'uid', 'anonymous', 'both');
const textOf = (person: number, way: string) =>
	({ uid: `u${person}`, anonymous: `/a${person}`, both: `u${person}/a${person}` })[way] ?? '';

test('any audience is compared as in a plain model of people with two identifiers', () => {
	const people = fc.array(
		fc.record({ before: ways, now: ways, uncertain: fc.boolean(), order: fc.integer() }),
		{ maxLength: 12 },
	);
	fc.assert(
		fc.property(people, (all) => {
			const held = all
				.map(({ before, uncertain, order }, person) => ({
					order,
					text: textOf(person, before) + (uncertain ? '?' : ''),
				}))
				.filter(({ text }) => text.replace('?', '') !== '')
				.sort((one, other) => one.order - other.order)
				.map(({ text }) => text);
			const input = all.map(({ now }, person) => textOf(person, now)).filter((text) => text !== '');
			fc.pre(input.length > 0);

			const expected = { add: [] as string[], remove: [] as string[], unchanged: [] as string[] };
			all.forEach(({ before, now, uncertain }, person) => {
				const isKnown =
					before !== '' && now !== '' && (before === now || before === 'both' || now === 'both');
				if (isKnown) {
					const all = textOf(person, before === now ? now : 'both');
					expected[uncertain ? 'add' : 'unchanged'].push(all);
					return;
				}
				if (now !== '') expected.add.push(textOf(person, now));
				if (before !== '') expected.remove.push(textOf(person, before));
			});
			for (const list of Object.values(expected)) list.sort();
			expect(inShort(mirror(rows(...input), held))).toEqual(expected);
		}),
		{ numRuns: 1_000 },
	);
});

test('whoever shares what with whom: no leaver is named by an identifier of someone who stays', () => {
	const member = fc
		.record({
			uid: fc.constantFrom('', 'u1', 'u2', 'u3'),
			anonymous: fc.constantFrom('', '/a1', '/a2', '/a3'),
			uncertain: fc.constantFrom('', '?'),
		})
		.filter(({ uid, anonymous }) => uid + anonymous !== '');
	const some = fc.array(member, { minLength: 1, maxLength: 8 });
	fc.assert(
		fc.property(some, some, (before, now) => {
			const held = before.map(({ uid, anonymous, uncertain }) => uid + anonymous + uncertain);
			const input = rows(...now.map(({ uid, anonymous }) => uid + anonymous));
			const run = mirror(input, held);
			const [changes] = run.cohorts;
			const staying = changes?.members ?? [];
			const uids = staying.map(({ uid }) => uid);
			const anonymousIds = staying.flatMap(({ anonymous_id, otherAnonymousIds = [] }) => [
				anonymous_id,
				...otherAnonymousIds,
			]);
			for (const { uid, anonymous_id } of changes?.leavers ?? []) {
				if (uid !== undefined) expect(uids).not.toContain(uid);
				if (anonymous_id !== undefined) expect(anonymousIds).not.toContain(anonymous_id);
			}
			// Nobody is forgotten: who was in stays, or leaves once.
			const after = [...(changes?.members ?? []), ...(changes?.leavers ?? [])];
			const previous = held.map(previousMember);
			for (const member of previous) {
				const isSame = (other: Member) =>
					(member.uid !== undefined && other.uid === member.uid) ||
					(member.anonymous_id !== undefined && other.anonymous_id === member.anonymous_id);
				const isOther = ({ otherAnonymousIds = [] }: Change) =>
					otherAnonymousIds.some((anonymous_id) => isSame({ uid: undefined, anonymous_id }));
				const uids = previous.filter(isSame).map(({ uid }) => uid);
				const isKnown = ({ uid }: Change) => uid !== undefined && uids.includes(uid);
				expect(after.some((change) => isSame(change) || isOther(change) || isKnown(change))).toBe(
					true,
				);
			}
			const leaverTexts = changes?.leavers.map(inText) ?? [];
			expect(new Set(leaverTexts).size).toBe(leaverTexts.length);
		}),
		{ numRuns: 1_000 },
	);
});

describe('what a cohort holds after a run', () => {
	const after = (run: PreparedRun) =>
		run.cohorts
			.flatMap((changes) => atOnce(membersAfter(changes)))
			.map(inText)
			.sort();
	const accepted: Outcome = { status: 'accepted' };
	const rejected: Outcome = { status: 'rejected' };
	const notSent: Outcome = { status: 'not_sent' };
	const unknown: Outcome = { status: 'failed', mayHaveTakenEffect: true };
	const without: Outcome = { status: 'failed', mayHaveTakenEffect: false };

	/** `in` stays, `new` joins, `gone` leaves, `new2` and `gone2` did so before, with unknown fate. */
	const held = ['in', 'gone', 'new2?', 'gone2?'];
	const input = ['in', 'new', 'new2'];

	test.each<[outcome: Outcome, expected: string[]]>([
		[accepted, ['in', 'new', 'new2']],
		[unknown, ['gone2?', 'gone?', 'in', 'new2?', 'new?']],
		[without, ['gone', 'gone2?', 'in', 'new2?']],
		[rejected, ['gone', 'gone2?', 'in', 'new2?']],
		[notSent, ['gone', 'gone2?', 'in', 'new2?']],
		[{ status: 'invalid' }, ['gone', 'gone2?', 'in', 'new2?']],
	])('where all came to %j', (outcome, expected) => {
		const run = mirror(rows(...input), held);
		settle(run, outcome);
		expect(after(run)).toEqual(expected);
	});

	test.each([accepted, unknown, without, rejected, notSent])(
		'members sent again stay, whatever comes of it: %j',
		(outcome) => {
			const run = mirror(rows('u1', 'u2'), ['u1', 'u2'], { resendAll: true });
			settle(run, outcome);
			expect(after(run)).toEqual(['u1', 'u2']);
		},
	);

	test('both identifiers are kept where the input brings one', () => {
		const run = mirror(rows('/a1', 'u2'), ['u1/a1', 'u2/a2']);
		settle(run, accepted);
		expect(after(run)).toEqual(['u1/a1', 'u2/a2']);
	});

	test.each<[what: string, input: string[], held: string[], expected: string[]]>([
		['as they were', ['u1'], ['u2', 'u3?'], ['u1', 'u2', 'u3?']],
		['as they were, where nobody came', ['u1'], ['u1', '/a2'], ['/a2', 'u1']],
		// They may be the same user to MoEngage, and the removal comes later than the addition.
		['in doubt beside someone new', ['u1'], ['/a2'], ['/a2?', 'u1?']],
		[
			'in doubt beside someone new with a device',
			['u1/a1'],
			['u2', 'u3'],
			['u1/a1?', 'u2?', 'u3?'],
		],
		['in doubt, but not who was in', ['u1', 'u2'], ['u1', '/a3'], ['/a3?', 'u1', 'u2?']],
	])('leavers who are kept stay %s', (_what, input, held, expected) => {
		const unreadable = { userId: {}, cohortName: 'Cohort vip' };
		const run = mirror([...rows(...input), unreadable], held);
		settle(run, accepted);
		expect(after(run)).toEqual(expected);
	});

	test('a removal that was refused leaves someone new in doubt', () => {
		const run = mirror(rows('u1'), ['/a1']);
		settle(run, accepted);
		for (const leaver of run.cohorts[0]?.leavers ?? []) leaver.outcome = rejected;
		expect(after(run)).toEqual(['/a1?', 'u1?']);
	});

	test.each<[what: string, outcome: Outcome, expected: string[]]>([
		['who was in and was sent again', accepted, ['/a2', 'u1']],
		['who was not added', without, ['/a2', 'u1']],
	])(
		'a removal that was refused leaves nobody in doubt beside someone %s',
		(_what, outcome, expected) => {
			const run = mirror(rows('u1'), ['u1', '/a2'], { resendAll: true });
			settle(run, outcome);
			for (const leaver of run.cohorts[0]?.leavers ?? []) leaver.outcome = rejected;
			expect(after(run)).toEqual(expected);
		},
	);

	test('nor beside someone new who certainly was not added', () => {
		const run = mirror(rows('u1'), ['/a2']);
		settle(run, without);
		expect(after(run)).toEqual(['/a2']);
	});

	test("a user's other devices are kept, three of them at most", () => {
		const devices = (...numbers: number[]) => numbers.map((number) => `u1/a${number}`);
		const run = mirror(rows('u1/a9'), devices(1, 2, 3, 4));
		settle(run, accepted);
		expect(after(run)).toEqual(devices(1, 2, 3, 9));
		const many = mirror(rows(...devices(1, 2, 3, 4, 5)), []);
		settle(many, accepted);
		expect(after(many)).toEqual(devices(1, 2, 3, 4));
		const [changes] = many.cohorts;
		const roomForOne = changes && atOnce(membersAfter(changes, 'u1~a2,'.length));
		expect(roomForOne?.map(inText)).toEqual(devices(1, 2));
	});
});

describe('the removal limit', () => {
	const limited = (held: number, stay: number, removalLimit: number) =>
		mirror(rows(...numbered(stay)), numbered(held), { removalLimit }).cohorts[0]?.refusal;

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

	test('says both numbers, the share, the cohort and the ways on', () => {
		expect(limited(20_000, 14_998, 25)).toMatchObject({
			message: `5,002 members of 20,000 would leave the cohort "Cohort vip": 25.1%, more than the 'Removal Limit' of 25% allows`,
			fix: "Nothing was sent for this cohort. If the source brought too few members, mend it and run again. If they are really gone, raise 'Removal Limit (%)' for this one run.",
			status: 'not_sent',
		});
	});

	test('counts members of unknown fate, on both sides', () => {
		const held = numbered(40).map((uid) => `${uid}?`);
		expect(mirror(rows('u0'), held, { removalLimit: 25 }).cohorts[0]?.refusal?.message).toMatch(
			/^39 members of 40/,
		);
	});

	test('counts each member once, however often the previous members name it', () => {
		const held = numbered(40).flatMap((uid) => [uid, uid, `${uid}/a${uid}`]);
		const { refusal } = mirror(rows(...numbered(20)), held, { removalLimit: 25 }).cohorts[0] ?? {};
		expect(refusal?.message).toMatch(/^20 members of 40 /);
	});

	test('lets nobody be sent again, though it is time', () => {
		const run = mirror(rows('u0'), numbered(40), { removalLimit: 25, resendAll: true });
		expect(inShort(run)).toEqual({ add: [], remove: [], unchanged: ['u0'] });
		expect(run.cohorts[0]?.resendsAll).toBe(false);
	});

	test('leaves the cohort as it is, and others go on', () => {
		const input = [...rows('u0', 'new'), row('u1', 'other')];
		const run = mirror(input, numbered(40), {
			removalLimit: 25,
			others: { other: { members: [previousMember('u2')] } },
		});
		expect(inShort(run)).toEqual({ add: [], remove: [], unchanged: ['new', 'u0'] });
		expect(inShort(run, 'other')).toEqual({ add: ['u1'], remove: ['u2'], unchanged: [] });
		const reason = expect.stringMatching(/^39 members of 40 would leave .* for this one run\.$/);
		expect(run.items).toMatchObject([
			{ outcome: { status: 'not_sent', reason } },
			{ outcome: { status: 'not_sent', reason } },
			{ action: 'add', outcome: undefined },
		]);
		expect(
			run.batches.map(({ removals, additions }) => removals.length + additions.length),
		).toEqual([0, 2]);
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
		expect(run.cohorts.map(({ keptLeavers, refusal }) => [keptLeavers, refusal])).toEqual([
			[99, undefined],
			[undefined, undefined],
		]);
		expect(inShort(run, 'other').remove).toEqual(['u2']);
	});

	test('lets nobody be removed from any cohort where its own can not be read either', () => {
		const input = [...rows('u1'), { userId: 'u5', cohortId: {} }, row('u1', 'other')];
		const run = mirror(input, ['u2'], { others: { other: { members: [previousMember('u2')] } } });
		expect(run.cohorts.map(({ keptLeavers }) => keptLeavers)).toEqual([1, 1]);
		expect(inShort(run, 'other')).toEqual({ add: ['u1'], remove: [], unchanged: [] });
	});

	test('lets nobody be removed where no other item of its cohort can be read', () => {
		expect(inShort(mirror([bad, bad], ['u1', 'u2'])).remove).toEqual([]);
	});

	test('is no doubt where it is only too large to send: who it is can be read', () => {
		const long = 'x'.repeat(2_000);
		const run = atOnce(
			prepareRun(
				sourceOf([{ userId: 'u1' }, { userId: long }]),
				'mirror',
				readSettings({ payloadLimit: 1_000 }),
				function* () {
					yield;
					return { members: [previousMember('u2')] };
				},
			),
		);
		expect(inShort(run).remove).toEqual(['u2']);
		expect(run.items[1]).toBeInstanceOf(InvalidItem);
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
			expect(run.cohorts[0]?.keptLeavers).toBe(leaves ? undefined : 1);
		}
	});

	test('ends the run where it is the empty one that n8n makes up', () => {
		expect(() => mirror([{}], ['u1'])).toThrow(
			new Refusal(
				'The source brought no members, so nothing was sent and nobody was removed',
				"n8n made up the one empty item that came: the node before has 'Always Output Data' on. Check the source of the audience.",
			),
		);
	});

	test('is a member where the fields name one without it', () => {
		const run = atOnce(
			prepareRun(
				{ ...sourceOf([{}]), userId: () => 'me' },
				'mirror',
				readSettings({}, 100),
				function* () {
					yield;
					return { members: [previousMember('u1')] };
				},
			),
		);
		expect(inShort(run)).toEqual({ add: ['me'], remove: ['u1'], unchanged: [] });
		expect(run.items).toEqual(run.cohorts[0]?.members);
	});

	test('does not where there are others, or where it has a field', () => {
		for (const input of [[{}, { userId: 'u1' }], [{ userId: '' }]]) {
			expect(mirror(input, []).items).toContainEqual(
				expect.objectContaining({ reason: "Both 'User ID' and 'Anonymous ID' are empty." }),
			);
		}
	});
});

test('a cohort whose previous members are not known is not sent, and others go on', () => {
	const refusal = new Refusal('Not known', 'Do this.', 'not_sent');
	const run = mirror([...rows('u1'), row('u1', 'other')], [], { others: { vip: refusal } });
	expect(run.items).toMatchObject([
		{ action: null, outcome: { status: 'not_sent', reason: 'Not known. Do this.' } },
		{ action: 'add', outcome: undefined },
	]);
	expect(run.cohorts.map((changes) => changes.refusal)).toEqual([refusal, undefined]);
});
