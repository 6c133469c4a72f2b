import { execa } from 'execa';
import { createWriteStream } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { LOGS, newFolder, removeFolder } from '../../local-n8n/folders.mjs';
import { installN8n } from '../../local-n8n/install.mjs';
import type { Part } from './parts.mjs';
import { readResult, type TestResult } from './reporter.mjs';

const PROJECT = resolve(import.meta.dirname, '..', '..');

/** A part that ran to its end. */
export interface PartResult {
	readonly part: Part;
	/** The version of the Node.js that ran n8n. */
	readonly node: string;
	/** The results of the tests, by test file. */
	readonly tests: ReadonlyMap<string, readonly TestResult[]>;
	/** Whether every test passed. */
	readonly passed: boolean;
	/** The folder with the logs, relative to the project's folder. */
	readonly logs: string;
	readonly seconds: number;
	/** The day, in UTC. */
	readonly ended: string;
}

let endCurrent: (() => void) | undefined;
let isEnding = false;

/** Ends the test file that is running, which then stops what it has started, and starts no other file. */
export function endRunning() {
	isEnding = true;
	endCurrent?.();
	return endCurrent !== undefined;
}

/** Runs the test files of a part, one after the other; `report` is called with each test's result. */
export async function runPart(part: Part, report: (line: string) => void): Promise<PartResult> {
	const { node } = await installN8n(part.version, report);
	const started = performance.now();
	const logs = join(LOGS, part.name);
	await removeFolder(logs);
	await mkdir(logs, { recursive: true });
	const temporary = await newFolder('e2e');
	await chmod(temporary, 0o711); // PostgreSQL runs as another user, and needs access to its data.
	const env = { N8N_VERSION: part.version, N8N_LOCAL_LOGS: logs, TMPDIR: temporary };
	const tests = new Map<string, readonly TestResult[]>();
	let passed = true;
	try {
		for (const file of part.files) {
			if (isEnding) break;
			const outcome = await runFile(file, env, join(logs, 'tests.log'), report);
			tests.set(file, outcome.results);
			passed &&= outcome.passed;
		}
	} finally {
		await removeFolder(temporary);
	}
	return {
		part,
		node: (await execa(node, ['--version'])).stdout,
		tests,
		passed,
		logs: relative(PROJECT, logs),
		seconds: Math.round((performance.now() - started) / 1000),
		ended: new Date().toISOString().slice(0, 10),
	};
}

async function runFile(
	file: string,
	env: Record<string, string>,
	log: string,
	report: (line: string) => void,
) {
	const reporter = join(import.meta.dirname, 'reporter.mts');
	const child = execa(
		process.execPath,
		[
			...['--import', 'tsx'],
			...['--test-reporter=spec', '--test-reporter-destination=stderr'],
			...[`--test-reporter=${reporter}`, '--test-reporter-destination=stdout'],
			join(import.meta.dirname, file),
		],
		{ cwd: PROJECT, env, all: true, buffer: false, reject: false, forceKillAfterDelay: false },
	);
	endCurrent = () => child.kill();
	child.all.pipe(createWriteStream(log, { flags: 'a' }));
	const results: TestResult[] = [];
	for await (const line of child.iterable({ from: 'stdout' })) {
		const result = readResult(line);
		if (result) results.push(result);
		report(result ? resultLine(result) : line);
	}
	const { exitCode } = await child;
	endCurrent = undefined;
	return { results, passed: exitCode === 0 && results.length > 0 };
}

function resultLine({ name, passed, reason }: TestResult) {
	if (passed) return `✔ ${name}`;
	return reason === undefined ? `✖ ${name}` : `✖ ${name}: ${reason}`;
}
