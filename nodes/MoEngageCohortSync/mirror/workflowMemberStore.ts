import type { IExecuteFunctions } from 'n8n-workflow';
import type { Cohort } from '../model/cohort';
import type { Member } from '../model/member';
import type { Notice } from '../model/notice';
import type { CohortPlan, PlannedCohort, ResendReason } from '../model/plan';
import { isFullSend } from '../model/plan';
import type { MirrorProblem } from '../model/problem';
import { RunError } from '../model/problem';
import type { CohortRun, RunResult } from '../model/run';
import type { Settings } from '../model/settings';
import type { CohortMembers } from '../plan/plan';
import type { Task } from '../slicing';
import { membersAfter } from './membersAfter';
import type { Claim, MemberStore, PreviousMembers } from './memberStore';
import type { Acquisition, RunLease } from './runLease';
import type { CohortSnapshot } from './snapshotCodec';
import { storedLengthOf, textLength } from './snapshotCodec';
import type { SnapshotStore, StoredCohort, WorkflowRef } from './snapshotStore';
import { hasMemory } from './snapshotStore';
import { lossOf } from './storedRuns';
import { openWorkflowMemory, workflowRefOf } from './workflowMemory';

/**
 * The most characters that a workflow stores for the members of all its cohorts: 1.8 million UUIDs, or several million
 * numbers. n8n loads and saves all of a workflow's static data as one piece, with every execution.
 */
export const MAX_MEMORY_LENGTH = 40_000_000;

const DAY_MS = 24 * 60 * 60 * 1000;

const WAIT_NODE = 'n8n-nodes-base.wait';

/** How many cohorts a message names. */
const LARGEST_COHORTS = 3;

/** The options of a cohort that are switches. */
export interface CohortSwitches {
	readonly sendEveryone: boolean;
	readonly startOver: boolean;
}

/**
 * Opens the members that the workflow itself remembers.
 *
 * @param workspaceName identifies the MoEngage workspace
 * @param startedAt wall time in ms since 1970
 * @param switchesOf returns the switches of the cohort whose first item this is
 * @throws RunError if n8n does not load the memory: each run would count as the first one, and would overwrite
 * everything that n8n has saved
 */
export function openWorkflowMemberStore(
	context: IExecuteFunctions,
	workspaceName: string,
	{ resendAfter, forgetAfter, dryRun }: Pick<Settings, 'resendAfter' | 'forgetAfter' | 'dryRun'>,
	startedAt: number,
	switchesOf: (item: number) => CohortSwitches,
): MemberStore {
	if (!hasMemory(workflowRefOf(context)) && mayBeWithheld(context)) {
		throw new RunError({ code: 'memory_not_loaded' }, 'not_sent');
	}
	const isManual = context.getMode() === 'manual';
	return new WorkflowMemberStore({
		...openWorkflowMemory(context, { isUnsaved: isManual, isDryRun: dryRun }),
		workspaceName,
		resendAfter,
		forgetAfter,
		startedAt,
		isManual,
		switchesOf,
		maxLength: MAX_MEMORY_LENGTH,
	});
}

/**
 * Whether n8n may have run this without loading the workflow's static data. n8n 2.x does that in production on a
 * worker, which gets a copy of the workflow that counts as inactive (seen on n8n 2.40.7), and after a Wait node of
 * more than a minute, also in a sub-workflow (seen on n8n 2.40.7). The calling workflow can't detect that a
 * sub-workflow has waited. n8n 1.123, which has no custom data, does load it.
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
	readonly lease: Pick<RunLease, 'acquire' | 'renew' | 'release'>;
	/** Identifies the MoEngage workspace. */
	readonly workspaceName: string;
	/** Send everyone again after this many days; 0 for never. */
	readonly resendAfter: number;
	/** Forget cohorts that were not mirrored for this many days; 0 for never. */
	readonly forgetAfter: number;
	/** When the run started, in ms since 1970. */
	readonly startedAt: number;
	/** A run from the editor, after which n8n saves no static data. */
	readonly isManual: boolean;
	/** Returns the switches of the cohort whose first item this is. */
	readonly switchesOf: (item: number) => CohortSwitches;
	/** The most characters that the workflow may store for members. */
	readonly maxLength: number;
}

/** The memory of one cohort of the run. */
interface RememberedCohort extends CohortSwitches {
	/** Missing if nothing is remembered, or it can't be read and the cohort starts over. */
	readonly snapshot: CohortSnapshot | undefined;
	/** The memory comes from this process and not from n8n. */
	readonly isHeld: boolean;
	/** 'Start Over' is on and takes effect. */
	readonly startsOver: boolean;
	/** A lost run affects it. */
	isEarlierRunLost: boolean;
}

