import { parseResponseBody } from '../../nodes/MoEngageCohortSync/delivery/responseBody';

const HTML = '<!doctype html><title>Welcome</title><h1>Sign in</h1>';

const nothing = { isSuccess: false };

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
])('the body of a response that is %s', (_, body, expected) => {
	const text = typeof body === 'string' ? body : JSON.stringify(body);
	const parsed = parseResponseBody(text, (message) => message);
	expect(JSON.parse(JSON.stringify(parsed))).toEqual({ isSuccess: false, ...expected });
});

test('a long message is cut short, after the key has been redacted', () => {
	const body = JSON.stringify({
		error: { message: `${'x'.repeat(290)} SECRET more ${'y'.repeat(1e6)}` },
	});
	const { message } = parseResponseBody(body, (text) => text.replaceAll('SECRET', '***'));
	expect(message).toBe(`${'x'.repeat(290)} *** more`);
	const dump = JSON.stringify({ message: 'x'.repeat(301) });
	expect(parseResponseBody(dump, (text) => text).message).toBe('…');
	const whole = JSON.stringify({ message: 'x'.repeat(300) });
	expect(parseResponseBody(whole, (text) => text).message).toBe('x'.repeat(300));
});

test.each<
	[what: string, data: unknown, expected: { found: string[]; notFound: string[] } | undefined]
>([
	[
		'both lists',
		{
			users: [{ user_attributes: { customer_id: 'u1' } }, { user_attributes: { customer_id: 2 } }],
			users_not_found: [{ identifier: 'u3' }, { identifier: 4 }],
		},
		{ found: ['u1', '2'], notFound: ['u3', '4'] },
	],
	[
		'those that MoEngage knows only',
		{ users: [{ user_attributes: { customer_id: 'u1' } }] },
		{ found: ['u1'], notFound: [] },
	],
	[
		'those that it does not know only',
		{ users_not_found: [{ identifier: 'u3' }] },
		{ found: [], notFound: ['u3'] },
	],
	['neither list', {}, undefined],
	['texts for lists', { users: 'u1', users_not_found: 'u3' }, undefined],
	['no data', null, undefined],
])('the users in a response with %s', (_what, data, expected) => {
	const { lookup } = parseResponseBody(JSON.stringify({ data }), (message) => message);
	expect(lookup && { found: [...lookup.found], notFound: [...lookup.notFound] }).toEqual(expected);
});
