import type {
	IDataObject,
	INode,
	INodeExecutionData,
	NodeApiError,
	NodeExecutionHint,
} from 'n8n-workflow';
import { secondsOfLookup } from '../delivery/lookup';
import { countOf, formatNumber } from '../format';
import type { CheckedItem, CheckedUser, CheckResult } from '../model/lookup';
import type { CheckStatus } from '../model/outcome';
import { CHECK_STATUSES, ERROR_STATUSES } from '../model/outcome';
import { InvalidItem } from '../model/plan';
import type { Problem, RunError } from '../model/problem';
import type { Task } from '../slicing';
import { each } from '../slicing';
import { createApiError, refusalOfItems, rootCause } from './errors';
import { withInputFields } from './items';
import { describeProblem, problemInOneLine } from './problems';
import { containsIdentifier, requestIdInWords } from './problemText';

/** Why the users of these items can't be looked up, or undefined if they can. */
export function refusalOfCheck(items: readonly CheckedItem[]): RunError | undefined {
	const invalidity = (item: CheckedItem) =>
		item instanceof InvalidItem ? item.problem : undefined;
	return refusalOfItems(items, invalidity, true);
}

/**
 * One output item for each input item, in input order.
 *
 * @param inputs the input items whose fields the results also contain
 */
export function* checkItemResults(
	result: CheckResult,
	inputs: ReadonlyArray<{ readonly json: IDataObject }>,
): Task<INodeExecutionData[]> {
	const results: INodeExecutionData[] = [];
	yield* each(result.items, (item, index) => {
		const outcome = outcomeOfItem(item, result);
		const pairedItem = { item: index };
		if ('problem' in outcome) {
			results.push({ json: errorJson(outcome), pairedItem });
			return;
		}
		const json = userJson(outcome, index);
		const input = inputs[index]?.json;
		results.push({ json: input ? withInputFields(json, input) : json, pairedItem });
	});
	return results;
}

/** One output item for the run; then the error items. */
export function* checkSummaryResults(result: CheckResult): Task<INodeExecutionData[]> {
	const results: INodeExecutionData[] = [
		{ json: yield* summarizeCheck(result), pairedItem: { item: 0 } },
	];
	yield* each(result.items, (item, index) => {
		const outcome = outcomeOfItem(item, result);
		if ('problem' in outcome)
			results.push({ json: errorJson(outcome), pairedItem: { item: index } });
	});
	return results;
}

/** What the user should know about a run of Check Users, shown in n8n's output panel. */
export function* checkHints(result: CheckResult): Task<NodeExecutionHint[]> {
	const { users, lookup, dryRun } = result;
	const { requests, throttled } = lookup.stats;
	const sentences: string[] = [];
	const counts = yield* countItems(result);
	if (dryRun) {
		const seconds = secondsOfLookup(users);
		const time = seconds === 0 ? '' : `, in no less than ${formatNumber(seconds)} s`;
		sentences.push(
			`Dry run: nobody was looked up. The run would take ${countOf(requests, 'request')} for ${countOf(users, 'user')}${time}. Turn off 'Dry Run' to look the users up.`,
			...describeOthers(counts),
		);
	} else {
		sentences.push(describeCounts(counts));
	}
	if (throttled > 0) {
		sentences.push(
			`MoEngage asked to slow down ${countOf(throttled, 'time')}. Something else looks users up in the same workspace, such as another n8n worker.`,
		);
	}
	return sentences.map((message) => ({ message, type: 'info', location: 'outputPane' }));
}

/** What a run of Check Users found, in numbers. */
function describeCounts(all: Counts): string {
	const { known, unknown } = all.users;
	const inWords = (count: number) => `${formatNumber(count)} ${count === 1 ? 'is' : 'are'}`;
	const sentences = [
		known + unknown === 0
			? 'No user was looked up.'
			: `Of ${countOf(known + unknown, 'user')} looked up, ${inWords(known)} known to MoEngage and ${inWords(unknown)} not.`,
	];
	if (known === 0 && unknown > 0) {
		sentences.push("Check that 'User ID' contains the ID by which MoEngage knows your users.");
	}
	return [...sentences, ...describeOthers(all)].join(' ');
}

