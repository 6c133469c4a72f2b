/**
 * n8n's expression engine takes about 0.05 ms (1.x) or 0.3 ms (2.x) for one item, and reading a field a fraction of a
 * microsecond (docs/performance.md, 2026-11-28). So a plain reference such as `={{ $json.user.id }}` is read
 * directly from the item, and only other expressions are evaluated by the engine.
 */

/** The names and list positions that lead to a field, from the item's JSON downwards. */
export type Path = ReadonlyArray<string | number>;

const WHOLE = /^=\{\{\s*\$json((?:\??\.[A-Za-z_$][\w$]*|(?:\?\.)?\[[^\]]*\])+)\s*\}\}$/;
const STEP =
	/\??\.([A-Za-z_$][\w$]*)|(?:\?\.)?\[\s*(?:"([^"\\{}\n\r\u2028\u2029]*)"|'([^'\\{}\n\r\u2028\u2029]*)'|(0|[1-9]\d{0,8}))\s*\]/y;

/**
 * Names that n8n's expression sandbox refuses, everywhere or in some places (n8n-workflow 2.40.1, utils
 * `unsafeObjectProperties` and expression-sandboxing). It also mishandles the names of `Object.prototype`.
 */
const SANDBOXED = new Set(
	(
		'$ globalThis ' +
		'__proto__ prototype constructor getPrototypeOf setPrototypeOf getOwnPropertyDescriptor ' +
		'getOwnPropertyDescriptors defineProperty defineProperties mainModule binding _linkedBinding ' +
		'_load prepareStackTrace __lookupGetter__ __lookupSetter__ __defineGetter__ __defineSetter__ ' +
		'caller callee arguments getBuiltinModule dlopen execve loadEnvFile'
	).split(' '),
);

/** n8n refuses any text that contains this, even if it is only the start of a name. */
const CONSTRUCTOR = /\.\s*constructor/;

/**
 * Parses the text of a parameter as the editor stores it.
 *
 * @returns the path, or `undefined` if the text is not a plain reference
 */
export function parseReference(text: string): Path | undefined {
	const steps = WHOLE.exec(text)?.[1];
	if (steps === undefined || CONSTRUCTOR.test(text)) return undefined;
	const path: Array<string | number> = [];
	STEP.lastIndex = 0;
	while (STEP.lastIndex < steps.length) {
		const step = STEP.exec(steps);
		if (step === null) return undefined;
		const [, dotted, doubleQuoted, singleQuoted, position] = step;
		const name = dotted ?? doubleQuoted ?? singleQuoted;
		if (name !== undefined && (SANDBOXED.has(name) || name in Object.prototype)) return undefined;
		path.push(name ?? Number(position));
	}
	return path;
}

/** What `readPath` returns if only n8n's engine can evaluate the reference. */
export const NEEDS_EXPRESSION_ENGINE: unique symbol = Symbol('needs the expression engine');

/**
 * Follows a path through an item's own data. A path that doesn't exist gives `undefined`, as in n8n. Whatever is
 * not the item's own data (a text's `length`, a list's `map`, `constructor`) and everything that JSON doesn't have
 * (dates, functions) is left to the engine, which converts some of it.
 */
export function readPath(json: unknown, path: Path): unknown {
	let value = json;
	for (const step of path) {
		if (value === undefined || value === null) return undefined;
		if (!isJsonData(value)) return NEEDS_EXPRESSION_ENGINE;
		if (typeof value === 'object' && Object.hasOwn(value, step)) {
			value = Reflect.get(value, step);
		} else if (step in Object(value)) {
			return NEEDS_EXPRESSION_ENGINE;
		} else {
			return undefined;
		}
	}
	return isJsonData(value) ? value : NEEDS_EXPRESSION_ENGINE;
}

function isJsonData(value: unknown): boolean {
	if (typeof value === 'object' && value !== null) {
		return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
	}
	return typeof value !== 'function' && typeof value !== 'bigint' && typeof value !== 'symbol';
}
