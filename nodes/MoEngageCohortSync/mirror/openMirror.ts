import type { IExecuteFunctions } from 'n8n-workflow';
import { sleepUntil } from '../clock';
import { isTool } from '../input/errorPolicy';
import { readSwitch } from '../input/settings';
import type { Notice } from '../model/notice';
import type { CohortPlan } from '../model/plan';
import type { SwitchLabel } from '../model/problem';
import { RunError } from '../model/problem';
import type { RunResult } from '../model/run';
import type { Settings } from '../model/settings';
import type { ItemPlan } from '../plan/plan';
import type { Task } from '../slicing';
import { systemClock } from '../systemClock';
import type { NodeRun } from './cohortLock';
import { createCohortLocks } from './cohortLock';
import type { MemberStore } from './memberStore';
import { claimCohorts, planMirror } from './mirror';
import { RENEW_EVERY_MS } from './runLease';
import { openSecondInputMemberStore } from './secondInputMemberStore';
import type { CohortSwitches } from './workflowMemberStore';
import { openWorkflowMemberStore } from './workflowMemberStore';

/** What a run of Mirror does in addition to the other operations. */
export interface Mirror {
	/** Compares the input with what the cohorts held. */
	plan(plan: ItemPlan): Task<readonly CohortPlan[]>;
	/**
	 * Claims the cohorts, right before the first request.
	 *
	 * @returns the plans in their order; one with a different `resend` has to be packed again
	 * @throws RunError if another run is in progress, or the memory is missing
	 */
	claim(plans: readonly CohortPlan[]): Promise<readonly CohortPlan[]>;
	/**
	 * Keeps the claim until the run has sent everything.
	 *
	 * @returns whether another run of the node was in progress at the same time
	 */
	holdWhile(sending: Promise<unknown>, stop: AbortSignal | undefined): Promise<boolean>;
	/** Saves the result of the finished run. `now` is in ms since 1970. */
	save(run: RunResult, now: number): Task<void>;
	/** What the user should know about the previous members, after `save`. `plans` are those of the run's cohorts. */
	notices(plans: readonly CohortPlan[]): readonly Notice[];
	/** Lets the next mirror of the same cohorts start. */
	close(): Promise<void>;
}

/** The MoEngage workspace whose cohorts are mirrored. */
export interface MirroredWorkspace {
	/** Identifies the workspace. */
	readonly workspaceName: string;
	/** The object that all runs for the workspace in this process share. */
	readonly workspace: object;
}

/**
 * Opens a mirror of the audience in the node's first input.
 *
 * @param startedAt wall time in ms since 1970
 * @throws RunError if a mirror makes no sense here, or can't know who was in the cohorts
 */
export function openMirror(
	context: IExecuteFunctions,
	{ workspace, workspaceName }: MirroredWorkspace,
	settings: Settings,
	startedAt: number,
): Mirror {
	refuseSenselessMirror(context);
	const locks = createCohortLocks(workspace, nodeRunOf(context), settings.dryRun);
	const store = openMemberStore(context, workspaceName, settings, startedAt);
	return {
		plan: (plan) => planMirror(plan, store, locks, settings),
		claim: async (plans) => await claimCohorts(plans, store),
		holdWhile: async (sending, stop) => await holdWhile(store, sending, stop),
		save: (run, now) => store.save(run, now),
		notices: (plans) => store.notices(plans),
		close: async () => {
			locks.release();
			await store.close();
		},
	};
}

async function holdWhile(
	store: MemberStore,
	sending: Promise<unknown>,
	stop: AbortSignal | undefined,
): Promise<boolean> {
	let isOver = false;
	const keep = async () => {
		while (!isOver) {
			await sleepUntil(() => isOver, RENEW_EVERY_MS, systemClock);
			if (!isOver) await store.renew();
		}
	};
	void keep();
	try {
		await sending;
	} finally {
		isOver = true;
	}
	return await store.release(stop?.aborted === true);
}

function refuseSenselessMirror(context: IExecuteFunctions): void {
	if (isTool(context)) throw new RunError({ code: 'mirror_as_tool' });
	if (context.getNode().executeOnce === true) {
		throw new RunError({ code: 'mirror_execute_once' }, 'not_sent');
	}
	if (context.getMode() === 'retry') throw new RunError({ code: 'mirror_in_retry' }, 'not_sent');
	if (context.getInputData().length === 0)
		throw new RunError({ code: 'mirror_without_items' }, 'not_sent');
}

/** Opens the member store that 'Previous Members' selects. */
function openMemberStore(
	context: IExecuteFunctions,
	workspaceName: string,
	settings: Settings,
	startedAt: number,
): MemberStore {
	const choice = context.getNodeParameter('previousMembers', 0);
	if (choice === 'input') return openSecondInputMemberStore(context, settings);
	if (choice === 'remember') {
		const switchesOf = createSwitchReader(context);
		return openWorkflowMemberStore(context, workspaceName, settings, startedAt, switchesOf);
	}
	throw new RunError({ code: 'unknown_choice', field: 'Previous Members' });
}

/** Reads a cohort's switches for its first item: both may be expressions. */
function createSwitchReader(context: IExecuteFunctions): (item: number) => CohortSwitches {
	const raw = context.getNodeParameter('options', 0, {}, { rawExpressions: true });
	const read = (name: keyof CohortSwitches, label: SwitchLabel) => {
		if (typeof raw !== 'object' || raw === null || !(name in raw)) return () => false;
		return (item: number) => readSwitch(label, context.getNodeParameter(`options.${name}`, item));
	};
	const sendEveryone = read('sendEveryone', 'Send Everyone Now');
	const startOver = read('startOver', 'Start Over');
	return (item) => ({ sendEveryone: sendEveryone(item), startOver: startOver(item) });
}

function nodeRunOf(context: IExecuteFunctions): NodeRun {
	return {
		execution: context.getExecutionId(),
		node: context.getNode().name,
		index: context.getWorkflowDataProxy(0).$runIndex,
	};
}
