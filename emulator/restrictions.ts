import { refusals, type Answer, type Refusal } from './answers';
import type { Endpoint } from './endpoints';

/**
 * Why an endpoint refuses every request. A status: MoEngage itself refuses a right key, since the key
 * doesn't cover this API (401 or 403), Get User is not enabled for the workspace (401, 403 or 404), or no
 * key is set (409). A status with a body: something in front answers in its own words whatever the key, as
 * the API Firewall does for an address that is not listed (MoEngage API key and API Firewall pages, read
 * 2026-11-25; neither gives the words).
 */
export type Restriction =
	| number
	| { status: number; body: string; headers?: Record<string, string> };

export type Restrictions = Partial<Record<Endpoint, Restriction>>;

/** What something in front answers before MoEngage sees the request. */
export function answerInFront(restriction: Restriction | undefined): Answer | undefined {
	if (typeof restriction !== 'object') return undefined;
	const { status, body, headers = {} } = restriction;
	return { status, headers: { 'content-type': 'text/html', ...headers }, body };
}

/** What MoEngage answers to a right key. */
export function restrictionRefusal(restriction: Restriction | undefined): Refusal | undefined {
	if (typeof restriction !== 'number') return undefined;
	return restriction === 409 ? refusals.keyNotSet : refusals.notCovered(restriction);
}
