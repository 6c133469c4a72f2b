import type { INode } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import { countOf, formatNumber } from '../format';
import type { Change } from '../model/change';
import { outcomeOf } from '../model/change';
import type { Outcome, Status } from '../model/outcome';
import { ERROR_STATUSES, problemOf } from '../model/outcome';
import type { SyncPlan } from '../model/plan';
import { isChange } from '../model/plan';
import type { ItemProblem, Problem } from '../model/problem';
import { RunError } from '../model/problem';
import type { RunResult } from '../model/run';
import type { Operation } from '../model/settings';
import { invalidityOf, isSendable } from './outcomes';
import { describeProblem } from './problems';
import type { ProblemText } from './problemText';
import { containsIdentifier, examplesInWords, mask, requestIdInWords } from './problemText';
import { aboutRerun } from './setupProblems';

/** How many items a message names. */
const MAX_EXAMPLES = 5;

/** Why a run may not continue, or undefined if it may: items that can't be sent, or a refused cohort. */
export function refusalOf(plan: SyncPlan): RunError | undefined {
	const itemsRefused = refusalOfItems(plan.items, invalidityOf);
	if (itemsRefused) return itemsRefused;
	for (const cohort of plan.cohorts) {
		if (cohort.kind === 'refused') return new RunError(cohort.problem, 'not_sent');
	}
	return undefined;
}

/** Why a run may not continue because of its items. */
export function refusalOfItems<Item>(
	items: readonly Item[],
	invalidityOfItem: (item: Item) => ItemProblem | undefined,
	isCheck = false,
): RunError | undefined {
	let invalid = 0;
	let lacking = 0;
	const examples: Array<{ item: number; problem: ItemProblem }> = [];
	items.forEach((planned, item) => {
		const problem = invalidityOfItem(planned);
		if (problem === undefined) return;
		invalid++;
		if (problem.code === 'no_identifier' || problem.code === 'no_user_id') lacking++;
		if (examples.length < MAX_EXAMPLES) examples.push({ item, problem });
	});
	const [first] = examples;
	if (first === undefined) return undefined;
	const total = items.length;
	const allLackIdentifiers = lacking === total;
	return new RunError(
		{
			code: 'invalid_items',
			invalid,
			total,
			examples,
			allLackIdentifiers,
			...(isCheck ? { isCheck } : {}),
		},
		'invalid',
		first.item,
	);
}

/**
 * Converts whatever ended a run to a RunError.
 *
 * @param sentBy the operation, from the first request on
 */
export function toRunError(error: unknown, sentBy: Operation | undefined): RunError {
	if (error instanceof RunError) return error;
	const message = error instanceof Error ? error.message : String(error);
	return sentBy === undefined
		? new RunError({ code: 'parameters_unreadable', message })
		: new RunError({ code: 'node_defect', operation: sentBy, message }, 'failed');
}

/** Converts whatever ended a run to an error for n8n. `sentBy` as in `toRunError`. */
export function toNodeError(
	node: INode,
	error: unknown,
	sentBy: Operation | undefined,
): NodeApiError | NodeOperationError {
	if (error instanceof NodeApiError) return error;
	const { problem, item } = toRunError(error, sentBy);
	const { summary, serverMessage, examples, remedy, requestId } = describeProblem(problem);
	const title = summary.replace(/\.$/, '');
	const options = item === undefined ? {} : { itemIndex: item };
	// n8n writes what is thrown to its log, which must not contain a member's identifier.
	const mayNameMember = problem.code === 'sample_not_looked_up';
	return withTexts(new NodeOperationError(node, title, options), title, [
		mayNameMember ? undefined : serverMessage,
		examplesInWords(examples, mask),
		remedy,
		requestIdInWords(requestId),
	]);
}

