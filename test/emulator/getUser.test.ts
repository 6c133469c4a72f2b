import { createMoEngage, getUserPath } from '../../emulator/model';
import { errorOf, getUser, importElements, request, send, withClock } from '../support/emulator';

const path = `${getUserPath}?app_id=DEMO_APP`;
const identifiers = [{ identifier_type: 'customer_id', identifier: 'u1' }];

const known = [
	{ uid: 'u1', anonymous_id: 'a1', attributes: { email: 'u1@example.com', plan: 'free' } },
	{ uid: 'u2' },
	{ anonymous_id: 'a3' },
];

const attributesOf = (answer: { body: string }) =>
	JSON.parse(answer.body).data.users.map(
		(user: { user_attributes: object }) => user.user_attributes,
	);

test('tells who is known, with the field that was asked for and no other', () => {
	const model = createMoEngage({ known });
	const answer = getUser(model, ['u9', 'u1', 'a3', 'u2', 'U1'], ['customer_id']);

	expect(answer.status).toBe(200);
	const notFound = ['u9', 'a3', 'U1'].map((identifier) => ({
		identifier_type: 'customer_id',
		identifier,
	}));
	expect(JSON.parse(answer.body)).toEqual({
		status: 'success',
		type: 'export_users',
		data: {
			users: [
				{ user_attributes: { customer_id: 'u1' } },
				{ user_attributes: { customer_id: 'u2' } },
			],
			users_not_found: notFound,
		},
	});
	expect(model.requests).toMatchObject([
		{ endpoint: 'getUser', userCount: 5, memberCount: 0, accepted: false, message: '2 of 5 known' },
	]);
});

test.each([
	[undefined, { customer_id: 'u1', email: 'u1@example.com', plan: 'free' }],
	[['plan', 'city'], { plan: 'free' }],
	[[], {}],
])('of the fields %j it gives what there is', (fields, attributes) => {
	expect(attributesOf(getUser(createMoEngage({ known }), ['u1'], fields))).toEqual([attributes]);
});

test('writes nothing, and nobody counts as dropped', () => {
	const model = createMoEngage({ known });
	getUser(model, ['u1', 'u9', 'guest']);

	expect(model.cohorts()).toEqual([]);
	expect(model.unknownCount()).toBe(0);
});

test.each(['guest', '0', 'null'])('does not know %j, even where everyone is known', (id) => {
	const answer = getUser(createMoEngage(), ['u1', id]);

	expect(attributesOf(answer)).toEqual([{ customer_id: 'u1' }]);
	expect(JSON.parse(answer.body).data.users_not_found).toMatchObject([{ identifier: id }]);
});

test('gives a merged user once, by the uid that was retained', () => {
	const model = createMoEngage({ known });
	model.merge({ uid: 'u1' }, { uid: 'u2' });

	const { data } = JSON.parse(getUser(model, ['u1', 'u2'], ['customer_id']).body);
	expect(data).toEqual({
		users: [{ user_attributes: { customer_id: 'u1' } }],
		users_not_found: [],
	});
});

test.each(['id', 'moengage_id'])('finds nobody by %s', (identifier_type) => {
	const body = JSON.stringify({ data: { identifiers: [{ identifier_type, identifier: 'u1' }] } });
	const answer = createMoEngage({ known }).receive(request({ path, body }));

	expect(JSON.parse(answer.body).data).toMatchObject({
		users: [],
		users_not_found: [{ identifier_type, identifier: 'u1' }],
	});
});

test.each([
	['data', { data: { identifiers } }, { identifiers }, 'data'],
	['flat', { identifiers }, { data: { identifiers } }, 'identifiers'],
] as const)('with a body that is %s takes no other', (getUserBody, right, wrong, attribute) => {
	const model = createMoEngage({ known, getUserBody });
	const receive = (body: object) => model.receive(request({ path, body: JSON.stringify(body) }));

	expect(attributesOf(receive(right))).toMatchObject([{ customer_id: 'u1' }]);
	expect(receive(wrong).status).toBe(400);
	expect(errorOf(receive(wrong))).toEqual({
		attribute,
		message: `${attribute} is not found in the payload`,
		type: 'MissingAttributeError',
	});
});

