/**
 * Breaks the pure layers of the node in every small way and counts the breaks that no test notices:
 * `npm run mutation`, or `npm run mutation -- plan mirror` for some layers. Survivors are printed; a page
 * with the code around each is left in coverage/mutation/. A layer is only tried again where its code or its
 * tests changed since.
 */
import { Stryker } from '@stryker-mutator/core';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import Table from 'cli-table3';

interface Layer {
	/** Files whose code is changed, within the node's folder. */
	readonly code: readonly string[];
	/** Tests that have to notice, within the test folder. */
	readonly tests: readonly string[];
	/** Slower tests, which only try what `tests` did not notice, with fewer random runs: a survivor takes them all. */
	readonly slowTests?: readonly string[];
}

/** Parts of the layers mirror and delivery that are tried by themselves, by the names of their files. */
const SNAPSHOT = 'compression|memberText|snapshot*|storedRuns|uuids';
const LEASE = 'deduplication|highWaterMark|nodeRuns|runLease*';
const REQUESTS =
	'bisectionBudget|classify*|cohortStats|dataCenters|limitReport|packing|redactor|responseBody|retry|wire|workspace';

const LAYERS: Readonly<Record<string, Layer>> = {
	model: {
		code: ['model/*.ts'],
		tests: ['model/*', 'plan/*'],
		slowTests: ['mirror/{mirror,diff}', 'results/*'],
	},
	input: {
		code: ['input/{settings,reference,template,mistakes,computedText,parameters}.ts'],
		tests: ['input/*'],
		slowTests: ['node/{refusals,values,checkUsers,settings,sending,mirrorSecondInput}'],
	},
	plan: {
		code: ['plan/*.ts'],
		tests: ['plan/*'],
		slowTests: [
			'mirror/{mirror,diff,identities}',
			'results/*',
			'node/{refusals,checkUsers,values,update}',
		],
	},
	mirror: {
		code: [`mirror/!(openMirror|secondInputMemberStore|${SNAPSHOT}|${LEASE}).ts`],
		tests: [`mirror/!(mirrorModel|people|identities|${SNAPSHOT}|${LEASE})`],
		slowTests: [
			'mirror/{mirrorModel,people,identities}',
			'node/{mirror,mirrorGuards,mirrorMemory,mirrorRuns,mirrorSecondInput}',
		],
	},
	snapshot: {
		code: [`mirror/@(${SNAPSHOT}).ts`],
		tests: [`mirror/@(${SNAPSHOT})`],
		slowTests: ['mirror/mirrorModel', 'node/{mirrorMemory,mirrorRuns}'],
	},
	lease: {
		code: [`mirror/@(${LEASE}).ts`],
		tests: [`mirror/@(${LEASE})`],
		slowTests: ['mirror/snapshotStore', 'node/mirror*'],
	},
	requests: {
		code: [`delivery/@(${REQUESTS}).ts`],
		tests: [`delivery/@(${REQUESTS})`],
		slowTests: ['delivery/{lookup,bisection,retries,simulation}'],
	},
	delivery: {
		code: [`delivery/!(transport|${REQUESTS}).ts`],
		// Growth is measured in time, which says nothing on a machine that is busy with mutants.
		tests: [`delivery/!(transport|growth|bisection|sharedLimit|simulation|${REQUESTS})`],
		slowTests: ['delivery/{bisection,sharedLimit,simulation}'],
	},
	results: {
		code: ['results/*.ts'],
		tests: ['results/*'],
		slowTests: ['node/{failures,checkUsers,output,mirror}'],
	},
	run: {
		code: ['{format,slicing}.ts'],
		tests: ['{format,slicing}'],
	},
};

type MutantResult = Awaited<ReturnType<Stryker['runMutationTest']>>[number];

const REPORTS = 'coverage/mutation';

/** How many mutants ended in each status. */
async function mutate(
	name: string,
	{ code, tests, slowTests = [] }: Layer,
): Promise<Map<string, number>> {
	const incrementalFile = `${REPORTS}/${name}.incremental.json`;
	const isSlow = slowTests.length > 0;
	if (isSlow && !existsSync(incrementalFile)) {
		await runStryker(name, incrementalFile, code, tests, 0.4);
	}
	// What was noticed in the first run is not tried again.
	const all = [...tests, ...slowTests];
	const results = await runStryker(name, incrementalFile, code, all, isSlow ? 0.1 : 0.4);
	const counts = new Map<string, number>();
	for (const { status } of results) counts.set(status, (counts.get(status) ?? 0) + 1);
	return counts;
}

async function runStryker(
	name: string,
	incrementalFile: string,
	code: readonly string[],
	tests: readonly string[],
	times: number,
): Promise<MutantResult[]> {
	const stryker = new Stryker({
		mutate: code.map((files) => `nodes/MoEngageCohortSync/${files}`),
		jest: {
			// The layer's tests are few, and jest would ask again for every mutant which of all tests these are.
			enableFindRelatedTests: false,
			config: {
				// A run's tests may be of several lanes. What the lanes share beside their files holds here too.
				...createRequire(import.meta.url)('../../jest.config.js').projects[0],
				projects: [],
				testMatch: tests.map((files) => `<rootDir>/test/${files}.test.ts`),
				// Stryker takes no other runner than one of this name.
				testRunner: '<rootDir>/test/mutation/jest-circus-bail.js',
				testSequencer: '<rootDir>/test/mutation/short-first.js',
				setupFiles: ['<rootDir>/test/support/setup.ts', '<rootDir>/test/mutation/steady.js'],
				globals: { times, seed: 1 },
			},
		},
		reporters: ['progress-append-only', 'clear-text', 'html', 'json'],
		clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
		incrementalFile,
		htmlReporter: { fileName: `${REPORTS}/${name}.html` },
		jsonReporter: { fileName: `${REPORTS}/${name}.json` },
	});
	return await stryker.runMutationTest();
}

const asked = process.argv.slice(2);
const table = new Table({
	head: ['Layer', 'Killed', 'Timed out', 'Survived', 'No coverage', 'Score', 'Minutes'],
	style: { head: [] },
});
for (const name of asked.length === 0 ? Object.keys(LAYERS) : asked) {
	const layer = LAYERS[name];
	if (layer === undefined)
		throw new Error(`There is no layer ${name}: ${Object.keys(LAYERS).join(', ')}`);
	const start = performance.now();
	const counts = await mutate(name, layer);
	const of = (status: string) => counts.get(status) ?? 0;
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
