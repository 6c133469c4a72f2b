import {
	bulkImportPath,
	cohortSyncPath,
	createMoEngage,
	demoAccount,
	getUserPath,
	type Answer,
	type EmulatorOptions,
	type EmulatorRequest,
	type Member,
	type MoEngage,
} from '../../emulator/model';

/** When the clock of `withClock` starts, in ms. */
export const start = Date.parse('2026-11-23T10:00:00.000Z');

export interface Sync {
	readonly action?: string;
	readonly members?: readonly Member[];
	/** In ms after `start`. */
	readonly timestamp?: number;
	readonly id?: string;
	readonly name?: string;
}

/** A Cohort Sync body, which is valid unless the test makes it otherwise. The name goes with the ID. */
export function bodyOf({
	action = 'add_members',
	members = [{ uid: 'u1' }],
	timestamp = 0,
	id = 'vip',
	name = `Cohort ${id}`,
}: Sync = {}) {
	return {
		action,
		timestamp: new Date(start + timestamp).toISOString(),
		partner: 'n8n',
		parameters: { cohort_name: name, cohort_id: id, members },
	};
}

export function basic(appId: string, secret: string): string {
	return `Basic ${Buffer.from(`${appId}:${secret}`).toString('base64')}`;
}

export const goodHeaders = {
	authorization: basic(demoAccount.appId, demoAccount.secret),
	'moe-appkey': demoAccount.appId,
	'content-type': 'application/json',
};

/** A Cohort Sync request as it should be, but for the changes. */
export function request(changes: Partial<EmulatorRequest> = {}): EmulatorRequest {
	return {
		path: cohortSyncPath,
		headers: goodHeaders,
		body: JSON.stringify(bodyOf()),
		...changes,
	};
}

export function send(model: MoEngage, sync: Sync = {}): Answer {
	return model.receive(request({ body: JSON.stringify(bodyOf(sync)) }));
}

/** Sends a Get User request in the form that the OpenAPI texts have. */
export function getUser(model: MoEngage, uids: readonly string[], fields?: readonly string[]) {
	const identifiers = uids.map((identifier) => ({ identifier_type: 'customer_id', identifier }));
	const data = { identifiers, ...(fields ? { user_fields_to_export: fields } : {}) };
	return model.receive(
		request({
			path: `${getUserPath}?app_id=${demoAccount.appId}`,
			body: JSON.stringify({ data }),
		}),
	);
}

/** Sends a bulk import. */
export function importElements(model: MoEngage, elements: readonly unknown[]): Answer {
	return model.receive(
		request({
			path: bulkImportPath(demoAccount.appId),
			body: JSON.stringify({ type: 'transition', elements }),
		}),
	);
}

/** A model with a clock that the test sets. */
export function withClock(options: EmulatorOptions = {}) {
	const clock = { now: start };
	return { clock, model: createMoEngage({ ...options, now: () => clock.now }) };
}

/** The fields of an error body, apart from its request_id. */
export function errorOf({ body }: { body: string }) {
	const { status, error } = JSON.parse(body);
	const { request_id, ...rest } = error;
	expect(status).toBe('fail');
	expect(request_id).toMatch(/^[\w-]{8}$/);
	return rest;
}
