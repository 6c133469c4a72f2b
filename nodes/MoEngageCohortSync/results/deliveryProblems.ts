import { quote } from '../format';
import { NOT_SENT_BECAUSE } from '../model/outcome';
import type { DeliveryProblem } from '../model/problem';
import type { ProblemText, ProblemTexts } from './problemText';
import { describeBy, n8nSays } from './problemText';

const RERUN = 'Run the workflow again later.';
const RIGHT_ADDRESS =
	"that 'Data Center' or 'Custom URL' in the MoEngage API credential is correct.";

/** The message in MoEngage's response, if there was one. */
interface Response {
	readonly status: number;
	readonly serverMessage?: string | undefined;
	readonly requestId?: string | undefined;
}

/** The parts of a text that come from the response. */
function fromResponse({ status, serverMessage, requestId }: Response) {
	return {
		status,
		serverMessage:
			serverMessage === undefined ? undefined : `MoEngage says: ${quote(serverMessage)}`,
		requestId,
	};
}

function askSupport({ requestId }: Response): string {
	const reference = requestId === undefined ? '' : ' and include the request ID';
	return `contact MoEngage support${reference}.`;
}

/**
 * What a rejection without a message from MoEngage may mean. MoEngage's API Firewall has a list of allowed
 * addresses for each of five kinds of API, and the list for Cohort Sync is not the one for the credential's test
 * (API Firewall page, read 2026-11-25).
 */
const FIREWALL =
	"It may be MoEngage's API Firewall or a proxy: in the API Firewall, the address that n8n calls from must be allowed for 'Partner Integration'. The credential's test only needs 'Data'.";

function requestRefused(response: Response): ProblemText {
	return {
		summary: `The request was rejected (status ${response.status}).`,
		...fromResponse(response),
		remedy:
			response.requestId === undefined
				? `${FIREWALL} If that is correct, make sure ${RIGHT_ADDRESS}`
				: `Check the node's fields. If they are correct, ${askSupport(response)}`,
	};
}

const KEYS_REMEDY =
	"Open the MoEngage API credential and re-enter 'App ID' and 'Secret Key' (in MoEngage: Settings → Account → APIs, the key in the Data tile). Also check that 'Data Center' matches the number in your dashboard's address.";

/** A key may be valid for some of MoEngage's APIs only (API key page, read 2026-11-25). */
const KEY_SCOPE =
	'If the credential passes its test, the key may not cover the API that the node needs: check in MoEngage which APIs it is for.';

/** The node's fields by the API's names for the parts of the request. */
const FIELDS: Readonly<Record<string, string>> = {
	cohort_name: 'Cohort Name',
	cohort_id: 'Cohort ID',
	cohort_description: 'Cohort Description',
	partner: 'Partner',
};

/** A connection that could not be made or was lost. */
function disconnected(what: string, errorCode: string): ProblemText {
	return {
		summary: `${what}${errorCode === '' ? '' : ` (${errorCode})`}.`,
		remedy: `${RERUN} If it happens again, check that n8n can reach the internet, and make sure ${RIGHT_ADDRESS}`,
	};
}

/** Nothing responded at the address, so that comes first. */
function noConnection(what: string, errorCode: string): ProblemText {
	return {
		...disconnected(what, errorCode),
		remedy: `Make sure ${RIGHT_ADDRESS} If it is, check that n8n can reach the internet, and run the workflow again later.`,
	};
}

