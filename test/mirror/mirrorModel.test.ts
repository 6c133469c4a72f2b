import fc from 'fast-check';
import type { Fault } from '../../emulator/model';
import { readSettings } from '../../nodes/MoEngageCohortSync/input/settings';
import { SnapshotStore } from '../../nodes/MoEngageCohortSync/mirror/snapshotStore';
import { mayBeApplied } from '../../nodes/MoEngageCohortSync/model/outcome';
import { atOnce } from '../support/atOnce';
import { mirrorWith, resultOf, workflowStore } from '../support/mirrors';
import { randomRuns } from '../support/randomRuns';
import type { Row } from '../support/source';
import { World } from '../support/virtualMoEngage';

/**
 * Any sequence of audiences, failures, stops and crashes, then one run without trouble: the cohort holds
 * exactly the audience. One thing can't be known, since MoEngage can't be asked: what a run did that neither
 * n8n nor the process remembers. Then whoever that run added and who is not in the audience may stay, and
 * whoever it removed and who is back in the audience may be missing; no one else.
 */

const PEOPLE = [0, 1, 2, 3, 4, 5];

/** MoEngage knows everyone by both identifiers; the input brings the one they go by, or both. */
const known = PEOPLE.map((person) => ({ uid: `u${person}`, anonymous_id: `a${person}` }));

function personOf({
	uid,
	anonymous_id,
}: {
	uid?: string | undefined;
	anonymous_id?: string | undefined;
}) {
	return Number((uid ?? anonymous_id ?? '').slice(1));
}

type Shown = 'out' | 'by one' | 'by both';

/** How an execution ends. */
type Ending =
	/** n8n saves the static data, and the process lives on. */
	| 'saved'
	/** n8n saves the static data, and then restarts. */
	| 'saved, restart'
	/** As after a test run in the editor: only the process knows. */
	| 'not saved'
	/** Stopped in the middle: only the process knows. */
	| 'stopped'
	/** n8n dies in the middle: nobody knows. */
	| 'crash'
	/** n8n restarts before it has saved. */
	| 'not saved, restart';

interface Step {
	readonly audience: readonly Shown[];
	/** People who go by the other identifier from now on, where the last run knew both. */
	readonly switches: readonly boolean[];
	readonly faults: ReadonlyArray<keyof typeof FAULTS>;
	readonly ending: Ending;
	/** Which of n8n's processes runs it. */
	readonly worker: 0 | 1;
	/** When the execution is stopped or n8n dies, in ms. */
	readonly stopAfter: number;
	readonly batchSize: number;
	readonly concurrency: number;
	readonly maxRetries: number;
}

/** What goes wrong with one request. */
const FAULTS = {
	fine: undefined,
	// By a proxy or a firewall, which says nothing about the member.
	refused: { status: 400, body: '' },
	unauthorized: { status: 401 },
	throttled: { status: 429 },
	'too large': { status: 413 },
	unavailable: { status: 503 },
	'cut before': { reset: 'before' },
	'applied, then cut': { reset: 'after' },
	'applied, then unavailable': { status: 500, handleFirst: true },
	'applied, then too late': { delayMs: 60_000 },
	'applied, then nonsense': { status: 200, body: '<html>', handleFirst: true },
} as const satisfies Record<string, Fault | undefined>;

/** One workflow over many executions, with the MoEngage that it sends to. */
class History {
	readonly world: World;
	/** What n8n's database has as the workflow's static data. */
	private saved = '{}';
	/** What each of n8n's processes knows. */
	private readonly snapshots = [new SnapshotStore(), new SnapshotStore()];
	private lastWorker: 0 | 1 = 0;
	private readonly goesByUid = PEOPLE.map(() => true);
	/** People whom the last run, which went well, knew by both identifiers. */
	private linked = new Set<number>();
	/** Whom runs added and removed since n8n saved last. */
	private unsaved = { added: new Set<number>(), removed: new Set<number>() };
	/** The same for runs of which nobody remembers anything. */
	readonly lost = { added: new Set<number>(), removed: new Set<number>() };

	constructor(seed: number) {
		this.world = new World({
			known,
			seed,
			applyDelayMs: () => Math.floor(this.world.clock.random() * 5_000),
			delay: () => ({ there: 50 + 500 * this.world.clock.random(), back: 50 }),
		});
	}

