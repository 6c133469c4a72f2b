import { randomBytes } from 'node:crypto';

/**
 * What the emulator sends back: the exact status, headers and body. With `reset`, the connection is closed instead;
 * `delayMs` delays the response, and `drip` sends its body in 10 pieces, each that many milliseconds after the
 * previous one.
 */
export type Answer = {
	status: number;
	headers: Record<string, string>;
	body: string;
	reset?: 'before' | 'after';
	delayMs?: number;
	drip?: number;
};

/** Why a request is refused: the documented error fields and their status. */
export type Refusal = { status: number; type: string; message: string; attribute: string };

/** The types of a 403 (MoEngage Cohort Sync docs, read 2026-08). */
export type BlockType = 'BlockedClient' | 'Account Suspended' | 'Account Temporarily Suspended';

const json = { 'content-type': 'application/json' };

/** The response to a request that was queued (MoEngage Cohort Sync docs, read 2026-08). */
export function acceptance(): Answer {
	return success({ message: 'Your request has been accepted and will be processed soon.' });
}

/** The response of Test Connection to a correct APP ID and secret. */
export function connected(appName: string): Answer {
	return success({ app_name: appName });
}

/** A successful response with additional fields. */
export function success(fields: Record<string, unknown>): Answer {
	return { status: 200, headers: json, body: JSON.stringify({ status: 'success', ...fields }) };
}

/** The documented error body for a refusal, with a new request_id (8 characters). */
export function refuse({ status, type, message, attribute }: Refusal): Answer {
	const request_id = randomBytes(6).toString('base64url');
	const error = { attribute, message, type, request_id };
	return { status, headers: json, body: JSON.stringify({ status: 'fail', error }) };
}

/**
 * The refusals with a fixed text. Types and messages are those of the MoEngage Cohort Sync docs, read
 * 2026-08; where they give a type without a message, the message repeats the type. Those for an `app_id`
 * in the address and the 409s are from the MoEngage Data OpenAPI text, read 2026-11-25.
 */
export const refusals = {
	malformedJson: refusal(400, 'Malformed JSON', 'Malformed JSON', 'payload'),
	missingAttribute: (attribute: string) =>
		refusal(400, 'MissingAttributeError', `${attribute} is not found in the payload`, attribute),
	missingAppId: refusal(
		400,
		'ParamsRequired',
		'app_id is required in path/query params.',
		'app_id',
	),
	headerMissing: (header: string) =>
		refusal(401, 'Authentication required', 'Authentication Header Required', header),
	wrongSecret: refusal(
		401,
		'Authentication required',
		'App Secret key mismatch. Please login to the dashboard to verify key',
		'Authorization',
	),
	appMismatch: refusal(
		401,
		'Authentication Mismatch',
		'App key mismatch in params and authentication',
		'MOE-APPKEY',
	),
	blocked: (type: BlockType) => refusal(403, type, type, 'Authorization'),
	/** MoEngage's message for a key that doesn't cover an API is not documented: this one is the emulator's own. */
	notCovered: (status: number) =>
		refusal(
			status,
			status === 401 ? 'Authentication required' : 'Access Denied',
			'This API is not enabled for the API key or the workspace.',
			'Authorization',
		),
	unknownPath: refusal(404, 'Not Found', 'Not Found', 'path'),
	wrongAppId: refusal(
		409,
		'Authentication required',
		'App key mismatch in params and authentication.',
		'app_id',
	),
	keyNotSet: refusal(
		409,
		'Authentication required',
		'App Secret key is not set. Please login to the dashboard to set a key.',
		'Authorization',
	),
	tooLarge: refusal(413, 'Payload too large', 'Payload can not exceed 128KB', 'payload'),
	wrongContentType: refusal(
		415,
		'Unsupported media type',
		'Unsupported media type',
		'Content-Type',
	),
	tooManyRequests: refusal(
		429,
		'Rate Limits Exceeded',
		'Rate limits for customers exceeded. Please Try After Some Time',
		'MOE-APPKEY',
	),
	serverError: (status: number) => refusal(status, 'Server Error', 'Server Error', 'server'),
};

function refusal(status: number, type: string, message: string, attribute: string): Refusal {
	return { status, type, message, attribute };
}

/** MoEngage documents no type for an attribute with a wrong value: this one is the emulator's own. */
export function invalidAttribute(attribute: string, message: string): Refusal {
	return refusal(400, 'InvalidAttributeError', message, attribute);
}

/** The refusal for a status, used by faults that specify only a status. */
export function refusalFor(status: number): Refusal {
	const fixed = [
		refusals.malformedJson,
		refusals.wrongSecret,
		refusals.blocked('BlockedClient'),
		refusals.unknownPath,
		refusals.keyNotSet,
		refusals.tooLarge,
		refusals.wrongContentType,
		refusals.tooManyRequests,
	];
	return fixed.find((one) => one.status === status) ?? refusals.serverError(status);
}