/** What a workflow remembers about its cohorts, for one run. */
export class WorkflowMemberStore implements MemberStore {
	private readonly remembered = new Map<Cohort, RememberedCohort>();
	/** The keys of all cohorts in the input, also of those that are refused. */
	private readonly inputKeys = new Set<string>();
	/** Everything that the workflow remembered before the run, by key. */
	private readonly stored: ReadonlyMap<string, StoredCohort>;
	/** Characters that the workflow's snapshots will take: by key, and in total. */
	private readonly lengths: Map<string, number>;
	private totalLength = 0;
	/** The members of cohorts of which only the most that they can take is known, by key. */
	private readonly estimated = new Map<string, readonly Member[]>();
	private acquisition: Acquisition | undefined;
	/** The `lostAt` of the workflow's latest lost run when this run was about to send. */
	private lostAt: number | undefined;
	private overlapped = false;
	private isUnsaved = false;
	/** The run's changes are not in the memory yet. */
	private isAhead = false;
	private forgotten: readonly string[] = [];

	constructor(private readonly options: WorkflowMemberStoreOptions) {
		const { snapshots, workflow, startedAt } = options;
		this.stored = snapshots.cohorts(workflow);
		// Forgetting cohorts first makes room for those of this run.
		const kept = [...this.stored].filter(([, cohort]) => !this.isUnused(cohort, startedAt));
		this.lengths = new Map(kept.map(([key, { length }]) => [key, length]));
		for (const length of this.lengths.values()) this.totalLength += length;
	}

	*load(
		{ cohort, firstItem, members }: CohortMembers,
		cohorts: readonly CohortMembers[],
	): Task<PreviousMembers | MirrorProblem> {
		const { snapshots, workflow, switchesOf } = this.options;
		// The same cohorts each time.
		if (this.inputKeys.size === 0) {
			for (const { cohort: other } of cohorts) this.inputKeys.add(this.keyOf(other));
		}
		const key = this.keyOf(cohort);
		const switches = switchesOf(firstItem);
		const read = yield* snapshots.read(workflow, key);
		if (typeof read === 'string' && !switches.startOver) {
			return { code: read, cohortName: cohort.name };
		}
		const snapshot = typeof read === 'string' ? undefined : read;
		const full = yield* this.reserve(cohort, members);
		if (full !== undefined) return full;
		const startsOver = switches.startOver && snapshot?.startedOver !== true;
		const isHeld = snapshots.isHeld(workflow, key);
		this.remembered.set(cohort, {
			...switches,
			snapshot,
			isHeld,
			startsOver,
			isEarlierRunLost: false,
		});
		const notBefore = (snapshot?.lastTimestamp ?? -1) + 1;
		if (snapshot === undefined || startsOver) return { members: [], notBefore };
		const resend = this.resendReason(cohort, snapshot, switches);
		return { members: snapshot.members, resend, notBefore };
	}

	async claim(cohorts: readonly PlannedCohort[]): Promise<ReadonlyMap<Cohort, Claim>> {
		const { lease, snapshots, workflow } = this.options;
		const states = cohorts.map(({ cohort }) => this.stateOf(cohort));
		const acquisition = await lease.acquire({
			hasMemory: states.some(({ snapshot }) => snapshot !== undefined),
			isHeld: states.every(({ isHeld }) => isHeld),
			sendEveryone: states.every(({ sendEveryone }) => sendEveryone),
			startOver: states.every(({ startOver }) => startOver),
		});
		this.acquisition = acquisition;
		if (acquisition.kind === 'refused') {
			const code = acquisition.reason === 'in_progress' ? 'run_in_progress' : 'memory_missing';
			throw new RunError({ code }, 'not_sent');
		}
		this.isAhead = true;
		let notBefore = 0;
		if (acquisition.kind === 'lost') {
			snapshots.noteLoss(workflow, acquisition.lostAt);
			notBefore = acquisition.notBefore;
		}
		// Only now: another run in this process may have noticed a loss while this one was planned.
		const runs = snapshots.runsOf(workflow);
		this.lostAt = runs.lostAt;
		const claims = new Map<Cohort, Claim>();
		for (const { cohort } of cohorts) {
			const state = this.stateOf(cohort);
			const loss = lossOf(runs, state.snapshot, this.options.startedAt);
			state.isEarlierRunLost = loss !== 'none';
			const { snapshot, isEarlierRunLost } = state;
			const resend = snapshot && resendReasonOf(isEarlierRunLost, acquisition);
			claims.set(cohort, { resend, notBefore, isEarlierRunLost });
		}
		return claims;
	}

