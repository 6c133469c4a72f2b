import { relative } from 'node:path';
import { demoAccount } from '../emulator/model.js';
import { SIMPLE_IDS, UNKNOWN_TO_MOENGAGE } from './customers.mjs';
import { setStage } from './stage.mjs';

console.log('Setting up n8n with this package, and the MoEngage emulator.');
const { n8n, emulator, file, known, workflow, credential } = await setStage({
	name: 'start',
	port: 5678,
	report: console.log,
}).catch((error: Error) => {
	console.error(`\nn8n could not be set up. ${error.message}`);
	process.exit(1);
});

console.log(`
n8n is ready:        ${n8n.url}/workflow/${workflow.id}
  log in as          ${n8n.owner.email}
  password           ${n8n.owner.password}
MoEngage emulator:   ${emulator.url}
  App ID             ${demoAccount.appId}
  Secret Key         ${demoAccount.secret}
  Data Center        Custom URL (the emulator's address)

In n8n, the workflow "${workflow.name}" and the credential "${credential.name}" are already
set up: click "Execute workflow" and watch the cohort on the emulator's page.

The emulator knows ${SIMPLE_IDS[0]} to ${SIMPLE_IDS.at(-1)}, and all but ${UNKNOWN_TO_MOENGAGE} of the customers in
${relative('.', file)}, such as ${known[0]}. Like MoEngage, it accepts every other ID
and ignores the user.

Ctrl+C stops both and discards all changes.`);

process.exitCode = 0; // Ctrl+C is the normal way to end this.
