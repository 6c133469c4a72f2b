import type {
	IAuthenticateGeneric,
	ICredentialTestRequest,
	ICredentialType,
	INodeProperties,
} from 'n8n-workflow';
import { DATA_CENTERS } from '../nodes/MoEngageCohortSync/delivery/dataCenters';

const WRONG_KEYS =
	"MoEngage does not accept the App ID or the Secret Key. Re-enter both (in MoEngage: Settings → Account → APIs, the key in the Data tile), and check that 'Data Center' matches the number in your dashboard's address. If both are correct, the key may not cover the Data APIs.";

/** Trims what was pasted, since copying a key often adds spaces; an expression may return a number. */
const APP_ID = '={{ String($credentials.appId).trim() }}';
const SECRET_KEY = '={{ String($credentials.secretKey).trim() }}';

/**
 * The address that Test sends its request to. n8n's credential test supports only expressions, so the rules of
 * `readBaseUrl` are repeated here: the key must not be sent to an address that the node itself would refuse.
 */
const TEST_BASE_URL = `={{
	${JSON.stringify(DATA_CENTERS.map(({ value }) => value))}.includes($credentials.dataCenter)
		? "https://api-" + $credentials.dataCenter + ".moengage.com"
		: $credentials.dataCenter === "custom" && /^(https:\\/\\/[^\\s/@?#\\\\]+|http:\\/\\/(localhost|127(\\.\\d{1,3}){3}|\\[::1\\])(:\\d+)?)(\\/[^\\s?#\\\\]*)?$/i.test($credentials.customUrl.trim())
			? $credentials.customUrl.trim().replace(/\\/+$/, "")
			: "https://data-center-or-custom-url-is-refused.invalid"
}}`;

type Rules = NonNullable<ICredentialTestRequest['rules']>;

const NOT_MOENGAGE = "Check 'Data Center', and 'Custom URL' if you use it.";

/** n8n allows one fixed text per status. */
const REFUSALS: Array<[statuses: number[], message: string]> = [
	[[401], WRONG_KEYS],
	[
		[403],
		"MoEngage refused this account, key or address: the account may be blocked, the key may not cover the Data APIs (create or ask for one that does), or MoEngage's API Firewall may not allow n8n's address for 'Data'. Check the key and the firewall, or contact MoEngage support.",
	],
	[[404], `There is no MoEngage API at this address. ${NOT_MOENGAGE}`],
	[[429], 'MoEngage is receiving too many requests. Test again in a minute.'],
	[
		[301, 302, 303, 307, 308],
		`The address responded with a redirect, which is never followed. ${NOT_MOENGAGE}`,
	],
	[[500, 502, 503, 504], 'MoEngage is unavailable. Test again in a few minutes.'],
];

/** n8n checks all of them, although its type allows only one kind. */
const RULES: Array<Rules[number]> = [
	...REFUSALS.flatMap(([statuses, message]) =>
		statuses.map((value): Rules[number] => ({
			type: 'responseCode',
			properties: { value, message },
		})),
	),
	// A proxy's login page also has status 200, but not MoEngage's `status` field.
	...[undefined, 'fail'].map((value): Rules[number] => ({
		type: 'responseSuccessBody',
		properties: {
			key: 'status',
			value,
			message: `The response is not from MoEngage. It may come from a proxy or a login page. ${NOT_MOENGAGE}`,
		},
	})),
];

export class MoEngageApi implements ICredentialType {
	name = 'moEngageApi';

	displayName = 'MoEngage API';

	icon = {
		light: 'file:../nodes/MoEngageCohortSync/moengage.svg',
		dark: 'file:../nodes/MoEngageCohortSync/moengage.dark.svg',
	} as const;

	documentationUrl = 'https://github.com/n8n-nodes-moengage/n8n-nodes-moengage#credential';

	properties: INodeProperties[] = [
		{
			displayName: 'App ID',
			name: 'appId',
			type: 'string',
			required: true,
			default: '',
			hint: 'In MoEngage: Settings → Account → APIs. MoEngage now also calls it Workspace ID.',
		},
		{
			displayName: 'Secret Key',
			name: 'secretKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			hint: 'On the same page: the API key in the Data tile',
		},
		{
			displayName: 'Data Center',
			name: 'dataCenter',
			type: 'options',
			options: [
				...DATA_CENTERS.map(({ value, region }) => ({
					name: region === '' ? `DC-${value}` : `DC-${value} (${region})`,
					value,
				})),
				{ name: 'Custom URL', value: 'custom' },
			],
			default: '01',
			hint: "The number in your dashboard's address: dashboard-03.moengage.com is DC-03",
		},
		{
			displayName: 'Custom URL',
			name: 'customUrl',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. https://proxy.example.com',
			hint: 'Must start with https://. http:// is allowed for localhost only. If the test says that the connection was refused or could not be established (ECONNREFUSED, ENOTFOUND), nothing responds at this address.',
			displayOptions: { show: { dataCenter: ['custom'] } },
			description:
				'The URL of a proxy in front of MoEngage, or of a local emulator. It receives your key and your members.',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: {
			auth: { username: APP_ID, password: SECRET_KEY },
			headers: { 'MOE-APPKEY': APP_ID },
		},
	};

	/** MoEngage's Test Connection API (read 2026-08): it checks the keys and changes nothing. */
	test: ICredentialTestRequest = {
		request: {
			method: 'POST',
			baseURL: TEST_BASE_URL,
			url: '/v1/integrations/authentication',
			disableFollowRedirect: true,
			body: {
				app_id: APP_ID,
				app_secret: SECRET_KEY,
				source: 'n8n',
				region: '={{$credentials.dataCenter}}',
			},
		},
		rules: RULES as Rules,
	};
}
