import type { INode } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import type { Outcome } from '../../nodes/MoEngageCohortSync/model/outcome';
import type { DeliveryProblem, Problem } from '../../nodes/MoEngageCohortSync/model/problem';
import { RunError } from '../../nodes/MoEngageCohortSync/model/problem';
import type { RunResult } from '../../nodes/MoEngageCohortSync/model/run';
import {
	acceptedInWords,
	deliveryError,
	refusalOf,
	toNodeError,
	toRunError,
} from '../../nodes/MoEngageCohortSync/results/errors';
import { describeProblem } from '../../nodes/MoEngageCohortSync/results/problems';
import { finishedRun, planOf } from '../support/finishedRun';
import type { Row } from '../support/source';

const node: INode = {
	id: 'node',
	name: 'MoEngage',
	type: 'n8n-nodes-moengage.moEngageCohortSync',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

const refusal = new RunError({ code: 'cohort_locked', cohortName: 'ENOENT' }, 'not_sent', 3);

describe('whatever ended a run', () => {
	test.each(['add', undefined] as const)('stays a RunError, also after %s', (sentBy) => {
		expect(toRunError(refusal, sentBy)).toBe(refusal);
	});

	test.each<[error: unknown]>([[new Error('An accident.')], ['An accident.']])(
		'unforeseen keeps its words, and tells whether anything was sent: %p',
		(error) => {
			const message = 'An accident.';
			expect(toRunError(error, undefined)).toMatchObject({
				problem: { code: 'parameters_unreadable', message },
				status: 'invalid',
			});
			expect(toRunError(error, 'update')).toMatchObject({
				problem: { code: 'node_defect', operation: 'update', message },
				status: 'failed',
			});
		},
	);

	test('is shown by n8n in our words, also where they hold the name of a system error', () => {
		const error = toNodeError(node, refusal, undefined);
		expect(error).toBeInstanceOf(NodeOperationError);
		expect(error).toMatchObject({
			message: 'Another execution is mirroring the cohort "ENOENT" right now',
			description: 'This execution sent nothing for it. Leave more time between scheduled runs.',
			messages: [],
			context: { itemIndex: 3 },
		});
		const withoutItem = new RunError({ code: 'memory_not_loaded' });
		expect(toNodeError(node, withoutItem, undefined).context).toEqual({});
	});

	test("is shown with n8n's own words before what to do", () => {
		expect(toNodeError(node, new Error('Out of order'), undefined)).toMatchObject({
			message: 'The node could not read its parameters',
			description:
				'n8n says: "Out of order". Check the expressions in the node\'s fields and options.',
		});
	});

	test('stays what it is where it tells of a delivery', () => {
		const error = new NodeApiError(node, {});
		expect(toNodeError(node, error, 'add')).toBe(error);
	});
});

/** What a run of these items is refused with before it is sent. */
function refusalOfRows(rows: readonly Row[], outcomes: readonly Outcome[] = []) {
	const error = refusalOf(planOf(finishedRun(rows, outcomes)));
	if (error === undefined) return undefined;
	const { message, description } = toNodeError(node, error, undefined);
	return { message, description, item: error.item, status: error.status };
}

const orContinue = (which: string) =>
	`Fix ${which} at the source, or set 'On Error' in this node's settings to 'Continue (using error output)' to send the others.`;
const FIX_IT = orContinue('this item');
const FIX_THEM = orContinue('these items');
const EMPTY = "Both 'User ID' and 'Anonymous ID' are empty.";
const LIST = "'User ID' is a list, not text or a whole number.";
const SWITCH = "'User ID' is true or false, not text or a whole number.";

describe('items that can not be sent', () => {
	test.each<[what: string, rows: Row[], message: string, fix: string, item: number]>([
		[
			'one of two',
			[{ userId: 'u0' }, { userId: [] }],
			"1 of 2 items can't be sent, so nothing was sent",
			`Item 1: ${LIST} Item numbers start at 0. ${FIX_IT}`,
			1,
		],
		[
			'several for different reasons, of which the first five are named',
			[{}, { userId: [] }, {}, { userId: true }, { userId: [] }, { userId: 'u5' }, {}, {}],
			"7 of 8 items can't be sent, so nothing was sent",
			`Items 0, 2: ${EMPTY} Items 1, 4: ${LIST} Item 3: ${SWITCH} And 2 more. Item numbers start at 0. ${FIX_THEM}`,
			0,
		],
		[
			'just five',
			[{}, {}, {}, {}, { userId: [] }, { userId: 'u5' }],
			"5 of 6 items can't be sent, so nothing was sent",
			`Items 0, 1, 2, 3: ${EMPTY} Item 4: ${LIST} Item numbers start at 0. ${FIX_THEM}`,
			0,
		],
		[
			'all, because the column has another name',
			[{}, {}],
			"2 of 2 items can't be sent, so nothing was sent",
			`Items 0, 1: ${EMPTY} Item numbers start at 0. Check that 'User ID' or 'Anonymous ID' refers to a column that your items have.`,
			0,
		],
		[
			'all, but for other reasons',
			[{}, { userId: [] }],
			"2 of 2 items can't be sent, so nothing was sent",
			`Item 0: ${EMPTY} Item 1: ${LIST} Item numbers start at 0. Fix this in the node's fields or at the source.`,
			0,
		],
		[
			'one that lacks the column',
			[{ userId: 'u0' }, {}],
			"1 of 2 items can't be sent, so nothing was sent",
			`Item 1: ${EMPTY} Item numbers start at 0. ${FIX_IT}`,
			1,
		],
	])('are listed: %s', (_what, rows, message, description, item) => {
		expect(refusalOfRows(rows)).toEqual({ message, description, item, status: 'invalid' });
	});

	test('may be too large, which is known when all are packed', () => {
		const tooLarge: Outcome = { status: 'invalid', problem: { code: 'member_too_large' } };
		expect(
			refusalOfRows([{ userId: 'u0' }, { userId: 'u1' }], [{ status: 'planned' }, tooLarge]),
		).toEqual({
			message: "1 of 2 items can't be sent, so nothing was sent",
			description: `Item 1: This member alone is larger than a request can be. Shorten its identifier or the 'Cohort Description', or increase the option 'Payload Limit in Bytes'. Item numbers start at 0. ${FIX_IT}`,
			item: 1,
			status: 'invalid',
		});
	});

	test('come before a cohort that is refused; without either nothing is', () => {
		const problem: Problem = {
			code: 'memory_full',
			cohortName: 'VIP',
			members: 2,
			fitsAlone: false,
			largest: [],
		};
		const of = (rows: readonly Row[], refused?: Problem) =>
			refusalOf(planOf(finishedRun(rows, [], refused && { operation: 'mirror', refused })));
		const good = [{ userId: 'u0' }];
		expect(of(good, problem)).toMatchObject({ problem, status: 'not_sent', item: undefined });
		expect(of([...good, {}], problem)).toMatchObject({ problem: { code: 'invalid_items' } });
		expect(of(good)).toBeUndefined();
	});
});

const request = { request: 1, timestamp: '2026-11-23T10:00:00.000Z' };
/** Says nothing of another run being safe. */
const CAUSE: DeliveryProblem = { code: 'certificate_untrusted', errorCode: 'NO' };
const { summary: SUMMARY, remedy: REMEDY } = describeProblem(CAUSE);
const ACCEPTED: Outcome = { status: 'accepted', request };
const FAILED: Outcome = { status: 'failed', request, problem: CAUSE, mayHaveTakenEffect: false };
const REJECTED: Outcome = { status: 'rejected', request, problem: CAUSE };
const NOT_SENT: Outcome = { status: 'not_sent', problem: { code: 'run_ended', cause: CAUSE } };
const AGAIN = 'Running the workflow again is safe: sending a member twice does no harm.';
const REFUSED = 'Fix the identifier at the source, or filter the item out with a Filter node.';

/** A run of as many users as there are outcomes. */
const runOf = (...outcomes: Outcome[]) =>
	finishedRun(
		outcomes.map((_, index) => ({ userId: `user-${index}` })),
		outcomes,
	);

/** Refused by MoEngage, which says so. */
const refusedBecause = (serverMessage?: string, requestId?: string): Outcome => ({
	...REJECTED,
	problem: { code: 'member_refused', status: 400, serverMessage, requestId },
});

/** A mirror in which u1 stays, u2 comes, and u3 and u4 leave. */
const mirrored = (outcome: Outcome, ofFirstLeaver = outcome): RunResult =>
	finishedRun([{ userId: 'u1' }, { userId: 'u2' }], [{ status: 'unchanged' }, outcome], {
		operation: 'mirror',
		leavers: [
			['u3', ofFirstLeaver],
			['u4', outcome],
		],
		heldLeavers: 1,
	});

describe('what went wrong in a delivery', () => {
	test.each<[what: string, run: RunResult]>([
		['all was accepted', runOf(ACCEPTED, ACCEPTED)],
		['nothing was to be done', runOf()],
		['all was planned', runOf({ status: 'planned' })],
	])('is nothing where %s', (_what, run) => {
		expect(deliveryError(node, run)).toBeUndefined();
	});

	test.each<[what: string, run: RunResult, description: string, message?: string]>([
		[
			'the first item in trouble, and how many met which fate',
			runOf(ACCEPTED, ACCEPTED, NOT_SENT, FAILED, REJECTED, NOT_SENT),
			`${REMEDY} 2 of 6 items were accepted, 1 rejected, 1 failed, 2 not sent (first: item 2). ${AGAIN}`,
		],
		[
			'no need to say that another run is safe where nothing was accepted',
			runOf(REJECTED),
			`${REMEDY} 0 of 1 item were accepted, 1 rejected (first: item 0).`,
		],
		[
			'that another run is safe, also where it is the remedy',
			runOf(ACCEPTED, { ...FAILED, problem: { code: 'unavailable', status: 503 } }),
			`Run the workflow again later. 1 of 2 items was accepted, 1 failed (first: item 1). ${AGAIN}`,
			'MoEngage is unavailable (status 503).',
		],
		[
			'that another run is not safe for old changes of members',
			{ ...runOf(ACCEPTED, FAILED), operation: 'update' },
			`${REMEDY} 1 of 2 items was accepted, 1 failed (first: item 1). Run the workflow again with the latest changes: sending an old change again may overwrite a newer one.`,
		],
		[
			"MoEngage's words and its name for the request",
			runOf(refusedBecause('No.', 'r-1')),
			`MoEngage says: "No." ${REFUSED} 0 of 1 item were accepted, 1 rejected (first: item 0). MoEngage request ID: r-1.`,
			'MoEngage rejected this member.',
		],
		[
			'not its words where they name a member of the request',
			runOf(ACCEPTED, refusedBecause('user-1 is no user.')),
			`${REFUSED} 1 of 2 items was accepted, 1 rejected (first: item 1). ${AGAIN}`,
			'MoEngage rejected this member.',
		],
		[
			'what kept an item from being sent, and not that it was not',
			runOf({ status: 'not_sent', problem: { code: 'cohort_refused', cause: CAUSE } }),
			`${REMEDY} 0 of 1 item were accepted, 1 not sent (first: item 0).`,
		],
		[
			'removals in a mirror beside its items',
			mirrored(FAILED),
			`${REMEDY} 0 of 4 items and removals were accepted, 3 failed (first: item 1).`,
		],
	])('tells %s', (_what, run, description, message = SUMMARY) => {
		expect(deliveryError(node, run)).toMatchObject({ message, description, messages: [] });
	});

	test('is what ended the run, whatever came first', () => {
		const ended: DeliveryProblem = { code: 'unavailable', status: 503 };
		expect(deliveryError(node, { ...runOf(REJECTED), ended })).toMatchObject({
			message: 'MoEngage is unavailable (status 503).',
			description: expect.stringMatching(/^Run the workflow again later/),
			httpCode: '503',
		});
	});

	test('names no item if the whole run ended', () => {
		const ended: DeliveryProblem = { code: 'unavailable', status: 503 };
		const error = deliveryError(node, { ...runOf(REJECTED), ended });
		expect(error?.context).not.toHaveProperty('itemIndex');
		expect(error?.description).toContain('(first: item 0)');
	});

	test("carries the item and the response's status, where there are such", () => {
		expect(deliveryError(node, runOf(ACCEPTED, refusedBecause()))).toMatchObject({
			httpCode: '400',
			context: { itemIndex: 1 },
		});
		const error = deliveryError(node, mirrored(ACCEPTED, FAILED));
		expect(error?.httpCode).toBeNull();
		expect(error?.context).not.toHaveProperty('itemIndex');
		expect(error?.description).toBe(
			`${REMEDY} 2 of 4 items and removals were accepted, 1 failed. ${AGAIN}`,
		);
	});

	test.each<[who: string, run: RunResult]>([
		['who leaves', mirrored(ACCEPTED, refusedBecause('u3 is no user.'))],
		[
			'by an anonymous ID',
			finishedRun([{ userId: 'u0', anonymousId: 'a0' }], [refusedBecause('a0 is no user.')]),
		],
		[
			'by another anonymous ID',
			finishedRun(
				['a0', 'a1'].map((anonymousId) => ({ userId: 'u0', anonymousId })),
				[refusedBecause('a1 is no user.')],
			),
		],
	])('names nobody %s either', (_who, run) => {
		expect(deliveryError(node, run)?.description).toMatch(/^Fix the identifier/);
	});
});

test.each<[run: RunResult, words: string]>([
	[runOf(ACCEPTED, FAILED), '1 of 2 items'],
	[finishedRun([{ userId: 'u0' }, {}, { userId: 'u0' }], [ACCEPTED]), '2 of 3 items'],
	[mirrored(ACCEPTED), '3 of 4 items and removals'],
	[runOf(), '0 of 0 items'],
])('what was accepted before a stop, in words (%#)', (run, words) => {
	expect(acceptedInWords(run)).toBe(words);
});
