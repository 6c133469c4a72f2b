import { createHash, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { PreviousMember } from '../../nodes/MoEngageCohortSync/plan/changes';
import type { StoredMemory } from '../../nodes/MoEngageCohortSync/mirror/memory';
import {
	LONGEST_MEMORY,
	readMemory,
	savedAtOf,
	tooLargeToRemember,
	writeMemory,
} from '../../nodes/MoEngageCohortSync/mirror/memory';
import { Refusal } from '../../nodes/MoEngageCohortSync/refusal';
import { atOnce } from '../support/atOnce';

const SAVED_AT = Date.UTC(2026, 10, 23);

/** As n8n keeps it: written to its database and read from there. */
function throughN8n(stored: StoredMemory): unknown {
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

describe('a memory', () => {
	test('is read as it was written, whatever the identifiers', () => {
		fc.assert(
			fc.property(members, fc.integer(), (written, lastFullSend) => {
				const stored = throughN8n(
					atOnce(writeMemory({ members: written, lastFullSend }, SAVED_AT)),
				);
				const certain = written.filter(({ uncertain }) => !uncertain);
				const uncertain = written.filter((member) => member.uncertain);
				expect(atOnce(readMemory(stored, 'VIP'))).toEqual({
					members: [...certain, ...uncertain],
					lastFullSend,
				});
				expect(savedAtOf(stored)).toBe(SAVED_AT);
			}),
			{ numRuns: 500 },
		);
	});

	test('may be empty', () => {
		const stored = throughN8n(atOnce(writeMemory({ members: [], lastFullSend: 5 }, SAVED_AT)));
		expect(atOnce(readMemory(stored, 'VIP'))).toEqual({ members: [], lastFullSend: 5 });
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
		expect(atOnce(readMemory(stored, 'VIP'))).toEqual({
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
		const stored = atOnce(writeMemory({ members, lastFullSend: 5 }, SAVED_AT));
		const all = `1 ${SAVED_AT} 5\n${uids.join(',')}\n`;
		const check = createHash('sha256').update(all).digest('base64').slice(0, 16);
		expect(stored.check).toBe(check);
		expect(atOnce(readMemory(stored, 'VIP'))).toEqual({ members, lastFullSend: 5 });
	});

	test('takes at most 40 bytes for an ID of 36 characters', () => {
		const many = Array.from({ length: 1_000 }, () => ({
			uid: randomUUID(),
			anonymous_id: undefined,
			uncertain: false,
		}));
		const stored = atOnce(writeMemory({ members: many, lastFullSend: SAVED_AT }, SAVED_AT));
		expect(Buffer.byteLength(JSON.stringify(stored)) / many.length).toBeLessThan(40);
	});
});

const good = atOnce(
	writeMemory(
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

const DAMAGED = 'What the workflow remembers of the cohort "VIP" is damaged or was edited by hand';
const OTHER_VERSION =
	'What the workflow remembers of the cohort "VIP" was written by another version of this node';

describe('a memory that can not be trusted is refused, never guessed', () => {
	test.each<[what: string, stored: unknown, message: string]>([
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
	])('%s', (_what, stored, message) => {
		const refusal = atOnce(readMemory(stored, 'VIP'));
		expect(refusal).toBeInstanceOf(Refusal);
		expect(refusal).toMatchObject({
			message,
			status: 'not_sent',
			fix: expect.stringMatching(/^Nothing was sent\. .*another 'Cohort ID'.*'Second Input'/),
		});
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

describe('a cohort too large to remember', () => {
	const member = (length: number, anonymousLength?: number) => ({
		uid: 'u'.repeat(length),
		anonymous_id: anonymousLength === undefined ? undefined : 'a'.repeat(anonymousLength),
	});
	const half = LONGEST_MEMORY / 2;

	test('is refused with the way out', () => {
		expect(tooLargeToRemember([member(half), member(half)])).toMatchObject({
			message: 'The cohort has 2 members, more than a workflow can remember',
			fix: "Nothing was sent. Set 'Previous Members' to 'Second Input' and keep the members in a Data Table or a database.",
			status: 'not_sent',
		});
	});

	test('is one whose anonymous IDs make it so, too', () => {
		expect(tooLargeToRemember([member(half, half)])).toBeInstanceOf(Refusal);
	});

	test('is none that just fits', () => {
		expect(tooLargeToRemember([member(half - 1), member(half - 1)])).toBeUndefined();
		expect(tooLargeToRemember([member(half - 1, half - 1)])).toBeUndefined();
	});

	test('is none of a million IDs of 36 characters', () => {
		const one = member(36);
		expect(tooLargeToRemember(Array.from({ length: 1_000_000 }, () => one))).toBeUndefined();
	});
});