	async run(step: Step, resendAfter = 0): Promise<void> {
		const { clock } = this.world;
		const rows = this.rowsOf(step);
		if (rows.length === 0) return;
		if (step.worker !== this.lastWorker) this.loseUnsaved();
		this.lastWorker = step.worker;
		const staticData = JSON.parse(this.saved) as Record<string, unknown>;
		const startedAt = clock.now();
		const store = workflowStore(this.snapshots[step.worker] ?? new SnapshotStore(), {
			workflow: { workflowId: 'workflow', staticData },
			resendAfter,
			startedAt,
		});
		const { batchSize, concurrency, maxRetries } = step;
		const settings = readSettings({ batchSize, concurrency, maxRetries }, 100);
		const planned = mirrorWith(rows, store, { settings, clock });
		expect(planned.cohorts.map(({ kind }) => kind)).toEqual(['planned']);

		const stop = new AbortController();
		if (step.ending === 'stopped' || step.ending === 'crash') {
			void clock.sleep(step.stopAfter).then(() => stop.abort());
		}
		const lifts = step.faults.map((name) => this.world.model.fault(FAULTS[name] ?? {}));
		await clock.play(this.world.deliver(planned.packed, settings, stop.signal));
		lifts.forEach((lift) => lift());

		const changes = planned.cohorts.flatMap((plan) => [...plan.members, ...plan.leavers]);
		const applied = changes.filter(({ outcome }) => mayBeApplied(outcome));
		applied.forEach((change) => {
			this.unsaved[change.action === 'add' ? 'added' : 'removed'].add(personOf(change));
		});
		if (step.ending !== 'crash') {
			atOnce(store.save(resultOf(planned, startedAt), clock.now()));
		}
		this.end(step.ending, staticData);
		this.linked = new Set(
			PEOPLE.filter(
				(person) => step.ending === 'saved' && isFine(step) && step.audience[person] === 'by both',
			),
		);
	}

	private rowsOf({ audience, switches }: Step): Row[] {
		PEOPLE.forEach((person) => {
			if (switches[person] === true && this.linked.has(person)) {
				this.goesByUid[person] = this.goesByUid[person] !== true;
			}
		});
		return PEOPLE.filter((person) => (audience[person] ?? 'out') !== 'out').map((person) => {
			const isBoth = audience[person] === 'by both';
			return {
				userId: isBoth || this.goesByUid[person] ? `u${person}` : undefined,
				anonymousId: isBoth || !this.goesByUid[person] ? `a${person}` : undefined,
			};
		});
	}

	private end(ending: Ending, staticData: Record<string, unknown>): void {
		if (ending.startsWith('saved')) {
			this.saved = JSON.stringify(staticData);
			this.unsaved = { added: new Set(), removed: new Set() };
		}
		if (ending === 'crash' || ending.endsWith('restart')) {
			this.snapshots[this.lastWorker] = new SnapshotStore();
			this.loseUnsaved();
		}
	}

	/** What n8n has not saved is unknown to the next run. */
	private loseUnsaved(): void {
		this.unsaved.added.forEach((person) => this.lost.added.add(person));
		this.unsaved.removed.forEach((person) => this.lost.removed.add(person));
		this.unsaved = { added: new Set(), removed: new Set() };
	}

	/** The people in MoEngage's cohort, once all that is on its way has arrived. */
	async cohort(): Promise<number[]> {
		await this.world.clock.playOut();
		this.world.model.settle();
		return (this.world.model.cohort('vip')?.members ?? []).map(personOf).sort();
	}
}

function isFine({ faults }: Step): boolean {
	return faults.every((fault) => fault === 'fine');
}

const shown = fc.constantFrom<Shown>('out', 'by one', 'by both');
const faultNames = Object.keys(FAULTS) as Array<keyof typeof FAULTS>;

function steps(endings: readonly Ending[], workers: ReadonlyArray<0 | 1>): fc.Arbitrary<Step[]> {
	return fc.array(
		fc.record<Step>({
			audience: fc.tuple(...PEOPLE.map(() => shown)),
			switches: fc.tuple(...PEOPLE.map(() => fc.boolean())),
			faults: fc.array(fc.constantFrom(...faultNames), { maxLength: 5 }),
			ending: fc.constantFrom(...endings),
			worker: fc.constantFrom(...workers),
			stopAfter: fc.integer({ min: 0, max: 2_000 }),
			batchSize: fc.integer({ min: 1, max: 3 }),
			concurrency: fc.integer({ min: 1, max: 3 }),
			maxRetries: fc.integer({ min: 0, max: 2 }),
		}),
		{ minLength: 1, maxLength: 7, size: 'max' },
	);
}