/** What went wrong in a delivery, as an error for n8n, or undefined if nothing did. */
export function deliveryError(node: INode, run: RunResult): NodeApiError | undefined {
	const { counts, first } = countOutcomes(run);
	if (first === undefined) return undefined;
	const problem = run.ended ?? rootCause(first.problem);
	const text = describeProblem(problem);
	const errors = ERROR_STATUSES.filter((status) => counts.has(status)).map(
		(status) => `${formatNumber(counts.get(status) ?? 0)} ${status.replace('_', ' ')}`,
	);
	const accepted = counts.get('accepted') ?? 0;
	const { serverMessage = '' } = text;
	// What ended the run is not the fault of an item.
	const item = run.ended === undefined ? first.item : undefined;
	return createApiError(node, text, item, [
		// n8n writes what is thrown to its log, which must not contain a member's identifier.
		namesMember(serverMessage, problem, run) ? '' : serverMessage,
		text.remedy,
		`${formatNumber(accepted)} of ${extentOf(run)} ${accepted === 1 ? 'was' : 'were'} accepted, ${errors.join(', ')}${first.item === undefined ? '' : ` (first: item ${first.item})`}.`,
		requestIdInWords(text.requestId),
		accepted === 0 ? '' : aboutRerun(run.operation),
	]);
}

/** The error for n8n if something went wrong with a request; `item` is the first item concerned. */
export function createApiError(
	node: INode,
	{ summary, status }: ProblemText,
	item: number | undefined,
	description: ReadonlyArray<string | undefined>,
): NodeApiError {
	const error = new NodeApiError(
		node,
		{},
		{
			httpCode: status === undefined ? '' : String(status),
			...(item === undefined ? {} : { itemIndex: item }),
		},
	);
	return withTexts(error, summary, description);
}

/** How much of a run was accepted, in words. */
export function acceptedInWords(run: RunResult): string {
	return `${formatNumber(countOutcomes(run).counts.get('accepted') ?? 0)} of ${extentOf(run)}`;
}

interface OutcomeCounts {
	/** Items and removals by their result. */
	readonly counts: Map<Status, number>;
	/** The first with an error status; a removal has no item. */
	first: { readonly item: number | undefined; readonly problem: Problem } | undefined;
}

function countOutcomes(run: RunResult): OutcomeCounts {
	const result: OutcomeCounts = { counts: new Map(), first: undefined };
	const count = (outcome: Outcome, item?: number) => {
		result.counts.set(outcome.status, (result.counts.get(outcome.status) ?? 0) + 1);
		const problem = problemOf(outcome);
		if (problem !== undefined) result.first ??= { item, problem };
	};
	run.items.forEach((planned, item) => {
		if (isChange(planned)) count(outcomeOf(planned), item);
	});
	for (const change of removalsOf(run)) count(outcomeOf(change));
	return result;
}

/** The problem that prevented a member from being sent; any other problem is its own cause. */
export function rootCause(problem: Problem): Problem {
	const isUnsent = problem.code === 'run_ended' || problem.code === 'cohort_refused';
	return isUnsent ? problem.cause : problem;
}

/** True if a server's message about a request contains an identifier of one of the request's members. */
function namesMember(serverMessage: string, problem: Problem, run: RunResult): boolean {
	if (serverMessage === '') return false;
	const isNamed = ({ uid, anonymous_id, otherAnonymousIds = [], outcome }: Change) =>
		outcome !== undefined &&
		problemOf(outcome) === problem &&
		[uid, anonymous_id, ...otherAnonymousIds].some(
			(identifier) => identifier !== undefined && containsIdentifier(serverMessage, identifier),
		);
	return (
		run.items.some((planned) => isSendable(planned) && isNamed(planned)) ||
		removalsOf(run).some(isNamed)
	);
}

function removalsOf({ cohorts }: RunResult): Change[] {
	return cohorts.flatMap(({ plan }) => plan.leavers);
}

/** `20 items`, or in a mirror with three leavers `23 items and removals`. */
function extentOf(run: RunResult): string {
	const removals = removalsOf(run).length;
	const { length } = run.items;
	return removals === 0
		? countOf(length, 'item')
		: `${formatNumber(length + removals)} items and removals`;
}

/** n8n rewrites a message that happens to contain the name of a system error, such as EPERM in an ID. */
function withTexts<T extends NodeApiError | NodeOperationError>(
	error: T,
	title: string,
	description: ReadonlyArray<string | undefined>,
): T {
	error.message = title;
	error.description = description.filter(Boolean).join(' ');
	error.messages = [];
	return error;
}
