import { createHash, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { StoredSnapshot } from '../../nodes/MoEngageCohortSync/mirror/snapshotCodec';
import {
	decodeSnapshot,
	encodeSnapshot,
	savedAtOf,
	storedLength,
	textLength,
} from '../../nodes/MoEngageCohortSync/mirror/snapshotCodec';
import type { PreviousMember } from '../../nodes/MoEngageCohortSync/model/member';
import { atOnce } from '../support/atOnce';

const SAVED_AT = Date.UTC(2026, 10, 23);

/** As n8n keeps it: written to its database and read from there. */
function throughN8n(stored: StoredSnapshot): unknown {
	return JSON.parse(JSON.stringify(stored)) as unknown;
}

const identifier = fc.oneof(
	fc.string({ minLength: 1, unit: fc.constantFrom(',', '~', '%', '2', 'c', '7', 'e', 'a') }),
	fc.string({ minLength: 1, unit: 'binary' }),
	fc.string({ minLength: 1, unit: fc.constantFrom('\ud800', '\udc00', '\u0000', '"', '\\', '\n') }),
	fc.uuid(),
	fc.constantFrom('__proto__', 'constructor', 'null', ',', '~', '%', '%2c', '%252c', ' '),
);

const members: fc.Arbitrary<PreviousMember[]> = fc.array(
	fc
		.record({
			uid: fc.option(identifier, { nil: undefined }),
			anonymous_id: fc.option(identifier, { nil: undefined }),
			uncertain: fc.boolean(),
		})
		.filter(({ uid, anonymous_id }) => (uid ?? anonymous_id) !== undefined),
);

describe('a snapshot', () => {
	test('is read as it was written, whatever the identifiers', () => {
		fc.assert(
			fc.property(members, fc.integer(), (written, lastFullSend) => {
				const stored = throughN8n(
					atOnce(encodeSnapshot({ members: written, lastFullSend }, SAVED_AT)),
				);
				const certain = written.filter(({ uncertain }) => !uncertain);
				const uncertain = written.filter((member) => member.uncertain);
				expect(atOnce(decodeSnapshot(stored))).toEqual({
					members: [...certain, ...uncertain],
					lastFullSend,
				});
				expect(savedAtOf(stored)).toBe(SAVED_AT);
			}),
			{ numRuns: 500 },
		);
	});

	test('may be empty', () => {
		const stored = throughN8n(atOnce(encodeSnapshot({ members: [], lastFullSend: 5 }, SAVED_AT)));
		expect(atOnce(decodeSnapshot(stored))).toEqual({ members: [], lastFullSend: 5 });
	});

	test('of the first version of this node is read by every later one', () => {
		const stored = {
			version: 1,
			savedAt: SAVED_AT,
			lastFullSend: Date.UTC(2026, 10, 20),
			members: 'u1,a%2cb%7ec%25~x%7e',
			uncertain: '~a3,u4~a4',
			check: 'tFelHmLakU+67j4p',
		};
		expect(atOnce(decodeSnapshot(stored))).toEqual({
			members: [
				{ uid: 'u1', anonymous_id: undefined, uncertain: false },
				{ uid: 'a,b~c%', anonymous_id: 'x~', uncertain: false },
				{ uid: undefined, anonymous_id: 'a3', uncertain: true },
				{ uid: 'u4', anonymous_id: 'a4', uncertain: true },
			],
			lastFullSend: stored.lastFullSend,
		});
	});

	test('of more than a million characters is checked to its end', () => {
		const uids = Array.from({ length: 30_000 }, (_, index) => `${index}`.padStart(99, 'u'));
		const members = uids.map((uid) => ({ uid, anonymous_id: undefined, uncertain: false }));
		const stored = atOnce(encodeSnapshot({ members, lastFullSend: 5 }, SAVED_AT));
		const all = `1 ${SAVED_AT} 5\n${uids.join(',')}\n`;
		const check = createHash('sha256').update(all).digest('base64').slice(0, 16);
		expect(stored.check).toBe(check);
		expect(atOnce(decodeSnapshot(stored))).toEqual({ members, lastFullSend: 5 });
	});

	test('takes at most 40 bytes for an ID of 36 characters', () => {
		const many = Array.from({ length: 1_000 }, () => ({
			uid: randomUUID(),
			anonymous_id: undefined,
			uncertain: false,
		}));
		const stored = atOnce(encodeSnapshot({ members: many, lastFullSend: SAVED_AT }, SAVED_AT));
		expect(Buffer.byteLength(JSON.stringify(stored)) / many.length).toBeLessThan(40);
	});
});

const good = atOnce(
	encodeSnapshot(
		{
			members: [
				{ uid: 'u1', anonymous_id: 'a1', uncertain: false },
				{ uid: 'u2', anonymous_id: undefined, uncertain: true },
			],
			lastFullSend: SAVED_AT,
		},
		SAVED_AT,
	),
);

const DAMAGED = 'memory_damaged';
const OTHER_VERSION = 'memory_of_other_version';

describe('a snapshot that can not be trusted is refused, never guessed', () => {
	test.each<[what: string, stored: unknown, fault: string]>([
		['a member edited out', { ...good, members: '' }, DAMAGED],
		['a member edited in', { ...good, members: `${good.members},u3` }, DAMAGED],
		['an uncertain member edited', { ...good, uncertain: 'u3' }, DAMAGED],
		['a member moved', { ...good, members: `${good.members},u2`, uncertain: '' }, DAMAGED],
		['a later date', { ...good, savedAt: SAVED_AT + 1 }, DAMAGED],
		['another full send', { ...good, lastFullSend: 0 }, DAMAGED],
		['cut off', { ...good, members: good.members.slice(0, -1) }, DAMAGED],
		['no check', { ...good, check: undefined }, DAMAGED],
		['no members', { ...good, members: undefined }, DAMAGED],
		['a list of members', { ...good, members: ['u1'] }, DAMAGED],
		['no date', { ...good, savedAt: undefined }, DAMAGED],
		['no version', { ...good, version: undefined }, DAMAGED],
		['the version as text', { ...good, version: '1' }, DAMAGED],
		['nothing in it', {}, DAMAGED],
		['null', null, DAMAGED],
		['a text', 'u1,u2', DAMAGED],
		['a list', ['u1'], DAMAGED],
		['a newer version', { ...good, version: 2 }, OTHER_VERSION],
		['an older version', { version: 0, ids: [] }, OTHER_VERSION],
	])('%s', (_what, stored, fault) => {
		expect(atOnce(decodeSnapshot(stored))).toBe(fault);
	});

	test('of these, the ones that only a reader could date have no date', () => {
		expect(savedAtOf({ ...good, version: 2 })).toBeUndefined();
		for (const name of ['savedAt', 'members', 'uncertain', 'version']) {
			expect(savedAtOf({ ...good, [name]: null })).toBeUndefined();
			expect(savedAtOf({ ...good, [name]: [] })).toBeUndefined();
		}
		expect(savedAtOf('u1')).toBeUndefined();
		expect(savedAtOf(undefined)).toBeUndefined();
	});
});

describe('the room that members take', () => {
	test('is that of their snapshot, where no sign has to be escaped', () => {
		const plain = fc.string({ minLength: 1, unit: fc.constantFrom('a', 'b', '1', 'ä') });
		const someone = fc
			.record({
				uid: fc.option(plain, { nil: undefined }),
				anonymous_id: fc.option(plain, { nil: undefined }),
				uncertain: fc.boolean(),
			})
			.filter(({ uid, anonymous_id }) => (uid ?? anonymous_id) !== undefined);
		fc.assert(
			fc.property(fc.array(someone), (members) => {
				const stored = throughN8n(atOnce(encodeSnapshot({ members, lastFullSend: 0 }, SAVED_AT)));
				// The last of each text has no comma after it.
				const texts = new Set(members.map(({ uncertain }) => uncertain)).size;
				expect(storedLength(stored)).toBe(textLength(members) - texts);
			}),
		);
	});

	test('is none where there is no snapshot', () => {
		for (const stored of [undefined, null, 'u1', { ...good, members: 5 }]) {
			expect(storedLength(stored)).toBe(0);
		}
	});
});
