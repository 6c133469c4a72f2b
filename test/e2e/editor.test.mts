import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { after, afterEach, before, beforeEach, describe, test, type TestContext } from 'node:test';
import { readCustomers, writeCustomers } from '../../demo/customers.mjs';
import { readExample } from '../../demo/example.mjs';
import { FILE } from '../../demo/stage.mjs';
import { demoAccount } from '../../emulator/model.js';
import { startEmulator, type Emulator } from '../../emulator/server.js';
import { startN8n, type Instance } from '../../local-n8n/instance.mjs';
import { Editor } from './editor.mjs';
import { until } from './scene.mjs';
import { chain, node, rowsNodes, SYNC } from './workflow.mjs';

/** `npm run pictures` renews the pictures in docs/pictures; a test run does not change them. */
const TAKES_PICTURES = process.argv.includes('--pictures');

const CUSTOMERS = [
	{ customer_id: 'C-1001', email: 'ada@example.com', city: 'London' },
	{ customer_id: 'C-1002', email: 'juergen@example.com', city: 'Köln' },
	{ customer_id: 'C-1003', email: 'sofia@example.com', city: 'София' },
	{ customer_id: 'C-1001', email: 'ada@example.org', city: 'London' },
];
const SOURCE = 'Customers Items';

const ALWAYS = ['operation', 'cohortId', 'cohortName', 'userId', 'anonymousId'];

