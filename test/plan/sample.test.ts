import { createChange, recognize, settle } from '../../nodes/MoEngageCohortSync/model/change';
import type { Change } from '../../nodes/MoEngageCohortSync/model/change';
import type { LookupOutcome, LookupResult } from '../../nodes/MoEngageCohortSync/model/lookup';
import type { PlannedCohort } from '../../nodes/MoEngageCohortSync/model/plan';
import type { DeliveryProblem } from '../../nodes/MoEngageCohortSync/model/problem';
import { readSettings } from '../../nodes/MoEngageCohortSync/input/settings';
import {
	addsMembers,
	drawSample,
	judgeSample,
	refuseAll,
} from '../../nodes/MoEngageCohortSync/plan/sample';
import { atOnce } from '../support/atOnce';
import { numbered } from '../support/audience';
import { VirtualClock } from '../support/virtualClock';
import { changesOf, cohortNamed, plannedCohort } from '../support/virtualMoEngage';

const VIP = cohortNamed('vip');

const additions = (uids: readonly string[]) => changesOf(VIP, 'add', uids);

function draw(plans: readonly PlannedCohort[], size: number, seed = 1): Change[] {
	const clock = new VirtualClock(seed);
	return atOnce(drawSample(plans, size, () => clock.random()));
}

const uids = (sample: readonly Change[]) => sample.map(({ uid }) => uid);

describe('a sample', () => {
	test('of a small audience is all of it', () => {
		expect(uids(draw([plannedCohort(VIP, additions(numbered(3)))], 20))).toEqual(numbered(3));
	});

	test('has each user once, and each as often as any other', () => {
		const cohort = plannedCohort(VIP, additions(numbered(10)));
		const drawn = new Map<string, number>();
		for (let seed = 0; seed < 2_000; seed++) {
			const sample = uids(draw([cohort], 3, seed)) as string[];
			expect(new Set(sample).size).toBe(3);
			for (const uid of sample) drawn.set(uid, (drawn.get(uid) ?? 0) + 1);
		}
		// 600 each on average, with a standard deviation of 20.
		for (const uid of numbered(10)) {
			expect(drawn.get(uid)).toBeGreaterThan(500);
			expect(drawn.get(uid)).toBeLessThan(700);
		}
	});

	test('is of users and not of their additions, and has all additions of each', () => {
		const cohorts = ['a', 'b', 'c'].map((id) => {
			const cohort = cohortNamed(id);
			return plannedCohort(cohort, changesOf(cohort, 'add', numbered(10)));
		});
		// u-10 is in one cohort only.
		const single = cohortNamed('d');
		cohorts.push(plannedCohort(single, changesOf(single, 'add', ['u-10'])));
		const drawn = new Map<string, number>();
		for (let seed = 0; seed < 2_000; seed++) {
			const sample = draw(cohorts, 3, seed);
			const drawnUids = new Set(uids(sample) as string[]);
			expect(drawnUids.size).toBe(3);
			for (const uid of drawnUids) {
				drawn.set(uid, (drawn.get(uid) ?? 0) + 1);
				const ids = sample.filter((one) => one.uid === uid).map(({ cohort }) => cohort.id);
				expect(ids).toEqual(uid === 'u-10' ? ['d'] : ['a', 'b', 'c']);
			}
		}
		// 545 each on average, with a standard deviation of 20.
		for (const uid of numbered(11)) {
			expect(drawn.get(uid)).toBeGreaterThan(445);
			expect(drawn.get(uid)).toBeLessThan(645);
		}
	});

	test('has nobody who is removed, has no uid, has an outcome or was in before', () => {
		const [settled, sentAgain, uncertain, fresh] = additions(numbered(4)) as [
			Change,
			Change,
			Change,
			Change,
		];
		settle([settled], { status: 'unchanged' });
		recognize(sentAgain, { uid: 'u-1', anonymous_id: undefined, uncertain: false });
		recognize(uncertain, { uid: 'u-2', anonymous_id: undefined, uncertain: true });
		const others = [
			...changesOf(VIP, 'remove', ['gone']),
			createChange(VIP, 'add', undefined, 'a-1', 9),
		];
		const cohort = plannedCohort(VIP, [settled, sentAgain, uncertain, fresh, ...others]);
		expect(uids(draw([cohort], 20))).toEqual(['u-2', 'u-3']);
	});

	test('has nobody of a cohort that is refused', () => {
		const members = additions(numbered(3));
		const [refused] = atOnce(refuseAll([plannedCohort(VIP, members)], NOT_LOOKED_UP));
		expect(refused?.kind).toBe('refused');
		expect(atOnce(drawSample(refused ? [refused] : [], 5, () => 0))).toEqual([]);
	});
});

