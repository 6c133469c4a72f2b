import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { outputOf } from '../../local-n8n/client.mjs';
import { startEmulator, type Emulator, type ServerOptions } from '../../emulator/server.js';
import { startQueue, type Queue, type Worker } from '../../local-n8n/queue.mjs';
import { inProduction, openAccount, users } from './production.mjs';
import { messageOf, until } from './scene.mjs';

let queue: Queue;
let worker: Worker;
const emulators: Emulator[] = [];

before(async () => {
	queue = await startQueue({ name: 'e2e-faults', report: console.log });
	worker = await queue.addWorker();
	console.log(`n8n is up in queue mode, with one worker. Its log: ${worker.log}`);
});

after(async () => {
	await queue?.stop();
	await Promise.all(emulators.map((emulator) => emulator.close()));
});

/** A mirror that sends one member per request, and an emulator with a delay for each request. */
async function slowMirror(cohortId: string, options: ServerOptions = { latencyMs: 300 }) {
	const emulator = await startEmulator(options);
	emulators.push(emulator);
	const account = await openAccount(queue.client, emulator);
	const mirror = await inProduction(queue.client, account, cohortId, {
		subWorkflow: true,
		parameters: {
			operation: 'mirror',
			removalLimit: 100,
			options: {
				batchSize: 1,
				output: 'summary',
				sendEveryone: '={{ $json.everyone === true }}',
			},
		},
	});
	return { ...mirror, emulator };
}

/** Waits until n8n considers an execution ended, however it ended. */
async function ended(executionId: string, since = performance.now()) {
	const { status, data } = await queue.client.ended(executionId);
	const seconds = Math.round((performance.now() - since) / 1000);
	return { status, message: String(data?.resultData?.error?.message), seconds };
}

async function success(
	mirror: {
		run(ids: readonly string[], fields?: object): ReturnType<Queue['client']['ended']>;
	},
	audience: readonly string[],
	fields = {},
) {
	const execution = await mirror.run(audience, fields);
	assert.equal(execution.status, 'success', messageOf(execution));
}

test("a worker killed in the middle of a Mirror: the run ends with n8n's message, and two minutes later the next run reports the lost one", async () => {
	const mirrors = [await slowMirror('killed'), await slowMirror('killed-and-changed')] as const;
	const [same, changed] = mirrors;
	const old = users('old', 6);
	const audience = [...old.slice(2), ...users('new', 40)];
	for (const mirror of mirrors) await success(mirror, old);
	const executions = await Promise.all(mirrors.map((mirror) => mirror.start(audience)));
	await until(() => mirrors.every(({ requests }) => requests().length >= 20), 60);
	const killed = performance.now();
	await worker.kill();
	const gone = mirrors.map((mirror) => mirror.members());
	await worker.start();
	for (const id of executions) {
		const outcome = await ended(id, killed);
		console.log(`The execution of the killed worker: ${JSON.stringify(outcome)}`);
		// The first if the worker is back before n8n gives up on the job, otherwise the second.
		assert.match(
			`${outcome.status}: ${outcome.message}`,
			/^crashed: Workflow did not finish|^error: .* failed to be processed too many times/,
		);
	}

	const refused = await same.run(audience);
	assert.match(messageOf(refused), /Another run of this node is in progress/);
	await sleep(130_000);
	await success(same, audience);
	assert.deepEqual(same.members(), audience.toSorted());

	// What the killed run did was not saved, and the audience has changed since.
	const [came = '', left = ''] = ['new00', 'old00'];
	assert.ok(gone[1]?.includes(came) && !gone[1].includes(left));
	const next = [...audience.filter((id) => id !== came), left];
	const execution = await changed.run(next);
	assert.equal(execution.status, 'success', messageOf(execution));
	// The node can't know whether someone is in by mistake, so it says so; nobody is missing.
	assert.equal(outputOf(execution, 'Call')[0]?.[0]?.json.earlier_run_lost, true);
	assert.deepEqual(changed.members(), [...next, came].toSorted());
});

test('Redis restarted in the middle of a Mirror: the run goes on, and the next leaves exactly its audience', async () => {
	const mirror = await slowMirror('redis');
	await success(mirror, users('old', 4));
	const audience = [...users('old', 2), ...users('new', 30)];
	const execution = await mirror.start(audience);
	await until(() => mirror.requests().length >= 10);
	await queue.redis.restart(3_000);
	assert.equal((await ended(execution)).status, 'success');
	await success(mirror, audience.slice(1));
	assert.deepEqual(mirror.members(), audience.slice(1).toSorted());
});

test('PostgreSQL unavailable for seconds in the middle of a Mirror: the run goes on, and the next leaves exactly its audience', async () => {
	const mirror = await slowMirror('postgres', { latencyMs: 1_000 });
	await success(mirror, users('old', 4));
	const audience = [...users('old', 2), ...users('new', 150)]; // takes half a minute, with five requests in parallel
	const execution = await mirror.start(audience);
	await until(() => mirror.requests().length >= 10);
	await queue.postgres.restart(5_000);
	assert.equal((await ended(execution)).status, 'success');
	await worker.ready();
	await success(mirror, audience.slice(1));
	assert.deepEqual(mirror.members(), audience.slice(1).toSorted());
});

test('PostgreSQL unavailable when a Mirror ends: n8n shows it as running for hours, and the next is refused for two minutes or sends everyone', async () => {
	const mirror = await slowMirror('postgres-away', { latencyMs: 3_000 });
	await success(mirror, users('old', 1));
	const audience = users('new', 5);
	const execution = await mirror.start(audience);
	// The last requests are in flight, so the node no longer needs n8n's database.
	await until(() => mirror.requests().length === 1 + 1 + audience.length);
	await queue.postgres.restart(10_000);
	await until(async () => (await worker.finished()).includes(execution), 60);
	const [last] = await queue.client.executions(mirror.workflowId);
	assert.deepEqual(last && [last.id, last.status], [execution, 'running']);

	await worker.ready();
	// The end of the run could not be recorded in n8n's database either.
	assert.match(messageOf(await mirror.run(audience.slice(1))), /Another run of this node/);
	await success(mirror, audience.slice(1), { everyone: true });
	assert.deepEqual(mirror.members(), audience.slice(1).toSorted());
});

test('MoEngage unavailable for a minute in the middle of a Mirror: the run waits for it, and the cohort is exactly the audience', async () => {
	const mirror = await slowMirror('away');
	await success(mirror, users('old', 4));
	const audience = [...users('old', 2), ...users('new', 30)];
	const execution = await mirror.start(audience);
	await until(() => mirror.requests().length >= 10);
	const { url, model } = mirror.emulator;
	await mirror.emulator.close();
	await sleep(60_000);
	emulators.push(await startEmulator({ model, port: Number(new URL(url).port) }));
	const outcome = await ended(execution);
	console.log(
		`The execution ended this long after MoEngage was available again: ${outcome.seconds} s`,
	);
	assert.equal(outcome.status, 'success');
	assert.deepEqual(mirror.members(), audience.toSorted());
	await success(mirror, audience.slice(1));
	assert.deepEqual(mirror.members(), audience.slice(1).toSorted());
});
