import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { ASK_ENGINE, parseReference, readPath } from './reference';
import { Refusal } from '../refusal';
import { written } from '../wording';
import type { Operation } from './settings';
import type { Column, Source } from './source';

/** The parameters that may differ from item to item. */
type ItemParameter = Exclude<keyof Source, 'count' | 'isBlank'>;

/** Makes the node's per-item parameters readable as plain columns. */
export function readSource(
	context: IExecuteFunctions,
	items: INodeExecutionData[],
	operation: Operation,
): Source {
	refuseUnworkedExpressions(context);
	refuseMistakenIdentifiers(context, items.length);
	const column = (name: ItemParameter) => readColumn(context, items, name);
	// n8n has no value for a parameter that the operation doesn't show.
	const onlyInUpdate = (name: ItemParameter): Column =>
		operation === 'update' ? column(name) : () => undefined;
	return {
		count: items.length,
		isBlank: (item) => Object.keys(items[item]?.json ?? {}).length === 0,
		userId: column('userId'),
		anonymousId: column('anonymousId'),
		cohortId: column('cohortId'),
		cohortName: column('cohortName'),
		cohortDescription: column('cohortDescription'),
		partner: column('partner'),
		membership: onlyInUpdate('membership'),
		changedAt: onlyInUpdate('changedAt'),
	};
}

/** The parameter's text as the user entered it; an expression starts with `=`. */
export function rawParameter(context: IExecuteFunctions, name: ItemParameter): unknown {
	return context.getNodeParameter(name, 0, undefined, { rawExpressions: true });
}

function readColumn(
	context: IExecuteFunctions,
	items: INodeExecutionData[],
	name: ItemParameter,
): Column {
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
		return value === ASK_ENGINE ? evaluate(item) : value;
	};
}

function isExpression(raw: unknown): raw is string {
	return typeof raw === 'string' && raw.startsWith('=') && raw.includes('{{');
}

/** `=text` without braces is the same text for every item: n8n stores it so when the user switches over. */
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
function refuseUnworkedExpressions(context: IExecuteFunctions): void {
	for (const name of Object.keys(LABELS) as Array<keyof typeof LABELS>) {
		const raw = rawParameter(context, name);
		if (isExpression(raw) || !String(raw).includes('{{')) continue;
		throw new Refusal(
			`'${LABELS[name]}' holds an expression, but n8n takes it for a fixed text`,
			"Choose 'Expression' instead of 'Fixed', above the field on the right.",
		);
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
		const label = LABELS[name];
		const raw = rawParameter(context, name);
		if (isExpression(raw)) {
			const ours = String.raw`\$json\.${own}\b`;
			const isJoined = new RegExp(`${ours}${NEXT_TO}\\$|${REFERENCE}${NEXT_TO}${ours}`).test(raw);
			if (!isJoined) continue;
			throw new Refusal(
				`'${label}' holds two fields next to each other`,
				`n8n adds a dragged field to the expression that is there. Empty '${label}', then drag the one field that holds the identifier into it.`,
			);
		}
		if (count < 2 || String(fixedValue(raw)).trim() === '') continue;
		throw new Refusal(
			`'${label}' is a fixed text, so all ${written(count)} items would be the same user`,
			`Drag the field that holds the identifier from the input panel into '${label}', so that it reads like {{ $json.uid }}.`,
		);
	}
}
