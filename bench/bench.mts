import { Argument, Command } from 'commander';
import { Listr } from 'listr2';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { COMPARISONS, type Name } from './comparisons.mjs';
import { writeDocument } from './document.mjs';
import { readRecords, circumstances, writeRecords, type Records } from './records.mjs';
import { installN8n } from '../local-n8n/install.mjs';
import { build, compile, runtime } from './workers.mjs';

const PROJECT = resolve(import.meta.dirname, '..');
const DOCS = join(PROJECT, 'docs');
const SHORT = join(PROJECT, '.n8n-local', 'bench-short');
const NAMES = Object.keys(COMPARISONS) as Name[];

const program = new Command('bench')
	.description('Measures the node and writes docs/performance.json and docs/performance.md')
	.addArgument(new Argument('[comparisons...]', 'all unless named').choices(NAMES))
	.option('--short', 'only shows that the comparisons work, in a few seconds; docs/ stays as it is')
	.parse();

const { short = false } = program.opts<{ short?: boolean }>();
// A real n8n takes longer to start than a short run may take.
const usual = short ? NAMES.filter((name) => name !== 'recipe') : NAMES;
const names = program.args.length > 0 ? (program.args as Name[]) : usual;
const folder = short ? SHORT : DOCS;
await mkdir(folder, { recursive: true });
let records: Partial<Records> = await readRecords(folder);

const tasks = new Listr(
	[
		{ title: 'Compile as the package is compiled', task: compile },
		{
			title: 'Find the Node.js that runs n8n',
			enabled: !short,
			task: async (_: unknown, task: { output: string }) => {
				const { node } = await installN8n(undefined, (progress) => (task.output = progress));
				runtime.node = node;
			},
		},
		{ title: 'Build the package', enabled: names.includes('recipe'), task: build },
		...names.map((name) => ({
			title: COMPARISONS[name].title,
			task: async (_: unknown, task: { output: string; title: string }) => {
				const started = Date.now();
				const result = await COMPARISONS[name].run(short, (progress) => (task.output = progress));
				records = { ...records, [name]: { ...(await circumstances(runtime.node)), result } };
				await writeRecords(folder, records);
				task.title += ` (${Math.round((Date.now() - started) / 1000)} s)`;
			},
		})),
		{
			title: 'Write the document',
			task: async () => await writeDocument(folder, await readRecords(folder)),
		},
	],
	// Ctrl-C is answered where n8n is started, so that n8n ends as well.
	{ registerSignalListeners: false },
);

try {
	await tasks.run();
	console.log(`Written: ${join(folder, 'performance.md')} and performance.json`);
} catch (error) {
	console.error(`The benchmark ended early. ${(error as Error).message}`);
	process.exitCode = 1;
}
