import type { INode } from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';
import type { CheckResult, LookupOutcome } from '../../nodes/MoEngageCohortSync/model/lookup';
import { InvalidItem } from '../../nodes/MoEngageCohortSync/model/plan';
import type { DeliveryProblem } from '../../nodes/MoEngageCohortSync/model/problem';
import type { CohortStats } from '../../nodes/MoEngageCohortSync/model/run';
import { planCheck } from '../../nodes/MoEngageCohortSync/plan/checkedUsers';
import {
	checkError,
	checkHints,
	checkItemResults,
	checkSummaryResults,
	refusalOfCheck,
} from '../../nodes/MoEngageCohortSync/results/check';
import { problemInOneLine } from '../../nodes/MoEngageCohortSync/results/problems';
import { atOnce } from '../support/atOnce';

const TIMED_OUT: DeliveryProblem = { code: 'timed_out' };
const TIMED_OUT_TITLE = "MoEngage did not respond within the time set in 'Timeout in Seconds'.";
const TIMED_OUT_TEXT = problemInOneLine(TIMED_OUT);
const NO_USER_ID = "'User ID' is empty, and MoEngage can't look users up by an anonymous ID.";
const FAILED: LookupOutcome = { status: 'failed', problem: TIMED_OUT };
const NOT_SENT: LookupOutcome = {
	status: 'not_sent',
	problem: { code: 'run_ended', cause: TIMED_OUT },
};
const STARTED_AT = Date.parse('2026-11-23T10:00:00.000Z');

const NO_REQUESTS: CohortStats = {
	...{ requests: 0, retries: 0, throttled: 0, bytes: 0, waitedMs: 0 },
	...{ startedAt: undefined, finishedAt: undefined, lastTimestamp: undefined },
};

interface Given {
	readonly dryRun?: boolean;
	readonly ended?: DeliveryProblem;
	readonly stats?: Partial<CohortStats>;
}

/**
 * A run of Check Users whose items name these users.
 *
 * @param outcomes of the users who are not known, by uid
 */
function resultOf(
	users: readonly unknown[],
	outcomes: Record<string, LookupOutcome> = {},
	{ dryRun = false, ended, stats }: Given = {},
): CheckResult {
	const { items, uids } = atOnce(planCheck({ count: users.length, userId: (item) => users[item] }));
	return {
		items,
		users: uids.length,
		lookup: {
			outcomeOf: (uid) => outcomes[uid] ?? { status: dryRun ? 'planned' : 'known' },
			stats: { ...NO_REQUESTS, ...stats },
			ended,
		},
		dryRun,
		startedAt: STARTED_AT,
	};
}

const UNKNOWN: Record<string, LookupOutcome> = { u1: { status: 'unknown' } };

/** Two items of a known user, one of an unknown user, one of nobody and one that could not be looked up. */
const mixed = resultOf(['u0', 'u1', 'u0', '', 'u4'], { ...UNKNOWN, u4: FAILED });

describe('one item per input item', () => {
	test('tells whether MoEngage knows the user, paired with it', () => {
		expect(atOnce(checkItemResults(mixed, []))).toStrictEqual([
			{ json: { status: 'known', uid: 'u0' }, pairedItem: { item: 0 } },
			{ json: { status: 'unknown', uid: 'u1' }, pairedItem: { item: 1 } },
			{ json: { status: 'known', uid: 'u0', duplicate_of: 0 }, pairedItem: { item: 2 } },
			{ json: { error: NO_USER_ID, message: 'invalid' }, pairedItem: { item: 3 } },
			{ json: { error: TIMED_OUT_TEXT, message: 'failed' }, pairedItem: { item: 4 } },
		]);
	});

	test('has the fields of its input item behind its own, unless something went wrong', () => {
		const inputs = [{ json: { tier: 'gold', status: 'new' } }, { json: { tier: 'silver' } }];
		const results = atOnce(checkItemResults(resultOf(['u0', '']), inputs));
		expect(results.map(({ json }) => json)).toStrictEqual([
			{ status: 'known', uid: 'u0', tier: 'gold' },
			{ error: NO_USER_ID, message: 'invalid' },
		]);
	});
});

