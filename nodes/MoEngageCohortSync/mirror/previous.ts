import type { IExecuteFunctions } from 'n8n-workflow';
import type { Connection } from '../delivery/send';
import { isTool } from '../input/caller';
import type { Settings } from '../input/settings';
import { Refusal } from '../refusal';
import type { PreviousSource } from './mirror';
import { secondInput } from './secondInput';
import type { NodeRun, Turn } from './turn';
import { takeTurn } from './turn';
import { workflowMemory } from './workflowMemory';

/** The previous members for one run, which has its turn at their cohorts until it closes them. */
export type Previous = PreviousSource & Turn;

/**
 * Opens what the node's 'Previous Members' names.
 *
 * @param startedAt wall time in ms since 1970
 * @throws Refusal where a mirror makes no sense: as an AI tool, as a retry, without items or a second input
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
	const source =
		where === 'input'
			? secondInput(context)
			: workflowMemory(context, connection, settings, startedAt);
	const { of, close } = takeTurn(
		source.of,
		connection.workspace,
		nodeRunOf(context),
		settings.dryRun,
	);
	return { of, keep: source.keep, hints: source.hints, close };
}

function refuseSenselessMirror(context: IExecuteFunctions): void {
	if (isTool(context)) {
		throw new Refusal(
			"An AI agent can't mirror an audience: a call brings one item, and everyone else would be removed",
			"Choose 'Add Members', 'Remove Members' or 'Update Membership' in 'Operation'.",
		);
	}
	if (context.getMode() === 'retry') {
		throw new Refusal(
			'A retry brings the audience of the earlier execution, which may be out of date',
			'Nothing was sent. Run the workflow again instead, so that the source is asked anew.',
			'not_sent',
		);
	}
	if (context.getInputData().length === 0) {
		throw new Refusal(
			'The first input brings no items, so nothing was sent and nobody was removed',
			"Check the source of the audience: a mirror needs all members as items. To empty a cohort, mirror one user of your own with a 'Removal Limit (%)' of 100.",
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
