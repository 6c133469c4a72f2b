module.exports = {
	useTabs: true,
	singleQuote: true,
	trailingComma: 'all',
	printWidth: 100,
	endOfLine: 'lf',
	// Keeps wide tables unpadded, so that a longer cell changes one line instead of all.
	overrides: [{ files: 'README.md', options: { proseWrap: 'never' } }],
};
