import type { Answer, Verdict } from '../../nodes/MoEngageCohortSync/delivery/answer';
import { judge } from '../../nodes/MoEngageCohortSync/delivery/answer';
import { readWords } from '../../nodes/MoEngageCohortSync/delivery/words';
import { inOneLine, stopped } from '../../nodes/MoEngageCohortSync/delivery/trouble';

const NOW = Date.parse('2026-11-23T10:00:00.000Z');

const asIs = (text: string) => text;

const answer = (
	status: number,
	body: unknown,
	headers: { retryAfter?: string; date?: string } = {},
): Answer => ({
	status,
	words: readWords(typeof body === 'string' ? body : JSON.stringify(body), asIs),
	...headers,
});

/** MoEngage's documented body for a refusal. */
const fail = (type: string, message: string, attribute: string) => ({
	status: 'fail',
	error: { attribute, message, type, request_id: 'sYsoPuzf' },
});

const HTML = '<!doctype html><title>Welcome</title><h1>Sign in</h1>';

/** The verdict without its texts. */
function bare(verdict: Verdict) {
	const isText = (name: string) => name === 'trouble' || name === 'unsplit';
	return Object.fromEntries(Object.entries(verdict).filter(([name]) => !isText(name)));
}

const retry = { kind: 'retry', mayHaveTakenEffect: true };
const busy = { ...retry, throttled: false, retryAfterMs: undefined };
const throttled = { ...busy, mayHaveTakenEffect: false, throttled: true };
const unclear = { ...retry, maxRetries: 2 };
const split = { kind: 'split' };
const ofCohort = { kind: 'refused', wholeCohort: true };
const ofBatch = { kind: 'refused', wholeCohort: false };
const endRefused = { kind: 'end', refused: true, mayHaveTakenEffect: false };
const endUnknown = { kind: 'end', refused: false, mayHaveTakenEffect: true };
const neverSent = { ...retry, mayHaveTakenEffect: false };
const endUnsent = { kind: 'end', refused: false, mayHaveTakenEffect: false };

const noAnswer = (cause: 'timeout' | 'connection' | 'unsendable', more = {}): Answer => ({
	status: undefined,
	cause,
	...more,
});

test('MoEngage accepts', () => {
	const body = {
		status: 'success',
		message: 'Your request has been accepted and will be processed soon.',
	};
	expect(judge(answer(200, body), NOW)).toEqual({ kind: 'accepted' });
});

