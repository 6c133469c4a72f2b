import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import type { RequestRecord } from '../../emulator/model.js';
import { startEmulator, type Emulator, type ServerOptions } from '../../emulator/server.js';
import { outputOf, type Execution } from '../../local-n8n/client.mjs';
import { startQueue, type Queue, type Worker } from '../../local-n8n/queue.mjs';
import {
	changeOf,
	inProduction,
	IS_VERSION_1,
	onSchedule,
	openAccount,
	startSource,
	users,
	type Account,
} from './production.mjs';
import { messageOf, until } from './scene.mjs';

const CALLS = 300;

let queue: Queue;
let moengage: Account;
/** The workers that are up. */
let workers: Worker[] = [];
const emulators: Emulator[] = [];

before(async () => {
	queue = await startQueue({ name: 'e2e-queue', report: console.log });
	moengage = await openOwnAccount();
	await useWorkers({}, {});
	console.log(
		`n8n is up in queue mode, with two workers. The log of the first: ${workers[0]?.log}`,
	);
});

after(async () => {
	await queue?.stop();
	await Promise.all(emulators.map((emulator) => emulator.close()));
});

async function openOwnAccount(options?: ServerOptions) {
	const emulator = await startEmulator(options);
	emulators.push(emulator);
	return openAccount(queue.client, emulator);
}

/** Starts workers, and then stops those that were running. */
async function useWorkers(...settings: Array<Parameters<Queue['addWorker']>[0]>) {
	const before = workers;
	workers = await Promise.all(settings.map((own) => queue.addWorker(own)));
	await Promise.all(before.map((worker) => worker.end()));
}

/** How many of these executions each worker ran. */
async function shares(executions: readonly string[]) {
	const counts = await Promise.all(
		workers.map(async (worker) => {
			const ran = new Set(await worker.executions());
			return executions.filter((id) => ran.has(id)).length;
		}),
	);
	return counts;
}

/** How often each user was in a request that MoEngage accepted. */
function acceptedTimes(requests: readonly RequestRecord[]) {
	const times = new Map<string, number>();
	for (const { accepted, members } of requests) {
		if (!accepted) continue;
		for (const { uid = '' } of members) times.set(uid, (times.get(uid) ?? 0) + 1);
	}
	return times;
}

async function endedWell(executions: readonly string[]) {
	for (const id of executions) {
		const execution = await queue.client.ended(id);
		assert.equal(execution.status, 'success', messageOf(execution));
	}
}

test(`${CALLS} webhook calls at once put the members of each into the cohort exactly once`, async () => {
	// 300 a minute, shared by two workers.
	const hook = await inProduction(queue.client, moengage, 'calls', {
		parameters: { options: { requestsPerMinute: 150 } },
	});
	const everyone = users('u', CALLS * 2);
	const executions = await Promise.all(
		Array.from({ length: CALLS }, (_, i) => hook.start(everyone.slice(i * 2, i * 2 + 2))),
	);
	await endedWell(executions);

	assert.deepEqual(hook.members(), everyone.toSorted());
	const times = acceptedTimes(hook.requests());
	assert.deepEqual([times.size, ...new Set(times.values())], [everyone.length, 1]);
	const { refused429, maxInAnyMinute, limit } = moengage.model.stats();
	assert.equal(refused429, 0);
	assert.ok(maxInAnyMinute <= limit, `${maxInAnyMinute} requests in a minute`);

	const [first = 0, second = 0] = await shares(executions);
	console.log(`The workers ran ${first} and ${second} of the ${CALLS} executions.`);
	assert.equal(first + second, CALLS);
	assert.ok(Math.min(first, second) > 0);
});

test('two workers that each take the whole rate exceed it, and every member still arrives', async () => {
	const account = await openOwnAccount({ requestsPerMinute: 20, rateHeaders: 'off' });
	const hook = await inProduction(queue.client, account, 'overrun', {
		parameters: { options: { requestsPerMinute: 20 } },
	});
	const everyone = users('u', 30);
	await endedWell(await Promise.all(everyone.map((id) => hook.start([id]))));

	assert.deepEqual(hook.members(), everyone);
	const { refused429 } = account.model.stats();
	console.log(`MoEngage responded to 30 requests with 429 ${refused429} times.`);
	assert.ok(refused429 > 0);
});

test('a scheduled Mirror finds on one worker what it remembered on the other, in a sub-workflow', async (t) => {
	await useWorkers({});
	const source = await startSource(['stays', 'leaves']);
	t.after(() => source.close());
	const schedule = { field: 'cronExpression', expression: '*/2 * * * * *' };
	const mirror = await onSchedule(queue.client, moengage, 'scheduled', {
		schedule,
		source: source.url,
		subWorkflow: true,
		parameters: { operation: 'mirror' },
	});
	await until(() => mirror.members().length === 2, 60);
	await useWorkers({}); // from here on, the new worker sends everything
	source.audience = ['stays', 'comes'];
	await until(() => mirror.members().includes('comes'), 60);
	await queue.client.deactivate(mirror.workflowId);

	assert.deepEqual(mirror.members(), ['comes', 'stays']);
	assert.deepEqual(mirror.requests().map(changeOf), [
		['add_members', 'leaves', 'stays'],
		['remove_members', 'leaves'],
		['add_members', 'comes'],
	]);
});

