import type { PreviousMember } from '../model/member';

/*
 * Members as text: each is its `uid`, then `~` and its `anonymous_id` if it has one; commas separate members.
 */

/** The characters that separate, the one that escapes them, and what UTF-8 can't express. */
const TO_ESCAPE = /[,~%]|\p{Surrogate}/gu;
const ESCAPED = /%(2c|7e|25|d[89a-f][0-9a-f]{2})/g;

function escape(text: string): string {
	return text.replace(TO_ESCAPE, (character) => `%${character.charCodeAt(0).toString(16)}`);
}

function restore(text: string): string {
	return text.includes('%')
		? text.replace(ESCAPED, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
		: text;
}

/** Without the comma. */
export function encodeMember({ uid, anonymous_id }: PreviousMember): string {
	const anonymous = anonymous_id === undefined ? '' : `~${escape(anonymous_id)}`;
	return uid === undefined ? anonymous : escape(uid) + anonymous;
}

function decodeMember(text: string, uncertain: boolean): PreviousMember {
	const border = text.indexOf('~');
	if (border === -1) return { uid: restore(text), anonymous_id: undefined, uncertain };
	const uid = border === 0 ? undefined : restore(text.slice(0, border));
	return { uid, anonymous_id: restore(text.slice(border + 1)), uncertain };
}

/** Decodes members from text that comes in pieces, cut anywhere. */
export class MemberTextReader {
	/** The beginning of a member whose end is in the next piece. */
	private rest = '';

	constructor(
		private readonly uncertain: boolean,
		private readonly into: PreviousMember[],
	) {}

	read(piece: string): void {
		let start = 0;
		for (let end = piece.indexOf(','); end !== -1; end = piece.indexOf(',', start)) {
			this.add(piece.slice(start, end));
			start = end + 1;
		}
		this.rest += piece.slice(start);
	}

	/** Call it after the last piece. */
	end(): void {
		if (this.rest !== '') this.add('');
	}

	private add(end: string): void {
		this.into.push(decodeMember(this.rest + end, this.uncertain));
		this.rest = '';
	}
}
