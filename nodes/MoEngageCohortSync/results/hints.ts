import type { NodeExecutionHint } from 'n8n-workflow';
import { AND, countOf, formatNumber } from '../format';
import type { Identity } from '../model/member';
import { MAX_ANONYMOUS_IDS } from '../model/member';
import type { Notice } from '../model/notice';
import { isErrorStatus } from '../model/outcome';
import type { PlannedCohort } from '../model/plan';
import { isFullSend } from '../model/plan';
import type { RunError } from '../model/problem';
import type { RunResult } from '../model/run';
import { NUMBERS } from '../model/settings';
import { isDoubtfulName } from '../plan/cohort';
import { MIN_SAMPLE } from '../plan/sample';
import type { Task } from '../slicing';
import { each } from '../slicing';
import { isSendable, reasonOf, statusOf } from './outcomes';
import { describeProblem, problemInOneLine } from './problems';
import { countRun, describeRun } from './runHint';

/** Ten minutes' worth of requests at MoEngage's limit of 300 a minute. */
const MANY_REQUESTS = 3_000;

/** With fewer, the requests are small, because of many cohorts or few 'Members per Request'. */
const MANY_BYTES = MANY_REQUESTS * 50_000;

/** How many cohorts a hint names. */
const MAX_COHORTS = 3;

/** Control and zero-width characters: a spreadsheet does not show them, and no user is found with them. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const EACH_INVISIBLE = new RegExp(INVISIBLE, 'gu');

/** What the user should know about a run even if it succeeded, shown in n8n's output panel. */
export function* createHints(
	run: RunResult,
	notices: readonly Notice[],
): Task<NodeExecutionHint[]> {
	const { settings } = run;
	const sum = (field: 'requests' | 'throttled' | 'bytes') =>
		run.cohorts.reduce((total, { stats }) => total + stats[field], 0);
	let warning: string | undefined;
	const sentences = [describeRun(run, yield* countRun(run))];
	const plans = run.cohorts.map(({ plan }) => plan);
	const planned = plans.filter((plan): plan is PlannedCohort => plan.kind === 'planned');
	sentences.push(
		...perCohort(
			planned.filter(({ heldLeavers }) => heldLeavers.length > 0),
			({ cohort, heldLeavers }) =>
				`Nobody was removed from the cohort "${cohort.name}", because some items have no usable ID and may be ${heldLeavers.length === 1 ? 'the 1 member who seems' : `among the ${countOf(heldLeavers.length, 'member')} who seem`} to have left. Fix those items: the next run then removes whoever has left.`,
		),
		...perCohort(
			planned.filter((plan) => plan.resend === 'requested' && isFullSend(plan.members)),
			({ cohort }) =>
				`Everyone in the cohort "${cohort.name}" ${settings.dryRun ? 'would be' : 'was'} sent again because 'Send Everyone Now' is on. Turn it off, or every run sends everyone.`,
		),
		...perCohort(
			planned.filter((plan) => plan.resend === 'renamed' && isFullSend(plan.members)),
			({ cohort }) =>
				`Everyone in the cohort "${cohort.name}" ${settings.dryRun ? 'would be' : 'was'} sent again because its name has changed. If MoEngage now has two segments, delete the old one there.`,
		),
		...perCohort(
			planned.filter((plan) => plan.resend === 'due' && isFullSend(plan.members)),
			({ cohort }) =>
				`Everyone in the cohort "${cohort.name}" ${settings.dryRun ? 'would be' : 'was'} sent again, because of the option 'Send Everyone Again After (Days)': this way, users who have registered with MoEngage since then become members too.`,
		),
	);
	const [first] = run.items;
	if (first && run.items.every((item) => isErrorStatus(statusOf(item)))) {
		warning = `No item was accepted. The reason for the first: ${reasonOf(first)}`;
		sentences.push(warning);
	} else {
		const refused = plans.filter((plan) => plan.kind === 'refused');
		// Their order is that of the cohorts; all have the same one after a lookup.
		const problems = [...new Set(refused.map(({ problem }) => problem))];
		sentences.push(...problems.slice(0, MAX_COHORTS).map(problemInOneLine));
		const more = problems.length - MAX_COHORTS;
		if (more > 0) sentences.push(`Nothing was sent for ${countOf(more, 'more cohort')} either.`);
	}
	let invisible = 0;
	yield* each(run.items, (item, index) => {
		if (isSendable(item) && item.item === index && hasInvisible(item)) invisible++;
	});
	if (invisible > 0) {
		sentences.push(
			`${countOf(invisible, 'user')} came with an identifier that contains an invisible character, such as a zero-width space or a line break. MoEngage may not recognize them: clean the column at the source.`,
		);
	}
	if (sum('throttled') > 0) {
		const { default: usual } = NUMBERS.requestsPerMinute;
		const cause =
			settings.requestsPerMinute > usual
				? `Its limit is ${usual} requests per minute, unless MoEngage has raised it for you, and 'Requests per Minute' is ${formatNumber(settings.requestsPerMinute)}: lower it.`
				: `Something else, such as another n8n worker, sends requests to the same workspace. The node shares the limit with it and sends more slowly. To leave room for other systems, lower the option 'Requests per Minute'.`;
		sentences.push(
			`MoEngage asked the node to slow down ${countOf(sum('throttled'), 'time')}. ${cause}`,
		);
	}
	const aheadUntil = latestTimestampAhead(run);
	if (aheadUntil !== undefined) {
		sentences.push(
			`An earlier run used timestamps that are ahead of this server's clock, so this run had to use later ones. Until ${new Date(aheadUntil).toISOString()}, MoEngage treats other changes of these users as older. Check the server's clock.`,
		);
	}
	sentences.push(
		...perCohort(
			plans.filter(({ cohort }) => isDoubtfulName(cohort.name)),
			({ cohort }) =>
				`The cohort name "${cohort.name}" contains parentheses, which MoEngage may reject. If the segment does not appear, remove them.`,
		),
	);
	sentences.push(
		...perCohort(
			similarNames(new Set(plans.map(({ cohort }) => cohort.name))),
			([one, other]) =>
				`The cohort names "${one}" and "${other}" differ only in capitals, blanks or invisible characters. If they should be one cohort, clean the column at the source.`,
		),
	);
	if (sum('requests') > MANY_REQUESTS && sum('bytes') > MANY_BYTES) {
		sentences.push(
			`This run takes ${countOf(sum('requests'), 'request')}. For an audience of this size, MoEngage's File Segment API may be a better fit.`,
		);
	}
	sentences.push(
		...[...run.notices, ...notices].map((notice) => describeNotice(notice, settings.dryRun)),
	);
	return sentences.map((message) => ({
		message,
		type: message === warning ? 'warning' : 'info',
		location: 'outputPane',
	}));
}

