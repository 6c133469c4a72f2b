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
		error: { message: `${'x'.repeat(295)}SECRET${'y'.repeat(1e6)}` },
	});
	const { message } = parseResponseBody(body, (text) => text.replaceAll('SECRET', '***'));
	expect(message).toBe(`${'x'.repeat(295)}***yy`);
});
