import type { Classification } from '../../nodes/MoEngageCohortSync/delivery/classify';
import { classify } from '../../nodes/MoEngageCohortSync/delivery/classify';
import { parseResponseBody } from '../../nodes/MoEngageCohortSync/delivery/responseBody';
import type { SendResult } from '../../nodes/MoEngageCohortSync/delivery/sendResult';
import type { DeliveryProblem } from '../../nodes/MoEngageCohortSync/model/problem';

const NOW = Date.parse('2026-11-23T10:00:00.000Z');

const response = (
	status: number,
	body: unknown,
	headers: { retryAfter?: string; date?: string } = {},
): SendResult => ({
	status,
	body: parseResponseBody(typeof body === 'string' ? body : JSON.stringify(body), (text) => text),
	...headers,
});

/** MoEngage's documented body for a refusal. */
const fail = (type: string, message: string, attribute: string) => ({
	status: 'fail',
	error: { attribute, message, type, request_id: 'sYsoPuzf' },
});

const HTML = '<!doctype html><title>Welcome</title><h1>Sign in</h1>';

const noResponse = (kind: 'timeout' | 'connection' | 'unsendable', more = {}): SendResult => ({
	status: undefined,
	kind,
	...more,
});

/** What is decided, without what is wrong. */
function decisionOf(classification: Classification) {
	const isProblem = (name: string) => name === 'problem' || name === 'problemOfMany';
	return Object.fromEntries(Object.entries(classification).filter(([name]) => !isProblem(name)));
}

const retry = { kind: 'retry', mayHaveTakenEffect: true, isThrottled: false };
const busy = { ...retry, retryAfterMs: undefined };
const throttled = { ...busy, mayHaveTakenEffect: false, isThrottled: true };
const unclear = { ...retry, maxRetries: 2 };
const notApplied = { ...retry, mayHaveTakenEffect: false };
const bisect = { kind: 'bisect' };
const ofCohort = { kind: 'refused', isWholeCohort: true };
const ofRequest = { kind: 'refused', isWholeCohort: false };
const endRefused = { kind: 'end', isRefused: true, mayHaveTakenEffect: false };
const endUncertain = { kind: 'end', isRefused: false, mayHaveTakenEffect: true };
const endUnapplied = { kind: 'end', isRefused: false, mayHaveTakenEffect: false };

type CodeOfResponse = Extract<DeliveryProblem, { status: number }>['code'];

/** The problem where MoEngage said this. */
const said = (code: CodeOfResponse, status: number, serverMessage: string) => ({
	code,
	status,
	serverMessage,
	requestId: 'sYsoPuzf',
});

/** The problem where the response has nothing of MoEngage's. */
const foreign = (code: CodeOfResponse, status: number) => ({ code, status, isForeign: true });

const part = (name: string, serverMessage: string) => ({
	...said('part_refused', 400, serverMessage),
	part: name,
});

test('MoEngage accepts', () => {
	const body = {
		status: 'success',
		message: 'Your request has been accepted and will be processed soon.',
	};
	expect(classify(response(200, body), NOW)).toEqual({ kind: 'accepted' });
});

