import type { IExecuteFunctions } from 'n8n-workflow';
import type { Plan } from '../plan/changes';
import { claimPart, MemoryShelf } from './memoryShelf';
import type { PreviousOf } from './mirror';
import { isTool } from '../input/caller';
import { rawParameter } from '../input/parameters';
import type { PreviousRows } from './previousRows';
import { readPreviousRows } from './previousRows';
import { parseReference } from '../input/reference';
import { Refusal } from '../refusal';
import { Remembered } from './remembered';
import type { Connection } from '../delivery/send';
import type { NodeRun, Workspace } from '../delivery/workspace';
import type { Settings } from '../input/settings';
import { counted } from '../wording';
import type { Work } from '../work';

/** Where a mirror learns who was in its cohorts before, and keeps who is in after. */
export interface Previous {
	/** What a cohort held, or why that can't be told. */
	of: PreviousOf;
	/** Keeps what the finished run has come to. */
	keep: (plan: Plan) => Work<void>;
	/** What a person should know about it. */
	hints: () => string[];
	/** Lets the next mirror of the same cohorts start. */
	close: () => void;
}

/** For all operations but Mirror. */
export const noPrevious: Previous = {
	*of() {
		yield;
		return { members: [] };
	},
	*keep() {},
	hints: () => [],
	close: () => {},
};

/** One for all executions in this process. */
const shelf = new MemoryShelf();

/**
 * Opens what the node's 'Previous Members' names.
 *
 * @param startedAt wall time in ms since 1970
 * @throws Refusal where a mirror makes no sense: as an AI tool, without any item, without a second input
 */
export function openPrevious(
	context: IExecuteFunctions,
	connection: Connection,
	settings: Settings,
	startedAt: number,
): Previous {
	refuseSenselessMirror(context);
	const where = context.getNodeParameter('previousMembers', 0);
	if (where !== 'input' && where !== 'remember') {
		throw new Refusal(
			"'Previous Members' has no such choice",
			"Choose 'Remember in This Workflow' or 'Second Input'.",
		);
	}
	const previous =
		where === 'input'
			? secondInput(context)
			: workflowMemory(context, connection, settings, startedAt);
	return oneAtATime(previous, connection.workspace, nodeRunOf(context));
}

function refuseSenselessMirror(context: IExecuteFunctions): void {
	if (isTool(context)) {
		throw new Refusal(
			"An AI agent can't mirror an audience: a call brings one item, and everyone else would be removed",
			"Choose 'Add Members', 'Remove Members' or 'Update Membership' in 'Operation'.",
		);
	}
	if (context.getInputData().length === 0) {
		throw new Refusal(
			'The first input brings no items, so nothing was sent and nobody was removed',
			"Check the source of the audience: a mirror needs all members as items. To empty a cohort, use 'Remove Members'.",
		);
	}
}

function nodeRunOf(context: IExecuteFunctions): NodeRun {
	return {
		execution: context.getExecutionId(),
		node: context.getNode().name,
		index: context.getWorkflowDataProxy(0).$runIndex,
	};
}

/** True for a part of an audience, of which an earlier run in the same execution brought another part. */
function isLaterPart({ execution, node, index }: NodeRun, earlier: NodeRun | undefined): boolean {
	const isSame = earlier?.execution === execution && earlier?.node === node;
	return execution !== undefined && isSame && earlier.index < index;
}

/** Refuses a cohort that another run is at work on, or of which it has mirrored another part. */
function oneAtATime(
	previous: Omit<Previous, 'close'>,
	{ mirroring, mirrored }: Workspace,
	thisRun: NodeRun,
): Previous {
	const mine: string[] = [];
	return {
		...previous,
		*of(changes, cohorts) {
			const { id, name } = changes.cohort;
			if (mirroring.has(id)) {
				return new Refusal(
					`Another execution is mirroring the cohort "${name}" at this moment`,
					'Nothing was sent for it by this one. Let the schedule leave more time between two runs.',
					'not_sent',
				);
			}
			if (isLaterPart(thisRun, mirrored.get(id))) {
				return new Refusal(
					`An earlier run of this node in the same execution has mirrored the cohort "${name}" already`,
					'Nothing was sent for it by this one, which would have removed the members of the first. In a loop, or with two sources on one input, n8n runs the node once for each part of the audience: bring all items together before it, with a Merge node or after the loop.',
					'not_sent',
				);
			}
			mirrored.set(id, thisRun);
			mirroring.add(id);
			mine.push(id);
			return yield* previous.of(changes, cohorts);
		},
		close: () => mine.forEach((id) => mirroring.delete(id)),
	};
}

