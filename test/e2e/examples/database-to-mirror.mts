import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readExample } from '../../../demo/example.mjs';
import { outputOf, type Execution, type Workflow } from '../../../local-n8n/client.mjs';
import { Client } from 'pg';
import { HOST } from '../../../local-n8n/environment.mjs';
import { missingServices, startPostgres, type Service } from '../../../local-n8n/services.mjs';
import { IS_VERSION_1 } from '../production.mjs';
import { messageOf, type Scene, until } from '../scene.mjs';
import { chain, node, SYNC } from '../workflow.mjs';

/** In CI, PostgreSQL must not be missing: the test is not skipped there, and fails. */
const skip = process.env.CI ? false : ((await missingServices('postgresql')) ?? false);

/** The one that the note tells to set: n8n 2.x runs it only if it is published, 1.x as it is. */
const ERROR_WORKFLOW: Workflow = {
	...chain([node('Error Trigger', 'n8n-nodes-base.errorTrigger', 1, {})]),
	name: 'Tell me',
};

/** The example on a real PostgreSQL, run by its schedule: every second instead of every day. */
export function databaseToMirror(getScene: () => Scene) {
	let postgres: Service;
	let sql: Client;
	let workflowId: string;
	let errorWorkflow: string;

	before(async () => {
		if (skip) return;
		postgres = await startPostgres('e2e-examples');
		const { port } = postgres;
		const login = { host: HOST, port, user: 'postgres', database: 'postgres' };
		sql = new Client(login);
		await sql.connect();
		await sql.query('CREATE TABLE customers (account_id text, opted_in boolean, orders integer)');
		const { client, credential } = getScene();
		const database = await client.createCredential({
			name: 'Customers',
			type: 'postgres',
			data: { ...login, password: '', ssl: 'disable' },
		});
		const everySecond = { interval: [{ field: 'seconds', secondsInterval: 1 }] };
		const example = await readExample('database-to-mirror.json', credential, {
			'Every Day at 6:00': { parameters: { rule: everySecond } },
			'All Members': { credentials: { postgres: database } },
		});
		errorWorkflow = await client.createWorkflow(ERROR_WORKFLOW);
		if (!IS_VERSION_1) await client.activate(errorWorkflow);
		workflowId = await client.createWorkflow({
			...example,
			settings: { ...example.settings, errorWorkflow },
		});
	});

	after(async () => {
		await sql?.end();
		await postgres?.stop();
	});

	/** Lets the schedule run the workflow at least once with these customers, and returns the first run. */
	async function scheduledRun(customers: readonly string[]): Promise<Execution> {
		const { client } = getScene();
		const rows = [
			...customers.map((id) => [id, true, 10]),
			['opted out', false, 10],
			['orders too little', true, 9],
		];
		await sql.query('TRUNCATE customers');
		await sql.query(
			'INSERT INTO customers SELECT * FROM unnest($1::text[], $2::boolean[], $3::integer[])',
			[0, 1, 2].map((column) => rows.map((row) => row[column])),
		);
		const before = await ids();
		await client.activate(workflowId);
		let id: string | undefined;
		await until(async () => {
			id = (await ids()).find((one) => !before.includes(one));
			return id !== undefined;
		});
		await client.post(`/rest/workflows/${workflowId}/deactivate`, {});
		const execution = await client.ended(id ?? '');
		for (const other of await ids()) await client.ended(other);
		return execution;
	}

	/** The IDs of the workflow's executions, oldest first. */
	async function ids() {
		const results = await getScene().client.executions(workflowId);
		return results.map(({ id }) => id).sort((a, b) => Number(a) - Number(b));
	}

	const members = () => getScene().emulator.model.memberIds('loyal-customers');

	test(
		'after each scheduled run, the cohort contains exactly the users that the query returns',
		{ skip },
		async () => {
			const audiences = [
				['Oslo', 'Łódź', 'Москва'],
				['Łódź', 'Москва', 'Ísafjörður'],
				['Ísafjörður', 'Oslo', 'Łódź'],
			];
			for (const audience of audiences) {
				const execution = await scheduledRun(audience);
				assert.equal(execution.status, 'success', messageOf(execution));
				assert.deepEqual(members(), audience.toSorted());
			}
		},
	);

	test('a run returns one summary with what was added and removed', { skip }, async () => {
		const execution = await scheduledRun(['Oslo', 'Łódź', 'Kyiv', 'Rome']);
		const [items = []] = outputOf(execution, SYNC);
		assert.deepEqual(
			items.map(({ json }) => [json.cohort_name, json.added, json.removed, json.unchanged]),
			[['Loyal customers', 2, 1, 2]],
		);
	});

	test(
		'if the query returns nothing, the run fails, the cohort stays unchanged, and the error workflow runs',
		{ skip },
		async () => {
			const before = members();
			const execution = await scheduledRun([]);
			assert.equal(execution.status, 'error');
			assert.equal(execution.data.resultData.lastNodeExecuted, SYNC);
			assert.match(messageOf(execution), /No data came in/);
			assert.deepEqual(members(), before);
			// n8n starts it after the end of the execution that failed.
			const { client } = getScene();
			await until(async () => (await client.executions(errorWorkflow)).length > 0);
		},
	);
}
