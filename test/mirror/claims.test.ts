import { claimCohorts } from '../../nodes/MoEngageCohortSync/mirror/mirror';
import type {
	AcquireOptions,
	Acquisition,
	Release,
} from '../../nodes/MoEngageCohortSync/mirror/runLease';
import { SnapshotStore } from '../../nodes/MoEngageCohortSync/mirror/snapshotStore';
import type {
	CohortSwitches,
	WorkflowMemberStore,
	WorkflowMemberStoreOptions,
} from '../../nodes/MoEngageCohortSync/mirror/workflowMemberStore';
import { settle } from '../../nodes/MoEngageCohortSync/model/change';
import type { Notice } from '../../nodes/MoEngageCohortSync/model/notice';
import type { SyncPlan } from '../../nodes/MoEngageCohortSync/model/plan';
import type { RunResult } from '../../nodes/MoEngageCohortSync/model/run';
import { atOnce } from '../support/atOnce';
import type { OutcomeName } from '../support/mirrors';
import {
	cohortIn,
	inShort,
	OUTCOMES,
	planWith,
	resultOf,
	row,
	storeOf,
	toBeSent,
	workflowStore,
} from '../support/mirrors';

const DAY_MS = 24 * 60 * 60 * 1000;
const NEITHER: CohortSwitches = { sendEveryone: false, startOver: false };
const LATEST: Acquisition = { kind: 'latest' };
const LOST: Acquisition = { kind: 'lost', cause: 'later_run', lostAt: 5_000_000, notBefore: 150 };

interface Given {
	readonly acquisition?: Acquisition;
	readonly release?: Release;
	readonly switches?: Partial<CohortSwitches>;
	readonly options?: Partial<WorkflowMemberStoreOptions>;
	/** What becomes of all that is sent. */
	readonly outcome?: OutcomeName;
	/** The latest timestamp in the run's requests. */
	readonly lastTimestamp?: number;
}

/** A workflow that mirrors again and again, each time with a lease that gives what the test says. */
class Workflow {
	readonly snapshots = new SnapshotStore();
	readonly staticData: Record<string, unknown> = {};
	private runs = 0;

	/** Plans a run of these members and claims its cohorts. */
	async claim(
		texts: readonly string[],
		given: Given = {},
	): Promise<[WorkflowMemberStore, SyncPlan]> {
		const { acquisition = LATEST, release = { overlapped: false }, switches, options } = given;
		const store = workflowStore(this.snapshots, {
			workflow: { workflowId: 'workflow', staticData: this.staticData },
			startedAt: ++this.runs,
			lease: {
				acquire: async () => await Promise.resolve(acquisition),
				renew: async () => await Promise.resolve(),
				release: async () => await Promise.resolve(release),
			},
			switchesOf: () => ({ ...NEITHER, ...switches }),
			...options,
		});
		const rows = texts.map((text) => {
			const [cohortId, member = ''] = text.split(' ');
			return row(member, cohortId);
		});
		const plan = planWith(rows, store);
		return [store, { ...plan, cohorts: await claimCohorts(plan.cohorts, store) }];
	}

	/** A whole run. */
	async run(texts: readonly string[], given: Given = {}): Promise<[readonly Notice[], SyncPlan]> {
		const [store, plan] = await this.claim(texts, given);
		settle(toBeSent(plan), OUTCOMES[given.outcome ?? 'accepted']);
		await store.release(false);
		const now = given.options?.startedAt ?? this.runs;
		atOnce(store.save(withTimestamp(resultOf(plan, now), given.lastTimestamp ?? 100), now));
		await store.close();
		return [store.notices(plan.cohorts), plan];
	}
}

function withTimestamp(run: RunResult, lastTimestamp: number): RunResult {
	const cohorts = run.cohorts.map(({ plan, stats }) => ({
		plan,
		stats: { ...stats, lastTimestamp },
	}));
	return { ...run, cohorts };
}

/** What the claim says about a cohort. */
function claimOf(plan: SyncPlan, cohortId: string) {
	const cohort = cohortIn(plan, cohortId);
	if (cohort.kind === 'refused') throw new Error('The cohort was refused');
	const { resend, notBefore, isEarlierRunLost } = cohort;
	return { resend, notBefore, isEarlierRunLost };
}

