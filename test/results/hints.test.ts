import type { Notice } from '../../nodes/MoEngageCohortSync/model/notice';
import type { Outcome } from '../../nodes/MoEngageCohortSync/model/outcome';
import { RunError } from '../../nodes/MoEngageCohortSync/model/problem';
import type { RunResult } from '../../nodes/MoEngageCohortSync/model/run';
import { createHints, refusalHint } from '../../nodes/MoEngageCohortSync/results/hints';
import { problemInOneLine } from '../../nodes/MoEngageCohortSync/results/problems';
import { atOnce } from '../support/atOnce';
import type { RunOptions } from '../support/finishedRun';
import { finishedRun } from '../support/finishedRun';

interface Given extends RunOptions {
	readonly users?: readonly string[];
	readonly cohortNames?: readonly string[];
	/** Of the members, in turn. */
	readonly outcomes?: readonly Outcome[];
}

const request = { request: 1, timestamp: '2026-11-23T10:00:00.000Z' };
const ACCEPTED: Outcome = { status: 'accepted', request };
const REJECTED: Outcome = {
	status: 'rejected',
	request,
	problem: { code: 'member_refused', status: 400 },
};
const NOT_SENT: Outcome = { status: 'not_sent', problem: { code: 'stopped' } };

function runWith({
	users = ['u1'],
	cohortNames = ['VIP'],
	outcomes = [ACCEPTED],
	stats = [{ requests: 1 }],
	...options
}: Given): RunResult {
	const rows = cohortNames.flatMap((cohortName, index) =>
		users.map((userId) => ({ userId, cohortId: `c${index}`, cohortName })),
	);
	return finishedRun(
		rows,
		rows.flatMap(() => outcomes),
		{ stats, ...options },
	);
}

/** The hints after the one that says what the run did. */
const hintsOf = (run: RunResult, notices: readonly Notice[] = []) =>
	atOnce(createHints(run, notices))
		.slice(1)
		.map(({ message }) => message);

const TWO = ['VIP', 'New'];
const END = Date.parse('2026-11-23T10:00:00.000Z');
const named = (count: number) => Array.from({ length: count }, (_, index) => `VIP (${index})`);
const PARENTHESES = /^The cohort name "VIP \(\d\)" contains parentheses/;
const AGAIN = /^Everyone in the cohort "VIP" was sent again/;
const KEPT =
	/^Nobody was removed from the cohort "VIP".* among the 2 members who seem to have left/;

