const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { dirname, join, normalize } = require('node:path');

const root = join(__dirname, '..', '..');
const read = (file) => readFileSync(join(root, file), 'utf8');
const pagesIn = (folder) =>
	readdirSync(join(root, folder))
		.filter((name) => name.endsWith('.md'))
		.map((name) => join(folder, name));

const pages = [...pagesIn('.'), ...pagesIn('docs'), ...pagesIn('docs/decisions')];

const IN_HTML = /(?:src|srcset|href)="([^"]+)"/g;
const IN_MARKDOWN = /\]\(([^)\s]+)\)/g;

/** The files that a page names by a path, in one of the two forms. */
function filesIn(page, form) {
	return [...read(page).matchAll(form)]
		.map(([, path]) => path)
		.filter((path) => !/^(https?:|#)/.test(path))
		.map((path) => normalize(join(dirname(page), path.replace(/#.*/, ''))));
}

// What is linked in Markdown itself is looked at by npm run links.
test.each(pages)('%s names no file in HTML that is not there', (page) => {
	expect(filesIn(page, IN_HTML).filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test.each(pages)('every picture on %s says in words what it shows', (page) => {
	const images = read(page).match(/<img[^>]*>|!\[[^\]]*\]/g) ?? [];
	for (const image of images) expect(image).toMatch(/alt="[^"]{20,}"|!\[[^\]]{20,}\]/);
});

test('the first screen of the README shows a picture, for light and for dark', () => {
	const firstScreen = read('README.md').split('\n').slice(0, 12).join('\n');
	expect(firstScreen).toMatch(
		/<source media="\(prefers-color-scheme: dark\)" srcset=".+-dark\.png">/,
	);
	expect(firstScreen).toMatch(/<img .*src=".+-light\.png">/);
});

test.each([
	['docs/README.md', pagesIn('docs')],
	['docs/decisions/README.md', pagesIn('docs/decisions')],
])('%s leads to every page beside it', (index, beside) => {
	const linked = filesIn(index, IN_MARKDOWN);
	expect(beside.filter((page) => page !== normalize(index) && !linked.includes(page))).toEqual([]);
});

test('the README leads to every example', () => {
	const examples = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.json'));
	const linked = filesIn('README.md', IN_MARKDOWN);
	expect(examples.filter((name) => !linked.includes(join('examples', name)))).toEqual([]);
});
