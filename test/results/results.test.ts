import type { Outcome } from '../../nodes/MoEngageCohortSync/plan/outcome';
import { Tally } from '../../nodes/MoEngageCohortSync/delivery/tally';
import { Refusal } from '../../nodes/MoEngageCohortSync/refusal';
import {
	itemResults,
	refusedResults,
	summaryResults,
} from '../../nodes/MoEngageCohortSync/results/results';
import type { FinishedRun } from '../../nodes/MoEngageCohortSync/run';
import { finishedRun } from '../support/finishedRun';
import { atOnce } from '../support/atOnce';
import { VirtualClock } from '../support/virtualClock';

const TIMESTAMP = '2026-11-23T10:00:00.000Z';
const ACCEPTED: Outcome = { status: 'accepted', request: 2, timestamp: TIMESTAMP };
const REJECTED: Outcome = { ...ACCEPTED, status: 'rejected', reason: 'MoEngage refused it.' };
const FAILED: Outcome = { ...ACCEPTED, status: 'failed', reason: 'MoEngage did not answer.' };
const NOT_SENT: Outcome = { status: 'not_sent', reason: 'The run ended before.' };

/** Two cohorts; a duplicate (2), an invalid item (3) and an item that belongs to no cohort (4). */
function mixedRun(outcomes: readonly Outcome[]): FinishedRun {
	const rows = [
		{ userId: 'u0' },
		{ userId: 'u1', cohortId: 'b', cohortName: 'B' },
		{ userId: 'u0', anonymousId: 'a0' },
		{},
		{ userId: 'u4', cohortId: '' },
		{ anonymousId: 'a5' },
	];
	return finishedRun(rows, outcomes);
}

const uid = (name: string) => ({ uid: name, anonymous_id: null });

describe('one item per input item', () => {
	test('tells what became of each, paired with it', () => {
		const results = atOnce(itemResults(mixedRun([ACCEPTED, NOT_SENT, { status: 'planned' }])));
		const first = { action: 'add', cohort_id: 'vip', uid: 'u0', anonymous_id: 'a0' };
		expect(results.map(({ json }) => json)).toEqual([
			{ status: 'accepted', ...first, request: 2, timestamp: TIMESTAMP },
			{ error: 'The run ended before.', message: 'not_sent' },
			{ status: 'accepted', ...first, request: 2, timestamp: TIMESTAMP, duplicate_of: 0 },
			{ error: "Both 'User ID' and 'Anonymous ID' are empty.", message: 'invalid' },
			{ error: "'Cohort ID' is empty.", message: 'invalid' },
			{
				...{ status: 'planned', action: 'add', cohort_id: 'vip', uid: null, anonymous_id: 'a5' },
				...{ request: null, timestamp: null },
			},
		]);
		expect(results.map(({ pairedItem }) => pairedItem)).toEqual(
			[0, 1, 2, 3, 4, 5].map((item) => ({ item })),
		);
	});

	test.each([REJECTED, FAILED, NOT_SENT])(
		'is an error item of two fields where the status is $status, duplicates too',
		(outcome) => {
			const run = finishedRun([{ userId: 'u0' }, { userId: 'u0' }], [outcome]);
			const json = { error: outcome.reason, message: outcome.status };
			expect(atOnce(itemResults(run))).toEqual([
				{ json, pairedItem: { item: 0 } },
				{ json, pairedItem: { item: 1 } },
			]);
		},
	);

	test('names the action of a removal', () => {
		const run = finishedRun([{ userId: 'u0' }], [ACCEPTED], { operation: 'remove' });
		expect(atOnce(itemResults(run))[0]?.json).toEqual({
			...{ status: 'accepted', action: 'remove', cohort_id: 'vip', ...uid('u0') },
			...{ request: 2, timestamp: TIMESTAMP },
		});
	});

	test('names the item whose newer change took its place', () => {
		const rows = [
			{ userId: 'u0', membership: true },
			{ userId: 'u1', anonymousId: 'a1', membership: true },
			{ userId: 'u1', membership: false },
		];
		const run = finishedRun(rows, [ACCEPTED, ACCEPTED], { operation: 'update' });
		expect(atOnce(itemResults(run))[1]?.json).toEqual({
			...{ status: 'superseded', action: null, cohort_id: 'vip', uid: 'u1', anonymous_id: 'a1' },
			...{ request: null, timestamp: null, superseded_by: 2 },
		});
		expect(atOnce(summaryResults(run))[0]?.json).toMatchObject({
			...{ accepted: 2, superseded: 1, duplicates: 0, added: 1, removed: 1, errors: [] },
		});
	});

	test('is nothing for no input', () => {
		expect(atOnce(itemResults(finishedRun([], [])))).toEqual([]);
	});

	test('fails where the delivery forgot a member, instead of telling tales', () => {
		expect(() => atOnce(itemResults(finishedRun([{ userId: 'u0' }], [])))).toThrow(
			'without an outcome',
		);
	});
});

