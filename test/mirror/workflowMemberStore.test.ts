import { randomUUID } from 'node:crypto';
import { SnapshotStore } from '../../nodes/MoEngageCohortSync/mirror/snapshotStore';
import { createChange, settle } from '../../nodes/MoEngageCohortSync/model/change';
import type { SyncPlan } from '../../nodes/MoEngageCohortSync/model/plan';
import { planItems } from '../../nodes/MoEngageCohortSync/plan/plan';
import { atOnce, inSlices } from '../support/atOnce';
import type { OutcomeName } from '../support/mirrors';
import {
	cohortIn,
	heldIn,
	inShort,
	OUTCOMES,
	planWith,
	problemOf,
	resultOf,
	row,
	toBeSent,
	workflowStore,
} from '../support/mirrors';
import type { Row } from '../support/source';
import { sourceOf } from '../support/source';

const DAY_MS = 24 * 60 * 60 * 1000;

interface Options {
	readonly resendAfter?: number;
	readonly forgetAfter?: number;
	readonly maxLength?: number;
	readonly staticData?: Record<string, unknown>;
}

/** A workflow that mirrors again and again. */
class MirroringWorkflow {
	private readonly snapshots = new SnapshotStore();
	readonly staticData: Record<string, unknown>;

	constructor(private readonly options: Options = {}) {
		this.staticData = options.staticData ?? {};
	}

	/** One run, in which what is sent comes to these outcomes in turn; accepted where there is none. */
	run(startedAt: number, rows: readonly Row[], outcomes: readonly OutcomeName[] = []): SyncPlan {
		const store = workflowStore(this.snapshots, {
			workflow: { workflowId: 'workflow', staticData: this.staticData },
			resendAfter: this.options.resendAfter ?? 0,
			forgetAfter: this.options.forgetAfter ?? 0,
			maxLength: this.options.maxLength ?? 40_000_000,
			startedAt,
		});
		const run = planWith(rows, store);
		for (const [index, change] of toBeSent(run).entries()) {
			settle([change], OUTCOMES[outcomes[index] ?? 'accepted']);
		}
		atOnce(store.save(resultOf(run, startedAt), startedAt));
		return run;
	}
}

/** Whether a run was to send everyone. */
function resendsAll(run: SyncPlan): boolean {
	const plan = cohortIn(run);
	return plan.kind === 'planned' && plan.resend === 'due';
}

const TWO = [row('u0'), row('u1')];

test('a cohort with another name is sent again, until all of it was accepted', () => {
	const workflow = new MirroringWorkflow();
	const run = (cohortName: string, outcomes: OutcomeName[] = []) => {
		const rows = TWO.map((one) => ({ ...one, cohortName }));
		const plan = cohortIn(workflow.run(1, rows, outcomes));
		return plan.kind === 'planned' ? plan.resend : undefined;
	};
	expect(run('Gold')).toBeUndefined();
	expect(run('Gold 2', ['accepted', 'not sent'])).toBe('renamed');
	expect(run('Gold 2')).toBe('renamed');
	expect(run('Gold 2')).toBeUndefined();
	expect(run('Gold')).toBe('renamed');
	// Not everyone was sent under either name.
	expect(run('Gold 2', ['accepted', 'may be applied'])).toBe('renamed');
	expect(run('Gold')).toBe('renamed');
	expect(run('Gold')).toBeUndefined();
	expect(run('Silver', ['accepted', 'rejected'])).toBe('renamed');
	expect(run('Silver')).toBeUndefined();
});

test.each([
	[7, 7 * DAY_MS, false],
	[7, 7 * DAY_MS + 1, true],
	[1, DAY_MS, false],
	[1, DAY_MS + 1, true],
	[0, 1000 * DAY_MS, false],
	// The clock was ahead at the first run.
	[7, -1, true],
	[0, -1, false],
])('after %d days everyone is sent again; %d ms after the first run: %s', (days, ms, expected) => {
	const workflow = new MirroringWorkflow({ resendAfter: days });
	expect(resendsAll(workflow.run(5, TWO))).toBe(false);
	expect(resendsAll(workflow.run(6, TWO))).toBe(false);
	expect(resendsAll(workflow.run(5 + ms, TWO))).toBe(expected);
});

