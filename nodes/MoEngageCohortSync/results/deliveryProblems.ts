import { quote } from '../format';
import type { DeliveryProblem } from '../model/problem';
import type { ProblemText, ProblemTexts } from './problemText';
import { describeBy, n8nSays } from './problemText';

const RERUN = 'Run the workflow again later.';
const RIGHT_ADDRESS = "that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.";

/** What MoEngage's response says, where there was one. */
interface Response {
	readonly status: number;
	readonly serverMessage?: string | undefined;
	readonly requestId?: string | undefined;
}

/** The parts of a text that are the response's own. */
function fromResponse({ status, serverMessage, requestId }: Response) {
	return {
		status,
		serverMessage:
			serverMessage === undefined ? undefined : `MoEngage says: ${quote(serverMessage)}`,
		requestId,
	};
}

function askSupport({ requestId }: Response): string {
	const reference = requestId === undefined ? '' : ' and give them the request ID';
	return `ask MoEngage's support${reference}.`;
}

/**
 * What a refusal without MoEngage's own words may mean. MoEngage's API Firewall has a list of allowed addresses for
 * each of five kinds of API, Cohort Sync's another one than the credential's test has (API Firewall page, read 2026-11-25).
 */
const FIREWALL =
	"It may be MoEngage's API Firewall or a proxy: in the API Firewall, the address that n8n calls from must be allowed for 'Partner Integration'. The credential's test only needs 'Data'.";

function requestRefused(response: Response): ProblemText {
	return {
		summary: `The request was refused (status ${response.status}).`,
		...fromResponse(response),
		remedy:
			response.requestId === undefined
				? `${FIREWALL} If that is right, make sure ${RIGHT_ADDRESS}`
				: `Check the node's fields. If they are right, ${askSupport(response)}`,
	};
}

const KEYS_REMEDY =
	"Open the MoEngage API credential, enter 'App ID' and 'Secret Key' again (in MoEngage: Settings → Account → APIs, the key of the Data tile), and check that 'Data Center' is the number in your dashboard's address.";

/** A key may be for some of MoEngage's APIs only (API key page, read 2026-11-25). */
const KEY_SCOPE =
	'If the credential passes its test, the key may not cover Cohort Sync: check in MoEngage which APIs it is for.';

/** The node's fields by the API's name for their part of the request. */
const FIELDS: Readonly<Record<string, string>> = {
	cohort_name: 'Cohort Name',
	cohort_id: 'Cohort ID',
	cohort_description: 'Cohort Description',
	partner: 'Partner',
};

/** A connection that was not made or broke off. */
function disconnected(what: string, errorCode: string): ProblemText {
	return {
		summary: `${what}${errorCode === '' ? '' : ` (${errorCode})`}.`,
		remedy: `${RERUN} If it happens again, check that n8n can reach the internet, and make sure ${RIGHT_ADDRESS}`,
	};
}

