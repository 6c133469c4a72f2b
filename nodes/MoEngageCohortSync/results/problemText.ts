import { quote } from '../format';

/** The text about a problem that the user reads. Never contains a key. */
export interface ProblemText {
	/** What happened. May become a title, so it contains no member's identifier and no server's message. */
	readonly summary: string;
	/** What MoEngage or n8n says about it, as a sentence. May name a member. */
	readonly serverMessage?: string | undefined;
	/** Identifiers of members that show what is wrong. Shown in full in items, masked elsewhere. */
	readonly examples?: Examples;
	/** How to fix it. Missing if the summary already implies it. */
	readonly remedy?: string;
	/** The ID by which MoEngage support finds the request. */
	readonly requestId?: string | undefined;
	/** The response's HTTP status. */
	readonly status?: number | undefined;
}

export interface Examples {
	/** What the identifiers are examples of. */
	readonly of: string;
	readonly ids: readonly string[];
}

/** The texts of the problems in `P`, by code: a missing one doesn't compile. */
export type ProblemTexts<P extends { readonly code: string }> = {
	readonly [Code in P['code']]: (problem: WithCode<P, Code>) => ProblemText;
};

/** The member of a union that has the code, even if several codes share its fields. */
export type WithCode<P, Code> = P extends { readonly code: infer Codes }
	? Code extends Codes
		? P
		: never
	: never;

/** The text of a problem from its table. */
export function describeBy<P extends { readonly code: string }>(
	texts: ProblemTexts<P>,
	problem: P,
): ProblemText {
	// TypeScript can't call a union of functions, although the table pairs each function with its code.
	const describe = texts[problem.code as P['code']] as (problem: P) => ProblemText;
	return describe(problem);
}

/** A problem's text as one line. */
export function inOneLine({
	summary,
	serverMessage,
	examples,
	remedy,
	requestId,
}: ProblemText): string {
	let line = summary;
	for (const part of [
		serverMessage,
		examplesInWords(examples),
		remedy,
		requestIdInWords(requestId),
	]) {
		if (part !== undefined) line += ` ${part}`;
	}
	return line;
}

/** @param show how an identifier is shown; unchanged by default */
export function examplesInWords(
	examples: Examples | undefined,
	show = (id: string) => id,
): string | undefined {
	if (examples === undefined) return undefined;
	// Masked, several may look the same.
	const ids = [...new Set(examples.ids.map((id) => `"${show(id)}"`))];
	return `Examples of ${examples.of}: ${ids.join(', ')}.`;
}

/** Shows the form of an ID but not whose it is: `user-17@example.com` becomes `u•••-••@e••••••.c••`. */
export function mask(id: string): string {
	return id.replace(
		/(?<=[\p{L}\p{N}])[\p{L}\p{N}]|(?<!^|[\p{L}\p{N}])[\p{L}\p{N}](?![\p{L}\p{N}])/gu,
		'•',
	);
}

/** True if a server's message contains the identifier, whatever case and white space it uses. */
export function containsIdentifier(message: string, identifier: string): boolean {
	return plainText(message).includes(plainText(identifier));
}

const plainText = (text: string) => text.replace(/\s+/g, ' ').trim().toLowerCase();

export function requestIdInWords(requestId: string | undefined): string | undefined {
	return requestId === undefined ? undefined : `MoEngage request ID: ${requestId}.`;
}

/** n8n's own message, as a sentence. */
export function n8nSays(message: string): string {
	return `n8n says: ${quote(message)}`;
}
