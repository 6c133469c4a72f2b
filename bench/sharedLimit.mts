import { Command, Option } from 'commander';
import { performance } from 'node:perf_hooks';
import { rateHeaderStyles, type RateHeaders } from '../emulator/model.js';
import { startEmulator } from '../emulator/server.js';
import type { Sent, SharedLimitInput } from './measure/sharedLimit.mjs';
import { playShared } from '../test/support/sharedWorkspace.js';
import { compile, measure } from './workers.mjs';

// Several Node processes, each with the node in n8n's engine, send to one emulator at once. Says how long that
// takes, and how many requests were lost:
// node --import tsx bench/sharedLimit.mts --processes 3 --requests 400 --rate-headers off
//
// With --virtual, the figures of docs/queue-mode.md, in virtual time: the time over that of a sender who knows all
// the others, the longest of three runs, and the answers 429.

const LIMIT = 300;
const LATENCY_MS = 100;

interface Options {
	readonly processes: number;
	readonly requests: number;
	readonly rateHeaders: Extract<RateHeaders, string>;
	readonly virtual?: true;
}

const { processes, requests, rateHeaders, virtual } = new Command('sharedLimit')
	.addOption(new Option('--processes <number>').default(3).argParser(Number))
	.addOption(new Option('--requests <number>', 'of each process').default(400).argParser(Number))
	.addOption(new Option('--rate-headers <style>').choices(rateHeaderStyles).default('seconds'))
	.option('--virtual', 'all figures in virtual time instead')
	.parse()
	.opts<Options>();

if (virtual) await compareInVirtualTime();
else await compareProcesses();

async function compareInVirtualTime(): Promise<void> {
	for (const hog of [undefined, { from: 30_000, forMs: 600_000 }]) {
		for (const rateHeaders of rateHeaderStyles) {
			for (const stagger of [0, 5_000]) {
				for (const processes of [2, 4, 8]) {
					const run = { processes, requests, hog, rateHeaders };
					const startOf = (index: number) => index * stagger;
					const [times, refused]: [number[], number[]] = [[], []];
					for (const seed of [1, 2, 3]) {
						const result = await playShared({ ...run, seed, startOf });
						times.push(result.timeOverIdeal);
						refused.push(result.refused);
					}
					const figures = [Math.max(...times).toFixed(2), Math.max(...refused)];
					const row = [rateHeaders, hog ? 'hog' : 'alone', stagger, processes, ...figures];
					process.stdout.write(`${row.join('\t')}\n`);
				}
			}
		}
	}
}

async function compareProcesses(): Promise<void> {
	await compile();
	const emulator = await startEmulator({
		appId: 'APP',
		secret: 'secret',
		requestsPerMinute: LIMIT,
		rateHeaders,
		latencyMs: LATENCY_MS,
	});
	const started = performance.now();
	const sent = await Promise.all(
		Array.from({ length: processes }, async (_, index) => {
			const input: SharedLimitInput = {
				url: emulator.url,
				name: `p${index}`,
				requests,
				requestsPerMinute: LIMIT,
			};
			return await measure<Sent>('sharedLimit', input, () => {});
		}),
	);
	const seconds = (performance.now() - started) / 1000;
	const all = processes * requests;
	const accepted = sent.reduce((sum, one) => sum + one.accepted, 0);
	const { refused429, maxInAnyMinute } = emulator.model.stats();
	process.stdout.write(
		`${processes} processes of ${requests} requests, headers: ${rateHeaders}\n` +
			`${accepted} of ${all} accepted, ${refused429} answers 429, ${maxInAnyMinute} at most in a minute\n` +
			`${seconds.toFixed(1)} s, with the start of the processes; the limit alone takes ${(Math.ceil(all / LIMIT) - 1) * 60} s\n` +
			sent.map((one, index) => `process ${index}: ${one.seconds.toFixed(1)} s\n`).join(''),
	);
	await emulator.close();
}
