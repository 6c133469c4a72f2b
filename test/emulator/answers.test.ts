import { cohortSyncPath, createMoEngage, testConnectionPath } from '../../emulator/model';
import { bodyOf, errorOf, request, send, start, withClock } from '../support/emulator';

test('a valid request is accepted in the documented words', () => {
	const answer = createMoEngage().receive(request());

	expect(answer.status).toBe(200);
	expect(JSON.parse(answer.body)).toEqual({
		status: 'success',
		message: 'Your request has been accepted and will be processed soon.',
	});
});

const { parameters, ...envelope } = bodyOf();
const missing = (attribute: string) => ({
	attribute,
	message: `${attribute} is not found in the payload`,
	type: 'MissingAttributeError',
});
const invalid = (attribute: string) => ({ attribute, type: 'InvalidAttributeError' });
const withMembers = (members: unknown) => ({
	...envelope,
	parameters: { ...parameters, members },
});

test.each([
	['no action', { ...bodyOf(), action: undefined }, missing('action')],
	['no partner', { ...bodyOf(), partner: undefined }, missing('partner')],
	['no parameters', envelope, missing('parameters')],
	[
		'no cohort name',
		{ ...envelope, parameters: { ...parameters, cohort_name: undefined } },
		missing('cohort_name'),
	],
	[
		'no cohort id',
		{ ...envelope, parameters: { ...parameters, cohort_id: undefined } },
		missing('cohort_id'),
	],
	['no members', withMembers(undefined), missing('members')],
	['a member without identifier', withMembers([{ uid: 'u1' }, {}]), missing('uid')],
	['an empty list of members', withMembers([]), invalid('members')],
	['a number as uid', withMembers([{ uid: 7 }]), invalid('uid')],
	['an empty anonymous_id', withMembers([{ anonymous_id: '' }]), invalid('anonymous_id')],
	['an unknown action', { ...bodyOf(), action: 'replace' }, invalid('action')],
	['a timestamp of another form', { ...bodyOf(), timestamp: '23/11/2026' }, invalid('timestamp')],
	['a timestamp in words', { ...bodyOf(), timestamp: 'Nov 23 2026' }, invalid('timestamp')],
	['a day that is not', { ...bodyOf(), timestamp: '2026-13-41T10:00:00Z' }, invalid('timestamp')],
	['a list instead of an object', [], invalid('payload')],
])('a body with %s gets a 400 that names the attribute', (_name, body, error) => {
	const answer = createMoEngage().receive(request({ body: JSON.stringify(body) }));

	expect(answer.status).toBe(400);
	expect(errorOf(answer)).toMatchObject(error);
});

test.each(['', '{"action":', 'action=add_members'])('the body %j is malformed JSON', (body) => {
	const answer = createMoEngage().receive(request({ body }));

	expect(answer.status).toBe(400);
	expect(errorOf(answer)).toMatchObject({ type: 'Malformed JSON' });
});

test('a timestamp may be left out', () => {
	const body = JSON.stringify({ ...bodyOf(), timestamp: undefined });

	expect(createMoEngage().receive(request({ body })).status).toBe(200);
});

test('a payload of exactly 131,072 bytes is taken, one byte more is refused', () => {
	const body = JSON.stringify(bodyOf({ name: 'é' }));
	const padding = ' '.repeat(131_072 - Buffer.byteLength(body));
	const model = createMoEngage();

	expect(model.receive(request({ body: body + padding })).status).toBe(200);
	const answer = model.receive(request({ body: `${body}${padding} ` }));
	expect(answer.status).toBe(413);
	expect(errorOf(answer)).toMatchObject({
		type: 'Payload too large',
		message: 'Payload can not exceed 128KB',
	});
});

test('the payload limit can be set', () => {
	const { length } = JSON.stringify(bodyOf());

	expect(send(createMoEngage({ maxBytes: length })).status).toBe(200);
	expect(send(createMoEngage({ maxBytes: length - 1 })).status).toBe(413);
});

test.each([
	{ path: '/v1/integrations/other' },
	{ path: '/v1/transition/' },
	{ path: '/v1/transition/DEMO_APP/more' },
	{ path: cohortSyncPath, method: 'GET' },
	{ path: testConnectionPath, method: 'PUT' },
])('%j is not found', (changes) => {
	const answer = createMoEngage().receive(request(changes));

	expect(answer.status).toBe(404);
	expect(errorOf(answer)).toMatchObject({ type: 'Not Found' });
});

test('a record holds what was asked and what came of it', () => {
	const { model } = withClock();
	const members = [{ uid: 'u1' }, { anonymous_id: 'a2' }];
	model.receive(
		request({ path: `${cohortSyncPath}?trace=1`, body: JSON.stringify(bodyOf({ members })) }),
	);

	expect(model.requests).toEqual([
		{
			number: 1,
			at: start,
			path: cohortSyncPath,
			endpoint: 'cohortSync',
			bytes: expect.any(Number),
			change: expect.objectContaining({ partner: 'n8n' }),
			lookup: undefined,
			userImport: undefined,
			action: 'add_members',
			cohortId: 'vip',
			timestamp: '2026-11-23T10:00:00.000Z',
			members,
			memberCount: 2,
			userCount: 2,
			status: 200,
			message: 'Accepted',
			accepted: true,
		},
	]);
});
