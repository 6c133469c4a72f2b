import { refusals, type Answer, type Refusal } from './answers';
import type { Endpoint } from './endpoints';

/**
 * Why an endpoint refuses every request. A status: MoEngage itself refuses a correct key, because the key doesn't
 * cover this API (401 or 403), Get User is not enabled for the workspace (401, 403 or 404), or no key is set (409).
 * A status with a body: a server in front of MoEngage responds in its own way, whatever the key, as the API
 * Firewall does for an address that is not listed (MoEngage API key and API Firewall pages, read 2026-11-25;
 * neither shows the response).
 */
export type Restriction =
	| number
	| { status: number; body: string; headers?: Record<string, string> };

export type Restrictions = Partial<Record<Endpoint, Restriction>>;

/** The response of a server in front of MoEngage, before MoEngage sees the request. */
export function answerInFront(restriction: Restriction | undefined): Answer | undefined {
	if (typeof restriction !== 'object') return undefined;
	const { status, body, headers = {} } = restriction;
	return { status, headers: { 'content-type': 'text/html', ...headers }, body };
}

/** MoEngage's refusal of a correct key. */
export function restrictionRefusal(restriction: Restriction | undefined): Refusal | undefined {
	if (typeof restriction !== 'number') return undefined;
	return restriction === 409 ? refusals.keyNotSet : refusals.notCovered(restriction);
}
