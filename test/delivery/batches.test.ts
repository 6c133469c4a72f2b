import fc from 'fast-check';
import type { Batch } from '../../nodes/MoEngageCohortSync/delivery/batches';
import { halve, packBatches, requestBody } from '../../nodes/MoEngageCohortSync/delivery/batches';
import type { Action, Change } from '../../nodes/MoEngageCohortSync/plan/changes';
import type { Cohort } from '../../nodes/MoEngageCohortSync/plan/cohort';
import type { Member } from '../../nodes/MoEngageCohortSync/plan/member';
import { memberJson } from '../../nodes/MoEngageCohortSync/plan/member';
import { atOnce } from '../support/atOnce';

const COHORT: Cohort = { id: 'vip', name: 'VIP customers', description: '', partner: 'n8n' };
const TIMESTAMP = '2026-11-23T10:00:00.000Z';

function changesOf(members: readonly Member[], cohort = COHORT, action: Action = 'add'): Change[] {
	return members.map((member, item) => ({ ...member, item, action, cohort, outcome: undefined }));
}

function uids(...texts: string[]): Member[] {
	return texts.map((uid) => ({ uid, anonymous_id: undefined }));
}

function bodyBytes(batch: Batch): number {
	return Buffer.byteLength(requestBody(batch, TIMESTAMP));
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
				...atOnce(packBatches(cohort, action, changes, limits)),
			};
		});
}

test('every change is in one batch or oversized, in the order given', () => {
	fc.assert(
		fc.property(anyPacking(), ({ changes, batches, oversized }) => {
			const packed = batches.flatMap((batch) => batch.changes);
			const left = new Set(oversized);
			expect(packed).toEqual(changes.filter((change) => !left.has(change)));
			expect(oversized).toEqual(changes.filter((change) => left.has(change)));
		}),
	);
});

test('a request holds exactly the members of its batch and the cohort around them', () => {
	fc.assert(
		fc.property(anyPacking(), ({ cohort, action, batches }) => {
			for (const batch of batches) {
				expect(JSON.parse(requestBody(batch, TIMESTAMP))).toEqual({
					action: action === 'add' ? 'add_members' : 'remove_members',
					timestamp: TIMESTAMP,
					partner: cohort.partner,
					parameters: {
						cohort_name: cohort.name,
						cohort_id: cohort.id,
						...(cohort.description === '' ? {} : { cohort_description: cohort.description }),
						members: batch.changes.map(({ uid, anonymous_id }) => ({
							...(uid === undefined ? {} : { uid }),
							...(anonymous_id === undefined ? {} : { anonymous_id }),
						})),
					},
				});
			}
		}),
	);
});

test('a batch knows its size in bytes, whatever its texts and its timestamp are', () => {
	const time = fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true });
	fc.assert(
		fc.property(anyPacking(), time, ({ batches }, date) => {
			for (const batch of batches) {
				expect(batch.bytes).toBe(Buffer.byteLength(requestBody(batch, date.toISOString())));
			}
		}),
	);
});

test('no batch is above a limit, and what is oversized is so even alone', () => {
	fc.assert(
		fc.property(anyPacking(), ({ cohort, action, batches, oversized, limits }) => {
			for (const batch of batches) {
				expect(batch.changes.length).toBeGreaterThan(0);
				expect(bodyBytes(batch)).toBeLessThanOrEqual(limits.payloadLimit);
				expect(batch.changes.length).toBeLessThanOrEqual(limits.batchSize || Infinity);
			}
			const roomy = { payloadLimit: 1_000_000, batchSize: 1 };
			for (const alone of atOnce(packBatches(cohort, action, oversized, roomy)).batches) {
				expect(bodyBytes(alone)).toBeGreaterThan(limits.payloadLimit);
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
				const bytesWithNext = bodyBytes(batch) + 1 + Buffer.byteLength(memberJson(first));
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
			const { batches } = atOnce(packBatches(COHORT, 'add', changesOf(members), limits));
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
	const { batches, oversized } = atOnce(packBatches(COHORT, 'add', whole.changes, limits));
	expect(batches.map(({ changes }) => changes.length)).toEqual(lengths);
	expect(oversized).toEqual([]);
});

test.each([
	['fits alone to the last byte', 0, 1],
	['is oversized one byte below that', -1, 0],
])('a member %s', (_what, difference, count) => {
	const alone = oneBatch('日本');
	const limits = { payloadLimit: alone.bytes + difference, batchSize: 0 };
	const { batches, oversized } = atOnce(packBatches(COHORT, 'add', alone.changes, limits));
	expect([batches.length, oversized.length]).toEqual([count, 1 - count]);
});

test.each([
	['goes with it', 0, 'a'.repeat(500)],
	['is left out one byte below that, and the uid goes alone', -1, undefined],
])('an anonymous id that just fits beside its uid %s', (_what, difference, anonymousId) => {
	const changes = changesOf([{ uid: 'u1', anonymous_id: 'a'.repeat(500) }]);
	const whole = bodyBytes({ cohort: COHORT, action: 'add', changes, bytes: 0 });
	const limits = { payloadLimit: whole + difference, batchSize: 0 };
	const { batches, oversized } = atOnce(packBatches(COHORT, 'add', changes, limits));
	expect(oversized).toEqual([]);
	expect(batches.map(({ changes }) => changes)).toMatchObject([
		[{ uid: 'u1', anonymous_id: anonymousId }],
	]);
	expect(batches.map(bodyBytes)).toEqual(batches.map(({ bytes }) => bytes));
});

test('nothing takes no request', () => {
	const limits = { payloadLimit: 1_000, batchSize: 0 };
	expect(atOnce(packBatches(COHORT, 'add', [], limits))).toEqual({ batches: [], oversized: [] });
});

test('a request reads as the API documents it', () => {
	const cohort = { ...COHORT, description: 'Bought "often"' };
	const members = [{ uid: 'u1', anonymous_id: 'a1' }, ...uids('u2')];
	const limits = { payloadLimit: 1_000, batchSize: 0 };
	const { batches } = atOnce(
		packBatches(cohort, 'remove', changesOf(members, cohort, 'remove'), limits),
	);
	expect(batches.map((batch) => requestBody(batch, TIMESTAMP))).toEqual([
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
				const [first, second] = halve(batch);
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

function oneBatch(...texts: string[]): Batch {
	const limits = { payloadLimit: 100_000, batchSize: 0 };
	const [batch] = atOnce(packBatches(COHORT, 'add', changesOf(uids(...texts)), limits)).batches;
	if (batch === undefined) throw new Error('No batch');
	return batch;
}