	async renew(): Promise<void> {
		await this.options.lease.renew();
	}

	async release(isStopped: boolean): Promise<boolean> {
		const { lease, snapshots, workflow } = this.options;
		const { overlapped, lostAt } = await lease.release({ isStopped });
		if (lostAt !== undefined) snapshots.noteLoss(workflow, lostAt);
		this.overlapped ||= overlapped;
		return this.overlapped;
	}

	*save({ cohorts }: RunResult, now: number): Task<void> {
		const { snapshots, workflow, isManual, maxLength } = this.options;
		const keys: string[] = [];
		for (const run of cohorts) {
			// Nothing of a refused cohort was sent, so a memory that could not be read stays unchanged.
			if (run.plan.kind === 'refused') continue;
			const key = this.keyOf(run.plan.cohort);
			// Further anonymous IDs are kept only until half of the memory is full, so that they displace no cohort.
			const room = (maxLength / 2 - this.totalLength) / cohorts.length;
			yield* snapshots.hold(workflow, key, yield* this.snapshotAfter(run, run.plan, room), now);
			keys.push(key);
		}
		if (keys.length > 0) {
			this.forgetUnused(cohorts, now);
			snapshots.save(workflow, keys);
		}
		this.isUnsaved = isManual && keys.length > 0;
		this.isAhead = false;
	}

	async close(): Promise<void> {
		await this.release(false);
		const { snapshots, workflow, startedAt } = this.options;
		if (this.isAhead) snapshots.noteLoss(workflow, startedAt * 1000);
	}

	notices(plans: readonly CohortPlan[]): readonly Notice[] {
		const notices: Notice[] = [];
		const refused = new Set(
			plans.filter(({ kind }) => kind === 'refused').map(({ cohort }) => cohort),
		);
		const add = (
			code: 'earlier_run_lost' | 'started_over' | 'start_over_still_on',
			isMeant: (state: RememberedCohort, cohort: Cohort) => boolean,
		) => {
			const cohortNames = [...this.remembered]
				.filter(([cohort, state]) => isMeant(state, cohort))
				.map(([{ name }]) => name);
			if (cohortNames.length > 0) notices.push({ code, cohortNames });
		};
		add('earlier_run_lost', ({ isEarlierRunLost, startsOver }) => isEarlierRunLost && !startsOver);
		add('started_over', ({ startsOver }, cohort) => startsOver && !refused.has(cohort));
		add('start_over_still_on', ({ startOver, startsOver }) => startOver && !startsOver);
		if (this.overlapped) notices.push({ code: 'runs_overlapped' });
		const { isManual, forgetAfter } = this.options;
		if (this.acquisition?.kind === 'unchecked' && !isManual) {
			notices.push({ code: 'memory_unchecked' });
		}
		const missing = this.missingCohorts();
		if (missing.length > 0) notices.push({ code: 'cohorts_missing', cohortNames: missing });
		if (this.forgotten.length > 0) {
			const cohortNames = this.forgotten;
			notices.push({ code: 'cohorts_forgotten', cohortNames, days: forgetAfter });
		}
		if (this.isUnsaved) notices.push({ code: 'memory_not_saved' });
		return notices;
	}

	private stateOf(cohort: Cohort): RememberedCohort {
		const state = this.remembered.get(cohort);
		if (state === undefined) throw new Error('A cohort was not loaded');
		return state;
	}

	private resendReason(
		cohort: Cohort,
		{ lastFullSend, name = cohort.name }: CohortSnapshot,
		{ sendEveryone }: CohortSwitches,
	): ResendReason | undefined {
		if (sendEveryone) return 'requested';
		if (name !== cohort.name) return 'renamed';
		const { resendAfter, startedAt } = this.options;
		const age = startedAt - lastFullSend;
		// Otherwise, a clock that was once ahead would delay it until that time.
		const isDue = resendAfter > 0 && (age > resendAfter * DAY_MS || age < 0);
		return isDue ? 'due' : undefined;
	}

