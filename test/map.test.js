const { existsSync, readdirSync } = require('node:fs');
const { join } = require('node:path');

const source = join(__dirname, '..', 'nodes', 'MoEngageCohortSync');

/** Files without a test of their own name, and the tests that would go red if they were wrong. */
const TESTED_THROUGH = {
	'MoEngageCohortSync.node.ts': ['package.test.js', 'node.test.ts'],
	'properties.ts': ['readme.test.js', 'node.test.ts'],
	'refusal.ts': ['input/settings.test.ts', 'node.test.ts'],
	'wording.ts': ['node.test.ts'],
	'clock.ts': ['node.test.ts'],
	'delivery/cohortQueue.ts': ['delivery/delivery.test.ts'],
	'delivery/fate.ts': ['delivery/delivery.test.ts', 'delivery/simulation.test.ts'],
	'delivery/requests.ts': ['delivery/delivery.test.ts', 'delivery/simulation.test.ts'],
	'delivery/tally.ts': ['delivery/delivery.test.ts'],
	'delivery/trouble.ts': ['delivery/answer.test.ts'],
	'delivery/words.ts': ['delivery/answer.test.ts'],
	'input/caller.ts': ['node.test.ts', 'mirrorNode.test.ts'],
	'input/parameters.ts': ['input/reference.test.ts', 'node.test.ts'],
	'input/source.ts': ['plan/plan.test.ts'],
	'mirror/comparison.ts': ['mirror/mirror.test.ts', 'mirror/identities.test.ts'],
	'mirror/previous.ts': ['mirrorNode.test.ts'],
	'mirror/secondInput.ts': ['mirrorNode.test.ts'],
	'mirror/workflowMemory.ts': ['mirrorNode.test.ts'],
	'plan/changes.ts': ['plan/plan.test.ts'],
	'plan/outcome.ts': ['results/results.test.ts'],
	'results/summary.ts': ['node.test.ts', 'results/results.test.ts'],
};

test('every file of the node has a test of its name, or is named here with the tests that it is tested through', () => {
	const isTested = (file) => existsSync(join(__dirname, file.replace(/\.ts$/, '.test.ts')));
	const files = readdirSync(source, { recursive: true })
		.map((file) => file.replaceAll('\\', '/'))
		.filter((file) => file.endsWith('.ts'));
	const untested = files.filter((file) => !isTested(file)).sort();
	expect(untested).toEqual(Object.keys(TESTED_THROUGH).sort());
	const missing = Object.values(TESTED_THROUGH)
		.flat()
		.filter((file) => !existsSync(join(__dirname, file)));
	expect(missing).toEqual([]);
});
