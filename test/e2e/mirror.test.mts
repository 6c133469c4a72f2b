import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fastify from 'fastify';
import type { IWorkflowBase } from 'n8n-workflow';
import { startEmulator, type Emulator, type ServerOptions } from '../../emulator/server.js';
import { outputOf, type Execution } from '../../local-n8n/client.mjs';
import { startN8n, type Instance } from '../../local-n8n/instance.mjs';
import {
	changeOf,
	cohort,
	inProduction as putIntoProduction,
	onSchedule,
	openAccount,
	startSource,
	users,
	type Account,
} from './production.mjs';
import { messageOf, setScene, until } from './scene.mjs';
import {
	chain,
	node,
	secondInputWorkflow,
	SYNC,
	syncNode,
	workflowWith,
	type Parameters,
} from './workflow.mjs';

let n8n: Instance;
let moengage: Account;
const emulators: Emulator[] = [];

before(async () => {
	n8n = await startN8n({ name: 'e2e-mirror', dataFolder: tmpdir(), report: console.log });
	console.log(`n8n is up. Its log: ${n8n.log}`);
	moengage = await openOwnAccount();
});

after(async () => {
	await n8n?.stop();
	await Promise.all(emulators.map((emulator) => emulator.close()));
});

async function openOwnAccount(
	options?: ServerOptions,
	{ client }: Pick<Instance, 'client'> = n8n,
): Promise<Account> {
	const emulator = await startEmulator(options);
	emulators.push(emulator);
	return openAccount(client, emulator);
}

async function inProduction(cohortId: string, parameters: Parameters, account = moengage) {
	return putIntoProduction(n8n.client, account, cohortId, { parameters });
}

/** Stops an execution, and waits until n8n considers it ended. */
async function stop(executionId: string) {
	const started = performance.now();
	await n8n.client.stop(executionId);
	const { status } = await n8n.client.ended(executionId);
	return { status, ms: performance.now() - started };
}

test('each call of a production webhook leaves exactly its audience in the cohort and sends only what changed', async () => {
	const { run, members, requests } = await inProduction('daily', { operation: 'mirror' });
	const audiences = [
		['Oslo', 'Ísafjörður', 'Łódź'],
		['Łódź', 'Москва', 'Oslo'],
		['Москва', 'Ísafjörður'],
		['Ísafjörður', 'Москва'],
	];
	for (const audience of audiences) {
		assert.equal((await run(audience)).status, 'success');
		assert.deepEqual(members(), audience.toSorted());
	}
	assert.deepEqual(requests().map(changeOf), [
		['add_members', 'Oslo', 'Ísafjörður', 'Łódź'],
		['remove_members', 'Ísafjörður'],
		['add_members', 'Москва'],
		['remove_members', 'Oslo', 'Łódź'],
		['add_members', 'Ísafjörður'],
	]);
});

test('what a workflow remembers about its cohorts survives a restart of n8n, as text and compressed', async () => {
	const few = await inProduction('kept', { operation: 'mirror' });
	const many = await inProduction('kept-compressed', { operation: 'mirror' });
	const ids = [...Array.from({ length: 1_000 }, () => randomUUID()), ...users('u', 1_000)];
	await few.run(['stays', 'leaves']);
	await many.run([...ids, 'leaves']);
	await n8n.restart();
	assert.equal((await few.run(['stays'])).status, 'success');
	assert.equal((await many.run(ids)).status, 'success');
	assert.deepEqual(few.members(), ['stays']);
	assert.deepEqual(many.members(), ids.toSorted());
	assert.deepEqual(few.requests().map(changeOf), [
		['add_members', 'leaves', 'stays'],
		['remove_members', 'leaves'],
	]);
	assert.deepEqual(many.requests().slice(1).map(changeOf), [['remove_members', 'leaves']]);
	const saved = await n8n.client.get<IWorkflowBase>(`/rest/workflows/${many.workflowId}`);
	const length = JSON.stringify(saved.staticData).length;
	assert.ok(length < 26_000, `${length} characters are stored`);
});

const AT_WORK = /Another run of this node is in progress/;
const NOT_LOADED = /n8n didn't load what this workflow remembers/;

/** What the summary of an execution says about its memory. */
function signsOf(execution: Execution) {
	const { earlier_run_lost, resent_all } = outputOf(execution, SYNC)[0]?.[0]?.json ?? {};
	return { earlier_run_lost, resent_all };
}

