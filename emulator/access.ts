import { refusals, type Refusal } from './answers';
import type { EmulatorRequest } from './request';
import { readConnectionTest } from './schema';

/** An account's own keys. */
export type Account = { appId: string; secret: string };

/** The keys of the emulated account unless others are given; they open nothing else. */
export const demoAccount: Account = { appId: 'DEMO_APP', secret: 'demo-secret' };

/**
 * Checks the headers of a Cohort Sync request: Basic auth with APP ID and secret, and the same APP ID
 * in `MOE-APPKEY` (MoEngage Cohort Sync docs, read 2026-08).
 */
export function checkLogin({ headers }: EmulatorRequest, account: Account): Refusal | undefined {
	const login = /^Basic +(\S+)$/i.exec(String(headers['authorization'] ?? ''))?.[1];
	if (login === undefined) return refusals.headerMissing('Authorization');
	const [, appId, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(login, 'base64').toString()) ?? [];
	if (!headers['moe-appkey']) return refusals.headerMissing('MOE-APPKEY');
	if (headers['moe-appkey'] !== appId) return refusals.appMismatch;
	return appId === account.appId && secret === account.secret ? undefined : refusals.wrongSecret;
}

/** Checks a Test Connection request, which carries its keys in the body and `MOE-APPKEY`. */
export function checkConnection(
	{ headers, body }: EmulatorRequest,
	account: Account,
): Refusal | undefined {
	const reading = readConnectionTest(body);
	if ('refusal' in reading) return reading.refusal;
	const { app_id, app_secret } = reading.content;
	if (!headers['moe-appkey']) return refusals.headerMissing('MOE-APPKEY');
	if (headers['moe-appkey'] !== app_id) return refusals.appMismatch;
	const isRight = app_id === account.appId && app_secret === account.secret;
	return isRight ? undefined : refusals.wrongSecret;
}

/** Checks what both endpoints ask of a body: JSON by its header, and no more than `maxBytes`. */
export function checkForm(
	{ headers }: EmulatorRequest,
	bytes: number,
	maxBytes: number,
): Refusal | undefined {
	const isJson = /^application\/json\s*(;|$)/i.test(String(headers['content-type'] ?? ''));
	if (!isJson) return refusals.wrongContentType;
	return bytes > maxBytes ? refusals.tooLarge : undefined;
}
