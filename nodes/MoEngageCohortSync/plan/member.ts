import type { Member } from '../model/member';
import type { FieldLabel, ItemProblem } from '../model/problem';

/** A value that can't be used, and why. */
export class InvalidValue {
	constructor(readonly problem: ItemProblem) {}
}

/** A member as an item gives it. */
export interface ReadMember extends Member {
	/** One of its identifiers can't be used, so that it may be somebody known under that one. */
	readonly isPartial: boolean;
}

/** Texts that a program wrote where it had nothing: as identifiers they would all be one false user. */
const PLACEHOLDERS = new Set(['null', 'undefined', 'NaN']);

/**
 * Reads one identifier of a user or a cohort.
 *
 * @returns the trimmed text, `undefined` where there is none, or why the value can't be one
 */
export function readIdentifier(
	value: unknown,
	field: FieldLabel,
): string | undefined | InvalidValue {
	if (typeof value === 'string') {
		const text = value.trim();
		if (text === '') return undefined;
		if (PLACEHOLDERS.has(text)) return new InvalidValue({ code: 'placeholder', field, text });
		return text;
	}
	if (value === undefined || value === null) return undefined;
	if (typeof value === 'number') {
		if (Number.isSafeInteger(value)) return String(value);
		return new InvalidValue({ code: 'unsafe_number', field });
	}
	return new InvalidValue({ code: 'wrong_type', field, type: typeOf(value) });
}

function typeOf(value: unknown): string {
	return Array.isArray(value) ? 'array' : typeof value;
}

/** Makes the member of one item from what its two fields hold. One good identifier is enough. */
export function readMember(userId: unknown, anonymousId: unknown): ReadMember | InvalidValue {
	const uid = readIdentifier(userId, 'User ID');
	const anonymous = readIdentifier(anonymousId, 'Anonymous ID');
	if (typeof uid === 'string' || typeof anonymous === 'string') {
		return {
			uid: typeof uid === 'string' ? uid : undefined,
			anonymous_id: typeof anonymous === 'string' ? anonymous : undefined,
			isPartial: isUnreadable(uid) || isUnreadable(anonymous),
		};
	}
	return uid ?? anonymous ?? new InvalidValue({ code: 'no_identifier' });
}

function isUnreadable(identifier: string | undefined | InvalidValue): boolean {
	return identifier instanceof InvalidValue && identifier.problem.code !== 'placeholder';
}
