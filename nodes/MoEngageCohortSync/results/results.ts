import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { Change, PlannedItem } from '../plan/changes';
import { InvalidItem, SupersededItem } from '../plan/changes';
import { isTrouble, outcomeOf } from '../plan/outcome';
import type { Refusal } from '../refusal';
import type { FinishedRun } from '../run';
import { summarize } from './summary';

/** One output item for each input item, in input order, and one for each member who left in a mirror. */
export function itemResults(run: FinishedRun): INodeExecutionData[] {
	const results: INodeExecutionData[] = run.items.map((planned, item) => ({
		json: errorJson(planned) ?? itemJson(planned, item),
		pairedItem: { item },
	}));
	for (const { json, firstItem, leavers } of summarize(run)) {
		for (const change of leavers) {
			const row = change.previous?.row;
			results.push(
				leaverError(change, json.cohort_name) ?? {
					json: itemJson(change),
					pairedItem: row === undefined ? { item: firstItem } : { item: row, input: 1 },
				},
			);
		}
	}
	return results;
}

/** One output item for each cohort, paired with the cohort's first item; then the error items. */
export function summaryResults(run: FinishedRun): INodeExecutionData[] {
	const summaries = summarize(run);
	const results: INodeExecutionData[] = summaries.map(({ json, firstItem }) => ({
		json,
		pairedItem: { item: firstItem },
	}));
	run.items.forEach((planned, item) => {
		const json = errorJson(planned);
		if (json !== undefined) results.push({ json, pairedItem: { item } });
	});
	for (const { json, leavers } of summaries) {
		for (const change of leavers) {
			const error = leaverError(change, json.cohort_name);
			if (error !== undefined) results.push(error);
		}
	}
	return results;
}

/** The same error item for every input item, where the run ended before its first request. */
export function refusedResults(count: number, refusal: Refusal): INodeExecutionData[] {
	const json = { error: `${refusal.message}. ${refusal.fix}`, message: refusal.status };
	// A run without items must not look like one that went well.
	if (count === 0) return [{ json }];
	return Array.from({ length: count }, (_, item) => ({ json: { ...json }, pairedItem: { item } }));
}

/** n8n knows an error item by these two fields and no other (seen on n8n 1.123 and 2.40). */
function errorJson(planned: PlannedItem): IDataObject | undefined {
	if (planned instanceof InvalidItem) return { error: planned.reason, message: 'invalid' };
	if (planned instanceof SupersededItem) return undefined;
	const { status, reason } = outcomeOf(planned);
	return isTrouble(status) ? { error: reason ?? status, message: status } : undefined;
}

/** A removal has no input item to be paired with, so its error item names the user. */
function leaverError(change: Change, cohortName: string): INodeExecutionData | undefined {
	const json = errorJson(change);
	if (json === undefined) return undefined;
	const user = change.uid ?? change.anonymous_id ?? '';
	const error = `The user "${user}" was not removed from the cohort "${cohortName}". ${String(json.error)}`;
	return { json: { ...json, error } };
}

function itemJson(planned: PlannedItem, item?: number): IDataObject {
	if (planned instanceof InvalidItem) return { status: 'invalid', reason: planned.reason };
	if (planned instanceof SupersededItem) {
		return {
			...fields('superseded', planned.by, null),
			uid: planned.member.uid ?? null,
			anonymous_id: planned.member.anonymous_id ?? null,
			superseded_by: planned.by.item ?? null,
		};
	}
	const { status, request, timestamp } = outcomeOf(planned);
	return {
		...fields(status, planned, planned.action),
		request: request ?? null,
		timestamp: timestamp ?? null,
		...(planned.item === item ? undefined : { duplicate_of: planned.item }),
	};
}

function fields(status: string, { cohort, uid, anonymous_id }: Change, action: Change['action']) {
	return {
		status,
		action,
		cohort_id: cohort.id,
		uid: uid ?? null,
		anonymous_id: anonymous_id ?? null,
		request: null as number | null,
		timestamp: null as string | null,
	};
}
