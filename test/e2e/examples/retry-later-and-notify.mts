import assert from 'node:assert/strict';
import fastify from 'fastify';
import { after, before, test } from 'node:test';
import { readExample } from '../../../demo/example.mjs';
import { outputOf } from '../../../local-n8n/client.mjs';
import { messageOf, type Scene } from '../scene.mjs';

const COHORT = 'new-customers';

/** The example, with a wait of one second instead of an hour, and a local server in place of the team's chat. */
export function retryLaterAndNotify(getScene: () => Scene) {
	const chat = fastify({ forceCloseConnections: true });
	const messages: string[] = [];
	let chatUrl: string;

	before(async () => {
		chat.post<{ Body: { text: string } }>('/', async ({ body }) => {
			messages.push(body.text);
			return 'ok';
		});
		chatUrl = await chat.listen({ host: '127.0.0.1', port: 0 });
	});

	after(() => chat.close());

	async function run(customers: readonly object[], url = chatUrl) {
		messages.length = 0;
		const { credential, runNew } = getScene();
		return runNew(
			await readExample('retry-later-and-notify.json', credential, {
				'Your Customers': { parameters: { jsonOutput: JSON.stringify({ customers }) } },
				'MoEngage Cohort Sync': { parameters: { options: { maxRetries: 0 } } },
				'Tell the Team': { parameters: { url } },
				'Wait an Hour': { parameters: { amount: 1, unit: 'seconds' } },
			}),
		);
	}

	const members = () => getScene().emulator.model.memberIds(COHORT);

	test('what MoEngage did not accept is sent again after the wait, and the team is notified', async () => {
		getScene().emulator.model.fault({ status: 503, times: 2 });
		const { status, data } = await run([{ uid: 'Oslo' }, { uid: 'Łódź' }]);
		assert.equal(status, 'success');
		assert.deepEqual(members(), ['Oslo', 'Łódź']);
		assert.equal(data.resultData.runData['Wait an Hour']?.length, 2);
		assert.equal(messages.length, 2);
		assert.match(
			messages[0] ?? '',
			/^MoEngage has not accepted 2 members \(try 1 of 13\)\. All will be sent again in an hour\. .*reason: .*MoEngage/,
		);
	});

	test('a row that a person has to fix is reported, kept with its own columns, and not sent again', async () => {
		const execution = await run([{ uid: 'Kyiv' }, { uid: null, city: 'Lima' }]);
		assert.equal(execution.status, 'error');
		assert.match(messageOf(execution), /not sent again\. The first reason: .*User ID/);
		assert.ok(members().includes('Kyiv'));
		const [items = []] = outputOf(execution, 'Not Sent');
		assert.deepEqual(
			items.map(({ json }) => [json.city, json.message]),
			[['Lima', 'invalid']],
		);
		assert.match(String(items[0]?.json.error), /User ID/);
		assert.equal(execution.data.resultData.runData['Wait an Hour'], undefined);
		assert.match(
			messages[0] ?? '',
			/^MoEngage has not accepted 1 members.*None is sent again.*User ID/,
		);
	});

	test('what can be retried is, before the execution fails because of the rows that a person has to fix', async () => {
		getScene().emulator.model.fault({ status: 503, times: 2 });
		const execution = await run([{ uid: 'Graz' }, { uid: null, city: 'Lima' }]);
		assert.equal(execution.status, 'error');
		assert.equal(execution.data.resultData.lastNodeExecuted, 'Stop and Error');
		assert.ok(members().includes('Graz'));
		assert.equal(execution.data.resultData.runData['Wait an Hour']?.length, 2);
		assert.match(messages[0] ?? '', /accepted 2 members \(try 1 of 13\)\. 1 will be sent again/);
		const [items = []] = outputOf(execution, 'Not Sent');
		assert.deepEqual(
			items.map(({ json }) => json.city),
			['Lima'],
		);
	});

	test('if the chat does not respond, everyone still gets into the cohort', async () => {
		getScene().emulator.model.fault({ status: 503 });
		const { status } = await run([{ uid: 'Rome' }], `${chatUrl}/nowhere`);
		assert.equal(status, 'success');
		assert.ok(members().includes('Rome'));
	});

	test('after twelve more attempts, it gives up and says for which users', async () => {
		const lift = getScene().emulator.model.fault({ status: 503, times: 100 });
		const execution = await run([{ uid: 'Nuuk' }]);
		lift();
		assert.equal(execution.status, 'error');
		assert.equal(execution.data.resultData.lastNodeExecuted, 'Stop and Error');
		assert.equal(messages.length, 13);
		assert.match(messages[11] ?? '', /try 12 of 13\)\. All will be sent again/);
		assert.match(messages[12] ?? '', /try 13 of 13\)\. None is sent again\./);
		const [items = []] = outputOf(execution, 'Not Sent');
		assert.deepEqual(
			items.map(({ json }) => [json.uid, json.message]),
			[['Nuuk', 'failed']],
		);
	});
}
