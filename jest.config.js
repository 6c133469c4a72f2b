// The lanes, which `npx jest --selectProjects unit node` runs one by one. A test file is in exactly one of them.

/** One layer or helper of the code by itself. */
const UNIT = [
	'test/{model,input,plan,mirror,delivery,results}/**/*.test.ts',
	'test/{format,slicing}.test.ts',
];

/** The package, its pages and the settings of its tools. */
const REPOSITORY = ['test/repository/**/*.test.[jt]s', 'test/failureModes.test.[jt]s'];

/** What measures time or memory, so that npm test runs nothing beside it. */
const LOAD = ['test/{load,speed}.test.[jt]s', 'test/delivery/growth.test.ts'];

/** What takes long for what it shows, so that only CI runs it every time: `npm run test:long`. */
const LONG = ['test/repository/bench.test.js'];

const all = (patterns) => patterns.map((pattern) => `<rootDir>/${pattern}`);
const none = (patterns) => patterns.map((pattern) => `!**/${pattern}`);

const shared = {
	testEnvironment: 'node',
	testRunner: '<rootDir>/test/support/circusRunner.js',
	setupFiles: ['<rootDir>/test/support/setup.ts'],
	modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.n8n-local/'],
	transform: {
		'\\.ts$': [
			'@swc/jest',
			{ jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
		],
	},
};

const lane = (displayName, testMatch) => ({ ...shared, displayName, testMatch });

module.exports = {
	// Only what hangs takes so long: a busy machine may be ten times slower than a quiet one.
	testTimeout: 60_000,
	maxWorkers: '100%',
	projects: [
		lane('unit', [...all(UNIT), ...none(LOAD)]),
		// The whole node in n8n's engine, and every test that no other lane has.
		lane('node', [
			...all(['test/**/*.test.[jt]s']),
			...none([...UNIT, ...REPOSITORY, ...LOAD, ...LONG]),
		]),
		lane('repository', [...all(REPOSITORY), ...none(LONG)]),
		lane('load', all(LOAD)),
		lane('long', all(LONG)),
	],
};
