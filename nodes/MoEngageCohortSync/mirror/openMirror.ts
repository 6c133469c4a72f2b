import type { IExecuteFunctions } from 'n8n-workflow';
import { isTool } from '../input/errorPolicy';
import type { Notice } from '../model/notice';
import type { CohortPlan } from '../model/plan';
import { RunError } from '../model/problem';
import type { RunResult } from '../model/run';
import type { Settings } from '../model/settings';
import type { ItemPlan } from '../plan/plan';
import type { Task } from '../slicing';
import type { NodeRun } from './cohortLock';
import { createCohortLocks } from './cohortLock';
import type { MemberStore } from './memberStore';
import { planMirror } from './mirror';
import { openSecondInputMemberStore } from './secondInputMemberStore';
import { openWorkflowMemberStore } from './workflowMemberStore';

/** What one run of the operation Mirror has beside the other operations. */
export interface Mirror {
	/**
	 * Compares the input with what the cohorts held.
	 *
	 * @param isBlankInput the input is one item without any field
	 * @throws RunError where the source brought nothing at all
	 */
	plan(plan: ItemPlan, isBlankInput: boolean): Task<readonly CohortPlan[]>;
	/** Keeps what the finished run has come to. `now` is in ms since 1970. */
	save(run: RunResult, now: number): Task<void>;
	/** What a person should know about the previous members, after `save`. */
	notices(): readonly Notice[];
	/** Lets the next mirror of the same cohorts start. */
	close(): void;
}

/** The MoEngage workspace whose cohorts are mirrored. */
export interface MirroredWorkspace {
	/** Tells one workspace from another. */
	readonly workspaceName: string;
	/** The object that all runs of the workspace in this process share. */
	readonly workspace: object;
}

/**
 * Opens a mirror of the audience in the node's first input.
 *
 * @param startedAt wall time in ms since 1970
 * @throws RunError where a mirror makes no sense, or can't know who was in the cohorts
 */
export function openMirror(
	context: IExecuteFunctions,
	{ workspace, workspaceName }: MirroredWorkspace,
	settings: Settings,
	startedAt: number,
): Mirror {
	refuseSenselessMirror(context);
	const store = openMemberStore(context, workspaceName, settings, startedAt);
	const locks = createCohortLocks(workspace, nodeRunOf(context), settings.dryRun);
	return {
		plan: (plan, isBlankInput) => planMirror(plan, isBlankInput, store, locks, settings),
		save: (run, now) => store.save(run, now),
		notices: () => store.notices(),
		close: () => locks.release(),
	};
}

function refuseSenselessMirror(context: IExecuteFunctions): void {
	if (isTool(context)) throw new RunError({ code: 'mirror_as_tool' });
	if (context.getNode().executeOnce === true) {
		throw new RunError({ code: 'mirror_execute_once' }, 'not_sent');
	}
	if (context.getMode() === 'retry') throw new RunError({ code: 'mirror_in_retry' }, 'not_sent');
	if (context.getInputData().length === 0) throw new RunError({ code: 'mirror_without_items' });
}

/** Opens what the node's 'Previous Members' names. */
function openMemberStore(
	context: IExecuteFunctions,
	workspaceName: string,
	settings: Settings,
	startedAt: number,
): MemberStore {
	const choice = context.getNodeParameter('previousMembers', 0);
	if (choice === 'input') return openSecondInputMemberStore(context);
	if (choice === 'remember') {
		return openWorkflowMemberStore(context, workspaceName, settings, startedAt);
	}
	throw new RunError({ code: 'unknown_choice', field: 'Previous Members' });
}

function nodeRunOf(context: IExecuteFunctions): NodeRun {
	return {
		execution: context.getExecutionId(),
		node: context.getNode().name,
		index: context.getWorkflowDataProxy(0).$runIndex,
	};
}
