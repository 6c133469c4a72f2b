import type { Fault } from '../../emulator/model';
import { users } from '../support/audience';
import { useEmulator } from '../support/emulatedNode';
import { jsonOf, pairsOf, withOptions } from '../support/workflow';

const node = useEmulator();

/** An answer of MoEngage that refuses a request, as its documentation shows it. */
function refusal(status: number, type: string, message: string, attribute?: string): Fault {
	const error = { type, message, attribute, request_id: 'sYsoPuzf' };
	return { status, body: JSON.stringify({ status: 'fail', error }) };
}

test('one user whom MoEngage refuses among 2,000 is found, and the others become members', async () => {
	node.model.fault({
		...refusal(400, 'InvalidAttributeError', 'uid is not valid', 'uid'),
		when: ({ members }) => members.some(({ uid }) => uid === 'u-1234'),
		times: Infinity,
	});
	const { success, error } = await node.run({ items: users(2000), onError: 'continueErrorOutput' });
	expect(success).toHaveLength(1999);
	expect(error).toMatchObject([
		{
			pairedItem: { item: 1234 },
			json: {
				uid: 'u-1234',
				message: 'rejected',
				error: expect.stringMatching(
					/^MoEngage rejected this member\. MoEngage says: "uid is not valid"/,
				),
			},
		},
	]);
	expect(node.model.cohort('vip')?.size).toBe(1999);
	expect(node.model.requests.length).toBeLessThan(30);
});

test('a request that times out after MoEngage applied it is sent again as it was, and accepted', async () => {
	node.model.fault({ delayMs: 1500 });
	const { success } = await node.run({
		items: [{ uid: 'u-1' }],
		parameters: withOptions({ timeout: 1, maxRetries: 1 }),
	});
	expect(jsonOf(success)).toMatchObject([{ status: 'accepted', uid: 'u-1', request: 1 }]);
	const [first, second] = node.model.requests;
	expect(node.model.requests).toHaveLength(2);
	expect(second?.timestamp).toBe(first?.timestamp);
	expect(node.model.memberIds('vip')).toEqual(['u-1']);
});

const RIGHT_ADDRESS =
	"make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is correct.";
const ENTER_KEYS =
	"Open the MoEngage API credential and re-enter 'App ID' and 'Secret Key' (in MoEngage: Settings → Account → APIs, the key in the Data tile). Also check that 'Data Center' matches the number in your dashboard's address.";
const SCOPE =
	'If the credential passes its test, the key may not cover the API that the node needs: check in MoEngage which APIs it is for.';
const FIREWALL =
	"It may be MoEngage's API Firewall or a proxy: in the API Firewall, the address that n8n calls from must be allowed for 'Partner Integration'. The credential's test only needs 'Data'.";
const LIFT_IT =
	'Nothing can be sent until MoEngage lifts the block: contact MoEngage support and include the request ID.';
const LATER = 'Run the workflow again later.';

