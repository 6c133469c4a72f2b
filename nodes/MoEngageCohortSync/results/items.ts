import type { IDataObject, INodeExecutionData, IPairedItemData } from 'n8n-workflow';
import { envelopeBytes, memberEntries } from '../delivery/wire';
import type { Action, Change } from '../model/change';
import { outcomeOf } from '../model/change';
import type { Cohort } from '../model/cohort';
import type { Member } from '../model/member';
import { anonymousIdsOf } from '../model/member';
import type { RequestRef, Status } from '../model/outcome';
import { isErrorStatus, NOT_REMOVED } from '../model/outcome';
import type { PlannedItem } from '../model/plan';
import { InvalidItem, isChange, SupersededItem } from '../model/plan';
import { plainName } from '../model/plainName';
import type { RunError } from '../model/problem';
import type { RunResult } from '../model/run';
import type { PackingLimits } from '../model/settings';
import type { Task } from '../slicing';
import { each, eachIndex } from '../slicing';
import { reasonOf, statusOf } from './outcomes';
import { problemInOneLine } from './problems';
import { summarize } from './summary';

/**
 * One output item for each input item, in input order, and one for each removal of a mirror. With `output:
 * changes`, only those that changed something and those that went wrong.
 *
 * @param inputs the input items, for 'Include Input Fields'
 */
export function* itemResults(
	run: RunResult,
	inputs: ReadonlyArray<{ readonly json: IDataObject }> = [],
): Task<INodeExecutionData[]> {
	const { output, includeInputFields } = run.settings;
	const results: INodeExecutionData[] = [];
	const sentAs = createSentAs(run.settings);
	yield* each(run.items, (planned, item) => {
		if (output === 'changes' && !isChanged(planned, item)) return;
		const json = itemJson(planned, item, sentAs);
		const input = includeInputFields && !isError(planned) ? inputs[item]?.json : undefined;
		results.push({ json: input ? withInputFields(json, input) : json, pairedItem: { item } });
	});
	for (const { plan } of run.cohorts) {
		yield* each(plan.leavers, (change) => {
			results.push(...leaverResults(change, plan.firstItem, sentAs));
		});
	}
	return results;
}

/** True for an item that 'Changed Members Only' keeps. Items with a problem are always kept. */
function isChanged(planned: PlannedItem, item: number): boolean {
	if (isError(planned)) return true;
	if (!isChange(planned) || statusOf(planned) === 'unchanged') return false;
	return planned.item === item || planned.addedBy?.has(item) === true;
}

/**
 * Names that an input field may not have in a result: the node's own, and those by which n8n recognizes an error
 * item.
 */
const RESERVED = new Set([
	'status',
	'action',
	'cohort_id',
	'uid',
	'anonymous_id',
	'request',
	'timestamp',
	'duplicate_of',
	'superseded_by',
	'error',
]);

/**
 * A result that also contains the fields of its input item; the node's own fields take precedence. Mirror would also
 * take `UID` for one of them in a log, where a result has none.
 */
export function withInputFields(json: IDataObject, input: IDataObject): IDataObject {
	const others = Object.entries(input).filter(([name]) => !RESERVED.has(plainName(name)));
	return { ...json, ...Object.fromEntries(others) };
}

/** One output item for each cohort, paired with the cohort's first item; then the error items. */
export function* summaryResults(run: RunResult): Task<INodeExecutionData[]> {
	const summaries = yield* summarize(run);
	const results: INodeExecutionData[] = summaries.map(({ json, firstItem }) => ({
		json,
		pairedItem: { item: firstItem },
	}));
	yield* each(run.items, (planned, item) => {
		if (isError(planned)) results.push({ json: errorJson(planned), pairedItem: { item } });
	});
	for (const { leavers } of summaries) {
		yield* each(leavers, (change) => {
			const error = leaverError(change);
			if (error !== undefined) results.push(error);
		});
	}
	return results;
}

/** The same error item for every input item, for a run that ended as a whole. */
export function* refusedResults(
	count: number,
	{ problem, status }: RunError,
): Task<INodeExecutionData[]> {
	const json = { error: problemInOneLine(problem), message: status };
	// A run without items must not look successful.
	if (count === 0) return [{ json }];
	const results: INodeExecutionData[] = [];
	yield* eachIndex(count, (item) => {
		results.push({ json: { ...json }, pairedItem: { item } });
	});
	return results;
}

function isError(planned: PlannedItem): boolean {
	return isErrorStatus(statusOf(planned));
}

