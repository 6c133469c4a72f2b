import { createReader, type Reading } from './json';
import type { Attributes, KnownUser } from './population';

/** The body of a bulk import (MoEngage Bulk Import page, read 2026-11-25). Elements can be events and devices too. */
export type UserImport = { type: 'transition'; elements: unknown[] };

/** Largest body of a bulk import: 100 KB (MoEngage Bulk Import page, read 2026-11-25). */
export const maxImportBytes = 102_400;

const read = createReader<UserImport>({
	type: 'object',
	required: ['type', 'elements'],
	properties: { type: { const: 'transition' }, elements: { type: 'array' } },
});

/** Reads the body of a bulk import. Invalid elements are ignored, and the response doesn't mention them. */
export function readUserImport(body: string): Reading<UserImport> {
	return read(body);
}

/**
 * The users that an import creates or updates. Cohort Sync's `anonymous_id` is compared with the attribute
 * `moe_anonymous_id` (Amplitude's guide to MoEngage, read 2026-11-25).
 */
export function importedUsers({ elements }: UserImport): KnownUser[] {
	return elements.filter(isCustomer).map(({ customer_id, attributes = {} }) => {
		const anonymousId = attributes['moe_anonymous_id'];
		return {
			uid: customer_id,
			attributes,
			...(typeof anonymousId === 'string' ? { anonymous_id: anonymousId } : {}),
		};
	});
}

type Customer = { type: 'customer'; customer_id: string; attributes?: Attributes };

function isCustomer(element: unknown): element is Customer {
	const { type, customer_id, attributes = {} }: Record<string, unknown> = Object(element);
	return type === 'customer' && typeof customer_id === 'string' && attributes instanceof Object;
}
