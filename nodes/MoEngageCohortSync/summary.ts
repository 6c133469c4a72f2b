import type { Cohort } from './cohort';
import { InvalidItem } from './changes';
import type { Status } from './outcome';
import { isTrouble, outcomeOf, STATUSES } from './outcome';
import type { FinishedRun } from './run';
import type { Tally } from './tally';

/** The summary of one cohort; its fields are the node's public interface. */
export type Summary = Record<Status, number> & {
	cohort_id: string;
	cohort_name: string;
	operation: string;
	dry_run: boolean;
	duplicates: number;
	added: number;
	removed: number;
	requests: number;
	retries: number;
	throttled: number;
	bytes: number;
	waited_ms: number;
	started_at: string;
	finished_at: string;
	errors: string[];
};

/** As many sentences as a person would read. */
const MOST_ERRORS = 5;

/** Sums a run up, one summary a cohort, in the order of the cohorts' first items. */
export function summarize(
	run: FinishedRun,
	operation: string,
): Array<{ json: Summary; firstItem: number }> {
	const summaries = new Map<Cohort, { json: Summary; firstItem: number }>();
	run.cohorts.forEach(({ cohort }, index) => {
		const json = emptySummary(cohort, operation, run, run.tallies[index]);
		summaries.set(cohort, { json, firstItem: -1 });
	});
	run.items.forEach((planned, item) => {
		const entry = planned.cohort && summaries.get(planned.cohort);
		if (entry === undefined) return;
		if (entry.firstItem === -1) entry.firstItem = item;
		const { json } = entry;
		const { status, reason } =
			planned instanceof InvalidItem
				? ({ status: 'invalid', reason: planned.reason } as const)
				: outcomeOf(planned);
		json[status]++;
		if (isTrouble(status) && reason !== undefined) addSentence(json.errors, reason);
		if (planned instanceof InvalidItem) return;
		if (planned.item !== item) json.duplicates++;
		else if (status === 'accepted') json[planned.action === 'add' ? 'added' : 'removed']++;
	});
	return [...summaries.values()];
}

function addSentence(sentences: string[], sentence: string): void {
	if (sentences.length < MOST_ERRORS && !sentences.includes(sentence)) sentences.push(sentence);
}

function emptySummary(
	cohort: Cohort,
	operation: string,
	run: FinishedRun,
	tally: Tally | undefined,
): Summary {
	const counts = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<
		Status,
		number
	>;
	return {
		cohort_id: cohort.id,
		cohort_name: cohort.name,
		operation,
		dry_run: run.dryRun,
		...counts,
		duplicates: 0,
		added: 0,
		removed: 0,
		requests: tally?.requests ?? 0,
		retries: tally?.retries ?? 0,
		throttled: tally?.throttled ?? 0,
		bytes: tally?.bytes ?? 0,
		waited_ms: Math.round(tally?.waitedMs ?? 0),
		started_at: new Date(tally?.startedAt ?? run.startedAt).toISOString(),
		finished_at: new Date(tally?.finishedAt ?? run.startedAt).toISOString(),
		errors: [],
	};
}