test.each<[what: string, given: Given, hints: RegExp[]]>([
	['an ordinary run', {}, []],
	[
		'a run in which all went wrong',
		{ users: ['u1', 'u2'], outcomes: [REJECTED] },
		[/^No item was accepted\. The reason for the first: MoEngage rejected this member\. Fix .*\.$/],
	],
	[
		'a run in which something went wrong',
		{
			users: ['u1', 'u2'],
			outcomes: [REJECTED, ACCEPTED],
		},
		[],
	],
	[
		'identifiers in which something is not seen',
		{ users: ['u1', 'u\u200b2', 'u3\u0000', 'u\n4', 'ü 5', '👍🏽'] },
		[/^3 users came with an identifier that contains an invisible character/],
	],
	[
		'a user in whose identifier something is not seen, twice',
		{ users: ['u\u200b1', 'u\u200b1'] },
		[/^1 user came with an identifier that contains an invisible character/],
	],
	[
		'cohorts whose names look the same',
		{ cohortNames: ['Gold', 'Silver', 'gold', 'Gold\u200b', 'Silver  1', 'Silver 1'] },
		[
			/^The cohort names "Gold" and "gold" differ only in capitals, blanks or invisible characters\./,
			/^The cohort names "Gold" and "Gold\u200b" differ/,
			/^The cohort names "Silver {2}1" and "Silver 1" differ/,
		],
	],
	['cohorts of one name', { cohortNames: ['Gold', 'Gold', 'Silver'] }, []],
	['cohort names that differ in a digit', { cohortNames: ['Level 2', 'Level ②'] }, []],
	[
		'cohort names that differ in how a letter is composed',
		{ cohortNames: ['Zoë', 'Zoe\u0308', 'Zoë'] },
		[/^The cohort names "Zoë" and "Zoe\u0308" differ/],
	],
	[
		'cohorts that were throttled',
		{ cohortNames: TWO, stats: [{ throttled: 1 }, { throttled: 2 }] },
		[/^MoEngage asked the node to slow down 3 times\./],
	],
	[
		"a rate above MoEngage's own limit",
		{ stats: [{ throttled: 1 }], requestsPerMinute: 600 },
		[
			/^MoEngage asked the node to slow down 1 time\. Its limit is 300 requests per minute.* is 600: lower it\.$/,
		],
	],
	[
		'3,000 requests',
		{ cohortNames: TWO, stats: [{ requests: 2_999, bytes: 3e8 }, { requests: 1 }] },
		[],
	],
	['more, of a few members each', { stats: [{ requests: 3_001, bytes: 1_000_000 }] }, []],
	[
		'more',
		{
			cohortNames: TWO,
			stats: [
				{ requests: 2_999, bytes: 3e8 },
				{ requests: 2, bytes: 150_000 },
			],
		},
		[/^This run takes 3,001 requests/],
	],
	['leavers who are kept', { heldLeavers: 2 }, [KEPT]],
	['no leavers to be kept', { heldLeavers: 0 }, []],
	['a leaver who is kept', { heldLeavers: 1 }, [/ and may be the 1 member who seems to have left/]],
	['everyone sent again', { resend: 'due' }, [AGAIN]],
	[
		'everyone sent again under a new name',
		{ resend: 'renamed' },
		[
			/^Everyone in the cohort "VIP" was sent again because its name has changed. If MoEngage now has two segments, delete the old one there\.$/,
		],
	],
	[
		'the same in a dry run',
		{ resend: 'renamed', dryRun: true, outcomes: [{ status: 'planned' }] },
		[/^Everyone in the cohort "VIP" would be sent again because its name has changed\./],
	],
	['the same, not sent', { resend: 'renamed', outcomes: [NOT_SENT] }, [/^No item was accepted/]],
	[
		'everyone sent again, as asked for',
		{ resend: 'requested' },
		[/^Everyone in the cohort "VIP" was sent again because 'Send Everyone Now' is on/],
	],
	[
		'everyone to be sent again, as asked for',
		{ resend: 'requested', dryRun: true, outcomes: [{ status: 'planned' }] },
		[/^Everyone in the cohort "VIP" would be sent again because 'Send Everyone Now' is on/],
	],
	[
		'timestamps a minute ahead',
		{ cohortNames: TWO, stats: [{ lastTimestamp: END + 60_000, finishedAt: END }, {}] },
		[],
	],
	[
		'timestamps further ahead',
		{
			cohortNames: TWO,
			stats: [
				{ lastTimestamp: END + 90_000, finishedAt: END },
				{ lastTimestamp: END + 60_001, finishedAt: END },
			],
		},
		[/2026-11-23T10:01:30/],
	],
	[
		'everyone to be sent again',
		{ resend: 'due', dryRun: true, outcomes: [{ status: 'planned' }] },
		[/^Everyone in the cohort "VIP" would be sent again/],
	],
	[
		'everyone to be sent again, but the run ended before',
		{ resend: 'due', outcomes: [NOT_SENT] },
		[/^No item was accepted/],
	],
	['both', { heldLeavers: 2, resend: 'due' }, [KEPT, AGAIN]],
	[
		'a refused cohort',
		{ resend: 'due', refused: { code: 'memory_not_loaded' } },
		[
			/^n8n didn't load this workflow's saved data, so Mirror can't tell who left\. Nothing was sent\./,
		],
	],
	['a doubtful name', { cohortNames: ['VIP', 'VIP (1)'] }, [PARENTHESES]],
	['three doubtful names', { cohortNames: named(3) }, [PARENTHESES, PARENTHESES, PARENTHESES]],
	[
		'five doubtful names',
		{ cohortNames: named(5) },
		[PARENTHESES, PARENTHESES, PARENTHESES, /^The same applies to 2 more cohorts\.$/],
	],
])('%s: what a person should know', (_what, given, hints) => {
	expect(hintsOf(runWith(given), [{ code: 'memory_not_saved' }])).toEqual(
		[...hints, /^This was a test run/].map((hint): unknown => expect.stringMatching(hint)),
	);
});

