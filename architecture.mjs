/**
 * Draws the layers and their imports into CONTRIBUTING.md: `npm run architecture:graph`. With `--check` nothing
 * is written, and a picture that is out of date ends with exit code 1.
 */
import { execa } from 'execa';
import { readFile, writeFile } from 'node:fs/promises';
import config from './.dependency-cruiser.js';

const PAGE = 'CONTRIBUTING.md';
const PLACE = /(?<=<!-- architecture -->)[^]*(?=<!-- \/architecture -->)/;

/** What is drawn as one box. */
const LAYER = '^nodes/MoEngageCohortSync/[^/]+(?=/)|^credentials(?=/)';
/** Every layer imports the helpers, which no picture needs to show. */
const helpers = config.forbidden.find(({ name }) => name === 'layer-helpers').from.path;

const { stdout: graph } = await execa(
	'depcruise',
	[
		...['--output-type', 'mermaid'],
		...['--include-only', '^(nodes|credentials)/'],
		...['--exclude', helpers.join('|')],
		...['--collapse', LAYER],
		...['nodes', 'credentials'],
	],
	{ preferLocal: true },
);

const lines = graph.trim().split('\n');
const isArrow = (line) => line.includes('-->');
// In one order, whichever import comes first in a file.
const picture = [...lines.filter((line) => !isArrow(line)), ...lines.filter(isArrow).sort()];

const page = await readFile(PAGE, 'utf8');
if (!PLACE.test(page)) throw new Error(`${PAGE} has no place for the picture`);
const drawn = page.replace(PLACE, () => `\n\n\`\`\`mermaid\n${picture.join('\n')}\n\`\`\`\n\n`);
if (drawn !== page && process.argv.includes('--check')) {
	console.error(`The picture in ${PAGE} is out of date: npm run architecture:graph draws it.`);
	process.exitCode = 1;
} else if (drawn !== page) {
	await writeFile(PAGE, drawn);
}