describe('one item for the run', () => {
	test('counts the items, and the error items follow it', () => {
		const [summary, ...errors] = atOnce(checkSummaryResults(mixed));
		expect(summary).toStrictEqual({
			json: {
				...{ operation: 'check', dry_run: false },
				...{ known: 2, unknown: 1, planned: 0, invalid: 1, rejected: 0, failed: 1, not_sent: 0 },
				...{ duplicates: 1, requests: 0, retries: 0, throttled: 0, waited_ms: 0 },
				seconds_at_rate: 0,
				started_at: '2026-11-23T10:00:00.000Z',
				finished_at: '2026-11-23T10:00:00.000Z',
				errors: [NO_USER_ID, TIMED_OUT_TEXT],
			},
			pairedItem: { item: 0 },
		});
		expect(errors).toStrictEqual([
			{ json: { error: NO_USER_ID, message: 'invalid' }, pairedItem: { item: 3 } },
			{ json: { error: TIMED_OUT_TEXT, message: 'failed' }, pairedItem: { item: 4 } },
		]);
	});

	test('has the figures of the requests', () => {
		const stats = {
			...{ requests: 51, retries: 2, throttled: 1, waitedMs: 1_000.6 },
			...{ startedAt: STARTED_AT + 1_000, finishedAt: STARTED_AT + 2_000 },
		};
		const users = Array.from({ length: 1_001 }, (_, index) => `u${index}`);
		const [summary] = atOnce(checkSummaryResults(resultOf(users, {}, { dryRun: true, stats })));
		expect(summary?.json).toMatchObject({
			...{ dry_run: true, planned: 1_001, known: 0 },
			...{ requests: 51, retries: 2, throttled: 1, waited_ms: 1_001, seconds_at_rate: 60 },
			started_at: '2026-11-23T10:00:01.000Z',
			finished_at: '2026-11-23T10:00:02.000Z',
		});
	});

	test('names five different messages', () => {
		const names = ['guest', 'guest', 'null', 'none', 'n/a', 'nil', 'undefined'];
		const [summary] = atOnce(checkSummaryResults(resultOf(names)));
		const errors = ['guest', 'null', 'none', 'n/a', 'nil'];
		expect(summary?.json['errors']).toEqual(
			errors.map((name): unknown => expect.stringContaining(`'User ID' is "${name}"`)),
		);
	});
});

describe('what a person should know', () => {
	test.each<[what: string, result: CheckResult, hints: string[]]>([
		[
			'one of each',
			resultOf(['u0', 'u1'], UNKNOWN),
			['Of 2 users looked up, 1 is known to MoEngage and 1 is not.'],
		],
		[
			'everything that can happen',
			mixed,
			[
				`Of 2 users looked up, 1 is known to MoEngage and 1 is not. 2 items could not be looked up. The first of them: ${NO_USER_ID} 1 item repeated the user of an earlier item.`,
			],
		],
		[
			'nobody unknown',
			resultOf(['u0', 'u2']),
			['Of 2 users looked up, 2 are known to MoEngage and 0 are not.'],
		],
		[
			'nobody known',
			resultOf(['u1'], UNKNOWN),
			[
				"Of 1 user looked up, 0 are known to MoEngage and 1 is not. Check that 'User ID' contains the ID by which MoEngage knows your users.",
			],
		],
		[
			'nobody looked up',
			resultOf(['']),
			[`No user was looked up. 1 item could not be looked up. The first of them: ${NO_USER_ID}`],
		],
		['no items', resultOf([]), ['No user was looked up.']],
		[
			'a dry run',
			resultOf(['u0', 'u1'], {}, { dryRun: true, stats: { requests: 1 } }),
			[
				"Dry run: nobody was looked up. The run would take 1 request for 2 users. Turn off 'Dry Run' to look the users up.",
			],
		],
		[
			'a dry run with an item that has no ID, and one twice',
			resultOf(['u0', 'u0', ''], {}, { dryRun: true, stats: { requests: 1 } }),
			[
				"Dry run: nobody was looked up. The run would take 1 request for 1 user. Turn off 'Dry Run' to look the users up.",
				`1 item could not be looked up. The first of them: ${NO_USER_ID}`,
				'1 item repeated the user of an earlier item.',
			],
		],
		[
			'requests that were throttled',
			resultOf(['u0'], {}, { stats: { throttled: 1 } }),
			[
				'Of 1 user looked up, 1 is known to MoEngage and 0 are not.',
				'MoEngage asked to slow down 1 time. Something else looks users up in the same workspace, such as another n8n worker.',
			],
		],
	])('%s', (_what, result, hints) => {
		expect(atOnce(checkHints(result))).toStrictEqual(
			hints.map((message) => ({ message, type: 'info', location: 'outputPane' })),
		);
	});

	test('a long dry run: how long the run would take', () => {
		const users = Array.from({ length: 2_001 }, (_, index) => `u${index}`);
		const stats = { requests: 101 };
		const [hint] = atOnce(checkHints(resultOf(users, {}, { dryRun: true, stats })));
		expect(hint?.message).toContain('101 requests for 2,001 users, in no less than 120 s. ');
	});
});

