import type { Action } from '../model/change';
import type { Cohort } from '../model/cohort';
import type { Identity, Member } from '../model/member';

/** All timestamps have this form and length. */
const ANY_TIMESTAMP = '2026-01-01T00:00:00.000Z';

/** The most bytes that JSON needs for one UTF-16 code unit: `\u0000`. */
const MAX_BYTES_PER_CODE_UNIT = 6;

/**
 * The entries for one user in a request's list of members: one for each anonymous ID, since MoEngage may know the
 * user by any of them, each with the uid, which MoEngage checks first. Everything that counts or writes members
 * uses this function. Anonymous IDs that don't fit are left out if there is a uid: one valid identifier is enough.
 *
 * @param maxBytes UTF-8 bytes that the entries may take
 */
export function memberEntries(user: Identity, maxBytes: number): readonly Member[] {
	const { uid, otherAnonymousIds } = user;
	const first = firstEntry(user, maxBytes);
	if (otherAnonymousIds === undefined) return [first];
	const entries = [first];
	let bytes = memberBytes(first);
	for (const anonymous_id of otherAnonymousIds) {
		const entry = { uid, anonymous_id };
		const size = 1 + memberBytes(entry);
		if (bytes + size > maxBytes) continue;
		bytes += size;
		entries.push(entry);
	}
	return entries;
}

function firstEntry(user: Identity, maxBytes: number): Member {
	const { uid, anonymous_id } = user;
	if (uid === undefined || anonymous_id === undefined) return user;
	const codeUnits = uid.length + anonymous_id.length;
	const mayBeTooLarge = BYTES_OF_BOTH_NAMES + codeUnits * MAX_BYTES_PER_CODE_UNIT > maxBytes;
	if (!mayBeTooLarge || memberBytes(user) <= maxBytes) return user;
	return { uid, anonymous_id: undefined };
}

/** An entry as the request contains it. */
export function memberJson({ uid, anonymous_id }: Member): string {
	if (uid === undefined) return `{"anonymous_id":${JSON.stringify(anonymous_id)}}`;
	if (anonymous_id === undefined) return `{"uid":${JSON.stringify(uid)}}`;
	return `{"uid":${JSON.stringify(uid)},"anonymous_id":${JSON.stringify(anonymous_id)}}`;
}

/** Bytes of an entry's JSON without its identifiers. */
const BYTES_OF_UID_NAME = '{"uid":}'.length;
const BYTES_OF_ANONYMOUS_ID_NAME = '{"anonymous_id":}'.length;
const BYTES_OF_BOTH_NAMES = '{"uid":"","anonymous_id":""}'.length;

/** UTF-8 bytes of `memberJson`, counted without building the text. */
export function memberBytes({ uid, anonymous_id }: Member): number {
	if (uid === undefined) return BYTES_OF_ANONYMOUS_ID_NAME + jsonBytes(anonymous_id ?? '');
	if (anonymous_id === undefined) return BYTES_OF_UID_NAME + jsonBytes(uid);
	return BYTES_OF_BOTH_NAMES - 4 + jsonBytes(uid) + jsonBytes(anonymous_id);
}

/** UTF-8 bytes of a list of entries, including the commas between them. */
export function entriesBytes(entries: readonly Member[]): number {
	return entries.reduce((sum, entry) => sum + memberBytes(entry), entries.length - 1);
}

/** Text that JSON leaves unchanged, one byte per character. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** UTF-8 bytes of a text as JSON, including the quotes. */
function jsonBytes(text: string): number {
	return PLAIN.test(text) ? text.length + 2 : Buffer.byteLength(JSON.stringify(text));
}

/**
 * The body of a request.
 *
 * @param timestamp ISO 8601 in UTC with milliseconds
 */
export function requestBody(
	cohort: Cohort,
	action: Action,
	entries: readonly Member[],
	timestamp: string,
): string {
	const [head, tail] = envelope(cohort, action, timestamp);
	return head + entries.map(memberJson).join(',') + tail;
}

/** UTF-8 bytes of a request without members. */
export function envelopeBytes(cohort: Cohort, action: Action): number {
	return Buffer.byteLength(envelope(cohort, action, ANY_TIMESTAMP).join(''));
}

/**
 * The form of Get User's body: the OpenAPI texts wrap it in `data`, two older pages don't (read 2026-11-25).
 */
export type LookupForm = 'wrapped' | 'flat';

/** The body of a Get User request, which asks only for the ID. */
export function lookupBody(uids: readonly string[], form: LookupForm): string {
	const data = {
		identifiers: uids.map((identifier) => ({ identifier_type: 'customer_id', identifier })),
		// Without this, MoEngage would send everything that it knows about these users.
		user_fields_to_export: ['customer_id'],
	};
	return JSON.stringify(form === 'wrapped' ? { data } : data);
}

/** The request around its members (Cohort Sync docs, read 2026-08). */
function envelope(cohort: Cohort, action: Action, timestamp: string): [head: string, tail: string] {
	const text = JSON.stringify({
		action: action === 'add' ? 'add_members' : 'remove_members',
		timestamp,
		partner: cohort.partner,
		parameters: {
			cohort_name: cohort.name,
			cohort_id: cohort.id,
			cohort_description: cohort.description === '' ? undefined : cohort.description,
			members: [],
		},
	});
	return [text.slice(0, -3), text.slice(-3)];
}
