import {
	bulkImportPath,
	cohortSyncPath,
	createMoEngage,
	demoAccount,
	getUserPath,
	testConnectionPath,
	type BlockType,
	type Endpoint,
	type MoEngage,
	type Restriction,
} from '../../emulator/model';
import { basic, errorOf, getUser, goodHeaders, request, send } from '../support/emulator';

const headerMissing = {
	type: 'Authentication required',
	message: 'Authentication Header Required',
};
const wrongSecret = {
	type: 'Authentication required',
	message: 'App Secret key mismatch. Please login to the dashboard to verify key',
};
const mismatch = {
	type: 'Authentication Mismatch',
	message: 'App key mismatch in params and authentication',
};
const unsupported = { type: 'Unsupported media type' };

const getUserBody = JSON.stringify({
	data: { identifiers: [{ identifier_type: 'customer_id', identifier: 'u1' }] },
});
const importBody = JSON.stringify({ type: 'transition', elements: [] });

/** A right request for each endpoint that takes Basic auth. */
const REQUESTS = [
	['cohortSync', request()],
	['getUser', request({ path: `${getUserPath}?app_id=DEMO_APP`, body: getUserBody })],
	['bulkImport', request({ path: bulkImportPath('DEMO_APP'), body: importBody })],
] as const;

const keys = {
	app_id: demoAccount.appId,
	app_secret: demoAccount.secret,
	source: 'n8n',
	region: '01',
};
const testConnection = (model: MoEngage, body: object = keys, headers: object = goodHeaders) =>
	model.receive({
		path: testConnectionPath,
		headers: { ...headers },
		body: JSON.stringify(body),
	});

describe.each(REQUESTS)('%s', (endpoint, right) => {
	test('takes the right keys', () => {
		const model = createMoEngage();
		expect(model.receive(right).status).toBe(200);
		expect(model.requests).toMatchObject([{ endpoint, status: 200 }]);
	});

	test.each([
		['without any header', {}, 401, headerMissing],
		['without Authorization', { ...goodHeaders, authorization: undefined }, 401, headerMissing],
		['with a bearer token', { ...goodHeaders, authorization: 'Bearer x' }, 401, headerMissing],
		['with another MOE-APPKEY', { ...goodHeaders, 'moe-appkey': 'OTHER' }, 401, mismatch],
		[
			'with a wrong secret',
			{ ...goodHeaders, authorization: basic(demoAccount.appId, 'wrong') },
			401,
			wrongSecret,
		],
		[
			'for an APP ID that is not known',
			{ ...goodHeaders, 'moe-appkey': 'OTHER', authorization: basic('OTHER', 'demo-secret') },
			401,
			wrongSecret,
		],
		['without a content type', { ...goodHeaders, 'content-type': undefined }, 415, unsupported],
		['as text', { ...goodHeaders, 'content-type': 'text/plain' }, 415, unsupported],
		[
			'as a JSON patch',
			{ ...goodHeaders, 'content-type': 'application/json-patch' },
			415,
			unsupported,
		],
	])('refuses a request %s', (_name, headers, status, error) => {
		const model = createMoEngage();
		const answer = model.receive({ ...right, headers });

		expect(answer.status).toBe(status);
		expect(errorOf(answer)).toMatchObject(error);
		expect(model.requests).toMatchObject([{ accepted: false }]);
		expect(model.memberIds('vip')).toEqual([]);
	});

	test('needs MOE-APPKEY only for Cohort Sync', () => {
		const answer = createMoEngage().receive({
			...right,
			headers: { ...goodHeaders, 'moe-appkey': undefined },
		});

		expect(answer.status).toBe(endpoint === 'cohortSync' ? 401 : 200);
	});
});

test.each([
	['Get User without app_id', getUserPath, 400, 'ParamsRequired'],
	['Get User with an empty app_id', `${getUserPath}?app_id=`, 400, 'ParamsRequired'],
	["Get User with another's app_id", `${getUserPath}?app_id=OTHER`, 409, 'Authentication required'],
	['a bulk import into another workspace', bulkImportPath('OTHER'), 409, 'Authentication required'],
])('%s is refused', (_name, path, status, type) => {
	const answer = createMoEngage().receive(request({ path, body: getUserBody }));

	expect(answer.status).toBe(status);
	expect(errorOf(answer)).toMatchObject({ type, attribute: 'app_id' });
});

test('an APP ID with signs of its own is found in the address', () => {
	const model = createMoEngage({ appId: 'A/B C&D' });
	const headers = { ...goodHeaders, authorization: basic('A/B C&D', 'demo-secret') };
	const own = { headers: { ...headers, 'moe-appkey': 'A/B C&D' } };
	const paths = [
		[`${getUserPath}?app_id=${encodeURIComponent('A/B C&D')}`, getUserBody],
		[bulkImportPath('A/B C&D'), importBody],
	] as const;

	for (const [path, body] of paths) {
		expect(model.receive(request({ path, body, ...own })).status).toBe(200);
	}
});