test('whether members are added who were not in before', () => {
	const [unchanged, sentAgain, uncertain, fresh] = additions(numbered(4)) as [
		Change,
		Change,
		Change,
		Change,
	];
	settle([unchanged], { status: 'unchanged' });
	recognize(sentAgain, { uid: 'u-1', anonymous_id: undefined, uncertain: false });
	recognize(uncertain, { uid: 'u-2', anonymous_id: undefined, uncertain: true });
	const adds = (...members: Change[]) => addsMembers([plannedCohort(VIP, members)]);
	expect(adds(unchanged, sentAgain, fresh)).toBe(true);
	expect(adds(uncertain)).toBe(true);
	expect(adds(unchanged, sentAgain)).toBe(false);
	expect(adds(...changesOf(VIP, 'remove', ['gone']))).toBe(false);
	expect(addsMembers([])).toBe(false);
	const none = plannedCohort(VIP, [unchanged]);
	expect(addsMembers([none, plannedCohort(VIP, [fresh])])).toBe(true);
	const refused = atOnce(refuseAll([plannedCohort(VIP, [fresh])], NOT_LOOKED_UP));
	expect(addsMembers(refused)).toBe(false);
});

const CAUSE: DeliveryProblem = { code: 'lookup_refused', status: 403 };
const NOT_LOOKED_UP = { code: 'sample_not_looked_up', cause: CAUSE } as const;

function lookupOf(outcomes: readonly LookupOutcome[], ended?: DeliveryProblem): LookupResult {
	return {
		outcomeOf: (uid) => outcomes[Number(uid.slice(2))] ?? { status: 'known' },
		ended,
		stats: {
			...{ requests: 1, retries: 0, throttled: 0, bytes: 0, waitedMs: 0 },
			...{ startedAt: undefined, finishedAt: undefined, lastTimestamp: undefined },
		},
	};
}

const times = (count: number, outcome: LookupOutcome) =>
	Array.from({ length: count }, () => outcome);
const KNOWN: LookupOutcome = { status: 'known' };
const UNKNOWN: LookupOutcome = { status: 'unknown' };
const FAILED: LookupOutcome = { status: 'failed', problem: { code: 'timed_out' } };
const REFUSED: LookupOutcome = { status: 'rejected', problem: CAUSE };
const REJECTED: LookupOutcome = {
	status: 'rejected',
	problem: { code: 'member_refused', status: 400 },
};
/** Too many were rejected for each of them to be looked up alone. */
const REJECTED_TOGETHER: LookupOutcome = {
	status: 'rejected',
	problem: { code: 'members_refused', status: 400 },
};

function judge(outcomes: readonly LookupOutcome[], ended?: DeliveryProblem, options = {}) {
	const sample = additions(numbered(outcomes.length));
	return judgeSample(sample, lookupOf(outcomes, ended), readSettings(options));
}

