/**
 * Breaks the pure rooms of the node in every small way and counts the breaks that no test notices:
 * `npm run mutation`, or `npm run mutation -- plan mirror` for some rooms. Survivors are printed; a page
 * with the code around each is left in coverage/mutation/. A room is only tried again where its code or its
 * tests changed since.
 */
import { Stryker } from '@stryker-mutator/core';
import { createRequire } from 'node:module';
import Table from 'cli-table3';

interface Room {
	/** Files whose code is changed, within the node's folder. */
	readonly code: readonly string[];
	/** Tests that have to notice, within the test folder. */
	readonly tests: readonly string[];
}

const ROOMS: Readonly<Record<string, Room>> = {
	input: { code: ['input/{settings,reference}.ts'], tests: ['input/*'] },
	plan: { code: ['plan/*.ts'], tests: ['plan/*', 'mirror/mirror', 'results/*'] },
	mirror: {
		code: ['mirror/!(previous|secondInput|workflowMemory).ts'],
		tests: ['mirror/*', 'mirrorNode', 'mirrorParts'],
	},
	delivery: { code: ['delivery/!(send).ts'], tests: ['delivery/!(send)'] },
	results: { code: ['results/*.ts'], tests: ['results/*', 'node', 'mirrorNode'] },
	run: {
		code: ['{run,refusal,wording,work}.ts'],
		tests: ['run', 'work', 'mirror/mirror', 'results/*', 'node'],
	},
};

const REPORTS = 'coverage/mutation';

/** How many mutants met each fate. */
async function mutate(name: string, { code, tests }: Room): Promise<Map<string, number>> {
	const stryker = new Stryker({
		mutate: code.map((files) => `nodes/MoEngageCohortSync/${files}`),
		jest: {
			config: {
				// A run's tests may be of several lanes. What the lanes share beside their files holds here too.
				...createRequire(import.meta.url)('../../jest.config.js').projects[0],
				projects: [],
				testMatch: tests.map((files) => `<rootDir>/test/${files}.test.ts`),
				// Stryker takes no other runner than one of this name.
				testRunner: '<rootDir>/test/mutation/jest-circus-bail.js',
				testSequencer: '<rootDir>/test/mutation/short-first.js',
				setupFiles: ['<rootDir>/test/mutation/steady.js'],
				globals: { simulationRuns: 200, simulationSeed: 1 },
			},
		},
		reporters: ['progress-append-only', 'clear-text', 'html', 'json'],
		clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
		incrementalFile: `${REPORTS}/${name}.incremental.json`,
		htmlReporter: { fileName: `${REPORTS}/${name}.html` },
		jsonReporter: { fileName: `${REPORTS}/${name}.json` },
	});
	const fates = new Map<string, number>();
	for (const { status } of await stryker.runMutationTest()) {
		fates.set(status, (fates.get(status) ?? 0) + 1);
	}
	return fates;
}

const asked = process.argv.slice(2);
const table = new Table({
	head: ['Room', 'Killed', 'Timed out', 'Survived', 'No coverage', 'Score', 'Minutes'],
	style: { head: [] },
});
for (const name of asked.length === 0 ? Object.keys(ROOMS) : asked) {
	const room = ROOMS[name];
	if (room === undefined)
		throw new Error(`There is no room ${name}: ${Object.keys(ROOMS).join(', ')}`);
	const start = performance.now();
	const fates = await mutate(name, room);
	const of = (fate: string) => fates.get(fate) ?? 0;
	const dead = of('Killed') + of('Timeout');
	const all = dead + of('Survived') + of('NoCoverage');
	table.push([
		name,
		of('Killed'),
		of('Timeout'),
		of('Survived'),
		of('NoCoverage'),
		`${((100 * dead) / all).toFixed(1)}%`,
		((performance.now() - start) / 60_000).toFixed(1),
	]);
}
console.log(table.toString());
