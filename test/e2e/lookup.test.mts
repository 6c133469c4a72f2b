import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { outputOf, type Execution } from '../../local-n8n/client.mjs';
import { cohort } from './production.mjs';
import { messageOf, openScene, type Account, type Scene } from './scene.mjs';
import { SYNC, workflowWith, type Parameters } from './workflow.mjs';

/** 1,000 users, of whom MoEngage doesn't know the last 30. */
const IDS = Array.from({ length: 1_000 }, (_, index) => `user-${index}`);
const KNOWN = IDS.slice(0, 970);
const known = KNOWN.map((uid) => ({ uid }));

let scene: Scene;

before(async () => {
	scene = await openScene('e2e-lookup');
});

after(async () => {
	await scene?.close();
});

async function run(account: Account, ids: readonly string[], parameters: Parameters) {
	const { credential } = account;
	return scene.runNew(workflowWith({ rows: ids.map((id) => ({ id })), parameters, credential }));
}

const resultsOf = (execution: Execution) =>
	(outputOf(execution, SYNC)[0] ?? []).map(({ json }) => json);

const hintsOf = (execution: Execution) =>
	(execution.data.resultData.runData[SYNC]?.[0]?.hints ?? [])
		.map(({ message }) => message)
		.join(' ');

test('Check Users finds exactly the users that MoEngage does not know, and changes nothing', async () => {
	const account = await scene.openAccount({ known });
	const execution = await run(account, IDS, { operation: 'check', userId: '={{ $json.id }}' });
	assert.equal(execution.status, 'success', messageOf(execution));
	const unknown = resultsOf(execution).filter(({ status }) => status === 'unknown');
	assert.deepEqual(
		unknown.map(({ uid }) => uid),
		IDS.slice(970),
	);
	assert.match(hintsOf(execution), /970 are known to MoEngage and 30 are not/);
	assert.equal(account.emulator.model.requests.length, 50);
	assert.deepEqual(account.emulator.model.cohorts(), []);
});

test('a sample of the members to be added is looked up first, and a hint says how many are known', async () => {
	const account = await scene.openAccount({ known });
	const options = { lookUp: 20, output: 'summary' };
	const execution = await run(account, IDS, cohort('sampled', { options }));
	assert.equal(execution.status, 'success', messageOf(execution));
	const [summary] = resultsOf(execution);
	const unknown = Number(summary?.unknown_users);
	assert.equal(summary?.looked_up, 20);
	assert.match(
		hintsOf(execution),
		new RegExp(`Of 20 users looked up, ${20 - unknown} (are|is) known to MoEngage`),
	);
	const [lookup] = account.emulator.model.requests;
	const isKnown = (id: string) => KNOWN.includes(id);
	const sample = (lookup?.lookup?.identifiers ?? []).map(({ identifier }) => identifier);
	assert.equal(sample.filter((id) => !isKnown(id)).length, unknown);
	assert.deepEqual(account.emulator.model.memberIds('sampled'), KNOWN.toSorted());
});

test('an audience of e-mail addresses is stopped before the first member is sent', async () => {
	const account = await scene.openAccount({ known });
	const ids = KNOWN.slice(0, 50).map((id) => `${id}@example.com`);
	const options = { lookUp: 20 };
	const execution = await run(account, ids, cohort('mailed', { options }));
	assert.equal(execution.status, 'error');
	assert.match(messageOf(execution), /MoEngage knows none of the 20 users that were looked up/);
	assert.equal(account.emulator.model.requests.length, 1);
});

test('if Get User is not enabled, a message says so, and the members are sent', async () => {
	const account = await scene.openAccount({ known, restrictions: { getUser: 403 } });
	const options = { lookUp: 20 };
	const execution = await run(account, KNOWN.slice(0, 50), cohort('without', { options }));
	assert.equal(execution.status, 'success', messageOf(execution));
	assert.match(hintsOf(execution), /ask MoEngage support to enable the Get User API/);
	assert.equal(account.emulator.model.memberIds('without').length, 50);
});