const node: INode = {
	id: 'node',
	name: 'MoEngage',
	type: 'n8n-nodes-moengage.moEngageCohortSync',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

describe('the error of a run', () => {
	const errorOf = (result: CheckResult) => atOnce(checkError(node, result));

	test('is none if everyone was looked up', () => {
		expect(errorOf(resultOf(['u0', 'u1'], UNKNOWN))).toBeUndefined();
	});

	test('names the first item not looked up and how many were', () => {
		const error = errorOf(resultOf(['u0', 'u1', 'u2', 'u3'], { u2: FAILED, u3: NOT_SENT }));
		expect(error).toBeInstanceOf(NodeApiError);
		expect(error?.message).toBe(TIMED_OUT_TITLE);
		expect(error?.context).toMatchObject({ itemIndex: 2 });
		expect(error?.description).toContain(
			'Looked up before: 2 of 4 items (the first one not looked up is item 2).',
		);
	});

	test('says why the run ended where it did, and otherwise the cause of what was not sent', () => {
		const ended: DeliveryProblem = { code: 'stopped' };
		const stopped = errorOf(resultOf(['u0'], { u0: NOT_SENT }, { ended }));
		expect(stopped?.message).not.toBe(TIMED_OUT_TITLE);
		expect(errorOf(resultOf(['u0'], { u0: NOT_SENT }))?.message).toBe(TIMED_OUT_TITLE);
	});

	test.each([
		['quotes what MoEngage says if it names no user', 'u7', true],
		['does not quote what MoEngage says about a user', 'u0', false],
	])('%s', (_what, named, isQuoted) => {
		const serverMessage = `The identifier ${named} has no meaning.`;
		const problem: DeliveryProblem = {
			...{ code: 'request_refused', status: 400, serverMessage },
			requestId: 'req-1',
		};
		const error = errorOf(resultOf(['u0', ''], { u0: { status: 'rejected', problem } }));
		expect(error?.description?.includes(serverMessage)).toBe(isQuoted);
		expect(error?.description).toContain('req-1');
		expect(error?.httpCode).toBe('400');
	});
});

describe('whether a run may continue', () => {
	test('is not asked where every item names a user', () => {
		expect(refusalOfCheck(resultOf(['u0', 'u0']).items)).toBeUndefined();
	});

	test.each([
		[['u0', ''], { invalid: 1, total: 2, allLackIdentifiers: false }],
		[['', ''], { invalid: 2, total: 2, allLackIdentifiers: true }],
		[['guest'], { invalid: 1, total: 1, allLackIdentifiers: false }],
	])('with %p is answered with the items that name nobody', (users, counts) => {
		const { items } = resultOf(users);
		const first = items.findIndex((item) => item instanceof InvalidItem);
		expect(refusalOfCheck(items)).toMatchObject({
			problem: { code: 'invalid_items', isCheck: true, ...counts },
			status: 'invalid',
			item: first,
		});
	});
});
