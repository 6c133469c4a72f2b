import fc from 'fast-check';
import type { Change } from '../../nodes/MoEngageCohortSync/model/change';
import type { Member } from '../../nodes/MoEngageCohortSync/model/member';
import {
	cohortIn,
	inShort,
	inText,
	mirror,
	previousMember,
	row,
	toBeSent,
} from '../support/mirrors';

const rows = (...texts: string[]) => texts.map((text) => row(text));

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

		// Someone who logs in, or is seen without a login again, is the same member; a new identifier is sent at once.
		[['/a1'], ['u1/a1'], { add: ['u1/a1'] }],
		[['u1/a1'], ['/a1'], { unchanged: ['u1/a1'] }],
		[['u1/a1'], ['u1'], { unchanged: ['u1/a1'] }],
		[['u1'], ['u1/a1'], { add: ['u1/a1'] }],
		[['u1/a1'], ['u1/a2'], { add: ['u1/a2'] }],
		[['u1/a1', '/a2'], ['u1/a1', 'u1/a2'], { unchanged: ['u1/a1'] }],
		[['/a2'], ['u1/a1', 'u1/a2', 'u1/a2'], { add: ['u1/a1'] }],
		[['/a1', 'u1'], ['u1/a1'], { unchanged: ['u1/a1'] }],
		// What was learnt once is known: who is `u1` is also `a1`.
		[['u1/a1', '/a1'], ['u1'], { unchanged: ['u1/a1'] }],
		[['/a1', 'u1/a1'], ['u1'], { unchanged: ['u1/a1'] }],
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
		// To MoEngage, whoever left may be the one who stays: it is sent again after the removal.
		[['u1', '/u1'], ['u1'], { remove: ['/u1'], add: ['u1'] }],
		[['u1', '/a1'], ['/a1'], { remove: ['u1'], add: ['/a1'] }],
		[['u1', 'u2', '/a1'], ['u1', '/a1'], { remove: ['u2'], unchanged: ['u1'], add: ['/a1'] }],
		[['u1', '/a1', '/a2'], ['u1', '/a1'], { remove: ['/a2'], add: ['u1'], unchanged: ['/a1'] }],
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

	test('is left alone where the input does not name it', () => {
		expect(mirror([], ['/a1', 'u1/a1']).cohorts).toEqual([]);
		expect(mirror([row('u1', 'other')], ['u1']).cohorts.map(({ cohort }) => cohort.id)).toEqual([
			'other',
		]);
	});

	test('a user with twelve anonymous IDs removes that user by the first and the latest nine', () => {
		const ids = Array.from({ length: 12 }, (_, index) => `a${index + 1}`);
		const run = mirror(
			rows('u2'),
			ids.map((id) => `u1/${id}`),
		);
		expect(toBeSent(run)).toMatchObject([
			{ action: 'remove', uid: 'u1', anonymous_id: 'a1', otherAnonymousIds: ids.slice(3) },
			{ action: 'add', uid: 'u2' },
		]);
	});

	test('has everyone sent again when it is time, and leavers leave', () => {
		const run = mirror(rows('u1', 'u2'), ['u1', 'u3'], { resend: 'due' });
		expect(inShort(run)).toEqual({ add: ['u1', 'u2'], remove: ['u3'], unchanged: [] });
		expect(cohortIn(run)).toMatchObject({ kind: 'planned', resend: 'due' });
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
			const isSame = (before: string, now: string) =>
				before !== '' && now !== '' && (before === now || before === 'both' || now === 'both');
			const gone = all.filter(({ before, now }) => before !== '' && !isSame(before, now));
			const isAnyLoneGone = gone.some(({ before }) => before === 'anonymous');
			const isAnyKnownGone = gone.some(({ before }) => before !== 'anonymous');
			all.forEach(({ before, now, uncertain }, person) => {
				const isKnown = isSame(before, now);
				if (isKnown) {
					const way = before === now ? now : 'both';
					const isNew = before !== way;
					const isRemovedWith = way === 'anonymous' ? isAnyKnownGone : isAnyLoneGone;
					const isSent = uncertain || isNew || isRemovedWith;
					expected[isSent ? 'add' : 'unchanged'].push(textOf(person, way));
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
			const staying = cohortIn(run).members;
			const leavers = cohortIn(run).leavers;
			const uids = staying.map(({ uid }) => uid);
			const anonymousIds = staying.flatMap(({ anonymous_id, otherAnonymousIds = [] }) => [
				anonymous_id,
				...otherAnonymousIds,
			]);
			for (const { uid, anonymous_id } of leavers) {
				if (uid !== undefined) expect(uids).not.toContain(uid);
				if (anonymous_id !== undefined) expect(anonymousIds).not.toContain(anonymous_id);
			}
			// Nobody is forgotten: who was in stays, or leaves once.
			const after = [...staying, ...leavers];
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
			const leaverTexts = leavers.map(inText);
			expect(new Set(leaverTexts).size).toBe(leaverTexts.length);
		}),
		{ numRuns: 1_000 },
	);
});
