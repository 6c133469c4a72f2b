// Plain JavaScript, since n8n's lint rules let no TypeScript file look at the process.
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');
const { SECRET, textsIn } = require('./support/account');
const { VirtualN8n } = require('./support/virtualNode');

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc');

/** What is in use after everything that can be dropped has been, in MB. */
function heapInMb() {
	collectGarbage();
	return process.memoryUsage().heapUsed / 2 ** 20;
}

const users = (count, prefix = 'u-') =>
	Array.from({ length: count }, (_, index) => ({ uid: `${prefix}${index}` }));

test('50 executions at once share one rate window, and each member is accepted', async () => {
	const n8n = new VirtualN8n(1);
	const runs = await n8n.runTogether(
		Array.from({ length: 50 }, (_, run) => ({
			items: users(20, `run-${run}-`),
			parameters: { cohortId: `c-${run % 7}`, cohortName: 'C', options: { batchSize: 1 } },
		})),
	);
	const { maxInAnyMinute, limit, refused429 } = n8n.model.stats();
	expect(runs.flatMap(({ success }) => success.map(({ json }) => json.status))).toEqual(
		Array(1000).fill('accepted'),
	);
	expect(n8n.model.requests).toHaveLength(1000);
	expect(maxInAnyMinute).toBeLessThanOrEqual(limit);
	expect(refused429).toBe(0);
	// The window is used: 1000 requests in four minutes, and not in forty.
	expect(n8n.clock.elapsed()).toBeLessThan(5 * 60_000);
	const stampsByRun = new Map();
	for (const { timestamp, members } of n8n.model.requests) {
		const run = /^run-\d+/.exec(members[0].uid)[0];
		stampsByRun.set(run, [...(stampsByRun.get(run) ?? []), timestamp]);
	}
	const stamps = [...stampsByRun.values()];
	expect(stamps.map((ofRun) => new Set(ofRun).size)).toEqual(Array(50).fill(20));
	expect(new Set(stamps.map(([first]) => first)).size).toBe(50);
}, 180_000);

/** A function of its own, so that nothing here holds on to the run. */
async function addUsers(count) {
	const n8n = new VirtualN8n(1);
	const parameters = { options: { output: 'summary' } };
	const { success } = await n8n.run({ items: users(count), parameters });
	return { summaries: success.map(({ json }) => json), size: n8n.model.cohort('vip').size };
}

test('an execution of 500,000 items loses none, and leaves nothing behind', async () => {
	await addUsers(10);
	const before = heapInMb();
	const { summaries, size } = await addUsers(500_000);
	expect(summaries).toMatchObject([{ accepted: 500_000, added: 500_000, duplicates: 0 }]);
	expect(size).toBe(500_000);
	expect(heapInMb() - before).toBeLessThan(20);
}, 300_000);

test('a run that is held up for a day grows no memory and no pile of timers', async () => {
	const n8n = new VirtualN8n(1);
	const hours = [];
	// Each request is answered 503 first, and is to come again in two minutes.
	const seen = new Set();
	n8n.model.fault({
		status: 503,
		retryAfter: 120,
		times: Infinity,
		when: ({ timestamp }) => !seen.has(timestamp) && seen.add(timestamp) !== undefined,
	});
	const watch = async () => {
		for (let hour = 1; hour <= 23; hour++) {
			await n8n.clock.sleep(60 * 60_000);
			hours.push({ mb: heapInMb(), asleep: n8n.clock.asleep });
		}
	};
	void watch();
	const { success } = await n8n.run({
		// While one waits, another one has its turn.
		items: users(1_500),
		parameters: { options: { batchSize: 1, concurrency: 1 } },
	});
	expect(n8n.clock.elapsed()).toBeGreaterThan(24 * 60 * 60_000);
	expect(success.every(({ json }) => json.status === 'accepted')).toBe(true);
	expect(hours).toHaveLength(23);
	expect(Math.max(...hours.map(({ asleep }) => asleep))).toBeLessThan(10);
	expect(hours[22].mb - hours[2].mb).toBeLessThan(5);
	expect(textsIn(success).join()).not.toContain(SECRET);
}, 300_000);
