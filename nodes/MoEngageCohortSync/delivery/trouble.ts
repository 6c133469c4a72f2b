import { quoted } from '../wording';
import type { Words } from './words';

/** What a person reads when something did not go well. Never holds a key. */
export interface Trouble {
	/** What happened. It becomes a title, so it holds nothing that came from outside, such as an identifier. */
	readonly what: string;
	/** MoEngage's own words, which may name a member. */
	readonly said?: string | undefined;
	/** How to fix it. */
	readonly fix: string;
	/** True where `fix` says already that running the workflow again is safe. */
	readonly saysItIsSafe?: true;
	/** MoEngage's name for the request, which its support asks for. */
	readonly requestId?: string | undefined;
	readonly status?: number | undefined;
}

/** The trouble in one line. */
export function inOneLine({ what, said, fix, requestId }: Trouble): string {
	const reference = requestId === undefined ? undefined : `MoEngage request ID: ${requestId}.`;
	return [what, said, fix, reference].filter((part) => part !== undefined).join(' ');
}

const AGAIN = 'Run the workflow again later: sending a member twice does no harm.';
const RIGHT_ADDRESS = "that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.";

/** MoEngage's own words, where it has any. */
function said({ message }: Words): string | undefined {
	return message === undefined ? undefined : `MoEngage says: ${quoted(message)}`;
}

/** An answer without any of MoEngage's words is more likely that of a proxy or a firewall. */
function isWordless({ message, type, attribute }: Words): boolean {
	return message === undefined && type === undefined && attribute === undefined;
}

function askSupport({ requestId }: Words): string {
	const reference = requestId === undefined ? '' : ' and give them the request ID';
	return `ask MoEngage's support${reference}.`;
}

export function oversized(): Trouble {
	return {
		what: 'The member alone is larger than a request may be.',
		fix: "Shorten its identifier or the 'Cohort Description', or raise the option 'Payload Limit in Bytes'.",
	};
}

export function badMember(words: Words): Trouble {
	if (isWordless(words)) return otherRefusal(400, words);
	return {
		what: 'MoEngage refused this member.',
		said: said(words),
		fix: 'Correct the identifier at its source, or leave the item out with a Filter node.',
		requestId: words.requestId,
		status: 400,
	};
}

/** About a request that was not tried in smaller parts any more. */
export function badMembers(words: Words): Trouble {
	if (isWordless(words)) return otherRefusal(400, words);
	return {
		what: 'MoEngage refused this request because of its members, and so many other requests that the members were not tried one by one.',
		said: said(words),
		fix: 'Look for identifiers of a wrong kind, and correct them at their source.',
		requestId: words.requestId,
		status: 400,
	};
}

const FIELD_OF_PART: Record<string, string> = {
	cohort_name: 'Cohort Name',
	cohort_id: 'Cohort ID',
	cohort_description: 'Cohort Description',
	partner: 'Partner',
};

export function badRequest(part: string, words: Words): Trouble {
	const field = FIELD_OF_PART[part];
	const name = field === undefined ? `"${part}"` : `'${field}'`;
	return {
		what: `MoEngage refused the request because of its ${name}.`,
		said: said(words),
		fix:
			field === undefined
				? `Install the newest version of this node. If that does not help, ${askSupport(words)}`
				: `Change '${field}' in the node.`,
		requestId: words.requestId,
		status: 400,
	};
}

export function tooLarge(words: Words): Trouble {
	return {
		what: 'MoEngage found the request too large.',
		said: said(words),
		fix: "Lower the option 'Payload Limit in Bytes'; without it, requests take up to 128,000 bytes.",
		requestId: words.requestId,
		status: 413,
	};
}

export function unauthorized(words: Words): Trouble {
	const what =
		words.type === 'Authentication Mismatch'
			? 'The App ID and the Secret Key do not belong together.'
			: 'MoEngage does not accept the App ID or the Secret Key.';
	return {
		what,
		said: said(words),
		fix: "Open the MoEngage API credential, enter 'App ID' and 'Secret Key' again (in MoEngage: Settings → Account → APIs, the key of the Data tile), and check that 'Data Center' is the number in your dashboard's address.",
		requestId: words.requestId,
		status: 401,
	};
}

export function blocked(words: Words): Trouble {
	if (isWordless(words)) return otherRefusal(403, words);
	return {
		what: 'MoEngage has blocked or suspended this account.',
		said: said(words),
		fix: `Nothing can be sent until MoEngage lifts this: ${askSupport(words)}`,
		requestId: words.requestId,
		status: 403,
	};
}