function workflowMemory(
	context: IExecuteFunctions,
	{ name, workspace }: Connection,
	{ resendAfter }: Settings,
	startedAt: number,
): Omit<Previous, 'close'> {
	// The workflow's and not the node's, so that renaming the node loses nothing.
	const staticData = context.getWorkflowStaticData('global');
	if (isOnWorker(context) && !claimPart(staticData)) throw nothingHandedOver();
	const remembered = new Remembered({
		shelf,
		workflowId: context.getWorkflow().id ?? '',
		staticData,
		workspaceName: name,
		resendAfter,
		startedAt,
	});
	let isUnsaved = false;
	return {
		of: (changes) => remembered.of(changes),
		*keep(plan) {
			yield* remembered.keep(plan, workspace.clock.now());
			isUnsaved = context.getMode() === 'manual';
		},
		hints: () =>
			isUnsaved
				? [
						"This was a test run from the editor: n8n does not save what the workflow remembers then. Until n8n restarts, the node knows all the same what it sent. While you build, the option 'Dry Run' shows what would happen without sending.",
					]
				: [],
	};
}

/**
 * Whether a worker of the queue mode of n8n 2.x runs this. In production it gets a copy of the workflow that
 * counts as inactive and comes without static data (seen on n8n 2.40.7), so that each worker would mirror by
 * its own, older memory. n8n 1.123, which has no custom data, hands the static data over.
 */
function isOnWorker(context: IExecuteFunctions): boolean {
	const isProduction = ['trigger', 'webhook'].includes(context.getMode());
	return isProduction && !context.getWorkflow().active && context.customData !== undefined;
}

/** The claimed part is saved with this run: an n8n that hands it over next time is trusted from then on. */
function nothingHandedOver(): Refusal {
	return new Refusal(
		"n8n handed over nothing of what this workflow remembers, so Mirror can't tell who left",
		"Nothing was sent. In queue mode n8n 2.x does not give it to the workers. Move this node into a workflow of its own, which yours calls with 'Execute Sub-workflow': there n8n does. Or set 'Previous Members' to 'Second Input'. If this was the workflow's first run and the next one goes through, all is well.",
		'not_sent',
	);
}

function secondInput(context: IExecuteFunctions): Omit<Previous, 'close'> {
	if (context.getInputSourceData(1) === undefined) {
		throw new Refusal(
			"The second input is not connected, and 'Previous Members' says that it holds them",
			"Connect the node that brings the cohort's previous members, or set 'Previous Members' to 'Remember in This Workflow'.",
		);
	}
	const rows = context.getInputData(1).map(({ json }) => json);
	const pathOf = (name: 'userId' | 'anonymousId' | 'cohortId') => {
		const raw = rawParameter(context, name);
		return typeof raw === 'string' ? parseReference(raw) : undefined;
	};
	const paths = {
		userId: pathOf('userId'),
		anonymousId: pathOf('anonymousId'),
		cohortId: pathOf('cohortId'),
	};
	let read: PreviousRows | undefined;
	return {
		*of({ cohort }, cohorts) {
			const ids = cohorts.map(({ cohort: { id } }) => id);
			read ??= yield* readPreviousRows(rows, paths, ids);
			return { members: read.byCohortId.get(cohort.id) ?? [] };
		},
		*keep() {},
		hints: () => {
			const unusable = read?.unusable ?? 0;
			if (unusable === 0) return [];
			return [
				`${counted(unusable, 'row')} of the second input ${unusable === 1 ? 'was' : 'were'} skipped: a row needs 'uid' or 'anonymous_id', and 'cohort_id' where the run has several cohorts.`,
			];
		},
	};
}
