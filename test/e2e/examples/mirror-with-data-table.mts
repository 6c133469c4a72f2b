import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { readExample } from '../../../demo/example.mjs';
import type { Execution } from '../../../local-n8n/client.mjs';
import { messageOf, type Scene } from '../scene.mjs';
import { SYNC, type Parameters } from '../workflow.mjs';

interface Row {
	readonly uid: string | null;
	readonly anonymous_id: string | null;
	readonly cohort_id: string;
}

type Customer = Partial<Row>;

const COHORT = 'good-customers';
const COLUMNS = ['uid', 'anonymous_id', 'cohort_id'];
const TABLE_NODES = [
	'Members Until Now',
	'Delete Old Rows',
	'Delete Rows of the Device',
	'Remember Who Came',
];

/** The example, with a Data Table set up as its note says. */
export function mirrorWithDataTable(getScene: () => Scene) {
	/** The REST address of the table. */
	let table: string;
	let tableId: string;

	before(async () => {
		const { client } = getScene();
		const project = await client.get<{ id: string }>('/rest/projects/personal');
		const tables = `/rest/projects/${project.id}/data-tables`;
		const columns = COLUMNS.map((name) => ({ name, type: 'string' }));
		const { id } = await client.post<{ id: string }>(tables, { name: 'Members', columns });
		tableId = id;
		table = `${tables}/${id}`;
	});

	/** Runs the example with these customers as the query's result. */
	async function mirror(
		customers: readonly Customer[],
		options: Parameters = {},
		cohortId = COHORT,
		credential = getScene().credential,
	) {
		const { runNew } = getScene();
		const dataTableId = { __rl: true, mode: 'list', value: tableId };
		return runNew(
			await readExample('mirror-with-data-table.json', credential, {
				...Object.fromEntries(TABLE_NODES.map((name) => [name, { parameters: { dataTableId } }])),
				'Your Query': { parameters: { jsonOutput: JSON.stringify({ customers }) } },
				[SYNC]: { parameters: { options, cohortId, cohortName: cohortId } },
			}),
		);
	}

	/** The table's rows, in the order in which they were added. */
	async function rows(): Promise<Row[]> {
		const { data } = await getScene().client.get<{ data: Row[] }>(`${table}/rows?take=100`);
		return data.map(({ uid, anonymous_id, cohort_id }) => ({ uid, anonymous_id, cohort_id }));
	}

	function members() {
		return getScene().emulator.model.memberIds(COHORT);
	}

	/** The members of the example's cohort in the table. */
	async function remembered() {
		return idsOf((await rows()).filter(({ cohort_id }) => cohort_id === COHORT));
	}

	/** The requests that `run` sends. */
	async function requestsOf(run: () => Promise<Execution>) {
		const { requests } = getScene().emulator.model;
		const before = requests.length;
		const execution = await run();
		const sent = requests
			.slice(before)
			.map((request) => [request.action, ...idsOf(request.members)]);
		return { execution, sent };
	}

	test('with an empty table, the run is the first, and the table then holds each accepted member once', async () => {
		const { status } = await mirror(users('Oslo', 'Łódź', 'Москва', 'Oslo'));
		assert.equal(status, 'success');
		assert.deepEqual(members(), ['Oslo', 'Łódź', 'Москва']);
		assert.deepEqual(
			await rows(),
			['Oslo', 'Łódź', 'Москва'].map((uid) => ({ uid, anonymous_id: null, cohort_id: COHORT })),
		);
	});

	test('after each run the cohort and the table hold exactly the audience, and only changes are sent', async () => {
		const other = { uid: 'Oslo', anonymous_id: null, cohort_id: 'another-cohort' };
		await getScene().client.post(`${table}/insert`, { data: [other], returnType: 'count' });
		const anonymous = ['x', 'y'].map((anonymous_id) => ({ anonymous_id }));
		const runs: Array<{ audience: Customer[]; requests: string[][] }> = [
			{
				audience: [...users('Łódź', 'Москва', 'Ísafjörður'), ...anonymous],
				requests: [
					['remove_members', 'Oslo'],
					['add_members', 'x', 'y', 'Ísafjörður'],
				],
			},
			{
				audience: [...users('Oslo', 'Москва'), ...anonymous.slice(1)],
				requests: [
					['remove_members', 'x', 'Ísafjörður', 'Łódź'],
					// Members who stay but may be the same person as one of the leavers are sent again.
					['add_members', 'Oslo', 'y', 'Москва'],
				],
			},
			{ audience: [...users('Москва', 'Oslo'), ...anonymous.slice(1)], requests: [] },
		];
		for (const { audience, requests } of runs) {
			const { execution, sent } = await requestsOf(() => mirror(audience));
			assert.equal(execution.status, 'success');
			assert.deepEqual(sent, requests);
			assert.deepEqual(members(), idsOf(audience));
			assert.deepEqual(await remembered(), idsOf(audience));
		}
		const others = (await rows()).filter(({ cohort_id }) => cohort_id !== COHORT);
		assert.deepEqual(others, [other]);
	});

	test('a user with two devices is removed under both, and added again when back without a login', async () => {
		const known = [{ anonymous_id: 'a1' }, { anonymous_id: 'a2' }, { uid: 'x' }];
		const { emulator, credential } = await getScene().openAccount({ known });
		const other = { uid: 'x' };
		const device = { anonymous_id: 'a1' };
		const both = ['a1', 'a2'].map((anonymous_id) => ({ uid: 'u1', anonymous_id }));
		const runs: Array<[Customer[], string[], number]> = [
			[[other, device], ['a1', 'x'], 2],
			[[other, ...both], ['a1', 'a2', 'x'], 3],
			[[other], ['x'], 1],
			[[other, device], ['a1', 'x'], 2],
		];
		for (const [audience, held, count] of runs) {
			const execution = await mirror(audience, {}, 'devices', credential);
			assert.equal(execution.status, 'success', messageOf(execution));
			assert.deepEqual(emulator.model.memberIds('devices'), held);
			const kept = (await rows()).filter(({ cohort_id }) => cohort_id === 'devices');
			assert.equal(kept.length, count, JSON.stringify(kept));
		}
	});

	test('if the query returns nothing, the run fails, and the cohort and the table stay unchanged', async () => {
		const before = await rows();
		const { execution, sent } = await requestsOf(() => mirror([]));
		assert.equal(execution.status, 'error');
		assert.match(messageOf(execution), /first input has no items/);
		assert.deepEqual(sent, []);
		assert.deepEqual(await rows(), before);
	});

	test('if one of several requests is rejected, the table matches the cohort, and the run fails', async () => {
		const audience = users('Oslo', 'Kyiv', 'Lima', 'Rome');
		getScene().emulator.model.fault({
			status: 400,
			when: (request) => request.members.some(({ uid }) => uid === 'Lima'),
		});
		const execution = await mirror(audience, { batchSize: 1 });
		assert.equal(execution.status, 'error');
		assert.equal(execution.data.resultData.lastNodeExecuted, 'Stop and Error');
		assert.deepEqual(members(), ['Kyiv', 'Oslo', 'Rome']);
		assert.deepEqual(await remembered(), members());

		assert.equal((await mirror(audience)).status, 'success');
		assert.deepEqual(members(), idsOf(audience));
		assert.deepEqual(await remembered(), idsOf(audience));
	});
}

function idsOf(users: readonly Customer[]) {
	return users.map(({ uid, anonymous_id }) => uid ?? anonymous_id).sort();
}

function users(...uids: string[]): Customer[] {
	return uids.map((uid) => ({ uid }));
}
