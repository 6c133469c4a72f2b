import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { PlannedItem } from './changes';
import { InvalidItem } from './changes';
import { isTrouble, outcomeOf } from './outcome';
import type { Refusal } from './refusal';
import type { FinishedRun } from './run';
import { summarize } from './summary';

/** One output item for each input item, in input order; those in trouble as error items. */
export function itemResults({ items }: FinishedRun): INodeExecutionData[] {
	return items.map((planned, item) => ({
		json: errorJson(planned) ?? itemJson(planned, item),
		pairedItem: { item },
	}));
}

/** One output item for each cohort, paired with the cohort's first item; then the error items. */
export function summaryResults(run: FinishedRun, operation: string): INodeExecutionData[] {
	const results: INodeExecutionData[] = summarize(run, operation).map(({ json, firstItem }) => ({
		json,
		pairedItem: { item: firstItem },
	}));
	run.items.forEach((planned, item) => {
		const json = errorJson(planned);
		if (json !== undefined) results.push({ json, pairedItem: { item } });
	});
	return results;
}

/** The same error item for every input item, where the run ended before its first request. */
export function refusedResults(count: number, refusal: Refusal): INodeExecutionData[] {
	const error = `${refusal.message}. ${refusal.fix}`;
	return Array.from({ length: count }, (_, item) => ({
		json: { error, message: refusal.status },
		pairedItem: { item },
	}));
}

/** n8n knows an error item by these two fields and no other (seen on n8n 1.123 and 2.40). */
function errorJson(planned: PlannedItem): IDataObject | undefined {
	if (planned instanceof InvalidItem) return { error: planned.reason, message: 'invalid' };
	const { status, reason } = outcomeOf(planned);
	return isTrouble(status) ? { error: reason ?? status, message: status } : undefined;
}

function itemJson(planned: PlannedItem, item: number): IDataObject {
	if (planned instanceof InvalidItem) return { status: 'invalid', reason: planned.reason };
	const { status, request = null, timestamp = null } = outcomeOf(planned);
	return {
		status,
		action: planned.action,
		cohort_id: planned.cohort.id,
		uid: planned.uid ?? null,
		anonymous_id: planned.anonymous_id ?? null,
		request,
		timestamp,
		...(planned.item === item ? undefined : { duplicate_of: planned.item }),
	};
}
