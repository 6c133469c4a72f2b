import type { INode } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import type { Trouble } from '../delivery/trouble';
import type { Change } from '../plan/changes';
import { InvalidItem, isChange, leaversToRemove } from '../plan/changes';
import type { Outcome, Status } from '../plan/outcome';
import { NO_IDENTIFIER } from '../plan/member';
import { isTrouble, outcomeOf, TROUBLES } from '../plan/outcome';
import { Refusal } from '../refusal';
import type { FinishedRun, PreparedRun } from '../run';
import { counted, quoted, written } from '../wording';

/** As many items as a person would look up. */
const MOST_ITEMS = 5;

const AGAIN = 'Running the workflow again is safe: sending a member twice does no harm.';

/** Why a run may not go on as it is, or undefined if it may: a cohort refused, or items that can't be sent. */
export function refusalOf(run: PreparedRun): Refusal | undefined {
	return refuseInvalidItems(run) ?? run.cohorts.find(({ refusal }) => refusal)?.refusal;
}

function refuseInvalidItems({ items }: PreparedRun): Refusal | undefined {
	let count = 0;
	const named: Array<{ item: number; reason: string }> = [];
	let lackIdentifiers = true;
	items.forEach((planned, item) => {
		if (!(planned instanceof InvalidItem)) return;
		const { reason } = planned;
		count++;
		lackIdentifiers &&= reason === NO_IDENTIFIER;
		if (named.length < MOST_ITEMS) named.push({ item, reason });
	});
	const [first] = named;
	if (first === undefined) return undefined;
	const reasons = [...new Set(named.map(({ reason }) => reason))].map((reason) => {
		const alike = named.filter((other) => other.reason === reason).map(({ item }) => item);
		return `Item${alike.length === 1 ? '' : 's'} ${alike.join(', ')}: ${reason}`;
	});
	const more = count - named.length;
	return new Refusal(
		`${written(count)} of ${counted(items.length, 'item')} can't be sent, so nothing was sent`,
		[
			...reasons,
			...(more > 0 ? [`And ${written(more)} more.`] : []),
			'Items are counted from 0.',
			lackIdentifiers
				? "If the column has another name, empty 'User ID' and drag that column into it from the input panel."
				: "Correct this at the source or in the node's fields.",
			...(count < items.length
				? [
						"Or set 'On Error' in this node's settings to 'Continue (using error output)' to send the others.",
					]
				: []),
		].join(' '),
		'invalid',
		first.item,
	);
}

/** Whatever ended a run, as a refusal. `hasSent` is true from the first request on. */
export function toRefusal(error: unknown, hasSent: boolean): Refusal {
	if (error instanceof Refusal) return error;
	const words = error instanceof Error ? error.message : String(error);
	if (hasSent) {
		return new Refusal(
			'The node sent its requests but could not tell what became of them, which is a fault of its own',
			`${AGAIN} Please report it with these words: ${words}`,
			'failed',
		);
	}
	return new Refusal(
		'The node could not read its parameters',
		`n8n says: ${quoted(words)} Check the expressions in the node's fields and options.`,
	);
}

/** Whatever ended a run, as n8n shows it. */
export function toNodeError(
	node: INode,
	error: unknown,
	hasSent: boolean,
): NodeApiError | NodeOperationError {
	if (error instanceof NodeApiError) return error;
	const { message, fix, item } = toRefusal(error, hasSent);
	const options = item === undefined ? {} : { itemIndex: item };
	return inOurWords(new NodeOperationError(node, message, options), message, fix);
}

/** What went wrong in a delivery as n8n shows it, or undefined if nothing did. */
export function deliveryError(node: INode, run: FinishedRun): NodeApiError | undefined {
	const { counts, first } = surveyOf(run);
	if (first === undefined) return undefined;
	const cause = run.ended ?? first.outcome.trouble;
	if (cause === undefined) return undefined;

	const fate = TROUBLES.filter((status) => counts.has(status)).map(
		(status) => `${written(counts.get(status) ?? 0)} ${status.replace('_', ' ')}`,
	);
	const accepted = counts.get('accepted') ?? 0;
	const needsNoWord = accepted === 0 || cause.saysItIsSafe === true;
	const description = [
		// n8n writes what is thrown into its log, where nobody's identifier may be.
		cause.said === undefined || namesSomebody(cause, cause.said, run) ? '' : cause.said,
		cause.fix,
		`Accepted before: ${written(accepted)} of ${extentOf(run)}; ${fate.join(', ')}${first.item === undefined ? '' : `, the first of them item ${first.item}`}.`,
		cause.requestId === undefined ? '' : `MoEngage request ID: ${cause.requestId}.`,
		needsNoWord ? '' : AGAIN,
	];
	const error = new NodeApiError(
		node,
		{},
		{
			httpCode: cause.status === undefined ? '' : String(cause.status),
			...(first.item === undefined ? {} : { itemIndex: first.item }),
		},
	);
	return inOurWords(error, cause.what, description.filter((part) => part !== '').join(' '));
}

/** How much of a run was accepted, in words. */
export function acceptedInWords(run: FinishedRun): string {
	return `${written(surveyOf(run).counts.get('accepted') ?? 0)} of ${extentOf(run)}`;
}

interface Survey {
	/** Items and removals by what became of them. */
	readonly counts: Map<Status, number>;
	/** The first that is in trouble; a removal has no item. */
	first: { readonly item: number | undefined; readonly outcome: Outcome } | undefined;
}

function surveyOf(run: FinishedRun): Survey {
	const survey: Survey = { counts: new Map(), first: undefined };
	const note = (outcome: Outcome, item?: number) => {
		survey.counts.set(outcome.status, (survey.counts.get(outcome.status) ?? 0) + 1);
		if (isTrouble(outcome.status)) survey.first ??= { item, outcome };
	};
	run.items.forEach((planned, item) => {
		if (isChange(planned)) note(outcomeOf(planned), item);
	});
	for (const change of removalsOf(run)) note(outcomeOf(change));
	return survey;
}

/** True where MoEngage's words hold an identifier of the request that they are about. */
function namesSomebody(cause: Trouble, said: string, run: FinishedRun): boolean {
	const isNamed = ({ uid, anonymous_id, outcome }: Change) =>
		outcome?.trouble === cause &&
		outcome.status !== 'not_sent' &&
		[uid, anonymous_id].some((identifier) => identifier !== undefined && said.includes(identifier));
	return (
		run.items.some((planned) => isChange(planned) && isNamed(planned)) ||
		removalsOf(run).some(isNamed)
	);
}

function removalsOf({ cohorts }: FinishedRun): Change[] {
	return cohorts.flatMap(leaversToRemove);
}

/** `20 items`, or in a mirror with three leavers `23 items and removals`. */
function extentOf(run: FinishedRun): string {
	const removals = removalsOf(run).length;
	const { length } = run.items;
	return removals === 0
		? counted(length, 'item')
		: `${written(length + removals)} items and removals`;
}

/** n8n rewrites a message that happens to hold the name of a system error, such as EPERM in an id. */
function inOurWords<T extends NodeApiError | NodeOperationError>(
	error: T,
	message: string,
	description: string,
): T {
	error.message = message;
	error.description = description;
	error.messages = [];
	return error;
}