	/** @param room how many characters the further anonymous IDs of the cohort's members may take */
	private *snapshotAfter(
		{ stats }: CohortRun,
		plan: PlannedCohort,
		room: number,
	): Task<CohortSnapshot> {
		const { startedAt } = this.options;
		const { snapshot, startOver, startsOver, isEarlierRunLost } = this.stateOf(plan.cohort);
		const before = startsOver ? undefined : snapshot;
		const isFull = isFullSend(plan.members);
		const isRenamed = before?.name !== undefined && before.name !== plan.cohort.name;
		const lastTimestamp = Math.max(snapshot?.lastTimestamp ?? 0, stats.lastTimestamp ?? 0);
		return {
			members: yield* membersAfter(plan, room),
			lastFullSend: isFull ? startedAt : (before?.lastFullSend ?? startedAt),
			name: isFull || !isRenamed ? plan.cohort.name : '',
			lastTimestamp: lastTimestamp > 0 ? lastTimestamp : undefined,
			sentAfterLoss: isFull || !isEarlierRunLost ? this.lostAt : snapshot?.sentAfterLoss,
			startedOver: startOver,
		};
	}

	/** Forgets cohorts that no node has mirrored for a long time. */
	private forgetUnused(cohorts: readonly CohortRun[], now: number): void {
		const { snapshots, workflow } = this.options;
		const used = new Set(cohorts.map(({ plan }) => this.keyOf(plan.cohort)));
		// Not those of `stored`: another run may have saved them since.
		const unused = [...snapshots.cohorts(workflow)].filter(
			([key, cohort]) => !used.has(key) && this.isUnused(cohort, now),
		);
		snapshots.forget(
			workflow,
			unused.map(([key]) => key),
		);
		this.forgotten = unused.map(([key, { name }]) => name || this.idOf(key));
	}

	/** Whether a cohort was not mirrored for so long that it should be forgotten. */
	private isUnused({ savedAt }: StoredCohort, now: number): boolean {
		const { forgetAfter } = this.options;
		return forgetAfter > 0 && savedAt !== undefined && now - savedAt > forgetAfter * DAY_MS;
	}

	/** The cohorts that were last mirrored together with one of this run's, and are missing from this run. */
	private missingCohorts(): string[] {
		const keys = this.inputKeys;
		const savedAts = new Set([...keys].map((key) => this.stored.get(key)?.savedAt));
		savedAts.delete(undefined);
		return [...this.stored]
			.filter(([key, { savedAt }]) => !keys.has(key) && savedAts.has(savedAt))
			.map(([key, { name }]) => name || this.idOf(key));
	}

	/** Reserves room for a cohort's members, or returns why there is too little. */
	private *reserve(cohort: Cohort, members: readonly Member[]): Task<MirrorProblem | undefined> {
		const key = this.keyOf(cohort);
		const before = this.lengths.get(key) ?? 0;
		this.setLength(key, textLength(members));
		this.estimated.set(key, members);
		const { maxLength } = this.options;
		if (this.totalLength > maxLength) yield* this.measureEstimated();
		if (this.totalLength <= maxLength) return undefined;
		const fitsAlone = (this.lengths.get(key) ?? 0) <= maxLength;
		this.setLength(key, before);
		return {
			code: 'memory_full',
			cohortName: cohort.name,
			members: members.length,
			fitsAlone,
			largest: this.largestCohorts(key),
		};
	}

	private *measureEstimated(): Task<void> {
		for (const [key, members] of this.estimated) {
			this.setLength(key, yield* storedLengthOf(members));
		}
		this.estimated.clear();
	}

	private setLength(key: string, length: number): void {
		this.totalLength += length - (this.lengths.get(key) ?? 0);
		this.lengths.set(key, length);
	}

	private largestCohorts(except: string): Array<{ name: string; share: number }> {
		return [...this.stored]
			.filter(([key, { length }]) => key !== except && length > 0)
			.sort(([, one], [, other]) => other.length - one.length)
			.slice(0, LARGEST_COHORTS)
			.map(([key, { name, length }]) => ({
				name: name || this.idOf(key),
				share: Math.round((length * 100) / this.options.maxLength),
			}));
	}

	private keyOf({ id }: Cohort): string {
		return `${this.options.workspaceName} ${id}`;
	}

	private idOf(key: string): string {
		const { workspaceName } = this.options;
		return key.startsWith(`${workspaceName} `) ? key.slice(workspaceName.length + 1) : key;
	}
}

/** Why everyone in a cohort with a memory has to be sent again, as far as only the claim shows it. */
function resendReasonOf(
	isEarlierRunLost: boolean,
	acquisition: Acquisition,
): ResendReason | undefined {
	if (isEarlierRunLost) return 'lost_run';
	// What the workflow remembers of the cohort comes from another node.
	return acquisition.kind === 'first' ? 'other_node' : undefined;
}
