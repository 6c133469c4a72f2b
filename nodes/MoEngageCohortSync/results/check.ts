import type {
	IDataObject,
	INode,
	INodeExecutionData,
	NodeApiError,
	NodeExecutionHint,
} from 'n8n-workflow';
import { secondsOfLookup } from '../delivery/lookup';
import { countOf, formatNumber } from '../format';
import type { CheckedItem, CheckResult } from '../model/lookup';
import type { CheckStatus } from '../model/outcome';
import { CHECK_STATUSES, ERROR_STATUSES } from '../model/outcome';
import { InvalidItem } from '../model/plan';
import type { Problem, RunError } from '../model/problem';
import type { Task } from '../slicing';
import { each } from '../slicing';
import { createApiError, refusalOfItems, rootCause } from './errors';
import { describeProblem, problemInOneLine } from './problems';
import { requestIdInWords } from './problemText';

/** Why the users can't be looked up with all items as they are, or undefined if they can. */
export function refusalOfCheck(items: readonly CheckedItem[]): RunError | undefined {
	const invalidity = (item: CheckedItem) =>
		item instanceof InvalidItem ? item.problem : undefined;
	return refusalOfItems(items, invalidity, true);
}

/** One output item for each input item, in input order. */
export function* checkItemResults(result: CheckResult): Task<INodeExecutionData[]> {
	const results: INodeExecutionData[] = [];
	yield* each(result.items, (item, index) => {
		const error = errorJson(item, result);
		results.push({ json: error ?? userJson(item, index, result), pairedItem: { item: index } });
	});
	return results;
}

/** One output item for the run; then the error items. */
export function* checkSummaryResults(result: CheckResult): Task<INodeExecutionData[]> {
	const results: INodeExecutionData[] = [
		{ json: yield* summarizeCheck(result), pairedItem: { item: 0 } },
	];
	yield* each(result.items, (item, index) => {
		const json = errorJson(item, result);
		if (json !== undefined) results.push({ json, pairedItem: { item: index } });
	});
	return results;
}

/** What a person should know about a run of Check Users, shown in n8n's output panel. */
export function* checkHints(result: CheckResult): Task<NodeExecutionHint[]> {
	const { users, lookup, dryRun } = result;
	const { requests, throttled } = lookup.stats;
	const sentences: string[] = [];
	if (dryRun) {
		const seconds = secondsOfLookup(users);
		const time = seconds === 0 ? '' : `, in no less than ${formatNumber(seconds)} s`;
		sentences.push(
			`Dry run: nobody was looked up. The run would take ${countOf(requests, 'request')} for ${countOf(users, 'user')}${time}. Turn off 'Dry Run' to look the users up.`,
		);
	} else {
		sentences.push(describeCounts(yield* countItems(result)));
	}
	if (throttled > 0) {
		sentences.push(
			`MoEngage asked to slow down ${countOf(throttled, 'time')}. Something else looks users up in the same workspace, such as another n8n worker.`,
		);
	}
	return sentences.map((message) => ({ message, type: 'info', location: 'outputPane' }));
}

/** What a run of Check Users found, in numbers. */
function describeCounts({ users, counts }: Counts): string {
	const { duplicates } = counts;
	const open = ERROR_STATUSES.reduce((sum, status) => sum + counts[status], 0);
	return [
		`Of ${countOf(users.known + users.unknown, 'user')} looked up, ${formatNumber(users.known)} ${users.known === 1 ? 'is' : 'are'} known to MoEngage and ${formatNumber(users.unknown)} ${users.unknown === 1 ? 'is' : 'are'} not.`,
		...(open === 0 ? [] : [`${countOf(open, 'item')} could not be looked up.`]),
		...(duplicates === 0
			? []
			: [`${countOf(duplicates, 'item')} came with a user that an earlier item had named.`]),
	].join(' ');
}

