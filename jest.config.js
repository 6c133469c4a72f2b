module.exports = {
	testEnvironment: 'node',
	testMatch: ['<rootDir>/test/**/*.test.[jt]s'],
	modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.n8n-local/'],
	transform: {
		'\\.ts$': [
			'@swc/jest',
			{ jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
		],
	},
};
