import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { StoredSnapshot } from '../../nodes/MoEngageCohortSync/mirror/snapshotCodec';
import {
	decodeSnapshot,
	encodeSnapshot,
	savedAtOf,
	storedLength,
	storedLengthOf,
	textLength,
} from '../../nodes/MoEngageCohortSync/mirror/snapshotCodec';
import type { PreviousMember } from '../../nodes/MoEngageCohortSync/model/member';
import { atOnce, inSlices } from '../support/atOnce';
import { deflated } from '../support/deflated';
import { randomRuns } from '../support/randomRuns';

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
	fc.constantFrom('__proto__', 'constructor', 'null', ',', '~', '%', '%2c', '%252c', '%d800', ' '),
);

const member: fc.Arbitrary<PreviousMember> = fc
	.record(
		{
			uid: fc.option(identifier, { nil: undefined }),
			anonymous_id: fc.option(identifier, { nil: undefined }),
			uncertain: fc.boolean(),
			neverAccepted: fc.constant(true as const),
		},
		{ requiredKeys: ['uid', 'anonymous_id', 'uncertain'] },
	)
	.filter(({ uid, anonymous_id }) => (uid ?? anonymous_id) !== undefined)
	.map(({ neverAccepted, ...some }) =>
		some.uncertain && neverAccepted !== undefined ? { ...some, neverAccepted } : some,
	);

/** Members in one order, whatever order they are stored in. */
function ordered(members: readonly PreviousMember[]): string[] {
	return members.map((one) => JSON.stringify(one, Object.keys(one).toSorted())).toSorted();
}

async function throughStorage(written: Parameters<typeof encodeSnapshot>[0]) {
	const stored = throughN8n(await inSlices(encodeSnapshot(written, SAVED_AT)));
	const read = await inSlices(decodeSnapshot(stored));
	if (typeof read === 'string') throw new Error(`The snapshot is refused: ${read}`);
	return { stored: stored as StoredSnapshot, read };
}