/** The people in the audience of a step. */
function audienceOf({ audience }: Step): number[] {
	return PEOPLE.filter((person) => audience[person] !== 'out');
}

/** The same audience in a run without trouble. */
function inPeace(step: Step): Step {
	return { ...step, faults: [], ending: 'saved', switches: [] };
}

const seeds = fc.integer({ min: 1, max: 1e9 });

describe('a run without trouble makes the cohort the audience', () => {
	test.each<[runs: string, all: fc.Arbitrary<Step[]>]>([
		['that one process knows', steps(['saved', 'saved, restart', 'not saved', 'stopped'], [0])],
		['that n8n saved, of several workers', steps(['saved', 'saved, restart'], [0, 1])],
	])('after any runs %s', async (_runs, all) => {
		await fc.assert(
			fc.asyncProperty(seeds, all, async (seed, list) => {
				const history = new History(seed);
				for (const step of list) {
					await history.run(step);
					if (!isFine(step) || step.ending !== 'saved' || audienceOf(step).length === 0) continue;
					expect(await history.cohort()).toEqual(audienceOf(step));
				}
				const last = list.findLast((step) => audienceOf(step).length > 0);
				if (last === undefined) return;
				await history.run(inPeace(last));
				expect(await history.cohort()).toEqual(audienceOf(last));
			}),
			randomRuns(500),
		);
	});
});

test('after crashes and on other workers too, but for those whom a lost run added or removed', async () => {
	const endings = [
		'saved',
		'saved, restart',
		'not saved',
		'stopped',
		'crash',
		'not saved, restart',
	] as const;
	const all = steps(endings, [0, 1]);
	await fc.assert(
		fc.asyncProperty(seeds, all, async (seed, list) => {
			const history = new History(seed);
			for (const step of list) await history.run(step);
			const last = list.findLast((step) => audienceOf(step).length > 0);
			if (last === undefined) return;
			await history.run(inPeace(last));

			const audience = new Set(audienceOf(last));
			const cohort = new Set(await history.cohort());
			const stayed = [...cohort].filter((person) => !audience.has(person));
			const missing = [...audience].filter((person) => !cohort.has(person));
			expect([...history.lost.added]).toEqual(expect.arrayContaining(stayed));
			expect([...history.lost.removed]).toEqual(expect.arrayContaining(missing));

			// The next time that everyone is sent, nobody is missing any more.
			await history.world.clock.play(history.world.clock.sleep(8 * 24 * 60 * 60 * 1000));
			await history.run(inPeace(last), 7);
			expect(await history.cohort()).toEqual([...audience, ...stayed].sort());
		}),
		randomRuns(500),
	);
});

describe('what nobody can know', () => {
	const step = (people: readonly number[], ending: Ending): Step => ({
		audience: PEOPLE.map((person) => (people.includes(person) ? 'by one' : 'out')),
		switches: [],
		faults: [],
		ending,
		worker: 0,
		stopAfter: 60_000,
		batchSize: 0,
		concurrency: 1,
		maxRetries: 0,
	});

	test('a member whom a lost run added stays, who left before the next run', async () => {
		const history = new History(1);
		await history.run(step([0], 'saved'));
		await history.run(step([0, 1], 'crash'));
		await history.run(step([0], 'saved'));
		expect(await history.cohort()).toEqual([0, 1]);
	});

	test('a member whom a lost run removed is missing, who came back before the next run, until everyone is sent again', async () => {
		const history = new History(1);
		await history.run(step([0, 1], 'saved'));
		await history.run(step([0], 'crash'));
		await history.run(step([0, 1], 'saved'));
		expect(await history.cohort()).toEqual([0]);
		await history.world.clock.play(history.world.clock.sleep(8 * 24 * 60 * 60 * 1000));
		await history.run(step([0, 1], 'saved'), 7);
		expect(await history.cohort()).toEqual([0, 1]);
	});

	test.each<Ending>(['stopped', 'not saved'])(
		'is not so where the process lives on: a run that is %s',
		async (ending) => {
			const history = new History(1);
			await history.run(step([0, 1], 'saved'));
			await history.run(step([0, 2], ending));
			await history.run(step([0, 1], 'saved'));
			expect(await history.cohort()).toEqual([0, 1]);
		},
	);
});
