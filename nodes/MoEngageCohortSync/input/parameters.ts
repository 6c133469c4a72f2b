import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { FieldLabel } from '../model/problem';
import { RunError } from '../model/problem';
import type { Operation } from '../model/settings';
import type { FieldReader, ItemReader } from './itemReader';
import { INCOMPLETE_TEXT, throwUnreadable } from './itemReader';
import { additionToColumn, missingExpression } from './mistakes';
import type { Path } from './reference';
import { NEEDS_EXPRESSION_ENGINE, readPath } from './reference';
import type { Expression } from './template';
import { literalText, parseTemplate } from './template';

/** The parameters that may differ from item to item. */
type ItemParameter = {
	[Name in keyof ItemReader]: ItemReader[Name] extends FieldReader ? Name : never;
}[Exclude<keyof ItemReader, 'isBlank'>];

/** How a parameter is read. */
interface FieldDefinition {
	readonly label: FieldLabel;
	/** It is in the 'Options' collection; this is its value if the option was not added. */
	readonly optionDefault?: unknown;
	/** n8n has no value for a parameter that the operation doesn't show. */
	readonly onlyInUpdate?: true;
	/** The only field of Check Users. */
	readonly alsoInCheck?: true;
	/** It identifies a user or a cohort: a text with a missing part would be the same for many items. */
	readonly isName?: true;
}

const FIELDS: Record<ItemParameter, FieldDefinition> = {
	userId: { label: 'User ID', isName: true, alsoInCheck: true },
	anonymousId: { label: 'Anonymous ID', isName: true },
	cohortId: { label: 'Cohort ID', isName: true },
	cohortName: { label: 'Cohort Name', isName: true },
	cohortDescription: { label: 'Cohort Description', optionDefault: '' },
	partner: { label: 'Partner', optionDefault: 'n8n' },
	membership: { label: 'Is Member', onlyInUpdate: true },
	changedAt: { label: 'Changed At', onlyInUpdate: true },
};

/**
 * Makes the node's per-item parameters readable as plain values.
 *
 * @throws RunError if a field's text can't be what the user intended
 */
export function createItemReader(
	context: IExecuteFunctions,
	items: INodeExecutionData[],
	operation: Operation,
): ItemReader {
	const field = (name: ItemParameter): FieldReader => {
		const { label, onlyInUpdate = false, alsoInCheck = false } = FIELDS[name];
		if (onlyInUpdate && operation !== 'update') return () => undefined;
		if (operation === 'check' && !alsoInCheck) return () => undefined;
		const raw = rawParameter(context, name);
		refuseMistakenText(raw, label);
		if (name === 'userId' || name === 'anonymousId')
			refuseMistakenIdentifier(raw, name, items.length);
		const read = createFieldReader(context, items, name, raw);
		return (item) => {
			try {
				return read(item);
			} catch (error) {
				return throwUnreadable(label, error);
			}
		};
	};
	return {
		count: items.length,
		isBlank: (item) => Object.keys(items[item]?.json ?? {}).length === 0,
		userId: field('userId'),
		anonymousId: field('anonymousId'),
		cohortId: field('cohortId'),
		cohortName: field('cohortName'),
		cohortDescription: field('cohortDescription'),
		partner: field('partner'),
		membership: field('membership'),
		changedAt: field('changedAt'),
		hasChangedAt:
			operation === 'update' && String(rawParameter(context, 'changedAt') ?? '').trim() !== '',
	};
}

/** The parameter as the user entered it; the text of an expression starts with `=`. */
function rawParameter(context: IExecuteFunctions, name: ItemParameter): unknown {
	if (!('optionDefault' in FIELDS[name])) {
		return context.getNodeParameter(name, 0, undefined, { rawExpressions: true });
	}
	const options = context.getNodeParameter('options', 0, undefined, { rawExpressions: true });
	const isAdded = typeof options === 'object' && options !== null && name in options;
	return isAdded ? Reflect.get(options, name) : FIELDS[name].optionDefault;
}

/** The path of the item's field, if a parameter is a plain reference to one. */
export function referenceOf(context: IExecuteFunctions, name: ItemParameter): Path | undefined {
	const raw = rawParameter(context, name);
	const template = typeof raw === 'string' ? parseTemplate(raw) : undefined;
	return template?.kind === 'expression' ? template.expression.path : undefined;
}

/** @throws RunError if neither 'User ID' nor 'Anonymous ID' is filled in */
export function refuseEmptyIdentifiers(context: IExecuteFunctions, operation: Operation): void {
	const isEmpty = (name: ItemParameter) => {
		const template = parseTemplate(String(rawParameter(context, name) ?? ''));
		return template.kind === 'fixed' && template.text.trim() === '';
	};
	// Check Users has no Anonymous ID.
	const isCheck = operation === 'check';
	if (isEmpty('userId') && (isCheck || isEmpty('anonymousId'))) {
		throw new RunError({ code: 'identifiers_not_set', isCheck });
	}
}