describe('a run that claims a cohort that it remembers and one that it does not', () => {
	const nothing = { resend: undefined, isEarlierRunLost: false };

	test.each<[acquisition: Acquisition, known: object, added: object]>([
		[LATEST, { ...nothing, notBefore: 101 }, { ...nothing, notBefore: 0 }],
		[
			{ kind: 'unchecked', cause: 'no database' },
			{ ...nothing, notBefore: 101 },
			{ ...nothing, notBefore: 0 },
		],
		[
			{ kind: 'first' },
			{ resend: 'other_node', isEarlierRunLost: false, notBefore: 101 },
			{ ...nothing, notBefore: 0 },
		],
		[
			LOST,
			{ resend: 'lost_run', isEarlierRunLost: true, notBefore: 150 },
			{ resend: undefined, isEarlierRunLost: true, notBefore: 150 },
		],
	])('and finds %j: what has to be sent', async (acquisition, known, added) => {
		const workflow = new Workflow();
		await workflow.run(['vip u1', 'vip u2']);
		const [, plan] = await workflow.claim(['vip u1', 'new u1'], { acquisition });
		expect(claimOf(plan, 'vip')).toStrictEqual(known);
		expect(claimOf(plan, 'new')).toStrictEqual(added);
		const isResent = claimOf(plan, 'vip').resend !== undefined;
		expect(inShort(plan, 'vip')).toEqual({
			add: isResent ? ['u1'] : [],
			unchanged: isResent ? [] : ['u1'],
			remove: ['u2'],
		});
	});

	test.each<[reason: 'in_progress' | 'memory_not_loaded', code: string]>([
		['in_progress', 'run_in_progress'],
		['memory_not_loaded', 'memory_missing'],
	])('and is refused (%s): nothing is sent, and the next run goes on', async (reason, code) => {
		const workflow = new Workflow();
		await workflow.run(['vip u1']);
		await expect(
			workflow.claim(['vip u1'], { acquisition: { kind: 'refused', reason } }),
		).rejects.toMatchObject({ problem: { code }, status: 'not_sent' });
		const [, next] = await workflow.claim(['vip u1']);
		expect(claimOf(next, 'vip').resend).toBeUndefined();
	});

	test.each<[switches: Array<Partial<CohortSwitches>>, options: Partial<AcquireOptions>]>([
		[[{}, {}], { sendEveryone: false, startOver: false }],
		[[{ sendEveryone: true }, { startOver: true }], { sendEveryone: false, startOver: false }],
		[[{ sendEveryone: true }, { sendEveryone: true }], { sendEveryone: true, startOver: false }],
		[[{ startOver: true }, { startOver: true }], { sendEveryone: false, startOver: true }],
	])('with the switches %j: what the lease has to know', async (switches, expected) => {
		const workflow = new Workflow();
		await workflow.run(['vip u1']);
		const acquire = jest.fn(async () => await Promise.resolve(LATEST));
		await workflow.claim(['vip u1', 'new u1'], {
			options: {
				lease: { acquire, renew: jest.fn(), release: jest.fn() },
				switchesOf: (item) => ({ ...NEITHER, ...switches[item] }),
			},
		});
		expect(acquire.mock.calls).toEqual([[{ hasMemory: true, isHeld: false, ...expected }]]);
	});

	test('but knows neither: the lease hears that there is no memory', async () => {
		const acquire = jest.fn(async () => await Promise.resolve(LATEST));
		const lease = { acquire, renew: jest.fn(), release: jest.fn() };
		await new Workflow().claim(['vip u1', 'new u1'], { options: { lease } });
		expect(acquire).toHaveBeenCalledWith(expect.objectContaining({ hasMemory: false }));
	});
});

test('a run uses later timestamps than all earlier ones, also if the clock was set back', async () => {
	const workflow = new Workflow();
	await workflow.run(['vip u1'], { lastTimestamp: 500 });
	await workflow.run(['vip u1', 'vip u2'], { lastTimestamp: 400 });
	const [, plan] = await workflow.claim(['vip u1']);
	expect(claimOf(plan, 'vip').notBefore).toBe(501);
});

