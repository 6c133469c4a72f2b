import { execa } from 'execa';
import { fork } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '..');
const COMPILED = join(PROJECT, '.n8n-local', 'bench');

/** What runs the measuring processes. */
export const runtime = { node: process.execPath };

/** Compiles as the package is compiled: tsx, which runs this file, adds calls that make the node slower. */
export async function compile(): Promise<void> {
	await rm(COMPILED, { recursive: true, force: true });
	await execa('tsc', ['-p', 'bench'], { cwd: PROJECT, preferLocal: true });
}

/** Builds the package, for the real n8n. */
export async function build(): Promise<void> {
	await execa('npm', ['run', 'build'], { cwd: PROJECT });
}

/** What a measuring process tells: how far it is, and at last its result. */
export type Message = { readonly progress: string } | { readonly result: unknown };

/**
 * Has something measured by `bench/measure/<name>.mts` in a process of its own.
 *
 * @param input handed to the script as it is
 */
export async function measure<T>(
	name: string,
	input: object,
	report: (progress: string) => void,
): Promise<T> {
	const script = join(COMPILED, 'bench', 'measure', 'main.mjs');
	const child = fork(script, [name, JSON.stringify(input)], {
		execPath: runtime.node,
		execArgv: ['--expose-gc', '--max-old-space-size=6144'],
	});
	return await new Promise<T>((resolve, reject) => {
		child.on('message', (message: Message) => {
			if ('progress' in message) report(message.progress);
			else resolve(message.result as T);
		});
		child.on('exit', (code) => reject(new Error(`Measuring "${name}" ended with ${code}.`)));
	});
}

/** Starts MoEngage's side in a process of its own, with one address for each latency in ms. */
export async function startReceiver(latencies: readonly number[]) {
	const child = fork(join(COMPILED, 'bench', 'receiver.mjs'), latencies.map(String), {
		execPath: runtime.node,
	});
	const urls = await new Promise<readonly string[]>((resolve, reject) => {
		child.once('message', (message) => resolve(message as string[]));
		child.once('exit', (code) => reject(new Error(`The receiver ended with ${code}.`)));
	});
	return { urls, stop: () => child.disconnect() };
}
