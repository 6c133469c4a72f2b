import { createHash } from 'node:crypto';
import type { Member, PreviousMember } from '../model/member';
import type { Task } from '../slicing';
import { each, eachIndex, sortInSlices, waitFor } from '../slicing';
import { compress, decompress } from './compression';
import { encodeMember, MemberTextReader } from './memberText';
import { decodeUuids, encodeUuids, isUuid } from './uuids';

/** What a workflow remembers about one cohort. */
export interface CohortSnapshot {
	readonly members: readonly PreviousMember[];
	/**
	 * When the last full send was, in ms since 1970: the first run, or the last one in which MoEngage accepted everyone but
	 * members that it rejects individually.
	 */
	readonly lastFullSend: number;
	/** The cohort's name when everyone was last sent; empty if it was sent under several names since. */
	readonly name?: string | undefined;
	/** The latest timestamp that MoEngage got for the cohort, in ms since 1970. */
	readonly lastTimestamp?: number | undefined;
	/** The `lostAt` of the lost run after which everyone was sent again. */
	readonly sentAfterLoss?: number | undefined;
	/** The last run had 'Start Over' on, which works once. */
	readonly startedOver?: boolean | undefined;
}

/** A snapshot as stored in the workflow's static data. */
export interface StoredSnapshot {
	/** 1: `members` and `uncertain` are text. 2: they are compressed, and UUIDs are stored separately. */
	readonly version: 1 | 2;
	/** In ms since 1970, later than that of the previous snapshot. */
	readonly savedAt: number;
	/** In ms since 1970. */
	readonly lastFullSend: number;
	readonly members: string;
	/** Members whose last request may or may not have been applied. */
	readonly uncertain: string;
	/** Members known by nothing but a UUID as their uid, except uncertain ones. */
	readonly uuids?: string;
	/** How many of `uncertain`, from the first, were never accepted; missing if none. */
	readonly neverAccepted?: number;
	readonly name?: string;
	/** In ms since 1970. */
	readonly lastTimestamp?: number;
	readonly sentAfterLoss?: number;
	readonly startedOver?: true;
	/** Of all other fields, so that a damaged or edited snapshot is noticed. */
	readonly check: string;
}

/** Why a stored snapshot can't be decoded. The node never guesses what a damaged one means. */
export type SnapshotFault = 'memory_of_other_version' | 'memory_damaged';

/** Text of this length, in characters, is compressed; what is shorter is not worth it. */
const COMPRESS_FROM = 10_000;

/** The longest text that is decompressed, in characters: more than ten million numeric IDs. */
const MAX_TEXT_LENGTH = 150_000_000;

/** @param savedAt in ms since 1970 */
export function* encodeSnapshot(
	{ members, lastFullSend, name, lastTimestamp, sentAfterLoss, startedOver }: CohortSnapshot,
	savedAt: number,
): Task<StoredSnapshot> {
	const groups = yield* groupMembers(members);
	const neverAccepted = groups.neverAccepted.length;
	const snapshot = {
		...(yield* encodeMembers(groups)),
		savedAt,
		lastFullSend,
		...(neverAccepted === 0 ? {} : { neverAccepted }),
		...(name === undefined ? {} : { name }),
		...(lastTimestamp === undefined ? {} : { lastTimestamp }),
		...(sentAfterLoss === undefined ? {} : { sentAfterLoss }),
		...(startedOver === true ? { startedOver } : {}),
	};
	return { ...snapshot, check: yield* checksum(snapshot) };
}

/** Members as text, except UUIDs. */
interface MemberGroups {
	readonly certain: readonly string[];
	readonly uuids: readonly string[];
	readonly neverAccepted: readonly string[];
	readonly otherUncertain: readonly string[];
}

function* groupMembers(members: readonly PreviousMember[]): Task<MemberGroups> {
	const certain: string[] = [];
	const uuids: string[] = [];
	const neverAccepted: string[] = [];
	const otherUncertain: string[] = [];
	yield* each(members, (member) => {
		if (!member.uncertain) (isPlainUuid(member) ? uuids : certain).push(encodeMember(member));
		else
			(member.neverAccepted === true ? neverAccepted : otherUncertain).push(encodeMember(member));
	});
	return { certain, uuids, neverAccepted, otherUncertain };
}

function isPlainUuid({ uid, anonymous_id }: Member): boolean {
	return anonymous_id === undefined && uid !== undefined && isUuid(uid);
}

type EncodedMembers = Pick<StoredSnapshot, 'version' | 'members' | 'uncertain' | 'uuids'>;

function* encodeMembers(groups: MemberGroups): Task<EncodedMembers> {
	const { certain, uuids, neverAccepted, otherUncertain } = groups;
	const uncertain = [...neverAccepted, ...otherUncertain];
	const length = lengthOf(certain) + lengthOf(uuids) + lengthOf(uncertain);
	if (length >= COMPRESS_FROM && length <= MAX_TEXT_LENGTH) {
		const compressed = {
			version: 2 as const,
			members: yield* compressMembers(yield* sortInSlices(certain)),
			uncertain: yield* compressMembers(uncertain),
			...(uuids.length === 0 ? {} : { uuids: yield* encodeUuids(uuids) }),
		};
		if (lengthOfStored(compressed) < length) return compressed;
	}
	const members = [...certain, ...uuids].join(',');
	return { version: 1, members, uncertain: uncertain.join(',') };
}

/** With a comma after each. */
function lengthOf(texts: readonly string[]): number {
	return texts.reduce((length, text) => length + text.length + 1, 0);
}

/** Members compressed at a time: less than 1 ms. */
const MEMBERS_PER_PIECE = 1_000;

