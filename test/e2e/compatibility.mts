import { markdownTable } from 'markdown-table';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { PartResult } from './runPart.mjs';

const PAGE = resolve(import.meta.dirname, '..', '..', 'docs', 'compatibility.md');

/** Writes the page that lists what the package was tested with, from a run of all parts. */
export async function writeCompatibility(results: readonly PartResult[]) {
	const page = [
		'# Compatibility',
		'`npm run test:e2e` writes this page when all its parts have run. Each installs the package from its packed tarball as a community package, in a real n8n, with the emulator in place of MoEngage.',
		overview(results),
		'## The tests',
		...testFiles(results).map((file) => testsOf(file, results)),
	].join('\n\n');
	const style = await resolveConfig(PAGE);
	await mkdir(dirname(PAGE), { recursive: true });
	await writeFile(PAGE, await format(page, { ...style, parser: 'markdown' }));
}

function overview(results: readonly PartResult[]) {
	const rows = results.map(({ part, node, tests, ended }) => {
		const all = [...tests.values()].flat();
		const passed = all.filter((test) => test.passed).length;
		const outcome = `${passed} of ${all.length} passed`;
		return [part.version, node, part.mode, part.database, part.name, outcome, ended];
	});
	return markdownTable([['n8n', 'Node.js', 'Mode', 'Database', 'Part', 'Tests', 'Date'], ...rows]);
}

function testFiles(results: readonly PartResult[]) {
	return [...new Set(results.flatMap(({ tests }) => [...tests.keys()]))];
}

/** The tests of a file, each with the parts in which it failed. */
function testsOf(file: string, results: readonly PartResult[]) {
	const ran = results.filter(({ tests }) => tests.has(file));
	const names = [
		...new Set(ran.flatMap(({ tests }) => (tests.get(file) ?? []).map(({ name }) => name))),
	];
	const lines = names.map((name) => {
		const failed = ran.filter(({ tests }) =>
			tests.get(file)?.some((test) => test.name === name && !test.passed),
		);
		const where = failed.map(({ part }) => part.name).join(', ');
		return `- ${name}${where && ` (**not passed** in ${where})`}`;
	});
	const where = ran.map(({ part }) => part.name).join(', ');
	return [`### test/e2e/${file}: ${where}`, lines.join('\n')].join('\n\n');
}
