import { InvalidItem } from '../nodes/MoEngageCohortSync/plan/changes';
import type { Clock } from '../nodes/MoEngageCohortSync/clock';
import { planOnly } from '../nodes/MoEngageCohortSync/delivery/delivery';
import { secondsAtRate } from '../nodes/MoEngageCohortSync/delivery/rateWindow';
import { prepareRun } from '../nodes/MoEngageCohortSync/run';
import { readSettings } from '../nodes/MoEngageCohortSync/input/settings';
import type { Row } from './support/source';
import { sourceOf } from './support/source';
import { atOnce } from './support/atOnce';

function prepare(rows: readonly Row[], options = {}, operation: 'add' | 'remove' = 'add') {
	return atOnce(prepareRun(sourceOf(rows), operation, readSettings(options)));
}

const clock: Clock = {
	now: () => 0,
	elapsed: () => 0,
	random: () => 0,
	sleep: async () => await Promise.reject(new Error('Nobody has to wait here')),
};

test('additions and removals are packed for each cohort on its own', () => {
	const rows = ['a', 'b', 'a'].map((cohortId, item) => ({ userId: `u${item}`, cohortId }));
	const uidsOf = ({ batches }: ReturnType<typeof prepare>) =>
		batches.map(({ cohort, removals, additions }) => [
			cohort.id,
			removals.map(({ changes }) => changes.map(({ uid }) => uid)),
			additions.map(({ changes }) => changes.map(({ uid }) => uid)),
		]);
	expect(uidsOf(prepare(rows))).toEqual([
		['a', [], [['u0', 'u2']]],
		['b', [], [['u1']]],
	]);
	expect(uidsOf(prepare(rows, {}, 'remove'))).toEqual([
		['a', [['u0', 'u2']], []],
		['b', [['u1']], []],
	]);
});

test('the limits of a request are those of the options', () => {
	const rows = Array.from({ length: 50 }, (_, item) => ({ userId: `u${item}`.padEnd(100) + 'x' }));
	const sizes = (options: object) =>
		prepare(rows, options).batches.flatMap(({ additions }) =>
			additions.map(({ changes }) => changes.length),
		);
	expect(sizes({ batchSize: 20 })).toEqual([20, 20, 10]);
	expect(sizes({ payloadLimit: 2_000 })).toEqual([16, 16, 16, 2]);
});

test('a member that fits in no request makes its items invalid, duplicates too', () => {
	const long = 'x'.repeat(1_000);
	const rows = [{ userId: 'u0' }, { userId: long }, { userId: 'u2' }, { userId: long }];
	const { items, batches, cohorts } = prepare(rows, { payloadLimit: 1_000 });
	const reason = expect.stringMatching(/^The member alone is larger than a request may be\./);
	const invalid = new InvalidItem(reason, cohorts[0]?.cohort);
	expect(items).toEqual([
		expect.objectContaining({ uid: 'u0' }),
		invalid,
		expect.objectContaining({ uid: 'u2' }),
		invalid,
	]);
	expect(batches[0]?.additions.flatMap(({ changes }) => changes)).toEqual([items[0], items[2]]);
});

test('a dry run plans every member and counts the requests it would take', () => {
	const rows = ['a', 'b', 'a', 'a'].map((cohortId, item) => ({ userId: `u${item}`, cohortId }));
	const run = prepare(rows, { batchSize: 2 });
	const { tallies, ended } = planOnly(run.batches, clock);
	expect(ended).toBeUndefined();
	expect(tallies.map(({ requests }) => requests)).toEqual([2, 1]);
	expect(tallies.map(({ bytes }) => bytes)).toEqual(
		run.batches.map(({ additions }) => additions.reduce((sum, batch) => sum + batch.bytes, 0)),
	);
	expect(run.items).toEqual(
		rows.map(() => expect.objectContaining({ outcome: { status: 'planned' } })),
	);
});

test.each([
	[0, 300, 0],
	[1, 300, 0],
	[300, 300, 0],
	[301, 300, 60],
	[600, 300, 60],
	[601, 300, 120],
	[3, 1, 120],
])('%d requests at %d a minute take no less than %d s', (requests, perMinute, seconds) => {
	expect(secondsAtRate(requests, perMinute)).toBe(seconds);
});
