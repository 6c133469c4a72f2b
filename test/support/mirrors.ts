import type { Clock } from '../../nodes/MoEngageCohortSync/clock';
import type { PackedCohort } from '../../nodes/MoEngageCohortSync/delivery/packing';
import { packCohort } from '../../nodes/MoEngageCohortSync/delivery/packing';
import type { ItemReader } from '../../nodes/MoEngageCohortSync/input/itemReader';
import { readSettings } from '../../nodes/MoEngageCohortSync/input/settings';
import type { CohortLocks } from '../../nodes/MoEngageCohortSync/mirror/cohortLock';
import { createCohortLocks } from '../../nodes/MoEngageCohortSync/mirror/cohortLock';
import type {
	MemberStore,
	PreviousMembers,
} from '../../nodes/MoEngageCohortSync/mirror/memberStore';
import { planMirror } from '../../nodes/MoEngageCohortSync/mirror/mirror';
import type { SnapshotStore } from '../../nodes/MoEngageCohortSync/mirror/snapshotStore';
import type { WorkflowMemberStoreOptions } from '../../nodes/MoEngageCohortSync/mirror/workflowMemberStore';
import { WorkflowMemberStore } from '../../nodes/MoEngageCohortSync/mirror/workflowMemberStore';
import type { Change } from '../../nodes/MoEngageCohortSync/model/change';
import { settle } from '../../nodes/MoEngageCohortSync/model/change';
import type { Member, PreviousMember } from '../../nodes/MoEngageCohortSync/model/member';
import type { Outcome } from '../../nodes/MoEngageCohortSync/model/outcome';
import type { CohortPlan, ResendReason, SyncPlan } from '../../nodes/MoEngageCohortSync/model/plan';
import type { MirrorProblem } from '../../nodes/MoEngageCohortSync/model/problem';
import type { CohortStats, RunResult } from '../../nodes/MoEngageCohortSync/model/run';
import type { Settings } from '../../nodes/MoEngageCohortSync/model/settings';
import { planItems, refuseBlankInput } from '../../nodes/MoEngageCohortSync/plan/plan';
import { atOnce } from './atOnce';
import type { Row } from './source';
import { sourceOf } from './source';
import { VirtualClock } from './virtualClock';

/** A member by its uid, or by `anonymous/…`; `u1/a1` is one with both, and `?` at the end stands for uncertain. */
export function previousMember(text: string): PreviousMember {
	const [uid, anonymous_id] = text.replace('?', '').split('/');
	return {
		uid: uid === '' ? undefined : uid,
		anonymous_id,
		uncertain: text.endsWith('?'),
	};
}

/** The same the other way round. */
export function inText({ uid, anonymous_id, uncertain = false }: Member & { uncertain?: boolean }) {
	const anonymous = anonymous_id === undefined ? '' : `/${anonymous_id}`;
	return `${uid ?? ''}${anonymous}${uncertain ? '?' : ''}`;
}

export function row(text: string, cohortId = 'vip'): Row {
	const { uid, anonymous_id } = previousMember(text);
	return { userId: uid, anonymousId: anonymous_id, cohortId, cohortName: `Cohort ${cohortId}` };
}

const REQUEST = { request: 1, timestamp: '2026-11-23T10:00:00.000Z' };

/** What can become of a change of a mirror. */
export const OUTCOMES = {
	accepted: { status: 'accepted', request: REQUEST },
	rejected: {
		status: 'rejected',
		request: REQUEST,
		problem: { code: 'member_refused', status: 400 },
	},
	failed: { status: 'failed', problem: { code: 'timed_out' }, mayHaveTakenEffect: false },
	'may be applied': { status: 'failed', problem: { code: 'timed_out' }, mayHaveTakenEffect: true },
	'not sent': { status: 'not_sent', problem: { code: 'run_ended', cause: { code: 'timed_out' } } },
	invalid: { status: 'invalid', problem: { code: 'member_too_large' } },
	unchanged: { status: 'unchanged' },
} as const satisfies Record<string, Outcome>;

export type OutcomeName = keyof typeof OUTCOMES;

/** A store that holds these members and keeps nothing. */
export function storeOf(previousOf: MemberStore['load']): MemberStore {
	return {
		load: previousOf,
		claim: async () => await Promise.resolve(new Map()),
		renew: async () => await Promise.resolve(),
		release: async () => await Promise.resolve(false),
		*save() {},
		notices: () => [],
		close: async () => await Promise.resolve(),
	};
}

/** Locks that nobody else has. */
export function freeLocks(): CohortLocks {
	return createCohortLocks({}, { execution: '1', node: 'Mirror', index: 0 }, false);
}

/** A mirror before its first request. */
export interface PlannedMirror extends SyncPlan {
	readonly packed: readonly PackedCohort[];
}

export interface MirrorWithOptions {
	readonly settings?: Settings;
	readonly locks?: CohortLocks;
	readonly clock?: Clock;
}

/** Plans a mirror, as the node does. */
export function planWith(
	input: readonly Row[] | ItemReader,
	store: MemberStore,
	{ settings = readSettings({}, 100), locks = freeLocks() }: MirrorWithOptions = {},
): SyncPlan {
	const reader = 'count' in input ? input : sourceOf(input);
	const plan = atOnce(planItems(reader, 'mirror'));
	refuseBlankInput('mirror', reader, plan.items);
	const cohorts = atOnce(planMirror(plan, store, locks, settings));
	return { items: plan.items, cohorts };
}