/** Shown if the workflow continues although the run ended before it sent anything. */
export function refusalHint({ problem }: RunError): NodeExecutionHint {
	return { message: problemInOneLine(problem), type: 'warning', location: 'outputPane' };
}

function describeNotice(notice: Notice, isDryRun: boolean): string {
	switch (notice.code) {
		case 'memory_not_saved':
			return "This was a test run from the editor, and n8n saves the members only after runs of the published workflow (n8n 1.x: the active workflow). The node remembers what this run sent until n8n restarts; after that, the next run sends everyone again. While you build, use 'Dry Run'.";
		case 'earlier_run_lost':
			return `n8n lost the saved data of an earlier run of this node: the run was killed or stopped, or ran in the editor, or an older copy of the workflow was restored. So everyone in ${cohortsInWords(notice.cohortNames)} has to be sent again. Users added by that run who are no longer in the source may still be in the segment. If that matters, remove them with 'Remove Members'.`;
		case 'runs_overlapped':
			return "Another execution of this node was mirroring at the same time, on another n8n worker, so the node can't tell who is in the segment now. The next run sends everyone again. Leave more time between scheduled runs.";
		case 'memory_unchecked':
			return "n8n's database did not answer, so the node could not check whether this workflow's saved data is the latest. If another run was stopped or killed recently, run once with 'Send Everyone Now'.";
		case 'started_over':
			if (isDryRun) {
				return `'Start Over' is on: a real run forgets the saved members of ${cohortsInWords(notice.cohortNames)} and adds everyone, as in a first run. It removes nobody, so users who left the source before may still be in the segment.`;
			}
			return `'Start Over' is on: this workflow has forgotten the saved members of ${cohortsInWords(notice.cohortNames)}, and everyone was added as in a first run. Nobody was removed, so users who left the source before may still be in the segment. Turn the option off now.`;
		case 'start_over_still_on':
			return `'Start Over' is still on but had no effect: ${cohortsInWords(notice.cohortNames)} started over in an earlier run. Turn the option off.`;
		case 'cohorts_missing':
			return `There are no items for ${cohortsInWords(notice.cohortNames)}, which the previous run mirrored. Their members were left as they are. To empty a cohort, mirror one test user of your own to it with 'Removal Limit (%)' at 100.`;
		case 'cohorts_forgotten':
			return `This workflow has forgotten ${cohortsInWords(notice.cohortNames)}, not mirrored for more than ${countOf(notice.days, 'day')}. Nobody was removed. If a run mirrors it again, that run counts as its first.`;
		case 'second_input_empty':
			return 'The second input is empty, so everyone counted as new and nobody was removed. If this is not the first run, check the node that provides the previous members.';
		case 'row_times_unread':
			return `The 'timestamp' of ${countOf(notice.rows, 'row')} of the second input can't be read, so the order of the rows counted instead. Save it as this node returns it, such as 2026-11-23T10:15:30.123Z.`;
		case 'rows_skipped':
			return `${countOf(notice.rows, 'row')} of the second input ${notice.rows === 1 ? 'was' : 'were'} skipped: a row needs 'uid' or 'anonymous_id', and 'cohort_id' where the run has several cohorts.`;
		case 'changes_in_retry':
			return 'This is a retry with the changes of the first execution, which may overwrite newer changes of the same users.';
		case 'retry_on_fail':
			return "'Retry On Fail' is on in this node's settings. If anything fails, n8n sends the whole run again, also what was accepted, and may overwrite newer changes of the same users by other workflows. Turn it off: the node retries requests by itself.";
		case 'changed_at_in_later_run':
			return "The node has already run in this execution, for example in a loop. 'Changed At' orders the changes of one run only, so whatever this run sends counts as newer than what an earlier run has sent. Let the node run once, with all items.";
		case 'one_user':
			return `All ${formatNumber(notice.items)} items are for the same user, because '${notice.field}' is the same for every item. If they are for several users, drag the column with the identifier into it.`;
		case 'columns_missing':
			return `'${notice.field}' refers to ${AND.format(notice.columns.map((column) => `"${column}"`))}, which no item has. If that is no optional column, check its name, including capitals.`;
		case 'identifiers_unusable': {
			const reason = problemInOneLine(notice.problem);
			return `In ${countOf(notice.items, 'item')}, one of the two identifiers can't be used, so only the other one counts. ${notice.items === 1 ? 'It is' : 'The first is'} item ${notice.item}, counted from 0: ${reason}`;
		}
		case 'user_ids_empty':
			return "'User ID' is empty for every item, so the users are identified by 'Anonymous ID' only. If your users have User IDs, check the name of the field.";
		case 'placeholders':
			return notice.items === 1
				? `1 item has the placeholder "${notice.commonest}" instead of an ID. It counts as empty.`
				: `${countOf(notice.items, 'item')} have a placeholder instead of an ID, most often "${notice.commonest}". It counts as empty.`;
		case 'doubtful_numbers':
			return notice.ids.length === 1
				? `"${notice.ids[0]}" may be a customer's ID, so it is not left out. But MoEngage treats it as a placeholder and ignores it. Give that customer another ID.`
				: `${AND.format(notice.ids.map((id) => `"${id}"`))} may be customers' IDs, so they are not left out. But MoEngage treats them as placeholders and ignores them. Give those customers other IDs.`;
		case 'email_ids':
			return `${countOf(notice.users, 'user')} ${notice.users === 1 ? 'has' : 'have'} an e-mail address as User ID. If MoEngage knows them by another ID, it ignores them: compare one with the ID in the user's profile in MoEngage.`;
		case 'joined_expressions':
			return `'${notice.field}' joins several parts into one ID. If the field was not empty when you dragged the column in, clear it and drag the column in again.`;
		case 'changed_at_missing':
			return `'Changed At' is empty for ${formatNumber(notice.items)} of ${countOf(notice.total, 'item')}. If any item of a user has no time, the order of the items decides. Check the name of the field.`;
		case 'too_many_anonymous_ids':
			return `${countOf(notice.users, 'user')} came with more than ${MAX_ANONYMOUS_IDS} anonymous IDs, but a request has at most ${MAX_ANONYMOUS_IDS} of them for each. Check that 'User ID' identifies a person and not a group.`;
		case 'users_looked_up': {
			const { lookedUp, unknown } = notice;
			const known = lookedUp - unknown;
			return [
				`Of ${countOf(lookedUp, 'user')} looked up, ${known === 0 ? 'none' : formatNumber(known)} ${known > 1 ? 'are' : 'is'} known to MoEngage.`,
				...(unknown > 0 ? ['It ignores those that it does not know.'] : []),
				...(notice.isTooFew
					? [
							`'Unknown Limit (%)' has no effect if fewer than ${MIN_SAMPLE} users are looked up: check that 'User ID' contains the ID by which MoEngage knows your users.`,
						]
					: []),
			].join(' ');
		}
		case 'sample_is_empty':
			return "'Look Up Users First' is 0, so nobody was looked up. Enter a number of users, such as 20. Without a lookup, 'Unknown Limit (%)' has no effect.";
		case 'sample_without_uids':
			return "No user to be added has a User ID, so nobody was looked up first, and 'Unknown Limit (%)' has no effect. If your users have User IDs, check that 'User ID' refers to their column.";
		case 'users_not_looked_up':
			return `${notice.users === undefined ? 'The users' : countOf(notice.users, 'user')} ${notice.users === 1 ? 'was' : 'were'} not looked up first. ${describeProblem(notice.problem).summary}`;
		case 'no_rows_of_cohorts': {
			const [first, ...others] = notice.cohortNames;
			const andOthers = others.length === 0 ? '' : ` and ${countOf(others.length, 'other')}`;
			return `The second input has rows, but none for the cohort "${first}"${andOthers}, so everyone counted as new and nobody was removed. If this is not the first run, check that 'cohort_id' in the rows matches 'Cohort ID' in the node.`;
		}
	}
}

