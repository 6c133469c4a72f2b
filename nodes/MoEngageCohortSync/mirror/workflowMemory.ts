import type { IExecuteFunctions } from 'n8n-workflow';
import { systemClock } from '../systemClock';
import { nodeHighWaterMark } from './deduplication';
import type { RunLease } from './runLease';
import { RunLeases } from './runLease';
import type { WorkflowRef } from './snapshotStore';
import { SnapshotStore } from './snapshotStore';

/** Shared by all executions in this process. */
const leases = new RunLeases();
const snapshots = new SnapshotStore(undefined, leases);

/** What the workflow remembers, and the right of this run to change it. */
export interface WorkflowMemory {
	readonly snapshots: SnapshotStore;
	readonly workflow: WorkflowRef;
	readonly lease: RunLease;
}

/** The workflow's memory as n8n has loaded it. */
export function workflowRefOf(context: IExecuteFunctions): WorkflowRef {
	return {
		workflowId: context.getWorkflow().id ?? '',
		// The workflow's static data and not the node's, so that renaming the node loses nothing.
		staticData: context.getWorkflowStaticData('global'),
	};
}

/**
 * Opens a workflow's memory. Its lease must always be released.
 *
 * @param isUnsaved n8n does not save what the run writes to it
 * @param isDryRun the run writes nothing to it
 */
export function openWorkflowMemory(
	context: IExecuteFunctions,
	{ isUnsaved, isDryRun }: { readonly isUnsaved: boolean; readonly isDryRun: boolean },
): WorkflowMemory {
	const workflow = workflowRefOf(context);
	if (!isUnsaved && !isDryRun) snapshots.receive(workflow);
	const nodeId = context.getNode().id;
	const run = {
		workflowId: workflow.workflowId,
		nodeId,
		loadedNumber: snapshots.loadedNumber(workflow, nodeId),
		isUnsaved,
	};
	const lease = leases.open(run, nodeHighWaterMark(context), systemClock);
	return { snapshots, workflow, lease };
}

/** Whether the node has a number in the memory, so that a run without the memory has to change the mark. */
export function hasRunNumber({ staticData, workflowId }: WorkflowRef, nodeId: string): boolean {
	const loaded = snapshots.runsOf({ workflowId, staticData }).numbers;
	return leases.numbersToStore(workflowId, loaded)[nodeId] !== undefined;
}
