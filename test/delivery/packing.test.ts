import fc from 'fast-check';
import type { Batch } from '../../nodes/MoEngageCohortSync/delivery/packing';
import {
	bisect,
	bodyOf,
	expectedRequests,
	packCohort,
	packIntoBatches,
} from '../../nodes/MoEngageCohortSync/delivery/packing';
import { memberJson } from '../../nodes/MoEngageCohortSync/delivery/wire';
import type { Action, Change } from '../../nodes/MoEngageCohortSync/model/change';
import { createChange, settle } from '../../nodes/MoEngageCohortSync/model/change';
import type { Cohort } from '../../nodes/MoEngageCohortSync/model/cohort';
import type { Member } from '../../nodes/MoEngageCohortSync/model/member';
import { atOnce } from '../support/atOnce';
import { VirtualClock } from '../support/virtualClock';
import { plannedCohort } from '../support/virtualMoEngage';

const COHORT: Cohort = { id: 'vip', name: 'VIP customers', description: '', partner: 'n8n' };
const TIMESTAMP = '2026-11-23T10:00:00.000Z';

function changesOf(members: readonly Member[], cohort = COHORT, action: Action = 'add'): Change[] {
	return members.map(({ uid, anonymous_id }, item) =>
		createChange(cohort, action, uid, anonymous_id, item),
	);
}

function uids(...texts: string[]): Member[] {
	return texts.map((uid) => ({ uid, anonymous_id: undefined }));
}

function bodyBytes(batch: Batch): number {
	return Buffer.byteLength(bodyOf(batch, TIMESTAMP));
}

/** Any text: with quotes, control characters, emoji and halves of surrogate pairs. */
function text(maxLength: number): fc.Arbitrary<string> {
	const unit = fc.oneof(
		fc.constantFrom(
			'"',
			'\\',
			'\n',
			'\u0000',
			'\u007f',
			'\u2028',
			'é',
			'日',
			'😀',
			'\ud83d',
			'\ude00',
		),
		fc.string({ minLength: 1, maxLength: 1 }),
		fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }),
	);
	return fc.string({ minLength: 1, maxLength, unit });
}

function anyMember(): fc.Arbitrary<Member> {
	const none = fc.constant(undefined);
	return fc.oneof(
		fc.record({ uid: text(20), anonymous_id: none }),
		fc.record({ uid: none, anonymous_id: text(20) }),
		fc.record({ uid: text(200), anonymous_id: text(200) }),
	);
}

function anyPacking() {
	return fc
		.record({
			cohort: fc.record({
				id: text(30),
				name: text(30),
				description: fc.oneof(fc.constant(''), text(60)),
				partner: text(10),
			}),
			action: fc.constantFrom<Action>('add', 'remove'),
			members: fc.array(anyMember(), { maxLength: 40, size: 'max' }),
			limits: fc.record({
				payloadLimit: fc.integer({ min: 200, max: 2_000 }),
				batchSize: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 10 })),
			}),
		})
		.map(({ cohort, action, members, limits }) => {
			const changes = changesOf(members, cohort, action);
			return {
				cohort,
				action,
				changes,
				limits,
				...atOnce(packIntoBatches(cohort, action, changes, limits)),
			};
		});
}

test('every change is in one batch or too large, in the order given', () => {
	fc.assert(
		fc.property(anyPacking(), ({ changes, batches, tooLarge }) => {
			const packed = batches.flatMap((batch) => batch.changes);
			const left = new Set(tooLarge);
			expect(packed).toEqual(changes.filter((change) => !left.has(change)));
			expect(tooLarge).toEqual(changes.filter((change) => left.has(change)));
		}),
	);
});

/** What a request has to say, in the API's own names. */
function expectedBody(cohort: Cohort, action: Action, members: readonly object[]) {
	return {
		action: action === 'add' ? 'add_members' : 'remove_members',
		timestamp: TIMESTAMP,
		partner: cohort.partner,
		parameters: {
			cohort_name: cohort.name,
			cohort_id: cohort.id,
			...(cohort.description === '' ? {} : { cohort_description: cohort.description }),
			members,
		},
	};
}