test('if n8n is killed in the middle of a mirror, the next run is refused for two minutes or sends everyone, and reports the lost run', async () => {
	const account = await openOwnAccount({ latencyMs: 300 });
	const options = {
		batchSize: 1,
		output: 'summary',
		sendEveryone: '={{ $json.everyone === true }}',
	};
	const parameters = { operation: 'mirror', removalLimit: 100, options };
	const killed = await inProduction('killed', parameters, account);
	const { start, run, members, requests } = killed;
	await run(['a', 'b']);
	await start(['a', ...users('new', 20)]);
	await until(() => requests().length >= 10);
	await n8n.killAndRestart();
	const lost = members().filter((id) => id.startsWith('new'));
	const sent = requests().length;

	const refused = await run(['a', 'b']);
	assert.equal(refused.status, 'error');
	assert.match(messageOf(refused), AT_WORK);
	assert.equal(requests().length, sent);
	const everyone = await run(['a', 'b'], { everyone: true });
	assert.equal(everyone.status, 'success', messageOf(everyone));
	assert.deepEqual(signsOf(everyone), { earlier_run_lost: true, resent_all: true });
	// Their membership is unknown, and the run has said so.
	assert.deepEqual(members(), ['a', 'b', ...lost].sort());
	const next = await run(['a']);
	assert.deepEqual(signsOf(next), { earlier_run_lost: false, resent_all: false });
	assert.deepEqual(members(), ['a', ...lost].sort());
});

test('a run in the editor that n8n did not save is noticed after a restart', async (t) => {
	const options = { output: 'summary', sendEveryone: '={{ $json.everyone === true }}' };
	const parameters = { operation: 'mirror', removalLimit: 100, options };
	const { workflowId, run, members } = await inProduction('edited', parameters);
	await run(['x', 'y']);
	const scene = await setScene(n8n);
	t.after(() => scene.close());
	const edited = await scene.run(workflowId, { body: { rows: [{ id: 'x' }] } });
	assert.equal(edited.status, 'success', messageOf(edited));
	assert.deepEqual(members(), ['x']);
	await n8n.restart();
	// Less than two minutes after the first run, it might still be in progress.
	const next = await run(['x', 'y'], { everyone: true });
	assert.equal(next.status, 'success', messageOf(next));
	assert.deepEqual(signsOf(next), { earlier_run_lost: true, resent_all: true });
	assert.deepEqual(members(), ['x', 'y']);
});

test('in a sub-workflow defined inside its parent, a mirror notices after a restart that its memory is missing', async () => {
	const { credential } = moengage;
	const parameters = cohort('inline', { operation: 'mirror', removalLimit: 100 });
	const inline = chain([
		node('Called', 'n8n-nodes-base.executeWorkflowTrigger', 1.1, { inputSource: 'passthrough' }),
		syncNode({ parameters, credential }),
	]);
	const lastNode = node('Call', 'n8n-nodes-base.executeWorkflow', 1.2, {
		source: 'parameter',
		workflowJson: JSON.stringify(inline),
		options: {},
	});
	const mirror = await putIntoProduction(n8n.client, moengage, 'inline', { lastNode });
	const first = await mirror.run(['a', 'c', 'd']);
	assert.equal(first.status, 'success', messageOf(first));
	await n8n.restart();
	const next = await mirror.run(['a', 'd']);
	if (next.status === 'success') {
		// n8n did load the memory.
		assert.deepEqual(mirror.members(), ['a', 'd']);
		return;
	}
	assert.match(messageOf(next), NOT_LOADED);
	assert.deepEqual(mirror.members(), ['a', 'c', 'd']);
});

