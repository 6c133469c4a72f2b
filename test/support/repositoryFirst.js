const { default: Sequencer } = require('@jest/test-sequencer');

/**
 * The lane `repository` first: its short files start programs, which takes long, and without the times of earlier
 * runs jest would start them last.
 */
module.exports = class extends Sequencer {
	sort(tests) {
		const isRepository = ({ path }) => /[\\/]test[\\/]repository[\\/]/.test(path);
		return super.sort(tests).toSorted((one, other) => isRepository(other) - isRepository(one));
	}
};
