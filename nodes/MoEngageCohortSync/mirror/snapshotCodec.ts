import { createHash } from 'node:crypto';
import type { Member, PreviousMember } from '../model/member';
import type { Task } from '../slicing';
import { each, eachIndex } from '../slicing';

/** What a workflow remembers about one cohort. */
export interface CohortSnapshot {
	readonly members: readonly PreviousMember[];
	/** When every member was last sent and accepted, in ms since 1970. */
	readonly lastFullSend: number;
	/** The cohort's name in its last run. */
	readonly name?: string | undefined;
	/** The latest timestamp that MoEngage got for the cohort, in ms since 1970. */
	readonly lastTimestamp?: number | undefined;
	/** The `lostAt` of the lost run after which everyone was sent again. */
	readonly sentAfterLoss?: number | undefined;
	/** The last run had 'Start Over' on, which works once. */
	readonly startedOver?: boolean | undefined;
}

/** A snapshot as stored in the workflow's static data: members as one text, which is the most compact form. */
export interface StoredSnapshot {
	readonly version: 1;
	/** In ms since 1970, later than that of the previous snapshot. */
	readonly savedAt: number;
	/** In ms since 1970. */
	readonly lastFullSend: number;
	readonly members: string;
	/** Members whose last request may or may not have been applied. */
	readonly uncertain: string;
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

/** @param savedAt in ms since 1970 */
export function* encodeSnapshot(
	{ members, lastFullSend, name, lastTimestamp, sentAfterLoss, startedOver }: CohortSnapshot,
	savedAt: number,
): Task<StoredSnapshot> {
	const certain = yield* encodeMembers(members, ({ uncertain }) => !uncertain);
	const isNeverAccepted = (member: PreviousMember) => member.neverAccepted === true;
	const neverAccepted = members.filter(isNeverAccepted).length;
	const uncertain = [
		...(neverAccepted === 0 ? [] : [yield* encodeMembers(members, isNeverAccepted)]),
		yield* encodeMembers(members, (member) => member.uncertain && !isNeverAccepted(member)),
	];
	const snapshot = {
		version: 1 as const,
		savedAt,
		lastFullSend,
		members: certain,
		uncertain: uncertain.filter((text) => text !== '').join(','),
		...(neverAccepted === 0 ? {} : { neverAccepted }),
		...(name === undefined ? {} : { name }),
		...(lastTimestamp === undefined ? {} : { lastTimestamp }),
		...(sentAfterLoss === undefined ? {} : { sentAfterLoss }),
		...(startedOver === true ? { startedOver } : {}),
	};
	return { ...snapshot, check: yield* checksum(snapshot) };
}

export function* decodeSnapshot(stored: unknown): Task<CohortSnapshot | SnapshotFault> {
	if (isOfOtherVersion(stored)) return 'memory_of_other_version';
	if (!isStored(stored) || stored.check !== (yield* checksum(stored))) return 'memory_damaged';
	const members: PreviousMember[] = [];
	yield* decodeMembers(stored.members, false, members);
	const { length: certain } = members;
	yield* decodeMembers(stored.uncertain, true, members);
	yield* eachIndex(stored.neverAccepted ?? 0, (index) => {
		const member = members[certain + index];
		if (member !== undefined) members[certain + index] = { ...member, neverAccepted: true };
	});
	const { lastFullSend, name, lastTimestamp, sentAfterLoss, startedOver } = stored;
	return { members, lastFullSend, name, lastTimestamp, sentAfterLoss, startedOver };
}

/** The name that a cohort had when its snapshot was saved; `undefined` if it can't be decoded. */
export function nameOf(stored: unknown): string | undefined {
	return isStored(stored) ? stored.name : undefined;
}

/** When a snapshot was saved, in ms since 1970; `undefined` if it can't be decoded. */
export function savedAtOf(stored: unknown): number | undefined {
	return isStored(stored) ? stored.savedAt : undefined;
}

/** Characters that these members take in a snapshot, if nothing in them has to be escaped. */
export function textLength(members: readonly Member[]): number {
	let length = 0;
	for (const { uid = '', anonymous_id } of members) {
		length += uid.length + 1 + (anonymous_id === undefined ? 0 : anonymous_id.length + 1);
	}
	return length;
}

/** Characters that the members of a stored snapshot take. */
export function storedLength(stored: unknown): number {
	return isStored(stored) ? stored.members.length + stored.uncertain.length : 0;
}

function isOfOtherVersion(stored: unknown): boolean {
	if (typeof stored !== 'object' || stored === null) return false;
	const version: unknown = Reflect.get(stored, 'version');
	return typeof version === 'number' && version !== 1;
}

function isStored(stored: unknown): stored is StoredSnapshot {
	if (typeof stored !== 'object' || stored === null) return false;
	const typeOf = (name: keyof StoredSnapshot) => typeof Reflect.get(stored, name);
	return (
		Reflect.get(stored, 'version') === 1 &&
		typeOf('savedAt') === 'number' &&
		typeOf('members') === 'string' &&
		typeOf('uncertain') === 'string'
	);
}

/** Characters hashed at a time: about 0.1 ms. */
const HASH_CHUNK = 100_000;

function* checksum(stored: Omit<StoredSnapshot, 'check'>): Task<string> {
	const { version, savedAt, lastFullSend, members, uncertain } = stored;
	const hash = createHash('sha256').update(`${version} ${savedAt} ${lastFullSend}\n`);
	for (const text of [members, '\n', uncertain]) {
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

/** The characters that separate members and identifiers, and the one that escapes them inside an identifier. */
const SIGNS = /[,~%]/g;

function escapeSigns(text: string): string {
	return text.replace(SIGNS, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}

function restoreSigns(text: string): string {
	return text.includes('%')
		? text.replace(/%(2c|7e|25)/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
		: text;
}

function* encodeMembers(
	members: readonly PreviousMember[],
	isWanted: (member: PreviousMember) => boolean,
): Task<string> {
	const texts: string[] = [];
	yield* each(members, (member) => {
		if (isWanted(member)) texts.push(encodeMember(member));
	});
	return texts.join(',');
}

function encodeMember({ uid, anonymous_id }: PreviousMember): string {
	const anonymous = anonymous_id === undefined ? '' : `~${escapeSigns(anonymous_id)}`;
	return uid === undefined ? anonymous : escapeSigns(uid) + anonymous;
}

/** Characters decoded at a time. */
const DECODE_CHUNK = 1_000;

function* decodeMembers(text: string, uncertain: boolean, into: PreviousMember[]): Task<void> {
	let start = 0;
	yield* eachIndex(Math.ceil(text.length / DECODE_CHUNK), (chunk) => {
		const chunkEnd = Math.min((chunk + 1) * DECODE_CHUNK, text.length);
		while (start < chunkEnd) {
			const comma = text.indexOf(',', start);
			const end = comma === -1 ? text.length : comma;
			into.push(decodeMember(text.slice(start, end), uncertain));
			start = end + 1;
		}
	});
}

function decodeMember(text: string, uncertain: boolean): PreviousMember {
	const border = text.indexOf('~');
	if (border === -1) return { uid: restoreSigns(text), anonymous_id: undefined, uncertain };
	const uid = border === 0 ? undefined : restoreSigns(text.slice(0, border));
	return { uid, anonymous_id: restoreSigns(text.slice(border + 1)), uncertain };
}
