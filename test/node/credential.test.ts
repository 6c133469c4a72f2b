import type {
	ICredentialDataDecryptedObject,
	INodeType,
	NodeParameterValueType,
} from 'n8n-workflow';
import { Workflow } from 'n8n-workflow';
import { MoEngageApi } from '../../credentials/MoEngageApi.credentials';
import { DATA_CENTERS, readBaseUrl } from '../../nodes/MoEngageCohortSync/delivery/dataCenters';

const credential = new MoEngageApi();

/** What n8n makes of a part of the credential's definition, given what a user has filled in. */
function resolve(part: unknown, $credentials: ICredentialDataDecryptedObject): unknown {
	const noNode = (): INodeType => {
		throw new Error('There is no node here');
	};
	const { expression } = new Workflow({
		nodes: [],
		connections: {},
		active: false,
		nodeTypes: { getByName: noNode, getByNameAndVersion: noNode, getKnownTypes: () => ({}) },
	});
	return expression.getParameterValue(
		part as NodeParameterValueType,
		null,
		0,
		0,
		'',
		[],
		'internal',
		{ $credentials },
	);
}

const account = { appId: 'APP', secretKey: 'hush', dataCenter: '01', customUrl: '' };

test('authenticates with Basic auth and the app key header', () => {
	expect(credential.authenticate.type).toBe('generic');
	expect(resolve(credential.authenticate.properties, account)).toEqual({
		auth: { username: 'APP', password: 'hush' },
		headers: { 'MOE-APPKEY': 'APP' },
	});
});

test.each(['={{ 1 + 1 }}', '{{ $credentials.appId }}', `"'\\\n'`, 'pä$$:wörd', 'a b'])(
	'hands %j on as it is',
	(text) => {
		expect(
			resolve(credential.authenticate.properties, { ...account, appId: text, secretKey: text }),
		).toEqual({ auth: { username: text, password: text }, headers: { 'MOE-APPKEY': text } });
	},
);

test('leaves out blanks around the keys, which come from copying them', () => {
	const copied = { ...account, appId: ' APP\n', secretKey: '\thush ' };
	for (const part of [credential.authenticate.properties, credential.test.request]) {
		expect(resolve(part, copied)).toEqual(resolve(part, account));
	}
});

describe('the fields', () => {
	const field = (name: string) => credential.properties.find((property) => property.name === name);

	test('are those of the public interface', () => {
		expect(credential).toMatchObject({ name: 'moEngageApi', displayName: 'MoEngage API' });
		expect(credential.properties.map(({ name, displayName }) => [name, displayName])).toEqual([
			['appId', 'App ID'],
			['secretKey', 'Secret Key'],
			['dataCenter', 'Data Center'],
			['customUrl', 'Custom URL'],
		]);
	});

	test('hide the secret key while it is typed', () => {
		expect(field('secretKey')?.typeOptions).toEqual({ password: true });
	});

	test('offer every data center by its number and region, and a custom URL', () => {
		expect(field('dataCenter')?.options).toEqual([
			{ name: 'DC-01 (US)', value: '01' },
			{ name: 'DC-02 (EU)', value: '02' },
			{ name: 'DC-03 (India)', value: '03' },
			{ name: 'DC-04 (US)', value: '04' },
			{ name: 'DC-05 (Singapore)', value: '05' },
			{ name: 'DC-06 (Indonesia)', value: '06' },
			{ name: 'DC-101', value: '101' },
			{ name: 'Custom URL', value: 'custom' },
		]);
	});

	test('ask for the custom URL only where it is used', () => {
		expect(field('customUrl')?.displayOptions).toEqual({ show: { dataCenter: ['custom'] } });
	});
});

describe('the connection test', () => {
	test.each(DATA_CENTERS.map(({ value }) => value))('goes to data center %s', (dataCenter) => {
		expect(resolve(credential.test.request, { ...account, dataCenter })).toMatchObject({
			method: 'POST',
			baseURL: readBaseUrl(dataCenter, undefined),
			url: '/v1/integrations/authentication',
			body: { app_id: 'APP', app_secret: 'hush', source: 'n8n', region: dataCenter },
		});
	});

	test.each([
		'https://proxy.example.com',
		' https://proxy.example.com/moengage// ',
		'https://proxy.example.com/@moengage',
		'http://localhost:8025/@moengage/',
	])('goes to the custom URL %j as the node does', (customUrl) => {
		expect(
			resolve(credential.test.request, { ...account, dataCenter: 'custom', customUrl }),
		).toHaveProperty('baseURL', readBaseUrl('custom', customUrl));
	});

	test.each([
		['custom', 'http://evil.example.com'],
		['custom', 'http://localhost.evil.com'],
		['custom', 'http://127.0.0.1.evil.com/'],
		['custom', 'http://localhost:80@evil.com'],
		['custom', 'https://user:password@example.com'],
		['custom', 'https://example.com?to=elsewhere'],
		['custom', 'https://example.com/#part'],
		['custom', 'ftp://example.com'],
		['custom', 'localhost:8025'],
		['custom', ''],
		['custom', 'https://'],
		['evil.com/#', ''],
		['07', ''],
		['', 'https://proxy.example.com'],
	])(
		'sends the key nowhere with data center %j and custom URL %j, as the node',
		(dataCenter, customUrl) => {
			expect(() => readBaseUrl(dataCenter, customUrl)).toThrow();
			expect(
				resolve(credential.test.request, { ...account, dataCenter, customUrl }),
			).toHaveProperty('baseURL', 'https://data-center-or-custom-url-is-refused.invalid');
		},
	);

	test('follows no redirect, since the keys would go along', () => {
		expect(credential.test.request.disableFollowRedirect).toBe(true);
	});

	test.each([401, 403, 404, 429])('has one sentence of its own for status %d', (status) => {
		const rules = (credential.test.rules ?? []).filter(
			({ type, properties }) => type === 'responseCode' && properties.value === status,
		);
		expect(rules).toHaveLength(1);
		expect(rules[0]?.properties.message).toMatch(/^[A-Z].*\.$/);
	});
});

test('a 403 names all that it may mean today', () => {
	const rule = credential.test.rules?.find(
		({ properties }) => 'value' in properties && properties.value === 403,
	);
	expect(rule?.properties.message).toMatch(
		/account may be blocked, the key may not cover .*, or MoEngage's API Firewall .* for 'Data'\./,
	);
});