test('a request holds exactly the members of its batch and the cohort around them', () => {
	fc.assert(
		fc.property(anyPacking(), ({ cohort, action, batches, limits }) => {
			const fitsAlone = (member: object) =>
				Buffer.byteLength(JSON.stringify(expectedBody(cohort, action, [member]))) <=
				limits.payloadLimit;
			for (const batch of batches) {
				const members = batch.changes.map(({ uid, anonymous_id }) => {
					const whole = {
						...(uid === undefined ? {} : { uid }),
						...(anonymous_id === undefined ? {} : { anonymous_id }),
					};
					return fitsAlone(whole) ? whole : { uid };
				});
				const body = JSON.parse(bodyOf(batch, TIMESTAMP));
				expect(body).toEqual(expectedBody(cohort, action, members));
			}
		}),
	);
});

test('a batch knows its size in bytes, whatever its texts and its timestamp are', () => {
	const time = fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true });
	fc.assert(
		fc.property(anyPacking(), time, ({ batches }, date) => {
			for (const batch of batches) {
				expect(batch.bytes).toBe(Buffer.byteLength(bodyOf(batch, date.toISOString())));
			}
		}),
	);
});

test('no batch is above a limit, and what is too large is so even alone', () => {
	fc.assert(
		fc.property(anyPacking(), ({ cohort, action, batches, tooLarge, limits }) => {
			for (const batch of batches) {
				expect(batch.changes.length).toBeGreaterThan(0);
				expect(bodyBytes(batch)).toBeLessThanOrEqual(limits.payloadLimit);
				expect(batch.changes.length).toBeLessThanOrEqual(limits.batchSize || Infinity);
			}
			for (const { uid, anonymous_id } of tooLarge) {
				const smallest = uid === undefined ? { anonymous_id } : { uid };
				const body = JSON.stringify(expectedBody(cohort, action, [smallest]));
				expect(Buffer.byteLength(body)).toBeGreaterThan(limits.payloadLimit);
			}
		}),
	);
});

test('no batch has room for the first member of the next one', () => {
	fc.assert(
		fc.property(anyPacking(), ({ batches, limits }) => {
			batches.slice(1).forEach((next, index) => {
				const [first] = next.changes;
				const batch = batches[index];
				if (first === undefined || batch === undefined) throw new Error('An empty batch');
				const firstAlone = bodyBytes({ ...next, changes: [first] });
				const bytesOfFirst = firstAlone - bodyBytes({ ...next, changes: [] });
				const bytesWithNext = bodyBytes(batch) + 1 + bytesOfFirst;
				const isFull = batch.changes.length === limits.batchSize;
				expect(isFull || bytesWithNext > limits.payloadLimit).toBe(true);
			});
		}),
	);
});

test('an audience takes at most one request more than its bytes ask for', () => {
	const identifier = fc.oneof(
		fc.uuid(),
		fc.integer({ min: 1, max: 1e12 }).map(String),
		fc.emailAddress({ size: 'small' }),
		fc.string({ minLength: 24, maxLength: 24, unit: fc.constantFrom(...'0123456789abcdef') }),
	);
	const patterns = fc.array(identifier, { minLength: 1, maxLength: 20 });
	const counts = fc.integer({ min: 1, max: 20_000 });
	const limits = { payloadLimit: 128_000, batchSize: 0 };
	const envelope = bodyBytes({ ...oneBatch('x'), changes: [] });
	fc.assert(
		fc.property(patterns, counts, (identifiers, count) => {
			const members = Array.from({ length: count }, (_, index) => ({
				uid: `${identifiers[index % identifiers.length]}${index}`,
				anonymous_id: undefined,
			}));
			const { batches } = atOnce(packIntoBatches(COHORT, 'add', changesOf(members), limits));
			const bytes = members.reduce((sum, member) => sum + memberJson(member).length + 1, 0);
			const fewest = Math.ceil(bytes / (limits.payloadLimit - envelope + 1));
			expect(batches.length).toBeLessThanOrEqual(fewest + 1);
		}),
		{ numRuns: 15 },
	);
});