describe('one item per cohort', () => {
	test('comes first, paired with the first item of the cohort, then the error items', () => {
		const results = atOnce(summaryResults(mixedRun([ACCEPTED, REJECTED, ACCEPTED])));
		expect(
			results.map(({ json, pairedItem }) => [json.cohort_id, json.message, pairedItem]),
		).toEqual([
			['vip', undefined, { item: 0 }],
			['b', undefined, { item: 1 }],
			[undefined, 'rejected', { item: 1 }],
			[undefined, 'invalid', { item: 3 }],
			[undefined, 'invalid', { item: 4 }],
		]);
	});

	test('counts items by status, duplicates and members', () => {
		const [vip, b] = atOnce(summaryResults(mixedRun([ACCEPTED, FAILED, ACCEPTED])));
		expect(vip?.json).toMatchObject({
			...{ cohort_id: 'vip', cohort_name: 'VIP', operation: 'add', dry_run: false },
			...{ accepted: 3, unchanged: 0, superseded: 0, planned: 0, invalid: 1, rejected: 0 },
			...{ failed: 0, not_sent: 0, duplicates: 1, added: 2, removed: 0 },
			errors: ["Both 'User ID' and 'Anonymous ID' are empty."],
		});
		expect(b?.json).toMatchObject({
			...{ cohort_id: 'b', cohort_name: 'B', accepted: 0, failed: 1, added: 0, duplicates: 0 },
			errors: ['MoEngage did not answer.'],
		});
	});

	test('has no errors where nothing is wrong, whatever the reasons', () => {
		const planned: Outcome = { status: 'planned', reason: 'It is a dry run.' };
		const run = finishedRun([{ userId: 'u0' }, { userId: 'u1' }], [planned, { status: 'failed' }]);
		expect(atOnce(summaryResults(run))[0]?.json.errors).toEqual([]);
	});

	test('counts removed members as removed', () => {
		const rows = [{ userId: 'u0' }, { userId: 'u0' }];
		const [summary] = atOnce(
			summaryResults(finishedRun(rows, [ACCEPTED], { operation: 'remove' })),
		);
		expect(summary?.json).toMatchObject({ operation: 'remove', accepted: 2, added: 0, removed: 1 });
	});

	test('holds up to five different errors', () => {
		const rows = Array.from({ length: 9 }, (_, item) => ({ userId: `u${item}` }));
		const outcomes = rows.map((_, item) => ({ ...REJECTED, reason: `Error ${item >> 1}.` }));
		const more = [
			...outcomes,
			{ ...REJECTED, reason: 'Error 5.' },
			{ ...REJECTED, reason: 'Error 6.' },
		];
		const run = finishedRun([...rows, { userId: 'x' }, { userId: 'y' }], more);
		expect(atOnce(summaryResults(run))[0]?.json.errors).toEqual(
			[0, 1, 2, 3, 4].map((number) => `Error ${number}.`),
		);
	});

	test('tells what the requests of the cohort took', () => {
		const tally = Object.assign(new Tally(new VirtualClock()), {
			...{ requests: 301, retries: 2, throttled: 1, bytes: 5, waitedMs: 1.6 },
			...{ startedAt: Date.parse(TIMESTAMP) + 1, finishedAt: Date.parse(TIMESTAMP) + 2 },
		});
		const run = { ...finishedRun([{ userId: 'u0' }], [ACCEPTED]), tallies: [tally] };
		expect(atOnce(summaryResults(run))[0]?.json).toMatchObject({
			...{ requests: 301, retries: 2, throttled: 1, bytes: 5, waited_ms: 2, seconds_at_rate: 60 },
			...{ started_at: '2026-11-23T10:00:00.001Z', finished_at: '2026-11-23T10:00:00.002Z' },
		});
	});

	test('has times also where nothing was sent', () => {
		const [summary] = atOnce(summaryResults(finishedRun([{ userId: 'u0' }], [NOT_SENT])));
		expect(summary?.json).toMatchObject({ started_at: TIMESTAMP, finished_at: TIMESTAMP });
	});
});

test('a run that was refused gives one error item for each input item, and one where there is none', () => {
	const refusal = new Refusal('It will not do', 'Do it otherwise.', 'not_sent');
	const json = { error: 'It will not do. Do it otherwise.', message: 'not_sent' };
	expect(atOnce(refusedResults(0, refusal))).toEqual([{ json }]);
	expect(atOnce(refusedResults(2, refusal))).toEqual([
		{ json, pairedItem: { item: 0 } },
		{ json, pairedItem: { item: 1 } },
	]);
});
