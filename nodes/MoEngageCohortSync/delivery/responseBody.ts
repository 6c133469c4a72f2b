/** What MoEngage says in the body of a response. */
export interface ResponseBody {
	readonly isSuccess: boolean;
	readonly message?: string | undefined;
	readonly type?: string | undefined;
	readonly attribute?: string | undefined;
	readonly requestId?: string | undefined;
	/** What Get User says about the users that were looked up. */
	readonly lookup?: UserLists | undefined;
}

/** The IDs of users, as Get User lists them. */
export interface UserLists {
	readonly found: ReadonlySet<string>;
	readonly notFound: ReadonlySet<string>;
}

/** MoEngage's own messages are short; longer text is a web page or a dump. */
const MAX_MESSAGE_LENGTH = 300;

/**
 * Parses the body of a response, whatever its form.
 *
 * @param redact removes secrets from a text
 */
export function parseResponseBody(body: string, redact: (text: string) => string): ResponseBody {
	let json: unknown;
	try {
		json = JSON.parse(body);
	} catch {
		return { isSuccess: false };
	}
	const text = (value: unknown): string | undefined => {
		if (typeof value !== 'string') return undefined;
		// Truncated last, so that no part of a secret is left.
		return truncate(redact(value).replace(/\s+/g, ' ').trim()) || undefined;
	};
	const error = property(json, 'error');
	return {
		isSuccess: property(json, 'status') === 'success',
		message: text(property(error, 'message')) ?? text(error) ?? text(property(json, 'message')),
		type: text(property(error, 'type')),
		attribute: text(property(error, 'attribute')),
		requestId: text(property(error, 'request_id')),
		lookup: readUserLists(property(json, 'data')),
	};
}

/** Reads the IDs in a Get User response (Data OpenAPI text, read 2026-11-25), and nothing else about the users. */
function readUserLists(data: unknown): UserLists | undefined {
	const users = property(data, 'users');
	const notFound = property(data, 'users_not_found');
	if (!Array.isArray(users) && !Array.isArray(notFound)) return undefined;
	const found = list(users).map((user) => property(user, 'user_attributes'));
	return {
		found: new Set(found.map((attributes) => String(property(attributes, 'customer_id')))),
		notFound: new Set(list(notFound).map((user) => String(property(user, 'identifier')))),
	};
}

/** At the end of a word: the first half of an e-mail address would not be recognized as an identifier. */
function truncate(text: string): string {
	if (text.length <= MAX_MESSAGE_LENGTH) return text;
	const end = text.lastIndexOf(' ', MAX_MESSAGE_LENGTH);
	return end < 0 ? '…' : text.slice(0, end);
}

function list(value: unknown): readonly unknown[] {
	return Array.isArray(value) ? value : [];
}

function property(value: unknown, name: string): unknown {
	return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