test.each([
	['fills a request to its last byte', 0, [2]],
	['starts a new request one byte below that', -1, [1, 1]],
])('%s', (_what, difference, lengths) => {
	const whole = oneBatch('aaaa', 'bé');
	const payloadLimit = whole.bytes + difference;
	const limits = { payloadLimit, batchSize: 0 };
	const { batches, tooLarge } = atOnce(packIntoBatches(COHORT, 'add', whole.changes, limits));
	expect(batches.map(({ changes }) => changes.length)).toEqual(lengths);
	expect(tooLarge).toEqual([]);
});

test.each([
	['fits alone to the last byte', 0, 1],
	['is too large one byte below that', -1, 0],
])('a member %s', (_what, difference, count) => {
	const alone = oneBatch('日本');
	const limits = { payloadLimit: alone.bytes + difference, batchSize: 0 };
	const { batches, tooLarge } = atOnce(packIntoBatches(COHORT, 'add', alone.changes, limits));
	expect([batches.length, tooLarge.length]).toEqual([count, 1 - count]);
});

test.each([
	['goes with it', 0, 'a'.repeat(500)],
	['is left out one byte below that, and the uid goes alone', -1, undefined],
])('an anonymous ID that just fits beside its uid %s', (_what, difference, anonymousId) => {
	const changes = changesOf([{ uid: 'u1', anonymous_id: 'a'.repeat(500) }]);
	const whole = expectedBody(COHORT, 'add', [{ uid: 'u1', anonymous_id: 'a'.repeat(500) }]);
	const payloadLimit = Buffer.byteLength(JSON.stringify(whole)) + difference;
	const limits = { payloadLimit, batchSize: 0 };
	const { batches, tooLarge } = atOnce(packIntoBatches(COHORT, 'add', changes, limits));
	expect(tooLarge).toEqual([]);
	const sent = batches.map((batch) => JSON.parse(bodyOf(batch, TIMESTAMP)).parameters.members);
	expect(sent).toEqual([[{ uid: 'u1', ...(anonymousId && { anonymous_id: anonymousId }) }]]);
	expect(batches.map(bodyBytes)).toEqual(batches.map(({ bytes }) => bytes));
	expect(changes).toEqual(changesOf([{ uid: 'u1', anonymous_id: 'a'.repeat(500) }]));
});

test.each(['plain', '\u0000', '"', 'é', '日', '😀', '\ud83d'])(
	'whether an anonymous ID of %j fits is decided by its bytes as JSON',
	(unit) => {
		const member = { uid: 'u1', anonymous_id: unit.repeat(100) };
		const whole = expectedBody(COHORT, 'add', [member]);
		const payloadLimit = Buffer.byteLength(JSON.stringify(whole));
		for (const [limit, expected] of [
			[payloadLimit, member],
			[payloadLimit - 1, { uid: 'u1' }],
		] as const) {
			const limits = { payloadLimit: limit, batchSize: 0 };
			const { batches } = atOnce(packIntoBatches(COHORT, 'add', changesOf([member]), limits));
			const sent = batches.map((batch) => JSON.parse(bodyOf(batch, TIMESTAMP)).parameters.members);
			expect(sent).toEqual([[expected]]);
		}
	},
);

test('nothing takes no request', () => {
	const limits = { payloadLimit: 1_000, batchSize: 0 };
	expect(atOnce(packIntoBatches(COHORT, 'add', [], limits))).toEqual({ batches: [], tooLarge: [] });
});

test('a request reads as the API documents it', () => {
	const cohort = { ...COHORT, description: 'Bought "often"' };
	const members = [{ uid: 'u1', anonymous_id: 'a1' }, ...uids('u2')];
	const limits = { payloadLimit: 1_000, batchSize: 0 };
	const { batches } = atOnce(
		packIntoBatches(cohort, 'remove', changesOf(members, cohort, 'remove'), limits),
	);
	expect(batches.map((batch) => bodyOf(batch, TIMESTAMP))).toEqual([
		'{"action":"remove_members","timestamp":"2026-11-23T10:00:00.000Z","partner":"n8n",' +
			'"parameters":{"cohort_name":"VIP customers","cohort_id":"vip",' +
			'"cohort_description":"Bought \\"often\\"",' +
			'"members":[{"uid":"u1","anonymous_id":"a1"},{"uid":"u2"}]}}',
	]);
});

