import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

/** The secret key of every account in these tests: the text that nobody but MoEngage may read. */
export const SECRET = 'Hush/+"this" is the secret key';

/** The credential of an account at a stand-in for MoEngage. */
export function credentialFor(customUrl: string, appId = 'APP'): ICredentialDataDecryptedObject {
	return { appId, secretKey: SECRET, dataCenter: 'custom', customUrl };
}

/** The user and password that the node sends, as they stand in the Authorization header. */
export function loginOf(appId: string): string {
	return Buffer.from(`${appId}:${SECRET}`).toString('base64');
}

/** Every text within a value, however deep, and what is not enumerable too, as an error's message and cause. */
export function textsIn(value: unknown, seen = new Set<unknown>()): string[] {
	if (typeof value === 'string') return [value];
	if (typeof value !== 'object' || value === null || seen.has(value)) return [];
	seen.add(value);
	if (value instanceof Map || value instanceof Set) return textsIn([...value], seen);
	return Reflect.ownKeys(value).flatMap((key) => [
		...(typeof key === 'string' ? [key] : []),
		...textsIn(Reflect.get(value, key), seen),
	]);
}
