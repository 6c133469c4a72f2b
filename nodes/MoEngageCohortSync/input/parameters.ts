import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { RunError } from '../model/problem';
import type { Operation } from '../model/settings';
import type { FieldReader, ItemReader } from './itemReader';
import { NEEDS_EXPRESSION_ENGINE, parseReference, readPath } from './reference';

/** The parameters that may differ from item to item. */
type ItemParameter = Exclude<keyof ItemReader, 'count' | 'isBlank'>;

/**
 * Makes the node's per-item parameters readable as plain values.
 *
 * @throws RunError where a field's text can't be what the user meant
 */
export function createItemReader(
	context: IExecuteFunctions,
	items: INodeExecutionData[],
	operation: Operation,
): ItemReader {
	refuseExpressionsAsText(context);
	refuseMistakenIdentifiers(context, items.length);
	const field = (name: ItemParameter) => createFieldReader(context, items, name);
	// n8n has no value for a parameter that the operation doesn't show.
	const onlyInUpdate = (name: ItemParameter): FieldReader =>
		operation === 'update' ? field(name) : () => undefined;
	return {
		count: items.length,
		isBlank: (item) => Object.keys(items[item]?.json ?? {}).length === 0,
		userId: field('userId'),
		anonymousId: field('anonymousId'),
		cohortId: field('cohortId'),
		cohortName: field('cohortName'),
		cohortDescription: field('cohortDescription'),
		partner: field('partner'),
		membership: onlyInUpdate('membership'),
		changedAt: onlyInUpdate('changedAt'),
	};
}

/** The parameter's text as the user entered it; an expression starts with `=`. */
export function rawParameter(context: IExecuteFunctions, name: ItemParameter): unknown {
	return context.getNodeParameter(name, 0, undefined, { rawExpressions: true });
}

function createFieldReader(
	context: IExecuteFunctions,
	items: INodeExecutionData[],
	name: ItemParameter,
): FieldReader {
	const raw = rawParameter(context, name);
	if (!isExpression(raw)) {
		const fixed = fixedValue(raw);
		return () => fixed;
	}
	const evaluate = (item: number): unknown => context.getNodeParameter(name, item);
	const path = parseReference(raw);
	if (path === undefined) return evaluate;
	return (item) => {
		const value = readPath(items[item]?.json, path);
		return value === NEEDS_EXPRESSION_ENGINE ? evaluate(item) : value;
	};
}

function isExpression(raw: unknown): raw is string {
	return typeof raw === 'string' && raw.startsWith('=') && raw.includes('{{');
}

/** `=text` without braces is the same text for every item: n8n stores it so when the user switches to Expression. */
function fixedValue(raw: unknown): unknown {
	return typeof raw === 'string' && raw.startsWith('=') ? raw.slice(1) : raw;
}

/** The parameters of which a wrong text goes to MoEngage without anybody noticing. */
const LABELS = {
	userId: 'User ID',
	anonymousId: 'Anonymous ID',
	cohortId: 'Cohort ID',
	cohortName: 'Cohort Name',
} as const satisfies Partial<Record<ItemParameter, string>>;

/** Its braces would reach MoEngage as they are: a user whom nobody knows, or a segment of an odd name. */
function refuseExpressionsAsText(context: IExecuteFunctions): void {
	for (const name of Object.keys(LABELS) as Array<keyof typeof LABELS>) {
		const raw = rawParameter(context, name);
		if (isExpression(raw) || !String(raw).includes('{{')) continue;
		throw new RunError({ code: 'expression_as_text', field: LABELS[name] });
	}
}

const REFERENCE = String.raw`\$json(?:\??\.[\w$]+|\[[^\]]*\])+`;
const NEXT_TO = String.raw`\s*(?:\}\}\s*\{\{\s*|\s)`;

/**
 * The same identifier for many items would make one member of a whole audience. And n8n's editor inserts a
 * dragged field into the expression that is there (seen on n8n 1.123 and 2.40), so that each identifier
 * would be two fields written as one, of which MoEngage knows no user.
 */
function refuseMistakenIdentifiers(context: IExecuteFunctions, count: number): void {
	for (const [name, own] of [
		['userId', 'uid'],
		['anonymousId', 'anonymous_id'],
	] as const) {
		const raw = rawParameter(context, name);
		if (isExpression(raw)) {
			const ours = String.raw`\$json\.${own}\b`;
			const isJoined = new RegExp(`${ours}${NEXT_TO}\\$|${REFERENCE}${NEXT_TO}${ours}`).test(raw);
			if (isJoined) throw new RunError({ code: 'joined_fields', field: LABELS[name] });
		} else if (count > 1 && String(fixedValue(raw)).trim() !== '') {
			throw new RunError({ code: 'fixed_identifier', field: LABELS[name], items: count });
		}
	}
}