describe('a snapshot', () => {
	test.each<[kind: string, copies: number, runs: number]>([
		['short', 1, 300],
		['long', 100, 40],
	])('that is %s is read as it was written, whatever the identifiers', async (_, copies, runs) => {
		const versions = new Set<number>();
		await fc.assert(
			fc.asyncProperty(fc.array(member), fc.integer(), async (some, lastFullSend) => {
				const members = Array.from({ length: copies }, () => some).flat();
				const { stored, read } = await throughStorage({ members, lastFullSend });
				expect(ordered(read.members)).toEqual(ordered(members));
				expect(read.lastFullSend).toBe(lastFullSend);
				expect(savedAtOf(stored)).toBe(SAVED_AT);
				versions.add(stored.version);
			}),
			randomRuns(runs),
		);
		expect([...versions]).toContain(copies === 1 ? 1 : 2);
	});

	test.each([
		['name', 'VIP', 'New'],
		['lastTimestamp', SAVED_AT, SAVED_AT + 1],
		['sentAfterLoss', 1, 2],
		['startedOver', true, undefined],
	])(
		'keeps its %s, where it has one, and is refused where that was edited',
		(name, value, edited) => {
			const plain = { members: [], lastFullSend: 5 };
			const written = { ...plain, [name]: value };
			const stored = atOnce(encodeSnapshot(written, SAVED_AT));
			expect(throughN8n(stored)).toMatchObject({ [name]: value });
			expect(atOnce(decodeSnapshot(throughN8n(stored)))).toMatchObject(written);
			expect(atOnce(decodeSnapshot({ ...stored, [name]: edited }))).toBe('memory_damaged');
			expect(atOnce(encodeSnapshot(plain, SAVED_AT))).not.toHaveProperty(name);
		},
	);

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

	test('of more than a million characters is checked to its end', async () => {
		// Random, so that compressing would not make them shorter.
		const uids = Array.from({ length: 12_000 }, () => randomBytes(75).toString('base64'));
		const members = uids.map((uid) => ({ uid, anonymous_id: undefined, uncertain: false }));
		const { stored, read } = await throughStorage({ members, lastFullSend: 5 });
		const all = `1 ${SAVED_AT} 5\n${uids.join(',')}\n`;
		const check = createHash('sha256').update(all).digest('base64').slice(0, 16);
		expect(stored.check).toBe(check);
		expect(read).toEqual({ members, lastFullSend: 5 });
	});

	test('of UUIDs has a check of all its fields, in this form', async () => {
		const members = Array.from({ length: 300 }, () => ({
			...{ uid: randomUUID(), anonymous_id: undefined, uncertain: false },
		}));
		const { stored } = await throughStorage({ members, lastFullSend: 5, name: 'VIP' });
		const bytes = Buffer.from(members.map(({ uid }) => uid.replaceAll('-', '')).join(''), 'hex');
		expect(stored).toMatchObject({ version: 2, members: '', uncertain: '' });
		expect(Buffer.from(stored.uuids ?? '', 'base64')).toHaveLength(bytes.length);
		const all = `2 ${SAVED_AT} 5\n\n\n${stored.uuids}\n{"name":"VIP"}`;
		expect(stored.check).toBe(createHash('sha256').update(all).digest('base64').slice(0, 16));
	});

	const hex = (number: number, length: number) => number.toString(16).padStart(length, '0');
	test.each<[kind: string, atMost: number, idOf: (index: number) => string]>([
		['UUIDs', 22, () => randomUUID()],
		['UUIDs in upper case', 28, () => randomUUID().toUpperCase()],
		['running numbers', 3, (index) => String(1_000_000 + index)],
		['random 10 digits', 6.5, () => String(randomInt(1e9, 1e10))],
		['object IDs', 7, (index) => `${hex(1.7e9 + index * 7, 8)}5f1b2c3d4e${hex(index, 6)}`],
	])('of %s takes at most %d bytes a member', async (_, atMost, idOf) => {
		const count = 10_000;
		const uids = Array.from({ length: count }, (_, index) => idOf(index));
		const order = uids.toSorted(() => randomInt(2) - 0.5);
		const members = order.map((uid) => ({ uid, anonymous_id: undefined, uncertain: false }));
		const { stored, read } = await throughStorage({ members, lastFullSend: SAVED_AT });
		expect(Buffer.byteLength(JSON.stringify(stored)) / count).toBeLessThan(atMost);
		expect(ordered(read.members)).toEqual(ordered(members));
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

/** With a valid check, as someone would make it who edits a snapshot and knows how. */
function checked(stored: Omit<StoredSnapshot, 'check'>): StoredSnapshot {
	const { version, savedAt, lastFullSend, members, uncertain, uuids } = stored;
	const hash = createHash('sha256').update(`${version} ${savedAt} ${lastFullSend}\n`);
	for (const text of [members, '\n', uncertain, ...(uuids === undefined ? [] : ['\n', uuids])]) {
		hash.update(text);
	}
	return { ...stored, check: hash.digest('base64').slice(0, 16) };
}

function compressed(members: string) {
	return checked({ version: 2, savedAt: SAVED_AT, lastFullSend: 5, members, uncertain: '' });
}

describe('a compressed snapshot that can not be trusted is refused', () => {
	test('and otherwise it is read', async () => {
		expect(await inSlices(decodeSnapshot(compressed(await deflated('u1,u2'))))).toMatchObject({
			members: [{ uid: 'u1' }, { uid: 'u2' }],
		});
	});

	test.each<[what: string, members: () => Promise<string> | string]>([
		['is text', () => 'u1,u2'],
		['ends too early', async () => (await deflated('u1,u2')).slice(0, -4)],
		['is not UTF-8', async () => await deflated(Buffer.from([0x75, 0xff]))],
	])('where it %s', async (_, members) => {
		expect(await inSlices(decodeSnapshot(compressed(await members())))).toBe(DAMAGED);
	});

	test('where it would fill the memory', async () => {
		const bomb = await deflated(Buffer.alloc(151_000_000, 'a'));
		expect(bomb.length).toBeLessThan(1_000_000);
		expect(await inSlices(decodeSnapshot(compressed(bomb)))).toBe(DAMAGED);
	});

	test.each(['members', 'uncertain', 'uuids'] as const)(
		'where its %s were edited',
		async (part) => {
			const someone = (uid: string, uncertain: boolean) => ({
				uid,
				anonymous_id: undefined,
				uncertain,
			});
			const members = Array.from({ length: 1_000 }, (_, index) => [
				someone(randomUUID(), false),
				someone(`u${index}`, false),
				someone(`v${index}`, true),
			]).flat();
			const { stored } = await throughStorage({ members, lastFullSend: 5 });
			expect(stored.version).toBe(2);
			const edited = {
				...stored,
				[part]: stored[part]?.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')),
			};
			expect(await inSlices(decodeSnapshot(edited))).toBe(DAMAGED);
			expect(await inSlices(decodeSnapshot({ ...stored, [part]: undefined }))).toBe(DAMAGED);
			expect(await inSlices(decodeSnapshot({ ...stored, version: 1 }))).toBe(DAMAGED);
		},
	);
});

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
		['a newer version', { ...good, version: 3 }, OTHER_VERSION],
		['the compressed version', { ...good, version: 2 }, DAMAGED],
		['an older version', { version: 0, ids: [] }, OTHER_VERSION],
	])('%s', (_what, stored, fault) => {
		expect(atOnce(decodeSnapshot(stored))).toBe(fault);
	});

	test('of these, the ones that only a reader could date have no date', () => {
		expect(savedAtOf({ ...good, version: 3 })).toBeUndefined();
		expect(savedAtOf(good)).toBe(SAVED_AT);
		expect(savedAtOf({ ...good, uuids: 5 })).toBeUndefined();
		for (const name of ['savedAt', 'members', 'uncertain', 'version']) {
			expect(savedAtOf({ ...good, [name]: null })).toBeUndefined();
			expect(savedAtOf({ ...good, [name]: [] })).toBeUndefined();
		}
		expect(savedAtOf('u1')).toBeUndefined();
		expect(savedAtOf(undefined)).toBeUndefined();
	});
});

