import type { Path } from './reference';
import { parseReference } from './reference';

/** One `{{ }}` of a parameter's text. */
export interface Expression {
	/** Including its braces, which n8n needs to evaluate it. */
	readonly text: string;
	/** Set if it only reads a field of the item. */
	readonly path: Path | undefined;
}

/** What the text of a parameter, as the editor stores it, asks n8n to do. */
export type Template =
	/** The same text for every item. */
	| { readonly kind: 'fixed'; readonly text: string }
	/** One expression and nothing else, so that its value keeps its type. */
	| { readonly kind: 'expression'; readonly expression: Expression }
	/** A sequence of texts and expressions, which n8n joins into one text. */
	| { readonly kind: 'composed'; readonly parts: ReadonlyArray<string | Expression> };

/** n8n reads `\{{` as two braces (n8n-workflow 2.40.1, expression-parser). */
const ESCAPED_BRACES = /\\(?:\{\{|\}\})/;

/**
 * Parses the text of a parameter. White space around a single expression is ignored: with it, n8n would convert the
 * value to text, an object to `[object Object]` and a large number to a different one (seen on n8n 2.40.7).
 */
export function parseTemplate(raw: string): Template {
	if (!raw.startsWith('=')) return { kind: 'fixed', text: raw };
	const text = raw.slice(1);
	if (!text.includes('{{')) return { kind: 'fixed', text };
	const parts = ESCAPED_BRACES.test(text) ? [toExpression(text)] : splitAtBraces(text);
	const solid = parts.filter((part) => typeof part !== 'string' || part.trim() !== '');
	const [only] = solid;
	if (solid.length === 1 && typeof only === 'object')
		return { kind: 'expression', expression: only };
	return { kind: 'composed', parts };
}

function splitAtBraces(text: string): Array<string | Expression> {
	return text
		.split(/(\{\{[^]*?\}\})/)
		.filter((part) => part !== '')
		.map((part) => (part.startsWith('{{') && part.endsWith('}}') ? toExpression(part) : part));
}

function toExpression(text: string): Expression {
	return { text, path: parseReference(`=${text}`) };
}

/** The text of a template outside its expressions. */
export function literalText(template: Template): string {
	switch (template.kind) {
		case 'fixed':
			return template.text;
		case 'expression':
			return '';
		case 'composed':
			return template.parts.filter((part) => typeof part === 'string').join(' ');
	}
}

/** What leads from an item's data to a field: `.name`, `['the name']`, `[0]`. */
const STEPS = String.raw`(?:\??\.[\w$]+|(?:\?\.)?\[(?:\d+|'[^']*'|"[^"]*")\])+`;

/** The data of an item of another node or of the input, such as `$('Webhook').item.json`. */
const OTHER_ITEM = String.raw`\$(?:input|\((?:'[^']*'|"[^"]*"|${'`[^`]*`'})\))\.(?:item|first\(\)|last\(\)|all\(\)\[\d+\])\.json`;

const OTHER_COLUMN = new RegExp(String.raw`^\{\{\s*${OTHER_ITEM}${STEPS}\s*\}\}$`);

/** True for a column of another node and nothing else, such as `$('Webhook').item.json.uid`. */
export function isOtherColumn({ text }: Expression): boolean {
	return OTHER_COLUMN.test(text);
}

/** A field that an expression reads, and the method that the expression calls on its value, if any. */
export interface FieldUse {
	readonly field: Expression;
	readonly method: string | undefined;
}

const FIELD = new RegExp(String.raw`(\$json|${OTHER_ITEM})(${STEPS})(\s*(?:\?\.)?\()?`, 'g');

/** The fields that an expression reads, as far as their names are in its text. */
export function fieldsIn({ text }: Expression): FieldUse[] {
	return [...text.matchAll(FIELD)].flatMap(([, item = '', steps = '', call]) => {
		const method = call === undefined ? undefined : /\??\.([\w$]+)$/.exec(steps);
		const path = steps.slice(0, method?.index);
		return path === ''
			? []
			: [{ field: toExpression(`{{ ${item}${path} }}`), method: method?.[1] }];
	});
}

/** The expressions of a template, in their order. */
export function expressionsOf(template: Template): readonly Expression[] {
	switch (template.kind) {
		case 'fixed':
			return [];
		case 'expression':
			return [template.expression];
		case 'composed':
			return template.parts.filter((part) => typeof part === 'object');
	}
}
