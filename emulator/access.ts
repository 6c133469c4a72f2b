import { refusals, type Refusal } from './answers';
import { maxImportBytes } from './bulkImport';
import type { Address } from './endpoints';
import type { EmulatorRequest } from './request';
import { readConnectionTest } from './testConnection';

/** The keys of an account. */
export type Account = { appId: string; secret: string };

/** The default keys of the emulated account; they work nowhere else. */
export const demoAccount: Account = { appId: 'DEMO_APP', secret: 'demo-secret' };

/**
 * Checks Basic auth with APP ID and secret, and `MOE-APPKEY`, which must be the same APP ID. Cohort Sync requires
 * that header (MoEngage Cohort Sync docs, read 2026-08); the Data APIs don't (MoEngage Data OpenAPI text, read
 * 2026-11-25).
 */
export function checkLogin(
	{ headers }: EmulatorRequest,
	{ endpoint }: Address,
	account: Account,
): Refusal | undefined {
	const login = /^Basic +(\S+)$/i.exec(String(headers['authorization'] ?? ''))?.[1];
	if (login === undefined) return refusals.headerMissing('Authorization');
	const [, appId, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(login, 'base64').toString()) ?? [];
	const appKey = headers['moe-appkey'];
	if (!appKey && endpoint === 'cohortSync') return refusals.headerMissing('MOE-APPKEY');
	if (appKey && appKey !== appId) return refusals.appMismatch;
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

/** Checks the workspace in the address of a Data API. */
export function checkAppId({ endpoint, appId }: Address, account: Account): Refusal | undefined {
	if (endpoint !== 'getUser' && endpoint !== 'bulkImport') return undefined;
	if (!appId) return refusals.missingAppId;
	return appId === account.appId ? undefined : refusals.wrongAppId;
}

/** Checks what all endpoints require of a body: JSON according to its header, and at most `maxBytes`. */
export function checkForm(
	{ headers }: EmulatorRequest,
	{ endpoint }: Address,
	{ bytes, maxBytes }: { bytes: number; maxBytes: number },
): Refusal | undefined {
	const isJson = /^application\/json\s*(;|$)/i.test(String(headers['content-type'] ?? ''));
	if (!isJson) return refusals.wrongContentType;
	const limit = endpoint === 'bulkImport' ? Math.min(maxBytes, maxImportBytes) : maxBytes;
	return bytes > limit ? refusals.tooLarge : undefined;
}