test('a run of which every cohort is refused claims nothing', async () => {
	const store = storeOf(function* () {
		yield;
		return { code: 'memory_damaged', cohortName: 'Cohort vip' };
	});
	const claim = jest.spyOn(store, 'claim');
	const { cohorts } = planWith([row('u1')], store);
	expect(await claimCohorts(cohorts, store)).toBe(cohorts);
	expect(claim).not.toHaveBeenCalled();
});

test('a refused cohort beside others is not claimed, and stays as it is', async () => {
	const store = storeOf(function* ({ cohort }) {
		yield;
		return cohort.id === 'vip' ? { members: [] } : { code: 'memory_damaged', cohortName: '' };
	});
	const claim = jest.spyOn(store, 'claim');
	const { cohorts } = planWith([row('u1', 'bad'), row('u1')], store);
	const [bad, vip] = await claimCohorts(cohorts, store);
	expect(bad).toBe(cohorts[0]);
	expect(vip).toBe(cohorts[1]);
	expect(claim).toHaveBeenCalledWith([cohorts[1]]);
});

describe('after a lost run', () => {
	test.each<[outcome: OutcomeName, resend: string | undefined]>([
		['accepted', undefined],
		['failed', 'lost_run'],
	])('everyone is sent until all were accepted: %s', async (outcome, resend) => {
		const workflow = new Workflow();
		await workflow.run(['vip u1']);
		await workflow.run(['vip u1'], { acquisition: LOST, outcome });
		const [, next] = await workflow.claim(['vip u1']);
		expect(claimOf(next, 'vip').resend).toBe(resend);
	});

	test('so is a cohort that is mirrored later for the first time since', async () => {
		const workflow = new Workflow();
		await workflow.run(['vip u1', 'other u1']);
		await workflow.run(['vip u1'], { acquisition: LOST });
		const [, next] = await workflow.claim(['vip u1', 'other u1']);
		expect(claimOf(next, 'vip').resend).toBeUndefined();
		expect(claimOf(next, 'other').resend).toBe('lost_run');
	});
});

describe('a run that has claimed its cohorts', () => {
	test('and was not saved counts as lost', async () => {
		const workflow = new Workflow();
		await workflow.run(['vip u1']);
		const [store] = await workflow.claim(['vip u1']);
		await store.close();
		const [, next] = await workflow.claim(['vip u1']);
		expect(claimOf(next, 'vip')).toMatchObject({ resend: 'lost_run', isEarlierRunLost: true });
	});

	test('and was saved does not', async () => {
		const workflow = new Workflow();
		await workflow.run(['vip u1']);
		const [, next] = await workflow.claim(['vip u1']);
		expect(claimOf(next, 'vip')).toMatchObject({ resend: undefined, isEarlierRunLost: false });
	});

	test('and whose end could not be recorded counts as lost', async () => {
		const workflow = new Workflow();
		await workflow.run(['vip u1'], { release: { overlapped: false, lostAt: 7_000_000 } });
		const [, next] = await workflow.claim(['vip u1']);
		expect(claimOf(next, 'vip').resend).toBe('lost_run');
	});

	test('releases them as stopped where it was stopped, and when it is closed in any case', async () => {
		const release = jest.fn(async () => await Promise.resolve({ overlapped: false }));
		const lease = { acquire: async () => await Promise.resolve(LATEST), renew: jest.fn(), release };
		const [store] = await new Workflow().claim(['vip u1'], { options: { lease } });
		await store.release(true);
		await store.close();
		expect(release.mock.calls).toEqual([[{ isStopped: true }], [{ isStopped: false }]]);
	});

	test('renews the claim when asked to', async () => {
		const renew = jest.fn();
		const lease = { acquire: async () => await Promise.resolve(LATEST), renew, release: jest.fn() };
		const [store] = await new Workflow().claim(['vip u1'], { options: { lease } });
		expect(renew).not.toHaveBeenCalled();
		await store.renew();
		expect(renew).toHaveBeenCalledTimes(1);
	});

	test('and met another one says so, also where only the first release tells', async () => {
		const releases: Release[] = [{ overlapped: true }, { overlapped: false }];
		const lease = {
			acquire: async () => await Promise.resolve(LATEST),
			renew: jest.fn(),
			release: async () => await Promise.resolve(releases.shift() ?? { overlapped: false }),
		};
		const [store, { cohorts }] = await new Workflow().claim(['vip u1'], { options: { lease } });
		expect(await store.release(false)).toBe(true);
		expect(await store.release(false)).toBe(true);
		expect(store.notices(cohorts)).toEqual([{ code: 'runs_overlapped' }]);
	});
});

