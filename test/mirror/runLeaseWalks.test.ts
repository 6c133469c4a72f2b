import fc from 'fast-check';
import { randomRuns } from '../support/randomRuns';
import type { ExecutionPlan, ExecutionResult, InstanceOptions } from '../support/workers';
import { Instance } from '../support/workers';
import { VirtualClock } from '../support/virtualClock';

/**
 * Random walks of a mirror over two workers: kills, refusals, stops, runs from the editor, older memories loaded
 * again, a second copy of the package, a database that is away, clocks up to 50 s apart, slow calls of n8n's helper
 * whose two statements come between each other.
 */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

type Step =
	| { readonly kind: 'run'; readonly worker: number; readonly plan: ExecutionPlan }
	| { readonly kind: 'kill' | 'load again'; readonly worker: number }
	| { readonly kind: 'write back'; readonly saving: number }
	| { readonly kind: 'away'; readonly isAway: boolean };

interface Walk {
	readonly seed: number;
	readonly ahead: number;
	/** Before each step, in ms. */
	readonly steps: ReadonlyArray<readonly [wait: number, step: Step]>;
	/** The longest that a call of the helper takes at one of its points, in ms. */
	readonly latency: number;
	readonly handsEditorNothing: boolean;
	readonly hasOldMemory: boolean;
}

const worker = fc.integer({ min: 0, max: 1 });
/** Of the last one, another node of the workflow takes care. */
const COHORTS = ['a', 'b', 'c'];
const cohort = fc.constantFrom(...COHORTS);
const upTo = (max: number) => fc.integer({ min: 0, max });
const sometimes = (weight: number) =>
	fc.oneof({ weight, arbitrary: fc.constant(true) }, { weight: 20, arbitrary: fc.constant(false) });
const span = fc.oneof(fc.constant(0), upTo(100), upTo(MINUTE));

const plan: fc.Arbitrary<ExecutionPlan> = fc.record({
	cohort,
	isManual: sometimes(4),
	hasSecondInput: sometimes(1),
	planning: span,
	sendsNothing: sometimes(3),
	work: fc.oneof(span, upTo(4 * MINUTE)),
	changes: upTo(3),
	isPartial: sometimes(3),
	isStopped: sometimes(2),
	afterwards: span,
	sendEveryone: sometimes(1),
	startOver: sometimes(1),
	loaded: fc.oneof(
		{ weight: 20, arbitrary: fc.constant('saved' as const) },
		{ weight: 1, arbitrary: fc.constant('nothing' as const) },
		{ weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) },
	),
});

const step: fc.Arbitrary<Step> = fc.oneof(
	{ weight: 12, arbitrary: fc.record({ kind: fc.constant('run' as const), worker, plan }) },
	{ weight: 2, arbitrary: fc.record({ kind: fc.constant('kill' as const), worker }) },
	{ weight: 1, arbitrary: fc.record({ kind: fc.constant('load again' as const), worker }) },
	{
		weight: 1,
		arbitrary: fc.record({ kind: fc.constant('write back' as const), saving: upTo(5) }),
	},
	{
		weight: 1,
		arbitrary: fc.record({ kind: fc.constant('away' as const), isAway: fc.boolean() }),
	},
);

const wait = fc.oneof(upTo(50), upTo(MINUTE), upTo(5 * MINUTE));

const walks: fc.Arbitrary<Walk> = fc.record({
	seed: fc.integer(),
	ahead: fc.integer({ min: -50 * SECOND, max: 50 * SECOND }),
	steps: fc.array(fc.tuple(wait, step), { minLength: 1, maxLength: 30 }),
	latency: fc.constantFrom(0, 5, 300),
	handsEditorNothing: fc.boolean(),
	hasOldMemory: fc.boolean(),
});

const parameters = randomRuns(300);

function must(condition: boolean, what: string): void {
	if (!condition) throw new Error(what);
}

