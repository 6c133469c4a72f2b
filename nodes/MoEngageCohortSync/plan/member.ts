/** One user as MoEngage's Cohort Sync API takes it: at least one of the two identifiers is there. */
export interface Member {
	uid: string | undefined;
	anonymous_id: string | undefined;
}

/** Why an item without either identifier can't be used. */
export const NO_IDENTIFIER = "Both 'User ID' and 'Anonymous ID' are empty.";

/** A member as an item gives it. */
export interface ReadMember extends Member {
	/** One of its identifiers can't be used, so that it may be somebody known under that one. */
	isHalfRead?: true;
}

/** Why a value or an item can't be used, as a sentence without the value itself. */
export class Unusable {
	constructor(
		readonly reason: string,
		/** A program wrote it where it had nothing. */
		readonly isNothing = false,
	) {}
}

/** Texts that a program wrote where it had nothing: as identifiers they would all be one false user. */
const WRITTEN_NOTHING = new Set(['null', 'undefined', 'NaN']);

/**
 * Reads one identifier of a user or a cohort.
 *
 * @returns the trimmed text, `undefined` where there is none, or why the value can't be one
 */
export function readIdentifier(value: unknown, label: string): string | undefined | Unusable {
	if (typeof value === 'string') {
		const text = value.trim();
		if (text === '') return undefined;
		if (WRITTEN_NOTHING.has(text)) {
			return new Unusable(
				`'${label}' holds the text "${text}", which a program wrote where it had nothing.`,
				true,
			);
		}
		return text;
	}
	if (value === undefined || value === null) return undefined;
	if (typeof value === 'number') {
		if (Number.isSafeInteger(value)) return String(value);
		return new Unusable(
			`'${label}' is a number that can't be an identifier: use a whole number below 9007199254740992, or a text.`,
		);
	}
	return new Unusable(`'${label}' is ${kindOf(value)}, not a text or a whole number.`);
}

function kindOf(value: unknown): string {
	if (Array.isArray(value)) return 'a list';
	if (typeof value === 'boolean') return 'true or false';
	if (typeof value === 'object') return 'an object';
	return `a ${typeof value}`;
}

/** Makes the member of one item from what its two fields hold. One good identifier is enough. */
export function readMember(userId: unknown, anonymousId: unknown): ReadMember | Unusable {
	const uid = readIdentifier(userId, 'User ID');
	const anonymous = readIdentifier(anonymousId, 'Anonymous ID');
	if (typeof uid === 'string' || typeof anonymous === 'string') {
		const member: ReadMember = {
			uid: typeof uid === 'string' ? uid : undefined,
			anonymous_id: typeof anonymous === 'string' ? anonymous : undefined,
		};
		if (isUnread(uid) || isUnread(anonymous)) member.isHalfRead = true;
		return member;
	}
	return uid ?? anonymous ?? new Unusable(NO_IDENTIFIER);
}

function isUnread(identifier: string | undefined | Unusable): boolean {
	return identifier instanceof Unusable && !identifier.isNothing;
}

/** The member as it stands in the request. */
export function memberJson({ uid, anonymous_id }: Member): string {
	if (uid === undefined) return `{"anonymous_id":${JSON.stringify(anonymous_id)}}`;
	if (anonymous_id === undefined) return `{"uid":${JSON.stringify(uid)}}`;
	return `{"uid":${JSON.stringify(uid)},"anonymous_id":${JSON.stringify(anonymous_id)}}`;
}

/** UTF-8 bytes of `memberJson`, counted without making the text. */
export function memberBytes({ uid, anonymous_id }: Member): number {
	if (uid === undefined) return NAMES_ALONE.anonymous_id + jsonBytes(anonymous_id ?? '');
	if (anonymous_id === undefined) return NAMES_ALONE.uid + jsonBytes(uid);
	return NAMES_TOGETHER + jsonBytes(uid) + jsonBytes(anonymous_id);
}

/** Bytes of a member's JSON without its identifiers. */
const NAMES_ALONE = { uid: '{"uid":}'.length, anonymous_id: '{"anonymous_id":}'.length };
const NAMES_TOGETHER = '{"uid":,"anonymous_id":}'.length;

/** What JSON writes as it is, one byte a character. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** UTF-8 bytes of a text as JSON, quotes included. */
function jsonBytes(text: string): number {
	return PLAIN.test(text) ? text.length + 2 : Buffer.byteLength(JSON.stringify(text));
}

/** Controls and what has no width: a spreadsheet shows none of them, and a search finds no such user. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** True for a member of whom an identifier has a character in it that nobody sees. */
export function hasInvisible({ uid = '', anonymous_id = '' }: Member): boolean {
	return INVISIBLE.test(uid) || INVISIBLE.test(anonymous_id);
}
