import type { Words } from './answer';

/** What a person reads when something did not go well. Never holds a key or a member's identifier. */
export interface Trouble {
	/** What happened. */
	readonly what: string;
	/** How to fix it. */
	readonly fix: string;
	/** MoEngage's name for the request, which its support asks for. */
	readonly requestId?: string | undefined;
	readonly status?: number | undefined;
}

/** The trouble in one line. */
export function inOneLine({ what, fix, requestId }: Trouble): string {
	const reference = requestId === undefined ? '' : ` (MoEngage request ID ${requestId})`;
	return `${what}${reference} ${fix}`;
}

const AGAIN = 'Run the workflow again later: sending a member twice does no harm.';
const WHERE_TO_LOOK =
	"check 'Data Center' in the MoEngage API credential, and 'Custom URL' if you use it";

/** MoEngage's own words, where it has any. */
function said({ message }: Words): string {
	return message === undefined ? '' : ` MoEngage says: "${message}".`;
}

export function badMember(words: Words): Trouble {
	return {
		what: `MoEngage refused this member.${said(words)}`,
		fix: 'Correct the identifier at its source, or leave the item out with a Filter node.',
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
	return {
		what: `MoEngage refused the request because of its "${part}".${said(words)}`,
		fix:
			field === undefined
				? "Check that the newest version of this node is installed, and give MoEngage's support the request ID."
				: `Change '${field}' in the node.`,
		requestId: words.requestId,
		status: 400,
	};
}

export function tooLarge(words: Words): Trouble {
	return {
		what: `MoEngage found the request too large.${said(words)}`,
		fix: "Add the option 'Payload Limit in Bytes' and lower it.",
		requestId: words.requestId,
		status: 413,
	};
}

export function unauthorized(words: Words): Trouble {
	const what =
		words.type === 'Authentication Mismatch'
			? 'MoEngage does not find this App ID and this Secret Key together.'
			: 'MoEngage does not accept the App ID or the Secret Key.';
	return {
		what: `${what}${said(words)}`,
		fix: "Open the MoEngage API credential, enter 'App ID' and 'Secret Key' again (in MoEngage: Settings → Account → APIs, the key of the Data tile), and check that 'Data Center' is the number in your dashboard's address.",
		requestId: words.requestId,
		status: 401,
	};
}

export function blocked(words: Words): Trouble {
	return {
		what: `MoEngage has blocked or suspended this account.${said(words)}`,
		fix: "Ask MoEngage's support: nothing can be sent until they lift it. The MoEngage API credential itself is known there.",
		requestId: words.requestId,
		status: 403,
	};
}

export function notFound(words: Words): Trouble {
	return {
		what: `There is no Cohort Sync at this address (status 404).${said(words)}`,
		fix: `To mend it, ${WHERE_TO_LOOK}.`,
		requestId: words.requestId,
		status: 404,
	};
}

export function wrongContentType(words: Words): Trouble {
	return {
		what: `MoEngage did not receive the request as JSON (status 415).${said(words)}`,
		fix: `Something between n8n and MoEngage changes the requests: look for a proxy, and ${WHERE_TO_LOOK}.`,
		requestId: words.requestId,
		status: 415,
	};
}

export function otherRefusal(status: number, words: Words): Trouble {
	return {
		what: `MoEngage refused the request (status ${status}).${said(words)}`,
		fix: "Check the node's fields. If they are right, give MoEngage's support the request ID.",
		requestId: words.requestId,
		status,
	};
}

export function redirected(status: number): Trouble {
	return {
		what: `The address answered with a redirect (status ${status}), which is never followed, so that neither your key nor your members reach another place.`,
		fix: `To mend it, ${WHERE_TO_LOOK}.`,
		status,
	};
}

export function throttled(words: Words): Trouble {
	return {
		what: `MoEngage receives too many requests for this workspace (status 429).${said(words)}`,
		fix: "Other systems send to it as well: lower the option 'Requests per Minute', or let them run at other times. Then run the workflow again; sending a member twice does no harm.",
		requestId: words.requestId,
		status: 429,
	};
}

export function unavailable(status: number, words: Words): Trouble {
	return {
		what: `MoEngage is not available at the moment (status ${status}).${said(words)}`,
		fix: AGAIN,
		requestId: words.requestId,
		status,
	};
}

export function unclear(status: number, words: Words): Trouble {
	return {
		what: `The answer (status ${status}) does not say that the request was accepted.${said(words)}`,
		fix: `It may come from a proxy or a login page instead of MoEngage: ${WHERE_TO_LOOK}. Then run the workflow again; sending a member twice does no harm.`,
		requestId: words.requestId,
		status,
	};
}

export function timedOut(): Trouble {
	return {
		what: "MoEngage gave no answer within the time that the option 'Timeout' allows.",
		fix: AGAIN,
	};
}

export function untrusted(code: string): Trouble {
	return {
		what: `The server's TLS certificate is not trusted (${code}), so nothing was sent.`,
		fix: `Look for a proxy that opens encrypted connections, and ${WHERE_TO_LOOK}.`,
	};
}

export function disconnected(code: string): Trouble {
	const name = code === '' ? '' : ` (${code})`;
	if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
		return {
			what: `n8n could not look up the server's address${name}.`,
			fix: `Check n8n's network and DNS, and ${WHERE_TO_LOOK}.`,
		};
	}
	return {
		what: `The connection to MoEngage was refused or broke off${name}.`,
		fix: `If it goes on, check n8n's network and ${WHERE_TO_LOOK}. ${AGAIN}`,
	};
}

/** Why members were never sent: the run had ended. `cause` is what ended it. */
export function runEnded(cause: Trouble): Trouble {
	return { ...cause, what: `Not sent, because the run had ended before. ${cause.what}` };
}

export function cohortRefused(cause: Trouble): Trouble {
	return { ...cause, what: `Not sent, because MoEngage refused this cohort before. ${cause.what}` };
}

export function notTakenApart(cause: Trouble, members: number): Trouble {
	return {
		...cause,
		what: `${cause.what} That was about a request of ${members} members, and too many requests were refused to try each of its members alone.`,
		fix: `Look for identifiers of a wrong kind in the data. ${cause.fix}`,
	};
}

export function waitTooLong(cause: Trouble, minutes: number): Trouble {
	return {
		...cause,
		what: `${cause.what} It asks to wait for ${minutes} minutes, longer than a run waits.`,
	};
}

export function unsendable(message: string): Trouble {
	return {
		what: `n8n could not send the request. ${message}`,
		fix: `Open the MoEngage API credential and press Test, and ${WHERE_TO_LOOK}.`,
	};
}

export function stopped(): Trouble {
	return {
		what: 'The execution was stopped.',
		fix: 'Run the workflow again to send the rest: sending a member twice does no harm.',
	};
}
