import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Action, Fault, RequestRecord } from '../../../emulator/model.js';
import { readExample } from '../../../demo/example.mjs';
import type { Execution } from '../../../local-n8n/client.mjs';
import { messageOf, type Scene } from '../scene.mjs';
import { SYNC, type Parameters } from '../workflow.mjs';

interface Row {
	readonly uid: string | null;
	readonly anonymous_id: string | null;
	readonly cohort_id: string;
	readonly status: string;
	readonly action: string;
}

type Customer = object & Partial<Pick<Row, 'anonymous_id'>> & { uid?: string | number | null };

const COHORT = 'good-customers';
const COLUMNS = ['uid', 'anonymous_id', 'cohort_id', 'status', 'action'];
const TABLE_NODES = ['Members Until Now', 'Delete Old Rows', 'Take Out Rows', 'Remember Who Came'];

const ACCEPTED = { anonymous_id: null, status: 'accepted', action: 'add' };

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
		more: Parameters = {},
	) {
		const { runNew } = getScene();
		const dataTableId = { __rl: true, mode: 'list', value: tableId };
		return runNew(
			await readExample('mirror-with-data-table.json', credential, {
				...Object.fromEntries(TABLE_NODES.map((name) => [name, { parameters: { dataTableId } }])),
				'Your Query': { parameters: { jsonOutput: JSON.stringify({ customers }) } },
				[SYNC]: {
					parameters: { options, cohortId, cohortName: cohortId, ...more },
				},
			}),
		);
	}

	/** The table's rows, in the order in which they were added. */
	async function rows(): Promise<Row[]> {
		const { data } = await getScene().client.get<{ data: Row[] }>(`${table}/rows?take=100`);
		return data.map(({ uid, anonymous_id, cohort_id, status, action }) => {
			return { uid, anonymous_id, cohort_id, status, action };
		});
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
			['Oslo', 'Łódź', 'Москва'].map((uid) => ({ ...ACCEPTED, uid, cohort_id: COHORT })),
		);
	});

	test('after each run the cohort and the table hold exactly the audience, and only changes are sent', async () => {
		const other = { ...ACCEPTED, uid: 'Oslo', cohort_id: 'another-cohort' };
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

	/** Mirrors u1, whose devices are a1 to a3, x and y to a cohort of its own, with any other parameters of the node. */
	async function openPerson(cohortId: string, more: Parameters = {}) {
		const known = [{ uid: 'u1', anonymous_ids: ['a1', 'a2', 'a3'] }, { uid: 'x' }, { uid: 'y' }];
		const { emulator, credential } = await getScene().openAccount({ known });
		const run = (customers: readonly Customer[], fault?: Fault, options: Parameters = {}) => {
			const lift = fault && emulator.model.fault(fault);
			return mirror(customers, options, cohortId, credential, more).finally(lift);
		};
		const held = () => emulator.model.memberIds(cohortId);
		/** The cohort's rows: the member, and whether it is known to be in. */
		const kept = async () =>
			(await rows())
				.filter(({ cohort_id }) => cohort_id === cohortId)
				.map(({ uid, anonymous_id, status, action }) =>
					[uid ?? '', anonymous_id ?? '', status, action].join(' ').trim(),
				)
				.sort();
		return { emulator, run, held, kept };
	}

	const isOf =
		(action: Action, id: string) =>
		(request: RequestRecord): boolean =>
			request.action === action &&
			request.members.some(({ uid, anonymous_id }) => uid === id || anonymous_id === id);

	test('if a user is removed by a device and the request that sends them again is refused, the next run sends them again', async () => {
		const { run, held, kept } = await openPerson('resent');
		const [u1, a1, x] = [{ uid: 'u1' }, { anonymous_id: 'a1' }, { uid: 'x' }];
		assert.equal((await run([u1, a1, x])).status, 'success');

		const fault = { status: 403, when: isOf('add_members', 'u1') };
		const execution = await run([u1, x], fault);
		assert.equal(execution.status, 'error');
		assert.equal(execution.data.resultData.lastNodeExecuted, 'Stop and Error');
		assert.deepEqual(held(), ['x']);
		assert.deepEqual(await kept(), ['u1  failed add', 'x  failed add']);

		assert.equal((await run([u1, x])).status, 'success');
		assert.deepEqual(held(), ['u1', 'x']);
		assert.deepEqual(await kept(), ['u1  accepted add', 'x  accepted add']);
	});

	test('the same for a user with two devices who comes by one of them', async () => {
		const { run, held, kept } = await openPerson('two devices');
		const both = ['a1', 'a2'].map((anonymous_id) => ({ uid: 'u1', anonymous_id }));
		const [a1, x] = [{ anonymous_id: 'a1' }, { uid: 'x' }];
		assert.equal((await run([...both, { anonymous_id: 'a3' }, x])).status, 'success');

		// MoEngage knows a3 as one of u1's devices, the node does not.
		const fault = { status: 403, when: isOf('add_members', 'u1') };
		const execution = await run([a1, x], fault);
		assert.equal(execution.data.resultData.lastNodeExecuted, 'Stop and Error');
		assert.deepEqual(held(), ['x']);
		assert.deepEqual(await kept(), ['u1 a1 failed add', 'u1 a2 accepted add', 'x  failed add']);

		assert.equal((await run([a1, x])).status, 'success');
		assert.deepEqual(held(), ['u1', 'x']);
		assert.deepEqual(await kept(), ['u1 a1 accepted add', 'u1 a2 accepted add', 'x  accepted add']);

		assert.equal((await run([x])).status, 'success');
		assert.deepEqual(held(), ['x']);
		assert.deepEqual(await kept(), ['x  accepted add']);
	});

	test('if one of two removals of a user is refused and the user is back, the next run sends them again', async () => {
		const { run, held, kept } = await openPerson('back');
		const [u1, a1, x] = [{ uid: 'u1' }, { anonymous_id: 'a1' }, { uid: 'x' }];
		assert.equal((await run([u1, a1, x])).status, 'success');

		const fault = { status: 418, when: isOf('remove_members', 'u1') };
		const execution = await run([x], fault, { batchSize: 1 });
		assert.equal(execution.data.resultData.lastNodeExecuted, 'Stop and Error');
		assert.deepEqual(held(), ['x']);
		assert.deepEqual(await kept(), ['u1  failed add', 'x  accepted add']);

		assert.equal((await run([u1, x])).status, 'success');
		assert.deepEqual(held(), ['u1', 'x']);
		assert.deepEqual(await kept(), ['u1  accepted add', 'x  accepted add']);

		// The same for a user who is not back: the removal is sent again.
		await run([x], { status: 418, when: isOf('remove_members', 'u1') });
		assert.deepEqual(held(), ['u1', 'x']);
		assert.equal((await run([x])).status, 'success');
		assert.deepEqual(held(), ['x']);
		assert.deepEqual(await kept(), ['x  accepted add']);
	});

	test('a user whose addition had no usable response and who leaves is removed, whatever the columns are called', async () => {
		const { run, held, kept } = await openPerson('unanswered', {
			userId: '={{ $json.customer.id }}',
			cohortId: "={{ $json.list || 'unanswered' }}",
		});
		const customer = (id: string) => ({
			...{ customer: { id }, id: 7, status: 'accepted', action: 'remove' },
		});
		assert.equal((await run([customer('x')])).status, 'success');

		const fault = { status: 503, handleFirst: true, when: isOf('add_members', 'u1') };
		const execution = await run([customer(' u1 '), customer('x')], fault, { maxRetries: 0 });
		assert.equal(execution.data.resultData.lastNodeExecuted, 'Stop and Error');
		assert.deepEqual(held(), ['u1', 'x']);
		assert.deepEqual(await kept(), ['u1  failed add', 'x  accepted add']);

		assert.equal((await run([customer('x')])).status, 'success');
		assert.deepEqual(held(), ['x']);
		assert.deepEqual(await kept(), ['x  accepted add']);
	});

	test('a guest whose addition had no usable response leaves no row behind', async () => {
		const { emulator, run, held, kept } = await openPerson('guests');
		const x = { uid: 'x' };
		const other = { uid: 0, anonymous_id: 'g2' };
		emulator.model.register({ anonymous_ids: ['g1'] });
		const g1 = { uid: 'guest', anonymous_id: 'g1' };
		const fault = { status: 503, handleFirst: true, when: isOf('add_members', 'g1') };
		const execution = await run([x, g1, other], fault, { maxRetries: 0 });
		assert.equal(execution.data.resultData.lastNodeExecuted, 'Stop and Error');
		assert.deepEqual(await kept(), ['g1 failed add', 'g2 failed add', 'x  failed add']);

		assert.equal((await run([x, g1])).status, 'success');
		assert.deepEqual(held(), ['g1', 'x']);
		assert.deepEqual(await kept(), ['g1 accepted add', 'x  accepted add']);
		assert.equal((await run([x])).status, 'success');
		assert.deepEqual(held(), ['x']);
		assert.deepEqual(await kept(), ['x  accepted add']);
	});

	test('a run that is refused before it sends anything leaves the table as it was', async () => {
		const { run, held, kept } = await openPerson('refused');
		assert.equal((await run(users('u1', 'x', 'y', ...'abcdefghij'))).status, 'success');
		const before = await kept();
		assert.equal(before.length, 13);
		const execution = await run(users('u1', 'wrong'));
		assert.equal(execution.data.resultData.lastNodeExecuted, 'Stop and Error');
		assert.match(messageOf(execution), /Removal Limit/);
		assert.deepEqual(held(), ['u1', 'x', 'y']);
		assert.deepEqual(await kept(), before);
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
