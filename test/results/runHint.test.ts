import fc from 'fast-check';
import type { Outcome } from '../../nodes/MoEngageCohortSync/model/outcome';
import type { RunResult } from '../../nodes/MoEngageCohortSync/model/run';
import { countRun, describeRun } from '../../nodes/MoEngageCohortSync/results/runHint';
import { atOnce } from '../support/atOnce';
import type { RunOptions } from '../support/finishedRun';
import { finishedRun } from '../support/finishedRun';
import type { Row } from '../support/source';

const request = { request: 1, timestamp: '2026-11-23T10:00:00.000Z' };
const problem = { code: 'timed_out' } as const;
const ACCEPTED: Outcome = { status: 'accepted', request };
const PLANNED: Outcome = { status: 'planned' };
const UNCHANGED: Outcome = { status: 'unchanged' };
const FAILED: Outcome = { status: 'failed', request, problem, mayHaveTakenEffect: true };
const NOT_SENT: Outcome = { status: 'not_sent', problem };

const sentenceOf = (run: RunResult) => describeRun(run, atOnce(countRun(run)));

const times = <T>(count: number, make: (index: number) => T) =>
	Array.from({ length: count }, (_, index) => make(index));
const usersTo = (count: number): Row[] => times(count, (index) => ({ userId: `u${index}` }));
const leaversTo = (count: number, outcome: Outcome) =>
	times(count, (index) => [`gone${index}`, outcome] as const);

interface Given extends RunOptions {
	readonly rows: readonly Row[];
	readonly outcomes: readonly Outcome[];
}