test.each([
	[['a1', 'a2'], 0],
	[['a\u200b1', 'a2'], 1],
	[['a1', 'a2\u200b'], 1],
])('of a user with the anonymous IDs %j, invisible characters are a hint: %d', (ids, count) => {
	const rows = ids.map((anonymousId) => ({ userId: 'u1', anonymousId }));
	const hints = hintsOf(finishedRun(rows, [ACCEPTED]));
	expect(hints.filter((hint) => /invisible character/.test(hint))).toHaveLength(count);
});

test('hints are shown beside the output', () => {
	const hint = { message: expect.any(String), type: 'info', location: 'outputPane' };
	expect(atOnce(createHints(runWith({}), [{ code: 'memory_not_saved' }]))).toEqual([hint, hint]);
});

test('a run in which nothing was accepted shows a warning', () => {
	const hints = atOnce(createHints(runWith({ outcomes: [NOT_SENT] }), []));
	expect(hints.map(({ message, type }) => [type, message])).toEqual([
		['info', expect.any(String)],
		['warning', expect.stringMatching(/^No item was accepted/)],
	]);
});

test.each<[notice: Notice, hint: string]>([
	[
		{ code: 'joined_expressions', field: 'User ID' },
		"'User ID' joins several parts into one ID. If the field was not empty when you dragged the column in, clear it and drag the column in again.",
	],
	[
		{ code: 'memory_not_saved' },
		"This was a test run from the editor, and n8n saves the members only after runs of the published workflow (n8n 1.x: the active workflow). The node remembers what this run sent until n8n restarts; after that, the next run sends everyone again. While you build, use 'Dry Run'.",
	],
	[
		{ code: 'row_times_unread', rows: 2 },
		"The 'timestamp' of 2 rows of the second input can't be read, so the order of the rows counted instead. Save it as this node returns it, such as 2026-11-23T10:15:30.123Z.",
	],
	[
		{ code: 'rows_skipped', rows: 1 },
		"1 row of the second input was skipped: a row needs 'uid' or 'anonymous_id', and 'cohort_id' where the run has several cohorts.",
	],
	[
		{ code: 'rows_skipped', rows: 2000 },
		"2,000 rows of the second input were skipped: a row needs 'uid' or 'anonymous_id', and 'cohort_id' where the run has several cohorts.",
	],
	[
		{ code: 'no_rows_of_cohorts', cohortNames: ['VIP'] },
		"The second input has rows, but none for the cohort \"VIP\", so everyone counted as new and nobody was removed. If this is not the first run, check that 'cohort_id' in the rows matches 'Cohort ID' in the node.",
	],
	[
		{ code: 'no_rows_of_cohorts', cohortNames: ['VIP', 'New', 'Old'] },
		"The second input has rows, but none for the cohort \"VIP\" and 2 others, so everyone counted as new and nobody was removed. If this is not the first run, check that 'cohort_id' in the rows matches 'Cohort ID' in the node.",
	],
	[
		{ code: 'users_looked_up', lookedUp: 20, unknown: 1, isTooFew: false },
		'Of 20 users looked up, 19 are known to MoEngage. It ignores those that it does not know.',
	],
	[
		{ code: 'users_looked_up', lookedUp: 20, unknown: 0, isTooFew: false },
		'Of 20 users looked up, 20 are known to MoEngage.',
	],
	[
		{ code: 'users_looked_up', lookedUp: 3, unknown: 2, isTooFew: true },
		"Of 3 users looked up, 1 is known to MoEngage. It ignores those that it does not know. 'Unknown Limit (%)' has no effect if fewer than 10 users are looked up: check that 'User ID' contains the ID by which MoEngage knows your users.",
	],
	[
		{ code: 'users_not_looked_up', users: undefined, problem: { code: 'timed_out' } },
		"The users were not looked up first. MoEngage did not respond within the time set in 'Timeout in Seconds'.",
	],
	[
		{ code: 'users_not_looked_up', users: 1, problem: { code: 'timed_out' } },
		"1 user was not looked up first. MoEngage did not respond within the time set in 'Timeout in Seconds'.",
	],
	[
		{ code: 'users_not_looked_up', users: 2000, problem: { code: 'timed_out' } },
		"2,000 users were not looked up first. MoEngage did not respond within the time set in 'Timeout in Seconds'.",
	],
	[
		{
			...{ code: 'identifiers_unusable', items: 1, item: 0 },
			problem: { code: 'incomplete_text', field: 'User ID' },
		},
		"In 1 item, one of the two identifiers can't be used, so only the other one counts. It is item 0, counted from 0: Part of the text in 'User ID' is missing for this item. Check that the item has every field that the expression refers to. If a part may be empty, use an expression such as {{ $json.suffix || '' }} for it.",
	],
	[
		{
			...{ code: 'identifiers_unusable', items: 2000, item: 1000 },
			problem: { code: 'wrong_type', field: 'Anonymous ID', type: 'array' },
		},
		"In 2,000 items, one of the two identifiers can't be used, so only the other one counts. The first is item 1000, counted from 0: 'Anonymous ID' is a list, not text or a whole number.",
	],
	[
		{ code: 'user_ids_empty' },
		"'User ID' is empty for every item, so the users are identified by 'Anonymous ID' only. If your users have User IDs, check the name of the field.",
	],
	[
		{ code: 'earlier_run_lost', cohortNames: ['VIP'] },
		'n8n lost the saved data of an earlier run of this node: the run was killed or stopped, or ran in the editor, or an older copy of the workflow was restored. So everyone in the cohort "VIP" has to be sent again. Users added by that run who are no longer in the source may still be in the segment. If that matters, remove them with \'Remove Members\'.',
	],
	[
		{ code: 'runs_overlapped' },
		"Another execution of this node was mirroring at the same time, on another n8n worker, so the node can't tell who is in the segment now. The next run sends everyone again. Leave more time between scheduled runs.",
	],
	[
		{ code: 'memory_unchecked' },
		"n8n's database did not answer, so the node could not check whether this workflow's saved data is the latest. If another run was stopped or killed recently, run once with 'Send Everyone Now'.",
	],
	[
		{ code: 'started_over', cohortNames: ['VIP', 'New'] },
		'\'Start Over\' is on: this workflow has forgotten the saved members of the cohorts "VIP" and "New", and everyone was added as in a first run. Nobody was removed, so users who left the source before may still be in the segment. Turn the option off now.',
	],
	[
		{ code: 'start_over_still_on', cohortNames: ['VIP', 'New', 'Old'] },
		'\'Start Over\' is still on but had no effect: the cohorts "VIP", "New", and "Old" started over in an earlier run. Turn the option off.',
	],
	[
		{ code: 'cohorts_missing', cohortNames: ['VIP', 'New', 'Old', 'Test'] },
		'There are no items for the cohorts "VIP", "New", "Old", and 1 other, which the previous run mirrored. Their members were left as they are. To empty a cohort, mirror one test user of your own to it with \'Removal Limit (%)\' at 100.',
	],
	[
		{ code: 'cohorts_forgotten', cohortNames: ['VIP'], days: 90 },
		'This workflow has forgotten the cohort "VIP", not mirrored for more than 90 days. Nobody was removed. If a run mirrors it again, that run counts as its first.',
	],
	[
		{ code: 'second_input_empty' },
		'The second input is empty, so everyone counted as new and nobody was removed. If this is not the first run, check the node that provides the previous members.',
	],
	[
		{ code: 'changes_in_retry' },
		'This is a retry with the changes of the first execution, which may overwrite newer changes of the same users.',
	],
	[
		{ code: 'retry_on_fail' },
		"'Retry On Fail' is on in this node's settings. If anything fails, n8n sends the whole run again, also what was accepted, and may overwrite newer changes of the same users by other workflows. Turn it off: the node retries requests by itself.",
	],
	[
		{ code: 'changed_at_in_later_run' },
		"The node has already run in this execution, for example in a loop. 'Changed At' orders the changes of one run only, so whatever this run sends counts as newer than what an earlier run has sent. Let the node run once, with all items.",
	],
	[
		{ code: 'one_user', field: 'User ID', items: 1000 },
		"All 1,000 items are for the same user, because 'User ID' is the same for every item. If they are for several users, drag the column with the identifier into it.",
	],
	[
		{ code: 'columns_missing', field: 'Is Member', columns: ['Status', 'body.state'] },
		`'Is Member' refers to "Status" and "body.state", which no item has. If that is no optional column, check its name, including capitals.`,
	],
	[
		{ code: 'placeholders', items: 1, commonest: 'guest' },
		'1 item has the placeholder "guest" instead of an ID. It counts as empty.',
	],
	[
		{ code: 'placeholders', items: 2000, commonest: 'null' },
		'2,000 items have a placeholder instead of an ID, most often "null". It counts as empty.',
	],
	[
		{ code: 'doubtful_numbers', ids: ['0'] },
		'"0" may be a customer\'s ID, so it is not left out. But MoEngage treats it as a placeholder and ignores it. Give that customer another ID.',
	],
	[
		{ code: 'doubtful_numbers', ids: ['0', '1', '-1'] },
		'"0", "1", and "-1" may be customers\' IDs, so they are not left out. But MoEngage treats them as placeholders and ignores them. Give those customers other IDs.',
	],
	[
		{ code: 'email_ids', users: 1 },
		"1 user has an e-mail address as User ID. If MoEngage knows them by another ID, it ignores them: compare one with the ID in the user's profile in MoEngage.",
	],
	[
		{ code: 'email_ids', users: 2 },
		"2 users have an e-mail address as User ID. If MoEngage knows them by another ID, it ignores them: compare one with the ID in the user's profile in MoEngage.",
	],
	[
		{ code: 'changed_at_missing', items: 1000, total: 2000 },
		"'Changed At' is empty for 1,000 of 2,000 items. If any item of a user has no time, the order of the items decides. Check the name of the field.",
	],
	[
		{ code: 'too_many_anonymous_ids', users: 1 },
		"1 user came with more than 10 anonymous IDs, but a request has at most 10 of them for each. Check that 'User ID' identifies a person and not a group.",
	],
	[
		{ code: 'users_looked_up', lookedUp: 2, unknown: 2, isTooFew: false },
		'Of 2 users looked up, none is known to MoEngage. It ignores those that it does not know.',
	],
	[
		{ code: 'sample_without_uids' },
		"No user to be added has a User ID, so nobody was looked up first, and 'Unknown Limit (%)' has no effect. If your users have User IDs, check that 'User ID' refers to their column.",
	],
	[
		{ code: 'sample_is_empty' },
		"'Look Up Users First' is 0, so nobody was looked up. Enter a number of users, such as 20. Without a lookup, 'Unknown Limit (%)' has no effect.",
	],
])('%p is this sentence', (notice, hint) => {
	expect(hintsOf(runWith({}), [notice])).toEqual([hint]);
});

