import type { Expression, Template } from './template';
import { expressionsOf, literalText } from './template';

/** Why a text that was meant as an expression is none. */
export type MissingExpression =
	| 'fixed'
	| 'no_braces'
	| 'reference_without_braces'
	| 'two_equals_signs';

/** @param raw the parameter's text as the editor stores it, of which `template` was parsed */
export function missingExpression(raw: string, template: Template): MissingExpression | undefined {
	if (raw.startsWith('==')) return 'two_equals_signs';
	if (template.kind === 'fixed' && template.text.includes('{{')) return 'fixed';
	const text = literalText(template);
	if (/\$json\??[.[]/.test(text)) return 'no_braces';
	return OTHER_REFERENCE.test(text) ? 'reference_without_braces' : undefined;
}

/** To the input, to another node, to a variable or to an AI agent, as in `$('Webhook').item.json.uid`. */
const OTHER_REFERENCE =
	/\$(?:(?:binary|env|execution|input|items?|node|now|parameter|prevNode|secrets|today|vars|workflow)\b\s*\??[.[(]|fromAI\s*\(|\(\s*['"`])/;

/** True for a text that is the same for every item: a fixed one, or one such as `{{ $('Webhook').first().json.uid }}`. */
export function isSameForAllItems(template: Template): boolean {
	const texts = expressionsOf(template).map(({ text }) => text);
	return !texts.some((text) => MAY_DIFFER.test(text));
}

const MAY_DIFFER =
	/\$(?:json|binary|node|item|itemIndex|position|thisItem|thisItemIndex|data|parameter|fromAI|evaluateExpression|now|today|uuid)\b|\.item\b|\[['"`]item|itemMatching|pairedItem|random|\bDate/i;

/** What an identifier consists of beside a column. */
export type Addition =
	/** Another column, where nobody would join the two on purpose. */
	| 'column'
	/** The column's name, typed in before the column was dragged in. */
	| 'own_name'
	/** Another column or a text, which may be intended. */
	| 'perhaps_intended';

/**
 * Finds what is left in the field of an identifier when a column is dragged into it: n8n's editor adds the column to
 * what the field contains, also within an expression (seen on n8n 1.123 and 2.41). MoEngage knows no user by the
 * two joined together.
 *
 * @param exampleColumn what the field refers to in the examples: next to it, another column is never intended
 */
export function additionToColumn(template: Template, exampleColumn: string): Addition | undefined {
	const expressions = expressionsOf(template);
	if (expressions.some(({ text }) => IN_AN_EXPRESSION.test(text))) return 'column';
	if (template.kind !== 'composed') return undefined;

	const texts = template.parts.filter(isSpacedText).map((text) => text.trim());
	const names = new Set(expressions.map(({ path }) => path?.at(-1)));
	if (texts.some((text) => names.has(text))) return 'own_name';

	const pairs = neighbors(template.parts);
	const example = String.raw`\$json\.${exampleColumn}\b`;
	const beside = new RegExp(`${example}${BRACES}\\$|${COLUMN}${BRACES}${example}`);
	const isMistake = pairs.some(
		([one, other]) => one.text === other.text || beside.test(one.text + other.text),
	);
	if (isMistake) return 'column';
	return texts.length > 0 || pairs.length > 0 ? 'perhaps_intended' : undefined;
}

/** A column right after another one, such as `$json.uid $json.id`, or within its name: `$json.ui$json.idd`. */
const IN_AN_EXPRESSION = /\$json(?:\??\.[\w$]+|\[[^\]]*\])*(?:\s+\$|\$(?:json\b|\())/;

/** A column of this item or of an earlier node's. */
const COLUMN = String.raw`(?:\$|\.item\.)json(?:\??\.[\w$]+|\[[^\]]*\])+`;

/** The end of one expression and the start of the next. */
const BRACES = String.raw`\s*\}\}\{\{\s*`;

/** A text with white space between it and an expression. */
function isSpacedText(part: string | Expression): part is string {
	return typeof part === 'string' && part.trim() !== '' && part.trim() !== part;
}

/** The pairs of expressions that have nothing but white space between them. */
function neighbors(
	parts: ReadonlyArray<string | Expression>,
): Array<readonly [Expression, Expression]> {
	const solid = parts.filter((part) => typeof part !== 'string' || part.trim() !== '');
	return solid.flatMap((part, index) => {
		const next = solid[index + 1];
		return typeof part === 'object' && typeof next === 'object' ? [[part, next] as const] : [];
	});
}
