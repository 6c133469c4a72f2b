import fc from 'fast-check';
import {
	createMoEngage,
	testConnectionPath,
	type EmulatorOptions,
	type RateHeaders,
} from '../../emulator/model';
import {
	errorOf,
	getUser,
	importElements,
	request,
	send,
	start,
	withClock,
} from '../support/emulator';

const MINUTE_MS = 60_000;

/** The three headers of an answer, without their common beginning. */
function rateOf({ headers }: { headers: Record<string, string> }) {
	const of = (name: string) => headers[`x-ratelimit-${name}`];
	return { limit: of('limit'), remaining: of('remaining'), reset: of('reset') };
}

describe('Cohort Sync', () => {
	test('takes 300 requests in a minute, and more only when the first is 60 s old', () => {
		const { clock, model } = withClock();
		const members = [{ uid: 'u1' }, { uid: 'u2' }];
		for (let sent = 0; sent < 300; sent += 1) {
			expect(send(model, { members }).status).toBe(200);
			clock.now += 100;
		}

		clock.now = start + MINUTE_MS - 1;
		const answer = send(model);
		expect(answer.status).toBe(429);
		expect(errorOf(answer)).toMatchObject({
			type: 'Rate Limits Exceeded',
			message: 'Rate limits for customers exceeded. Please Try After Some Time',
		});

		clock.now = start + MINUTE_MS;
		expect(send(model).status).toBe(200);
		expect(send(model).status).toBe(429);
		expect(model.stats()).toEqual({
			lastMinute: 302,
			limit: 300,
			refused429: 2,
			maxInAnyMinute: 302,
		});
	});

	test('counts no Test Connection, no other endpoint and no request without a login', () => {
		const { model } = withClock({ requestsPerMinute: 1 });
		model.receive(request({ path: testConnectionPath }));
		model.receive(request({ headers: {} }));
		getUser(model, ['u1']);
		importElements(model, []);

		expect(send(model).status).toBe(200);
		expect(send(model).status).toBe(429);
	});

	test('has statistics that forget requests after a minute but keep the maximum', () => {
		const { clock, model } = withClock();
		send(model);
		send(model);
		clock.now += MINUTE_MS;
		send(model);

		expect(model.stats()).toMatchObject({ lastMinute: 1, maxInAnyMinute: 2 });
	});

	test.each([
		[false, 200],
		[true, 429],
	])(
		'where refused requests count is %s, one that comes after such a one gets %i',
		(countRefused, status) => {
			const { clock, model } = withClock({ requestsPerMinute: 1, countRefused });
			send(model);
			clock.now += MINUTE_MS / 2;
			expect(send(model).status).toBe(429);
			clock.now += MINUTE_MS / 2;

			expect(send(model).status).toBe(status);
		},
	);

	test('in minutes of the clock begins anew with each', () => {
		const { clock, model } = withClock({ requestsPerMinute: 2, rateWindow: 'fixed' });
		const statuses = [59_000, 59_999, 59_999, 60_000, 119_999, 119_999, 120_000].map((ms) => {
			clock.now = start + ms;
			return send(model).status;
		});

		expect(statuses).toEqual([200, 200, 429, 200, 200, 429, 200]);
	});
});

describe('Get User', () => {
	test('takes 1,000 users in a minute, in a window of its own', () => {
		const { clock, model } = withClock({ requestsPerMinute: 1 });
		const uids = Array.from({ length: 20 }, (_, i) => `u${i}`);
		for (let sent = 0; sent < 49; sent += 1) expect(getUser(model, uids).status).toBe(200);
		send(model);
		expect(rateOf(getUser(model, uids.slice(1)))).toMatchObject({ limit: '1000', remaining: '1' });

		const refused = getUser(model, ['u1', 'u2']);
		expect(refused.status).toBe(429);
		expect(rateOf(refused)).toEqual({ limit: '1000', remaining: '1', reset: '60' });
		expect(getUser(model, ['u1']).status).toBe(200);
		clock.now += MINUTE_MS;
		expect(getUser(model, uids).status).toBe(200);
		expect(model.stats()).toMatchObject({ lastMinute: 0, refused429: 1 });
	});

	test('counts what it can’t read as one user', () => {
		const { model } = withClock({ usersPerMinute: 1 });
		expect(getUser(model, []).status).toBe(400);
		expect(getUser(model, ['u1']).status).toBe(429);
	});
});

