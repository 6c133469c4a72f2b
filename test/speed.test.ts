import { dryRun } from '../nodes/MoEngageCohortSync/delivery/deliver';
import type { ItemReader } from '../nodes/MoEngageCohortSync/input/itemReader';
import { readSettings } from '../nodes/MoEngageCohortSync/input/settings';
import type { Operation } from '../nodes/MoEngageCohortSync/model/settings';
import { itemResults } from '../nodes/MoEngageCohortSync/results/items';
import { atOnce } from './support/atOnce';
import { mirrorWith, storeOf } from './support/mirrors';
import { plannedRun } from './support/plannedRun';

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

const reader: ItemReader = {
	count: COUNT,
	blankInput: undefined,
	constantIdentifier: undefined,
	membershipColumns: [],
	userId: (item) => uids[item],
	anonymousId: () => undefined,
	cohortId: () => 'vip',
	cohortName: () => 'VIP',
	cohortDescription: () => '',
	partner: () => 'n8n',
	membership: () => true,
	changedAt: () => undefined,
	isUserIdSet: true,
	isChangedAtSet: false,
};

const store = storeOf(function* () {
	yield;
	return { members: previous };
});

/** From items to results, without MoEngage. */
function run(operation: Operation): number {
	const settings = readSettings({}, 100);
	const { items, packed } =
		operation === 'mirror'
			? mirrorWith(reader, store, { settings })
			: plannedRun(reader, operation, settings);
	atOnce(dryRun(packed));
	const result = {
		operation,
		settings,
		startedAt: 0,
		items,
		cohorts: packed,
		ended: undefined,
		overlapped: false,
		notices: [],
	};
	return atOnce(itemResults(result)).length;
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
