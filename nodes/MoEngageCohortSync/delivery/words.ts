/** What MoEngage says in an answer's body. */
export interface Words {
	readonly success: boolean;
	readonly message?: string | undefined;
	readonly type?: string | undefined;
	readonly attribute?: string | undefined;
	readonly requestId?: string | undefined;
}

/** MoEngage's own messages are short; more than this is a web page or a dump. */
const LONGEST_MESSAGE = 300;

/**
 * Reads an answer's body, whatever it is.
 *
 * @param strike takes out of a text what no person may see
 */
export function readWords(body: string, strike: (text: string) => string): Words {
	let json: unknown;
	try {
		json = JSON.parse(body);
	} catch {
		return { success: false };
	}
	const text = (value: unknown): string | undefined => {
		if (typeof value !== 'string') return undefined;
		return strike(value).replace(/\s+/g, ' ').trim().slice(0, LONGEST_MESSAGE) || undefined;
	};
	const error = property(json, 'error');
	return {
		success: property(json, 'status') === 'success',
		message: text(property(error, 'message')) ?? text(error) ?? text(property(json, 'message')),
		type: text(property(error, 'type')),
		attribute: text(property(error, 'attribute')),
		requestId: text(property(error, 'request_id')),
	};
}

function property(value: unknown, name: string): unknown {
	return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
