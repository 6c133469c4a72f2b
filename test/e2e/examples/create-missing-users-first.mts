import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readExample, type Changes } from '../../../demo/example.mjs';
import { bulkImportPath, demoAccount, type EmulatorOptions } from '../../../emulator/model.js';
import type { Workflow } from '../../../local-n8n/client.mjs';
import { messageOf, type Account, type Scene } from '../scene.mjs';

const COHORT = 'new-customers';

/** The example, with a wait of one second instead of ten minutes. */
export function createMissingUsersFirst(getScene: () => Scene) {
	/** Runs it with the customers of the example, of whom MoEngage knows some. */
	async function run(
		options: EmulatorOptions,
		changes: Changes = {},
		adapt = (workflow: Workflow): Workflow => workflow,
	) {
		const { openAccount, runNew } = getScene();
		const account = await openAccount(options);
		const { emulator, credential } = account;
		const url = `${emulator.url}${bulkImportPath(demoAccount.appId)}`;
		const workflow = await readExample('create-missing-users-first.json', credential, {
			'Create Users': { parameters: { url }, credentials: { moEngageApi: credential } },
			'Give MoEngage Time': { parameters: { amount: 1, unit: 'seconds' } },
			...changes,
		});
		const execution = await runNew(adapt(workflow));
		return { execution, account };
	}

	const endpoints = ({ emulator }: Account) =>
		emulator.model.requests.map(({ endpoint }) => endpoint);

	/** As the note says, for a source that has its IDs in another column. */
	const otherColumn: Changes = {
		'Your Customers': {
			parameters: {
				jsonOutput: JSON.stringify({
					customers: [
						{ account_id: 'customer-1', name: 'Ada', email: 'ada@example.com' },
						{ account_id: 'customer-2', name: 'Grace', email: 'grace@example.com' },
						{ account_id: 'customer-101', name: 'Linus', email: 'linus@example.com' },
					],
				}),
			},
		},
		'Who Is Known': {
			parameters: { userId: '={{ $json.account_id }}', options: { includeInputFields: true } },
		},
	};

	/** A source with another name. */
	const renamed = (workflow: Workflow) =>
		JSON.parse(
			JSON.stringify(workflow).replaceAll('One Item per Customer', 'Customers from Our Shop'),
		) as Workflow;

	for (const [title, changes, adapt] of [
		['unknown users are created with their attributes, and everyone is in the cohort', {}],
		['the same with the IDs in a column of another name', otherColumn],
		['the same with a source of another name', {}, renamed],
	] as const) {
		test(title, async () => {
			const { execution, account } = await run({ known: [{ uid: 'customer-2' }] }, changes, adapt);
			assert.equal(execution.status, 'success', messageOf(execution));
			const { model } = account.emulator;
			assert.deepEqual(endpoints(account), ['getUser', 'cohortSync', 'bulkImport', 'cohortSync']);
			assert.deepEqual(
				model.requests.flatMap(({ userImport }) => userImport?.elements ?? []),
				[
					['customer-1', 'Ada'],
					['customer-101', 'Linus'],
				].map(([customer_id, first_name]) => ({
					type: 'customer',
					customer_id,
					attributes: { first_name, email: `${first_name?.toLowerCase()}@example.com` },
				})),
			);
			assert.deepEqual(model.memberIds(COHORT), ['customer-1', 'customer-101', 'customer-2']);
		});
	}

	test('if nobody is missing, nobody is created', async () => {
		const { execution, account } = await run({
			known: [1, 2, 101].map((number) => ({ uid: `customer-${number}` })),
		});
		assert.equal(execution.status, 'success', messageOf(execution));
		assert.deepEqual(endpoints(account), ['getUser', 'cohortSync']);
	});

	test('if Get User is not enabled, the run says so, and nobody is created or added', async () => {
		const { execution, account } = await run({ restrictions: { getUser: 403 } });
		assert.equal(execution.status, 'error');
		assert.match(messageOf(execution), /ask MoEngage support to enable the Get User API\.?\n/);
		assert.deepEqual(endpoints(account), ['getUser']);
	});

	test('a dry run of Who Is Known looks nobody up, creates nobody and fails', async () => {
		const options = { includeInputFields: true, dryRun: true };
		const { execution, account } = await run({}, { 'Who Is Known': { parameters: { options } } });
		assert.equal(execution.status, 'error');
		assert.match(messageOf(execution), /'Dry Run' on.* nobody was created or added/);
		assert.deepEqual(endpoints(account), []);
	});

	test('with On Error: Continue, users without an ID are not created, and the execution fails after the others', async () => {
		const customers = [{ uid: 'customer-1' }, { name: 'Nobody' }, { uid: 'customer-2' }];
		const { execution, account } = await run(
			{ known: [{ uid: 'customer-2' }] },
			{ 'Your Customers': { parameters: { jsonOutput: JSON.stringify({ customers }) } } },
			(workflow) => ({
				...workflow,
				nodes: workflow.nodes.map((node) =>
					node.name === 'Who Is Known' ? { ...node, onError: 'continueRegularOutput' } : node,
				),
			}),
		);
		assert.equal(execution.status, 'error');
		assert.match(messageOf(execution), /'User ID' is empty/);
		const { model } = account.emulator;
		assert.deepEqual(
			model.requests.flatMap(({ userImport }) => userImport?.elements ?? []),
			[{ type: 'customer', customer_id: 'customer-1', attributes: {} }],
		);
		assert.deepEqual(model.memberIds(COHORT), ['customer-1', 'customer-2']);
	});
}
