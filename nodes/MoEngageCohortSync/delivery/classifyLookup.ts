import type { DeliveryProblem } from '../model/problem';
import type { Classification, ResponseProblemCode } from './classify';
import { classify, endRefused, isAccountBlocked, problemFrom } from './classify';
import type { ResponseBody } from './responseBody';
import type { HttpResult, SendResult } from './sendResult';

/**
 * Decides what the response to a Get User request means, as `classify` does for Cohort Sync.
 *
 * @param now in ms since 1970
 * @param users how many were asked for
 */
export function classifyLookup(result: SendResult, now: number, users: number): Classification {
	if (result.status === undefined) return classify(result, now);
	if (isRefusal(result)) return endRefused(problemFrom(reasonOfRefusal(result.body), result));
	const classification = classify(namesUsers(result, users) ? result : asFailure(result), now);
	switch (classification.kind) {
		case 'retry':
		case 'end':
			return { ...classification, problem: ofLookup(classification.problem) };
		default:
			return classification;
	}
}

/**
 * True if MoEngage expects the body in its other form, wrapped in `data` or not: it says of the wrong form that an
 * attribute is missing (Data OpenAPI text, read 2026-11-25).
 */
export function wantsOtherForm(result: SendResult): boolean {
	if (result.status !== 400) return false;
	const { type, attribute = '' } = result.body;
	return type === 'MissingAttributeError' && ['data', 'identifiers'].includes(attribute);
}

/** Statuses that mean the same as for Cohort Sync. */
const SAME_MEANING = new Set([408, 413, 415, 429]);

/**
 * True if Get User refuses every request. Its response when it is not enabled is not documented (read 2026-11-25),
 * so every 4xx without another known meaning counts as that.
 */
function isRefusal({ status, body }: HttpResult): boolean {
	if (status < 400 || status >= 500 || SAME_MEANING.has(status)) return false;
	return status !== 400 || !isAboutUsers(body);
}

/** Parts of the request that belong to one user. */
const USER_PARTS = new Set(['identifier', 'identifier_type', 'customer_id']);

/** A 400 from MoEngage that names an identifier, or no part of the request, may be about one of the users. */
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

/**
 * A response that lists no user, neither found nor not found, does not say who is known. Nor does one that lists several
 * although one was asked for: it belongs to another request. A single other user may be one that was merged.
 */
function namesUsers({ body: { lookup } }: HttpResult, users: number): boolean {
	if (lookup === undefined) return false;
	const listed = new Set([...lookup.found, ...lookup.notFound]).size;
	return listed > 0 && (users > 1 || listed === 1);
}

function asFailure(result: HttpResult): HttpResult {
	return { ...result, body: { ...result.body, isSuccess: false } };
}

/** The same problem in terms of Get User, which has its own limit and accepts no members. */
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
