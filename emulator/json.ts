import Ajv, { type ErrorObject } from 'ajv';
import { invalidAttribute, refusals, type Refusal } from './answers';

/** The result of reading a body: its content, or why it is refused (status 400). */
export type Reading<T> = { content: T } | { refusal: Refusal };

/** JSON Schema of a non-empty text. */
export const text = { type: 'string', minLength: 1 };

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/;

const ajv = new Ajv();
ajv.addFormat('date-time', (value: string) => isoTime.test(value) && !isNaN(Date.parse(value)));

/** Creates a function that reads an endpoint's body, from its JSON Schema. */
export function createReader<T>(schema: object): (body: string) => Reading<T> {
	const isValid = ajv.compile<T>(schema);
	return (body) => {
		const content = parse(body);
		if (content === undefined) return { refusal: refusals.malformedJson };
		if (isValid(content)) return { content };
		return { refusal: refusalOf(isValid.errors?.[0]) };
	};
}

function parse(body: string): unknown {
	try {
		return JSON.parse(body);
	} catch {
		return undefined;
	}
}

function refusalOf(error: ErrorObject | undefined): Refusal {
	const missing: unknown = error?.params['missingProperty'];
	if (typeof missing === 'string') return refusals.missingAttribute(missing);
	const path = error?.instancePath.split('/').slice(1) ?? [];
	const attribute = path.filter((part) => !/^\d+$/.test(part)).at(-1) ?? 'payload';
	const rule = error?.message ?? 'is not valid';
	return invalidAttribute(attribute, `${path.join('.') || attribute} ${rule}`);
}