const cases: Array<[what: string, given: Answer, verdict: object, sentence: string]> = [
	[
		'a missing attribute',
		answer(400, fail('MissingAttributeError', 'action is not found in the payload', 'action')),
		ofCohort,
		'MoEngage refused the request because of its "action". MoEngage says: "action is not found in the payload". Install the newest version of this node. If that does not help, ask MoEngage\'s support and give them the request ID. MoEngage request ID: sYsoPuzf.',
	],
	[
		'a bad cohort name',
		answer(
			400,
			fail('InvalidAttributeError', 'cohort_name is not valid', 'parameters.cohort_name'),
		),
		ofCohort,
		"MoEngage refused the request because of its 'Cohort Name'. MoEngage says: \"cohort_name is not valid\". Change 'Cohort Name' in the node. MoEngage request ID: sYsoPuzf.",
	],
	[
		'a bad cohort ID',
		answer(400, fail('InvalidAttributeError', 'cohort_id is not valid', 'cohort_id')),
		ofCohort,
		"MoEngage refused the request because of its 'Cohort ID'. MoEngage says: \"cohort_id is not valid\". Change 'Cohort ID' in the node. MoEngage request ID: sYsoPuzf.",
	],
	[
		'an unknown partner',
		answer(400, fail('InvalidAttributeError', 'partner is not known!', 'partner')),
		ofCohort,
		"MoEngage refused the request because of its 'Partner'. MoEngage says: \"partner is not known!\" Change 'Partner' in the node. MoEngage request ID: sYsoPuzf.",
	],
	[
		'malformed JSON',
		answer(400, fail('Malformed JSON', 'Malformed JSON', 'payload')),
		split,
		'MoEngage refused this member. MoEngage says: "Malformed JSON". Correct the identifier at its source, or leave the item out with a Filter node. MoEngage request ID: sYsoPuzf.',
	],
	[
		'a bad member',
		answer(400, fail('InvalidAttributeError', 'uid is not valid', 'parameters.members.0.uid')),
		split,
		'MoEngage refused this member. MoEngage says: "uid is not valid". Correct the identifier at its source, or leave the item out with a Filter node. MoEngage request ID: sYsoPuzf.',
	],
	[
		'a 400 without words',
		answer(400, ''),
		split,
		"The request was refused (status 400). It may be a proxy or a firewall that refuses it: make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
	],
	[
		'a wrong secret',
		answer(
			401,
			fail(
				'Authentication required',
				'App Secret key mismatch. Please login to the dashboard to verify key',
				'Authorization',
			),
		),
		endRefused,
		"MoEngage does not accept the App ID or the Secret Key. MoEngage says: \"App Secret key mismatch. Please login to the dashboard to verify key\". Open the MoEngage API credential, enter 'App ID' and 'Secret Key' again (in MoEngage: Settings → Account → APIs, the key of the Data tile), and check that 'Data Center' is the number in your dashboard's address. MoEngage request ID: sYsoPuzf.",
	],
	[
		'a header that a proxy took away',
		answer(401, fail('Authentication required', 'Authentication Header Required', 'Authorization')),
		endRefused,
		"MoEngage does not accept the App ID or the Secret Key. MoEngage says: \"Authentication Header Required\". Open the MoEngage API credential, enter 'App ID' and 'Secret Key' again (in MoEngage: Settings → Account → APIs, the key of the Data tile), and check that 'Data Center' is the number in your dashboard's address. MoEngage request ID: sYsoPuzf.",
	],
	[
		'a wrong app id',
		answer(
			401,
			fail(
				'Authentication Mismatch',
				'App key mismatch in params and authentication',
				'MOE-APPKEY',
			),
		),
		endRefused,
		"The App ID and the Secret Key do not belong together. MoEngage says: \"App key mismatch in params and authentication\". Open the MoEngage API credential, enter 'App ID' and 'Secret Key' again (in MoEngage: Settings → Account → APIs, the key of the Data tile), and check that 'Data Center' is the number in your dashboard's address. MoEngage request ID: sYsoPuzf.",
	],
	[
		'a blocked client',
		answer(403, fail('BlockedClient', 'BlockedClient', 'Authorization')),
		endRefused,
		'MoEngage has blocked or suspended this account. MoEngage says: "BlockedClient". Nothing can be sent until MoEngage lifts this: ask MoEngage\'s support and give them the request ID. MoEngage request ID: sYsoPuzf.',
	],
	[
		'a suspended account',
		answer(403, fail('Account Suspended', 'Account Suspended', 'Authorization')),
		endRefused,
		'MoEngage has blocked or suspended this account. MoEngage says: "Account Suspended". Nothing can be sent until MoEngage lifts this: ask MoEngage\'s support and give them the request ID. MoEngage request ID: sYsoPuzf.',
	],
	[
		'an account suspended for a time',
		answer(
			403,
			fail('Account Temporarily Suspended', 'Account Temporarily Suspended', 'Authorization'),
		),
		endRefused,
		'MoEngage has blocked or suspended this account. MoEngage says: "Account Temporarily Suspended". Nothing can be sent until MoEngage lifts this: ask MoEngage\'s support and give them the request ID. MoEngage request ID: sYsoPuzf.',
	],
	[
		'a firewall',
		answer(403, HTML),
		endRefused,
		"The request was refused (status 403). It may be a proxy or a firewall that refuses it: make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
	],
	[
		'a wrong address',
		answer(404, HTML),
		endRefused,
		"MoEngage's Cohort Sync is not at this address (status 404). Make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
	],
	[
		'a proxy that wants a login',
		answer(407, ''),
		ofBatch,
		"The request was refused (status 407). It may be a proxy or a firewall that refuses it: make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
	],
	[
		'a request that came too slowly',
		answer(408, ''),
		busy,
		'MoEngage is not available at the moment (status 408). Run the workflow again later: sending a member twice does no harm.',
	],
	[
		'a request too large',
		answer(413, fail('Payload too large', 'Payload can not exceed 128KB', 'payload')),
		split,
		'MoEngage found the request too large. MoEngage says: "Payload can not exceed 128KB". Lower the option \'Payload Limit in Bytes\'; without it, requests take up to 128,000 bytes. MoEngage request ID: sYsoPuzf.',
	],
	[
		'a wrong content type',
		answer(415, fail('Unsupported media type', 'Unsupported media type', 'Content-Type')),
		endRefused,
		"MoEngage did not receive the request as JSON (status 415). MoEngage says: \"Unsupported media type\". Something between n8n and MoEngage changes the requests: look for a proxy, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right. MoEngage request ID: sYsoPuzf.",
	],
	[
		'an undocumented refusal',
		answer(422, fail('Other', 'No idea', 'other')),
		ofBatch,
		'The request was refused (status 422). MoEngage says: "No idea". Check the node\'s fields. If they are right, ask MoEngage\'s support and give them the request ID. MoEngage request ID: sYsoPuzf.',
	],
	[
		'too many requests',
		answer(
			429,
			fail(
				'Rate Limits Exceeded',
				'Rate limits for customers exceeded. Please Try After Some Time',
				'MOE-APPKEY',
			),
		),
		throttled,
		'MoEngage receives too many requests for this workspace (status 429). MoEngage says: "Rate limits for customers exceeded. Please Try After Some Time". Something else sends as well, such as another n8n worker: lower the option \'Requests per Minute\' (with several workers, 300 divided by their number), or let it run at another time. Then run the workflow again; sending a member twice does no harm. MoEngage request ID: sYsoPuzf.',
	],
	[
		'too many requests for an hour',
		answer(429, '', { retryAfter: '3600' }),
		endUnsent,
		'MoEngage receives too many requests for this workspace (status 429). It asks for a pause of 60 minutes, which is longer than a run waits. Run the workflow again after that time: sending a member twice does no harm.',
	],
	[
		'a server in trouble',
		answer(500, fail('Server Error', 'Server Error', 'server')),
		busy,
		'MoEngage is not available at the moment (status 500). MoEngage says: "Server Error". Run the workflow again later: sending a member twice does no harm. MoEngage request ID: sYsoPuzf.',
	],
	[
		'a bad gateway',
		answer(502, HTML),
		busy,
		'MoEngage is not available at the moment (status 502). Run the workflow again later: sending a member twice does no harm.',
	],
	[
		'a service down',
		answer(503, ''),
		busy,
		'MoEngage is not available at the moment (status 503). Run the workflow again later: sending a member twice does no harm.',
	],
	[
		'a service down until a time',
		answer(503, HTML, { retryAfter: 'Mon, 23 Nov 2026 10:16:00 GMT' }),
		endUnknown,
		'MoEngage is not available at the moment (status 503). It asks for a pause of 16 minutes, which is longer than a run waits. Run the workflow again after that time: sending a member twice does no harm.',
	],
	[
		'a gateway that waits in vain',
		answer(504, HTML),
		busy,
		'MoEngage is not available at the moment (status 504). Run the workflow again later: sending a member twice does no harm.',
	],
	[
		'a redirect',
		answer(302, ''),
		endUnsent,
		"The address answered with a redirect (status 302). The node never follows one, so that neither your key nor your members reach another place. Make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
	],
	[
		'a login page',
		answer(200, HTML),
		unclear,
		"The answer (status 200) does not say that the request was accepted. It may come from a proxy or a login page instead of MoEngage: make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right. Then run the workflow again; sending a member twice does no harm.",
	],
	[
		'a 200 that says fail',
		answer(200, { status: 'fail', message: 'Not today' }),
		unclear,
		"The answer (status 200) does not say that the request was accepted. MoEngage says: \"Not today\". It may come from a proxy or a login page instead of MoEngage: make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right. Then run the workflow again; sending a member twice does no harm.",
	],
	[
		'an empty 204',
		answer(204, ''),
		unclear,
		"The answer (status 204) does not say that the request was accepted. It may come from a proxy or a login page instead of MoEngage: make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right. Then run the workflow again; sending a member twice does no harm.",
	],
	[
		'a time-out',
		noAnswer('timeout'),
		retry,
		"MoEngage gave no answer within the time that the option 'Timeout in Seconds' allows. Run the workflow again later: sending a member twice does no harm. If it happens again, raise that option.",
	],
	[
		'an unknown host',
		noAnswer('connection', { code: 'ENOTFOUND' }),
		{ ...neverSent, maxRetries: 3 },
		"n8n could not look up the server's address (ENOTFOUND). Run the workflow again later: sending a member twice does no harm. If it happens again, check that n8n can reach the internet, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
	],
	[
		'a name server that is away',
		noAnswer('connection', { code: 'EAI_AGAIN' }),
		neverSent,
		"n8n could not look up the server's address (EAI_AGAIN). Run the workflow again later: sending a member twice does no harm. If it happens again, check that n8n can reach the internet, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
	],
	[
		'a closed port',
		noAnswer('connection', { code: 'ECONNREFUSED' }),
		neverSent,
		"n8n could not connect to the server (ECONNREFUSED). Run the workflow again later: sending a member twice does no harm. If it happens again, check that n8n can reach the internet, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
	],
	[
		'a network that is away',
		noAnswer('connection', { code: 'ENETUNREACH' }),
		neverSent,
		"n8n could not connect to the server (ENETUNREACH). Run the workflow again later: sending a member twice does no harm. If it happens again, check that n8n can reach the internet, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
	],
	[
		'a connection that broke off',
		noAnswer('connection', { code: 'ECONNRESET' }),
		retry,
		"The connection to MoEngage broke off (ECONNRESET). Run the workflow again later: sending a member twice does no harm. If it happens again, check that n8n can reach the internet, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
	],
	[
		'a connection that broke off somehow',
		noAnswer('connection'),
		retry,
		"The connection to MoEngage broke off. Run the workflow again later: sending a member twice does no harm. If it happens again, check that n8n can reach the internet, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
	],
	[
		'an outdated certificate',
		noAnswer('connection', { code: 'CERT_HAS_EXPIRED' }),
		endUnsent,
		"The security certificate of the server is not trusted (CERT_HAS_EXPIRED), so the request was not sent. A proxy may open the encrypted connections: ask whoever looks after your network, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
	],
	[
		'a certificate of its own',
		noAnswer('connection', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
		endUnsent,
		"The security certificate of the server is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT), so the request was not sent. A proxy may open the encrypted connections: ask whoever looks after your network, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
	],
	[
		'a certificate for another host',
		noAnswer('connection', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
		endUnsent,
		"The security certificate of the server is not trusted (ERR_TLS_CERT_ALTNAME_INVALID), so the request was not sent. A proxy may open the encrypted connections: ask whoever looks after your network, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
	],
	[
		'a request that n8n does not send',
		noAnswer('unsendable', { message: 'The database is not ready' }),
		{ ...neverSent, maxRetries: 4 },
		"n8n could not send the request. n8n says: \"The database is not ready\". Run the workflow again later: sending a member twice does no harm. If it happens again, open the MoEngage API credential and save it, so that n8n tests it, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
	],
	[
		'a request that can not be put together',
		noAnswer('unsendable', { code: 'ERR_INVALID_URL', message: 'Invalid URL' }),
		endUnsent,
		"n8n could not send the request. n8n says: \"Invalid URL\". Run the workflow again later: sending a member twice does no harm. If it happens again, open the MoEngage API credential and save it, so that n8n tests it, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
	],
	[
		'a request that n8n does not send without a word',
		noAnswer('unsendable'),
		{ ...neverSent, maxRetries: 4 },
		"n8n could not send the request. Run the workflow again later: sending a member twice does no harm. If it happens again, open the MoEngage API credential and save it, so that n8n tests it, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
	],
];

test.each(cases)('%s: what it means, and what a person reads', (_, given, verdict, sentence) => {
	const judged = judge(given, NOW);
	expect(bare(judged)).toEqual(verdict);
	expect('trouble' in judged && inOneLine(judged.trouble)).toBe(sentence);
});

test.each<[what: string, given: Answer, title: RegExp]>([
	[
		'403 with a type alone',
		answer(403, { error: { type: 'BlockedClient' } }),
		/blocked or suspended/,
	],
	['403 with a message alone', answer(403, { error: 'No.' }), /blocked or suspended/],
	['400 with a type alone', answer(400, { error: { type: 'Other' } }), /refused this member/],
	[
		'400 with an attribute alone',
		answer(400, { error: { attribute: 'uid' } }),
		/refused this member/,
	],
	['400 without a word', answer(400, HTML), /was refused \(status 400\)/],
	[
		'400 about the description',
		answer(400, fail('A', 'B', 'cohort_description')),
		/'Cohort Description'/,
	],
	['300 that says success', answer(300, { status: 'success' }), /redirect \(status 300\)/],
])('a %s is told by what it says', (_, given, title) => {
	const verdict = judge(given, NOW);
	expect('trouble' in verdict && verdict.trouble.what).toMatch(title);
	if (verdict.kind === 'split') expect(verdict.unsplit.what).toMatch(/refused/);
});

test('that another run is safe is said once: where the advice has it, it is marked', () => {
	const troubles = cases.map(([, given]) => judge(given, NOW));
	for (const cause of [...troubles.map((each) => 'trouble' in each && each.trouble), stopped()]) {
		if (cause !== false)
			expect([cause, cause.saysItIsSafe === true]).toEqual([
				cause,
				cause.fix.includes('does no harm'),
			]);
	}
});

test("MoEngage's support is told the request ID only where there is one", () => {
	const adviceOf = (body: object) => {
		const verdict = judge(answer(403, body), NOW);
		return 'trouble' in verdict ? verdict.trouble.fix : '';
	};
	expect(adviceOf({ error: 'Blocked' })).toMatch(/ask MoEngage's support\.$/);
	expect(adviceOf({ error: { message: 'Blocked', request_id: 'r' } })).toMatch(
		/ask MoEngage's support and give them the request ID\.$/,
	);
});

test('what a person reads is plain: what happened and what to do, no jargon of programs', () => {
	for (const [, given] of cases) {
		const verdict = judge(given, NOW);
		if (!('trouble' in verdict)) continue;
		for (const { what, fix } of 'unsplit' in verdict
			? [verdict.trouble, verdict.unsplit]
			: [verdict.trouble]) {
			const ours = what.replace(/ MoEngage says: ".*"| \([A-Z_]+\)/, '');
			expect(`${ours} ${fix}`).not.toMatch(/error|failed to|exception|invalid|undefined|null/i);
			expect(what).toMatch(/^[A-Zn].*[.!?]"?$/);
			expect(fix).toMatch(/^[A-Z].*\.$/);
		}
	}
});

test.each([
	...['action', 'timestamp', 'partner', 'parameters'],
	...['cohort_name', 'cohort_id', 'cohort_description'],
])('a 400 about %s is about the whole cohort', (part) => {
	for (const attribute of [part, `parameters.${part}`]) {
		expect(bare(judge(answer(400, fail('Other', 'No', attribute)), NOW))).toEqual(ofCohort);
	}
});

test.each([
	['ECONNREFUSED', neverSent],
	['EAI_AGAIN', neverSent],
	['EHOSTUNREACH', neverSent],
	['ENETUNREACH', neverSent],
	['ENOTFOUND', { ...neverSent, maxRetries: 3 }],
	['ECONNRESET', retry],
	['EPIPE', retry],
	...[
		...['CERT_HAS_EXPIRED', 'SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
		...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
		...['HOSTNAME_MISMATCH', 'ERR_TLS_CERT_ALTNAME_INVALID'],
	].map((code): [string, object] => [code, endUnsent]),
])('a connection that ends with %s', (code, verdict) => {
	expect(bare(judge(noAnswer('connection', { code }), NOW))).toEqual(verdict);
});

test('a batch that is not taken apart is told of as a batch', () => {
	const verdict = judge(answer(400, fail('Malformed JSON', 'Malformed JSON', 'payload')), NOW);
	expect(verdict.kind === 'split' && inOneLine(verdict.unsplit)).toBe(
		'MoEngage refused this request because of its members, and so many other requests that the members were not tried one by one. MoEngage says: "Malformed JSON". Look for identifiers of a wrong kind, and correct them at their source. MoEngage request ID: sYsoPuzf.',
	);
});

test('a pause of 15 minutes is kept, and a date counts from the time of the server that says it', () => {
	expect(judge(answer(429, '', { retryAfter: '900' }), NOW)).toMatchObject({
		kind: 'retry',
		retryAfterMs: 900_000,
	});
	const headers = {
		retryAfter: 'Mon, 23 Nov 2026 12:00:30 GMT',
		date: 'Mon, 23 Nov 2026 12:00:10 GMT',
	};
	expect(judge(answer(503, '', headers), NOW)).toMatchObject({
		kind: 'retry',
		retryAfterMs: 20_000,
	});
});

describe('the words of an answer', () => {
	const nothing = { success: false };

	test.each<[string, unknown, object]>([
		['nothing', '', nothing],
		['a web page', HTML, nothing],
		['JSON cut off', '{"status":"succ', nothing],
		['null', 'null', nothing],
		['a number', '5', nothing],
		['a text', '"success"', nothing],
		['a list', '[{"status":"success"}]', nothing],
		['another status', { status: 'SUCCESS' }, nothing],
		['wrong types', { status: true, error: { message: 5, type: [], request_id: {} } }, nothing],
		['an error that is a text', { error: 'slow  down\n' }, { message: 'slow down' }],
		['an error that is null', { error: null, message: 'no' }, { message: 'no' }],
		['white space only', { error: { message: ' \n ' } }, nothing],
	])('%s', (_, body, expected) => {
		const text = typeof body === 'string' ? body : JSON.stringify(body);
		const words = readWords(text, asIs);
		expect(JSON.parse(JSON.stringify(words))).toEqual({ success: false, ...expected });
	});

	test('are cut short, but only after the key is struck out', () => {
		const body = JSON.stringify({
			error: { message: `${'x'.repeat(295)}SECRET${'y'.repeat(1e6)}` },
		});
		const { message } = readWords(body, (text) => text.replaceAll('SECRET', '***'));
		expect(message).toBe(`${'x'.repeat(295)}***yy`);
	});
});