test.each<[one: OutcomeName, other: OutcomeName, isFull: boolean]>([
	['accepted', 'accepted', true],
	['accepted', 'rejected', true],
	['accepted', 'invalid', true],
	['accepted', 'failed', false],
	['accepted', 'not sent', false],
	['accepted', 'unchanged', false],
	['unchanged', 'unchanged', false],
	['rejected', 'invalid', false],
])('a run in which one is %s and one %s has sent everyone: %s', (one, other, isFull) => {
	const workflow = new MirroringWorkflow({ resendAfter: 7 });
	workflow.run(0, TWO);
	expect(resendsAll(workflow.run(8 * DAY_MS, TWO, [one, other]))).toBe(true);
	expect(resendsAll(workflow.run(9 * DAY_MS, TWO))).toBe(!isFull);
});

test('what could not be read is left as it is, so that the next run is refused as well', () => {
	const workflow = new MirroringWorkflow({ staticData: { moEngageCohortSync: 'damaged' } });
	for (const startedAt of [1, 2]) {
		const run = workflow.run(startedAt, [row('u0')]);
		expect(problemOf(run)).toEqual({ code: 'memory_damaged', cohortName: 'Cohort vip' });
		expect(workflow.staticData).toEqual({ moEngageCohortSync: 'damaged' });
	}
});

test('what another version of the node wrote is left as it is', () => {
	const part = { 'workspace vip': { version: 3 } };
	const workflow = new MirroringWorkflow({ staticData: { moEngageCohortSync: part } });
	const run = workflow.run(1, [row('u0'), row('u1', 'other')]);
	expect(problemOf(run)).toEqual({ code: 'memory_of_other_version', cohortName: 'Cohort vip' });
	expect(workflow.staticData).toHaveProperty(['moEngageCohortSync', 'workspace vip'], {
		version: 3,
	});
});

test('a run in which the cohort comes with two names leaves its memory as it is', () => {
	const workflow = new MirroringWorkflow({ resendAfter: 7 });
	workflow.run(1, [row('u1'), row('u2'), row('u3')]);
	const renamed = workflow.run(2, [
		row('u1'),
		row('u2'),
		{ ...row('u3'), cohortName: 'Another name' },
	]);
	expect(heldIn(renamed)).toEqual(['u1', 'u2', 'u3']);
	const next = planWith(
		[row('u2'), row('u3')],
		workflowStore(new SnapshotStore(), {
			workflow: { workflowId: 'workflow', staticData: workflow.staticData },
		}),
	);
	expect(inShort(next)).toEqual({ add: [], remove: ['u1'], unchanged: ['u2', 'u3'] });
});

test('each workspace has a memory of its own', () => {
	const snapshots = new SnapshotStore();
	const workflow = { workflowId: 'workflow', staticData: {} };
	const run = (workspaceName: string, uid: string) => {
		const store = workflowStore(snapshots, { workflow, workspaceName });
		const planned = planWith([row(uid)], store);
		const brief = inShort(planned);
		settle(toBeSent(planned), OUTCOMES.accepted);
		atOnce(store.save(resultOf(planned), 1));
		return brief;
	};
	run('one', 'u1');
	expect(run('another', 'u2')).toEqual({ add: ['u2'], remove: [], unchanged: [] });
	expect(run('one', 'u1')).toEqual({ add: [], remove: [], unchanged: ['u1'] });
});

test.each([
	[true, [{ code: 'memory_not_saved' }]],
	[false, []],
])('where the run is manual (%s) it says after it: %j', (isManual, expected) => {
	const store = workflowStore(new SnapshotStore(), { isManual });
	const run = planWith([row('u1')], store);
	expect(store.notices(run.cohorts)).toEqual([]);
	settle(toBeSent(run), OUTCOMES.accepted);
	atOnce(store.save(resultOf(run), 1));
	expect(store.notices(run.cohorts)).toEqual(expected);
});

