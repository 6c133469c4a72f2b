import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import Table from 'cli-table3';
import { compare } from '../nodes/MoEngageCohortSync/mirror/comparison.js';
import { readMemory, writeMemory } from '../nodes/MoEngageCohortSync/mirror/memory.js';
import { planChanges } from '../nodes/MoEngageCohortSync/plan/plan.js';

// What Mirror costs before its first request, when 1% of the members change. Run with `npm run bench`.

const SIZES = [125_000, 250_000, 500_000, 1_000_000];
const ROUNDS = 5;

function median(values: number[]): number {
	return values.sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}

function timed(work: () => void): number {
	const start = performance.now();
	work();
	return performance.now() - start;
}

const table = new Table({
	head: ['members', 'plan, ms', 'compare, ms', 'write memory, ms', 'read memory, ms', 'bytes each'],
	colAligns: ['right', 'right', 'right', 'right', 'right', 'right'],
	style: { head: [], border: [] },
});
for (const size of SIZES) {
	const changed = size / 100;
	const ids = Array.from({ length: size + changed }, () => randomUUID());
	const before = ids
		.slice(0, size)
		.map((uid) => ({ uid, anonymous_id: undefined, uncertain: false }));
	const always = (value: unknown) => () => value;
	const source = {
		count: size,
		isBlank: () => false,
		userId: (item: number) => ids[changed + item],
		anonymousId: always(undefined),
		cohortId: always('vip'),
		cohortName: always('VIP'),
		cohortDescription: always(''),
		partner: always('n8n'),
		membership: always(undefined),
		changedAt: always(undefined),
	};
	const times: Record<'plan' | 'compare' | 'write' | 'read', number[]> = {
		plan: [],
		compare: [],
		write: [],
		read: [],
	};
	let bytes = 0;
	for (let round = 0; round < ROUNDS; round++) {
		let plan = planChanges({ ...source, count: 0 }, 'mirror');
		times.plan.push(timed(() => (plan = atOnce(planChanges(source, 'mirror')))));
		const [cohort] = plan.cohorts;
		if (cohort === undefined) throw new Error('The plan has no cohort.');
		times.compare.push(timed(() => compare(cohort, before, false)));
		if (cohort.leavers.length !== changed) throw new Error('The comparison is wrong.');

		let stored = writeMemory({ members: [], lastFullSend: 0 }, 1);
		times.write.push(timed(() => (stored = writeMemory({ members: before, lastFullSend: 0 }, 1))));
		bytes = Buffer.byteLength(JSON.stringify(stored)) / size;
		times.read.push(timed(() => readMemory(stored, 'VIP')));
	}
	const row = [times.plan, times.compare, times.write, times.read].map((values) =>
		median(values).toFixed(0),
	);
	table.push([size.toLocaleString('en'), ...row, bytes.toFixed(1)]);
}
console.log(`${table.toString()}\nMedians of ${ROUNDS} rounds, Node.js ${process.versions.node}.`);
