// n8n's own config (eslint.config.mjs, which n8n requires word for word) covers every .ts file with the
// rules for code that runs inside n8n. The .mts files run beside n8n, so they get plain TypeScript rules.
import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * A generator function runs nothing until its generator is iterated, so `each(items, visit)` without its
 * `yield*` compiles and does nothing. Reported are a generator that nobody receives, and a generator function
 * that is passed where the caller ignores what it returns.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
const noFloatingGenerators = {
	meta: {
		type: 'problem',
		docs: { description: 'Require generators to be iterated, returned, assigned or passed on' },
		messages: {
			floating: 'This generator never runs: put yield* before the call.',
			ignored: 'The generator that this function returns never runs: its caller ignores it.',
		},
		schema: [],
	},
	create({ report, sourceCode: { parserServices: services } }) {
		const checker = services.program.getTypeChecker();
		const typesOf = (type) => (type.isUnion() ? type.types : [type]);
		const isGenerator = (type) =>
			typesOf(type).some((part) =>
				['next', 'return', 'throw'].every((name) => part.getProperty(name)),
			);
		const resultsOf = (type) =>
			typesOf(type).flatMap((part) => part.getCallSignatures().map((one) => one.getReturnType()));
		const isVoid = (type) => checker.typeToString(type) === 'void';

		return {
			CallExpression(node) {
				if (isDropped(node) && isGenerator(services.getTypeAtLocation(node))) {
					report({ node, messageId: 'floating' });
				}
			},
			'CallExpression > .arguments, NewExpression > .arguments'(node) {
				if (!resultsOf(services.getTypeAtLocation(node)).some(isGenerator)) return;
				const expected = checker.getContextualType(services.esTreeNodeToTSNodeMap.get(node));
				if (expected && resultsOf(expected).some(isVoid)) report({ node, messageId: 'ignored' });
			},
		};
	},
};

/** Whether nothing receives the value of an expression. */
function isDropped(node) {
	const { parent } = node;
	switch (parent.type) {
		case 'YieldExpression':
			return !parent.delegate;
		case 'SequenceExpression':
			return parent.expressions.at(-1) !== node || isDropped(parent);
		case 'ConditionalExpression':
			return parent.test === node || isDropped(parent);
		case 'AwaitExpression':
		case 'ChainExpression':
		case 'LogicalExpression':
		case 'TSAsExpression':
		case 'TSNonNullExpression':
		case 'TSSatisfiesExpression':
			return isDropped(parent);
		default:
			return ['ExpressionStatement', 'UnaryExpression', 'IfStatement'].includes(parent.type);
	}
}

export default tseslint.config(
	{ ignores: ['node_modules', 'dist', '.n8n-local'] },
	{
		files: ['**/*.mts'],
		extends: [eslint.configs.recommended, tseslint.configs.strict],
	},
	{
		files: ['nodes/**/*.ts'],
		plugins: { local: { rules: { 'no-floating-generators': noFloatingGenerators } } },
		languageOptions: {
			parser: tseslint.parser,
			parserOptions: { project: 'tsconfig.build.json', tsconfigRootDir: import.meta.dirname },
		},
		rules: { 'local/no-floating-generators': 'error' },
	},
);
