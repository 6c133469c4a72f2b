import type { ResponseBody } from './responseBody';

/** Sends one request body once and returns the result. Never throws. */
export type Send = (body: string) => Promise<SendResult>;

export type SendResult = HttpResult | TransportError;

/** There was a response, whoever sent it. */
export interface HttpResult {
	readonly status: number;
	readonly body: ResponseBody;
	/** The Retry-After header. */
	readonly retryAfter?: string | undefined;
	/** The Date header: the server's own time. */
	readonly date?: string | undefined;
	/** The x-ratelimit-remaining header. */
	readonly rateLimitRemaining?: string | undefined;
	/** The x-ratelimit-reset header. */
	readonly rateLimitReset?: string | undefined;
}

/** There was no response. */
export interface TransportError {
	readonly status: undefined;
	/** `unsendable`: n8n did not even try to send it. */
	readonly kind: 'timeout' | 'connection' | 'unsendable';
	/** The code from Node.js or axios, such as ECONNREFUSED. */
	readonly errorCode?: string | undefined;
	/** n8n's message if it did not try to send it. */
	readonly message?: string;
}
