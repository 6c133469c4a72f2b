import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { Action, Change, PlannedItem } from '../plan/changes';
import { InvalidItem, leaversToRemove, SupersededItem } from '../plan/changes';
import type { Cohort } from '../plan/cohort';
import type { Member } from '../plan/member';
import type { Outcome } from '../plan/outcome';
import { isTrouble, outcomeOf } from '../plan/outcome';
import type { Refusal } from '../refusal';
import type { FinishedRun } from '../run';
import { outcomeOfItem, summarize } from './summary';
import type { Work } from '../work';
import { startsPiece } from '../work';

/** One output item for each input item, in input order, and one for each member who left in a mirror. */
export function* itemResults(run: FinishedRun): Work<INodeExecutionData[]> {
	const results: INodeExecutionData[] = [];
	for (const [item, planned] of run.items.entries()) {
		if (startsPiece(item)) yield;
		const json =
			planned instanceof InvalidItem
				? { error: planned.reason, message: 'invalid' }
				: (errorJson(planned) ?? itemJson(planned, item));
		results.push({ json, pairedItem: { item } });
	}
	for (const changes of run.cohorts) {
		const { cohort, firstItem } = changes;
		for (const [index, change] of leaversToRemove(changes).entries()) {
			if (startsPiece(index)) yield;
			const row = change.previous?.row;
			results.push(
				leaverError(change, cohort.name) ?? {
					json: itemJson(change),
					pairedItem: row === undefined ? { item: firstItem } : { item: row, input: 1 },
				},
			);
		}
	}
	return results;
}

/** One output item for each cohort, paired with the cohort's first item; then the error items. */
export function* summaryResults(run: FinishedRun): Work<INodeExecutionData[]> {
	const summaries = yield* summarize(run);
	const results: INodeExecutionData[] = summaries.map(({ json, firstItem }) => ({
		json,
		pairedItem: { item: firstItem },
	}));
	for (const [item, planned] of run.items.entries()) {
		if (startsPiece(item)) yield;
		const json = errorJson(planned);
		if (json !== undefined) results.push({ json, pairedItem: { item } });
	}
	for (const { json, leavers } of summaries) {
		for (const [index, change] of leavers.entries()) {
			if (startsPiece(index)) yield;
			const error = leaverError(change, json.cohort_name);
			if (error !== undefined) results.push(error);
		}
	}
	return results;
}

/** The same error item for every input item, where the run ended before its first request. */
export function* refusedResults(count: number, refusal: Refusal): Work<INodeExecutionData[]> {
	const json = { error: `${refusal.message}. ${refusal.fix}`, message: refusal.status };
	// A run without items must not look like one that went well.
	if (count === 0) return [{ json }];
	const results: INodeExecutionData[] = [];
	for (let item = 0; item < count; item++) {
		if (startsPiece(item)) yield;
		results.push({ json: { ...json }, pairedItem: { item } });
	}
	return results;
}

/** n8n knows an error item by these two fields and no other (seen on n8n 1.123 and 2.40). */
function errorJson(planned: PlannedItem): IDataObject | undefined {
	const { status, reason } = outcomeOfItem(planned);
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

/** What an item that is in no trouble came to. */
function itemJson(planned: Exclude<PlannedItem, InvalidItem>, item?: number): IDataObject {
	if (planned instanceof SupersededItem) {
		const { by, member } = planned;
		const json = fields(by.cohort, member, null, { status: 'superseded' });
		json.superseded_by = by.item ?? null;
		return json;
	}
	const json = fields(planned.cohort, planned, planned.action, outcomeOf(planned));
	if (planned.item !== item) json.duplicate_of = planned.item;
	return json;
}

function fields(
	{ id }: Cohort,
	{ uid, anonymous_id }: Member,
	action: Action | null,
	{ status, request, timestamp }: Outcome,
): IDataObject {
	return {
		status,
		action,
		cohort_id: id,
		uid: uid ?? null,
		anonymous_id: anonymous_id ?? null,
		request: request ?? null,
		timestamp: timestamp ?? null,
	};
}
