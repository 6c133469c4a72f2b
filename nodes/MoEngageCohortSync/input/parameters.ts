import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { FieldLabel } from '../model/problem';
import { RunError } from '../model/problem';
import type { Operation } from '../model/settings';
import type { FieldReader, ItemReader } from './itemReader';
import { INCOMPLETE_TEXT, throwUnreadable } from './itemReader';
import type { Path } from './reference';
import { NEEDS_EXPRESSION_ENGINE, readPath } from './reference';
import type { Expression, Template } from './template';
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
		if (label === 'User ID' || label === 'Anonymous ID') {
			refuseMistakenIdentifier(raw, label, items.length);
		}
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

/**
 * The identifiers that consist of a column and something else next to it: another column, or a text with a space
 * between, as n8n's editor leaves it when a column is dragged into a field that is not empty.
 */
export function joinedIdentifiers(context: IExecuteFunctions, operation: Operation): FieldLabel[] {
	const names =
		operation === 'check' ? (['userId'] as const) : (['userId', 'anonymousId'] as const);
	return names
		.filter((name) => {
			const template = parseTemplate(String(rawParameter(context, name) ?? ''));
			const isAnySpaced = template.kind === 'composed' && template.parts.some(isSpaced);
			return isAnySpaced || neighbors(template).length > 0;
		})
		.map((name) => FIELDS[name].label);
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
			return (item) => {
				let text = '';
				for (const part of template.parts) {
					const value = typeof part === 'string' ? part : read(part, item);
					if (value === undefined || value === null) return INCOMPLETE_TEXT;
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
	/[^\p{L}\p{N}](?:undefined|null)(?![\p{L}\p{N}])|^(?:undefined|null)[^\p{L}\p{N}]/u;

function refuseIncomplete(value: unknown): unknown {
	return typeof value === 'string' && HAS_NOTHING.test(value) ? INCOMPLETE_TEXT : value;
}

/** A text intended as an expression would be sent to MoEngage unchanged, as a user that doesn't exist. */
function refuseMistakenText(raw: unknown, field: FieldLabel): void {
	if (typeof raw !== 'string') return;
	const template = parseTemplate(raw);
	const reason = mistakeIn(raw, template);
	if (reason !== undefined) throw new RunError({ code: 'expression_as_text', field, reason });
}

function mistakeIn(
	raw: string,
	template: Template,
): 'fixed' | 'no_braces' | 'two_equals_signs' | undefined {
	if (raw.startsWith('==')) return 'two_equals_signs';
	if (template.kind === 'fixed' && template.text.includes('{{')) return 'fixed';
	if (/\$json\??[.[]/.test(literalText(template))) return 'no_braces';
	return undefined;
}

const REFERENCE = String.raw`\$json(?:\??\.[\w$]+|\[[^\]]*\])+`;
const NEXT_TO = String.raw`\s*(?:\}\}\s*\{\{\s*|\s)`;

/** A field dropped into the middle of another one's name, such as `$json.ui$json.account_idd`. */
const INSIDE_A_NAME = /\$json[\w.$]*[\w$]\$json\b/;

const OWN_NAMES = {
	'User ID': 'uid',
	'Anonymous ID': 'anonymous_id',
};

/**
 * The same identifier for many items would make a whole audience one member. And n8n's editor inserts a dragged
 * field into the existing expression (seen on n8n 1.123 and 2.41), so each identifier would consist of two fields
 * joined together, which MoEngage knows for no user.
 */
function refuseMistakenIdentifier(
	raw: unknown,
	field: keyof typeof OWN_NAMES,
	count: number,
): void {
	const text = String(raw ?? '');
	const template = parseTemplate(text);
	if (template.kind === 'fixed') {
		if (count < 2 || template.text.trim() === '') return;
		throw new RunError({ code: 'fixed_identifier', field, items: count });
	}
	const ours = String.raw`\$json\.${OWN_NAMES[field]}\b`;
	const isJoined = new RegExp(`${ours}${NEXT_TO}\\$|${REFERENCE}${NEXT_TO}${ours}`).test(text);
	const isTwice = neighbors(template).some(([one, other]) => one.text === other.text);
	const isNameBesideColumn = namesItsColumn(template);
	if (isJoined || isTwice || INSIDE_A_NAME.test(text) || isNameBesideColumn) {
		throw new RunError({ code: 'joined_fields', field, isNameBesideColumn });
	}
}

/** A column's name that was typed in before the column was dragged in, as in `customer_id {{ $json.customer_id }}`. */
function namesItsColumn(template: Template): boolean {
	if (template.kind !== 'composed') return false;
	const { parts } = template;
	const columns = new Set(
		parts.map((part) => (typeof part === 'object' ? part.path?.at(-1) : undefined)),
	);
	return parts.some((part) => isSpaced(part) && columns.has(part.trim()));
}

/** Whether a part is a text with white space between it and an expression. */
function isSpaced(part: string | Expression): part is string {
	return typeof part === 'string' && part.trim() !== '' && part.trim() !== part;
}

/** The pairs of expressions in a text that have nothing but white space between them. */
function neighbors(template: Template): Array<readonly [Expression, Expression]> {
	if (template.kind !== 'composed') return [];
	const solid = template.parts.filter((part) => typeof part !== 'string' || part.trim() !== '');
	return solid.flatMap((part, index) => {
		const next = solid[index + 1];
		return typeof part === 'object' && typeof next === 'object' ? [[part, next] as const] : [];
	});
}
