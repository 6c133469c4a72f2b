export const cohortSyncPath = '/v1/integrations/cohortsync';
export const testConnectionPath = '/v1/integrations/authentication';
export const getUserPath = '/v1/customers/export';

/** The address of bulk imports into a workspace. */
export function bulkImportPath(appId: string): string {
	return `/v1/transition/${encodeURIComponent(appId)}`;
}

/** The emulated addresses of MoEngage's API, by a short name. */
export const endpointTitles = {
	cohortSync: 'Cohort Sync',
	testConnection: 'Test Connection',
	getUser: 'Get User',
	bulkImport: 'Bulk Import',
} as const;

export type Endpoint = keyof typeof endpointTitles;

/** Where a request goes. `appId` is the workspace in its address, in the path or as `app_id`. */
export type Address = { path: string; endpoint: Endpoint | undefined; appId: string | undefined };

/** Reads the address of a request. Only a POST reaches an endpoint. */
export function readAddress(method: string, url: string): Address {
	const [path = '', query = ''] = url.split('?', 2);
	const imported = /^\/v1\/transition\/([^/]+)$/.exec(path)?.[1];
	const endpoint = imported === undefined ? byPath.get(path) : 'bulkImport';
	return {
		path,
		endpoint: method === 'POST' ? endpoint : undefined,
		appId:
			imported === undefined
				? (new URLSearchParams(query).get('app_id') ?? undefined)
				: decode(imported),
	};
}

const byPath = new Map<string, Endpoint>([
	[cohortSyncPath, 'cohortSync'],
	[testConnectionPath, 'testConnection'],
	[getUserPath, 'getUser'],
]);

function decode(part: string): string {
	try {
		return decodeURIComponent(part);
	} catch {
		return part;
	}
}