test('after a Send and Wait whose time limit runs out, a mirror is right after a restart, or notices that its memory is missing', async (t) => {
	const telegram = fastify();
	telegram.all('*', () => ({ ok: true, result: {} }));
	t.after(() => telegram.close());
	const data = { accessToken: 't', baseUrl: await telegram.listen({ host: '127.0.0.1', port: 0 }) };
	const credential = await n8n.client.createCredential({
		name: 'Telegram (imitated)',
		type: 'telegramApi',
		data,
	});
	const limit = { limitType: 'atSpecifiedTime', maxDateAndTime: '={{ $now.plus(1000).toISO() }}' };
	const ask = {
		...node('Ask', 'n8n-nodes-base.telegram', 1.2, {
			operation: 'sendAndWait',
			chatId: '1',
			message: 'Mirror?',
			options: { limitWaitTime: { values: limit } },
		}),
		webhookId: 'ask',
		credentials: { telegramApi: credential },
	};
	const parameters = { operation: 'mirror', removalLimit: 100 };
	const mirror = await putIntoProduction(n8n.client, moengage, 'asked', {
		parameters,
		before: [ask],
	});
	/**
	 * n8n looks for executions whose time is up when it starts, and then once a minute. Later in its start, it takes
	 * those that are running for the remains of a crash, and reports them as crashed until they end (2.41.1).
	 */
	const runAfterRestart = async (audience: readonly string[]) => {
		const id = await mirror.start(audience);
		await until(async () => {
			const [last] = await n8n.client.executions(mirror.workflowId);
			return last?.id === id && last.status === 'waiting';
		});
		await n8n.restart();
		await until(async () => (await n8n.client.ended(id)).status !== 'crashed');
		return n8n.client.ended(id);
	};
	const first = await runAfterRestart(['a', 'c', 'd']);
	assert.equal(first.status, 'success', messageOf(first));
	assert.deepEqual(mirror.members(), ['a', 'c', 'd']);
	const next = await runAfterRestart(['a', 'd']);
	if (next.status === 'success') {
		// n8n did load the memory.
		assert.deepEqual(mirror.members(), ['a', 'd']);
		return;
	}
	assert.match(messageOf(next), NOT_LOADED);
	assert.deepEqual(mirror.members(), ['a', 'c', 'd']);
});

test('an older copy of the workflow that is put back is noticed', async () => {
	const options = { output: 'summary', sendEveryone: '={{ $json.everyone === true }}' };
	const parameters = { operation: 'mirror', removalLimit: 100, options };
	const mirror = await inProduction('put-back', parameters);
	const path = `/rest/workflows/${mirror.workflowId}`;
	await mirror.run(['stays', 'leaves']);
	const copy = await n8n.client.get<IWorkflowBase>(path);
	const left = await mirror.run(['stays', 'comes']);
	assert.equal(left.status, 'success', messageOf(left));
	assert.deepEqual(mirror.members(), ['comes', 'stays']);
	await n8n.putBack(copy);
	const { staticData } = await n8n.client.get<IWorkflowBase>(path);
	assert.deepEqual(staticData, copy.staticData);
	await n8n.restart();
	await n8n.client.activate(mirror.workflowId);

	const sent = mirror.requests().length;
	assert.match(messageOf(await mirror.run(['stays', 'leaves'])), AT_WORK);
	assert.equal(mirror.requests().length, sent);
	const everyone = await mirror.run(['stays', 'leaves'], { everyone: true });
	assert.equal(everyone.status, 'success', messageOf(everyone));
	assert.deepEqual(signsOf(everyone), { earlier_run_lost: true, resent_all: true });
	// The older copy does not contain 'comes', and the run has said so.
	assert.deepEqual(mirror.members(), ['comes', 'leaves', 'stays']);
	const next = await mirror.run(['stays']);
	assert.deepEqual(signsOf(next), { earlier_run_lost: false, resent_all: false });
	assert.deepEqual(mirror.members(), ['comes', 'stays']);
});

test('behind a schedule that keeps its own data, a mirror is right after a restart, without a hint of a lost run', async (t) => {
	const source = await startSource(['stays', 'leaves']);
	t.after(() => source.close());
	// Each time such a trigger fires, n8n saves what the workflow remembered when the trigger was started.
	const schedule = {
		field: 'weeks',
		weeksInterval: 2,
		triggerAtDay: [],
		triggerAtHour: '*',
		triggerAtMinute: '*',
	};
	const parameters = { operation: 'mirror', removalLimit: 100, options: { output: 'summary' } };
	const mirror = await onSchedule(n8n.client, moengage, 'every-two-weeks', {
		schedule,
		triggers: 20, // each fires at its own second of every minute
		source: source.url,
		parameters,
	});
	const arrived = async (audience: readonly string[]) => {
		source.audience = audience;
		await until(() => mirror.members().join() === audience.join(), 60);
	};
	await arrived(['leaves', 'stays']);
	await n8n.restart();
	await arrived(['stays']);
	await arrived(['comes', 'stays']);
	await arrived(['later', 'stays']);
	await n8n.client.deactivate(mirror.workflowId);

	assert.deepEqual(mirror.members(), ['later', 'stays']);
	const path = `/rest/workflows/${mirror.workflowId}`;
	const { staticData = {} } = await n8n.client.get<IWorkflowBase>(path);
	assert.ok(Object.keys(staticData ?? {}).includes('node:Schedule 1'));
	for (const { id } of await n8n.client.executions(mirror.workflowId)) {
		const execution = await n8n.client.ended(id);
		if (execution.status === 'error') {
			// Two may fire in the same second.
			assert.match(messageOf(execution), /Another execution is mirroring/);
			continue;
		}
		assert.deepEqual(signsOf(execution), { earlier_run_lost: false, resent_all: false });
	}
});

