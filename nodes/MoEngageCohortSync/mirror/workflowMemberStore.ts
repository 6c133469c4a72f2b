import type { IExecuteFunctions } from 'n8n-workflow';
import type { Change } from '../model/change';
import type { Cohort } from '../model/cohort';
import type { Member } from '../model/member';
import type { Notice } from '../model/notice';
import type { MirrorProblem } from '../model/problem';
import { RunError } from '../model/problem';
import type { RunResult } from '../model/run';
import type { Settings } from '../model/settings';
import type { CohortMembers } from '../plan/plan';
import type { Task } from '../slicing';
import { membersAfter } from './membersAfter';
import type { MemberStore, PreviousMembers } from './memberStore';
import { textLength } from './snapshotCodec';
import type { WorkflowRef } from './snapshotStore';
import { hasMemory, SnapshotStore } from './snapshotStore';

/**
 * The longest text of members that a workflow remembers, of all its cohorts: about a million 36-character
 * IDs. n8n loads and saves all of a workflow's static data as one piece, with every execution.
 */
export const MAX_MEMORY_LENGTH = 40_000_000;

const DAY_MS = 24 * 60 * 60 * 1000;

const WAIT_NODE = 'n8n-nodes-base.wait';

/** One for all executions in this process. */
const processSnapshots = new SnapshotStore();

/**
 * Opens what the workflow itself remembers.
 *
 * @param workspaceName tells one MoEngage workspace from another
 * @param startedAt wall time in ms since 1970
 * @throws RunError where n8n keeps the memory back: each run would count as the first one, and what it saves would
 * take the place of all that n8n has saved
 */
export function openWorkflowMemberStore(
	context: IExecuteFunctions,
	workspaceName: string,
	{ resendAfter }: Pick<Settings, 'resendAfter'>,
	startedAt: number,
): MemberStore {
	const workflow = {
		workflowId: context.getWorkflow().id ?? '',
		// The workflow's and not the node's, so that renaming the node loses nothing.
		staticData: context.getWorkflowStaticData('global'),
	};
	if (!hasMemory(workflow) && mayBeWithheld(context)) {
		throw new RunError({ code: 'memory_withheld' }, 'not_sent');
	}
	return new WorkflowMemberStore({
		snapshots: processSnapshots,
		workflow,
		workspaceName,
		resendAfter,
		startedAt,
		isManual: context.getMode() === 'manual',
	});
}

/**
 * Whether n8n may have run this without the workflow's static data, as 2.x does: on a worker in production,
 * which gets a copy of the workflow that counts as inactive (seen on n8n 2.40.7); and when a Wait node of
 * more than a minute has ended, also in a sub-workflow (seen on n8n 2.40.7). That a sub-workflow has waited,
 * the workflow that called it can't tell. n8n 1.123, which has no custom data, hands the data over.
 */
function mayBeWithheld(context: IExecuteFunctions): boolean {
	const mode = context.getMode();
	if (mode === 'manual' || context.customData === undefined) return false;
	const before = context.getParentNodes(context.getNode().name);
	if (before.some(({ type, disabled }) => type === WAIT_NODE && !disabled)) return true;
	return ['trigger', 'webhook'].includes(mode) && !context.getWorkflow().active;
}

export interface WorkflowMemberStoreOptions {
	readonly snapshots: SnapshotStore;
	readonly workflow: WorkflowRef;
	/** Tells one MoEngage workspace from another. */
	readonly workspaceName: string;
	/** Send everyone again when the last time is so many days ago; 0 for never. */
	readonly resendAfter: number;
	/** When the run started, in ms since 1970. */
	readonly startedAt: number;
	/** A run from the editor, after which n8n saves no static data. */
	readonly isManual: boolean;
}

/** What a workflow remembers of its cohorts, for one run. */
export class WorkflowMemberStore implements MemberStore {
	/** By cohort; `undefined` where nothing was remembered. */
	private readonly lastFullSends = new Map<Cohort, number | undefined>();
	/** Characters that the workflow's snapshots will take: by key, and together. */
	private readonly lengths: Map<string, number>;
	private totalLength = 0;
	private isUnsaved = false;

	constructor(private readonly options: WorkflowMemberStoreOptions) {
		const { snapshots, workflow } = options;
		snapshots.receive(workflow);
		this.lengths = snapshots.lengths(workflow);
		for (const length of this.lengths.values()) this.totalLength += length;
	}

	*load({ cohort, members }: CohortMembers): Task<PreviousMembers | MirrorProblem> {
		const { snapshots, workflow } = this.options;
		const snapshot = yield* snapshots.read(workflow, this.keyOf(cohort));
		if (typeof snapshot === 'string') return { code: snapshot, cohortName: cohort.name };
		const full = this.reserve(cohort, members);
		if (full !== undefined) return full;
		this.lastFullSends.set(cohort, snapshot?.lastFullSend);
		if (snapshot === undefined) return { members: [], resendAll: false };
		return { members: snapshot.members, resendAll: this.isResendDue(snapshot.lastFullSend) };
	}

	*save({ cohorts }: RunResult, now: number): Task<void> {
		const { snapshots, workflow, startedAt, isManual } = this.options;
		const keys: string[] = [];
		for (const { plan } of cohorts) {
			// Of a refused cohort nothing was sent: what could not be read stays as it is.
			if (plan.kind === 'refused') continue;
			const key = this.keyOf(plan.cohort);
			const before = this.lastFullSends.get(plan.cohort);
			const lastFullSend = isFullSend(plan.members) ? startedAt : (before ?? startedAt);
			// So that further anonymous IDs take no cohort's room, they fill half of it at most.
			const members = yield* membersAfter(plan, MAX_MEMORY_LENGTH / 2 - this.totalLength);
			yield* snapshots.hold(workflow, key, { members, lastFullSend }, now);
			keys.push(key);
		}
		if (keys.length > 0) snapshots.save(workflow, keys);
		this.isUnsaved = isManual;
	}

	notices(): readonly Notice[] {
		return this.isUnsaved ? [{ code: 'memory_not_saved' }] : [];
	}

	private isResendDue(lastFullSend: number): boolean {
		const { resendAfter, startedAt } = this.options;
		const age = startedAt - lastFullSend;
		// A clock that was ahead once would put it off until then.
		return resendAfter > 0 && (age > resendAfter * DAY_MS || age < 0);
	}

	/** Sets room aside for a cohort's members, or says why there is too little. */
	private reserve(cohort: Cohort, members: readonly Member[]): MirrorProblem | undefined {
		const key = this.keyOf(cohort);
		const length = textLength(members);
		const others = this.totalLength - (this.lengths.get(key) ?? 0);
		if (length + others > MAX_MEMORY_LENGTH) {
			const fitsAlone = length <= MAX_MEMORY_LENGTH;
			return { code: 'memory_full', members: members.length, fitsAlone };
		}
		this.lengths.set(key, length);
		this.totalLength = others + length;
		return undefined;
	}

	private keyOf({ id }: Cohort): string {
		return `${this.options.workspaceName} ${id}`;
	}
}

/** True where every member was sent and answered. One that MoEngage refuses is no reason to send everyone again. */
function isFullSend(members: readonly Change[]): boolean {
	const statuses = new Set(members.map(({ outcome }) => outcome?.status));
	statuses.delete('rejected');
	statuses.delete('invalid');
	return statuses.size === 1 && statuses.has('accepted');
}
