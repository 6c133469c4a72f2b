import { createMoEngage } from '../../emulator/model';
import { errorOf, getUser, send } from '../support/emulator';

test.each([
	[400, 'Malformed JSON'],
	[401, 'Authentication required'],
	[403, 'BlockedClient'],
	[409, 'Authentication required'],
	[413, 'Payload too large'],
	[415, 'Unsupported media type'],
	[429, 'Rate Limits Exceeded'],
	[500, 'Server Error'],
	[503, 'Server Error'],
])('a status of %i brings its documented body and applies nothing', (status, type) => {
	const model = createMoEngage();
	model.fault({ status });
	const answer = send(model);

	expect(answer.status).toBe(status);
	expect(errorOf(answer)).toMatchObject({ type });
	expect(model.requests[0]).toMatchObject({ status, accepted: false });
	expect(model.memberIds('vip')).toEqual([]);
});

test('a Retry-After goes with the status', () => {
	const model = createMoEngage();
	model.fault({ status: 429, retryAfter: 7 });

	expect(send(model)).toMatchObject({ status: 429, headers: { 'retry-after': '7' } });
});

test('an answer in place of MoEngage’s has no rate headers but its own', () => {
	const model = createMoEngage();
	model.fault({ status: 502 });
	model.fault({ status: 429, headers: { 'x-ratelimit-remaining': '0' } });
	model.fault({ delayMs: 5 });

	const names = () => Object.keys(send(model).headers).filter((name) => name.startsWith('x-'));
	expect(names()).toEqual([]);
	expect(names()).toEqual(['x-ratelimit-remaining']);
	expect(names()).toHaveLength(3);
});

test('a gateway error after the request was handled leaves it applied', () => {
	const model = createMoEngage();
	model.fault({ status: 504, handleFirst: true });

	expect(send(model).status).toBe(504);
	expect(model.requests[0]).toMatchObject({ status: 504, accepted: true });
	expect(model.memberIds('vip')).toEqual(['u1']);
});

test.each([
	['before', false],
	['after', true],
] as const)('a reset %s leaves the request accepted: %s', (reset, accepted) => {
	const model = createMoEngage();
	model.fault({ reset });

	expect(send(model).reset).toBe(reset);
	expect(model.requests[0]).toMatchObject({ status: 'reset', accepted });
	expect(model.memberIds('vip')).toEqual(accepted ? ['u1'] : []);
});

test('a reset after handling takes precedence over a status', () => {
	const model = createMoEngage();
	model.fault({ status: 500, reset: 'after' });

	expect(send(model).reset).toBe('after');
	expect(model.memberIds('vip')).toEqual(['u1']);
});

test('a fault strikes once, unless it says how often', () => {
	const model = createMoEngage();
	model.fault({ status: 500 });
	model.fault({ status: 502, times: 2 });

	expect([send(model), send(model), send(model), send(model)].map((it) => it.status)).toEqual([
		500, 502, 502, 200,
	]);
});

test('a fault waits for the request that it is meant for', () => {
	const model = createMoEngage();
	model.fault({ status: 500, when: ({ action }) => action === 'remove_members' });
	model.fault({ status: 502, when: ({ endpoint }) => endpoint === 'getUser' });

	expect(send(model).status).toBe(200);
	expect(getUser(model, ['u1']).status).toBe(502);
	expect(send(model, { action: 'remove_members' }).status).toBe(500);
});

test('a lasting fault ends when it is lifted', () => {
	const model = createMoEngage();
	const lift = model.fault({ status: 500, times: Infinity });
	expect(send(model).status).toBe(500);
	lift();

	expect(send(model).status).toBe(200);
});
