module.exports = {
	testEnvironment: 'node',
	// Only what hangs takes so long: a busy machine may be ten times slower than a quiet one.
	testTimeout: 60_000,
	setupFiles: ['<rootDir>/test/support/setup.ts'],
	testMatch: ['<rootDir>/test/**/*.test.[jt]s'],
	modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.n8n-local/'],
	transform: {
		'\\.ts$': [
			'@swc/jest',
			{ jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
		],
	},
};