/** What went wrong in a run of Check Users as n8n shows it, or undefined if nothing did. */
export function* checkError(node: INode, result: CheckResult): Task<NodeApiError | undefined> {
	const { items, lookup } = result;
	let first: { readonly item: number; readonly problem: Problem } | undefined;
	let answered = 0;
	yield* each(items, (item, index) => {
		const found = problemOfItem(item, result);
		if (found === undefined) answered++;
		else first ??= { item: index, problem: found.problem };
	});
	if (first === undefined) return undefined;
	const text = describeProblem(lookup.ended ?? rootCause(first.problem));
	const { serverMessage = '' } = text;
	let namesUser = false;
	yield* each(serverMessage === '' ? [] : items, (item) => {
		namesUser ||= !(item instanceof InvalidItem) && serverMessage.includes(item.uid);
	});
	return createApiError(node, text, first.item, [
		// n8n writes what is thrown into its log, where no user's identifier may be.
		namesUser ? '' : serverMessage,
		text.remedy,
		`Looked up before: ${formatNumber(answered)} of ${countOf(items.length, 'item')}; the first of the others is item ${first.item}.`,
		requestIdInWords(text.requestId),
	]);
}

interface ItemProblem {
	readonly status: CheckStatus;
	readonly problem: Problem;
}

/** Why it is not known of an item whether MoEngage knows its user; `undefined` where it is. */
function problemOfItem(item: CheckedItem, { lookup }: CheckResult): ItemProblem | undefined {
	if (item instanceof InvalidItem) return { status: 'invalid', problem: item.problem };
	const outcome = lookup.outcomeOf(item.uid);
	return 'problem' in outcome ? outcome : undefined;
}

/** n8n knows an error item by these two fields and no other (seen on n8n 1.123 and 2.40). */
function errorJson(item: CheckedItem, result: CheckResult): IDataObject | undefined {
	const found = problemOfItem(item, result);
	return found && { error: problemInOneLine(found.problem), message: found.status };
}

function userJson(checked: CheckedItem, index: number, { lookup }: CheckResult): IDataObject {
	if (checked instanceof InvalidItem) return {};
	const { uid, item } = checked;
	const json: IDataObject = { status: lookup.outcomeOf(uid).status, uid };
	if (item !== index) json.duplicate_of = item;
	return json;
}

interface Counts {
	/** Items. */
	readonly counts: Record<CheckStatus, number> & { duplicates: number };
	/** The same without duplicates. */
	readonly users: { known: number; unknown: number };
}

/** How many items, and users, have which status. */
function* countItems(result: CheckResult): Task<Counts> {
	const users = { known: 0, unknown: 0 };
	const counts = Object.assign(emptyCounts(), { duplicates: 0 });
	yield* each(result.items, (item, index) => {
		if (item instanceof InvalidItem) {
			counts.invalid++;
			return;
		}
		const { status } = result.lookup.outcomeOf(item.uid);
		counts[status]++;
		if (item.item !== index) counts.duplicates++;
		else if (status === 'known' || status === 'unknown') users[status]++;
	});
	return { counts, users };
}

function emptyCounts() {
	return Object.fromEntries(CHECK_STATUSES.map((status) => [status, 0])) as Record<
		CheckStatus,
		number
	>;
}

/** As many sentences as a person would read. */
const MAX_ERRORS = 5;

/** The summary of a run of Check Users; its fields are part of the node's public interface. */
function* summarizeCheck(result: CheckResult): Task<IDataObject> {
	const { items, lookup, dryRun, startedAt, users } = result;
	const { requests, retries, throttled, waitedMs } = lookup.stats;
	const errors = new Set<string>();
	yield* each(items, (item) => {
		if (errors.size >= MAX_ERRORS) return;
		const found = problemOfItem(item, result);
		if (found !== undefined) errors.add(problemInOneLine(found.problem));
	});
	const { counts } = yield* countItems(result);
	return {
		operation: 'check',
		dry_run: dryRun,
		...counts,
		requests,
		retries,
		throttled,
		waited_ms: Math.round(waitedMs),
		seconds_at_rate: secondsOfLookup(users),
		started_at: new Date(lookup.stats.startedAt ?? startedAt).toISOString(),
		finished_at: new Date(lookup.stats.finishedAt ?? startedAt).toISOString(),
		errors: [...errors],
	};
}