test('a charset beside the content type does no harm', () => {
	const headers = { ...goodHeaders, 'content-type': 'application/json; charset=utf-8' };

	expect(createMoEngage().receive(request({ headers })).status).toBe(200);
});

test('a secret may contain colons', () => {
	const model = createMoEngage({ secret: 'a:b:c' });
	const headers = { ...goodHeaders, authorization: basic(demoAccount.appId, 'a:b:c') };

	expect(model.receive(request({ headers })).status).toBe(200);
});

test.each<BlockType>(['BlockedClient', 'Account Suspended', 'Account Temporarily Suspended'])(
	'an account in the state %s gets a 403 until it is unblocked',
	(type) => {
		const model = createMoEngage();
		model.block(type);
		for (const answer of [send(model), getUser(model, ['u1']), testConnection(model)]) {
			expect(answer.status).toBe(403);
			expect(errorOf(answer)).toMatchObject({ type });
		}

		model.block();
		expect(send(model).status).toBe(200);
	},
);

describe('Test Connection', () => {
	test('gives the name of the app to the right keys', () => {
		const answer = testConnection(createMoEngage({ appName: 'Shop' }));

		expect(answer.status).toBe(200);
		expect(JSON.parse(answer.body)).toEqual({ status: 'success', app_name: 'Shop' });
	});

	const headers = { 'moe-appkey': 'DEMO_APP', 'content-type': 'application/json' };
	test.each([
		['a wrong secret', headers, { ...keys, app_secret: 'no' }, 401, 'Authentication required'],
		['another APP ID', headers, { ...keys, app_id: 'OTHER' }, 401, 'Authentication Mismatch'],
		['no MOE-APPKEY', { 'content-type': 'application/json' }, keys, 401, 'Authentication required'],
		['no app_secret', headers, { ...keys, app_secret: undefined }, 400, 'MissingAttributeError'],
	])('refuses %s', (_name, given, body, status, type) => {
		const answer = testConnection(createMoEngage(), body, given);

		expect(answer.status).toBe(status);
		expect(errorOf(answer)).toMatchObject({ type });
	});

	test('leaves no secret in its record', () => {
		const model = createMoEngage();
		testConnection(model);

		expect(model.requests).toMatchObject([{ endpoint: 'testConnection', status: 200 }]);
		expect(JSON.stringify(model.requests)).not.toContain(demoAccount.secret);
	});
});

describe('a restricted endpoint', () => {
	/** The status that each endpoint answers to a right request. */
	const statuses = (model: MoEngage) => ({
		cohortSync: send(model).status,
		testConnection: testConnection(model).status,
		getUser: getUser(model, ['u1']).status,
	});
	const open = { cohortSync: 200, testConnection: 200, getUser: 200 };

	test.each<[Endpoint, Restriction, number]>([
		['cohortSync', 401, 401],
		['cohortSync', 403, 403],
		['cohortSync', { status: 403, body: '<h1>Forbidden</h1>' }, 403],
		['getUser', 403, 403],
		['getUser', 404, 404],
		['getUser', { status: 404, body: '' }, 404],
		['testConnection', 401, 401],
	])(
		'%s with %j refuses the right key, and the others take it',
		(endpoint, restriction, status) => {
			const model = createMoEngage({ restrictions: { [endpoint]: restriction } });
			expect(statuses(model)).toEqual({ ...open, [endpoint]: status });
			expect(model.memberIds('vip')).toEqual(endpoint === 'cohortSync' ? [] : ['u1']);

			model.restrict(endpoint);
			expect(statuses(model)).toEqual(open);

			model.restrict(endpoint, restriction);
			expect(statuses(model)).toEqual({ ...open, [endpoint]: status });
		},
	);

	test.each([
		[401, 'Authentication required', /not enabled/],
		[403, 'Access Denied', /not enabled/],
		[404, 'Access Denied', /not enabled/],
		[409, 'Authentication required', /App Secret key is not set/],
	])('answers %i in the form of MoEngage, once the key is right', (status, type, message) => {
		const model = createMoEngage({ restrictions: { getUser: status } });
		const answer = getUser(model, ['u1']);
		expect(answer.status).toBe(status);
		expect(errorOf(answer)).toMatchObject({ type, message: expect.stringMatching(message) });

		const path = `${getUserPath}?app_id=DEMO_APP`;
		const wrong = { ...goodHeaders, authorization: basic('DEMO_APP', 'wrong') };
		expect(errorOf(model.receive(request({ path, headers: wrong })))).toMatchObject(wrongSecret);
	});

	test('in front of MoEngage answers in its own words, whatever the key', () => {
		const body = '<html>Blocked</html>';
		const model = createMoEngage({ restrictions: { cohortSync: { status: 403, body } } });
		const answers = [
			send(model),
			model.receive(request({ headers: {} })),
			model.receive(request({ path: `${cohortSyncPath}?x=1`, body: 'nonsense' })),
		];

		for (const answer of answers) {
			expect(answer).toEqual({ status: 403, headers: { 'content-type': 'text/html' }, body });
		}
		expect(model.stats().lastMinute).toBe(3);
	});
});