test('a dry run says what starting over would do', () => {
	const run = runWith({ dryRun: true, outcomes: [{ status: 'planned' }] });
	expect(hintsOf(run, [{ code: 'started_over', cohortNames: ['VIP', 'New'] }])).toEqual([
		'\'Start Over\' is on: a real run forgets the saved members of the cohorts "VIP" and "New" and adds everyone, as in a first run. It removes nobody, so users who left the source before may still be in the segment.',
	]);
});

test.each<Notice>([
	{ code: 'doubtful_numbers', ids: ['1'] },
	{ code: 'too_many_anonymous_ids', users: 1 },
	{ code: 'changes_in_retry' },
	{ code: 'placeholders', items: 1, commonest: 'guest' },
	{ code: 'identifiers_unusable', items: 1, item: 0, problem: { code: 'no_identifier' } },
	{ code: 'earlier_run_lost', cohortNames: ['VIP'] },
	{ code: 'started_over', cohortNames: ['VIP'] },
])('%p says of a dry run or a refused run not that anything was sent', (notice) => {
	const dryRun = runWith({ dryRun: true, outcomes: [{ status: 'planned' }] });
	const [hint] = hintsOf(dryRun, [notice]);
	expect(hint).not.toMatch(/\b(was|were|has|have) (sent|added|removed|forgotten)\b|\bit sent\b/);
	expect(hint).not.toMatch(/\badds nobody\b/);
});

test.each<[what: string, given: Given, hint: string]>([
	[
		'held leavers',
		{ heldLeavers: 2 },
		'Nobody was removed from the cohort "VIP", because some items have no usable ID and may be among the 2 members who seem to have left. Fix those items: the next run then removes whoever has left.',
	],
	[
		'everyone sent again',
		{ resend: 'due' },
		'Everyone in the cohort "VIP" was sent again, because of the option \'Send Everyone Again After (Days)\': this way, users who have registered with MoEngage since then become members too.',
	],
])('%s: the whole sentence', (_what, given, hint) => {
	expect(hintsOf(runWith(given))).toEqual([hint]);
});

test('a run refused before it sent anything shows why, as a warning', () => {
	expect(refusalHint(new RunError({ code: 'timed_out' }))).toStrictEqual({
		message: problemInOneLine({ code: 'timed_out' }),
		type: 'warning',
		location: 'outputPane',
	});
});
