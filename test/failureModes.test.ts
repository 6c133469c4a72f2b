import { sleep } from 'n8n-workflow';
import { MoEngageApi } from '../credentials/MoEngageApi.credentials';
import type { Outcome } from '../nodes/MoEngageCohortSync/model/outcome';
import type { ProblemCode } from '../nodes/MoEngageCohortSync/model/problem';
import { createHints } from '../nodes/MoEngageCohortSync/results/hints';
import { itemResults } from '../nodes/MoEngageCohortSync/results/items';
import { problemInOneLine } from '../nodes/MoEngageCohortSync/results/problems';
import { atOnce } from './support/atOnce';
import { users } from './support/audience';
import { EmulatedNode } from './support/emulatedNode';
import { rows, sourceOf, testsInProse } from './support/failureModes';
import { finishedRun } from './support/finishedRun';
import { log } from './support/n8nParts';
import type { ProblemExample } from './support/problemExamples';
import { PROBLEM_EXAMPLES } from './support/problemExamples';
import { withOptions } from './support/workflow';

const NOT_SENT: Outcome = { status: 'not_sent', problem: { code: 'stopped' } };

/** A mirror of which a person should know something, with a removal that did not succeed. */
const run = finishedRun([{ userId: 'u\u200b1' }], [{ status: 'unchanged' }], {
	operation: 'mirror',
	leavers: [['u2', NOT_SENT]],
	heldLeavers: 1,
});

const hints = atOnce(
	createHints(run, [
		{ code: 'memory_not_saved' },
		{ code: 'rows_skipped', rows: 2 },
		{ code: 'row_times_unread', rows: 2 },
		{ code: 'no_rows_of_cohorts', cohortNames: ['VIP'] },
		{ code: 'placeholders', items: 2, commonest: 'guest' },
		{ code: 'doubtful_numbers', ids: ['1'] },
		{ code: 'changed_at_missing', items: 1, total: 2 },
		{
			...{ code: 'identifiers_unusable', items: 2, item: 0 },
			problem: { code: 'wrong_type', field: 'User ID', type: 'object' },
		},
		{ code: 'user_ids_empty' },
		{ code: 'columns_missing', field: 'Is Member', columns: ['Status'] },
		{ code: 'one_user', field: 'User ID', items: 2 },
		{ code: 'changed_at_in_later_run' },
		{ code: 'changes_in_retry' },
		{ code: 'retry_on_fail' },
		{ code: 'email_ids', users: 2 },
		{ code: 'joined_expressions', field: 'User ID' },
		{ code: 'sample_is_empty' },
		{ code: 'sample_without_uids' },
		{ code: 'earlier_run_lost', cohortNames: ['VIP'] },
		{ code: 'runs_overlapped' },
		{ code: 'memory_unchecked' },
		{ code: 'cohorts_missing', cohortNames: ['VIP'] },
		{ code: 'second_input_empty' },
		{ code: 'too_many_anonymous_ids', users: 1 },
		{ code: 'users_not_looked_up', users: undefined, problem: { code: 'timed_out' } },
		{ code: 'users_not_looked_up', users: 7, problem: { code: 'timed_out' } },
	]),
).map(({ message }) => message);

const ruleTexts = (new MoEngageApi().test.rules ?? []).map(
	({ properties: { message } }) => message,
);

const examples = Object.values(PROBLEM_EXAMPLES).flat() as ProblemExample[];

/** All that a person may read, as the node and its credential make it. */
const texts = [
	...examples.map(([problem]) => problemInOneLine(problem)),
	...hints,
	...ruleTexts,
	...atOnce(itemResults(run)).map(({ json }) => String(json.error)),
];

/** What a sentence of the page stands for, from its first word on. */
function patternOf(sentence: string): RegExp {
	const parts = sentence
		.split('…')
		.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').trim());
	return new RegExp(`^${parts.join('.+')}`);
}

const LOGGED = 'MoEngage Cohort Sync was stopped; accepted before: …';
/** n8n says it, and no text of ours. */
const SAID_BY_N8N = 'A bare code such as ECONNREFUSED: n8n does not let a credential say more here';

const sentences = rows
	.map(({ sentence }) => sentence)
	.filter((sentence) => sentence !== LOGGED && sentence !== SAID_BY_N8N);

test('the page has its tables', () => {
	expect(rows.length).toBeGreaterThan(45);
	expect(sentences).toHaveLength(rows.length - 2);
	expect(testsInProse).toHaveLength(6);
});

test.each([...rows.map(({ test: named }) => named), ...testsInProse])(
	'$file has the test "$name"',
	({ file, name }) => {
		expect(sourceOf(file)).toContain(name);
	},
);

test.each(sentences)('a person may read: %s', (sentence) => {
	expect(texts).toContainEqual(expect.stringMatching(patternOf(sentence)));
});

test(`n8n's log has: ${LOGGED}`, async () => {
	const node = new EmulatedNode();
	await node.restart();
	const { done, stop } = node.start({
		items: users(3),
		parameters: withOptions({ batchSize: 1, requestsPerMinute: 1 }),
	});
	while (node.model.requests.length === 0) await sleep(5);
	stop();
	await done;
	await node.close();
	expect(log.flat()).toContainEqual(expect.stringMatching(patternOf(LOGGED)));
});

/** What is wrong with single items has one row for all, and n8n keeps no results of a stopped execution. */
const WITHOUT_A_ROW: ReadonlyArray<ProblemCode> = [
	'no_identifier',
	'no_user_id',
	'placeholder',
	'unsafe_number',
	'wrong_type',
	'empty_field',
	'membership_unclear',
	'not_a_time',
	'stopped',
];

test.each(Object.entries(PROBLEM_EXAMPLES) as Array<[ProblemCode, readonly ProblemExample[]]>)(
	'the page has what a person reads of: %s',
	(code, ofCode) => {
		const isOnPage = ofCode.every(([problem]) =>
			sentences.some((sentence) => patternOf(sentence).test(problemInOneLine(problem))),
		);
		expect(isOnPage).toBe(!WITHOUT_A_ROW.includes(code));
	},
);
