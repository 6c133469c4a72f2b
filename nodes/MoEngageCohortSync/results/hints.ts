import type { NodeExecutionHint } from 'n8n-workflow';
import { secondsAtRate } from '../delivery/rateLimiter';
import { countOf, formatNumber } from '../format';
import type { Member } from '../model/member';
import { MAX_ANONYMOUS_IDS } from '../model/member';
import type { Notice } from '../model/notice';
import { isErrorStatus } from '../model/outcome';
import type { PlannedCohort } from '../model/plan';
import type { RunResult } from '../model/run';
import { isDoubtfulName } from '../plan/cohort';
import { MIN_SAMPLE } from '../plan/sample';
import type { Task } from '../slicing';
import { each } from '../slicing';
import { isSendable, reasonOf, statusOf } from './outcomes';
import { describeProblem } from './problems';
import { hasResentAll } from './summary';

/** Ten minutes at MoEngage's limit of 300 requests a minute. */
const MANY_REQUESTS = 3_000;

/** As many cohorts as a person would read about. */
const MAX_COHORTS = 3;

/** Controls and what has no width: a spreadsheet shows none of them, and a search finds no such user. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** What a person should know about a run although it went well, shown in n8n's output panel. */
export function* createHints(
	run: RunResult,
	notices: readonly Notice[],
): Task<NodeExecutionHint[]> {
	const { settings } = run;
	const sum = (field: 'requests' | 'throttled') =>
		run.cohorts.reduce((total, { stats }) => total + stats[field], 0);
	const sentences: string[] = [];

	if (settings.dryRun) {
		const requests = sum('requests');
		const seconds = secondsAtRate(requests, settings.requestsPerMinute);
		const time = seconds === 0 ? 'without a wait' : `in no less than ${seconds} s`;
		sentences.push(
			`Dry run: nothing was sent. The run would take ${countOf(requests, 'request')}, ${time} at the set rate. Switch 'Dry Run' off to send the members.`,
		);
	}
	const plans = run.cohorts.map(({ plan }) => plan);
	const planned = plans.filter((plan): plan is PlannedCohort => plan.kind === 'planned');
	sentences.push(
		...perCohort(
			planned.filter(({ heldLeavers }) => heldLeavers.length > 0),
			({ cohort, heldLeavers }) =>
				`Nobody was removed from the cohort "${cohort.name}", since some items could not be read: ${countOf(heldLeavers.length, 'member')} of it may be among them. Correct those items, and the next run removes who is really gone.`,
		),
		...perCohort(
			planned.filter((plan) => plan.resend === 'requested' && hasResentAll(plan)),
			({ cohort }) =>
				`Everyone in the cohort "${cohort.name}" ${settings.dryRun ? 'would be' : 'was'} sent again, since 'Send Everyone Now' is on. Switch it off, or every run sends everyone.`,
		),
		...perCohort(
			planned.filter((plan) => plan.resend === 'due' && hasResentAll(plan)),
			({ cohort }) =>
				`Everyone in the cohort "${cohort.name}" ${settings.dryRun ? 'would be' : 'was'} sent again, as the option 'Send Everyone Again After (Days)' says: users who registered with MoEngage lately become members that way.`,
		),
	);
	const [first] = run.items;
	if (first && run.items.every((item) => isErrorStatus(statusOf(item)))) {
		sentences.push(`No item was accepted. The first of them: ${reasonOf(first)}`);
	}
	let duplicates = 0;
	let invisible = 0;
	yield* each(run.items, (item, index) => {
		if (!isSendable(item)) return;
		if (item.item !== index) duplicates++;
		else if (hasInvisible(item)) invisible++;
	});
	if (duplicates > 0) {
		sentences.push(
			`${countOf(duplicates, 'item')} came with a user that an earlier item had named. Each user is sent once.`,
		);
	}
	if (invisible > 0) {
		sentences.push(
			`${countOf(invisible, 'user')} came with an identifier that has an invisible character in it, such as a zero-width space or a line break. MoEngage may not know them by that: clean the column at its source.`,
		);
	}
	if (sum('throttled') > 0) {
		sentences.push(
			`MoEngage asked to slow down ${countOf(sum('throttled'), 'time')}. Something else sends to the same workspace, such as another n8n worker: lower the option 'Requests per Minute' (with several workers, 300 divided by their number), or let it run at another time.`,
		);
	}
	sentences.push(
		...perCohort(
			plans.filter(({ cohort }) => isDoubtfulName(cohort.name)),
			({ cohort }) =>
				`The cohort name "${cohort.name}" has parentheses in it, which MoEngage may refuse. If the segment does not show up, leave them out.`,
		),
	);
	if (sum('requests') > MANY_REQUESTS) {
		sentences.push(
			`This run takes ${countOf(sum('requests'), 'request')}. For an audience of this size, MoEngage's File Segment API may serve better.`,
		);
	}
	return [...sentences, ...[...run.notices, ...notices].map(describeNotice)].map((message) => ({
		message,
		type: 'info',
		location: 'outputPane',
	}));
}

