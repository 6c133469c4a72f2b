import type { IExecuteFunctions } from 'n8n-workflow';
import type { Connection } from '../delivery/send';
import type { Settings } from '../input/settings';
import { Refusal } from '../refusal';
import { claimPart, MemoryShelf } from './memoryShelf';
import type { PreviousSource } from './mirror';
import { Remembered } from './remembered';

/** One for all executions in this process. */
const shelf = new MemoryShelf();

/** What the workflow itself remembers. `startedAt` is wall time in ms since 1970. */
export function workflowMemory(
	context: IExecuteFunctions,
	{ name, workspace }: Connection,
	{ resendAfter }: Settings,
	startedAt: number,
): PreviousSource {
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
		"n8n gave Mirror nothing of what this workflow remembers, so it can't tell who left",
		"Nothing was sent. If this was the first run, run it once more. If you read this again, your n8n 2.x runs in queue mode, where workers don't get this memory: move this node into a workflow of its own and call that with 'Execute Sub-workflow', or set 'Previous Members' to 'Second Input'.",
		'not_sent',
	);
}