/** @returns '' if there are none */
function* compressMembers(texts: readonly string[]): Task<string> {
	return texts.length === 0 ? '' : yield* waitFor(compress(piecesOf(texts)));
}

function* piecesOf(texts: readonly string[]): Generator<string> {
	for (let start = 0; start < texts.length; start += MEMBERS_PER_PIECE) {
		const piece = texts.slice(start, start + MEMBERS_PER_PIECE).join(',');
		yield start === 0 ? piece : `,${piece}`;
	}
}

export function* decodeSnapshot(stored: unknown): Task<CohortSnapshot | SnapshotFault> {
	if (isOfOtherVersion(stored)) return 'memory_of_other_version';
	if (!isStored(stored) || stored.check !== (yield* checksum(stored))) return 'memory_damaged';
	const members: PreviousMember[] = [];
	try {
		yield* decodeUuids(stored.uuids ?? '', (uid) =>
			members.push({ uid, anonymous_id: undefined, uncertain: false }),
		);
		yield* decodeMembers(stored.members, stored.version, false, members);
		const { length: certain } = members;
		yield* decodeMembers(stored.uncertain, stored.version, true, members);
		yield* eachIndex(stored.neverAccepted ?? 0, (index) => {
			const member = members[certain + index];
			if (member !== undefined) members[certain + index] = { ...member, neverAccepted: true };
		});
	} catch {
		return 'memory_damaged';
	}
	const { lastFullSend, name, lastTimestamp, sentAfterLoss, startedOver } = stored;
	return { members, lastFullSend, name, lastTimestamp, sentAfterLoss, startedOver };
}

/** Characters decoded at a time. */
const DECODE_CHUNK = 10_000;

function* decodeMembers(
	text: string,
	version: StoredSnapshot['version'],
	uncertain: boolean,
	into: PreviousMember[],
): Task<void> {
	if (text === '') return;
	const reader = new MemberTextReader(uncertain, into);
	if (version === 2) {
		yield* waitFor(decompress(text, (piece) => reader.read(piece), MAX_TEXT_LENGTH));
	} else {
		for (let start = 0; start < text.length; start += DECODE_CHUNK) {
			reader.read(text.slice(start, start + DECODE_CHUNK));
			yield;
		}
	}
	reader.end();
}

/** The name that a cohort had when its snapshot was saved; `undefined` if it can't be decoded. */
export function nameOf(stored: unknown): string | undefined {
	return isStored(stored) ? stored.name : undefined;
}

/** When a snapshot was saved, in ms since 1970; `undefined` if it can't be decoded. */
export function savedAtOf(stored: unknown): number | undefined {
	return isStored(stored) ? stored.savedAt : undefined;
}

/**
 * The most characters that these members take in a snapshot, if nothing in them has to be escaped: those of their
 * text.
 */
export function textLength(members: readonly Member[]): number {
	let length = 0;
	for (const { uid = '', anonymous_id } of members) {
		length += uid.length + 1 + (anonymous_id === undefined ? 0 : anonymous_id.length + 1);
	}
	return length;
}

/** Characters that these members take in a snapshot if they are all certain. Takes as long as writing them. */
export function* storedLengthOf(members: readonly Member[]): Task<number> {
	const certain = members.map(({ uid, anonymous_id }) => ({ uid, anonymous_id, uncertain: false }));
	return lengthOfStored(yield* encodeMembers(yield* groupMembers(certain)));
}

/** Characters that the members of a stored snapshot take. */
export function storedLength(stored: unknown): number {
	return isStored(stored) ? lengthOfStored(stored) : 0;
}

function lengthOfStored({ members, uncertain, uuids = '' }: EncodedMembers): number {
	return members.length + uncertain.length + uuids.length;
}

function isOfOtherVersion(stored: unknown): boolean {
	if (typeof stored !== 'object' || stored === null) return false;
	const version: unknown = Reflect.get(stored, 'version');
	return typeof version === 'number' && version !== 1 && version !== 2;
}

function isStored(stored: unknown): stored is StoredSnapshot {
	if (typeof stored !== 'object' || stored === null) return false;
	const typeOf = (name: keyof StoredSnapshot) => typeof Reflect.get(stored, name);
	return (
		typeOf('version') === 'number' &&
		!isOfOtherVersion(stored) &&
		typeOf('savedAt') === 'number' &&
		typeOf('members') === 'string' &&
		typeOf('uncertain') === 'string' &&
		['string', 'undefined'].includes(typeOf('uuids'))
	);
}

/** Characters hashed at a time: about 0.1 ms. */
const HASH_CHUNK = 100_000;

function* checksum(stored: Omit<StoredSnapshot, 'check'>): Task<string> {
	const { version, savedAt, lastFullSend, members, uncertain, uuids } = stored;
	const hash = createHash('sha256').update(`${version} ${savedAt} ${lastFullSend}\n`);
	for (const text of [members, '\n', uncertain, ...(uuids === undefined ? [] : ['\n', uuids])]) {
		yield* eachIndex(Math.ceil(text.length / HASH_CHUNK), (chunk) => {
			hash.update(text.slice(chunk * HASH_CHUNK, (chunk + 1) * HASH_CHUNK));
		});
	}
	const { neverAccepted, name, lastTimestamp, sentAfterLoss, startedOver } = stored;
	const added = JSON.stringify({ neverAccepted, name, lastTimestamp, sentAfterLoss, startedOver });
	// Version 0.1.0 of the node stored none of these.
	if (added !== '{}') hash.update(`\n${added}`);
	return hash.digest('base64').slice(0, 16);
}
