import { ALL_PARTS_MISSING, INCOMPLETE_TEXT, unreadable } from '../input/itemReader';
import type { Member } from '../model/member';
import { isRoundedText } from '../model/member';
import { isMissingText } from '../model/missingText';
import type { FieldLabel, ItemProblem } from '../model/problem';
import { isPlaceholder, mayBeNumber } from './placeholders';

/** A value that can't be used, and why. */
export class InvalidValue {
	constructor(readonly problem: ItemProblem) {}
}

/** What `read` returns, or why n8n can't evaluate the field that it reads. */
export function valueOrProblem<Value>(read: () => Value): Value | InvalidValue {
	try {
		return read();
	} catch (error) {
		return new InvalidValue(unreadable(error));
	}
}

/** A member as read from an item. */
export interface ReadMember extends Member {
	/** Why one of its identifiers can't be used, if so. It may be a user who is known by that one. */
	readonly unusable: ItemProblem | undefined;
	/** Identifiers of the item that stand for no user; empty for almost all items. */
	readonly placeholders: readonly string[];
	/** The item's only identifier is one of its `placeholders` that may be a real number. */
	readonly isDoubtful: boolean;
}

/**
 * Reads the name, the ID or another text of a cohort.
 *
 * @returns the trimmed text, `undefined` if there is none, or why the value can't be one
 */
export function readText(value: unknown, field: FieldLabel): string | undefined | InvalidValue {
	const text = readIdentifier(value, field);
	return typeof text === 'string' && isMissingText(text)
		? new InvalidValue({ code: 'placeholder', field, text })
		: text;
}

/**
 * Reads one identifier.
 *
 * @returns the trimmed text, `undefined` if there is none, or why the value can't be one
 */
export function readIdentifier(
	value: unknown,
	field: FieldLabel,
): string | undefined | InvalidValue {
	if (typeof value === 'string') {
		// What JavaScript writes for an object in a text; all objects would be the same user.
		if (value.includes('[object Object]'))
			return new InvalidValue({ code: 'object_in_text', field });
		if (isRoundedText(value)) {
			return new InvalidValue({ code: 'unsafe_number', field, isRounded: true });
		}
		return value.trim() || undefined;
	}
	if (value === undefined || value === null) return undefined;
	if (value === INCOMPLETE_TEXT || value === ALL_PARTS_MISSING) {
		return new InvalidValue({ code: 'incomplete_text', field });
	}
	if (typeof value === 'number') {
		if (Number.isSafeInteger(value)) return String(value);
		const isRounded = Math.abs(value) > Number.MAX_SAFE_INTEGER;
		return new InvalidValue({ code: 'unsafe_number', field, isRounded });
	}
	return new InvalidValue({ code: 'wrong_type', field, type: typeOf(value) });
}

/** The same for an item, in which several users may have come as one text. */
export function readItemIdentifier(
	value: unknown,
	field: FieldLabel,
): string | undefined | InvalidValue {
	const identifier = readIdentifier(value, field);
	if (typeof identifier !== 'string') return identifier;
	return isJsonList(identifier) ? new InvalidValue({ code: 'json_text', field }) : identifier;
}

/** True for a list or an object as JSON text. */
function isJsonList(text: string): boolean {
	if (!/^(?:\[.*\]|\{.*\})$/s.test(text)) return false;
	try {
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
}

function typeOf(value: unknown): string {
	return Array.isArray(value) ? 'array' : typeof value;
}

const NONE: readonly string[] = [];

/** Creates the member of one item from the values of its two fields. One valid identifier is enough. */
export function readMember(userId: unknown, anonymousId: unknown): ReadMember | InvalidValue {
	const uid = readItemIdentifier(userId, 'User ID');
	const anonymous = readItemIdentifier(anonymousId, 'Anonymous ID');
	const uidProblem = userId === ALL_PARTS_MISSING ? undefined : problemOf(uid);
	const anonymousProblem = anonymousId === ALL_PARTS_MISSING ? undefined : problemOf(anonymous);
	const member = {
		uid: typeof uid === 'string' && !isPlaceholder(uid) ? uid : undefined,
		anonymous_id:
			typeof anonymous === 'string' && !isPlaceholder(anonymous) ? anonymous : undefined,
		unusable: uidProblem ?? anonymousProblem,
		placeholders: NONE,
		isDoubtful: false,
	};
	if (typeof uid === 'string' && member.uid === undefined) member.placeholders = [uid];
	if (typeof anonymous === 'string' && member.anonymous_id === undefined) {
		member.placeholders = [...member.placeholders, anonymous];
	}
	if (member.uid !== undefined || member.anonymous_id !== undefined) return member;
	if (uid instanceof InvalidValue) return uid;
	if (anonymous instanceof InvalidValue) return anonymous;
	if (typeof uid === 'string' && mayBeNumber(uid)) return { ...member, uid, isDoubtful: true };
	if (typeof anonymous === 'string' && mayBeNumber(anonymous)) {
		return { ...member, anonymous_id: anonymous, isDoubtful: true };
	}
	if (uid !== undefined) return new InvalidValue(placeholderProblem('User ID', uid));
	if (anonymous !== undefined)
		return new InvalidValue(placeholderProblem('Anonymous ID', anonymous));
	return new InvalidValue({ code: 'no_identifier' });
}

function problemOf(value: string | undefined | InvalidValue): ItemProblem | undefined {
	return value instanceof InvalidValue ? value.problem : undefined;
}

/** Why an item can't be used if its only identifier is a placeholder. */
export function placeholderProblem(field: FieldLabel, text: string): ItemProblem {
	return { code: 'placeholder_id', field, text };
}
