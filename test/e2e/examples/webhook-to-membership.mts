import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { readExample } from '../../../demo/example.mjs';
import { demoAccount } from '../../../emulator/model.js';
import { type Scene, until } from '../scene.mjs';
import type { Parameters } from '../workflow.mjs';

const PATH = 'moengage-audience';
const HEADER = { name: 'x-audience-secret', value: 'only-the-sender-knows' };

const segment = (userId: string, entered: boolean, timestamp = '2026-11-23T10:00:00.000Z') => ({
	type: 'track',
	event: entered ? 'Audience Entered' : 'Audience Exited',
	userId,
	timestamp,
	properties: { audience_key: 'cart_abandoners', cart_abandoners: entered },
});

const amplitude = (in_cohort: boolean, ...users: string[]) => ({
	cohort_name: 'Big spenders',
	cohort_id: '7khm89cz',
	in_cohort,
	computed_time: '1763892000',
	message_id: '9baaa88f::enter::0',
	users: users.map((user_id) => ({ user_id })),
});

const plain = (user_id: string | number | null, event: string, time = '2026-11-23T10:00:00Z') => ({
	user_id,
	cohort: 'trial',
	event,
	time,
});

/** The example, activated and called in the way Segment, Amplitude and others do. */
export function webhookToMembership(getScene: () => Scene) {
	before(async () => {
		const { client, credential } = getScene();
		const secret = await client.createCredential({
			name: 'Sender',
			type: 'httpHeaderAuth',
			data: HEADER,
		});
		const workflow = await readExample('webhook-to-membership.json', credential, {
			Webhook: { credentials: { httpHeaderAuth: secret } },
			'MoEngage Cohort Sync': { parameters: { options: { output: 'summary', maxRetries: 0 } } },
		});
		await client.activate(await client.createWorkflow(workflow));
		await open(PATH);

		/** The example at another address, with other options of the node. */
		const openWith = async (path: string, options: Parameters, account = credential) => {
			const other = await readExample('webhook-to-membership.json', account, {
				Webhook: { credentials: { httpHeaderAuth: secret }, parameters: { path } },
				'MoEngage Cohort Sync': { parameters: { options } },
			});
			const nodes = other.nodes.map((node) =>
				node.webhookId ? { ...node, webhookId: path } : node,
			);
			await client.activate(await client.createWorkflow({ ...other, nodes }));
			await open(path);
		};
		await openWith('items', {});
		await openWith('bad-option', { output: 'summary', batchSize: -1 });
		const badUrl = await client.createCredential({
			name: 'Wrong address',
			type: 'moEngageApi',
			data: { ...demoAccount, secretKey: 'any', dataCenter: 'custom', customUrl: 'not a URL' },
		});
		await openWith('bad-credential', { output: 'summary' }, badUrl);
	});

	/** Waits until n8n serves a webhook. */
	const open = (path: string) =>
		until(async () => (await call({ users: [] }, HEADER.value, path)).status !== 404);

	/** Calls the webhook, and returns the response that the sender gets. */
	async function call(body: object, secret = HEADER.value, path = PATH) {
		const response = await fetch(`${getScene().n8n.url}/webhook/${path}`, {
			method: 'POST',
			headers: { 'content-type': 'application/json', [HEADER.name]: secret, connection: 'close' },
			body: JSON.stringify(body),
		});
		const text = await response.text();
		return { status: response.status, ...(text.startsWith('{') && JSON.parse(text)) };
	}

	const members = (cohort: string) => getScene().emulator.model.memberIds(cohort);

	const formats = [
		{
			sender: 'Segment',
			calls: [segment('Oslo', true), segment('Łódź', true), segment('Oslo', false)],
			cohort: { id: 'cart_abandoners', name: 'cart_abandoners', members: ['Łódź'] },
		},
		{
			sender: 'Amplitude',
			calls: [amplitude(true, 'Oslo', 'Łódź', 'Москва'), amplitude(false, 'Oslo')],
			cohort: { id: '7khm89cz', name: 'Big spenders', members: ['Łódź', 'Москва'] },
		},
		{
			sender: 'one of your own',
			calls: [plain('Oslo', 'entered'), plain('Łódź', 'entered'), plain('Oslo', 'exited')],
			cohort: { id: 'trial', name: 'trial', members: ['Łódź'] },
		},
	];
	for (const { sender, calls, cohort } of formats) {
		test(`users who enter and exit an audience join and leave the cohort: ${sender}`, async () => {
			for (const body of calls) {
				const { status, not_accepted } = await call(body);
				assert.deepEqual([status, not_accepted], [200, []]);
			}
			assert.deepEqual(members(cohort.id), cohort.members);
			assert.equal(getScene().emulator.model.cohort(cohort.id)?.name, cohort.name);
		});
	}

	test('if a call has several changes of one user, the newest by time counts', async () => {
		const answer = await call([
			plain('late', 'exited', '2026-11-23T12:00:00Z'),
			plain('late', 'entered', '2026-11-23T11:00:00Z'),
			plain('back', 'exited', '2026-11-23T11:00:00Z'),
			plain('back', 'entered', '2026-11-23T12:00:00Z'),
		]);
		assert.deepEqual(answer, { status: 200, accepted: 2, not_accepted: [] });
		assert.deepEqual(members('trial'), ['back', 'Łódź']);
	});

	test('a call without a usable user gets a 400 with the reason', async () => {
		assert.deepEqual(await call(plain(null, 'entered')), {
			status: 400,
			accepted: 0,
			not_accepted: [{ user_id: null, reason: "Both 'User ID' and 'Anonymous ID' are empty." }],
		});
	});

	test('if a call has valid and invalid users, the valid ones are accepted', async () => {
		const answer = await call([
			plain('Rome', 'perhaps'),
			plain('Kyiv', 'entered'),
			plain(4712, 'entered', 'soon'),
		]);
		assert.deepEqual(answer, {
			status: 200,
			accepted: 1,
			not_accepted: [
				{ user_id: 'Rome', reason: "'Is Member' is neither a yes nor a no." },
				{ user_id: 4712, reason: "'Changed At' is not a valid time." },
			],
		});
		assert.ok(members('trial').includes('Kyiv'));
	});

	test('while MoEngage is unavailable, the sender gets a 503, and a second call succeeds', async () => {
		getScene().emulator.model.fault({ status: 500 });
		const first = await call(plain('Lima', 'entered'));
		assert.deepEqual(first, {
			status: 503,
			accepted: 0,
			not_accepted: [{ user_id: 'Lima', reason: 'MoEngage is unavailable (status 500).' }],
		});
		const second = await call(plain('Lima', 'entered'));
		assert.deepEqual(second, { status: 200, accepted: 1, not_accepted: [] });
		assert.ok(members('trial').includes('Lima'));
	});

	test('a call without users gets a 200', async () => {
		assert.equal((await call(amplitude(true))).status, 200);
	});

	test('a caller without the secret is rejected', async () => {
		const { requests } = getScene().emulator.model;
		const before = requests.length;
		assert.equal((await call(plain('Oslo', 'entered'), 'a guess')).status, 403);
		assert.equal(requests.length, before);
	});

	test('without the option Output, the answer has the same numbers', async () => {
		const answer = await call(
			[plain('Bern', 'entered'), plain('Bonn', 'entered'), plain(null, 'entered')],
			HEADER.value,
			'items',
		);
		assert.deepEqual(answer, {
			status: 200,
			accepted: 2,
			not_accepted: [{ user_id: null, reason: "Both 'User ID' and 'Anonymous ID' are empty." }],
		});
	});

	for (const [path, reason] of [
		['bad-option', /'Members per Request'/],
		['bad-credential', /'Custom URL'/],
	] as const) {
		test(`a mistake in the workflow gets a 503, so that the sender calls again: ${path}`, async () => {
			const { status, accepted, not_accepted } = await call(
				plain('Graz', 'entered'),
				HEADER.value,
				path,
			);
			assert.deepEqual([status, accepted], [503, 0]);
			assert.match(not_accepted[0].reason, reason);
		});
	}
}