/** n8n recognizes an error item by having these two fields and no others (seen on n8n 1.123 and 2.40). */
function errorJson(planned: PlannedItem): IDataObject {
	return { error: reasonOf(planned), message: statusOf(planned) };
}

/**
 * A removal has no input item, so its error item names the user. Paired with the member's row on the second input, it
 * gets the fields of that row from n8n.
 */
function leaverError(change: Change): INodeExecutionData | undefined {
	if (!isError(change)) return undefined;
	const pairedItem = rowOf(change);
	const json = errorJson(change);
	const user = change.uid ?? change.anonymous_id ?? '';
	const error = `The user "${user}" ${NOT_REMOVED} "${change.cohort.name}". ${String(json.error)}`;
	return { json: { ...json, error }, ...(pairedItem && { pairedItem }) };
}

/**
 * The results of a removal, each paired with its row on the second input, if there is one. A user may have several
 * rows there: those with an anonymous ID and no uid have results of their own, so that a table of members can delete
 * them.
 */
function leaverResults(change: Change, firstItem: number, sentAs: SentAs): INodeExecutionData[] {
	const error = leaverError(change);
	const json = error?.json ?? changeJson(change, sentAs(change));
	const result = error ?? { json, pairedItem: rowOf(change) ?? { item: firstItem } };
	const { loneRows = [] } = change;
	if (loneRows.length === 0) return [result];
	const ids = new Set(anonymousIdsOf(change).filter((id) => id !== sentAs(change).anonymous_id));
	const further = loneRows
		.filter(({ anonymous_id = '' }) => ids.has(anonymous_id))
		.map(({ row = 0, anonymous_id }) => ({
			json: error?.json ?? changeJson(change, { uid: undefined, anonymous_id }),
			pairedItem: { item: row, input: 1 },
		}));
	return [result, ...further];
}

/** The member's row on the second input, if it has one. */
function rowOf({ previous }: Change): IPairedItemData | undefined {
	return previous?.row === undefined ? undefined : { item: previous.row, input: 1 };
}

/** The result of an input item. */
function itemJson(planned: PlannedItem, item: number, sentAs: SentAs): IDataObject {
	if (planned instanceof InvalidItem || isError(planned)) return errorJson(planned);
	if (planned instanceof SupersededItem) {
		const { by, member } = planned;
		const json = fields('superseded', undefined, by.cohort, member);
		if (by.item !== undefined) json.superseded_by = by.item;
		return json;
	}
	if (planned.item === item) return changeJson(planned, sentAs(planned));
	const json = changeJson(planned, sentAs(planned, planned.addedBy?.get(item)));
	json.duplicate_of = planned.item;
	return json;
}

function changeJson(change: Change, member: Member): IDataObject {
	const outcome = outcomeOf(change);
	const { cohort, action } = change;
	if (outcome.status === 'unchanged') return fields('unchanged', undefined, cohort, member);
	const request = outcome.status === 'accepted' ? outcome.request : undefined;
	return fields(outcome.status, action, cohort, member, request);
}

/**
 * Returns the identifiers that a change was sent with: those of the entry with the anonymous ID that a duplicate
 * `added`, otherwise of the first entry. An anonymous ID that does not fit in a request is not sent.
 */
type SentAs = (change: Change, added?: string) => Member;

function createSentAs({ payloadLimit }: PackingLimits): SentAs {
	const maxBytes = { add: new Map<Cohort, number>(), remove: new Map<Cohort, number>() };
	return (change, added) => {
		const { uid, anonymous_id, action, cohort } = change;
		if (uid === undefined || anonymous_id === undefined) return change;
		if (added === undefined && outcomeOf(change).status === 'unchanged') return change;
		let max = maxBytes[action].get(cohort);
		if (max === undefined) {
			max = payloadLimit - envelopeBytes(cohort, action);
			maxBytes[action].set(cohort, max);
		}
		const entries = memberEntries(change, max);
		const own =
			added === undefined ? undefined : entries.find((entry) => entry.anonymous_id === added);
		return own ?? entries[0] ?? change;
	};
}

/** The fields of a result item, without those that have no value. */
function fields(
	status: Status,
	action: Action | undefined,
	{ id }: Cohort,
	{ uid, anonymous_id }: Member,
	request?: RequestRef,
): IDataObject {
	const json: IDataObject = { status };
	if (action !== undefined) json.action = action;
	json.cohort_id = id;
	if (uid !== undefined) json.uid = uid;
	if (anonymous_id !== undefined) json.anonymous_id = anonymous_id;
	if (request !== undefined) {
		json.request = request.request;
		json.timestamp = request.timestamp;
	}
	return json;
}