/** Why a request was not accepted. */
export const DELIVERY_PROBLEMS: ProblemTexts<DeliveryProblem> = {
	member_refused: (problem) => ({
		summary: 'MoEngage rejected this member.',
		...fromResponse(problem),
		remedy: 'Fix the identifier at the source, or filter the item out with a Filter node.',
	}),

	members_refused: (problem) => ({
		summary:
			'MoEngage rejected this request because of its members. It rejected so many others before that the node no longer looks for the bad ones.',
		...fromResponse(problem),
		remedy: 'Look for identifiers of the wrong kind and fix them at the source.',
	}),

	part_refused: (problem) => {
		const field = FIELDS[problem.part];
		return {
			summary: `MoEngage rejected the request because of its ${field === undefined ? `"${problem.part}"` : `'${field}'`}.`,
			...fromResponse(problem),
			remedy:
				field === undefined
					? `Install the latest version of this node. If that doesn't help, ${askSupport(problem)}`
					: `Change '${field}' in the node.`,
		};
	},

	request_too_large: (problem) => ({
		summary: 'MoEngage rejected the request as too large.',
		...fromResponse(problem),
		remedy: "Lower the option 'Payload Limit in Bytes' (the default is 128,000).",
	}),

	keys_refused: (problem) => ({
		summary: 'MoEngage does not accept the App ID or the Secret Key.',
		...fromResponse(problem),
		remedy: `${KEYS_REMEDY} ${problem.isForeign === true ? FIREWALL : KEY_SCOPE}`,
	}),

	keys_mismatched: (problem) => ({
		summary: 'The App ID and the Secret Key belong to different workspaces.',
		...fromResponse(problem),
		remedy: KEYS_REMEDY,
	}),

	account_blocked: (problem) => ({
		summary: 'MoEngage has blocked or suspended this account.',
		...fromResponse(problem),
		remedy: `Nothing can be sent until MoEngage lifts the block: ${askSupport(problem)}`,
	}),

	access_refused: (problem) => ({
		summary: 'MoEngage does not let this key use Cohort Sync (status 403).',
		...fromResponse(problem),
		remedy: `The key may not cover it: check in MoEngage which APIs it is for. If it does, ${askSupport(problem)}`,
	}),

	endpoint_not_found: (problem) => ({
		summary: 'There is no MoEngage Cohort Sync API at this address (status 404).',
		...fromResponse(problem),
		remedy: `Make sure ${RIGHT_ADDRESS}${problem.isForeign === true ? ` ${FIREWALL}` : ''}`,
	}),

	content_type_refused: (problem) => ({
		summary: 'MoEngage did not receive the request as JSON (status 415).',
		...fromResponse(problem),
		remedy: `Something between n8n and MoEngage, such as a proxy, changes the requests. Make sure ${RIGHT_ADDRESS}`,
	}),

	request_refused: requestRefused,

	redirected: ({ status }) => ({
		summary: `The address responded with a redirect (status ${status}). The node never follows one, so that your key and members can't end up at another address.`,
		remedy: `Make sure ${RIGHT_ADDRESS}`,
		status,
	}),

	rate_limited: (problem) => ({
		summary: 'MoEngage is receiving too many requests for this workspace (status 429).',
		...fromResponse(problem),
		remedy:
			"Something else uses up MoEngage's limit for the workspace. Find out which system it is, or run the workflow at another time. Then run it again.",
	}),

	unavailable: (problem) => ({
		summary: `MoEngage is unavailable (status ${problem.status}).`,
		...fromResponse(problem),
		remedy: RERUN,
	}),

	unclear_response: (problem) => ({
		summary: `The response (status ${problem.status}) does not confirm that the request was accepted.`,
		...fromResponse(problem),
		remedy: `It may come from a proxy or a login page instead of MoEngage. Make sure ${RIGHT_ADDRESS} Then run the workflow again.`,
	}),

	lookup_refused: (problem) => ({
		summary: `MoEngage does not look users up for this workspace (status ${problem.status}): ask MoEngage support to enable the Get User API.`,
		...fromResponse(problem),
		remedy: `Adding and removing members works without it. If it is enabled, ${
			problem.isForeign === true
				? "MoEngage's API Firewall may not allow the address that n8n calls from for 'Data'."
				: 'the key may not cover it: check in MoEngage which APIs it is for.'
		}`,
	}),

	lookups_limited: (problem) => ({
		summary: 'MoEngage is looking up too many users for this workspace (status 429).',
		...fromResponse(problem),
		remedy:
			'Something else looks users up as well: MoEngage allows 1,000 users a minute. Run the workflow again later.',
	}),

	lookup_unclear: (problem) => ({
		summary: `The response (status ${problem.status}) does not say which users MoEngage knows.`,
		...fromResponse(problem),
		remedy: `It may come from a proxy or a login page instead of MoEngage: make sure ${RIGHT_ADDRESS} Then run the workflow again.`,
	}),

	timed_out: () => ({
		summary: "MoEngage did not respond within the time set in 'Timeout in Seconds'.",
		remedy: `${RERUN} If it happens again, increase that option.`,
	}),

	certificate_untrusted: ({ errorCode }) => ({
		summary: `The server's security certificate is not trusted (${errorCode}), so the request was not sent.`,
		remedy: `A proxy may be intercepting encrypted connections. Ask your network administrator, and make sure ${RIGHT_ADDRESS}`,
	}),

	host_unknown: ({ errorCode }) =>
		noConnection("n8n could not look up the server's address", errorCode),

	connection_refused: ({ errorCode }) =>
		noConnection('n8n could not connect to the server', errorCode),

	connection_lost: ({ errorCode }) =>
		disconnected('The connection to MoEngage was lost', errorCode),

	not_sendable: ({ message }) => ({
		summary: 'n8n could not send the request.',
		serverMessage: message === '' ? undefined : n8nSays(message),
		remedy: `${RERUN} If it happens again, open and save the MoEngage API credential so that n8n tests it, and make sure ${RIGHT_ADDRESS}`,
	}),

	stopped: () => ({
		summary: 'The execution was stopped.',
		remedy: 'Run the workflow again to send the rest.',
	}),

	retry_after_too_long: ({ minutes, cause }) => {
		const text = describeBy(DELIVERY_PROBLEMS, cause);
		return {
			...text,
			summary: `${text.summary} It asks to wait ${minutes} minutes, which is longer than a run waits.`,
			remedy: 'Run the workflow again after that time.',
		};
	},

	limit_used_up: ({ minutes, cause }) =>
		continued(cause, `It has accepted nothing for ${minutes} minutes.`),

	held_up_by_limit: ({ minutes, cause }) =>
		continued(cause, `Such responses have delayed this run by ${minutes} minutes in total.`),

	unreachable: ({ seconds, cause }) =>
		cause
			? continued(cause, `There was no response within ${seconds} seconds.`)
			: {
					summary: `MoEngage's address did not respond within ${seconds} seconds.`,
					remedy: `Check that n8n can reach the internet, and make sure ${RIGHT_ADDRESS}`,
				},

	run_ended: ({ cause }) => because(`${NOT_SENT_BECAUSE} the run had already ended.`, cause),

	cohort_refused: ({ cause }) =>
		because(`${NOT_SENT_BECAUSE} MoEngage rejected this cohort.`, cause),
};

/** A text with an additional sentence. */
function continued(problem: DeliveryProblem, sentence: string): ProblemText {
	const text = describeBy(DELIVERY_PROBLEMS, problem);
	return { ...text, summary: `${text.summary} ${sentence}` };
}

/** The text of members that were never sent. */
function because(what: string, cause: DeliveryProblem): ProblemText {
	const text = describeBy(DELIVERY_PROBLEMS, cause);
	return { ...text, summary: `${what} ${text.summary}` };
}
