import type { DeliveryProblem } from '../model/problem';
import type { Classification, ResponseProblemCode } from './classify';
import { classify, endRefused, isAccountBlocked, problemFrom } from './classify';
import type { ResponseBody } from './responseBody';
import type { HttpResult, SendResult } from './sendResult';

/**
 * Decides what follows from what came back for a Get User request, as `classify` does for Cohort Sync.
 *
 * @param now in ms since 1970
 */
export function classifyLookup(result: SendResult, now: number): Classification {
	if (result.status === undefined) return classify(result, now);
	if (isRefusal(result)) return endRefused(problemFrom(reasonOfRefusal(result.body), result));
	const classification = classify(namesUsers(result) ? result : asFailure(result), now);
	switch (classification.kind) {
		case 'retry':
		case 'end':
			return { ...classification, problem: ofLookup(classification.problem) };
		default:
			return classification;
	}
}

/**
 * True where MoEngage takes the body in its other form, wrapped in `data` or not: the wrong one lacks an attribute
 * (Data OpenAPI text, read 2026-11-25).
 */
export function wantsOtherForm(result: SendResult): boolean {
	if (result.status !== 400) return false;
	const { type, attribute = '' } = result.body;
	return type === 'MissingAttributeError' && ['data', 'identifiers'].includes(attribute);
}

/** Statuses that mean the same as for Cohort Sync. */
const SAME_MEANING = new Set([408, 413, 415, 429]);

/**
 * True where Get User refuses every request. What it answers where it is not enabled is not documented (read
 * 2026-11-25), so that every 4xx counts as that which has no other known meaning.
 */
function isRefusal({ status, body }: HttpResult): boolean {
	if (status < 400 || status >= 500 || SAME_MEANING.has(status)) return false;
	return status !== 400 || !isAboutUsers(body);
}

/** Parts of the request that belong to one user. */
const USER_PARTS = new Set(['identifier', 'identifier_type', 'customer_id']);

/** A 400 of MoEngage's that names an identifier, or no part of the request, may be about one of the users. */
function isAboutUsers({ message, attribute }: ResponseBody): boolean {
	const part = attribute?.split('.').pop();
	return message !== undefined && (part === undefined || USER_PARTS.has(part));
}

function reasonOfRefusal(body: ResponseBody): ResponseProblemCode {
	if (isAccountBlocked(body)) return 'account_blocked';
	const words = `${body.type} ${body.message}`;
	if (/secret key mismatch/i.test(words)) return 'keys_refused';
	return /mismatch/i.test(words) ? 'keys_mismatched' : 'lookup_refused';
}

/** An answer that lists nobody, neither found nor not found, does not say who is known. */
function namesUsers({ body: { lookup } }: HttpResult): boolean {
	return lookup !== undefined && lookup.found.size + lookup.notFound.size > 0;
}

function asFailure(result: HttpResult): HttpResult {
	return { ...result, body: { ...result.body, isSuccess: false } };
}

/** The same problem as Get User has it: its limit is another one, and it accepts nothing. */
function ofLookup(problem: DeliveryProblem): DeliveryProblem {
	switch (problem.code) {
		case 'rate_limited':
			return { ...problem, code: 'lookups_limited' };
		case 'unclear_response':
			return { ...problem, code: 'lookup_unclear' };
		case 'retry_after_too_long':
			return { ...problem, cause: ofLookup(problem.cause) };
		default:
			return problem;
	}
}
