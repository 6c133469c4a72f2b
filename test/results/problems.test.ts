import type { Outcome } from '../../nodes/MoEngageCohortSync/model/outcome';
import type { Problem } from '../../nodes/MoEngageCohortSync/model/problem';
import {
	describeOutcome,
	describeProblem,
	problemInOneLine,
} from '../../nodes/MoEngageCohortSync/results/problems';
import type { ProblemExample } from '../support/problemExamples';
import { MEMBER_ID, PROBLEM_EXAMPLES } from '../support/problemExamples';

const examples = (Object.values(PROBLEM_EXAMPLES).flat() as ProblemExample[]).map(
	([problem, line]) => [line, problem] as const,
);

/** What is wrong with an item, where the sentence about it already says what to do. */
const HAVE_NO_REMEDY: readonly string[] = [
	'no_identifier',
	'no_user_id',
	'placeholder',
	'unsafe_number that is not rounded',
	'wrong_type',
	'empty_field',
	'expression_failed',
];

describe.each(examples)('%s', (line, problem) => {
	const { summary, serverMessage, remedy, requestId } = describeProblem(problem);
	const ours = `${summary} ${remedy ?? ''}`;

	test('is all that is read', () => {
		expect(problemInOneLine(problem)).toBe(line);
	});

	test('says what happened and what to do, in whole sentences', () => {
		expect(summary).toMatch(/^\S.*\.$/);
		const isUnroundedNumber = problem.code === 'unsafe_number' && !problem.isRounded;
		const kind = isUnroundedNumber ? `${problem.code} that is not rounded` : problem.code;
		if (HAVE_NO_REMEDY.includes(kind)) expect(remedy).toBeUndefined();
		else expect(remedy).toMatch(/^\S.*\.$/);
		expect(line.replace('"[object Object]"', '')).not.toMatch(/ {2}|undefined|NaN|\[object/);
	});

	test("uses none of a programmer's words", () => {
		const withoutN8nsLabels = ours.replace(/'On Error'|'Continue \(using error output\)'/g, '');
		expect(withoutN8nsLabels).not.toMatch(/\b(error|failed to|exception|invalid)\b/i);
	});

	test('has a summary that may be a title: without what others said, or a member', () => {
		expect(summary).not.toContain(MEMBER_ID);
		if (serverMessage !== undefined) {
			expect(serverMessage).toMatch(/^(MoEngage|n8n) says: ".+[.!?]"$/);
			expect(line).toContain(serverMessage);
		}
		if (requestId !== undefined) expect(line).toMatch(`MoEngage request ID: ${requestId}.`);
	});
});

test("another's message ends as it does, or with a full stop", () => {
	const message = (serverMessage: string) =>
		describeProblem({ code: 'member_refused', status: 400, serverMessage }).serverMessage;
	expect(message('Is it?')).toBe('MoEngage says: "Is it?"');
	expect(message('It is')).toBe('MoEngage says: "It is".');
});

test.each<[code: 'run_ended' | 'cohort_refused' | 'retry_after_too_long']>([
	['run_ended'],
	['cohort_refused'],
	['retry_after_too_long'],
])('%s has the status and request ID of its cause', (code) => {
	const cause = { code: 'unavailable', status: 503, requestId: 'r-1' } as const;
	const problem: Problem =
		code === 'retry_after_too_long' ? { code, minutes: 20, cause } : { code, cause };
	expect(describeProblem(problem)).toMatchObject({
		status: 503,
		requestId: 'r-1',
	});
});

test.each(examples)('that another run is safe depends on the operation: %s', (line, problem) => {
	// After a defect of the node nothing is known of the run.
	if (problem.code === 'node_defect') return;
	expect(line).not.toMatch(/does no harm|is safe/);
});

describe('an outcome', () => {
	const request = { request: 1, timestamp: '2026-11-23T10:00:00.000Z' };
	const problem: Problem = { code: 'timed_out' };
	const line = problemInOneLine(problem);

	test.each<[outcome: Outcome, text: string | undefined]>([
		[{ status: 'accepted', request }, undefined],
		[{ status: 'unchanged' }, undefined],
		[{ status: 'planned' }, undefined],
		[{ status: 'superseded' }, undefined],
		[{ status: 'rejected', request, problem }, line],
		[{ status: 'not_sent', problem }, line],
		[
			{ status: 'invalid', problem: { code: 'no_identifier' } },
			PROBLEM_EXAMPLES.no_identifier[0][1],
		],
		[
			{ status: 'failed', request, problem, mayHaveTakenEffect: true },
			`${line} This change may have taken effect in MoEngage.`,
		],
		[
			{ status: 'failed', problem, mayHaveTakenEffect: false },
			`${line} This change has not taken effect.`,
		],
	])('%p', (outcome, text) => {
		expect(describeOutcome(outcome)).toBe(text);
		expect(describeOutcome(outcome)).toBe(text);
	});
});

test('is worded once for all who share it', () => {
	let reads = 0;
	const problem: Problem = {
		code: 'connection_lost',
		get errorCode() {
			reads++;
			return 'ECONNRESET';
		},
	};
	const outcome: Outcome = { status: 'failed', problem, mayHaveTakenEffect: true };
	const texts = Array.from({ length: 1_000 }, () => describeOutcome(outcome));
	expect(new Set(texts).size).toBe(1);
	expect(reads).toBeLessThan(5);
});
