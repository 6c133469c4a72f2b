import type { Task } from '../slicing';

/*
 * UUIDs take 22 characters each instead of 37: their 16 bytes in base64. They are random, so DEFLATE would not make
 * them shorter.
 */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const BYTES = 16;
const DIGITS = 32;
/** With the hyphens. */
const LENGTH = 36;
const HYPHEN_POSITIONS = [8, 13, 18, 23];
const DIGIT_POSITIONS = [...Array(LENGTH).keys()].filter((at) => !HYPHEN_POSITIONS.includes(at));

/** UUIDs converted at a time: a multiple of three, so that the base64 of each piece but the last has no padding. */
const PER_PIECE = 3_000;
const CHARACTERS_PER_PIECE = (PER_PIECE * BYTES * 4) / 3;

/** In lower case: another spelling would not be restored. */
export function isUuid(text: string): boolean {
	return text.length === LENGTH && UUID.test(text);
}

/** @returns base64 */
export function* encodeUuids(uuids: readonly string[]): Task<string> {
	const pieces: string[] = [];
	for (let start = 0; start < uuids.length; start += PER_PIECE) {
		const hex = uuids
			.slice(start, start + PER_PIECE)
			.join('')
			.replaceAll('-', '');
		pieces.push(Buffer.from(hex, 'hex').toString('base64'));
		yield;
	}
	return pieces.join('');
}

/** Undoes `encodeUuids`, and calls `visit` with each. */
export function* decodeUuids(base64: string, visit: (uuid: string) => void): Task<void> {
	for (let start = 0; start < base64.length; start += CHARACTERS_PER_PIECE) {
		const text = textOf(Buffer.from(base64.slice(start, start + CHARACTERS_PER_PIECE), 'base64'));
		for (let at = 0; at < text.length; at += LENGTH) visit(text.slice(at, at + LENGTH));
		yield;
	}
}

/** The text of several UUIDs, one after the other. Joining parts of strings would take three times as long. */
function textOf(uuids: Buffer): string {
	const digits = Buffer.from(uuids.toString('hex'), 'latin1');
	const text = Buffer.alloc((uuids.length / BYTES) * LENGTH, '-');
	for (let at = 0; at < digits.length; at++) {
		const uuid = Math.floor(at / DIGITS);
		text[uuid * LENGTH + (DIGIT_POSITIONS[at % DIGITS] ?? 0)] = digits[at] ?? 0;
	}
	return text.toString('latin1');
}