test('takes 20 users and no more', () => {
	const uids = Array.from({ length: 21 }, (_, i) => `u${i}`);
	const model = createMoEngage();
	expect(getUser(model, uids.slice(1)).status).toBe(200);

	const answer = getUser(model, uids);
	expect(answer.status).toBe(400);
	expect(errorOf(answer)).toEqual({
		attribute: 'users',
		message: 'max limit allowed is 20',
		type: 'LimitBreached',
	});
});

test.each([
	['no users', { identifiers: [] }, 'identifiers'],
	[
		'an anonymous ID',
		{ identifiers: [{ identifier_type: 'anonymous_id', identifier: 'a' }] },
		'identifier_type',
	],
	['a number', { identifiers: [{ identifier_type: 'customer_id', identifier: 7 }] }, 'identifier'],
	[
		'an empty ID',
		{ identifiers: [{ identifier_type: 'customer_id', identifier: '' }] },
		'identifier',
	],
	['no ID', { identifiers: [{ identifier_type: 'customer_id' }] }, 'identifier'],
	['a field that is none', { identifiers, user_fields_to_export: [1] }, 'user_fields_to_export'],
])('refuses %s', (_name, data, attribute) => {
	const answer = createMoEngage().receive(request({ path, body: JSON.stringify({ data }) }));

	expect(answer.status).toBe(400);
	expect(errorOf(answer)).toMatchObject({ attribute });
});

describe('a bulk import', () => {
	const customer = (customer_id: unknown, attributes?: unknown) => ({
		type: 'customer',
		customer_id,
		attributes,
	});

	test('makes users known, whom a sync then finds', () => {
		const model = createMoEngage({ known: [{ uid: 'u1' }] });
		const answer = importElements(model, [
			customer('u1', { city: 'Pune' }),
			customer('u2', { city: 'Berlin', moe_anonymous_id: 'a2' }),
			customer('u3'),
		]);

		expect(answer.status).toBe(200);
		expect(JSON.parse(answer.body)).toMatchObject({ status: 'success' });
		expect(model.requests).toMatchObject([
			{ endpoint: 'bulkImport', userCount: 3, accepted: true },
		]);
		send(model, { members: [{ uid: 'u1' }, { anonymous_id: 'a2' }, { uid: 'u3' }] });
		expect(model.memberIds('vip')).toEqual(['u1', 'u2', 'u3']);
		expect(attributesOf(getUser(model, ['u1', 'u2'], ['city']))).toEqual([
			{ city: 'Pune' },
			{ city: 'Berlin' },
		]);
	});

	test('is applied after the delay', () => {
		const { clock, model } = withClock({ known: [], applyDelayMs: 1_000 });
		importElements(model, [customer('u1')]);
		expect(attributesOf(getUser(model, ['u1']))).toEqual([]);

		clock.now += 1_000;
		expect(attributesOf(getUser(model, ['u1']))).toEqual([{ customer_id: 'u1' }]);
	});

	test('leaves out silently what is no user', () => {
		const model = createMoEngage({ known: [] });
		const elements = [
			customer(''),
			customer('guest'),
			customer(7),
			customer(undefined),
			customer('u8', 'plan'),
			{ type: 'event', customer_id: 'u9', actions: [] },
			null,
			customer('u1'),
		];

		expect(importElements(model, elements).status).toBe(200);
		expect(model.requests).toMatchObject([{ userCount: 3 }]);
		expect(attributesOf(getUser(model, ['guest', '7', 'u8', 'u9', 'u1']))).toEqual([
			{ customer_id: 'u1' },
		]);
	});

	test.each([
		['no type', { elements: [] }, 400],
		['another type', { type: 'customer', elements: [] }, 400],
		['no elements', { type: 'transition' }, 400],
		['more than 100 KB', { type: 'transition', elements: ['x'.repeat(102_400)] }, 413],
	])('with %s is refused', (_name, body, status) => {
		const answer = createMoEngage().receive(
			request({ path: '/v1/transition/DEMO_APP', body: JSON.stringify(body) }),
		);

		expect(answer.status).toBe(status);
	});
});
