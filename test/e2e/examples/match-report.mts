import assert from 'node:assert/strict';
import fastify from 'fastify';
import { after, before, test } from 'node:test';
import { readExample } from '../../../demo/example.mjs';
import type { EmulatorOptions } from '../../../emulator/model.js';
import { outputOf } from '../../../local-n8n/client.mjs';
import { messageOf, type Scene } from '../scene.mjs';

/** The example, with a local server in place of the team's chat. */
export function matchReport(getScene: () => Scene) {
	const chat = fastify({ forceCloseConnections: true });
	const messages: string[] = [];
	let url: string;

	before(async () => {
		chat.post<{ Body: { text: string } }>('/', async ({ body }) => {
			messages.push(body.text);
			return 'ok';
		});
		url = await chat.listen({ host: '127.0.0.1', port: 0 });
	});

	after(() => chat.close());

	async function run(
		customers: readonly object[],
		options: EmulatorOptions,
		{ onError, dryRun = false }: { onError?: 'continueRegularOutput'; dryRun?: boolean } = {},
	) {
		messages.length = 0;
		const { openAccount, runNew } = getScene();
		const { emulator, credential } = await openAccount(options);
		const workflow = await readExample('match-report.json', credential, {
			'Your Audience': { parameters: { jsonOutput: JSON.stringify({ customers }) } },
			'Who Is Known': { parameters: { options: { output: 'summary', dryRun } } },
			'Tell the Team': { parameters: { url } },
		});
		const nodes = workflow.nodes.map((node) =>
			node.name === 'Who Is Known' && onError ? { ...node, onError } : node,
		);
		const execution = await runNew({ ...workflow, nodes });
		return { execution, requests: emulator.model.requests };
	}

	const users = (count: number) =>
		Array.from({ length: count }, (_, index) => ({ uid: `customer-${index}` }));

	test('the team gets a message with the share of a sample that MoEngage knows, and nothing is changed', async () => {
		const { execution, requests } = await run(users(600), { known: users(300) });
		assert.equal(execution.status, 'success', messageOf(execution));
		const [[report] = []] = outputOf(execution, 'Match Report');
		const { known = 0, unknown = 0, looked_up, known_percent } = report?.json ?? {};
		assert.equal(looked_up, 500);
		assert.equal(Number(known) + Number(unknown), 500);
		assert.equal(known_percent, Math.round(Number(known) * 2) / 10);
		assert.deepEqual(messages, [
			`MoEngage knows ${known_percent}% of the audience: ${known} of 500 customers looked up.`,
		]);
		assert.ok(requests.every(({ endpoint }) => endpoint === 'getUser'));
		const asked = requests.flatMap(({ lookup }) => lookup?.identifiers ?? []);
		const truly = asked.filter(({ identifier }) => Number(identifier.slice(9)) < 300).length;
		assert.equal(known, truly);
	});

	test('if Get User is not enabled, the execution fails with a clear message', async () => {
		const { execution } = await run(users(3), { restrictions: { getUser: 404 } });
		assert.equal(execution.status, 'error');
		assert.match(messageOf(execution), /ask MoEngage support to enable the Get User API/);
		assert.deepEqual(messages, []);
	});

	test('if the query returns nothing, the execution fails', async () => {
		const { execution } = await run([], {});
		assert.equal(execution.status, 'error');
		assert.match(messageOf(execution), /^No data came in/);
		assert.deepEqual(messages, []);
	});

	const CONTINUE = { onError: 'continueRegularOutput' } as const;

	test('with On Error: Continue, one message says how many are known, and that some were not looked up', async () => {
		const { execution } = await run([...users(2), {}, {}], { known: users(1) }, CONTINUE);
		assert.equal(execution.status, 'success', messageOf(execution));
		assert.deepEqual(messages, [
			"MoEngage knows 50% of the audience: 1 of 2 customers looked up. Not all were looked up: 'User ID' is empty, and MoEngage can't look users up by an anonymous ID.",
		]);
	});

	for (const [what, customers, options, more, reason] of [
		['a run without a usable ID', [{}, {}], {}, CONTINUE, "'User ID' is empty, and"],
		['Get User is not enabled', users(3), { restrictions: { getUser: 404 } }, CONTINUE, 'MoEngage'],
		['a dry run', users(3), {}, { dryRun: true }, "'Dry Run' is on."],
	] as const) {
		test(`nobody is looked up: ${what}`, async () => {
			const { execution } = await run(customers, options, more);
			assert.equal(execution.status, 'success', messageOf(execution));
			assert.equal(messages.length, 1);
			assert.ok(messages[0]?.startsWith(`No customer was looked up. ${reason}`), messages[0]);
		});
	}
}