/** `the cohort "VIP"`, or `the cohorts "VIP", "Gold", "New", and 3 others`. */
function cohortsInWords(names: readonly string[]): string {
	const quoted = names.slice(0, MAX_COHORTS).map((name) => `"${name}"`);
	const more = names.length - quoted.length;
	if (more > 0) quoted.push(countOf(more, 'other'));
	return `the ${names.length === 1 ? 'cohort' : 'cohorts'} ${AND.format(quoted)}`;
}

/** In ms; a larger difference can't come from the number of requests. */
const TOLERATED_AHEAD_MS = 60_000;

/** The latest timestamp of a run if it is in the future when the run ends, in ms since 1970. */
function latestTimestampAhead({ cohorts }: RunResult): number | undefined {
	const ahead = cohorts.flatMap(({ stats: { lastTimestamp = 0, finishedAt = Infinity } }) =>
		lastTimestamp - finishedAt > TOLERATED_AHEAD_MS ? [lastTimestamp] : [],
	);
	return ahead.length === 0
		? undefined
		: ahead.reduce((latest, timestamp) => Math.max(latest, timestamp));
}

/** True for a user with an invisible character in one of the identifiers. */
function hasInvisible({ uid = '', anonymous_id = '', otherAnonymousIds }: Identity): boolean {
	return (
		INVISIBLE.test(uid) ||
		INVISIBLE.test(anonymous_id) ||
		otherAnonymousIds?.some((id) => INVISIBLE.test(id)) === true
	);
}

/** The names that look like an earlier one, each with that one. */
function similarNames(names: ReadonlySet<string>): Array<[earlier: string, name: string]> {
	const earlierByText = new Map<string, string>();
	return [...names].flatMap((name) => {
		const visible = name.normalize('NFC').replace(/\s+/g, ' ').replaceAll(EACH_INVISIBLE, '');
		const text = visible.trim().toLowerCase();
		const earlier = earlierByText.get(text);
		if (earlier !== undefined) return [[earlier, name]];
		earlierByText.set(text, name);
		return [];
	});
}

/** One sentence per cohort, for a limited number of cohorts. */
function perCohort<Plan>(plans: readonly Plan[], sentence: (plan: Plan) => string): string[] {
	const more = plans.length - MAX_COHORTS;
	return [
		...plans.slice(0, MAX_COHORTS).map(sentence),
		...(more > 0 ? [`The same applies to ${countOf(more, 'more cohort')}.`] : []),
	];
}