describe('what a run says about its memory', () => {
	test.each<[what: string, given: Given, notices: Notice[]]>([
		['nothing unusual', {}, []],
		[
			'a lost run',
			{ acquisition: LOST },
			[{ code: 'earlier_run_lost', cohortNames: ['Cohort vip'] }],
		],
		[
			"'Start Over'",
			{ switches: { startOver: true } },
			[{ code: 'started_over', cohortNames: ['Cohort vip'] }],
		],
		[
			"a lost run under 'Start Over'",
			{ acquisition: LOST, switches: { startOver: true } },
			[{ code: 'started_over', cohortNames: ['Cohort vip'] }],
		],
		[
			'a database that did not answer',
			{ acquisition: { kind: 'unchecked', cause: 'away' } },
			[{ code: 'memory_unchecked' }],
		],
		[
			'the same in the editor, where nothing is saved',
			{ acquisition: { kind: 'unchecked', cause: 'away' }, options: { isManual: true } },
			[{ code: 'memory_not_saved' }],
		],
	])('%s', async (_what, given, notices) => {
		const workflow = new Workflow();
		await workflow.run(['vip u1']);
		expect((await workflow.run(['vip u1'], given))[0]).toEqual(notices);
	});

	test("'Start Over' works once, as long as it stays on", async () => {
		const workflow = new Workflow();
		await workflow.run(['vip u1', 'vip u2']);
		const startingOver = { switches: { startOver: true } };
		const [, first] = await workflow.run(['vip u1'], startingOver);
		expect(inShort(first)).toEqual({ add: [], remove: [], unchanged: [] });
		const [notices, second] = await workflow.run(['vip u3'], startingOver);
		expect(notices).toEqual([{ code: 'start_over_still_on', cohortNames: ['Cohort vip'] }]);
		expect(cohortIn(second)).toMatchObject({ leavers: [{ uid: 'u1' }] });
		await workflow.run(['vip u3']);
		const [again] = await workflow.run(['vip u3'], startingOver);
		expect(again).toEqual([{ code: 'started_over', cohortNames: ['Cohort vip'] }]);
	});

	test('cohorts that the last run mirrored together with these are missing', async () => {
		const workflow = new Workflow();
		await workflow.run(['alone u1']);
		await workflow.run(['vip u1', 'b u1', 'c u1']);
		const missing = { code: 'cohorts_missing', cohortNames: ['Cohort b', 'Cohort c'] };
		expect((await workflow.run(['vip u1']))[0]).toEqual([missing]);
		expect((await workflow.run(['vip u1']))[0]).toEqual([]);
		expect((await workflow.run(['new u1']))[0]).toEqual([]);
	});

	test.each([
		[5 * DAY_MS, []],
		[5 * DAY_MS + 1, [{ code: 'cohorts_forgotten', cohortNames: ['Cohort old'], days: 5 }]],
	])('%d ms after its last run a cohort is forgotten: %j', async (ms, notices) => {
		const workflow = new Workflow();
		await workflow.run(['old u1'], { options: { startedAt: 10 } });
		const options = { forgetAfter: 5, startedAt: 10 + ms };
		expect((await workflow.run(['vip u1'], { options }))[0]).toEqual(notices);
	});

	test('without a name, a cohort goes by its ID', async () => {
		const workflow = new Workflow();
		await workflow.run(['old u1', 'vip u1'], { options: { startedAt: 10 } });
		const stored = workflow.staticData['moEngageCohortSync'] as Record<string, { name?: string }>;
		delete stored['workspace old']?.name;
		const later = new Workflow();
		Object.assign(later.staticData, structuredClone(workflow.staticData));
		const options = { forgetAfter: 5, startedAt: 10 + 6 * DAY_MS };
		expect((await later.run(['vip u1'], { options }))[0]).toEqual([
			{ code: 'cohorts_missing', cohortNames: ['old'] },
			{ code: 'cohorts_forgotten', cohortNames: ['old'], days: 5 },
		]);
	});
});