/** The identifiers that consist of a column and something else, which may be intended. */
export function joinedIdentifiers(context: IExecuteFunctions, operation: Operation): FieldLabel[] {
	const names =
		operation === 'check' ? (['userId'] as const) : (['userId', 'anonymousId'] as const);
	const isJoined = (name: (typeof names)[number]) => {
		const template = parseTemplate(String(rawParameter(context, name) ?? ''));
		return additionToColumn(template, EXAMPLE_COLUMNS[name]) === 'perhaps_intended';
	};
	return names.filter(isJoined).map((name) => FIELDS[name].label);
}

function createFieldReader(
	context: IExecuteFunctions,
	items: INodeExecutionData[],
	name: ItemParameter,
	raw: unknown,
): FieldReader {
	if (typeof raw !== 'string') return () => raw;
	const template = parseTemplate(raw);
	const { isName = false } = FIELDS[name];
	const parameter = 'optionDefault' in FIELDS[name] ? `options.${name}` : name;
	const evaluateWhole = (item: number): unknown => context.getNodeParameter(parameter, item);
	const read = ({ text, path }: Expression, item: number): unknown => {
		const value = path === undefined ? NEEDS_EXPRESSION_ENGINE : readPath(items[item]?.json, path);
		if (value !== NEEDS_EXPRESSION_ENGINE) return value;
		return raw === `=${text}` ? evaluateWhole(item) : context.evaluateExpression(text, item);
	};
	switch (template.kind) {
		case 'fixed':
			return () => template.text;
		case 'expression': {
			const { expression } = template;
			const isComputed = isName && expression.path === undefined;
			return isComputed
				? (item) => refuseIncomplete(read(expression, item))
				: (item) => read(expression, item);
		}
		case 'composed':
			if (!isName) return evaluateWhole;
			// Braces that are not closed, or only by one: n8n evaluates or refuses them.
			if (literalText(template).includes('{{'))
				return (item) => refuseIncomplete(evaluateWhole(item));
			return (item) => {
				let text = '';
				for (const part of template.parts) {
					const value = typeof part === 'string' ? part : read(part, item);
					if (value === undefined || value === null || Number.isNaN(value)) return INCOMPLETE_TEXT;
					// The number itself, so that it is refused: JavaScript has rounded it.
					if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) return value;
					// n8n converts all other types to text in its own way.
					if (!isPlainScalar(value)) return refuseIncomplete(evaluateWhole(item));
					text += String(value);
				}
				return refuseIncomplete(text);
			};
	}
}

function isPlainScalar(value: unknown): value is string | number | boolean {
	return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

/** For example, what `'user-' + $json.id` or `$json.id + '-eu'` returns for an item without `id`. */
const HAS_NOTHING =
	/[^\p{L}\p{N}](?:undefined|null|NaN)(?![\p{L}\p{N}])|^(?:undefined|null|NaN)[^\p{L}\p{N}]/u;

function refuseIncomplete(value: unknown): unknown {
	return typeof value === 'string' && HAS_NOTHING.test(value) ? INCOMPLETE_TEXT : value;
}

/** A text intended as an expression would be sent to MoEngage unchanged, as a user that doesn't exist. */
function refuseMistakenText(raw: unknown, field: FieldLabel): void {
	if (typeof raw !== 'string') return;
	const reason = missingExpression(raw, parseTemplate(raw));
	if (reason !== undefined) throw new RunError({ code: 'expression_as_text', field, reason });
}

/** The same identifier for many items would make a whole audience one member. */
function refuseMistakenIdentifier(
	raw: unknown,
	name: keyof typeof EXAMPLE_COLUMNS,
	count: number,
): void {
	const field = FIELDS[name].label;
	const template = parseTemplate(String(raw ?? ''));
	if (template.kind === 'fixed') {
		if (count < 2 || template.text.trim() === '') return;
		throw new RunError({ code: 'fixed_identifier', field, items: count });
	}
	const addition = additionToColumn(template, EXAMPLE_COLUMNS[name]);
	if (addition === 'column' || addition === 'own_name') {
		const isNameBesideColumn = addition === 'own_name';
		throw new RunError({ code: 'joined_fields', field, isNameBesideColumn });
	}
}

/** The columns of the fields' placeholders, which the examples use. */
const EXAMPLE_COLUMNS = { userId: 'uid', anonymousId: 'anonymous_id' };
