import type { CohortChanges, PreviousMember } from '../../nodes/MoEngageCohortSync/plan/changes';
import type { Member } from '../../nodes/MoEngageCohortSync/plan/member';
import type { PreviousMembers, PreviousOf } from '../../nodes/MoEngageCohortSync/mirror/mirror';
import type { Outcome } from '../../nodes/MoEngageCohortSync/plan/outcome';
import type { Refusal } from '../../nodes/MoEngageCohortSync/refusal';
import type { PreparedRun } from '../../nodes/MoEngageCohortSync/run';
import { prepareRun } from '../../nodes/MoEngageCohortSync/run';
import { readSettings } from '../../nodes/MoEngageCohortSync/input/settings';
import type { Row } from './source';
import { sourceOf } from './source';
import { atOnce } from './atOnce';

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

export interface MirrorOptions {
	readonly removalLimit?: number;
	readonly resendAll?: boolean;
	/** What other cohorts than `vip` held, or why that can't be told. */
	readonly others?: Readonly<Record<string, PreviousMembers | Refusal>>;
}

/** A mirror before its first request, where the cohort `vip` held these members. */
export function mirror(
	rows: readonly Row[],
	previous: readonly string[],
	{ removalLimit = 100, resendAll = false, others = {} }: MirrorOptions = {},
): PreparedRun {
	return atOnce(
		prepareRun(sourceOf(rows), 'mirror', readSettings({}, removalLimit), function* ({ cohort }) {
			const members = cohort.id === 'vip' ? previous.map(previousMember) : [];
			return others[cohort.id] ?? { members, resendAll };
		}),
	);
}

/** A mirror before its first request, with what its cohorts held. */
export function mirrorWith(rows: readonly Row[], previousOf: PreviousOf): PreparedRun {
	return atOnce(prepareRun(sourceOf(rows), 'mirror', readSettings({}, 100), previousOf));
}

/** What a mirror does to a cohort, each sorted. */
export function inShort({ cohorts }: PreparedRun, cohortId = 'vip') {
	const { members = [], leavers = [] } = cohorts.find(({ cohort }) => cohort.id === cohortId) ?? {};
	const these = (changes: CohortChanges['members'], action: string | null) =>
		changes
			.filter((change) => change.action === action)
			.map(({ uid, anonymous_id }) => inText({ uid, anonymous_id }))
			.sort();
	return {
		add: these(members, 'add'),
		remove: these(leavers, 'remove'),
		unchanged: these(members, null),
	};
}

/** Gives all that would be sent, and all that is not sent yet, the same outcome. */
export function settle({ cohorts }: PreparedRun, outcome: Outcome): void {
	for (const { members, leavers } of cohorts) {
		for (const change of [...members, ...leavers]) {
			if (change.action !== null) change.outcome = outcome;
		}
	}
}
