import type { INode } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import { Refusal } from '../../nodes/MoEngageCohortSync/refusal';
import type { Trouble } from '../../nodes/MoEngageCohortSync/delivery/trouble';
import type { Outcome } from '../../nodes/MoEngageCohortSync/plan/outcome';
import {
	acceptedInWords,
	deliveryError,
	refusalOf,
	toNodeError,
	toRefusal,
} from '../../nodes/MoEngageCohortSync/results/errors';
import type { FinishedRun, PreparedRun } from '../../nodes/MoEngageCohortSync/run';
import { finished, finishedRun } from '../support/finishedRun';
import { mirror, row, settle } from '../support/mirrors';
import type { Row } from '../support/source';

const node: INode = {
	id: 'node',
	name: 'MoEngage',
	type: 'n8n-nodes-moengage.moEngageCohortSync',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

const refusal = new Refusal('The user ENOENT is none', 'Choose another one.', 'not_sent', 3);

describe('whatever ended a run', () => {
	test.each([true, false])('is a refusal as it is, where requests went out is %s', (hasSent) => {
		expect(toRefusal(refusal, hasSent)).toBe(refusal);
	});

	test.each<[error: unknown, words: string]>([
		[new Error('An accident.'), 'An accident.'],
		['An accident.', 'An accident.'],
	])('unforeseen is told by its words, and whether anything was sent: %p', (error, words) => {
		expect(toRefusal(error, false)).toMatchObject({
			message: 'The node could not read its parameters',
			fix: `n8n says: "${words}" Check the expressions in the node's fields and options.`,
			status: 'invalid',
		});
		expect(toRefusal(error, true)).toMatchObject({
			message: expect.stringMatching(/^The node sent its requests but could not tell/),
			fix: expect.stringMatching(/^Running .* is safe: .* Please report .* An accident\.$/),
			status: 'failed',
		});
	});

	test('is shown by n8n in our words, also where they hold the name of a system error', () => {
		const error = toNodeError(node, refusal, false);
		expect(error).toBeInstanceOf(NodeOperationError);
		expect(error).toMatchObject({
			message: 'The user ENOENT is none',
			description: 'Choose another one.',
			messages: [],
			context: { itemIndex: 3 },
		});
		expect(toNodeError(node, new Refusal('None', 'Choose.'), false).context).toEqual({});
	});

	test('stays what it is where it tells of a delivery', () => {
		const error = new NodeApiError(node, {});
		expect(toNodeError(node, error, true)).toBe(error);
	});
});

/** What a run of these items is refused with before it is sent. */
const refusalOfRows = (rows: readonly Row[]) => refusalOf(finishedRun(rows, []));

const CONTINUE =
	"Or set 'On Error' in this node's settings to 'Continue (using error output)' to send the others.";
const EMPTY = "Both 'User ID' and 'Anonymous ID' are empty.";
const LIST = "'User ID' is a list, not a text or a whole number.";
const SWITCH = "'User ID' is true or false, not a text or a whole number.";

describe('items that can not be sent', () => {
	test.each<[what: string, rows: Row[], message: string, fix: string, item: number]>([
		[
			'one of two',
			[{ userId: 'u0' }, { userId: [] }],
			"1 of 2 items can't be sent, so nothing was sent",
			`Item 1: ${LIST} Items are counted from 0. Correct this at the source or in the node's fields. ${CONTINUE}`,
			1,
		],
		[
			'several for different reasons, of which the first five are named',
			[{}, { userId: [] }, {}, { userId: true }, { userId: [] }, { userId: 'u5' }, {}, {}],
			"7 of 8 items can't be sent, so nothing was sent",
			`Items 0, 2: ${EMPTY} Items 1, 4: ${LIST} Item 3: ${SWITCH} And 2 more. Items are counted from 0. Correct this at the source or in the node's fields. ${CONTINUE}`,
			0,
		],
		[
			'just five',
			[{}, {}, {}, {}, { userId: [] }, { userId: 'u5' }],
			"5 of 6 items can't be sent, so nothing was sent",
			`Items 0, 1, 2, 3: ${EMPTY} Item 4: ${LIST} Items are counted from 0. Correct this at the source or in the node's fields. ${CONTINUE}`,
			0,
		],
		[
			'all, because the column has another name',
			[{}, {}],
			"2 of 2 items can't be sent, so nothing was sent",
			`Items 0, 1: ${EMPTY} Items are counted from 0. If the column has another name, empty 'User ID' and drag that column into it from the input panel.`,
			0,
		],
		[
			'some, because they lack the column',
			[{ userId: 'u0' }, {}],
			"1 of 2 items can't be sent, so nothing was sent",
			`Item 1: ${EMPTY} Items are counted from 0. If the column has another name, empty 'User ID' and drag that column into it from the input panel. ${CONTINUE}`,
			1,
		],
	])('are told: %s', (_what, rows, message, fix, item) => {
		expect(refusalOfRows(rows)).toMatchObject({ message, fix, item, status: 'invalid' });
	});

	test('come before a cohort that is refused; without either nothing is', () => {
		const few = ['u1'].map((id) => row(id));
		const before = Array.from({ length: 20 }, (_, index) => `u${index}`);
		const limits = { removalLimit: 25 };
		expect(refusalOf(mirror(few, before, limits))?.message).toMatch(
			/^19 members of 20 would leave/,
		);
		expect(refusalOf(mirror([...few, row('')], before, limits))?.message).toMatch(/^1 of 2 items/);
		expect(refusalOf(mirror(few, ['u1']))).toBeUndefined();
	});
});

const CAUSE: Trouble = { what: 'It went wrong.', fix: 'Mend it.' };
const ACCEPTED: Outcome = { status: 'accepted', request: 1 };
const FAILED: Outcome = { status: 'failed', trouble: CAUSE, reason: 'It went wrong.' };
const REJECTED: Outcome = { ...FAILED, status: 'rejected' };
const NOT_SENT: Outcome = { ...FAILED, status: 'not_sent' };
const AGAIN = 'Running the workflow again is safe: sending a member twice does no harm.';

/** A run of as many users as there are outcomes. */
const runOf = (...outcomes: Outcome[]) =>
	finishedRun(
		outcomes.map((_, index) => ({ userId: `user-${index}` })),
		outcomes,
	);

/** The outcome with a cause of which more is known. */
const because = (outcome: Outcome, more: Partial<Trouble>): Outcome => ({
	...outcome,
	trouble: { ...CAUSE, ...more },
});

/** A mirror in which u1 and u2 stay or come, and u3 and u4 leave. */
function mirrored(outcome: Outcome): FinishedRun {
	const prepared: PreparedRun = mirror([row('u1'), row('u2')], ['u1', 'u3', 'u4']);
	settle(prepared, outcome);
	return finished(prepared, 'mirror');
}

describe('what went wrong in a delivery', () => {
	test.each<[what: string, run: FinishedRun]>([
		['all was accepted', runOf(ACCEPTED, ACCEPTED)],
		['nothing was to be done', runOf()],
		['all was planned', runOf({ status: 'planned' })],
	])('is nothing where %s', (_what, run) => {
		expect(deliveryError(node, run)).toBeUndefined();
	});

	test.each<[what: string, run: FinishedRun, description: string]>([
		[
			'the first item in trouble, and how many met which fate',
			runOf(ACCEPTED, ACCEPTED, NOT_SENT, FAILED, REJECTED, NOT_SENT),
			`Mend it. Accepted before: 2 of 6 items; 1 rejected, 1 failed, 2 not sent, the first of them item 2. ${AGAIN}`,
		],
		[
			'no need to say that another run is safe where nothing was accepted',
			runOf(REJECTED),
			'Mend it. Accepted before: 0 of 1 item; 1 rejected, the first of them item 0.',
		],
		[
			'nor where that is said already',
			runOf(ACCEPTED, because(FAILED, { saysItIsSafe: true })),
			'Mend it. Accepted before: 1 of 2 items; 1 failed, the first of them item 1.',
		],
		[
			"MoEngage's words and its name for the request",
			runOf(because(REJECTED, { said: 'MoEngage says: "No."', requestId: 'r-1' })),
			'MoEngage says: "No." Mend it. Accepted before: 0 of 1 item; 1 rejected, the first of them item 0. MoEngage request ID: r-1.',
		],
		[
			'not its words where they name a member of the request',
			runOf(ACCEPTED, because(REJECTED, { said: 'MoEngage says: "user-1 is no user."' })),
			`Mend it. Accepted before: 1 of 2 items; 1 rejected, the first of them item 1. ${AGAIN}`,
		],
		[
			'removals in a mirror beside its items',
			mirrored(FAILED),
			'Mend it. Accepted before: 0 of 4 items and removals; 3 failed, the first of them item 1.',
		],
	])('tells %s', (_what, run, description) => {
		expect(deliveryError(node, run)).toMatchObject({
			message: 'It went wrong.',
			description,
			messages: [],
		});
	});

	test('is what ended the run, whatever came first', () => {
		const ended = { what: 'MoEngage is away.', fix: 'Wait.', status: 503 };
		expect(deliveryError(node, { ...runOf(REJECTED), ended })).toMatchObject({
			message: 'MoEngage is away.',
			description: expect.stringMatching(/^Wait\./),
			httpCode: '503',
		});
	});

	test("carries the item and the answer's status, where there are such", () => {
		const withStatus = because(REJECTED, { status: 400 });
		expect(deliveryError(node, runOf(ACCEPTED, withStatus))).toMatchObject({
			httpCode: '400',
			context: { itemIndex: 1 },
		});
		const run = mirrored(ACCEPTED);
		const [leaver] = run.cohorts[0]?.leavers ?? [];
		if (leaver) leaver.outcome = FAILED;
		const error = deliveryError(node, run);
		expect(error?.httpCode).toBeNull();
		expect(error?.context).not.toHaveProperty('itemIndex');
		expect(error?.description).toBe(
			`Mend it. Accepted before: 2 of 4 items and removals; 1 failed. ${AGAIN}`,
		);
	});

	test('names nobody who leaves either', () => {
		const run = mirrored(ACCEPTED);
		const [leaver] = run.cohorts[0]?.leavers ?? [];
		if (leaver) leaver.outcome = because(REJECTED, { said: 'MoEngage says: "u3 is no user."' });
		expect(deliveryError(node, run)?.description).toMatch(/^Mend it\./);
	});
});

test.each<[run: FinishedRun, words: string]>([
	[runOf(ACCEPTED, FAILED), '1 of 2 items'],
	[finishedRun([{ userId: 'u0' }, {}, { userId: 'u0' }], [ACCEPTED]), '2 of 3 items'],
	[mirrored(ACCEPTED), '3 of 4 items and removals'],
	[runOf(), '0 of 0 items'],
])('what was accepted before a stop, in words (%#)', (run, words) => {
	expect(acceptedInWords(run)).toBe(words);
});
