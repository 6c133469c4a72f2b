import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { ASK_ENGINE, parseReference, readPath } from './reference';
import { Refusal } from '../refusal';
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
	refuseFixedIdentifiers(context, items.length);
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

/** The same identifier for many items would make one member of a whole audience. */
function refuseFixedIdentifiers(context: IExecuteFunctions, count: number): void {
	if (count < 2) return;
	for (const [name, label] of [
		['userId', 'User ID'],
		['anonymousId', 'Anonymous ID'],
	] as const) {
		const raw = rawParameter(context, name);
		if (isExpression(raw) || String(fixedValue(raw)).trim() === '') continue;
		throw new Refusal(
			`'${label}' is a fixed text, so all ${count} items would be the same user`,
			`Drag the field that holds the identifier from the input panel into '${label}', so that it reads like {{ $json.uid }}.`,
		);
	}
}