describe('the rate headers', () => {
	const styles: Array<[RateHeaders | undefined, object, object]> = [
		[undefined, ['300', '299', '60'], ['300', '297', '50']],
		['seconds', ['300', '299', '60'], ['300', '297', '50']],
		['epoch', ['300', '299', `${start / 1000 + 60}`], ['300', '297', `${start / 1000 + 60}`]],
		['off', [], []],
		['zero', ['300', '0', '60'], ['300', '0', '50']],
		['text', ['unlimited', 'plenty', 'soon'], ['unlimited', 'plenty', 'soon']],
		[
			({ remaining }, now) => ({ 'x-left': `${remaining} at ${now - start}` }),
			['299 at 0'],
			['297 at 10000'],
		],
	];

	test.each(styles)('in the style %s', (rateHeaders, first, third) => {
		const { clock, model } = withClock(rateHeaders === undefined ? {} : { rateHeaders });
		const valuesOf = () =>
			Object.entries(send(model).headers)
				.filter(([name]) => name.startsWith('x-'))
				.map(([, value]) => value);
		expect(valuesOf()).toEqual(first);
		clock.now += 9_999.5;
		send(model);
		clock.now += 0.5;

		expect(valuesOf()).toEqual(third);
	});

	test.each([
		['without a login', { headers: {} }],
		['that is malformed', { body: '{' }],
		['that is too large', { body: ' '.repeat(131_073) }],
	])('come with the answer to a request %s', (_name, changes) => {
		expect(rateOf(createMoEngage().receive(request(changes))).limit).toBe('300');
	});

	test.each([
		['Test Connection', { path: testConnectionPath }],
		['an unknown path', { path: '/v1/other' }],
	])('do not come with the answer of %s', (_name, changes) => {
		expect(rateOf(createMoEngage().receive(request(changes))).limit).toBeUndefined();
	});

	test('say 60,000 users for bulk imports', () => {
		const element = { type: 'customer', customer_id: 'u1', attributes: {} };
		const answer = importElements(createMoEngage(), [element, element, { type: 'event' }]);

		expect(rateOf(answer)).toMatchObject({ limit: '60000', remaining: '59998' });
	});

	test('say when everything is free', () => {
		expect(rateOf(createMoEngage().receive(request({ headers: {} })))).toEqual({
			limit: '300',
			remaining: '300',
			reset: '0',
		});
	});

	/** Whoever sends only what the last answer allowed, and waits as it said, never gets a 429. */
	test.each<Partial<EmulatorOptions>>([
		{},
		{ rateWindow: 'fixed' },
		{ countRefused: true },
		{ rateHeaders: 'epoch' },
	])('are true with %j', (options) => {
		const waits = fc.array(fc.nat(20_000), { minLength: 1, maxLength: 40 });
		fc.assert(
			fc.property(waits, fc.integer({ min: 1, max: 5 }), (pauses, requestsPerMinute) => {
				const { clock, model } = withClock({ ...options, requestsPerMinute });
				clock.now += 12_345;
				for (const pause of pauses) {
					const answer = send(model);
					expect(answer.status).toBe(200);
					const { remaining, reset } = rateOf(answer);
					const seconds = Number(reset) - (options.rateHeaders === 'epoch' ? clock.now / 1000 : 0);
					expect(seconds).toBeLessThanOrEqual(61);
					clock.now += Math.max(pause, remaining === '0' ? seconds * 1000 : 0);
				}
			}),
		);
	});
});

describe('other systems', () => {
	test('that use the whole limit for ten minutes leave nothing until then', () => {
		const { clock, model } = withClock();
		model.shareLimit({ forMs: 10 * MINUTE_MS });
		const at = (ms: number) => {
			clock.now = start + ms;
			const answer = send(model);
			return [answer.status, ...Object.values(rateOf(answer))];
		};

		expect(at(0)).toEqual([429, '300', '0', '60']);
		expect(at(9 * MINUTE_MS + 30_000)).toEqual([429, '300', '0', '30']);
		expect(at(10 * MINUTE_MS - 1)).toEqual([429, '300', '0', '1']);
		expect(at(10 * MINUTE_MS)).toEqual([200, '300', '299', '60']);
	});

	test('that use a part leave the rest, from when they begin until they end', () => {
		const { clock, model } = withClock({ requestsPerMinute: 10 });
		const end = model.shareLimit({ places: 4, from: start + 1_000 });
		model.shareLimit({ places: 5, from: start + 1_000 });
		expect(rateOf(send(model)).remaining).toBe('9');

		clock.now += 1_000;
		expect(send(model).status).toBe(429);
		expect(model.rates().cohortSync).toEqual({ limit: 10, used: 1, byOthers: 9 });
		end();
		expect(rateOf(send(model)).remaining).toBe('3');
	});

	test('that use one endpoint’s limit leave the others’ alone', () => {
		const { model } = withClock();
		model.shareLimit({ endpoint: 'getUser' });

		expect(getUser(model, ['u1']).status).toBe(429);
		expect(send(model).status).toBe(200);
	});
});
