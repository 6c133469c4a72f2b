import type { NodeRun } from '../../nodes/MoEngageCohortSync/mirror/cohortLock';
import {
	createCohortLocks,
	MAX_COHORTS,
	MAX_EXECUTIONS,
} from '../../nodes/MoEngageCohortSync/mirror/cohortLock';

let workspace: object;

beforeEach(() => {
	workspace = {};
});

const cohortOf = (id: string) => ({ id, name: `Cohort ${id}`, description: '', partner: 'n8n' });

/** Begins a run, and tells why its cohort is refused. It ends at once, unless it is left open. */
function begin(
	run: Partial<NodeRun>,
	{ cohort = 'vip', isDryRun = false, in: place = workspace } = {},
) {
	const thisRun = { execution: '1', node: 'Mirror', index: 0, ...run };
	const locks = createCohortLocks(place, thisRun, isDryRun);
	const [problem] = locks.acquire([cohortOf(cohort)]).values();
	return { problem, close: () => locks.release() };
}

/** The same for one that is over. */
function run(...given: Parameters<typeof begin>) {
	const { problem, close } = begin(...given);
	close();
	return problem;
}

const ALREADY = { code: 'cohort_mirrored_before', cohortName: 'Cohort vip' } as const;
const AT_THIS_MOMENT = { code: 'cohort_locked', cohortName: 'Cohort vip' } as const;

test('a cohort is mirrored by one execution after the other', () => {
	const first = begin({ execution: '1' });
	expect(first.problem).toBeUndefined();
	expect(run({ execution: '2' })).toEqual(AT_THIS_MOMENT);
	expect(run({ execution: '2' }, { cohort: 'other' })).toBeUndefined();
	first.close();
	expect(run({ execution: '2' })).toBeUndefined();
});

test('being refused does not open the way for the next one', () => {
	const first = begin({ execution: '1' });
	run({ execution: '2' });
	expect(run({ execution: '3' })).toEqual(AT_THIS_MOMENT);
	first.close();
	expect(run({ execution: '2' })).toBeUndefined();
});

test.each<[what: string, later: Partial<NodeRun>, problem: typeof ALREADY | undefined]>([
	['the next part in a loop', { index: 1 }, ALREADY],
	['another node', { node: 'Second Mirror' }, ALREADY],
	['the same run, tried again', {}, undefined],
	['another execution', { execution: '2', index: 1 }, undefined],
])('after a mirror comes %s', (_what, later, problem) => {
	expect(run({})).toBeUndefined();
	expect(run(later)).toEqual(problem);
	expect(run(later, { cohort: 'other' })).toBeUndefined();
	expect(run(later, { in: {} })).toBeUndefined();
});

test("executions that mirror in turns don't forget their parts", () => {
	expect(run({ execution: '1' })).toBeUndefined();
	for (let other = 2; other <= 15; other++) expect(run({ execution: `${other}` })).toBeUndefined();
	expect(run({ execution: '1', index: 1 })).toEqual(ALREADY);
	expect(run({ execution: '2', index: 1 })).toEqual(ALREADY);
});

test('where n8n names no execution nothing is known of its parts', () => {
	expect(run({ execution: undefined })).toBeUndefined();
	expect(run({ execution: undefined, index: 1 })).toBeUndefined();
});

test('after a dry run it may be done in earnest', () => {
	expect(run({}, { isDryRun: true })).toBeUndefined();
	expect(run({ node: 'In earnest' })).toBeUndefined();
	expect(run({ index: 1 }, { isDryRun: true })).toEqual(ALREADY);
});

test('one run locks all its cohorts at once, and none of those that are not free', () => {
	const first = begin({ execution: '1' }, { cohort: 'b' });
	const locks = createCohortLocks(workspace, { execution: '2', node: 'Mirror', index: 0 }, false);
	const cohorts = ['a', 'b', 'c'].map(cohortOf);
	expect([...locks.acquire(cohorts)]).toEqual([
		[cohorts[1], { code: 'cohort_locked', cohortName: 'Cohort b' }],
	]);
	locks.release();
	locks.release();
	expect(run({ execution: '3' }, { cohort: 'b' })).toMatchObject({ code: 'cohort_locked' });
	first.close();
	// What was refused was not mirrored: it may be now.
	expect(run({ execution: '2', index: 1 }, { cohort: 'b' })).toBeUndefined();
	expect(run({ execution: '2', index: 1 }, { cohort: 'a' })).toMatchObject({
		code: 'cohort_mirrored_before',
	});
});

describe('as many executions are known', () => {
	const mirrorAll = (execution: string, cohortIds: readonly string[]) => {
		const locks = createCohortLocks(workspace, { execution, node: 'Mirror', index: 0 }, false);
		expect(locks.acquire(cohortIds.map(cohortOf)).size).toBe(0);
		locks.release();
	};
	const isKnown = (execution: string, cohort: string) =>
		run({ execution, node: 'Another' }, { cohort, isDryRun: true }) !== undefined;

	test('as may be at work, and the one that came last is forgotten last', () => {
		for (let execution = 0; execution < MAX_EXECUTIONS; execution++) {
			mirrorAll(`${execution}`, [`c${execution}`]);
		}
		mirrorAll('0', ['in the next part']);
		mirrorAll('one more', ['c']);
		expect(isKnown('0', 'c0')).toBe(true);
		expect(isKnown('0', 'in the next part')).toBe(true);
		expect(isKnown('1', 'c1')).toBe(false);
		expect(isKnown('2', 'c2')).toBe(true);
	});

	test('as have so many cohorts together, but the latest whatever it has', () => {
		const many = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`);
		mirrorAll('first', many(MAX_COHORTS / 2));
		mirrorAll('second', many(MAX_COHORTS / 2));
		expect([isKnown('first', 'c0'), isKnown('second', 'c0')]).toEqual([true, true]);
		mirrorAll('third', many(1));
		expect([isKnown('first', 'c0'), isKnown('second', 'c0')]).toEqual([false, true]);
		mirrorAll('large', many(MAX_COHORTS + 1));
		expect([isKnown('third', 'c0'), isKnown('large', 'c0')]).toEqual([false, true]);
	});
});
