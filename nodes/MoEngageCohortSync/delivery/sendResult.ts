import type { ResponseBody } from './responseBody';

/** Sends one request body once and gives what came back. Never throws. */
export type Send = (body: string) => Promise<SendResult>;

export type SendResult = HttpResult | TransportError;

/** A response came, whoever sent it. */
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

/** No response came. */
export interface TransportError {
	readonly status: undefined;
	/** `unsendable`: n8n did not even try. */
	readonly kind: 'timeout' | 'connection' | 'unsendable';
	/** Node's or axios' code, such as ECONNREFUSED. */
	readonly errorCode?: string | undefined;
	/** n8n's message where it did not try. */
	readonly message?: string;
}
