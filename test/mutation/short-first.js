const { statSync } = require('node:fs');
const { default: Sequencer } = require('@jest/test-sequencer');

/** Short test files first: they are the quick ones, and most mutants are dead after them. */
module.exports = class extends Sequencer {
	sort(tests) {
		const size = ({ path }) => statSync(path).size;
		return tests.toSorted((one, other) => size(one) - size(other));
	}
};
