const { createEmptyTestResult } = require('@jest/test-result');
const runTests = require('../support/circusRunner.js');

/** The mutant that a test has noticed already. */
let dead;

/** The full names of the tests in a file, by its path; of files that have run once. */
const namesIn = new Map();

/**
 * Jest's own runner of one test file, but for two things that it skips: what is left once a mutant is dead, and
 * files without a test that reaches the mutant. Stryker tries one mutant after the other in a process, has no bail
 * for Jest, and selects tests by name only, for which Jest loads every file.
 */
module.exports = async (globalConfig, config, environment, runtime, testPath, sendMessage) => {
	const mutant = process.env.__STRYKER_ACTIVE_MUTANT__;
	if (mutant !== undefined && (mutant === dead || !reaches(globalConfig, testPath)))
		return skipped(testPath);
	const handle = environment.handleTestEvent;
	environment.handleTestEvent = async (event, state) => {
		await handle?.call(environment, event, state);
		if (event.name === 'test_fn_failure') dead = mutant;
		if (event.name !== 'test_start') return;
		if (mutant !== undefined && mutant === dead) event.test.mode = 'skip';
	};
	const result = await runTests(globalConfig, config, environment, runtime, testPath, sendMessage);
	if (mutant === undefined)
		namesIn.set(
			testPath,
			result.testResults.map(({ fullName }) => fullName),
		);
	return result;
};

function reaches({ testNamePattern }, testPath) {
	const names = namesIn.get(testPath);
	if (names === undefined || !testNamePattern) return true;
	const pattern = new RegExp(testNamePattern, 'i');
	return names.some((name) => pattern.test(name));
}

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
