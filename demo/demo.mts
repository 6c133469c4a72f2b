import Table from 'cli-table3';
import { Listr } from 'listr2';
import { secondsOf, type Execution } from '../local-n8n/client.mjs';
import { compare, isRight, type Check } from './comparison.mjs';
import { setStage, type Stage } from './stage.mjs';

interface Context {
	stage: Stage;
	execution: Execution;
	seconds: number; // of the whole workflow
	checks: Check[];
	bytes: number;
}

console.log(`A real n8n sends a customer file to a MoEngage cohort, played by an emulator.
The 25,000 customers carry the names of real places (GeoNames, CC BY 4.0).\n`);

const tasks = new Listr<Context>(
	[
		{
			title: 'Set up n8n with this package, and the emulator',
			task: async (context, task) => {
				context.stage = await setStage({
					name: 'demo',
					report: (progress) => (task.output = progress),
				});
			},
		},
		{
			title: 'Run the workflow examples/csv-to-cohort.json',
			task: async (context) => {
				const { n8n, workflow } = context.stage;
				const started = Date.now();
				context.execution = await n8n.client.run(workflow.id);
				context.seconds = (Date.now() - started) / 1000;
				if (context.execution.status !== 'success') {
					const reason = context.execution.data.resultData.error?.message ?? 'no reason given';
					throw new Error(`The workflow ended with "${context.execution.status}": ${reason}`);
				}
			},
		},
		{
			title: 'Compare the cohort with the file, member by member',
			task: async (context) => {
				Object.assign(context, await compare(context.stage, context.execution));
			},
		},
	],
	// Ctrl-C is handled where n8n is started, so that n8n ends as well.
	{ registerSignalListeners: false },
);

const context = {} as Context;
try {
	await tasks.run(context);
	print(context);
} catch (error) {
	explain(error as Error);
	process.exitCode ??= 1;
} finally {
	await context.stage?.close();
}

function explain({ message, cause }: Error) {
	const wasInterrupted = process.exitCode !== undefined;
	if (wasInterrupted) return;
	console.error(`\nThe demo failed. ${message}`, (cause as Error | undefined)?.message ?? '');
	if (context.stage) console.error(`n8n's log: ${context.stage.n8n.log}`);
}

function print({ checks, bytes, seconds, execution }: Context) {
	const syncSeconds = secondsOf(execution, 'MoEngage Cohort Sync');
	const table = new Table({
		head: ['', 'actual', 'expected from the file', ''],
		colAligns: ['left', 'right', 'right', 'left'],
		style: { head: [], border: [] },
	});
	const number = (value: number) => value.toLocaleString('en');
	for (const check of checks) {
		const { what, actual, expected } = check;
		table.push([what, number(actual), number(expected), isRight(check) ? 'ok' : 'WRONG']);
	}
	table.push(['Bytes sent', number(bytes), '', '']);
	table.push(['Seconds in MoEngage Cohort Sync', syncSeconds.toFixed(1), '', '']);
	table.push(['Seconds in the whole workflow', seconds.toFixed(1), '', '']);
	console.log(`\n${table.toString()}\n`);

	const wrong = checks.filter((check) => !isRight(check));
	if (wrong.length > 0) {
		const names = wrong.map(({ what }) => what).join(', ');
		throw new Error(`The cohort does not match the file. Check: ${names}.`);
	}
	console.log('The cohort contains exactly the customers in the file who opted in and are known.');
}
