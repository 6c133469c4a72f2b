/**
 * Holds the imports of the shipped code against the rules in `rooms.mts`, and draws the picture of its rooms
 * into CONTRIBUTING.md. With `--check` nothing is written: an outdated picture counts as a breach.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { breaches } from './check.mjs';
import { readImports } from './imports.mjs';
import { drawPicture } from './picture.mjs';

const PLACE = 'CONTRIBUTING.md';
const PICTURE = /(?<=<!-- house -->)[^]*(?=<!-- \/house -->)/;

const isCheck = process.argv.includes('--check');
const imports = await readImports();
const found = breaches(imports);

const page = await readFile(PLACE, 'utf8');
if (!PICTURE.test(page)) throw new Error(`${PLACE} has no place for the picture`);
const drawn = await format(
	page.replace(PICTURE, () => `\n\n${drawPicture(imports)}\n\n`),
	{ ...(await resolveConfig(PLACE)), filepath: PLACE },
);
if (drawn !== page) {
	if (isCheck) found.push(`The picture in ${PLACE} is out of date: npm run house draws it anew.`);
	else await writeFile(PLACE, drawn);
}

for (const breach of found) console.error(breach);
if (found.length > 0) process.exitCode = 1;
