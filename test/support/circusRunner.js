const { AsyncLocalStorage } = require('node:async_hooks');
const { default: runTests } = require('jest-circus/runner');

/** What was used since the last test file. */
const used = new Set();

for (const method of ['run', 'enterWith']) {
	const original = AsyncLocalStorage.prototype[method];
	AsyncLocalStorage.prototype[method] = function (...args) {
		used.add(this);
		return original.apply(this, args);
	};
}

/**
 * Jest's own runner of one test file. Jest 30 makes an AsyncLocalStorage for each file and keeps it enabled; in
 * Node.js 20, each of them makes every later promise of the process slower.
 */
module.exports = async (...args) => {
	try {
		return await runTests(...args);
	} finally {
		for (const storage of used) storage.disable();
		used.clear();
	}
};