test('Mirror outside of a sub-workflow is refused if n8n does not load what it remembers', async () => {
	const mirror = await inProduction(queue.client, moengage, 'direct', {
		parameters: { operation: 'mirror' },
	});
	const execution = await mirror.run(['stays', 'leaves']);
	if (IS_VERSION_1) {
		assert.equal(execution.status, 'success');
		await useWorkers({});
		assert.equal((await mirror.run(['stays'])).status, 'success');
		assert.deepEqual(mirror.members(), ['stays']);
		return;
	}
	for (const refused of [execution, await mirror.run(['stays'])]) {
		assert.equal(refused.status, 'error');
		assert.match(
			messageOf(refused),
			/n8n didn't load this workflow's saved data.*\n.*Execute Sub-workflow/,
		);
	}
	assert.deepEqual(mirror.requests(), []);
});

const AT_WORK = /Another run of this node is in progress/;

const ONE_AT_A_TIME = { env: { N8N_CONCURRENCY_PRODUCTION_LIMIT: '1' } };

test('two runs of a Mirror at once on two workers: the second is refused, and the next one leaves exactly its audience', async () => {
	await useWorkers(ONE_AT_A_TIME, ONE_AT_A_TIME);
	// A busy machine may take seconds until the second worker gets to its run.
	const account = await openOwnAccount({ latencyMs: 5_000 });
	const mirror = await inProduction(queue.client, account, 'overlap', {
		subWorkflow: true,
		parameters: { operation: 'mirror', removalLimit: 100 },
	});
	await endedWell([await mirror.start(['leaves'])]);
	const executions = [
		await mirror.start(['stays', 'first']),
		await mirror.start(['stays', 'second']),
	];
	const ended = await Promise.all(executions.map((id) => queue.client.ended(id)));
	assert.deepEqual(await shares(executions), [1, 1]);
	assert.deepEqual(ended.map(({ status }) => status).toSorted(), ['error', 'success']);
	const refused = ended.find(({ status }) => status === 'error');
	assert.match(messageOf(refused as Execution), AT_WORK);

	const next = await mirror.run(['stays']);
	assert.equal(next.status, 'success', messageOf(next));
	assert.deepEqual(mirror.members(), ['stays']);
});

test('workers that are killed and run at once, four times: two runs later nobody is missing, and a hint warned of anyone who is in by mistake', async () => {
	await useWorkers(ONE_AT_A_TIME, ONE_AT_A_TIME);
	const account = await openOwnAccount({ latencyMs: 400 });
	const options = {
		batchSize: 1,
		output: 'summary',
		sendEveryone: '={{ $json.everyone === true }}',
	};
	const mirror = await inProduction(queue.client, account, 'rounds', {
		subWorkflow: true,
		parameters: { operation: 'mirror', removalLimit: 100, options },
	});
	await endedWell([await mirror.start(['always'])]);
	/** Members that an earlier round left in the segment and warned of. */
	const accountedFor = new Set<string>();
	for (let round = 0; round < 4; round++) {
		const one = ['always', ...users(`one${round}-`, 12)];
		const other = ['always', ...users(`other${round}-`, 12)];
		const before = mirror.requests().length;
		const executions = [await mirror.start(one), await mirror.start(other)];
		let areOver = false;
		const runs = Promise.all(executions.map((id) => queue.client.ended(id)));
		void runs.then(() => (areOver = true));
		// On a machine too busy to answer within milliseconds, both may be refused.
		await until(() => areOver || mirror.requests().length >= before + 5, 120);
		const [killed = workers[0]] = workers;
		await killed?.kill();
		await killed?.start();
		const ends = (await runs).map(({ status }) => status);

		const audience = ['always', `one${round}-03`, `other${round}-05`];
		const first = await mirror.run(audience, { everyone: true });
		assert.equal(first.status, 'success', messageOf(first));
		const said = outputOf(first, 'Call')[0]?.[0]?.json.earlier_run_lost === true;
		const second = await mirror.run(audience);
		assert.equal(second.status, 'success', messageOf(second));
		const members = mirror.members();
		assert.deepEqual(
			audience.filter((id) => !members.includes(id)),
			[],
		);
		const tooMany = members.filter((id) => !audience.includes(id) && !accountedFor.has(id));
		console.log(
			`Round ${round} (${ends.join(', ')}): ${tooMany.length} in by mistake, hint: ${said}`,
		);
		assert.ok(tooMany.length === 0 || said);
		for (const id of tooMany) accountedFor.add(id);
	}
});

test('a worker without the package ends the execution with a message that names the node', async () => {
	await useWorkers({ withPackage: false });
	const hook = await inProduction(queue.client, moengage, 'no-package');
	await assert.rejects(hook.start(['u']), /responded with 500/);
	const [last] = await queue.client.executions(hook.workflowId);
	const execution = await queue.client.ended(last?.id ?? '');
	assert.equal(execution.status, 'error');
	assert.match(messageOf(execution), /Unrecognized node type: n8n-nodes-moengage/);
	assert.deepEqual(hook.requests(), []);
});

test('a worker with another encryption key says so, and nothing is sent', async () => {
	const another = { env: { N8N_ENCRYPTION_KEY: 'another' } };
	if (!IS_VERSION_1) {
		// It does not even start.
		const error: unknown = await useWorkers(another).catch((reason: unknown) => reason);
		const [, log = ''] = /did not start.* why: (.*)/.exec(String(error)) ?? [];
		assert.match(await readFile(log, 'utf8'), /cannot be read with this instance encryption key/);
		return;
	}
	await useWorkers(another);
	const hook = await inProduction(queue.client, moengage, 'another-key');
	const execution = await hook.run(['u']);
	assert.equal(execution.status, 'error');
	assert.match(messageOf(execution), /could not be decrypted/);
	assert.deepEqual(hook.requests(), []);
});
