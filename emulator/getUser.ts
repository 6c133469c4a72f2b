import { success, type Answer, type Refusal } from './answers';
import { createReader, text, type Reading } from './json';
import type { User } from './population';

export type Identifier = {
	identifier_type: 'customer_id' | 'id' | 'moengage_id';
	identifier: string;
};

/** The content of a Get User request (MoEngage Data OpenAPI text, read 2026-11-25). */
export type UserLookup = { identifiers: Identifier[]; user_fields_to_export?: string[] };

/** Whether the body is wrapped in `data`, as the OpenAPI texts have it, or flat, as two older pages show it. */
export type GetUserBody = 'data' | 'flat';

const maxIdentifiers = 20;

const lookupSchema = {
	type: 'object',
	required: ['identifiers'],
	properties: {
		identifiers: {
			type: 'array',
			minItems: 1,
			items: {
				type: 'object',
				required: ['identifier_type', 'identifier'],
				properties: {
					identifier_type: { enum: ['customer_id', 'id', 'moengage_id'] },
					identifier: text,
				},
			},
		},
		user_fields_to_export: { type: 'array', items: text },
	},
};

const readFlat = createReader<UserLookup>(lookupSchema);
const readWrapped = createReader<{ data: UserLookup }>({
	type: 'object',
	required: ['data'],
	properties: { data: lookupSchema },
});

const limitBreached: Refusal = {
	status: 400,
	type: 'LimitBreached',
	message: `max limit allowed is ${maxIdentifiers}`,
	attribute: 'users',
};

/** Reads the body of a Get User request in one of its two forms; in the other form, an attribute is missing. */
export function readUserLookup(body: string, form: GetUserBody): Reading<UserLookup> {
	const reading = form === 'flat' ? readFlat(body) : unwrap(readWrapped(body));
	if (!('content' in reading)) return reading;
	return reading.content.identifiers.length > maxIdentifiers ? { refusal: limitBreached } : reading;
}

function unwrap(reading: Reading<{ data: UserLookup }>): Reading<UserLookup> {
	return 'content' in reading ? { content: reading.content.data } : reading;
}

/** The result of a lookup. MoEngage's own IDs find nobody here, because the emulator assigns none. */
export function lookUp(
	{ identifiers }: UserLookup,
	find: (uid: string) => User | undefined,
): { users: User[]; notFound: Identifier[] } {
	const users = new Set<User>();
	const notFound: Identifier[] = [];
	for (const asked of identifiers) {
		const user = asked.identifier_type === 'customer_id' ? find(asked.identifier) : undefined;
		if (user) users.add(user);
		else notFound.push(asked);
	}
	return { users: [...users], notFound };
}

/** The response of Get User: for each user, the requested fields, or all attributes if none were requested. */
export function foundUsers(
	{ user_fields_to_export }: UserLookup,
	{ users, notFound }: ReturnType<typeof lookUp>,
): Answer {
	const isWanted = ([name]: [string, unknown]) => user_fields_to_export?.includes(name) ?? true;
	const exported = users.map(({ uid, attributes }) => ({
		user_attributes: Object.fromEntries(
			Object.entries({ ...attributes, customer_id: uid }).filter(isWanted),
		),
	}));
	return success({ type: 'export_users', data: { users: exported, users_not_found: notFound } });
}
