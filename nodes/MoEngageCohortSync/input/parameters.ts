import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { FieldLabel } from '../model/problem';
import { RunError } from '../model/problem';
import type { Operation } from '../model/settings';
import {
	checkComputed,
	hasFallback,
	isConditional,
	joinIdentifier,
	joinParts,
	listIn,
	throwIfNumberTakenForText,
} from './computedText';
import { isTool } from './errorPolicy';
import type {
	Column,
	ConstantIdentifier,
	FieldReader,
	ItemParameter,
	ItemReader,
} from './itemReader';
import { throwUnreadable } from './itemReader';
import { additionToColumn, isSameForAllItems, missingExpression } from './mistakes';
import type { Path } from './reference';
import { NEEDS_EXPRESSION_ENGINE, readPath } from './reference';
import type { Expression, Template } from './template';
import { expressionsOf, fieldsIn, isOtherColumn, literalText, parseTemplate } from './template';

/** How a parameter is read. */
interface FieldDefinition {
	readonly label: FieldLabel;
	/** It is in the 'Options' collection; this is its value if the option was not added. */
	readonly optionDefault?: unknown;
	/** n8n has no value for a parameter that the operation doesn't show. */
	readonly onlyInUpdate?: true;
	/** The only field of Check Users. */
	readonly alsoInCheck?: true;
	/** A text with a missing part would be the same user or cohort for many items, or say something else. */
	readonly refusesMissingParts?: true;
}

const FIELDS: Record<ItemParameter, FieldDefinition> = {
	userId: { label: 'User ID', refusesMissingParts: true, alsoInCheck: true },
	anonymousId: { label: 'Anonymous ID', refusesMissingParts: true },
	cohortId: { label: 'Cohort ID', refusesMissingParts: true },
	cohortName: { label: 'Cohort Name', refusesMissingParts: true },
	cohortDescription: { label: 'Cohort Description', optionDefault: '' },
	partner: { label: 'Partner', optionDefault: 'n8n' },
	membership: { label: 'Is Member', onlyInUpdate: true, refusesMissingParts: true },
	changedAt: {
		label: 'Changed At',
		onlyInUpdate: true,
		refusesMissingParts: true,
	},
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
	// A user may be added to the cohort of each item.
	const isCohortFixed =
		operation === 'check' || isOneCohort(templateOf(context, 'cohortId'), operation);
	let constantIdentifier: ConstantIdentifier | undefined;
	const field = (name: ItemParameter): FieldReader => {
		const { label, onlyInUpdate = false, alsoInCheck = false } = FIELDS[name];
		if (onlyInUpdate && operation !== 'update') return () => undefined;
		if (operation === 'check' && !alsoInCheck) return () => undefined;
		const raw = rawParameter(context, name);
		refuseMistakenText(raw, label);
		if (isIdentifier(name)) {
			const constant = constantIn(raw, name);
			if (constant !== undefined && isCohortFixed && items.length > 1) {
				throw new RunError({ code: 'fixed_identifier', ...constant, items: items.length });
			}
			constantIdentifier ??= constant;
			refuseMistakenIdentifier(raw, name, items);
		}
		const read = createFieldReader(context, items, name, raw);
		const isOfAgent = isTool(context) && isIdentifier(name);
		return (item) => {
			try {
				const value = read(item);
				return isOfAgent ? asListIfSeveral(value) : value;
			} catch (error) {
				return throwUnreadable(label, error);
			}
		};
	};
	const fields = {
		userId: field('userId'),
		anonymousId: field('anonymousId'),
		cohortId: field('cohortId'),
		cohortName: field('cohortName'),
		cohortDescription: field('cohortDescription'),
		partner: field('partner'),
		membership: field('membership'),
		changedAt: field('changedAt'),
	};
	const isUpdate = operation === 'update';
	return {
		...fields,
		count: items.length,
		blankInput: blankInput(items),
		constantIdentifier,
		membershipColumns: isUpdate ? columnsOf(templateOf(context, 'membership'), items) : [],
		isUserIdSet: isFilledIn(context, 'userId'),
		isChangedAtSet: isUpdate && isFilledIn(context, 'changedAt'),
	};
}

/** In Update Membership, the items may be one user's changes in one cohort; if that is fixed, it is a mistake. */
function isOneCohort(cohortId: Template, operation: Operation): boolean {
	return operation === 'update' ? cohortId.kind === 'fixed' : isSameForAllItems(cohortId);
}

function isIdentifier(name: ItemParameter): name is keyof typeof EXAMPLE_COLUMNS {
	return name === 'userId' || name === 'anonymousId';
}

/** An AI agent may pass several IDs as one text, such as `4711, 4712`; that is a list as much as `["4711"]`. */
function asListIfSeveral(value: unknown): unknown {
	if (typeof value !== 'string') return value;
	const entries = value.split(/[,;\n]/).filter((entry) => entry.trim() !== '');
	return entries.length > 1 ? JSON.stringify(entries) : value;
}

function blankInput(items: readonly INodeExecutionData[]): ItemReader['blankInput'] {
	const [first] = items;
	if (first === undefined || items.length > 1 || Object.keys(first.json).length > 0) {
		return undefined;
	}
	return Object.keys(first.binary ?? {}).length > 0 ? 'file' : 'nothing';
}

/** The columns that a template refers to. An expression with a fallback needs only one of its columns. */
function columnsOf(template: Template, items: readonly INodeExecutionData[]): Column[] {
	const columns = new Map<string, Column>();
	for (const expression of expressionsOf(template)) {
		const paths = fieldsIn(expression).flatMap(({ field: { path } }) => (path ? [path] : []));
		for (const path of paths) {
			const enough = hasFallback(expression.text) ? paths : [path];
			const name = path.join('.');
			const isIn = (item: number) =>
				enough.some((other) => readPath(items[item]?.json, other) !== undefined);
			columns.set(name, { name, isIn });
		}
	}
	return [...columns.values()];
}

