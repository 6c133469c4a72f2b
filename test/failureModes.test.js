// Plain JavaScript, since n8n's lint rules let no TypeScript file read another file.
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');
const page = readFileSync(join(root, 'docs', 'failure-modes.md'), 'utf8');

/** The text of a source file, with quotes as a reader sees them. */
const textOf = (file) => readFileSync(file, 'utf8').replace(/\\(['"`])/g, '$1');

const sourceLines = ['nodes', 'credentials']
	.flatMap((folder) =>
		readdirSync(join(root, folder), { recursive: true }).map((name) => join(root, folder, name)),
	)
	.filter((file) => file.endsWith('.ts'))
	.flatMap((file) => textOf(file).split('\n'));

/** The rows of all tables: what goes wrong, what is read, and so on. */
const rows = page
	.split('\n')
	.filter((line) => line.startsWith('| ') && !/^\| (What goes wrong|-)/.test(line))
	.map((line) =>
		line
			.split('|')
			.slice(1, -1)
			.map((cell) => cell.trim()),
	);

/** The places that name a test: a link to its file, then words of its name. */
const named = [
	...page.matchAll(/\[\w+\]\(\.\.\/(test\/[\w/.]+)\) ([^|)]+(?:\(\w+\)[^|)]*)*)/g),
].map(([, file, name]) => [file, name.trim()]);

test('the page has its tables', () => {
	expect(rows.length).toBeGreaterThan(45);
	expect(named).toHaveLength(rows.length + 3);
});

test.each(named)('%s has the test "%s"', (file, name) => {
	expect(textOf(join(root, file))).toContain(name);
});

const sentences = rows
	.map(([, sentence]) => sentence)
	.filter((sentence) => !sentence.startsWith('A bare code'));

test.each(sentences)('the code says: %s', (sentence) => {
	const parts = sentence.split('…').map((part) => part.trim());
	const says = (line) => {
		let from = 0;
		return parts.every((part) => {
			const at = line.indexOf(part, from);
			from = at + part.length;
			return at !== -1;
		});
	};
	expect(sourceLines.some(says)).toBe(true);
});