test.each<[sentence: string, given: Given]>([
	[
		"Dry run: nothing was sent. Would add 10, remove 5, leave 25 unchanged: 2 requests, under a minute. Turn off 'Dry Run' to send.",
		{
			rows: usersTo(35),
			outcomes: times(35, (index) => (index < 25 ? UNCHANGED : PLANNED)),
			leavers: leaversTo(5, PLANNED),
			operation: 'mirror',
			dryRun: true,
			stats: [{ requests: 2 }],
		},
	],
	[
		"Dry run: nothing was sent. Would add 1, remove 1: 2 requests, under a minute. Turn off 'Dry Run' to send.",
		{
			rows: usersTo(1),
			outcomes: [PLANNED],
			leavers: leaversTo(1, PLANNED),
			operation: 'mirror',
			dryRun: true,
			stats: [{ requests: 2 }],
		},
	],
	[
		"Dry run: nothing was sent. Would add 1, send 1 again: 1 request, under a minute. Turn off 'Dry Run' to send.",
		{
			rows: usersTo(2),
			outcomes: [PLANNED, PLANNED],
			known: ['u1'],
			operation: 'mirror',
			dryRun: true,
			stats: [{ requests: 1 }],
		},
	],
	[
		'Dry run: nothing was sent. Would leave 1,000 unchanged: no requests.',
		{
			rows: usersTo(1000),
			outcomes: times(1000, () => UNCHANGED),
			operation: 'mirror',
			dryRun: true,
		},
	],
	[
		"Dry run: nothing was sent. Would add 1: 301 requests, about 1 minute. 1 invalid, 1 duplicate. Turn off 'Dry Run' to send.",
		{
			rows: [{ userId: 'u1' }, {}, { userId: 'u1' }],
			outcomes: [PLANNED],
			dryRun: true,
			stats: [{ requests: 301 }],
		},
	],
	[
		'Dry run: nothing was sent. A run would send nothing. 2 not sent.',
		{ rows: usersTo(2), outcomes: [NOT_SENT, NOT_SENT], dryRun: true, refused: problem },
	],
	[
		"Dry run: nothing was sent. Would add 2 in 2 cohorts: 1,500 requests, about 4 minutes. Turn off 'Dry Run' to send.",
		{
			rows: [
				{ userId: 'u1', cohortId: 'a', cohortName: 'A' },
				{ userId: 'u1', cohortId: 'b', cohortName: 'B' },
			],
			outcomes: [PLANNED, PLANNED],
			dryRun: true,
			stats: [{ requests: 700 }, { requests: 800 }],
		},
	],
	[
		"Dry run: nothing was sent. Would add 1 in 1 of 2 cohorts, leave 1 unchanged: 1 request, under a minute. Turn off 'Dry Run' to send.",
		{
			rows: [
				{ userId: 'u1', cohortId: 'a', cohortName: 'A' },
				{ userId: 'u2', cohortId: 'b', cohortName: 'B' },
			],
			outcomes: [UNCHANGED, PLANNED],
			operation: 'mirror',
			dryRun: true,
			stats: [{}, { requests: 1 }],
		},
	],
	[
		'MoEngage accepted 1 addition in 1 of 2 cohorts (2 requests). 1 failed.',
		{
			rows: [
				{ userId: 'u1', cohortId: 'a', cohortName: 'A' },
				{ userId: 'u2', cohortId: 'b', cohortName: 'B' },
			],
			outcomes: [FAILED, ACCEPTED],
			stats: [{ requests: 1 }, { requests: 1 }],
		},
	],
	[
		'Dry run: nothing was sent. There is nothing to send.',
		{ rows: [], outcomes: [], dryRun: true },
	],
	[
		'MoEngage accepted 2 additions, 1 removal, and 1 member sent again (2 requests). 1 unchanged.',
		{
			rows: usersTo(4),
			outcomes: [ACCEPTED, ACCEPTED, UNCHANGED, ACCEPTED],
			known: ['u2', 'u3'],
			leavers: leaversTo(1, ACCEPTED),
			operation: 'mirror',
			stats: [{ requests: 2 }],
		},
	],
	[
		'MoEngage accepted 1 addition (1 request). 1 superseded, 1 invalid, 1 failed, 1 duplicate.',
		{
			rows: [
				{ userId: 'u1', membership: false },
				{ userId: 'u1', membership: true },
				{ userId: 'u1', membership: true },
				{ userId: 'u2', membership: 'maybe' },
				{ userId: 'u3', membership: true },
			],
			outcomes: [ACCEPTED, FAILED],
			operation: 'update',
			stats: [{ requests: 1 }],
		},
	],
	[
		'MoEngage accepted nothing (3 requests). 3 failed.',
		{ rows: usersTo(3), outcomes: times(3, () => FAILED), stats: [{ requests: 3 }] },
	],
	['Nothing was sent. 1 invalid.', { rows: [{}], outcomes: [] }],
	[
		'There was nothing to send. 2 unchanged.',
		{ rows: usersTo(2), outcomes: [UNCHANGED, UNCHANGED], operation: 'mirror' },
	],
])('%s', (sentence, { rows, outcomes, ...options }) => {
	expect(sentenceOf(finishedRun(rows, outcomes, options))).toBe(sentence);
});

test('every item and every removal counts once', () => {
	const outcome = fc.constantFrom(ACCEPTED, UNCHANGED, FAILED, NOT_SENT);
	const row = fc.record({
		userId: fc.constantFrom('u1', 'u2', 'u3', ''),
		membership: fc.constantFrom(true, false, 'maybe'),
	});
	fc.assert(
		fc.property(
			fc.constantFrom('add', 'update', 'mirror'),
			fc.array(row),
			fc.array(outcome, { minLength: 3, maxLength: 3 }),
			fc.array(outcome, { maxLength: 3 }),
			(operation, rows, outcomes, left) => {
				const leavers = left.map((state, index) => [`gone${index}`, state] as const);
				const run = finishedRun(rows, outcomes, { operation, leavers });
				const { added, removed, resent, duplicates, others } = atOnce(countRun(run));
				const rest = [...others.values()].reduce((sum, count) => sum + count, 0);
				// Without an item there is no cohort to remove anybody from.
				const removals = run.cohorts.length === 0 ? 0 : leavers.length;
				expect(added + removed + resent + duplicates + rest).toBe(rows.length + removals);
			},
		),
	);
});
