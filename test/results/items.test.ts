import type { IDataObject } from 'n8n-workflow';
import type { Outcome } from '../../nodes/MoEngageCohortSync/model/outcome';
import type { DeliveryProblem, Problem } from '../../nodes/MoEngageCohortSync/model/problem';
import { RunError } from '../../nodes/MoEngageCohortSync/model/problem';
import type { RunResult } from '../../nodes/MoEngageCohortSync/model/run';
import {
	itemResults,
	refusedResults,
	summaryResults,
} from '../../nodes/MoEngageCohortSync/results/items';
import { describeOutcome, problemInOneLine } from '../../nodes/MoEngageCohortSync/results/problems';
import { atOnce } from '../support/atOnce';
import type { RunOptions } from '../support/finishedRun';
import { finishedRun, STARTED_AT } from '../support/finishedRun';

const TIMESTAMP = '2026-11-23T10:00:01.000Z';
const request = { request: 2, timestamp: TIMESTAMP };
const problem: DeliveryProblem = { code: 'timed_out' };
const ACCEPTED: Outcome = { status: 'accepted', request };
const UNCHANGED: Outcome = { status: 'unchanged' };
const REJECTED: Outcome = { status: 'rejected', request, problem };
const FAILED: Outcome = { status: 'failed', request, problem, mayHaveTakenEffect: true };
const NOT_SENT: Outcome = { status: 'not_sent', problem: { code: 'run_ended', cause: problem } };
const TOO_LARGE: Outcome = { status: 'invalid', problem: { code: 'member_too_large' } };