test('the halves of a batch hold its members in order, and each knows its size', () => {
	fc.assert(
		fc.property(anyPacking(), ({ batches }) => {
			for (const batch of batches.filter(({ changes }) => changes.length > 1)) {
				const [first, second] = bisect(batch);
				expect([...first.changes, ...second.changes]).toEqual(batch.changes);
				expect([0, 1]).toContain(first.changes.length - second.changes.length);
				for (const half of [first, second]) {
					expect(half.bytes).toBe(bodyBytes(half));
					expect(half.cohort).toBe(batch.cohort);
					expect(half.action).toBe(batch.action);
				}
			}
		}),
	);
});

describe('a cohort', () => {
	const limits = { payloadLimit: 1_000, batchSize: 0 };
	const clock = new VirtualClock();
	const uidsOf = (batches: readonly Batch[]) =>
		batches.map(({ changes }) => changes.map(({ uid }) => uid).join());

	test('is packed into the removals of leavers and members, and the additions of members', () => {
		const leavers = changesOf(uids('l1', 'l2'), COHORT, 'remove');
		const [out, added, next] = changesOf(uids('out', 'in', 'next'));
		if (!out || !added || !next) throw new Error('No members');
		const members = [added, { ...out, action: 'remove' as const }, next];
		const plan = { ...plannedCohort(COHORT, members), leavers };
		const { packed, tooLarge } = atOnce(packCohort(plan, limits, clock));
		expect(uidsOf(packed.removals)).toEqual(['l1,l2,out']);
		expect(uidsOf(packed.additions)).toEqual(['in,next']);
		expect(packed.plan).toBe(plan);
		expect(packed.stats).toMatchObject({ requests: 0, bytes: 0 });
		expect(tooLarge).toEqual([]);
	});

	test('gives back what is too large, leaves out what is settled, and writes to none of it', () => {
		const members = changesOf(uids('x'.repeat(1_000), 'settled', 'in'));
		const leavers = changesOf(uids('y'.repeat(1_000)), COHORT, 'remove');
		settle(members.slice(1, 2), { status: 'unchanged' });
		const before = structuredClone([members, leavers]);
		const plan = { ...plannedCohort(COHORT, members), leavers };
		const { packed, tooLarge } = atOnce(packCohort(plan, limits, clock));
		expect(uidsOf([...packed.removals, ...packed.additions])).toEqual(['in']);
		expect(tooLarge).toEqual([leavers[0], members[0]]);
		expect([members, leavers]).toEqual(before);
	});

	test('that is refused takes no request', () => {
		const { cohort, firstItem, members } = plannedCohort(COHORT, changesOf(uids('u1')));
		const problem = { code: 'member_too_large' } as const;
		const plan = { kind: 'refused', cohort, firstItem, members, leavers: [], problem } as const;
		const { packed, tooLarge } = atOnce(packCohort(plan, limits, clock));
		expect(packed).toMatchObject({ plan, removals: [], additions: [] });
		expect(tooLarge).toEqual([]);
	});
});

function oneBatch(...texts: string[]): Batch {
	const limits = { payloadLimit: 100_000, batchSize: 0 };
	const [batch] = atOnce(packIntoBatches(COHORT, 'add', changesOf(uids(...texts)), limits)).batches;
	if (batch === undefined) throw new Error('No batch');
	return batch;
}

test.each([
	[0, 0, 128_000, 0],
	[1, 0, 128_000, 1],
	[320, 0, 128_000, 1],
	[321, 0, 128_000, 2],
	[1_000_000, 0, 128_000, 3_125],
	[20, 1, 128_000, 20],
	[1_000, 500, 128_000, 4],
	[3, 0, 300, 3],
])(
	'%d members, %d a request of at most %d bytes, are expected to take %d requests',
	(members, batchSize, payloadLimit, requests) => {
		expect(expectedRequests(members, { batchSize, payloadLimit })).toBe(requests);
	},
);