describe('the room that members take', () => {
	const plain = fc.string({ minLength: 1, unit: fc.constantFrom('a', 'b', '1', 'ä') });
	const someone = fc
		.record({
			uid: fc.option(fc.oneof(plain, fc.uuid()), { nil: undefined }),
			anonymous_id: fc.option(plain, { nil: undefined }),
		})
		.filter(({ uid, anonymous_id }) => (uid ?? anonymous_id) !== undefined);

	test('is that of their snapshot, and never more than their text, if nothing has to be escaped', async () => {
		const sizes = fc.constantFrom(1, 200);
		await fc.assert(
			fc.asyncProperty(fc.array(someone), sizes, async (some, copies) => {
				const members = Array.from({ length: copies }, () => some).flat();
				const certain = members.map((one) => ({ ...one, uncertain: false }));
				const { stored } = await throughStorage({ members: certain, lastFullSend: 0 });
				expect(await inSlices(storedLengthOf(members))).toBe(storedLength(stored));
				expect(storedLength(stored)).toBeLessThanOrEqual(textLength(members));
			}),
			randomRuns(40),
		);
	});

	test('is that of all three fields of a snapshot', () => {
		expect(storedLength({ ...good, members: '12345', uncertain: '12', uuids: '1' })).toBe(8);
		expect(storedLength({ ...good, members: '', uncertain: '12' })).toBe(2);
	});

	test('is none where there is no snapshot', () => {
		for (const stored of [undefined, null, 'u1', { ...good, members: 5 }]) {
			expect(storedLength(stored)).toBe(0);
		}
	});
});