test('an execution that n8n held back until it was restarted is right or refused, and so are the next runs', async (t) => {
	const limited = await startN8n({
		name: 'e2e-mirror-held-back',
		dataFolder: tmpdir(),
		settings: { N8N_CONCURRENCY_PRODUCTION_LIMIT: '1' },
		report: console.log,
	});
	t.after(() => limited.stop());
	const { client } = limited;
	const account = await openOwnAccount({ latencyMs: 500 }, limited);
	const options = {
		batchSize: 1,
		output: 'summary',
		sendEveryone: '={{ $json.everyone === true }}',
	};
	const parameters = { operation: 'mirror', removalLimit: 100, options };
	const mirror = await putIntoProduction(client, account, 'held-back', { parameters });
	const { workflowId, start, run, members, requests } = mirror;
	await run(['a', 'b']);
	await start(['a', ...users('new', 40)]);
	await until(() => requests().length >= 5);
	void start(['a', 'held']).catch(() => undefined); // responds only when n8n starts the execution
	let heldBack: string | undefined;
	await until(async () => {
		heldBack = (await client.executions(workflowId)).find(({ status }) => status === 'new')?.id;
		return heldBack !== undefined;
	});
	await limited.killAndRestart();
	const lost = members().filter((id) => id.startsWith('new'));

	const resumed = await client.ended(heldBack ?? '');
	if (resumed.status === 'success') {
		assert.deepEqual(signsOf(resumed), { earlier_run_lost: true, resent_all: true });
	} else {
		assert.match(messageOf(resumed), new RegExp(`${AT_WORK.source}|${NOT_LOADED.source}`));
		assert.deepEqual(members(), ['a', ...lost]);
	}
	const everyone = await run(['a', 'b'], { everyone: true });
	assert.equal(everyone.status, 'success', messageOf(everyone));
	if (resumed.status !== 'success') {
		assert.deepEqual(signsOf(everyone), { earlier_run_lost: true, resent_all: true });
	}
	assert.deepEqual(members(), ['a', 'b', ...lost]);
	const next = await run(['a']);
	assert.deepEqual(signsOf(next), { earlier_run_lost: false, resent_all: false });
	assert.deepEqual(members(), ['a', ...lost]);
});

test('if the source returns nothing, the run fails with a clear message, and the cohort stays unchanged', async () => {
	const { run, members, requests } = await inProduction('emptied', { operation: 'mirror' });
	await run(['a', 'b']);
	const execution = await run([]);
	assert.equal(execution.status, 'error');
	assert.equal(execution.data.resultData.lastNodeExecuted, SYNC);
	assert.match(messageOf(execution), /nothing was sent/);
	assert.match(messageOf(execution), /No data came in/);
	assert.deepEqual(members(), ['a', 'b']);
	assert.equal(requests().length, 1);
});

test('an audience that lost half its members is refused with both numbers, and the cohort stays unchanged', async () => {
	const { run, members, requests } = await inProduction('halved', { operation: 'mirror' });
	const everyone = users('u', 40);
	await run(everyone);
	const execution = await run(everyone.slice(20));
	assert.equal(execution.status, 'error');
	assert.match(messageOf(execution), /would remove 20 of 40 members .*\(50%\).* 25%/);
	assert.deepEqual(members(), everyone);
	assert.equal(requests().length, 1);
});

