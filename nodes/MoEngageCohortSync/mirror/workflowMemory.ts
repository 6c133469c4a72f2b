import type { IExecuteFunctions } from 'n8n-workflow';
import type { Connection } from '../delivery/send';
import type { Settings } from '../input/settings';
import { Refusal } from '../refusal';
import type { MemoryHome } from './memoryShelf';
import { hasMemory, MemoryShelf } from './memoryShelf';
import type { PreviousSource } from './mirror';
import { Remembered } from './remembered';

const WAIT = 'n8n-nodes-base.wait';

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
	const home = { workflowId: context.getWorkflow().id ?? '', staticData };
	refuseWithoutMemory(context, home);
	const remembered = new Remembered({
		shelf,
		...home,
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
 * Refuses where n8n has kept back what the workflow remembers: each run would count as the first one, and what
 * it saves would take the place of all that n8n has saved. So nothing is written here either.
 */
function refuseWithoutMemory(context: IExecuteFunctions, home: MemoryHome): void {
	if (hasMemory(home) || !mayBeKeptBack(context)) return;
	throw new Refusal(
		"n8n gave Mirror nothing of what this workflow remembers, so it can't tell who left",
		"Nothing was sent. n8n 2.x leaves it out on the workers of its queue mode, and where a Wait node comes before. Move this node into a workflow of its own and call that with 'Execute Sub-workflow' ('Run once with all items'), or set 'Previous Members' to 'Second Input'.",
		'not_sent',
	);
}

/**
 * Whether n8n may have run this without the workflow's static data, as 2.x does: on a worker in production,
 * which gets a copy of the workflow that counts as inactive (seen on n8n 2.40.7); and when a Wait node of
 * more than a minute has ended, also in a sub-workflow (seen on n8n 2.40.7). That a sub-workflow has waited,
 * the workflow that called it can't tell. n8n 1.123, which has no custom data, hands the data over.
 */
function mayBeKeptBack(context: IExecuteFunctions): boolean {
	const mode = context.getMode();
	if (mode === 'manual' || context.customData === undefined) return false;
	const before = context.getParentNodes(context.getNode().name);
	if (before.some(({ type, disabled }) => type === WAIT && !disabled)) return true;
	return ['trigger', 'webhook'].includes(mode) && !context.getWorkflow().active;
}
