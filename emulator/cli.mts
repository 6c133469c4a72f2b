import { CommanderError } from 'commander';
import { readCliOptions } from './cliOptions.js';
import { readKnownUsers } from './knownUsers.mjs';
import { startEmulator } from './server.js';

/** Starts the emulator, and says how to reach it. It runs until Ctrl-C. */
async function run() {
	const { server, knownFile, otherSystems, isDemoSecret } = readCliOptions(process.argv.slice(2));
	const known = knownFile === undefined ? undefined : await readKnownUsers(knownFile);
	const emulator = await startEmulator({ ...server, known: known ?? 'everyone' });
	emulator.model.shareLimit({ places: otherSystems });

	console.log(`MoEngage emulator, to watch in a browser: ${emulator.url}

Settings for the MoEngage credential in n8n:
  Data Center  Custom URL
  Custom URL   ${emulator.url}
  App ID       ${server.appId}
  Secret Key   ${isDemoSecret ? server.secret : 'as you passed it with --secret'}

It knows ${known ? `the users in ${knownFile}` : 'every user'}. Ctrl-C ends it.`);

	for (const signal of ['SIGINT', 'SIGTERM']) {
		process.once(signal, () => void emulator.close());
	}
}

try {
	await run();
} catch (error) {
	if (error instanceof CommanderError) process.exit(error.exitCode); // it has said why
	console.error(`The emulator can't start: ${error instanceof Error ? error.message : error}`);
	process.exitCode = 1;
}
