import { quote } from '../format';

/** What a person reads about a problem. Never holds a key. */
export interface ProblemText {
	/** What happened. May become a title, so it holds no identifier of a member and no server's message. */
	readonly summary: string;
	/** What MoEngage or n8n says about it, as a sentence. May name a member. */
	readonly serverMessage?: string | undefined;
	/** Identifiers of members by which a person sees what is wrong. They stand in items as they are, else masked. */
	readonly examples?: Examples;
	/** How to fix it. Missing if the summary already implies it. */
	readonly remedy?: string;
	/** The ID by which MoEngage's support finds the request. */
	readonly requestId?: string | undefined;
	/** The response's HTTP status. */
	readonly status?: number | undefined;
}

export interface Examples {
	/** What they are examples of. */
	readonly of: string;
	readonly ids: readonly string[];
}

/** How each problem of `P` is worded, by its code: one that is missing doesn't compile. */
export type ProblemTexts<P extends { readonly code: string }> = {
	readonly [Code in P['code']]: (problem: WithCode<P, Code>) => ProblemText;
};

/** The member of a union that has the code, also if several codes share its fields. */
export type WithCode<P, Code> = P extends { readonly code: infer Codes }
	? Code extends Codes
		? P
		: never
	: never;

/** The text of a problem by its table. */
export function describeBy<P extends { readonly code: string }>(
	texts: ProblemTexts<P>,
	problem: P,
): ProblemText {
	// A union of functions takes none of their parameters, though the table pairs each with its code.
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

/** @param show how an identifier is shown; as it is unless given */
export function examplesInWords(
	examples: Examples | undefined,
	show = (id: string) => id,
): string | undefined {
	if (examples === undefined) return undefined;
	const ids = examples.ids.map((id) => `"${show(id)}"`);
	return `Examples of ${examples.of}: ${ids.join(', ')}.`;
}

/** What kind of ID it is, without saying whose: `user-17@example.com` is `u•••-••@e••••••.c••`. */
export function mask(id: string): string {
	return id.replace(/(?<=[\p{L}\p{N}])[\p{L}\p{N}]/gu, '•');
}

export function requestIdInWords(requestId: string | undefined): string | undefined {
	return requestId === undefined ? undefined : `MoEngage request ID: ${requestId}.`;
}

/** n8n's own message, as a sentence. */
export function n8nSays(message: string): string {
	return `n8n says: ${quote(message)}`;
}