function describeNotice(notice: Notice): string {
	switch (notice.code) {
		case 'memory_not_saved':
			return "This was a test run from the editor: n8n does not save what the workflow remembers then. Until n8n restarts, the node still knows what it sent. While you build, the option 'Dry Run' shows what would happen without sending.";
		case 'earlier_run_lost':
			return `n8n lost what an earlier run of this node did: it was killed or stopped, ran in the editor, or an older copy of the workflow was restored. So everyone in ${cohortsInWords(notice.cohortNames)} was sent again. Users whom that run added and who are not in the source now may still be in the segment. If that matters, remove them with 'Remove Members'.`;
		case 'runs_overlapped':
			return "Another execution of this node was mirroring at the same time, on another n8n worker, so who is in the segment now can't be known. The next run sends everyone again. Let the schedule leave more time between two runs.";
		case 'memory_unchecked':
			return "n8n's database did not answer, so the node could not check whether this workflow's saved data is the latest. If another run was stopped or killed lately, run once with 'Send Everyone Now'.";
		case 'started_over':
			return `'Start Over' is on: what this workflow remembered of ${cohortsInWords(notice.cohortNames)} was dropped, and everyone was added as in a first run. Nobody was removed, so users who left the source before may still be in the segment. Switch the option off now.`;
		case 'start_over_still_on':
			return `'Start Over' is still on but had no effect: ${cohortsInWords(notice.cohortNames)} started over in an earlier run. Switch the option off.`;
		case 'cohorts_missing':
			return `No items came for ${cohortsInWords(notice.cohortNames)}, which the previous run mirrored as well. Their members were left as they are. To empty a cohort, mirror one user of your own to it with a 'Removal Limit (%)' of 100.`;
		case 'cohorts_forgotten':
			return `This workflow no longer remembers ${cohortsInWords(notice.cohortNames)}, not mirrored for more than ${countOf(notice.days, 'day')}. Nobody was removed. If a run mirrors it again, that run counts as its first.`;
		case 'second_input_empty':
			return 'The second input is empty, so everyone counted as new and nobody was removed. If this is not the first run, check the node that provides the previous members.';
		case 'rows_skipped':
			return `${countOf(notice.rows, 'row')} of the second input ${notice.rows === 1 ? 'was' : 'were'} skipped: a row needs 'uid' or 'anonymous_id', and 'cohort_id' where the run has several cohorts.`;
		case 'update_in_retry':
			return 'This is a retry, which sends the changes of the first execution again: changes of these users that were made since then may be overwritten.';
		case 'placeholders':
			return `${countOf(notice.items, 'item')} came with an ID that stands for nobody, most often "${notice.commonest}". Such an ID counts as empty, since MoEngage knows no user by it.`;
		case 'doubtful_numbers':
			return `${notice.ids.map((id) => `"${id}"`).join(' and ')} was sent as a user's ID. MoEngage takes it for nobody, so it adds no user by it: give that customer another ID.`;
		case 'changed_at_missing':
			return `'Changed At' gives nothing for ${countOf(notice.items, 'item')} of ${formatNumber(notice.total)}. Where one item of a user has no time, the order of the items decides: check the name of the field.`;
		case 'too_many_anonymous_ids':
			return `${countOf(notice.users, 'user')} came with more than ${MAX_ANONYMOUS_IDS} anonymous IDs, of which the latest were sent. Check that 'User ID' holds the ID of a person, not that of a group.`;
		case 'users_looked_up': {
			const { lookedUp, unknown } = notice;
			const known = lookedUp - unknown;
			return [
				`Of ${countOf(lookedUp, 'user')} looked up, ${known === 0 ? 'none' : formatNumber(known)} ${known > 1 ? 'are' : 'is'} known to MoEngage.`,
				...(unknown > 0 ? ['It ignores those that it does not know.'] : []),
				...(notice.isTooFew
					? [
							`'Unknown Limit (%)' stops nothing where fewer than ${MIN_SAMPLE} users are looked up: check that 'User ID' holds the ID by which MoEngage knows your users.`,
						]
					: []),
			].join(' ');
		}
		case 'users_not_looked_up':
			return `The users were not looked up first. ${describeProblem(notice.problem).summary}`;
		case 'no_rows_of_cohorts': {
			const [first, ...others] = notice.cohortNames;
			const andOthers = others.length === 0 ? '' : ` and ${countOf(others.length, 'other')}`;
			return `The second input has rows, but none of the cohort "${first}"${andOthers}, so everyone counted as new there and nobody was removed. If that is not its first run, check that 'cohort_id' in the rows holds the same as 'Cohort ID' in the node.`;
		}
	}
}

/** `the cohort "VIP"`, or `the cohorts "VIP", "Gold" and 3 others`. */
function cohortsInWords(names: readonly string[]): string {
	const quoted = names.slice(0, MAX_COHORTS).map((name) => `"${name}"`);
	const more = names.length - quoted.length;
	if (more > 0) quoted.push(countOf(more, 'other'));
	const last = quoted.pop() ?? '';
	if (quoted.length === 0) return `the cohort ${last}`;
	return `the cohorts ${quoted.join(', ')} and ${last}`;
}

/** True for a member of whom an identifier has a character in it that nobody sees. */
function hasInvisible({ uid = '', anonymous_id = '' }: Member): boolean {
	return INVISIBLE.test(uid) || INVISIBLE.test(anonymous_id);
}

/** One sentence for each cohort, for as many cohorts as a person would read about. */
function perCohort<Plan>(plans: readonly Plan[], sentence: (plan: Plan) => string): string[] {
	const more = plans.length - MAX_COHORTS;
	return [
		...plans.slice(0, MAX_COHORTS).map(sentence),
		...(more > 0 ? [`The same goes for ${countOf(more, 'more cohort')}.`] : []),
	];
}