describe('in the editor', () => {
	let n8n: Instance;
	let emulator: Emulator;
	let editor: Editor;

	before(async () => {
		await writeCustomers(FILE, await readCustomers());
		emulator = await startEmulator();
		n8n = await startN8n({
			name: 'e2e-editor',
			dataFolder: dirname(FILE),
			report: console.log,
		});
		console.log(`n8n is up. Its log: ${n8n.log}`);
		editor = await Editor.open(n8n, TAKES_PICTURES);
		const nodes = [
			node('Start', 'n8n-nodes-base.manualTrigger', 1, {}),
			...rowsNodes('Customers', CUSTOMERS),
		];
		await editor.openWorkflow(await n8n.client.createWorkflow(chain(nodes)));
	});

	after(async () => {
		await editor?.close();
		await n8n?.stop();
		await emulator?.close();
	});

	// Each step starts where the previous one ended.
	let failed = false;
	beforeEach(() => assert.ok(!failed, 'An earlier step failed'));
	afterEach(async (context) => {
		// The type of a hook's context lacks the outcome, which exists from Node.js 20.12 on.
		if (failed || (context as TestContext & { passed: boolean }).passed) return;
		failed = true;
		await editor?.keepLastSeen();
	});

	for (const word of ['moengage', 'cohort', 'segment', 'audience', 'CDP', 'campaign', 'mirror']) {
		test(`searching for "${word}" finds the node`, async () => {
			await editor.search(SOURCE, word);
		});
	}

	test('the node panel offers one action for each operation', async () => {
		const { page } = editor;
		await (await editor.search(SOURCE, 'cohort')).click();
		const actions = [
			'Add members to cohort',
			'Mirror audience to cohort',
			'Remove members from cohort',
			'Update membership in cohort',
		];
		for (const action of actions) await page.getByText(action).waitFor();
		await editor.picture('actions', page.getByTestId('node-creator'));
	});

	test('a new node asks for the credential, the cohort and the user, and has a default for everything else', async () => {
		const { page } = editor;
		await page.getByText('Add members to cohort').click();
		await page.getByTestId('node-parameters').waitFor();
		assert.deepEqual(await editor.fields(), ALWAYS);
		await editor.picture('new-node', page.getByTestId('ndv'));
	});

	test('the next node offers the fields of the result before the first run', async () => {
		const { page } = editor;
		await editor.backToCanvas();
		await (await editor.search(SYNC, 'do nothing', 'No Operation')).click();
		const panel = page.getByTestId('ndv-input-panel');
		for (const name of ['status', 'action', 'cohort_id', 'uid', 'anonymous_id', 'timestamp']) {
			await panel.locator(`[data-name="${name}"]`).first().waitFor();
		}
		await editor.picture('fields-before-the-first-run', page.getByTestId('ndv'));
		await editor.backToCanvas();
	});

	test('the credential test shows a message for wrong keys, and succeeds with correct ones', async () => {
		const { page } = editor;
		await editor.openNode();
		await newCredential();
		const dialog = page.getByTestId('editCredential-modal');
		const { appId, secret } = demoAccount;
		await editor.field('appId', dialog).locator('input').fill(appId);
		await editor.field('secretKey', dialog).locator('input').fill('mistyped');
		await page.getByText('Settings → Account → APIs').waitFor();
		await editor.picture('credential-fields', dialog);
		await editor.choose('dataCenter', 'Custom URL', dialog);
		await editor.field('customUrl', dialog).locator('input').fill(emulator.url);
		await page.getByTestId('credential-save-button').click();
		await dialog.getByText('More details').click();
		await dialog
			.getByText('MoEngage does not accept the App ID or the Secret Key')
			.or(dialog.getByText('Authorization failed - please check your credentials')) // 1.x
			.waitFor();
		await editor.picture('credential-wrong', dialog);

		await editor.field('secretKey', dialog).locator('input').fill(secret);
		await dialog.getByRole('button', { name: 'Retry' }).click();
		await dialog.getByText('Connection tested successfully').waitFor();
		await editor.picture('credential', dialog);
		await page.getByTestId('credential-save-button').click();
		const isSaved = dialog.getByText('Saved', { exact: true }).waitFor();
		const isClosed = dialog.waitFor({ state: 'hidden' }); // 2.x closes it by itself
		await Promise.any([isSaved, isClosed]);
		if (await dialog.isVisible()) await page.keyboard.press('Escape');
		await isClosed;
	});

	async function newCredential() {
		const { page } = editor;
		const empty = page.getByTestId('node-credentials-empty-state');
		const select = page.getByTestId('node-credentials-select');
		await empty.or(select).first().waitFor();
		if (await empty.isVisible()) {
			await empty.getByRole('button').first().click();
		} else {
			await select.click(); // 1.x
			await page.getByTestId('node-credentials-select-item-new').click();
		}
		await page.getByTestId('editCredential-modal').waitFor();
	}

	test('a field dragged into User ID becomes its expression', async () => {
		const { page } = editor;
		await editor.field('cohortId').locator('input').fill('vip-customers');
		await editor.field('cohortName').locator('input').fill('VIP customers');
		await page.getByText('Execute previous nodes').first().click();
		await page.getByTestId('ndv-input-panel').getByText('C-1001').first().waitFor();
		await editor.drag('customer_id', 'userId');
		await editor.picture('drag', page.getByTestId('ndv'));
		await editor.drop();
		assert.equal(await editor.expressionFor('C-1001', 'userId'), '{{ $json.customer_id }}');
	});

	test('after a run, each item has its result, and a hint says what the user should know', async () => {
		await editor.execute('accepted');
		await editor.output.getByText('MoEngage accepted').waitFor();
		assert.deepEqual(emulator.model.memberIds('vip-customers'), ['C-1001', 'C-1002', 'C-1003']);
		await editor.picture('result', editor.page.getByTestId('ndv'));
	});

	test('the title says what is wrong, and the text below says how to fix it', async () => {
		const requests = emulator.model.requests.length;
		await editor.field('cohortName').locator('input').fill('VIP: customers?');
		await editor.execute("4 of 4 items can't be sent, so nothing was sent");
		await editor.output.getByText(/^Items 0, 1, 2, 3: .*Use "VIP customers" instead/).waitFor();
		assert.equal(emulator.model.requests.length, requests);
		await editor.picture('error', editor.page.getByTestId('ndv'));
		await editor.field('cohortName').locator('input').fill('VIP customers');
	});

	test('a field dragged onto another is refused with advice, because n8n joins the two', async () => {
		await editor.emptyExpression('userId');
		await editor.page.keyboard.insertText('{{ $json.uid }}');
		assert.equal(await editor.expressionFor('undefined', 'userId'), '{{ $json.uid }}');
		await editor.drag('customer_id', 'userId');
		await editor.drop();
		assert.equal(
			await editor.expressionFor('C-1001', 'userId'),
			'{{ $json.uid }}{{ $json.customer_id }}',
		);
		await editor.execute("'User ID' contains two columns next to each other");
		await editor.emptyExpression('userId');
		await editor.page.keyboard.insertText('{{ $json.customer_id }}');
	});

	for (const [operation, ...own] of [
		['Remove Members'],
		['Update Membership', 'membership', 'changedAt'],
		['Add Members'],
		['Mirror', 'previousMembers', 'removalLimit'],
	] as const) {
		test(`"${operation}" shows its own fields and no others`, async () => {
			await editor.choose('operation', operation);
			const expected = [...ALWAYS, ...own];
			// The editor needs a moment; the comparison follows in any case.
			const areShown = async () => isDeepStrictEqual(await editor.fields(), expected);
			await until(areShown, 5).catch(() => undefined);
			assert.deepEqual(await editor.fields(), expected);
			if (operation === 'Update Membership') {
				await editor.picture('update-membership', editor.page.getByTestId('node-parameters'));
			}
		});
	}

	test('the option for the saved members of a Mirror is offered only there', async () => {
		const option = 'Send Everyone Again After (Days)';
		assert.ok((await editor.options()).includes(option));
		await editor.choose('previousMembers', 'Second Input');
		await editor.page.getByText('On the canvas, connect the input').waitFor();
		assert.ok(!(await editor.options()).includes(option));
		await editor.picture('mirror', editor.page.getByTestId('node-parameters'));
	});

	test('Mirror with Second Input has a second input on the canvas', async () => {
		await editor.backToCanvas();
		await editor.page.getByTestId('clear-execution-data-button').first().click();
		const inputs = editor.node().getByTestId('canvas-node-input-handle');
		await inputs.nth(1).waitFor();
		assert.equal(await inputs.count(), 2);
		assert.deepEqual(await inputs.allInnerTexts(), ['Members', 'Previous']);
		await editor.node().getByText('Mirror to VIP customers').waitFor();
		await editor.pictureOfCanvas('second-input');
	});

	test('a node in a dry run says so on the canvas', async () => {
		const rehearsal = node(SYNC, 'n8n-nodes-moengage.moEngageCohortSync', 1, {
			cohortId: 'vip-customers',
			cohortName: 'VIP customers',
			options: { dryRun: true },
		});
		const start = node('Start', 'n8n-nodes-base.manualTrigger', 1, {});
		await editor.openWorkflow(await n8n.client.createWorkflow(chain([start, rehearsal])));
		await editor.node().getByText('Dry run: Add to VIP customers').waitFor();
	});

	test('an AI agent can use the node as a tool, with a description of what it does', async () => {
		const { page } = editor;
		const agent = chain([
			node('Chat', '@n8n/n8n-nodes-langchain.chatTrigger', 1.1, {}),
			node('Agent', '@n8n/n8n-nodes-langchain.agent', 2, {}),
		]);
		const tool = node(SYNC, 'n8n-nodes-moengage.moEngageCohortSyncTool', 1, {});
		const id = await n8n.client.createWorkflow({
			...agent,
			nodes: [...agent.nodes, tool],
			connections: {
				...agent.connections,
				[SYNC]: { ai_tool: [[{ node: 'Agent', type: 'ai_tool', index: 0 }]] },
			},
		});
		await editor.openWorkflow(id);
		await editor.openNode();
		assert.deepEqual(await editor.fields(), ['descriptionType', ...ALWAYS]);
		await editor.picture('ai-tool', page.getByTestId('ndv'));
	});

	test('the canvas shows how many items of a complete example took each path', async () => {
		const { page } = editor;
		const credential = await n8n.client.createCredential({
			name: 'MoEngage (emulator)',
			type: 'moEngageApi',
			data: {
				appId: demoAccount.appId,
				secretKey: demoAccount.secret,
				dataCenter: 'custom',
				customUrl: emulator.url,
			},
		});
		const example = await readExample('csv-to-cohort.json', credential, {
			'Read Customer File': { parameters: { fileSelector: FILE } },
		});
		await editor.openWorkflow(await n8n.client.createWorkflow(example));
		const execute = page.getByTestId('execute-workflow-button');
		await execute.click();
		await page
			.getByText(/20,?000 items/)
			.first()
			.waitFor({ timeout: 120_000 });
		await execute.filter({ hasText: 'Execute workflow' }).waitFor();
		assert.equal(await page.getByTestId('canvas-node-status-success').count(), 7);
		await editor.pictureOfCanvas('workflow');
	});
});
