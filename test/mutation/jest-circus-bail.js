const { createEmptyTestResult } = require('@jest/test-result');
const { default: runTests } = require('jest-circus/runner');

/** The mutant that a test has noticed already. */
let dead;

/**
 * Jest's own runner of one test file, but for what is left once a mutant is dead: that is skipped. Stryker
 * tries one mutant after the other in a process, and has no bail for Jest.
 */
module.exports = async (globalConfig, config, environment, runtime, testPath, sendMessage) => {
	const mutant = process.env.__STRYKER_ACTIVE_MUTANT__;
	if (mutant !== undefined && mutant === dead) return skipped(testPath);
	const handle = environment.handleTestEvent;
	environment.handleTestEvent = async (event, state) => {
		await handle?.call(environment, event, state);
		if (event.name === 'test_fn_failure') dead = mutant;
		if (event.name !== 'test_start') return;
		if (mutant !== undefined && mutant === dead) event.test.mode = 'skip';
	};
	return await runTests(globalConfig, config, environment, runtime, testPath, sendMessage);
};

/** One pending test, since Jest takes a file without any for a mistake. */
function skipped(testFilePath) {
	const test = { ancestorTitles: [], failureMessages: [], failureDetails: [], status: 'pending' };
	return {
		...createEmptyTestResult(),
		testFilePath,
		numPendingTests: 1,
		testResults: [{ ...test, title: 'skipped', fullName: 'skipped', numPassingAsserts: 0 }],
	};
}
