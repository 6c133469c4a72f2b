import {
	classifyLookup,
	wantsOtherForm,
} from '../../nodes/MoEngageCohortSync/delivery/classifyLookup';
import { parseResponseBody } from '../../nodes/MoEngageCohortSync/delivery/responseBody';
import type { SendResult } from '../../nodes/MoEngageCohortSync/delivery/sendResult';

const NOW = Date.parse('2026-11-23T10:00:00.000Z');

const response = (status: number, body: unknown = {}, headers = {}): SendResult => ({
	status,
	body: parseResponseBody(JSON.stringify(body), (text) => text),
	...headers,
});

/** MoEngage's body for a refusal, without the attribute where it names none. */
const fail = (type: string, message: string, attribute?: string) => ({
	status: 'fail',
	error: {
		type,
		message,
		request_id: 'sYsoPuzf',
		...(attribute === undefined ? {} : { attribute }),
	},
});

/** What is decided, and the problem's code. */
function decisionOn(result: SendResult, users = 20) {
	const classification = classifyLookup(result, NOW, users);
	return 'problem' in classification
		? [classification.kind, classification.problem.code]
		: [classification.kind];
}

const FOUND = {
	data: { users: [{ user_attributes: { customer_id: 'u1' } }], users_not_found: [] },
};
const NOBODY_FOUND = { data: { users: [], users_not_found: [{ identifier: 'u1' }] } };

describe('a response of Get User', () => {
	test('with several users, although one was asked for, is that of another request', () => {
		const users = ['a', 'b'].map((customer_id) => ({ user_attributes: { customer_id } }));
		const several = response(200, { status: 'success', data: { users, users_not_found: [] } });
		expect(decisionOn(several, 1)).toEqual(['retry', 'lookup_unclear']);
		expect(decisionOn(several, 2)).toEqual(['accepted']);
		// A merged user may have another ID.
		expect(decisionOn(response(200, { status: 'success', ...FOUND }), 1)).toEqual(['accepted']);
		const contradictory = { data: { ...FOUND.data, users_not_found: [{ identifier: 'u1' }] } };
		expect(decisionOn(response(200, { status: 'success', ...contradictory }), 1)).toEqual([
			'accepted',
		]);
	});

	test.each<[what: string, result: SendResult, decision: string[]]>([
		['with a user', response(200, { status: 'success', ...FOUND }), ['accepted']],
		['that knows nobody', response(200, { status: 'success', ...NOBODY_FOUND }), ['accepted']],
		['that names no user', response(200, { status: 'success' }), ['retry', 'lookup_unclear']],
		[
			'with empty lists',
			response(200, { status: 'success', data: { users: [] } }),
			['retry', 'lookup_unclear'],
		],
		['that never came', { status: undefined, kind: 'timeout' }, ['retry', 'timed_out']],
		['that is a redirect', response(302), ['end', 'redirected']],
		['above its limit', response(429), ['retry', 'lookups_limited']],
		['that comes too late for the server', response(408), ['retry', 'unavailable']],
		['of a server that is down', response(500), ['retry', 'unavailable']],
		['too large', response(413), ['bisect', 'request_too_large']],
		['to another content type', response(415), ['end', 'content_type_refused']],
		['without a word of MoEngage', response(400), ['end', 'lookup_refused']],
		['at no address', response(404), ['end', 'lookup_refused']],
		['that forbids it', response(403), ['end', 'lookup_refused']],
		['with another status', response(499), ['end', 'lookup_refused']],
		[
			'to a blocked account',
			response(403, fail('BlockedClient', 'You are blocked', 'client')),
			['end', 'account_blocked'],
		],
		[
			'to another secret key',
			response(401, fail('Authentication Error', 'Secret Key mismatch', 'Authorization')),
			['end', 'keys_refused'],
		],
		[
			'to another App ID',
			response(401, fail('Authentication Mismatch', 'App ID differs', 'Authorization')),
			['end', 'keys_mismatched'],
		],
		...['identifier', 'users.0.identifier', 'identifiers.identifier_type', 'customer_id'].map(
			(attribute): [string, SendResult, string[]] => [
				`about ${attribute}`,
				response(400, fail('InvalidValue', 'No such value', attribute)),
				['bisect', 'member_refused'],
			],
		),
		[
			'about no part of the request',
			response(400, fail('InvalidValue', 'No such value')),
			['bisect', 'member_refused'],
		],
		[
			'about a part that is no user',
			response(400, fail('InvalidValue', 'No such value', 'user_fields_to_export')),
			['end', 'lookup_refused'],
		],
	])('%s', (_what, result, decision) => {
		expect(decisionOn(result)).toEqual(decision);
	});

	test('that asks to wait for too long ends the run, with the limit as the cause', () => {
		const result = response(429, {}, { retryAfter: '864000' });
		expect(classifyLookup(result, NOW, 20)).toMatchObject({
			kind: 'end',
			problem: { code: 'retry_after_too_long', cause: { code: 'lookups_limited' } },
		});
	});
});

test.each<[what: string, isWanted: boolean, result: SendResult]>([
	['the wrapper is missing', true, response(400, fail('MissingAttributeError', 'x', 'data'))],
	['the list is missing', true, response(400, fail('MissingAttributeError', 'x', 'identifiers'))],
	['a value is missing', false, response(400, fail('MissingAttributeError', 'x', 'identifier'))],
	['no part is named', false, response(400, fail('MissingAttributeError', 'x'))],
	['the list is wrong', false, response(400, fail('InvalidValue', 'x', 'identifiers'))],
	['the status is another', false, response(422, fail('MissingAttributeError', 'x', 'data'))],
	['there is no response', false, { status: undefined, kind: 'timeout' }],
])(
	'where MoEngage says that %s, the other form of the body is tried: %s',
	(_what, isWanted, result) => {
		expect(wantsOtherForm(result)).toBe(isWanted);
	},
);
