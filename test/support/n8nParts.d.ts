/** What n8n and the node have written to n8n's log, at every level down to debug. */
export const log: unknown[];

/** A request as n8n's HTTP client hands it to what opens the socket. */
export interface SocketRequest {
	readonly url?: string;
	readonly data?: unknown;
	readonly auth?: { readonly username: string; readonly password: string };
	readonly headers: { toJSON(): Record<string, unknown> };
	readonly timeout?: number;
}

export interface SocketResponse {
	readonly data: AsyncIterable<Uint8Array>;
	readonly status: number;
	readonly statusText: string;
	readonly headers: Record<string, string>;
	readonly config: SocketRequest;
}

/** axios, the HTTP client of n8n's helpers, as far as it is needed here. */
export const axios: {
	readonly defaults: { adapter: unknown };
	/** The address of a request with its query. */
	getUri(config: SocketRequest): string;
	readonly AxiosError: new (message: string, code: string, config: SocketRequest) => Error;
};

/** The body of an answer as Node gives it: a stream, in pieces. */
export function answerBody(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