/** Every answer that MoEngage documents, and what a person reads of it. */
const failures: Array<{
	name: string;
	fault: Fault;
	summary: string;
	remedy: string;
	status: 'rejected' | 'failed';
	/** What the text says about a change that was given up. */
	effect?: 'may have' | 'has not';
	hasRequestId?: boolean;
}> = [
	{
		name: 'a member that MoEngage does not take',
		fault: refusal(400, 'InvalidAttributeError', 'uid is not valid', 'uid'),
		summary: 'MoEngage rejected this member. MoEngage says: "uid is not valid".',
		remedy: 'Fix the identifier at the source, or filter the item out with a Filter node.',
		status: 'rejected',
	},
	{
		name: 'a cohort name that MoEngage does not take',
		fault: refusal(400, 'InvalidAttributeError', 'cohort_name is not valid', 'cohort_name'),
		summary:
			'MoEngage rejected the request because of its \'Cohort Name\'. MoEngage says: "cohort_name is not valid".',
		remedy: "Change 'Cohort Name' in the node.",
		status: 'rejected',
	},
	{
		name: 'a wrong secret key',
		fault: refusal(
			401,
			'Authentication required',
			'App Secret key mismatch. Please login to the dashboard to verify key',
		),
		summary:
			'MoEngage does not accept the App ID or the Secret Key. MoEngage says: "App Secret key mismatch. Please login to the dashboard to verify key".',
		remedy: `${ENTER_KEYS} ${SCOPE}`,
		status: 'rejected',
	},
	{
		name: 'a wrong app id',
		fault: refusal(401, 'Authentication Mismatch', 'App key mismatch in params and authentication'),
		summary:
			'The App ID and the Secret Key belong to different workspaces. MoEngage says: "App key mismatch in params and authentication".',
		remedy: ENTER_KEYS,
		status: 'rejected',
	},
	...['BlockedClient', 'Account Suspended', 'Account Temporarily Suspended'].map((type) => ({
		name: `an account in the state ${type}`,
		fault: refusal(403, type, type),
		summary: `MoEngage has blocked or suspended this account. MoEngage says: "${type}".`,
		remedy: LIFT_IT,
		status: 'rejected' as const,
	})),
	{
		name: 'a request that MoEngage finds too large',
		fault: refusal(413, 'Payload too large', 'Payload can not exceed 128KB'),
		summary:
			'MoEngage rejected the request as too large. MoEngage says: "Payload can not exceed 128KB".',
		remedy: "Lower the option 'Payload Limit in Bytes' (the default is 128,000).",
		status: 'rejected',
	},
	{
		name: 'a content type that a proxy has changed',
		fault: refusal(415, 'Unsupported media type', 'Unsupported media type'),
		summary:
			'MoEngage did not receive the request as JSON (status 415). MoEngage says: "Unsupported media type".',
		remedy: `Something between n8n and MoEngage, such as a proxy, changes the requests. M${RIGHT_ADDRESS.slice(1)}`,
		status: 'rejected',
	},
	{
		name: 'too many requests',
		fault: refusal(
			429,
			'Rate Limits Exceeded',
			'Rate limits for customers exceeded. Please Try After Some Time',
		),
		summary:
			'MoEngage is receiving too many requests for this workspace (status 429). MoEngage says: "Rate limits for customers exceeded. Please Try After Some Time".',
		remedy:
			"Something else uses up MoEngage's limit for the workspace. Find out which system it is, or run the workflow at another time. Then run it again.",
		status: 'failed',
		effect: 'has not',
	},
	...[500, 502, 503, 504].map((code) => ({
		name: `a service that answers ${code}`,
		fault: refusal(code, 'Server Error', 'Something went wrong'),
		summary: `MoEngage is unavailable (status ${code}). MoEngage says: "Something went wrong".`,
		remedy: LATER,
		status: 'failed' as const,
		effect: 'may have' as const,
	})),
	{
		name: 'an address without a Cohort Sync',
		fault: { status: 404, body: 'not found' },
		summary: 'There is no MoEngage Cohort Sync API at this address (status 404).',
		remedy: `M${RIGHT_ADDRESS.slice(1)} ${FIREWALL}`,
		status: 'rejected',
		hasRequestId: false,
	},
	{
		name: 'a key that does not cover Cohort Sync',
		fault: refusal(403, 'Access Denied', 'Not covered'),
		summary:
			'MoEngage does not let this key use Cohort Sync (status 403). MoEngage says: "Not covered".',
		remedy:
			'The key may not cover it: check in MoEngage which APIs it is for. If it does, contact MoEngage support and include the request ID.',
		status: 'rejected',
	},
	{
		name: 'a firewall that does not let n8n through',
		fault: { status: 403, body: '<html>Forbidden</html>' },
		summary: 'The request was rejected (status 403).',
		remedy: `${FIREWALL} If that is correct, ${RIGHT_ADDRESS}`,
		status: 'rejected',
		hasRequestId: false,
	},
	{
		name: 'a redirect',
		fault: { status: 302, headers: { location: 'https://elsewhere.example.com' } },
		summary:
			"The address responded with a redirect (status 302). The node never follows one, so that your key and members can't end up at another address.",
		remedy: `M${RIGHT_ADDRESS.slice(1)}`,
		status: 'failed',
		effect: 'has not',
		hasRequestId: false,
	},
	{
		name: 'a connection that breaks off',
		fault: { reset: 'after' },
		summary: 'The connection to MoEngage was lost (ECONNRESET).',
		remedy: `${LATER} If it happens again, check that n8n can reach the internet, and ${RIGHT_ADDRESS}`,
		status: 'failed',
		effect: 'may have',
		hasRequestId: false,
	},
	{
		name: 'an answer that is a web page',
		fault: { status: 200, body: '<html>Login</html>', headers: { 'content-type': 'text/html' } },
		summary: 'The response (status 200) does not confirm that the request was accepted.',
		remedy: `It may come from a proxy or a login page instead of MoEngage. M${RIGHT_ADDRESS.slice(1)} Then run the workflow again.`,
		status: 'failed',
		effect: 'may have',
		hasRequestId: false,
	},
];

const EFFECTS = {
	'may have': ' This change may have taken effect in MoEngage.',
	'has not': ' This change has not taken effect.',
};

describe.each(failures)(
	'$name',
	({ fault, summary, remedy, status, effect, hasRequestId = true }) => {
		const workflow = {
			items: [{ uid: 'u-1' }, { uid: 'u-2' }, { uid: 'u-3' }, { uid: 'u-4' }],
			parameters: withOptions({ batchSize: 2 }),
		};
		const requestId = hasRequestId ? ' MoEngage request ID: sYsoPuzf.' : '';
		const secondRequestFails = () => {
			let seen = 0;
			node.model.fault({ ...fault, when: () => ++seen > 1, times: Infinity });
		};

		test('ends the run with what happened, what to do and how much was accepted', async () => {
			secondRequestFails();
			const result = await node.run(workflow);
			const isSafe = ' Running the workflow again is safe: sending a member twice does no harm.';
			expect(result.status).toBe('error');
			const [title, words] = summary.split(/ (?=MoEngage says: )/);
			expect(result.thrown).toEqual({
				message: title,
				description: `${words === undefined ? '' : `${words} `}${remedy} 2 of 4 items were accepted, 2 ${status} (first: item 2).${requestId}${isSafe}`,
			});
		});

		test.each(['continueErrorOutput', 'continueRegularOutput'] as const)(
			'marks just its own items with %s',
			async (onError) => {
				secondRequestFails();
				const result = await node.run({ ...workflow, onError });
				expect(result.status).toBe('success');
				const troubled = [...result.success, ...result.error].filter(
					({ json: { error } }) => error,
				);
				expect(pairsOf(troubled)).toEqual([{ item: 2 }, { item: 3 }]);
				const error = `${summary} ${remedy}${requestId}${effect === undefined ? '' : EFFECTS[effect]}`;
				expect(jsonOf(troubled)).toMatchObject([
					{ message: status, error },
					{ message: status, error },
				]);
				expect(result.error).toHaveLength(onError === 'continueErrorOutput' ? 2 : 0);
			},
		);
	},
);
