import { execa } from 'execa';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';

/** The newest 2.x that installs as of 2026-11-26: 2.41.3 asks for a package version that is not published. */
export const PINNED_VERSION = '2.41.1';

/** The npm overrides that a major version of n8n needs. All versions run on Node.js 24. */
const OVERRIDES: Record<string, Record<string, string>> = {
	'1': { xlsx: '0.18.5' }, // 1.x downloads it from its vendor's host, which many networks block
	'2': {},
};

const NODE_MAJOR = 24;
const REPORT_EVERY_MS = process.stdout.isTTY ? 1000 : 20_000;
const INSTALLS = resolve(import.meta.dirname, '..', '.n8n-local');

export interface Installation {
	readonly version: string;
	/** The Node.js that runs this n8n. */
	readonly node: string;
	/** n8n's command line, a JavaScript file. */
	readonly cli: string;
}

/**
 * Installs a real n8n into `.n8n-local/<version>`, or uses the one that is already there. The first time takes
 * several minutes; `report` is called with the progress every few seconds.
 */
export async function installN8n(
	version = process.env.N8N_VERSION ?? PINNED_VERSION,
	report: (progress: string) => void = () => {},
): Promise<Installation> {
	const folder = join(INSTALLS, version);
	const finished = join(folder, 'finished');
	const installation = {
		version,
		node: join(nodeFolder(folder), process.platform === 'win32' ? 'node.exe' : 'node'),
		cli: join(folder, 'node_modules', 'n8n', 'bin', 'n8n'),
	};
	if (existsSync(finished)) return installation;

	await rm(folder, { recursive: true, force: true });
	await mkdir(folder, { recursive: true });
	await writeFile(join(folder, 'package.json'), JSON.stringify(packageOf(version), null, '\t'));
	// Without install scripts, since an optional Kafka client fails to build on many machines. Only sqlite3's
	// install script is needed: it downloads or compiles the database driver.
	await npm(folder, ['install', '--ignore-scripts', '--loglevel=http'], (lines, seconds) =>
		report(`Installing n8n ${version} (only once): ${lines} responses from npm, ${seconds} s`),
	);
	await npm(folder, ['rebuild', 'sqlite3', '--ignore-scripts=false'], (_lines, seconds) =>
		report(`Preparing n8n's database driver (only once): ${seconds} s`),
	);
	await writeFile(finished, '');
	return installation;
}

function packageOf(version: string) {
	const overrides = OVERRIDES[version.split('.')[0] ?? ''];
	if (!overrides)
		throw new Error(`n8n ${version} is not supported here. Use a version 1.x or 2.x.`);
	const node = runningNodeIsNewEnough() ? {} : { [nodePackage()]: String(NODE_MAJOR) };
	return { private: true, dependencies: { n8n: version, ...node }, overrides };
}

function runningNodeIsNewEnough() {
	return Number(process.versions.node.split('.')[0]) >= NODE_MAJOR;
}

/** npm's `node` package installs one of these with an install script; installed directly, it needs no script. */
function nodePackage() {
	const platform = process.platform === 'win32' ? 'win' : process.platform;
	const prefix = platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
	return `${prefix}-${platform}-${process.arch}`;
}

function nodeFolder(folder: string) {
	if (runningNodeIsNewEnough()) return dirname(process.execPath);
	return join(folder, 'node_modules', nodePackage(), 'bin');
}

async function npm(
	folder: string,
	command: string[],
	report: (lines: number, seconds: number) => void,
) {
	const log = join(folder, `npm-${command[0]}.log`);
	const path = [nodeFolder(folder), process.env.PATH].join(delimiter);
	const headers = resolve(nodeFolder(folder), '..');
	const env: Record<string, string> = { PATH: path };
	if (existsSync(join(headers, 'include', 'node', 'node.h'))) env.npm_config_nodedir = headers;

	const started = Date.now();
	let lines = 0;
	const child = execa('npm', [...command, '--no-audit', '--no-fund'], {
		cwd: folder,
		env,
		all: true,
		buffer: false,
	});
	child.all.pipe(createWriteStream(log));
	child.all.on('data', (chunk: Buffer) => (lines += chunk.toString().split('\n').length - 1));
	const timer = setInterval(
		() => report(lines, Math.round((Date.now() - started) / 1000)),
		REPORT_EVERY_MS,
	);
	try {
		await child;
	} catch {
		throw new Error(await explain(command, log));
	} finally {
		clearInterval(timer);
	}
}

async function explain(command: string[], log: string) {
	const lastLines = (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-15).join('\n');
	const help =
		command[0] === 'rebuild'
			? "If the prebuilt driver can't be downloaded, it is compiled, which needs python3, make and a C++ compiler."
			: 'Check that the npm registry can be reached and that 3 GB are free, then start again.';
	return `"npm ${command.join(' ')}" failed. ${help}\nThe end of ${log}:\n${lastLines}`;
}
