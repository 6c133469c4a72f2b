import { secondsAtRate } from '../delivery/rateLimiter';
import { AND, countOf, formatNumber } from '../format';
import type { Change } from '../model/change';
import type { Cohort } from '../model/cohort';
import type { Status } from '../model/outcome';
import { isErrorStatus, STATUSES } from '../model/outcome';
import type { RunResult } from '../model/run';
import type { Task } from '../slicing';
import { each } from '../slicing';
import { isResent, isSendable, statusOf } from './outcomes';

/** The results of a run's members, and of the items that name no new user. Each item and each removal counts once. */
export interface RunCounts {
	/** Members that were accepted, or that a dry run would send. */
	readonly added: number;
	readonly removed: number;
	/** Members of a mirror who were sent again although they were already in. */
	readonly resent: number;
	/** How many cohorts these are for. */
	readonly cohorts: number;
	/** Items with the same user as an earlier item. */
	readonly duplicates: number;
	/** All other members and items. */
	readonly others: ReadonlyMap<Status, number>;
}

/** Counts a run once for all of its cohorts. */
export function* countRun({ items, cohorts }: RunResult): Task<RunCounts> {
	const sent = { added: 0, removed: 0, resent: 0 };
	const others = new Map<Status, number>();
	let duplicates = 0;
	const changed = new Set<Cohort>();
	const countSent = (change: Change) => {
		changed.add(change.cohort);
		if (change.action === 'remove') sent.removed++;
		else if (isResent(change)) sent.resent++;
		else sent.added++;
	};
	const isSent = (status: Status) => status === 'accepted' || status === 'planned';
	const countOther = (status: Status) => others.set(status, (others.get(status) ?? 0) + 1);
	yield* each(items, (planned, item) => {
		const status = statusOf(planned);
		if (!isSendable(planned)) countOther(status);
		else if (planned.item !== item) duplicates++;
		else if (isSent(status)) countSent(planned);
		else countOther(status);
	});
	for (const { plan } of cohorts) {
		yield* each(plan.leavers, (change) => {
			const status = statusOf(change);
			if (isSent(status)) countSent(change);
			else countOther(status);
		});
	}
	return { ...sent, cohorts: changed.size, duplicates, others };
}

/** What a run did, or a dry run would do, in numbers. */
export function describeRun(run: RunResult, counts: RunCounts): string {
	const { dryRun } = run.settings;
	const others = inNumbers(counts, dryRun);
	const sentences = [
		dryRun ? `Dry run: nothing was sent. ${wouldDo(run, counts)}` : `${did(run, counts)}.`,
		...(others === '' ? [] : [`${others}.`]),
		...(dryRun && sentBy(counts) > 0 ? ["Turn off 'Dry Run' to send."] : []),
	];
	return sentences.join(' ');
}

function wouldDo(run: RunResult, counts: RunCounts): string {
	const { added, removed, resent, others } = counts;
	const unchanged = others.get('unchanged') ?? 0;
	const sends = [
		...(added > 0 ? [`add ${formatNumber(added)}`] : []),
		...(removed > 0 ? [`remove ${formatNumber(removed)}`] : []),
		...(resent > 0 ? [`send ${formatNumber(resent)} again`] : []),
	];
	const actions = [
		...(sends.length > 0 ? [`${sends.join(', ')}${inCohorts(run, counts)}`] : []),
		...(unchanged > 0 ? [`leave ${formatNumber(unchanged)} unchanged`] : []),
	];
	if (actions.length === 0) {
		return hasRefused(counts) ? 'A run would send nothing.' : 'There is nothing to send.';
	}
	const requests = requestsOf(run);
	const minutes = secondsAtRate(requests, run.settings.requestsPerMinute) / 60;
	const time = minutes === 0 ? 'under a minute' : `about ${countOf(minutes, 'minute')}`;
	const cost = requests === 0 ? 'no requests' : `${countOf(requests, 'request')}, ${time}`;
	return `Would ${actions.join(', ')}: ${cost}.`;
}

function did(run: RunResult, counts: RunCounts): string {
	const { added, removed, resent } = counts;
	const requests = requestsOf(run);
	if (requests === 0) {
		return hasRefused(counts) ? 'Nothing was sent' : 'There was nothing to send';
	}
	const accepted = [
		...(added > 0 ? [countOf(added, 'addition')] : []),
		...(removed > 0 ? [countOf(removed, 'removal')] : []),
		...(resent > 0 ? [`${countOf(resent, 'member')} sent again`] : []),
	];
	const what = accepted.length === 0 ? 'nothing' : AND.format(accepted);
	return `MoEngage accepted ${what}${inCohorts(run, counts)} (${countOf(requests, 'request')})`;
}

/** `25 unchanged, 1 invalid, 2 duplicate`. A dry run has already counted the unchanged ones. */
function inNumbers({ duplicates, others }: RunCounts, dryRun: boolean): string {
	const numbers = STATUSES.filter((status) => !(dryRun && status === 'unchanged')).map(
		(status) => [others.get(status) ?? 0, status.replace('_', ' ')] as const,
	);
	return [...numbers, [duplicates, 'duplicate'] as const]
		.filter(([count]) => count > 0)
		.map(([count, word]) => `${formatNumber(count)} ${word}`)
		.join(', ');
}

function sentBy({ added, removed, resent }: RunCounts): number {
	return added + removed + resent;
}

function hasRefused({ others }: RunCounts): boolean {
	return [...others.keys()].some(isErrorStatus);
}

function inCohorts(run: RunResult, { cohorts }: RunCounts): string {
	const total = run.cohorts.length;
	if (cohorts === 0 || total === 1) return '';
	const some = cohorts < total ? `${formatNumber(cohorts)} of ` : '';
	return ` in ${some}${countOf(total, 'cohort')}`;
}

function requestsOf({ cohorts }: RunResult): number {
	return cohorts.reduce((total, { stats }) => total + stats.requests, 0);
}