test('the newest of several changes of a user decides whether the user is in the cohort', async () => {
	const { model } = moengage;
	const rows = [
		{ id: 'came', change: 'entered', at: '2026-11-01T10:00:00Z' },
		{ id: 'left', change: 'exited', at: '2026-11-01T12:00:00Z' },
		{ id: 'back', change: 'exited', at: '2026-11-01T10:00:00Z' },
		{ id: 'left', change: 'entered', at: '2026-11-01T11:00:00Z' },
		{ id: 'back', change: 'entered', at: '2026-11-01T13:00:00+02:00' },
	];
	const parameters = cohort('events', {
		operation: 'update',
		membership: '={{ $json.change }}',
		changedAt: '={{ $json.at }}',
	});
	const { client } = n8n;
	const { credential } = moengage;
	await client.run(
		await client.createWorkflow(
			workflowWith({ rows: [{ id: 'left' }], parameters: cohort('events', {}), credential }),
		),
	);
	assert.deepEqual(model.memberIds('events'), ['left']);

	const execution = await client.run(
		await client.createWorkflow(workflowWith({ rows, parameters, credential })),
	);
	assert.equal(execution.status, 'success');
	assert.deepEqual(model.memberIds('events'), ['back', 'came']);
	assert.deepEqual(
		outputOf(execution, SYNC)[0]?.map(({ json }) => json.status),
		['accepted', 'accepted', 'superseded', 'superseded', 'accepted'],
	);
});

test('with a second input, each result says what was done and is linked to its row', async () => {
	const { model } = moengage;
	const { client } = n8n;
	const { credential } = moengage;
	const previous = [
		{ uid: 'stays', name: 'Sta' },
		{ uid: 'leaves', name: 'Lea' },
	];
	const rows = [
		{ id: 'stays', name: 'Stacy' },
		{ id: 'comes', name: 'Cosmo' },
	];
	await client.run(
		await client.createWorkflow(
			workflowWith({
				rows: previous,
				parameters: cohort('listed', { userId: '={{ $json.uid }}' }),
				credential,
			}),
		),
	);
	assert.deepEqual(model.memberIds('listed'), ['leaves', 'stays']);

	const parameters = cohort('listed', { operation: 'mirror', previousMembers: 'input' });
	const execution = await client.run(
		await client.createWorkflow(
			secondInputWorkflow({
				previous,
				rows,
				parameters,
				credential,
				onError: 'continueErrorOutput',
			}),
		),
	);
	assert.equal(execution.status, 'success');
	assert.deepEqual(model.memberIds('listed'), ['comes', 'stays']);
	assert.deepEqual(
		outputOf(execution, 'Names')[0]?.map(({ json }) => [
			json.uid,
			json.status,
			json.action,
			json.name,
		]),
		[
			['stays', 'unchanged', undefined, 'Stacy'],
			['comes', 'accepted', 'add', 'Cosmo'],
			['leaves', 'accepted', 'remove', 'Lea'],
		],
	);
});

test('Stop ends a run that waits for the rate limit within a second, and the next run does not have to wait', async () => {
	const account = await openOwnAccount();
	const options = { batchSize: 1, requestsPerMinute: 2 };
	const slow = await inProduction('slow', { options }, account);
	const quick = await inProduction('quick', {}, account);
	const execution = await slow.start(users('u', 20));
	await until(() => slow.requests().length === 2);

	const { status, ms } = await stop(execution);
	assert.equal(status, 'canceled');
	assert.ok(ms < 1_000, `${ms} ms`);
	// The runs for an account wait in one queue, so this one would have to wait for the stopped one.
	await quick.start(['a']);
	await until(() => quick.members().length === 1);
	assert.deepEqual(slow.members(), ['u00', 'u01']);
	assert.equal(slow.requests().length, 2);
});

test('after Stop in the middle of a mirror, nothing more is sent, and the next run leaves exactly its audience', async () => {
	const account = await openOwnAccount({ latencyMs: 300 });
	const mirror = await inProduction(
		'stopped',
		{ operation: 'mirror', removalLimit: 100, options: { batchSize: 1 } },
		account,
	);
	const [old, fresh] = [users('old', 6), users('new', 20)];
	await mirror.run(old);
	const before = mirror.requests().length;
	const execution = await mirror.start([...old.slice(2), ...fresh]);
	await until(() => mirror.requests().length >= before + 8);

	const { status, ms } = await stop(execution);
	assert.equal(status, 'canceled');
	assert.ok(ms < 1_000, `${ms} ms`);
	const sent = mirror.requests().length;
	for (let polls = 0; polls < 5; polls++) {
		await sleep(200);
		assert.equal(mirror.requests().length, sent);
	}
	const [added, others] = [fresh.slice(0, 3), fresh.slice(12)];
	assert.ok(added.every((id) => mirror.members().includes(id)));

	// Two members who left come back, some who had joined leave again, and some join who were not sent yet.
	const audience = [...old.slice(0, 5), ...added.slice(1), ...others];
	assert.equal((await mirror.run(audience)).status, 'success');
	assert.deepEqual(mirror.members(), audience.toSorted());
});