describe('a cohort too large to remember', () => {
	const maxLength = 8_000;
	const half = maxLength / 2;
	const member = (length: number, sign: string, anonymousLength?: number): Row => ({
		userId: sign.repeat(length),
		anonymousId: anonymousLength === undefined ? undefined : sign.repeat(anonymousLength),
	});
	const problemWith = (...rows: Row[]) =>
		problemOf(planWith(rows, workflowStore(new SnapshotStore(), { maxLength })));

	test('is refused', () => {
		expect(problemWith(member(half, 'a'), member(half, 'b'))).toEqual({
			code: 'memory_full',
			cohortName: 'VIP',
			members: 2,
			fitsAlone: false,
			largest: [],
		});
	});

	test('is one whose anonymous IDs make it so, too', () => {
		expect(problemWith(member(half, 'a', half))).toMatchObject({ code: 'memory_full', members: 1 });
	});

	test('is none that just fits', () => {
		expect(problemWith(member(half - 1, 'a'), member(half - 1, 'b'))).toBeUndefined();
		expect(problemWith(member(half - 1, 'a', half - 1))).toBeUndefined();
	});

	test('is none of a million IDs of 36 characters', () => {
		const [cohort] = atOnce(planItems(sourceOf([row('u1')]), 'mirror')).cohorts;
		if (cohort === undefined) throw new Error('The plan has no cohort');
		const uid = 'x'.repeat(36);
		const one = createChange(cohort.cohort, 'add', uid, undefined, undefined);
		const members = Array.from({ length: 1_000_000 }, () => one);
		const store = workflowStore(new SnapshotStore());
		expect(atOnce(store.load({ ...cohort, members }, [cohort]))).toEqual({
			members: [],
			notBefore: 0,
		});
	});
});

test('a workflow remembers so much of all its cohorts together', () => {
	const workflow = new MirroringWorkflow({ maxLength: 8_000 });
	let startedAt = 0;
	/** Which cohorts are too large in a run in which each has one member of so many characters. */
	const tooLarge = (lengths: Record<string, number>) => {
		const rows = Object.entries(lengths).map(([id, length]) => row('u'.repeat(length), id));
		const { cohorts } = workflow.run(++startedAt, rows);
		return cohorts.flatMap((plan) => {
			if (plan.kind === 'planned') return [];
			expect(plan.problem).toMatchObject({ code: 'memory_full', members: 1, fitsAlone: true });
			return [plan.cohort.id];
		});
	};
	expect(tooLarge({ one: 5_000 })).toEqual([]);
	expect(tooLarge({ two: 4_000 })).toEqual(['two']);
	expect(tooLarge({ one: 3_000, two: 4_000, three: 2_000 })).toEqual(['three']);
	expect(tooLarge({ one: 3_990 })).toEqual([]);
});

test('where the memory is full, the three largest of the other cohorts are named', () => {
	const workflow = new MirroringWorkflow({ maxLength: 10_000 });
	const largestBeside = (id: string) => {
		const run = workflow.run(2, [row('u'.repeat(9_000), id)]);
		return (problemOf(run, id) as { largest?: unknown } | undefined)?.largest;
	};
	const lengths = { one: 500, two: 2_500, three: 1_000, four: 1_500, five: 2_000 };
	workflow.run(
		1,
		Object.entries(lengths).map(([id, length]) => row('u'.repeat(length), id)),
	);
	const [two, three, four, five] = [
		{ name: 'Cohort two', share: 25 },
		{ name: 'Cohort three', share: 10 },
		{ name: 'Cohort four', share: 15 },
		{ name: 'Cohort five', share: 20 },
	];
	expect(largestBeside('new')).toEqual([two, five, four]);
	expect(largestBeside('two')).toEqual([five, four, three]);
});

