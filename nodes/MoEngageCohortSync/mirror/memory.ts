import { createHash } from 'node:crypto';
import type { PreviousMember } from '../plan/changes';
import type { Member } from '../plan/member';
import { Refusal } from '../refusal';
import { counted } from '../wording';
import type { Work } from '../work';
import { startsPiece } from '../work';

/** What a mirror remembers of one cohort. */
export interface CohortMemory {
	readonly members: readonly PreviousMember[];
	/** When every member was last sent and accepted, in ms since 1970. */
	readonly lastFullSend: number;
}

/** A memory as the workflow's static data holds it: members as one text, which is the most compact. */
export interface StoredMemory {
	version: 1;
	/** In ms since 1970, and later than the memory that it grew from. */
	savedAt: number;
	/** In ms since 1970. */
	lastFullSend: number;
	members: string;
	/** Members whose last request may or may not have been applied. */
	uncertain: string;
	/** Over all the rest, so that a damaged or edited memory is noticed. */
	check: string;
}

/**
 * The longest text of members that a workflow remembers, of all its cohorts: about a million 36-character
 * ids. n8n loads and saves all of a workflow's static data as one piece, with every execution.
 */
export const LONGEST_MEMORY = 40_000_000;

/** Writes a memory down. `savedAt` is in ms since 1970. */
export function* writeMemory(
	{ members, lastFullSend }: CohortMemory,
	savedAt: number,
): Work<StoredMemory> {
	const memory = {
		version: 1 as const,
		savedAt,
		lastFullSend,
		members: yield* writeMembers(members, false),
		uncertain: yield* writeMembers(members, true),
	};
	return { ...memory, check: yield* checkOf(memory) };
}

/** How long a text remembers these members. */
export function lengthOf(members: readonly Member[]): number {
	let length = 0;
	for (const { uid = '', anonymous_id } of members) {
		length += uid.length + 1 + (anonymous_id === undefined ? 0 : anonymous_id.length + 1);
	}
	return length;
}

/** How long a text remembers the members of a stored memory. */
export function storedLength(stored: unknown): number {
	return isStored(stored) ? stored.members.length + stored.uncertain.length : 0;
}

/**
 * Why these members are too many to remember, or undefined if they are not.
 *
 * @param others the length of what the workflow remembers of its other cohorts
 */
export function tooLargeToRemember(members: readonly Member[], others = 0): Refusal | undefined {
	const length = lengthOf(members);
	if (length + others <= LONGEST_MEMORY) return undefined;
	const beside = length <= LONGEST_MEMORY ? ' beside its other cohorts' : '';
	return new Refusal(
		`The cohort has ${counted(members.length, 'member')}, more than a workflow can remember${beside}`,
		"Nothing was sent. Set 'Previous Members' to 'Second Input' and keep the members in a Data Table or a database.",
		'not_sent',
	);
}

/** When a stored memory was saved, in ms since 1970; `undefined` where only its reader could tell. */
export function savedAtOf(stored: unknown): number | undefined {
	return isStored(stored) ? stored.savedAt : undefined;
}

/** Reads a memory back, or says why not: what another version or a damaged memory means is never guessed. */
export function* readMemory(stored: unknown, cohortName: string): Work<CohortMemory | Refusal> {
	const what = `What the workflow remembers of the cohort "${cohortName}"`;
	if (isOfOtherVersion(stored)) {
		return new Refusal(
			`${what} was written by another version of this node`,
			`Nothing was sent. Install that version again, or ${START_ANEW}`,
			'not_sent',
		);
	}
	if (!isStored(stored) || stored.check !== (yield* checkOf(stored))) {
		return new Refusal(
			`${what} is damaged or was edited by hand`,
			`Nothing was sent. Restore the workflow from a backup, or ${START_ANEW}`,
			'not_sent',
		);
	}
	const members: PreviousMember[] = [];
	yield* readMembers(stored.members, false, members);
	yield* readMembers(stored.uncertain, true, members);
	return { members, lastFullSend: stored.lastFullSend };
}

const START_ANEW =
	"start anew with another 'Cohort ID', which makes a new segment in MoEngage. Or set 'Previous Members' to 'Second Input' and bring the members yourself.";

function isOfOtherVersion(stored: unknown): boolean {
	if (typeof stored !== 'object' || stored === null) return false;
	const version: unknown = Reflect.get(stored, 'version');
	return typeof version === 'number' && version !== 1;
}

function isStored(stored: unknown): stored is StoredMemory {
	if (typeof stored !== 'object' || stored === null) return false;
	const typeOf = (name: keyof StoredMemory) => typeof Reflect.get(stored, name);
	return (
		Reflect.get(stored, 'version') === 1 &&
		typeOf('savedAt') === 'number' &&
		typeOf('members') === 'string' &&
		typeOf('uncertain') === 'string'
	);
}

function* checkOf({
	version,
	savedAt,
	lastFullSend,
	members,
	uncertain,
}: Omit<StoredMemory, 'check'>): Work<string> {
	const hash = createHash('sha256').update(`${version} ${savedAt} ${lastFullSend}\n`);
	for (const text of [members, '\n', uncertain]) {
		for (let start = 0; start < text.length; start += CHARACTERS_PER_PIECE) {
			yield;
			hash.update(text.slice(start, start + CHARACTERS_PER_PIECE));
		}
	}
	return hash.digest('base64').slice(0, 16);
}

/** How much of a text is read from one possible pause to the next: about 1 ms. */
const CHARACTERS_PER_PIECE = 1_000_000;

/** The signs that separate members and identifiers, and the one that stands for them inside an identifier. */
const SIGNS = /[,~%]/g;

function writeMember({ uid, anonymous_id }: PreviousMember): string {
	const anonymous = anonymous_id === undefined ? '' : `~${escapeSigns(anonymous_id)}`;
	return uid === undefined ? anonymous : escapeSigns(uid) + anonymous;
}

function escapeSigns(text: string): string {
	return text.replace(SIGNS, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}

function restoreSigns(text: string): string {
	return text.includes('%')
		? text.replace(/%(2c|7e|25)/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
		: text;
}

function* writeMembers(members: readonly PreviousMember[], uncertain: boolean): Work<string> {
	const texts: string[] = [];
	for (const [index, member] of members.entries()) {
		if (startsPiece(index)) yield;
		if (member.uncertain === uncertain) texts.push(writeMember(member));
	}
	return texts.join(',');
}

function* readMembers(text: string, uncertain: boolean, into: PreviousMember[]): Work<void> {
	for (let start = 0, end = 0; end < text.length; start = end + 1) {
		if (startsPiece(into.length)) yield;
		const comma = text.indexOf(',', start);
		end = comma === -1 ? text.length : comma;
		into.push(readMember(text.slice(start, end), uncertain));
	}
}

function readMember(text: string, uncertain: boolean): PreviousMember {
	const border = text.indexOf('~');
	if (border === -1) return { uid: restoreSigns(text), anonymous_id: undefined, uncertain };
	const uid = border === 0 ? undefined : restoreSigns(text.slice(0, border));
	return { uid, anonymous_id: restoreSigns(text.slice(border + 1)), uncertain };
}
