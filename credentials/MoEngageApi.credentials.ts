import type {
	IAuthenticateGeneric,
	ICredentialTestRequest,
	ICredentialType,
	INodeProperties,
} from 'n8n-workflow';
import { DATA_CENTERS } from '../nodes/MoEngageCohortSync/delivery/dataCenters';

const WRONG_KEYS =
	"MoEngage does not accept the App ID or the Secret Key. Enter both again (in MoEngage: Settings → Account → APIs, the key of the Data tile), and check that 'Data Center' is the number in your dashboard's address.";

/**
 * The address that Test asks. n8n's credential test knows expressions only, so the rules of `readBaseUrl`
 * are here once more: the key goes to no address that the node itself would refuse.
 */
const TEST_BASE_URL = `={{
	${JSON.stringify(DATA_CENTERS.map(({ value }) => value))}.includes($credentials.dataCenter)
		? "https://api-" + $credentials.dataCenter + ".moengage.com"
		: $credentials.dataCenter === "custom" && /^(https:\\/\\/(?=[^\\s/@?#\\\\])|http:\\/\\/(localhost|127(\\.\\d{1,3}){3}|\\[::1\\])(:\\d+)?(\\/|$))[^\\s@?#\\\\]*$/i.test($credentials.customUrl.trim())
			? $credentials.customUrl.trim().replace(/\\/+$/, "")
			: "https://data-center-or-custom-url-is-refused.invalid"
}}`;

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
			hint: 'On the same page: the API key of the Data tile',
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
			displayOptions: { show: { dataCenter: ['custom'] } },
			description:
				'The address of a proxy in front of MoEngage, or of a stand-in on this machine. It receives your key and your members.',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: {
			auth: { username: '={{$credentials.appId}}', password: '={{$credentials.secretKey}}' },
			headers: { 'MOE-APPKEY': '={{$credentials.appId}}' },
		},
	};

	/** MoEngage's Test Connection API (read 2026-08): it checks the keys and writes no member anywhere. */
	test: ICredentialTestRequest = {
		request: {
			method: 'POST',
			baseURL: TEST_BASE_URL,
			url: '/v1/integrations/authentication',
			disableFollowRedirect: true,
			body: {
				app_id: '={{$credentials.appId}}',
				app_secret: '={{$credentials.secretKey}}',
				source: 'n8n',
				region: '={{$credentials.dataCenter}}',
			},
		},
		rules: [
			{ type: 'responseCode', properties: { value: 401, message: WRONG_KEYS } },
			{
				type: 'responseCode',
				properties: {
					value: 403,
					message: "MoEngage has blocked or suspended this account. Ask MoEngage's support.",
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 404,
					message:
						"There is no MoEngage at this address. Check 'Data Center', and 'Custom URL' if you use it.",
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 429,
					message: 'MoEngage receives too many requests at the moment. Test again in a minute.',
				},
			},
		],
	};
}