test.each<[what: string, given: SendResult, decision: object, problem: object]>([
	[
		'a missing attribute',
		response(400, fail('MissingAttributeError', 'action is not found in the payload', 'action')),
		ofCohort,
		part('action', 'action is not found in the payload'),
	],
	[
		'a bad cohort name',
		response(
			400,
			fail('InvalidAttributeError', 'cohort_name is not valid', 'parameters.cohort_name'),
		),
		ofCohort,
		part('cohort_name', 'cohort_name is not valid'),
	],
	[
		'a bad cohort ID',
		response(400, fail('InvalidAttributeError', 'cohort_id is not valid', 'cohort_id')),
		ofCohort,
		part('cohort_id', 'cohort_id is not valid'),
	],
	[
		'an unknown partner',
		response(400, fail('InvalidAttributeError', 'partner is not known!', 'partner')),
		ofCohort,
		part('partner', 'partner is not known!'),
	],
	[
		'malformed JSON',
		response(400, fail('Malformed JSON', 'Malformed JSON', 'payload')),
		bisect,
		said('member_refused', 400, 'Malformed JSON'),
	],
	[
		'a bad member',
		response(400, fail('InvalidAttributeError', 'uid is not valid', 'parameters.members.0.uid')),
		bisect,
		said('member_refused', 400, 'uid is not valid'),
	],
	['a 400 with an empty body', response(400, ''), bisect, foreign('request_refused', 400)],
	[
		'a wrong secret',
		response(
			401,
			fail(
				'Authentication required',
				'App Secret key mismatch. Please login to the dashboard to verify key',
				'Authorization',
			),
		),
		endRefused,
		said(
			'keys_refused',
			401,
			'App Secret key mismatch. Please login to the dashboard to verify key',
		),
	],
	[
		'a header that a proxy removed',
		response(
			401,
			fail('Authentication required', 'Authentication Header Required', 'Authorization'),
		),
		endRefused,
		said('keys_refused', 401, 'Authentication Header Required'),
	],
	[
		'a wrong App ID',
		response(
			401,
			fail(
				'Authentication Mismatch',
				'App key mismatch in params and authentication',
				'MOE-APPKEY',
			),
		),
		endRefused,
		said('keys_mismatched', 401, 'App key mismatch in params and authentication'),
	],
	[
		'a blocked client',
		response(403, fail('BlockedClient', 'BlockedClient', 'Authorization')),
		endRefused,
		said('account_blocked', 403, 'BlockedClient'),
	],
	[
		'a suspended account',
		response(403, fail('Account Suspended', 'Account Suspended', 'Authorization')),
		endRefused,
		said('account_blocked', 403, 'Account Suspended'),
	],
	[
		'an account suspended for a time',
		response(
			403,
			fail('Account Temporarily Suspended', 'Account Temporarily Suspended', 'Authorization'),
		),
		endRefused,
		said('account_blocked', 403, 'Account Temporarily Suspended'),
	],
	['a firewall', response(403, HTML), endRefused, foreign('request_refused', 403)],
	['a wrong address', response(404, HTML), endRefused, foreign('endpoint_not_found', 404)],
	['a proxy that wants a login', response(407, ''), ofRequest, foreign('request_refused', 407)],
	['a request time-out', response(408, ''), busy, foreign('unavailable', 408)],
	[
		'a request too large',
		response(413, fail('Payload too large', 'Payload can not exceed 128KB', 'payload')),
		bisect,
		said('request_too_large', 413, 'Payload can not exceed 128KB'),
	],
	[
		'a wrong content type',
		response(415, fail('Unsupported media type', 'Unsupported media type', 'Content-Type')),
		endRefused,
		said('content_type_refused', 415, 'Unsupported media type'),
	],
	[
		'an undocumented refusal',
		response(422, fail('Other', 'No idea', 'other')),
		ofRequest,
		said('request_refused', 422, 'No idea'),
	],
	[
		'too many requests',
		response(
			429,
			fail(
				'Rate Limits Exceeded',
				'Rate limits for customers exceeded. Please Try After Some Time',
				'MOE-APPKEY',
			),
		),
		throttled,
		said('rate_limited', 429, 'Rate limits for customers exceeded. Please Try After Some Time'),
	],
	[
		'too many requests for an hour',
		response(429, '', { retryAfter: '3600' }),
		endUnapplied,
		{ code: 'retry_after_too_long', minutes: 60, cause: foreign('rate_limited', 429) },
	],
	[
		'an internal error',
		response(500, fail('Server Error', 'Server Error', 'server')),
		busy,
		said('unavailable', 500, 'Server Error'),
	],
	['a bad gateway', response(502, HTML), busy, foreign('unavailable', 502)],
	['a service down', response(503, ''), busy, foreign('unavailable', 503)],
	[
		'a service down until a time',
		response(503, HTML, { retryAfter: 'Mon, 23 Nov 2026 10:16:00 GMT' }),
		endUncertain,
		{ code: 'retry_after_too_long', minutes: 16, cause: foreign('unavailable', 503) },
	],
	['a gateway time-out', response(504, HTML), busy, foreign('unavailable', 504)],
	['a redirect', response(302, ''), endUnapplied, { code: 'redirected', status: 302 }],
	['a login page', response(200, HTML), unclear, foreign('unclear_response', 200)],
	[
		'a 200 that says fail',
		response(200, { status: 'fail', message: 'Not today' }),
		unclear,
		{ code: 'unclear_response', status: 200, serverMessage: 'Not today' },
	],
	['an empty 204', response(204, ''), unclear, foreign('unclear_response', 204)],
	['a time-out', noResponse('timeout'), retry, { code: 'timed_out' }],
	[
		'an unknown host',
		noResponse('connection', { errorCode: 'ENOTFOUND' }),
		{ ...notApplied, maxRetries: 3 },
		{ code: 'host_unknown', errorCode: 'ENOTFOUND' },
	],
	[
		'a name server that is down',
		noResponse('connection', { errorCode: 'EAI_AGAIN' }),
		notApplied,
		{ code: 'host_unknown', errorCode: 'EAI_AGAIN' },
	],
	[
		'a closed port',
		noResponse('connection', { errorCode: 'ECONNREFUSED' }),
		notApplied,
		{ code: 'connection_refused', errorCode: 'ECONNREFUSED' },
	],
	[
		'a network that is down',
		noResponse('connection', { errorCode: 'ENETUNREACH' }),
		notApplied,
		{ code: 'connection_refused', errorCode: 'ENETUNREACH' },
	],
	[
		'a connection that broke off',
		noResponse('connection', { errorCode: 'ECONNRESET' }),
		retry,
		{ code: 'connection_lost', errorCode: 'ECONNRESET' },
	],
	[
		'a connection that broke off for an unknown reason',
		noResponse('connection'),
		retry,
		{ code: 'connection_lost', errorCode: '' },
	],
	[
		'an outdated certificate',
		noResponse('connection', { errorCode: 'CERT_HAS_EXPIRED' }),
		endUnapplied,
		{ code: 'certificate_untrusted', errorCode: 'CERT_HAS_EXPIRED' },
	],
	[
		'a certificate of its own',
		noResponse('connection', { errorCode: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
		endUnapplied,
		{ code: 'certificate_untrusted', errorCode: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
	],
	[
		'a certificate for another host',
		noResponse('connection', { errorCode: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
		endUnapplied,
		{ code: 'certificate_untrusted', errorCode: 'ERR_TLS_CERT_ALTNAME_INVALID' },
	],
	[
		'a request that n8n does not send',
		noResponse('unsendable', { message: 'The database is not ready' }),
		{ ...notApplied, maxRetries: 4 },
		{ code: 'not_sendable', message: 'The database is not ready' },
	],
	[
		'a request that can not be put together',
		noResponse('unsendable', { errorCode: 'ERR_INVALID_URL', message: 'Invalid URL' }),
		endUnapplied,
		{ code: 'not_sendable', message: 'Invalid URL' },
	],
	[
		'a request that n8n does not send without a reason',
		noResponse('unsendable'),
		{ ...notApplied, maxRetries: 4 },
		{ code: 'not_sendable', message: '' },
	],
])('%s: what follows from it, and what is wrong', (_, given, decision, problem) => {
	const classification = classify(given, NOW);
	expect(decisionOf(classification)).toEqual(decision);
	expect('problem' in classification && classification.problem).toEqual(problem);
});

test.each<[what: string, given: SendResult, code: CodeOfResponse, isForeign: boolean]>([
	[
		'403 with a type alone',
		response(403, { error: { type: 'BlockedClient' } }),
		'account_blocked',
		false,
	],
	['403 with a message alone', response(403, { error: 'No.' }), 'access_refused', false],
	['400 with a type alone', response(400, { error: { type: 'Other' } }), 'member_refused', false],
	[
		'400 with an attribute alone',
		response(400, { error: { attribute: 'uid' } }),
		'member_refused',
		false,
	],
	['400 with a web page', response(400, HTML), 'request_refused', true],
	['300 that says success', response(300, { status: 'success' }), 'redirected', false],
])('a %s is classified by what it says', (_, given, code, isForeign) => {
	const classification = classify(given, NOW);
	const problem = 'problem' in classification ? classification.problem : undefined;
	expect(problem?.code).toBe(code);
	expect(problem && 'isForeign' in problem && problem.isForeign === true).toBe(isForeign);
});

test.each([
	...['action', 'timestamp', 'partner', 'parameters'],
	...['cohort_name', 'cohort_id', 'cohort_description'],
])('a 400 about %s is about the whole cohort', (name) => {
	for (const attribute of [name, `parameters.${name}`]) {
		const classification = classify(response(400, fail('Other', 'No', attribute)), NOW);
		expect(classification).toEqual({ ...ofCohort, problem: part(name, 'No') });
	}
});

test.each<[errorCode: string, decision: object, code: string]>([
	['ECONNREFUSED', notApplied, 'connection_refused'],
	['EHOSTUNREACH', notApplied, 'connection_refused'],
	['ENETUNREACH', notApplied, 'connection_refused'],
	['EAI_AGAIN', notApplied, 'host_unknown'],
	['ENOTFOUND', { ...notApplied, maxRetries: 3 }, 'host_unknown'],
	...[
		...['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_UNSUPPORTED_PROTOCOL'],
		...['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE'],
	].map((errorCode): [string, object, string] => [
		errorCode,
		{ ...notApplied, maxRetries: 3 },
		'connection_refused',
	]),
	['ECONNRESET', retry, 'connection_lost'],
	['EPIPE', retry, 'connection_lost'],
	// In the middle of a connection.
	['ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', retry, 'connection_lost'],
	...[
		...['CERT_HAS_EXPIRED', 'SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
		...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
		...['HOSTNAME_MISMATCH', 'ERR_TLS_CERT_ALTNAME_INVALID'],
	].map((errorCode): [string, object, string] => [
		errorCode,
		endUnapplied,
		'certificate_untrusted',
	]),
])('a connection that ends with %s', (errorCode, decision, code) => {
	const classification = classify(noResponse('connection', { errorCode }), NOW);
	expect(classification).toEqual({ ...decision, problem: { code, errorCode } });
});

test.each<[what: string, given: SendResult, problemOfMany: object]>([
	[
		'because of members',
		response(400, fail('Malformed JSON', 'Malformed JSON', 'payload')),
		said('members_refused', 400, 'Malformed JSON'),
	],
	['without a reason', response(400, ''), foreign('request_refused', 400)],
	[
		'as too large',
		response(413, fail('Payload too large', 'Payload can not exceed 128KB', 'payload')),
		said('request_too_large', 413, 'Payload can not exceed 128KB'),
	],
])('a request of many members that is refused %s and not bisected', (_, given, problemOfMany) => {
	expect(classify(given, NOW)).toMatchObject({ kind: 'bisect', problemOfMany });
});

test('a Retry-After of 15 minutes is honoured, and a date counts from the time of the server that sends it', () => {
	expect(classify(response(429, '', { retryAfter: '900' }), NOW)).toMatchObject({
		kind: 'retry',
		retryAfterMs: 900_000,
	});
	const headers = {
		retryAfter: 'Mon, 23 Nov 2026 12:00:30 GMT',
		date: 'Mon, 23 Nov 2026 12:00:10 GMT',
	};
	expect(classify(response(503, '', headers), NOW)).toMatchObject({
		kind: 'retry',
		retryAfterMs: 20_000,
	});
});