/** Two cohorts; a duplicate (2), an invalid item (3) and an item that belongs to no cohort (4). */
function mixedRun(outcomes: readonly Outcome[]): RunResult {
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

const uid = (name: string) => ({ uid: name });

describe('one item per input item', () => {
	test('tells what became of each, paired with it', () => {
		const results = atOnce(itemResults(mixedRun([ACCEPTED, NOT_SENT, { status: 'planned' }])));
		const first = { action: 'add', cohort_id: 'vip', uid: 'u0', anonymous_id: 'a0' };
		expect(results.map(({ json }) => json)).toEqual([
			{ status: 'accepted', ...first, request: 2, timestamp: TIMESTAMP },
			{ error: describeOutcome(NOT_SENT), message: 'not_sent' },
			{ status: 'accepted', ...first, request: 2, timestamp: TIMESTAMP, duplicate_of: 0 },
			{ error: "Both 'User ID' and 'Anonymous ID' are empty.", message: 'invalid' },
			{ error: "'Cohort ID' is empty.", message: 'invalid' },
			{ status: 'planned', action: 'add', cohort_id: 'vip', anonymous_id: 'a5' },
		]);
		expect(results.map(({ pairedItem }) => pairedItem)).toEqual(
			[0, 1, 2, 3, 4, 5].map((item) => ({ item })),
		);
	});

	test.each([REJECTED, FAILED, NOT_SENT, TOO_LARGE])(
		'is an error item of two fields where the status is $status, duplicates too',
		(outcome) => {
			const run = finishedRun([{ userId: 'u0' }, { userId: 'u0' }], [outcome]);
			const json = { error: describeOutcome(outcome), message: outcome.status };
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

	test('leaves out action and request where nothing had to be sent', () => {
		const run = finishedRun([{ userId: 'u0' }], [UNCHANGED], { operation: 'mirror' });
		expect(atOnce(itemResults(run))[0]?.json).toEqual({
			...{ status: 'unchanged', cohort_id: 'vip', ...uid('u0') },
		});
	});

	test.each(['add', 'remove'] as const)(
		'leaves out an anonymous ID that is not sent, since no request could hold it: %s',
		(operation) => {
			// `remove_members` and `add_members` differ in length, and so do the longest IDs beside them.
			const envelope = `{"action":"${operation}_members","timestamp":"${TIMESTAMP}","partner":"n8n","parameters":{"cohort_name":"VIP","cohort_id":"vip","members":[{"uid":"u0","anonymous_id":""}]}}`;
			const longest = 'x'.repeat(128_000 - envelope.length);
			const rows = [longest, `${longest}x`].map((anonymousId, item) => ({
				userId: `u${item}`,
				anonymousId,
			}));
			const run = finishedRun(rows, [ACCEPTED, ACCEPTED], { operation });
			expect(atOnce(itemResults(run)).map(({ json }) => json.anonymous_id)).toEqual([
				longest,
				undefined,
			]);
		},
	);

	test('is followed by the removals of a mirror, paired with their row or with the first item that can be used', () => {
		const run = finishedRun([{}, { userId: 'u1' }], [UNCHANGED], {
			operation: 'mirror',
			leavers: [
				['u2', ACCEPTED],
				['u3', ACCEPTED, 7],
				['u4', FAILED, 8],
			],
			heldLeavers: 1,
		});
		const removed = { status: 'accepted', action: 'remove', cohort_id: 'vip', ...request };
		const error = `The user "u4" was not removed from the cohort "VIP". ${describeOutcome(FAILED)}`;
		expect(atOnce(itemResults(run)).slice(2)).toEqual([
			{ json: { ...removed, ...uid('u2') }, pairedItem: { item: 1 } },
			{ json: { ...removed, ...uid('u3') }, pairedItem: { item: 7, input: 1 } },
			{ json: { error, message: 'failed' }, pairedItem: { item: 8, input: 1 } },
		]);
		expect(atOnce(summaryResults(run)).slice(1)).toEqual([
			{ json: expect.objectContaining({ message: 'invalid' }), pairedItem: { item: 0 } },
			{ json: { error, message: 'failed' }, pairedItem: { item: 8, input: 1 } },
		]);
		expect(atOnce(summaryResults(run))[0]?.json).toMatchObject({
			...{ invalid: 1, unchanged: 1, accepted: 2, failed: 1, added: 0, removed: 2 },
			errors: [expect.stringMatching(/^Both/), describeOutcome(FAILED)],
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
			...{ status: 'superseded', cohort_id: 'vip', uid: 'u1', anonymous_id: 'a1' },
			superseded_by: 2,
		});
		expect(atOnce(summaryResults(run))[0]?.json).toMatchObject({
			...{ accepted: 2, superseded: 1, duplicates: 0, added: 1, removed: 1, errors: [] },
		});
	});

	test('is nothing for no input', () => {
		expect(atOnce(itemResults(finishedRun([], [])))).toEqual([]);
	});

	test('fails where the delivery forgot a member, instead of making one up', () => {
		expect(() => atOnce(itemResults(finishedRun([{ userId: 'u0' }], [])))).toThrow(
			'without an outcome',
		);
	});
});

describe('changed members only', () => {
	const DEVICES = [
		{ userId: 'u0', anonymousId: 'a0' },
		{ userId: 'u0', anonymousId: 'a1' },
		{ userId: 'u0', anonymousId: 'a0' },
		{ userId: 'u0' },
	];

	test('leaves out what did not change and duplicates that added no identifier', () => {
		const rows = [...DEVICES, { userId: 'u1' }, { userId: 'u2' }, {}];
		const run = finishedRun(rows, [ACCEPTED, UNCHANGED, REJECTED], {
			operation: 'mirror',
			output: 'changes',
			leavers: [['u9', ACCEPTED]],
		});
		const sent = { status: 'accepted', action: 'add', cohort_id: 'vip', ...request };
		expect(atOnce(itemResults(run))).toEqual([
			{ json: { ...sent, uid: 'u0', anonymous_id: 'a0' }, pairedItem: { item: 0 } },
			{
				json: { ...sent, uid: 'u0', anonymous_id: 'a1', duplicate_of: 0 },
				pairedItem: { item: 1 },
			},
			{ json: expect.objectContaining({ message: 'rejected' }), pairedItem: { item: 5 } },
			{ json: expect.objectContaining({ message: 'invalid' }), pairedItem: { item: 6 } },
			{ json: { ...sent, action: 'remove', uid: 'u9' }, pairedItem: { item: 0 } },
		]);
	});

	test('leaves out what a newer change replaced', () => {
		const rows = [
			{ userId: 'u0', membership: true },
			{ userId: 'u0', membership: false },
		];
		const run = finishedRun(rows, [ACCEPTED], { operation: 'update', output: 'changes' });
		expect(atOnce(itemResults(run)).map(({ pairedItem }) => pairedItem)).toEqual([{ item: 1 }]);
	});

	test('shows a duplicate that went wrong, so that it reaches the error output too', () => {
		const run = finishedRun(DEVICES, [FAILED], { output: 'changes' });
		expect(atOnce(itemResults(run))).toHaveLength(DEVICES.length);
	});
});

describe('with the input fields', () => {
	const rows = [{ userId: 'u0' }, {}, { userId: 'u2' }];
	const run = finishedRun(rows, [ACCEPTED, UNCHANGED], {
		operation: 'mirror',
		includeInputFields: true,
		leavers: [['u9', ACCEPTED]],
	});

	test("a result carries its item's fields, but none by a name of the node's own and no `error`", () => {
		const inputs = [
			{ json: { city: 'Oslo', status: 'gold', error: 'none' } },
			{ json: { city: 'Lima' } },
			{ json: { action: 'remove', duplicate_of: 7, address: { zip: 1 } } },
		];
		expect(atOnce(itemResults(run, inputs)).map(({ json }) => json)).toEqual([
			{ status: 'accepted', action: 'add', cohort_id: 'vip', uid: 'u0', ...request, city: 'Oslo' },
			{ error: expect.any(String), message: 'invalid' },
			{ status: 'unchanged', cohort_id: 'vip', uid: 'u2', address: { zip: 1 } },
			{ status: 'accepted', action: 'remove', cohort_id: 'vip', uid: 'u9', ...request },
		]);
		expect(inputs[0]?.json).toHaveProperty('error', 'none');
	});

	test.each([
		...['status', 'action', 'cohort_id', 'uid', 'anonymous_id', 'request', 'timestamp'],
		...[
			'duplicate_of',
			'superseded_by',
			'error',
			'UID',
			'Anonymous ID',
			'Duplicate-Of',
			' Action ',
		],
	])('a result never has the value of an input field called %s', (name) => {
		const inputs = rows.map(() => ({ json: { [name]: 'from the input', city: 'Oslo' } }));
		const results = atOnce(itemResults(run, inputs)).map(({ json }) => json);
		expect(results[0]).toHaveProperty('city', 'Oslo');
		for (const json of results) expect(json[name]).not.toBe('from the input');
	});

	test('a field called __proto__ is a field like any other', () => {
		const json = JSON.parse('{"__proto__":{"status":"polluted"}}') as IDataObject;
		const [first] = atOnce(itemResults(run, [{ json }]));
		expect(Object.keys(first?.json ?? {})).toContain('__proto__');
		expect(Object.getPrototypeOf(first?.json)).toBe(Object.prototype);
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
			errors: [describeOutcome(FAILED)],
		});
	});

	test('has no errors where nothing is wrong', () => {
		const run = finishedRun(
			[{ userId: 'u0' }, { userId: 'u1' }],
			[{ status: 'planned' }, ACCEPTED],
		);
		expect(atOnce(summaryResults(run))[0]?.json.errors).toEqual([]);
	});

	test('counts an item whose member is too large as invalid, and its duplicate too', () => {
		const run = finishedRun([{ userId: 'u0' }, { userId: 'u0' }], [TOO_LARGE]);
		expect(atOnce(summaryResults(run))[0]?.json).toMatchObject({ invalid: 2, duplicates: 0 });
	});

	test.each<[what: string, isResent: boolean, outcome: Outcome, options: RunOptions]>([
		['sent', true, ACCEPTED, {}],
		['planned', true, { status: 'planned' }, {}],
		['not sent', false, NOT_SENT, {}],
		['refused', false, ACCEPTED, { refused: { code: 'memory_not_loaded' } }],
	])('says whether all were sent again: %s', (_what, isResent, outcome, options) => {
		const run = finishedRun([{ userId: 'u0' }], [outcome], {
			operation: 'mirror',
			resend: 'due',
			...options,
		});
		expect(atOnce(summaryResults(run))[0]?.json.resent_all).toBe(isResent);
	});

	test('counts removed members as removed', () => {
		const rows = [{ userId: 'u0' }, { userId: 'u0' }];
		const [summary] = atOnce(
			summaryResults(finishedRun(rows, [ACCEPTED], { operation: 'remove' })),
		);
		expect(summary?.json).toMatchObject({ operation: 'remove', accepted: 2, added: 0, removed: 1 });
	});

	test('says whom a mirror would add, send again and remove', () => {
		const planned: Outcome = { status: 'planned' };
		const rows = ['u0', 'u1', 'u2', 'u3', 'u4', 'u5'].map((userId) => ({ userId }));
		const run = finishedRun(
			rows,
			rows.map(() => planned),
			{
				...{ operation: 'mirror', dryRun: true, known: ['u0', 'u1'], heldLeavers: 2 },
				...{ leavers: [['u6', planned]], isEarlierRunLost: true },
			},
		);
		expect(atOnce(summaryResults(run))[0]?.json).toMatchObject({
			...{ planned: 7, would_add: 4, would_resend: 2, would_remove: 1 },
			...{ dry_run: true, removals_held: 2, earlier_run_lost: true },
			...{ added: 0, resent: 0, removed: 0 },
		});
	});

	test('has no plans where the run was no dry run, and nobody held or lost where it was refused', () => {
		const options = { operation: 'mirror', heldLeavers: 1, isEarlierRunLost: true } as const;
		const refused = { ...options, refused: { code: 'memory_not_loaded' } } as const;
		const [summary] = atOnce(summaryResults(finishedRun([{ userId: 'u0' }], [NOT_SENT], refused)));
		expect(summary?.json).toMatchObject({ removals_held: 0, earlier_run_lost: false });
		expect(summary?.json).not.toHaveProperty('would_add');
	});

	test('counts who was sent again apart from who was added', () => {
		const rows = [{ userId: 'u0' }, { userId: 'u1' }, { userId: 'u2' }];
		const run = finishedRun(rows, [ACCEPTED, ACCEPTED, ACCEPTED], {
			operation: 'mirror',
			known: ['u0'],
		});
		expect(atOnce(summaryResults(run))[0]?.json).toMatchObject({
			...{ accepted: 3, added: 2, resent: 1, removals_held: 0, earlier_run_lost: false },
		});
	});

	test('says how many of its members were looked up first, and how many MoEngage does not know', () => {
		const run = mixedRun([ACCEPTED, ACCEPTED, ACCEPTED]);
		const [vip, b] = run.cohorts.map(({ plan }) => plan.cohort);
		const sampleOf = (sample: RunResult['sample']) =>
			atOnce(summaryResults({ ...run, sample }))
				.slice(0, 2)
				.map(({ json }) => [json.looked_up, json.unknown_users]);
		const none = { lookedUp: 0, unknown: 0 };
		const [one, two] = [
			{ lookedUp: 1, unknown: 0 },
			{ lookedUp: 20, unknown: 3 },
		];
		expect(sampleOf(undefined)).toStrictEqual([
			[undefined, undefined],
			[undefined, undefined],
		]);
		expect(sampleOf(new Map([[vip!, two]]))).toStrictEqual([
			[20, 3],
			[0, undefined],
		]);
		expect(
			sampleOf(
				new Map([
					[vip!, none],
					[b!, one],
				]),
			),
		).toStrictEqual([
			[0, undefined],
			[1, 0],
		]);
	});

	test('holds up to five different errors', () => {
		const statuses = [500, 500, 501, 501, 502, 502, 503, 503, 504, 504, 505, 506];
		const problems = statuses.map((status): Problem => ({ code: 'unavailable', status }));
		const rows = problems.map((_, item) => ({ userId: `u${item}` }));
		const outcomes = problems.map((each): Outcome => ({ ...REJECTED, problem: each }));
		expect(atOnce(summaryResults(finishedRun(rows, outcomes)))[0]?.json.errors).toEqual(
			[500, 501, 502, 503, 504].map((status) => problemInOneLine({ code: 'unavailable', status })),
		);
	});

	test('tells what the requests of the cohort took', () => {
		const stats = {
			...{ requests: 301, retries: 2, throttled: 1, bytes: 5, waitedMs: 1.6 },
			...{ startedAt: Date.parse(STARTED_AT) + 1, finishedAt: Date.parse(STARTED_AT) + 2 },
		};
		const run = finishedRun([{ userId: 'u0' }], [ACCEPTED], { stats: [stats] });
		expect(atOnce(summaryResults(run))[0]?.json).toMatchObject({
			...{ requests: 301, retries: 2, throttled: 1, bytes: 5, waited_ms: 2, seconds_at_rate: 60 },
			...{ started_at: '2026-11-23T10:00:00.001Z', finished_at: '2026-11-23T10:00:00.002Z' },
		});
	});

	test('has times also where nothing was sent', () => {
		const [summary] = atOnce(summaryResults(finishedRun([{ userId: 'u0' }], [NOT_SENT])));
		expect(summary?.json).toMatchObject({ started_at: STARTED_AT, finished_at: STARTED_AT });
	});
});

test('a run that was refused gives one error item for each input item, and one where there is none', () => {
	const refusal = new RunError({ code: 'memory_not_loaded' }, 'not_sent');
	const json = { error: problemInOneLine(refusal.problem), message: 'not_sent' };
	expect(atOnce(refusedResults(0, refusal))).toEqual([{ json }]);
	expect(atOnce(refusedResults(2, refusal))).toEqual([
		{ json, pairedItem: { item: 0 } },
		{ json, pairedItem: { item: 1 } },
	]);
});
