const { readPage } = require('./pages');

const page = readPage('docs/failure-modes.md');

const TEST_LINK = /\[\w+\]\(\.\.\/(test\/[\w/.]+)\) /;

const cellsOf = (line) =>
	line
		.split('|')
		.slice(1, -1)
		.map((cell) => cell.trim());

const namedTest = (text) => {
	const [, file, name] = new RegExp(`^${TEST_LINK.source}(.+)$`).exec(text) ?? [];
	return { file, name };
};

const rows = page
	.split('\n')
	.filter((line) => line.startsWith('| ') && !/^\| (What went wrong|-)/.test(line))
	.map((line) => {
		const cells = cellsOf(line);
		return { problem: cells[0], sentence: cells[1], test: namedTest(cells.at(-1)) };
	});

const testsInProse = [...page.matchAll(new RegExp(`\\((${TEST_LINK.source}[^()]+)\\)`, 'g'))].map(
	([, text]) => namedTest(text),
);

/** With quotes as a reader sees them. */
const sourceOf = (file) => readPage(file).replace(/\\(['"`])/g, '$1');

module.exports = { rows, testsInProse, sourceOf };
