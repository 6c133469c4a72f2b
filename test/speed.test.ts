import type { Operation } from '../nodes/MoEngageCohortSync/input/settings';
import { readSettings } from '../nodes/MoEngageCohortSync/input/settings';
import type { Source } from '../nodes/MoEngageCohortSync/input/source';
import { planOnly } from '../nodes/MoEngageCohortSync/delivery/delivery';
import { itemResults } from '../nodes/MoEngageCohortSync/results/results';
import { prepareRun } from '../nodes/MoEngageCohortSync/run';
import { atOnce } from './support/atOnce';
import { VirtualClock } from './support/virtualClock';

/**
 * How long the node's own work takes, beside a plain loop in the same run: how fast the machine is does not
 * matter then. 1.5 to 4.3 times as long was measured on a busy machine, and 12 to 22 times where each item's
 * object was copied once more by a spread.
 */
const LIMIT = 8;

const COUNT = 100_000;
const ROUNDS = 5;

const uids = Array.from({ length: COUNT }, (_, index) => `customer-${index}-0123456789`);
const previous = uids.map((uid) => ({ uid, anonymous_id: undefined, uncertain: false }));

const source: Source = {
	count: COUNT,
	isBlank: () => false,
	userId: (item) => uids[item],
	anonymousId: () => undefined,
	cohortId: () => 'vip',
	cohortName: () => 'VIP',
	cohortDescription: () => '',
	partner: () => 'n8n',
	membership: () => true,
	changedAt: () => undefined,
};

/** From items to results, without MoEngage. */
function run(operation: Operation): number {
	const settings = readSettings({}, 100);
	const previousOf = function* () {
		yield;
		return { members: previous };
	};
	const prepared = atOnce(
		prepareRun(source, operation, settings, operation === 'mirror' ? previousOf : undefined),
	);
	const report = planOnly(prepared.batches, new VirtualClock());
	const finished = { ...prepared, ...report, operation, settings, startedAt: 0 };
	return atOnce(itemResults(finished)).length;
}

/** What nobody can do without: find duplicates, write the members out, make a result for each item. */
function plainLoop(): number {
	const members = new Map<string, { uid: string }>();
	const results: object[] = [];
	for (const [item, uid] of uids.entries()) {
		if (!members.has(uid)) members.set(uid, { uid });
		results.push({ json: { status: 'accepted', uid, request: 1 }, pairedItem: { item } });
	}
	return JSON.stringify([...members.values()]).length + results.length;
}

/** The shortest time of `work` in ms: whatever else the machine does only makes it longer. */
function shortest(times: readonly number[]): number {
	return Math.min(...times);
}

function timeOf(work: () => number): number {
	const start = performance.now();
	expect(work()).toBeGreaterThanOrEqual(COUNT);
	return performance.now() - start;
}

test.each<Operation>(['add', 'update', 'mirror'])('%s is not much slower', (operation) => {
	const rounds = Array.from({ length: ROUNDS }, () => ({
		own: timeOf(() => run(operation)),
		plain: timeOf(plainLoop),
	}));
	const own = shortest(rounds.map((round) => round.own));
	const plain = shortest(rounds.map((round) => round.plain));
	expect(own / plain).toBeLessThan(LIMIT);
});