/** Why a request was not accepted. */
export const DELIVERY_PROBLEMS: ProblemTexts<DeliveryProblem> = {
	member_refused: (problem) => ({
		summary: 'MoEngage refused this member.',
		...fromResponse(problem),
		remedy: 'Correct the identifier at its source, or leave the item out with a Filter node.',
	}),

	members_refused: (problem) => ({
		summary:
			'MoEngage refused this request because of its members, and so many other requests that the members were not tried one by one.',
		...fromResponse(problem),
		remedy: 'Look for identifiers of a wrong kind, and correct them at their source.',
	}),

	part_refused: (problem) => {
		const field = FIELDS[problem.part];
		return {
			summary: `MoEngage refused the request because of its ${field === undefined ? `"${problem.part}"` : `'${field}'`}.`,
			...fromResponse(problem),
			remedy:
				field === undefined
					? `Install the newest version of this node. If that does not help, ${askSupport(problem)}`
					: `Change '${field}' in the node.`,
		};
	},

	request_too_large: (problem) => ({
		summary: 'MoEngage found the request too large.',
		...fromResponse(problem),
		remedy:
			"Lower the option 'Payload Limit in Bytes'; without it, requests take up to 128,000 bytes.",
	}),

	keys_refused: (problem) => ({
		summary: 'MoEngage does not accept the App ID or the Secret Key.',
		...fromResponse(problem),
		remedy: `${KEYS_REMEDY} ${problem.isForeign === true ? FIREWALL : KEY_SCOPE}`,
	}),

	keys_mismatched: (problem) => ({
		summary: 'The App ID and the Secret Key do not belong together.',
		...fromResponse(problem),
		remedy: KEYS_REMEDY,
	}),

	account_blocked: (problem) => ({
		summary: 'MoEngage has blocked or suspended this account.',
		...fromResponse(problem),
		remedy: `Nothing can be sent until MoEngage lifts this: ${askSupport(problem)}`,
	}),

	access_refused: (problem) => ({
		summary: 'MoEngage does not let this key use Cohort Sync (status 403).',
		...fromResponse(problem),
		remedy: `The key may not cover it: check in MoEngage which APIs it is for. If it does, ${askSupport(problem)}`,
	}),

	endpoint_not_found: (problem) => ({
		summary: "MoEngage's Cohort Sync is not at this address (status 404).",
		...fromResponse(problem),
		remedy: `Make sure ${RIGHT_ADDRESS}${problem.isForeign === true ? ` ${FIREWALL}` : ''}`,
	}),

	content_type_refused: (problem) => ({
		summary: 'MoEngage did not receive the request as JSON (status 415).',
		...fromResponse(problem),
		remedy: `Something between n8n and MoEngage changes the requests: look for a proxy, and make sure ${RIGHT_ADDRESS}`,
	}),

	request_refused: requestRefused,

	redirected: ({ status }) => ({
		summary: `The address answered with a redirect (status ${status}). The node never follows one, so that neither your key nor your members reach another place.`,
		remedy: `Make sure ${RIGHT_ADDRESS}`,
		status,
	}),

	rate_limited: (problem) => ({
		summary: 'MoEngage receives too many requests for this workspace (status 429).',
		...fromResponse(problem),
		remedy:
			"Something else uses up MoEngage's limit for the workspace: find out which system it is, or let the workflow run at another time. Then run it again.",
	}),

	unavailable: (problem) => ({
		summary: `MoEngage is not available at the moment (status ${problem.status}).`,
		...fromResponse(problem),
		remedy: RERUN,
	}),

	unclear_response: (problem) => ({
		summary: `The answer (status ${problem.status}) does not say that the request was accepted.`,
		...fromResponse(problem),
		remedy: `It may come from a proxy or a login page instead of MoEngage: make sure ${RIGHT_ADDRESS} Then run the workflow again.`,
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
		summary: "MoEngage gave no answer within the time that the option 'Timeout in Seconds' allows.",
		remedy: `${RERUN} If it happens again, raise that option.`,
	}),

	certificate_untrusted: ({ errorCode }) => ({
		summary: `The security certificate of the server is not trusted (${errorCode}), so the request was not sent.`,
		remedy: `A proxy may open the encrypted connections: ask whoever looks after your network, and make sure ${RIGHT_ADDRESS}`,
	}),

	host_unknown: ({ errorCode }) =>
		disconnected("n8n could not look up the server's address", errorCode),

	connection_refused: ({ errorCode }) =>
		disconnected('n8n could not connect to the server', errorCode),

	connection_lost: ({ errorCode }) =>
		disconnected('The connection to MoEngage broke off', errorCode),

	not_sendable: ({ message }) => ({
		summary: 'n8n could not send the request.',
		serverMessage: message === '' ? undefined : n8nSays(message),
		remedy: `${RERUN} If it happens again, open the MoEngage API credential and save it, so that n8n tests it, and make sure ${RIGHT_ADDRESS}`,
	}),

	stopped: () => ({
		summary: 'The execution was stopped.',
		remedy: 'Run the workflow again to send the rest.',
	}),

	retry_after_too_long: ({ minutes, cause }) => {
		const text = describeBy(DELIVERY_PROBLEMS, cause);
		return {
			...text,
			summary: `${text.summary} It asks for a pause of ${minutes} minutes, which is longer than a run waits.`,
			remedy: 'Run the workflow again after that time.',
		};
	},

	limit_used_up: ({ minutes, cause }) =>
		continued(cause, `It has accepted nothing for ${minutes} minutes.`),

	held_up_by_limit: ({ minutes, cause }) =>
		continued(cause, `Such answers have held this run up for ${minutes} minutes in all.`),

	unreachable: ({ seconds, cause }) =>
		cause
			? continued(cause, `Nothing answered within ${seconds} seconds.`)
			: {
					summary: `Nothing answered at MoEngage's address within ${seconds} seconds.`,
					remedy: `Check that n8n can reach the internet, and make sure ${RIGHT_ADDRESS}`,
				},

	run_ended: ({ cause }) => because('Not sent, because the run had already ended.', cause),

	cohort_refused: ({ cause }) => because('Not sent, because MoEngage refuses this cohort.', cause),
};

/** A text with a sentence more. */
function continued(problem: DeliveryProblem, sentence: string): ProblemText {
	const text = describeBy(DELIVERY_PROBLEMS, problem);
	return { ...text, summary: `${text.summary} ${sentence}` };
}

/** The text of members that were never sent. */
function because(what: string, cause: DeliveryProblem): ProblemText {
	const text = describeBy(DELIVERY_PROBLEMS, cause);
	return { ...text, summary: `${what} ${text.summary}` };
}