function take(instance: Instance, step: Step): void {
	switch (step.kind) {
		case 'run':
			void instance.execute(step.worker, step.plan);
			break;
		case 'kill':
			instance.restart(step.worker);
			break;
		case 'load again':
			instance.workers[step.worker]?.loadPackageAgain();
			break;
		case 'write back':
			instance.writeBack(step.saving);
			break;
		case 'away':
			instance.isAway = step.isAway;
			break;
	}
}

const inWords = ({ plan, acquisition, loss, overlapped, startedAt, endedAt }: ExecutionResult) =>
	JSON.stringify({ plan, acquisition, loss, overlapped, startedAt, endedAt });

/**
 * A run that took its memory for the latest knew all that was done before. Two that asked within the milliseconds
 * of the same call may both get the right: then one of them says that they overlapped.
 */
function checkNoneSilent(instance: Instance): void {
	for (const result of instance.results) {
		// One that was killed told nobody anything; the next run has to notice it.
		if (result.silent === undefined || result.releasedAt === undefined) continue;
		const isSaid = instance.results.some(
			({ overlapped, askedAt = 0, releasedAt = 0 }) =>
				overlapped === true &&
				askedAt <= (result.releasedAt ?? Infinity) &&
				releasedAt >= (result.askedAt ?? 0),
		);
		must(isSaid, `${result.silent}: ${inWords(result)}`);
	}
}

/** Of two runs of the node that were at work at once in different copies of the package, one says so. */
function checkOverlaps(instance: Instance, isSayingEnough = true): void {
	const runs = instance.results.filter(
		({ startedAt, endedAt, isRecorded }) =>
			startedAt !== undefined && endedAt !== undefined && isRecorded === true,
	);
	for (const [index, one] of runs.entries()) {
		for (const other of runs.slice(index + 1)) {
			if (one.package === other.package || one.node !== other.node) continue;
			const start = Math.max(one.startedAt ?? 0, other.startedAt ?? 0);
			const end = Math.min(one.endedAt ?? 0, other.endedAt ?? 0);
			const isSaid = [one, other].some(
				({ overlapped, acquisition }) =>
					overlapped === true || (acquisition !== 'locked' && acquisition?.kind === 'unchecked'),
			);
			must(
				start >= end || (isSayingEnough && isSaid),
				`Nobody said so: ${inWords(one)} ${inWords(other)}`,
			);
		}
	}
}

/** After a quiet while, each cohort is mirrored again, and then nothing is left to say. */
async function checkLiveness(instance: Instance): Promise<void> {
	instance.isAway = false;
	while (!instance.isIdle) await instance.clock.sleep(MINUTE);
	// Two minutes, the difference between the clocks, and what the mark may be ahead of both after an overlap.
	await instance.clock.sleep(2 * MINUTE + 50 * SECOND + 20 * SECOND);
	for (const [worker, changes] of [0, 1].entries()) {
		for (const cohort of COHORTS) {
			let result = await instance.execute(worker, { cohort, changes });
			let { acquisition } = result;
			if (acquisition !== 'locked' && acquisition?.kind === 'refused') {
				must(acquisition.reason === 'memory_not_loaded', `Locked: ${inWords(result)}`);
				result = await instance.execute(worker, { cohort, changes, startOver: true });
				acquisition = result.acquisition;
			}
			const kind = acquisition === 'locked' ? 'locked' : acquisition?.kind;
			must(['first', 'latest', 'lost'].includes(`${kind}`), `No way out: ${inWords(result)}`);
			await instance.clock.sleep(SECOND);
		}
	}
	for (const cohort of COHORTS) {
		const result = await instance.execute(1, { cohort });
		const { acquisition, loss, overlapped } = result;
		const isQuiet =
			acquisition !== 'locked' && acquisition?.kind === 'latest' && loss === 'none' && !overlapped;
		must(isQuiet, `Still not quiet: ${inWords(result)}`);
		must(instance.unknownChanges(cohort).length === 0, `Not all of ${cohort} is remembered`);
	}
}

