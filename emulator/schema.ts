import Ajv, { type ErrorObject } from 'ajv';
import { refusals, type Refusal } from './answers';

/** A member as it is sent: at least one of the two. */
export type Member = { uid?: string; anonymous_id?: string };

export type Action = 'add_members' | 'remove_members';

/** The body of a Cohort Sync request (MoEngage Cohort Sync docs, read 2026-08). */
export type CohortChange = {
	action: Action;
	timestamp?: string;
	partner: string;
	parameters: {
		cohort_name: string;
		cohort_id: string;
		cohort_description?: string;
		members: Member[];
	};
};

/** The body of a Test Connection request. */
export type ConnectionTest = {
	app_id: string;
	app_secret: string;
	source?: string;
	region?: string;
};

const text = { type: 'string', minLength: 1 };

const changeSchema = {
	type: 'object',
	required: ['action', 'partner', 'parameters'],
	properties: {
		action: { enum: ['add_members', 'remove_members'] },
		timestamp: { type: 'string', format: 'date-time' },
		partner: text,
		parameters: {
			type: 'object',
			required: ['cohort_name', 'cohort_id', 'members'],
			properties: {
				cohort_name: { ...text, pattern: '^[^.|*?\\\\:<>=$"][^|*?\\\\:<>=$"]*$' },
				cohort_id: text,
				cohort_description: { type: 'string' },
				members: {
					type: 'array',
					minItems: 1,
					items: {
						type: 'object',
						properties: { uid: text, anonymous_id: text },
						anyOf: [{ required: ['uid'] }, { required: ['anonymous_id'] }],
					},
				},
			},
		},
	},
};

const connectionSchema = {
	type: 'object',
	required: ['app_id', 'app_secret'],
	properties: { app_id: text, app_secret: text, source: text, region: text },
};

const cohortNameRule = 'must not start with "." or contain any of | * ? \\ : < > = $ "';
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/;

const ajv = new Ajv();
ajv.addFormat('date-time', (value: string) => isoTime.test(value) && !isNaN(Date.parse(value)));
const isCohortChange = ajv.compile<CohortChange>(changeSchema);
const isConnectionTest = ajv.compile<ConnectionTest>(connectionSchema);

/** What a body holds: its content, or why it can't be taken (status 400). */
export type Reading<T> = { content: T } | { refusal: Refusal };

/** Reads the body of a Cohort Sync request. */
export function readCohortChange(body: string): Reading<CohortChange> {
	const content = parse(body);
	if (content === undefined) return { refusal: refusals.malformedJson };
	if (isCohortChange(content)) return { content };
	return { refusal: invalid(isCohortChange.errors?.[0]) };
}

/** Reads the body of a Test Connection request. */
export function readConnectionTest(body: string): Reading<ConnectionTest> {
	const content = parse(body);
	if (content === undefined) return { refusal: refusals.malformedJson };
	if (isConnectionTest(content)) return { content };
	return { refusal: invalid(isConnectionTest.errors?.[0]) };
}

function parse(body: string): unknown {
	try {
		return JSON.parse(body);
	} catch {
		return undefined;
	}
}

function invalid(error: ErrorObject | undefined): Refusal {
	const missing: unknown = error?.params['missingProperty'];
	if (typeof missing === 'string') {
		return {
			status: 400,
			type: 'MissingAttributeError',
			message: `${missing} is not found in the payload`,
			attribute: missing,
		};
	}
	const path = error?.instancePath.split('/').slice(1) ?? [];
	const attribute = path.filter((part) => !/^\d+$/.test(part)).at(-1) ?? 'payload';
	const rule = error?.keyword === 'pattern' ? cohortNameRule : (error?.message ?? 'is not valid');
	// MoEngage documents no type for an attribute with a wrong value: this one is the emulator's own.
	return {
		status: 400,
		type: 'InvalidAttributeError',
		message: `${path.join('.') || attribute} ${rule}`,
		attribute,
	};
}