/** The items that named no user, or one that an earlier item named. */
function describeOthers({ counts, firstProblem }: Counts): string[] {
	const open = ERROR_STATUSES.reduce((sum, status) => sum + counts[status], 0);
	const sentences: string[] = [];
	if (firstProblem !== undefined) {
		sentences.push(
			`${countOf(open, 'item')} could not be looked up. The first of them: ${problemInOneLine(firstProblem)}`,
		);
	}
	if (counts.duplicates > 0) {
		sentences.push(`${countOf(counts.duplicates, 'item')} repeated the user of an earlier item.`);
	}
	return sentences;
}

/** What went wrong in a run of Check Users, as an error for n8n, or undefined if nothing did. */
export function* checkError(node: INode, result: CheckResult): Task<NodeApiError | undefined> {
	const { items, lookup } = result;
	let first: { readonly item: number; readonly problem: Problem } | undefined;
	let answered = 0;
	yield* each(items, (item, index) => {
		const outcome = outcomeOfItem(item, result);
		if ('problem' in outcome) first ??= { item: index, problem: outcome.problem };
		else answered++;
	});
	if (first === undefined) return undefined;
	const text = describeProblem(lookup.ended ?? rootCause(first.problem));
	const { serverMessage = '' } = text;
	let namesUser = false;
	yield* each(serverMessage === '' ? [] : items, (item) => {
		namesUser ||= !(item instanceof InvalidItem) && containsIdentifier(serverMessage, item.uid);
	});
	return createApiError(node, text, first.item, [
		// n8n writes what is thrown to its log, which must not contain a user's identifier.
		namesUser ? '' : serverMessage,
		text.remedy,
		`Looked up before: ${formatNumber(answered)} of ${countOf(items.length, 'item')} (the first one not looked up is item ${first.item}).`,
		requestIdInWords(text.requestId),
	]);
}

/** The result of an item: its user was looked up, or why not. */
type ItemOutcome =
	| { readonly status: CheckStatus; readonly user: CheckedUser }
	| { readonly status: CheckStatus; readonly problem: Problem };

function outcomeOfItem(item: CheckedItem, { lookup }: CheckResult): ItemOutcome {
	if (item instanceof InvalidItem) return { status: 'invalid', problem: item.problem };
	const outcome = lookup.outcomeOf(item.uid);
	return 'problem' in outcome ? outcome : { status: outcome.status, user: item };
}

/** n8n recognizes an error item by having these two fields and no others (seen on n8n 1.123 and 2.40). */
function errorJson({ status, problem }: Extract<ItemOutcome, { problem: Problem }>): IDataObject {
	return { error: problemInOneLine(problem), message: status };
}

function userJson(
	{ status, user }: Extract<ItemOutcome, { user: CheckedUser }>,
	index: number,
): IDataObject {
	const json: IDataObject = { status, uid: user.uid };
	if (user.item !== index) json.duplicate_of = user.item;
	return json;
}

interface Counts {
	/** Items. */
	readonly counts: Record<CheckStatus, number> & { duplicates: number };
	/** The same without duplicates. */
	readonly users: { known: number; unknown: number };
	/** The problem of the first item that could not be looked up. */
	readonly firstProblem: Problem | undefined;
}

/** How many items, and users, have which status. */
function* countItems(result: CheckResult): Task<Counts> {
	const users = { known: 0, unknown: 0 };
	const counts = Object.assign(emptyCounts(), { duplicates: 0 });
	let firstProblem: Problem | undefined;
	yield* each(result.items, (item, index) => {
		const outcome = outcomeOfItem(item, result);
		const { status } = outcome;
		counts[status]++;
		if ('problem' in outcome) firstProblem ??= outcome.problem;
		else if (outcome.user.item !== index) counts.duplicates++;
		else if (status === 'known' || status === 'unknown') users[status]++;
	});
	return { counts, users, firstProblem };
}

function emptyCounts() {
	return Object.fromEntries(CHECK_STATUSES.map((status) => [status, 0])) as Record<
		CheckStatus,
		number
	>;
}

/** How many messages a summary contains. */
const MAX_ERRORS = 5;

/** The summary of a run of Check Users; its fields are part of the node's public interface. */
function* summarizeCheck(result: CheckResult): Task<IDataObject> {
	const { items, lookup, dryRun, startedAt, users } = result;
	const { requests, retries, throttled, waitedMs } = lookup.stats;
	const errors = new Set<string>();
	yield* each(items, (item) => {
		if (errors.size >= MAX_ERRORS) return;
		const outcome = outcomeOfItem(item, result);
		if ('problem' in outcome) errors.add(problemInOneLine(outcome.problem));
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