function templateOf(context: IExecuteFunctions, name: ItemParameter): Template {
	return parseTemplate(String(rawParameter(context, name) ?? ''));
}

function isFilledIn(context: IExecuteFunctions, name: ItemParameter): boolean {
	const template = templateOf(context, name);
	return template.kind !== 'fixed' || template.text.trim() !== '';
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
	// Check Users has no Anonymous ID.
	const isCheck = operation === 'check';
	if (!isFilledIn(context, 'userId') && (isCheck || !isFilledIn(context, 'anonymousId'))) {
		throw new RunError({ code: 'identifiers_not_set', isCheck });
	}
}

/** The identifiers that consist of a column and something else, which may be intended. */
export function joinedIdentifiers(context: IExecuteFunctions, operation: Operation): FieldLabel[] {
	const names =
		operation === 'check' ? (['userId'] as const) : (['userId', 'anonymousId'] as const);
	const isJoined = (name: (typeof names)[number]) => {
		return (
			additionToColumn(templateOf(context, name), EXAMPLE_COLUMNS[name]) === 'perhaps_intended'
		);
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
	const { refusesMissingParts = false } = FIELDS[name];
	const ofIdentifier = isIdentifier(name);
	const parameter = 'optionDefault' in FIELDS[name] ? `options.${name}` : name;
	const evaluateWhole = (item: number): unknown => context.getNodeParameter(parameter, item);
	const read = ({ text, path }: Expression, item: number): unknown => {
		const value = path === undefined ? NEEDS_EXPRESSION_ENGINE : readPath(items[item]?.json, path);
		if (value !== NEEDS_EXPRESSION_ENGINE) return value;
		return raw === `=${text}` ? evaluateWhole(item) : context.evaluateExpression(text, item);
	};
	/** Reads what may be a text that was computed from other fields, of which some may be missing. */
	const checked = (expression: Expression): FieldReader => {
		const isComputed =
			refusesMissingParts && expression.path === undefined && !isOtherColumn(expression);
		if (!isComputed) return (item) => read(expression, item);
		const uses = isConditional(expression) ? [] : fieldsIn(expression);
		return (item) => {
			const value = read(expression, item);
			if (value !== undefined && typeof value !== 'string') return value;
			const fields = uses.map((use) => ({ ...use, value: read(use.field, item) }));
			if (value === undefined) {
				throwIfNumberTakenForText(fields);
				return undefined;
			}
			const list = ofIdentifier ? listIn(value, fields) : undefined;
			// That a field is missing may be what decides who is a member.
			const needed = name === 'membership' ? [] : fields;
			return list ?? checkComputed(value, items[item]?.json, needed);
		};
	};
	switch (template.kind) {
		case 'fixed':
			return () => template.text;
		case 'expression':
			return checked(template.expression);
		case 'composed': {
			if (!refusesMissingParts) return evaluateWhole;
			const { parts } = template;
			const readers = parts.map((part) => (typeof part === 'string' ? () => part : checked(part)));
			return (item) => {
				const values = readers.map((reader) => reader(item));
				const joined = ofIdentifier ? joinIdentifier(parts, values) : joinParts(parts, values);
				// n8n evaluates or refuses braces that are not closed, or only by one.
				const isLeftToN8n =
					joined === NEEDS_EXPRESSION_ENGINE ||
					(typeof joined === 'string' && literalText(template).includes('{{'));
				if (!isLeftToN8n) return joined;
				const whole = evaluateWhole(item);
				return typeof whole === 'string' ? checkComputed(whole, items[item]?.json, []) : whole;
			};
		}
	}
}

/** A text intended as an expression would be sent to MoEngage unchanged, as a user that doesn't exist. */
function refuseMistakenText(raw: unknown, field: FieldLabel): void {
	if (typeof raw !== 'string') return;
	const reason = missingExpression(raw, parseTemplate(raw));
	if (reason !== undefined) throw new RunError({ code: 'expression_as_text', field, reason });
}

/** An identifier that is the same for all items, which would make a whole audience one member. */
function constantIn(raw: unknown, name: ItemParameter): ConstantIdentifier | undefined {
	const field = FIELDS[name].label;
	const template = parseTemplate(String(raw ?? ''));
	const isFixed = template.kind === 'fixed';
	if (isFixed && template.text.trim() === '') return undefined;
	return isSameForAllItems(template) ? { field, isFixed } : undefined;
}

/** @throws RunError if a field contains a column's name, or something beside the column */
function refuseMistakenIdentifier(
	raw: unknown,
	name: keyof typeof EXAMPLE_COLUMNS,
	items: readonly INodeExecutionData[],
): void {
	const field = FIELDS[name].label;
	const template = parseTemplate(String(raw ?? ''));
	const text = template.kind === 'fixed' ? template.text.trim() : undefined;
	if (text === '') return;
	if (text !== undefined && Object.hasOwn(items[0]?.json ?? {}, text)) {
		throw new RunError({ code: 'expression_as_text', field, reason: 'column_name' });
	}
	const addition = additionToColumn(template, EXAMPLE_COLUMNS[name]);
	if (addition === 'column' || addition === 'own_name') {
		const isNameBesideColumn = addition === 'own_name';
		throw new RunError({ code: 'joined_fields', field, isNameBesideColumn });
	}
}

/** The columns of the fields' placeholders, which the examples use. */
const EXAMPLE_COLUMNS = { userId: 'uid', anonymousId: 'anonymous_id' };