test('if members are compressed, what they take then counts', async () => {
	// 74,000 characters as text, 42,667 as stored.
	const [plan] = atOnce(planItems(sourceOf([row('u1')]), 'mirror')).cohorts;
	if (plan === undefined) throw new Error('The plan has no cohort');
	const store = workflowStore(new SnapshotStore(), { maxLength: 100_000 });
	const load = async (id: string, count: number) => {
		const cohort = { ...plan.cohort, id };
		const members = Array.from({ length: count }, () =>
			createChange(cohort, 'add', randomUUID(), undefined, undefined),
		);
		const loaded = await inSlices(store.load({ ...plan, cohort, members }, []));
		return 'code' in loaded ? loaded : 'fits';
	};
	const full = { code: 'memory_full', cohortName: plan.cohort.name, largest: [] };
	expect(await load('one', 2_000)).toBe('fits');
	expect(await load('two', 2_000)).toBe('fits');
	expect(await load('three', 2_000)).toEqual({ ...full, members: 2_000, fitsAlone: true });
	expect(await load('two', 2_600)).toBe('fits');
	expect(await load('one', 4_800)).toEqual({ ...full, members: 4_800, fitsAlone: false });
	expect(await load('two', 1_000)).toBe('fits');
	expect(await load('three', 1_500)).toBe('fits');
});

test('a cohort that is to be forgotten takes no room from others', () => {
	const staticData = {};
	const row6000 = (id: string) => [row('u'.repeat(6_000), id)];
	new MirroringWorkflow({ staticData, maxLength: 8_000 }).run(0, row6000('old'));
	const inDays = (days: number) => {
		const workflow = new MirroringWorkflow({ staticData, forgetAfter: 5, maxLength: 8_000 });
		return problemOf(workflow.run(days * DAY_MS, row6000('new')), 'new')?.code;
	};
	expect(inDays(4)).toBe('memory_full');
	expect(inDays(6)).toBeUndefined();
	// The old one is gone.
	expect(JSON.stringify(staticData).length).toBeLessThan(7_000);
});

test('a cohort that another run has mirrored meanwhile is not forgotten', () => {
	const snapshots = new SnapshotStore();
	const workflow = { workflowId: 'workflow', staticData: {} };
	const begin = (startedAt: number, cohortId: string) => {
		const store = workflowStore(snapshots, { workflow, forgetAfter: 7, startedAt });
		const run = planWith([row('u1', cohortId)], store);
		return (now: number) => {
			settle(toBeSent(run), OUTCOMES.accepted);
			atOnce(store.save(resultOf(run, now), now));
			return store.notices(run.cohorts);
		};
	};
	begin(0, 'vip')(1);
	const end = begin(7 * DAY_MS, 'hourly');
	begin(7 * DAY_MS, 'vip')(7 * DAY_MS + 1_000);
	expect(end(7 * DAY_MS + 2_000)).toEqual([]);
	const kept = workflowStore(snapshots, { workflow, startedAt: 8 * DAY_MS });
	expect(inShort(planWith([row('u1', 'vip')], kept)).unchanged).toEqual(['u1']);
});

test('a cohort in the input that is refused is not reported as missing', () => {
	const workflow = { workflowId: 'workflow', staticData: {} };
	const mirror = (snapshots: SnapshotStore, startedAt: number, isDamaged = false) => {
		const store = workflowStore(snapshots, { workflow, startedAt });
		if (isDamaged) jest.spyOn(snapshots, 'read').mockImplementationOnce(damaged);
		const run = planWith([row('u1', 'a'), row('u1', 'b')], store);
		settle(toBeSent(run), OUTCOMES.accepted);
		atOnce(store.save(resultOf(run, startedAt), startedAt));
		return store.notices(run.cohorts);
	};
	const snapshots = new SnapshotStore();
	mirror(snapshots, 1);
	expect(mirror(snapshots, 2, true)).toEqual([]);
});

// eslint-disable-next-line require-yield -- it stands in for a generator
function* damaged(): Generator<never, 'memory_damaged'> {
	return 'memory_damaged';
}

test.each([
	[3_800, true],
	[4_200, false],
])(
	"beside %d characters of another cohort a user's second device is remembered: %s",
	(length, expected) => {
		const workflow = new MirroringWorkflow({ maxLength: 8_000 });
		workflow.run(1, [row('u'.repeat(length), 'other')]);
		workflow.run(2, [row('u1/a1'), row('u1/a2')]);
		const { unchanged } = inShort(workflow.run(3, [row('/a2')]));
		expect(unchanged).toEqual(expected ? ['u1/a2'] : []);
	},
);