describe('what follows from a sample', () => {
	test('half of ten may be unknown, and no more', () => {
		const half = judge([...times(5, KNOWN), ...times(5, UNKNOWN)]);
		expect(half.problem).toBeUndefined();
		const more = judge([...times(4, KNOWN), ...times(6, UNKNOWN)]);
		expect(more.problem).toEqual({
			code: 'too_many_unknown',
			...{ unknown: 6, lookedUp: 10, limit: 50 },
			examples: ['u-4', 'u-5', 'u-6'],
		});
	});

	test('users without an answer do not count as looked up', () => {
		const { counts, notices, problem } = judge(
			[...times(3, KNOWN), ...times(6, UNKNOWN), ...times(11, FAILED)],
			{ code: 'timed_out' },
		);
		expect([...counts.values()]).toEqual([{ lookedUp: 9, unknown: 6 }]);
		expect(problem).toBeUndefined();
		expect(notices).toEqual([
			{ code: 'users_looked_up', lookedUp: 9, unknown: 6, isTooFew: true },
			{ code: 'users_not_looked_up', users: 11, problem: { code: 'timed_out' } },
		]);
	});

	test.each([
		['the last', [KNOWN, REJECTED]],
		['the first', [REJECTED, KNOWN]],
	])('an ID that MoEngage rejects by itself, %s, counts as unknown', (_which, outcomes) => {
		const { counts, notices, problem } = judge(outcomes, undefined, { unknownLimit: 50 });
		expect(problem).toBeUndefined();
		expect([...counts.values()]).toEqual([{ lookedUp: 2, unknown: 1 }]);
		expect(notices).toEqual([
			{ code: 'users_looked_up', lookedUp: 2, unknown: 1, isTooFew: false },
		]);
	});

	test('IDs that MoEngage rejects by themselves are too many as unknown ones are', () => {
		expect(judge([...times(4, KNOWN), ...times(6, REJECTED)]).problem).toMatchObject({
			...{ code: 'too_many_unknown', unknown: 6, lookedUp: 10 },
			examples: ['u-4', 'u-5', 'u-6'],
		});
	});

	test.each([
		['by themselves with others', REJECTED_TOGETHER],
		['with the whole request', REFUSED],
		['for want of a response', FAILED],
	])('a part that is not looked up %s is one that is missing', (_why, outcome) => {
		const outcomes = [...times(5, KNOWN), ...times(95, outcome)];
		const { problem: cause } = outcome as { problem: DeliveryProblem };
		const lookedUp = { code: 'users_looked_up', lookedUp: 5, unknown: 0, isTooFew: false };
		expect(judge(outcomes)).toMatchObject({
			notices: [lookedUp, { code: 'users_not_looked_up', users: 95, problem: cause }],
			problem: undefined,
		});
		expect(judge(outcomes, undefined, { unknownLimit: 20 })).toMatchObject({
			notices: [lookedUp],
			problem: { code: 'sample_not_looked_up', cause },
		});
	});

	test('nothing, if there is nobody to look up', () => {
		expect(judge([])).toMatchObject({ notices: [], problem: undefined });
	});

	test('where it was refused, the run is too if the limit was set by hand', () => {
		expect(judge(times(20, REFUSED), CAUSE).notices).toEqual([
			{ code: 'users_not_looked_up', users: undefined, problem: CAUSE },
		]);
		expect(judge(times(20, REFUSED)).notices).toHaveLength(1);
		const byHand = judge(times(20, REFUSED), CAUSE, { unknownLimit: 50 });
		expect(byHand).toMatchObject({ notices: [], problem: NOT_LOOKED_UP });
	});

	test('a stopped execution says so by itself', () => {
		const stopped: DeliveryProblem = { code: 'stopped' };
		const outcome: LookupOutcome = { status: 'not_sent', problem: stopped };
		expect(judge(times(20, outcome), stopped, { unknownLimit: 50 })).toMatchObject({
			notices: [],
			problem: undefined,
		});
	});
});

test('of a refused run members who need nothing stay as they are, the others are not sent', () => {
	const members = additions(numbered(3));
	settle(members.slice(0, 1), { status: 'unchanged' });
	const cohorts = atOnce(refuseAll([plannedCohort(VIP, members)], NOT_LOOKED_UP));
	expect(cohorts).toMatchObject([{ kind: 'refused', cohort: VIP, problem: NOT_LOOKED_UP }]);
	expect(members.map(({ outcome }) => outcome?.status)).toEqual([
		'unchanged',
		'not_sent',
		'not_sent',
	]);
	// A cohort that was refused before keeps its own reason.
	const another = { ...NOT_LOOKED_UP, cause: { code: 'timed_out' } } as const;
	expect(atOnce(refuseAll(cohorts, another))).toEqual(cohorts);
});