/** Plays a walk in virtual time, and then a quiet while. */
async function play(
	{ seed, ahead, steps, latency, handsEditorNothing, hasOldMemory }: Walk,
	options: InstanceOptions = {},
): Promise<Instance> {
	const clock = new VirtualClock(seed);
	const instance = new Instance(clock, {
		ahead: [0, ahead],
		handsEditorNothing,
		hasOldMemory,
		latency: () => Math.floor(clock.random() * (latency + 1)),
		...options,
	});
	const walk = async () => {
		for (const [wait, step] of steps) {
			await clock.sleep(wait);
			take(instance, step);
		}
		await checkLiveness(instance);
	};
	await clock.play(walk());
	if (instance.fault !== undefined) throw instance.fault;
	return instance;
}

const kindOf = ({ acquisition }: ExecutionResult) =>
	typeof acquisition === 'object' ? acquisition.kind : acquisition;

test('no run takes a memory for the latest that lacks what another run did', async () => {
	const counts: Record<string, number> = {};
	await fc.assert(
		fc.asyncProperty(walks, async (walk) => {
			const instance = await play(walk);
			checkNoneSilent(instance);
			checkOverlaps(instance);
			for (const result of instance.results) {
				const kind = result.overlapped === true ? 'overlapped' : `${kindOf(result)}`;
				counts[kind] = (counts[kind] ?? 0) + 1;
			}
		}),
		parameters,
	);
	if (parameters.numRuns < 100) return;
	// None of these may be so rare that the walks show nothing of it.
	for (const kind of ['first', 'latest', 'lost', 'refused', 'unchecked', 'overlapped']) {
		expect(counts[kind] ?? 0).toBeGreaterThan(parameters.numRuns / 150);
	}
});

/**
 * Nobody forces anything, nothing comes between the two statements of a call, and a first run is one that finds
 * nothing: only where its process remembers what n8n does not can another worker take it for one that was cut off.
 */
const production = walks.map((walk): Walk => {
	const steps = walk.steps.filter(([, { kind }]) => kind !== 'away');
	const ordinary = {
		isManual: false,
		hasSecondInput: false,
		isStopped: false,
		sendEveryone: false,
		startOver: false,
	};
	return {
		...walk,
		hasOldMemory: false,
		steps: steps.map(([wait, step]) => [
			wait,
			step.kind === 'run' ? { ...step, plan: { ...step.plan, ...ordinary } } : step,
		]),
	};
});

test('no two processes are at work at once', async () => {
	await fc.assert(
		fc.asyncProperty(production, async (walk) => {
			const instance = await play(walk, { isAtomic: true });
			checkNoneSilent(instance);
			checkOverlaps(instance, false);
		}),
		parameters,
	);
});

test.each<
	[string, { latency: number; apart: number; isFirst?: boolean; isManual?: boolean; work?: number }]
