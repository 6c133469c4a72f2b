import type { NodeExecutionHint } from 'n8n-workflow';
import { isDoubtfulName } from '../plan/cohort';
import type { CohortChanges } from '../plan/changes';
import { hasResentAll, isChange } from '../plan/changes';
import type { FinishedRun } from '../run';
import { secondsAtRate } from '../delivery/rateWindow';
import { hasInvisible } from '../plan/member';
import { isTrouble } from '../plan/outcome';
import { counted } from '../wording';
import type { Work } from '../work';
import { startsPiece } from '../work';
import { outcomeOfItem } from './summary';

/** Ten minutes at MoEngage's limit of 300 requests a minute. */
const MANY_REQUESTS = 3_000;

const MOST_COHORTS = 3;

/** What a person should know about a run that went well all the same, shown in n8n's output panel. */
export function* hintsOf(run: FinishedRun, more: string[]): Work<NodeExecutionHint[]> {
	const sum = (field: 'requests' | 'throttled') =>
		run.tallies.reduce((total, tally) => total + tally[field], 0);
	const sentences: string[] = [];

	if (run.settings.dryRun) {
		const requests = sum('requests');
		const seconds = secondsAtRate(requests, run.settings.requestsPerMinute);
		const time = seconds === 0 ? 'without a wait' : `in no less than ${seconds} s`;
		sentences.push(
			`Dry run: nothing was sent. The run would take ${counted(requests, 'request')}, ${time} at the set rate. Switch 'Dry Run' off to send the members.`,
		);
	}
	const cohorts = run.cohorts.filter(({ refusal }) => refusal === undefined);
	sentences.push(
		...perCohort(
			cohorts.filter(({ keptLeavers = 0 }) => keptLeavers > 0),
			({ cohort, keptLeavers = 0 }) =>
				`Nobody was removed from the cohort "${cohort.name}", since some items could not be read: ${counted(keptLeavers, 'member')} of it may be among them. Correct those items, and the next run removes who is really gone.`,
		),
		...perCohort(
			cohorts.filter(hasResentAll),
			({ cohort }) =>
				`Everyone in the cohort "${cohort.name}" ${run.settings.dryRun ? 'would be' : 'was'} sent again, as the option 'Send Everyone Again After (Days)' says: users who registered with MoEngage lately become members that way.`,
		),
	);
	const [first] = run.items;
	if (first && run.items.every((planned) => isTrouble(outcomeOfItem(planned).status))) {
		sentences.push(`No item was accepted. The first of them: ${outcomeOfItem(first).reason ?? ''}`);
	}
	let duplicates = 0;
	let unseen = 0;
	for (const [item, planned] of run.items.entries()) {
		if (startsPiece(item)) yield;
		if (!isChange(planned)) continue;
		if (planned.item !== item) duplicates++;
		else if (hasInvisible(planned)) unseen++;
	}
	if (duplicates > 0) {
		sentences.push(
			`${counted(duplicates, 'item')} came with a user that an earlier item had named. Each user is sent once.`,
		);
	}
	if (unseen > 0) {
		sentences.push(
			`${counted(unseen, 'user')} came with an identifier that has an invisible character in it, such as a zero-width space or a line break. MoEngage may not know them by that: clean the column at its source.`,
		);
	}
	if (sum('throttled') > 0) {
		sentences.push(
			`MoEngage asked to slow down ${counted(sum('throttled'), 'time')}. Something else sends to the same workspace, such as another n8n worker: lower the option 'Requests per Minute' (with several workers, 300 divided by their number), or let it run at another time.`,
		);
	}
	sentences.push(
		...perCohort(
			run.cohorts.filter(({ cohort }) => isDoubtfulName(cohort.name)),
			({ cohort }) =>
				`The cohort name "${cohort.name}" has parentheses in it, which MoEngage may refuse. If the segment does not show up, leave them out.`,
		),
	);
	if (sum('requests') > MANY_REQUESTS) {
		sentences.push(
			`This run takes ${counted(sum('requests'), 'request')}. For an audience of this size, MoEngage's File Segment API may serve better.`,
		);
	}
	return [...sentences, ...more].map((message) => ({
		message,
		type: 'info',
		location: 'outputPane',
	}));
}

/** One sentence a cohort, for as many cohorts as a person would read about. */
function perCohort(
	cohorts: readonly CohortChanges[],
	sentence: (changes: CohortChanges) => string,
): string[] {
	const more = cohorts.length - MOST_COHORTS;
	return [
		...cohorts.slice(0, MOST_COHORTS).map(sentence),
		...(more > 0 ? [`The same goes for ${counted(more, 'more cohort')}.`] : []),
	];
}
