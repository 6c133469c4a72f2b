import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { compare, isRight } from '../../demo/comparison.mjs';
import { setStage, type Stage } from '../../demo/stage.mjs';
import { outputOf, type Credential, type Execution } from '../../local-n8n/client.mjs';
import { onError } from './engine/on-error.mjs';
import { surroundings } from './engine/surroundings.mjs';
import { values } from './engine/values.mjs';
import { setScene, type Scene } from './scene.mjs';
import { SYNC, workflowWith } from './workflow.mjs';

const SECRET = 'wrong-but-still-a-secret';
const COHORT = { cohortId: 'vip', cohortName: 'VIP', userId: '={{ $json.id }}' };

let stage: Stage;
let example: Execution;
let scene: Scene;

before(async () => {
	stage = await setStage({ name: 'e2e', report: console.log });
	console.log(`n8n is up. Its log: ${stage.n8n.log}`);
	example = await stage.n8n.client.run(stage.workflow.id);
	scene = await setScene(stage.n8n);
});

after(async () => {
	await stage?.close();
	await scene?.close();
});

function wrongCredential(): Credential {
	const { type, data } = stage.credential;
	return { name: 'MoEngage, mistyped', type, data: { ...data, secretKey: SECRET } };
}

async function run(contents: Omit<Parameters<typeof workflowWith>[0], 'credential'>) {
	const { client } = stage.n8n;
	const workflow = workflowWith({ credential: stage.credential, ...contents });
	return client.run(await client.createWorkflow(workflow));
}

test('the example puts exactly the opted-in customers of its file into the cohort', async () => {
	assert.equal(example.status, 'success');
	const { checks } = await compare(stage, example);
	assert.deepEqual(
		checks.filter((check) => !isRight(check)),
		[],
	);
});

test('a row without an ID goes to the error output, with the reason in addition to its own columns', () => {
	const [[item, ...others] = []] = outputOf(example, 'Not Sent');
	assert.equal(others.length, 0);
	const { error, city, country, opted_in } = item?.json ?? {};
	assert.match(String(error), /User ID/);
	assert.deepEqual(
		{ city, country, opted_in },
		{ city: 'El Tarter', country: 'AD', opted_in: 'yes' },
	);
});

test('every other row goes to the success output', () => {
	const [items = []] = outputOf(example, 'Sent');
	const statuses = new Set(items.map(({ json }) => json.status));
	assert.equal(items.length, 20_000);
	assert.deepEqual([...statuses], ['accepted']);
});

test('members can be removed', async () => {
	const { model } = stage.emulator;
	const rows = ['Ísafjörður', 'Łódź', 'Москва'].map((id) => ({ id }));
	rows.forEach(({ id }) => model.register({ uid: id }));
	const added = await run({ rows, parameters: { ...COHORT, operation: 'add' } });
	assert.equal(added.status, 'success');
	assert.deepEqual(model.memberIds('vip'), rows.map(({ id }) => id).sort());

	const removed = await run({
		rows: rows.slice(0, 2),
		parameters: { ...COHORT, operation: 'remove' },
	});
	assert.equal(removed.status, 'success');
	assert.deepEqual(model.memberIds('vip'), ['Москва']);
});

test('wrong keys stop the run with a message about the credential, without the secret', async () => {
	const { client } = stage.n8n;
	const credential = await client.createCredential(wrongCredential());
	const execution = await client.run(
		await client.createWorkflow(
			workflowWith({ rows: [{ id: 'a' }], parameters: COHORT, credential }),
		),
	);
	assert.equal(execution.status, 'error');
	const { error, lastNodeExecuted } = execution.data.resultData;
	assert.equal(lastNodeExecuted, SYNC);
	assert.match(`${error?.message} ${error?.description}`, /credential/i);

	const { appId } = stage.credential.data;
	const login = Buffer.from(`${String(appId)}:${SECRET}`).toString('base64');
	for (const secret of [SECRET, login]) assert.ok(!execution.text.includes(secret));
});

test('the credential test accepts correct keys', async () => {
	const { id, name, type, data } = stage.credential;
	const outcome = await stage.n8n.client.testCredential(id, { name, type, data });
	assert.equal(outcome.status, 'OK');
});

test('the credential test says what is wrong with wrong keys', async () => {
	const { client } = stage.n8n;
	const wrong = wrongCredential();
	const { id } = await client.createCredential(wrong);
	const outcome = await client.testCredential(id, wrong);
	assert.equal(outcome.status, 'Error');
	// n8n 1.x shows its own message for each status instead of the credential's.
	assert.match(outcome.message, /Secret Key|check your credentials/);
	assert.ok(!outcome.message.includes(SECRET));
});

describe('On Error', () => onError(() => scene));

describe('values', () => values(() => scene));

describe('among other nodes', () => surroundings(() => scene));
