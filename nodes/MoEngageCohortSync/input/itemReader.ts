import type { FieldLabel, ItemProblem } from '../model/problem';

/** Returns the value of one parameter for an item. Throws an `UnreadableFieldError` if n8n can't evaluate it. */
export type FieldReader = (item: number) => unknown;

/** An expression calls a method of texts on a number. */
export class NotTextError extends Error {
	constructor(
		readonly column: string,
		readonly method: string,
	) {
		super();
		this.name = 'NotTextError';
	}
}

/** n8n could not evaluate the expression of a field. The message is n8n's. */
class UnreadableFieldError extends Error {
	constructor(
		readonly field: FieldLabel,
		override readonly cause: unknown,
	) {
		super(cause instanceof Error ? cause.message : String(cause));
		this.name = 'UnreadableFieldError';
	}
}

/** n8n's lint rules allow a `catch` block to throw its own errors only. */
export function throwUnreadable(field: FieldLabel, cause: unknown): never {
	throw new UnreadableFieldError(field, cause);
}

/** Converts what a field reader threw to a problem of the item. */
export function unreadable(error: unknown): ItemProblem {
	const message = error instanceof Error ? error.message : String(error);
	if (!(error instanceof UnreadableFieldError)) return { code: 'expression_failed', message };
	const { field, cause } = error;
	if (cause instanceof NotTextError) {
		return { code: 'not_text', field, column: cause.column, method: cause.method };
	}
	return { code: 'expression_failed', message, field };
}

/**
 * The value of a field if a part of its text is missing, such as `user-{{ $json.id }}` for an item without `id`.
 * n8n omits the part, so all these items would be the same user or cohort.
 */
export const INCOMPLETE_TEXT: unique symbol = Symbol('a text of which a part is missing');

/** The same if it lacks all of its parts, such as `user-{{ $json.id }}`. */
export const ALL_PARTS_MISSING: unique symbol = Symbol('a text of which all parts are missing');

/** A column that an expression refers to. */
export interface Column {
	readonly name: string;
	/** True for an item that has it, or another one in its place. */
	readonly isIn: (item: number) => boolean;
}

/** An identifier that is the same for all items. */
export interface ConstantIdentifier {
	readonly field: FieldLabel;
	/** It is a text, and no expression. */
	readonly isFixed: boolean;
}

/** The node's input as plain values. */
export interface ItemReader {
	/** Number of input items. */
	readonly count: number;
	/**
	 * Set if there is a single item without any field: the one that n8n adds if a source returns nothing and 'Always
	 * Output Data' is on, or a file that was not read.
	 */
	readonly blankInput: 'nothing' | 'file' | undefined;
	readonly userId: FieldReader;
	readonly anonymousId: FieldReader;
	readonly cohortId: FieldReader;
	readonly cohortName: FieldReader;
	readonly cohortDescription: FieldReader;
	readonly partner: FieldReader;
	/** Update Membership: whether the user is in the cohort. */
	readonly membership: FieldReader;
	/** Update Membership: when that changed. */
	readonly changedAt: FieldReader;
	/** The identifier that is the same for all items, if 'Cohort ID' may differ from item to item. */
	readonly constantIdentifier: ConstantIdentifier | undefined;
	/** The columns that 'Is Member' refers to. */
	readonly membershipColumns: readonly Column[];
	/** Whether 'User ID' is filled in. */
	readonly isUserIdSet: boolean;
	/** Whether 'Changed At' is filled in. */
	readonly isChangedAtSet: boolean;
}

/** The parameters that may differ from item to item. */
export type ItemParameter = {
	[Name in keyof ItemReader]: ItemReader[Name] extends FieldReader ? Name : never;
}[keyof ItemReader];