/** Plans and packs a mirror, as the node does. */
export function mirrorWith(
	input: readonly Row[] | ItemReader,
	store: MemberStore,
	options: MirrorWithOptions = {},
): PlannedMirror {
	const plan = planWith(input, store, options);
	const { settings = readSettings({}, 100), clock = new VirtualClock() } = options;
	const packed = plan.cohorts.map((cohort) => {
		const result = atOnce(packCohort(cohort, settings, clock));
		settle(result.tooLarge, { status: 'invalid', problem: { code: 'member_too_large' } });
		return result.packed;
	});
	return { ...plan, packed };
}

export interface MirrorOptions {
	readonly removalLimit?: number;
	readonly resend?: ResendReason;
	/** What other cohorts than `vip` held, or why that can't be known. */
	readonly others?: Readonly<Record<string, PreviousMembers | MirrorProblem>>;
}

/** A mirror before its first request, where the cohort `vip` held these members. */
export function mirror(
	input: readonly Row[] | ItemReader,
	previous: readonly string[],
	{ removalLimit = 100, resend, others = {} }: MirrorOptions = {},
): PlannedMirror {
	const store = storeOf(function* ({ cohort }) {
		yield;
		const members = cohort.id === 'vip' ? previous.map(previousMember) : [];
		return others[cohort.id] ?? { members, resend };
	});
	return mirrorWith(input, store, { settings: readSettings({}, removalLimit) });
}

/** A cohort's plan. */
export function cohortIn({ cohorts }: SyncPlan, cohortId = 'vip'): CohortPlan {
	const plan = cohorts.find(({ cohort }) => cohort.id === cohortId);
	if (plan === undefined) throw new Error(`The run has no cohort ${cohortId}`);
	return plan;
}

/** Why nothing of a cohort may be sent. */
export function problemOf(run: SyncPlan, cohortId?: string): MirrorProblem | undefined {
	const plan = cohortIn(run, cohortId);
	return plan.kind === 'refused' ? (plan.problem as MirrorProblem) : undefined;
}

/** Who looks like a leaver and is held back. */
export function heldIn(run: SyncPlan, cohortId?: string): string[] {
	const plan = cohortIn(run, cohortId);
	return plan.kind === 'planned' ? plan.heldLeavers.map(inText) : [];
}

/** What a mirror is about to do to a cohort, each sorted. */
export function inShort(run: SyncPlan, cohortId?: string) {
	const plan = cohortIn(run, cohortId);
	const inTexts = (changes: readonly Change[], status: string | undefined) =>
		changes
			.filter(({ outcome }) => outcome?.status === status)
			.map(({ uid, anonymous_id }) => inText({ uid, anonymous_id }))
			.sort();
	return {
		add: inTexts(plan.members, undefined),
		remove: inTexts(plan.leavers, undefined),
		unchanged: inTexts(plan.members, 'unchanged'),
		...(plan.kind === 'refused' && { not_sent: inTexts(plan.members, 'not_sent') }),
	};
}

/** All changes that a mirror is to send, removals first. */
export function toBeSent({ cohorts }: SyncPlan): Change[] {
	return cohorts
		.flatMap((plan) => [...plan.leavers, ...plan.members])
		.filter(({ outcome }) => outcome === undefined);
}

/** The run after its last request. */
export function resultOf({ items, cohorts }: SyncPlan, startedAt = 0): RunResult {
	return {
		operation: 'mirror',
		settings: readSettings({}, 100),
		startedAt,
		items,
		cohorts: cohorts.map((plan) => ({ plan, stats: NOTHING_SENT })),
		ended: undefined,
		overlapped: false,
		notices: [],
	};
}

const NOTHING_SENT: CohortStats = {
	requests: 0,
	retries: 0,
	throttled: 0,
	bytes: 0,
	waitedMs: 0,
	startedAt: undefined,
	finishedAt: undefined,
	lastTimestamp: undefined,
};

/** What a lease gives at the end of a run that nobody met. */
export const notOverlapped = async () => await Promise.resolve({ overlapped: false });

/** What a workflow remembers, for one run. */
export function workflowStore(
	snapshots: SnapshotStore,
	options: Partial<WorkflowMemberStoreOptions> = {},
): WorkflowMemberStore {
	return new WorkflowMemberStore({
		snapshots,
		workflow: { workflowId: 'workflow', staticData: {} },
		workspaceName: 'workspace',
		resendAfter: 0,
		forgetAfter: 0,
		lease: {
			acquire: async () => await Promise.resolve({ kind: 'latest' }),
			renew: async () => await Promise.resolve(),
			release: notOverlapped,
		},
		switchesOf: () => ({ sendEveryone: false, startOver: false }),
		startedAt: 0,
		isManual: false,
		maxLength: 40_000_000,
		...options,
	});
}

/** What may become of a change that was sent. Of the two that are unknown only one is in effect. */
export const FATES = {
	accepted: OUTCOMES.accepted,
	// By a proxy or a firewall, which says nothing about the member.
	rejected: { ...OUTCOMES.rejected, problem: { code: 'request_refused', status: 418 } },
	failed: OUTCOMES.failed,
	'unknown, applied': OUTCOMES['may be applied'],
	'unknown, lost': OUTCOMES['may be applied'],
	'not sent': OUTCOMES['not sent'],
} as const satisfies Record<string, Outcome>;

export type Fate = keyof typeof FATES;