>([
	['first runs', { latency: 5, apart: 20, isFirst: true, work: 5 * SECOND }],
	[
		'first runs up to half a second apart',
		{ latency: 5, apart: 500, isFirst: true, work: 5 * SECOND },
	],
	['later runs', { latency: 5, apart: 20, work: 5 * SECOND }],
	['later runs up to half a second apart', { latency: 5, apart: 500, work: 5 * SECOND }],
	['runs with nothing to send', { latency: 5, apart: 20 }],
	[
		'runs with nothing to send, one of them from the editor,',
		{ latency: 5, apart: 20, isManual: true },
	],
	['runs at a slow database', { latency: 300, apart: 500, work: 5 * SECOND }],
	[
		'short runs at a slow database, one of them from the editor,',
		{ latency: 300, apart: 300, isManual: true },
	],
])(
	'of two %s that start at almost the same time on two workers, one goes on',
	async (_what, { latency, apart, isFirst = false, isManual = false, work = 0 }) => {
		let fair = 0;
		for (let seed = 0; seed < parameters.numRuns; seed++) {
			const clock = new VirtualClock(seed);
			const upTo = (most: number) => Math.floor(clock.random() * (most + 1));
			const instance = new Instance(clock, { latency: () => upTo(latency) });
			const plan: ExecutionPlan = { cohort: 'a', changes: 1, work };
			const history = async () => {
				if (!isFirst) await instance.execute(0, plan);
				const first = instance.execute(0, { ...plan, isManual });
				await clock.sleep(upTo(apart));
				const kinds = [await instance.execute(1, plan), await first].map(kindOf).toSorted();
				const next = await instance.execute(0, plan);
				const isQuiet = kindOf(next) === 'latest' && !next.overlapped;
				if (isQuiet && kinds.includes('refused') && kinds[0] !== kinds[1]) fair++;
			};
			await clock.play(history());
			if (instance.fault !== undefined) throw instance.fault;
			checkNoneSilent(instance);
		}
		// A run writes what it read a moment ago, so there is no certainty.
		expect(fair).toBeGreaterThanOrEqual(Math.floor(parameters.numRuns * 0.99));
	},
);

/** A step of one process in which nothing goes wrong. */
const quietStep = fc.record({
	wait,
	plan: plan.map(
		(plan): ExecutionPlan => ({
			...plan,
			hasSecondInput: false,
			loaded: 'saved',
			startOver: false,
		}),
	),
	/** n8n is restarted after it, when all executions are over and their memory is saved. */
	isRestarted: sometimes(3),
});

test('one process never speaks of a loss where there was none', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.record({
				seed: fc.integer(),
				steps: fc.array(quietStep, { minLength: 1, maxLength: 30 }),
				/** A trigger with static data of its own fires before each execution, see `writeBack`. */
				isWrittenBack: fc.boolean(),
			}),
			async ({ seed, steps, isWrittenBack }) => {
				const clock = new VirtualClock(seed);
				const instance = new Instance(clock, {
					latency: () => Math.floor(clock.random() * 20),
				});
				let activation = 0;
				const walk = async () => {
					for (const { wait, plan, isRestarted } of steps) {
						await clock.sleep(wait);
						if (isWrittenBack && plan.isManual !== true) instance.writeBack(activation);
						void instance.execute(0, plan);
						if (!isRestarted) continue;
						while (!instance.isIdle) await clock.sleep(SECOND);
						for (const cohort of COHORTS) await instance.execute(0, { cohort });
						instance.restart(0);
						activation = instance.savingCount - 1;
					}
					while (!instance.isIdle) await clock.sleep(SECOND);
				};
				await clock.play(walk());
				if (instance.fault !== undefined) throw instance.fault;
				instance.results.forEach(checkQuiet);
			},
		),
		parameters,
	);
});

test('two workers that take turns never speak of a loss', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.integer(),
			fc.integer({ min: -50 * SECOND, max: 50 * SECOND }),
			fc.array(fc.tuple(worker, quietStep), { minLength: 1, maxLength: 20 }),
			async (seed, ahead, steps) => {
				const clock = new VirtualClock(seed);
				const instance = new Instance(clock, { ahead: [0, ahead] });
				const walk = async () => {
					for (const [worker, { wait, plan, isRestarted }] of steps) {
						await clock.sleep(wait);
						await instance.execute(worker, { ...plan, isManual: false, isStopped: false });
						if (isRestarted) instance.restart(worker);
					}
				};
				await clock.play(walk());
				if (instance.fault !== undefined) throw instance.fault;
				instance.results.forEach(checkQuiet);
			},
		),
		parameters,
	);
});

function checkQuiet(result: ExecutionResult): void {
	const isQuiet =
		[undefined, 'locked', 'first', 'latest'].includes(kindOf(result)) &&
		result.loss === 'none' &&
		result.overlapped !== true &&
		result.silent === undefined;
	must(isQuiet, `It spoke of a loss: ${inWords(result)}`);
}
