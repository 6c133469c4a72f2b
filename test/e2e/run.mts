import { Command } from 'commander';
import { Listr } from 'listr2';
import { writeCompatibility } from './compatibility.mjs';
import { PARTS } from './parts.mjs';
import { endRunning, runPart, type PartResult } from './runPart.mjs';

const names = PARTS.map(({ name }) => name);
const program = new Command('test:e2e')
	.description(
		'The end-to-end tests, in a real n8n. A run of all parts writes docs/compatibility.md.',
	)
	.argument('[parts...]', `which of: ${names.join(', ')} (default: all, in this order)`)
	.option('--keep-going', 'run the remaining parts even if one fails')
	.parse();
const unknown = program.args.filter((name) => !names.includes(name));
if (unknown.length > 0) program.error(`There is no part named ${unknown.join(', ')}.`);
const chosen = PARTS.filter(({ name }) => program.args.length === 0 || program.args.includes(name));

let isEnding = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
	process.on(signal, () => {
		isEnding = true;
		if (!endRunning()) process.exit(130);
	});
}

const results: PartResult[] = [];
const tasks = new Listr(
	chosen.map((part) => ({
		title: `${part.name}: n8n ${part.version}, ${part.mode} mode, ${part.database}`,
		task: async (_context, task): Promise<void> => {
			const missing = await part.missing?.();
			if (missing && !process.env.CI) return task.skip(`${part.name} skipped: ${missing}`);
			if (missing) throw new Error(missing); // CI skips nothing
			const result = await runPart(part, (line) => (task.output = line));
			if (isEnding) process.exit(130);
			results.push(result);
			const count = [...result.tests.values()].flat().length;
			task.title += ` (${count} tests, ${result.seconds} s)`;
			if (!result.passed) throw new Error(`Some tests did not pass. Logs: ${result.logs}`);
		},
	})),
	{
		exitOnError: program.opts<{ keepGoing?: true }>().keepGoing !== true,
		registerSignalListeners: false, // they would end this process before its n8n has ended
	},
);
await tasks.run().catch(() => undefined); // listr2 has already shown it
const failed = tasks.tasks.some((task) => task.hasFailed());
process.exitCode = failed || results.length === 0 ? 1 : 0;
if (results.length === PARTS.length) await writeCompatibility(results);
