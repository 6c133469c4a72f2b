import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * What all layers of `npm run mutation` share. Which files are changed and which tests have to notice is
 * in test/mutation/mutation.mts.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
	testRunner: 'jest',
	plugins: ['@stryker-mutator/jest-runner', './stryker.config.mjs'],
	ignorers: ['sentences'],
	coverageAnalysis: 'perTest',
	incremental: true,
	concurrency: 1,
	// Loops without an end are noticed otherwise: this only has to be more than a busy machine takes.
	timeoutMS: 60_000,
	dryRunTimeoutMinutes: 10,
	ignorePatterns: ['/.n8n-local', '/dist', '/coverage', '/*.tgz'],
	// Outside of the project, so that no linter and no other test run comes upon the copies.
	tempDirName: join(tmpdir(), 'n8n-nodes-moengage-mutation'),
	cleanTempDir: 'always',
	allowEmpty: false,
	disableTypeChecks: false,
};

/** The wording of a sentence is no test's business; what makes one sentence out of several is. */
function isSentence({ node }) {
	if (node.type === 'StringLiteral') return isWords(node.value);
	if (node.type !== 'TemplateLiteral') return false;
	const isPlain = node.expressions.every(
		({ type }) => type === 'Identifier' || type === 'MemberExpression',
	);
	return isPlain && isWords(node.quasis.map(({ value }) => value.cooked).join('_'));
}

function isWords(text) {
	return /[A-Za-z'"]+ [a-z].*[ .]/.test(text);
}

export const strykerPlugins = [
	{
		kind: 'Ignore',
		name: 'sentences',
		value: {
			shouldIgnore: (path) => (isSentence(path) ? 'a sentence for a person' : undefined),
		},
	},
];