export function notFound(words: Words): Trouble {
	return {
		what: "MoEngage's Cohort Sync is not at this address (status 404).",
		said: said(words),
		fix: `Make sure ${RIGHT_ADDRESS}`,
		requestId: words.requestId,
		status: 404,
	};
}

export function wrongContentType(words: Words): Trouble {
	return {
		what: 'MoEngage did not receive the request as JSON (status 415).',
		said: said(words),
		fix: `Something between n8n and MoEngage changes the requests: look for a proxy, and make sure ${RIGHT_ADDRESS}`,
		requestId: words.requestId,
		status: 415,
	};
}

export function otherRefusal(status: number, words: Words): Trouble {
	return {
		what: `The request was refused (status ${status}).`,
		said: said(words),
		fix:
			words.requestId === undefined
				? `It may be a proxy or a firewall that refuses it: make sure ${RIGHT_ADDRESS}`
				: `Check the node's fields. If they are right, ${askSupport(words)}`,
		requestId: words.requestId,
		status,
	};
}

export function redirected(status: number): Trouble {
	return {
		what: `The address answered with a redirect (status ${status}). The node never follows one, so that neither your key nor your members reach another place.`,
		fix: `Make sure ${RIGHT_ADDRESS}`,
		status,
	};
}

export function throttled(words: Words): Trouble {
	return {
		what: 'MoEngage receives too many requests for this workspace (status 429).',
		said: said(words),
		fix: "Something else sends as well, such as another n8n worker: lower the option 'Requests per Minute' (with several workers, 300 divided by their number), or let it run at another time. Then run the workflow again; sending a member twice does no harm.",
		saysItIsSafe: true,
		requestId: words.requestId,
		status: 429,
	};
}

export function unavailable(status: number, words: Words): Trouble {
	return {
		what: `MoEngage is not available at the moment (status ${status}).`,
		said: said(words),
		fix: AGAIN,
		saysItIsSafe: true,
		requestId: words.requestId,
		status,
	};
}

export function unclear(status: number, words: Words): Trouble {
	return {
		what: `The answer (status ${status}) does not say that the request was accepted.`,
		said: said(words),
		fix: `It may come from a proxy or a login page instead of MoEngage: make sure ${RIGHT_ADDRESS} Then run the workflow again; sending a member twice does no harm.`,
		saysItIsSafe: true,
		requestId: words.requestId,
		status,
	};
}

export function timedOut(): Trouble {
	return {
		what: "MoEngage gave no answer within the time that the option 'Timeout in Seconds' allows.",
		fix: `${AGAIN} If it happens again, raise that option.`,
		saysItIsSafe: true,
	};
}

export function untrusted(code: string): Trouble {
	return {
		what: `The security certificate of the server is not trusted (${code}), so the request was not sent.`,
		fix: `A proxy may open the encrypted connections: ask whoever looks after your network, and make sure ${RIGHT_ADDRESS}`,
	};
}

export function disconnected(code: string, wasConnected: boolean): Trouble {
	const name = code === '' ? '' : ` (${code})`;
	const check = `check that n8n can reach the internet, and make sure ${RIGHT_ADDRESS}`;
	let what = `The connection to MoEngage broke off${name}.`;
	if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
		what = `n8n could not look up the server's address${name}.`;
	} else if (!wasConnected) {
		what = `n8n could not connect to the server${name}.`;
	}
	return { what, fix: `${AGAIN} If it happens again, ${check}`, saysItIsSafe: true };
}

/** Why members were never sent. `cause` is what ended the run. */
export function runEnded(cause: Trouble): Trouble {
	return { ...cause, what: `Not sent, because the run had already ended. ${cause.what}` };
}

/** Why members were never sent. `cause` is what MoEngage said to another request of their cohort. */
export function cohortRefused(cause: Trouble): Trouble {
	return { ...cause, what: `Not sent, because MoEngage refuses this cohort. ${cause.what}` };
}

export function waitTooLong(cause: Trouble, minutes: number): Trouble {
	return {
		...cause,
		what: `${cause.what} It asks for a pause of ${minutes} minutes, which is longer than a run waits.`,
		fix: 'Run the workflow again after that time: sending a member twice does no harm.',
		saysItIsSafe: true,
	};
}

export function unsendable(message: string): Trouble {
	return {
		what: 'n8n could not send the request.',
		said: message === '' ? undefined : `n8n says: ${quoted(message)}`,
		fix: `${AGAIN} If it happens again, open the MoEngage API credential and save it, so that n8n tests it, and make sure ${RIGHT_ADDRESS}`,
		saysItIsSafe: true,
	};
}

export function stopped(): Trouble {
	return {
		what: 'The execution was stopped.',
		fix: 'Run the workflow again to send the rest: sending a member twice does no harm.',
		saysItIsSafe: true,
	};
}
