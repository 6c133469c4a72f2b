import fc from 'fast-check';
import { itemsOf } from '../support/audience';
import type { N8nProcess } from '../support/n8nProcess';
import { randomRuns } from '../support/randomRuns';
import { VirtualN8n } from '../support/virtualNode';
import type { TestRun } from '../support/workflow';
import { errorsOf, furtherHintsOf } from '../support/workflow';

/**
 * Random walks of a mirror over two processes of n8n, in n8n's own engine and in virtual time: kills, stops, runs
 * from the editor, older memories loaded, overlaps, clocks that step.
 */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const COHORTS = ['a', 'b'];
const PEOPLE = ['u0', 'u1', 'u2', 'u3', 'u4', 'u5'];

interface Run {
	readonly worker: number;
	readonly cohort: string;
	readonly audience: readonly string[];
	readonly mode: 'trigger' | 'manual';
	readonly requestsPerMinute: number;
	/** n8n's Stop button, so many ms after the start. */
	readonly stopAfter: number | undefined;
}

type Step =
	| { readonly kind: 'run'; readonly run: Run }
	| { readonly kind: 'kill'; readonly worker: number }
	| { readonly kind: 'put back'; readonly savings: number }
	| { readonly kind: 'clock'; readonly worker: number; readonly ahead: number };

interface Walk {
	readonly seed: number;
	/** Before each step, in ms. */
	readonly steps: ReadonlyArray<readonly [wait: number, step: Step]>;
	readonly audiences: ReadonlyArray<readonly string[]>;
}

const worker = fc.integer({ min: 0, max: 1 });
const audience = fc.subarray(PEOPLE, { minLength: 1 });
const run = fc.record<Run>({
	worker,
	cohort: fc.constantFrom(...COHORTS),
	audience,
	mode: fc.constantFrom('trigger', 'trigger', 'trigger', 'manual'),
	requestsPerMinute: fc.constantFrom(1, 6, 60, 6_000),
	stopAfter: fc.oneof(
		{ weight: 6, arbitrary: fc.constant(undefined) },
		{ weight: 1, arbitrary: fc.integer({ min: 0, max: 2 * MINUTE }) },
	),
});
const step: fc.Arbitrary<Step> = fc.oneof(
	{ weight: 8, arbitrary: fc.record({ kind: fc.constant('run' as const), run }) },
	{ weight: 2, arbitrary: fc.record({ kind: fc.constant('kill' as const), worker }) },
	{
		weight: 1,
		arbitrary: fc.record({
			kind: fc.constant('put back' as const),
			savings: fc.integer({ min: 1, max: 4 }),
		}),
	},
	{
		weight: 1,
		arbitrary: fc.record({
			kind: fc.constant('clock' as const),
			worker,
			ahead: fc.integer({ min: -50 * SECOND, max: 50 * SECOND }),
		}),
	},
);
const walks: fc.Arbitrary<Walk> = fc.record({
	seed: fc.nat(),
	steps: fc.array(
		fc.tuple(
			fc.oneof(
				fc.integer({ min: 0, max: 300 }),
				fc.integer({ min: 0, max: MINUTE }),
				fc.integer({ min: 0, max: 5 * MINUTE }),
			),
			step,
		),
		{ minLength: 1, maxLength: 12 },
	),
	audiences: fc.array(audience, { minLength: COHORTS.length, maxLength: COHORTS.length }),
});

/** What a run says where it can't know who is in the segment. */
const SAYS_LOSS =
	/lost the saved data of an earlier run|was mirroring at the same time|didn't load what|is in progress|'Start Over' is on/;

interface Said {
	readonly cohort: string;
	/** When the run ended, in ms of the clock. */
	readonly at: number;
}

/** One workflow on two workers. */
class Instance {
	readonly n8n: VirtualN8n;
	readonly workers: N8nProcess[];
	private readonly savings: object[] = [];
	private readonly running = new Set<Promise<unknown>>();
	readonly said: Said[] = [];

	/** When the clock was at 0, in ms since 1970. */
	readonly start: number;

	constructor(seed: number) {
		this.n8n = new VirtualN8n(seed);
		this.start = this.n8n.clock.now();
		this.workers = [this.n8n.startProcess(), this.n8n.startProcess()];
	}

	/** Runs the workflow once; never ends where its process dies. */
	async run(
		{ worker, cohort, audience, mode, requestsPerMinute, stopAfter }: Run,
		options: object = {},
	): Promise<TestRun> {
		const { done, stop } = this.n8n.start({
			items: itemsOf(audience),
			mode,
			process: this.workers[worker] as N8nProcess,
			parameters: {
				operation: 'mirror',
				cohortId: cohort,
				cohortName: `Cohort ${cohort}`,
				removalLimit: 100,
				options: { batchSize: 1, concurrency: 1, requestsPerMinute, ...options },
			},
		});
		if (stopAfter !== undefined) void this.n8n.clock.sleep(stopAfter).then(stop);
		const result = await done;
		if (mode === 'trigger' && result.status !== 'canceled') {
			this.savings.push(this.n8n.saved.staticData);
		}
		if (SAYS_LOSS.test(wordsOf(result))) {
			this.said.push({ cohort, at: this.n8n.clock.elapsed() });
		}
		return result;
	}

	take(step: Step): void {
		switch (step.kind) {
			case 'run': {
				const running = this.run(step.run);
				this.running.add(running);
				void running.finally(() => this.running.delete(running));
				break;
			}
			case 'kill':
				this.workers[step.worker]?.kill();
				this.workers[step.worker] = this.n8n.startProcess();
				break;
			case 'put back':
				this.n8n.saved.staticData = this.savings.at(-1 - step.savings) ?? {};
				break;
			case 'clock': {
				const process = this.workers[step.worker];
				if (process !== undefined) process.ahead = step.ahead;
			}
		}
	}
}

function wordsOf(run: TestRun): string {
	const { thrown } = run;
	const errors = errorsOf(run).map(({ json }) => String(json['error']));
	return [furtherHintsOf(run), thrown?.message, thrown?.description, ...errors].join(' ');
}

/** After a quiet while, two runs of each cohort go well. */
async function checkSegments(instance: Instance, { audiences }: Walk): Promise<void> {
	const { n8n } = instance;
	// The longest run takes twelve requests at one a minute.
	await n8n.clock.sleep(30 * MINUTE);
	for (const round of [0, 1]) {
		for (const [index, cohort] of COHORTS.entries()) {
			const good: Run = {
				worker: (index + round) % 2,
				cohort,
				audience: audiences[index] ?? [],
				mode: 'trigger',
				requestsPerMinute: 6_000,
				stopAfter: undefined,
			};
			let result = await instance.run(good);
			if (/didn't load what/.test(wordsOf(result))) {
				result = await instance.run(good, { startOver: true });
			}
			if (result.status !== 'success') throw new Error(`No way out: ${wordsOf(result)}`);
			await n8n.clock.sleep(3 * MINUTE);
		}
	}
	for (const [index, cohort] of COHORTS.entries()) {
		const wanted = audiences[index] ?? [];
		const members = n8n.model.memberIds(cohort);
		const missing = wanted.filter((uid) => !members.includes(uid));
		if (missing.length > 0) throw new Error(`Missing in ${cohort}: ${missing.join()}`);
		for (const uid of members) {
			if (wanted.includes(uid)) continue;
			const added = n8n.model.requests.filter(
				(request) =>
					request.accepted &&
					request.cohortId === cohort &&
					request.action === 'add_members' &&
					request.members.some((member) => member.uid === uid),
			);
			const lastAdded = Math.max(...added.map(({ at }) => at)) - instance.start;
			const isSaid = instance.said.some((said) => said.cohort === cohort && said.at >= lastAdded);
			if (!isSaid) throw new Error(`Silently still in ${cohort}: ${uid}`);
		}
	}
}

async function play(walk: Walk): Promise<Instance> {
	const instance = new Instance(walk.seed);
	await instance.n8n.playScript(async () => {
		for (const [wait, step] of walk.steps) {
			await instance.n8n.clock.sleep(wait);
			instance.take(step);
		}
		await checkSegments(instance, walk);
	});
	return instance;
}

test('whatever happens to its runs and its memory, a mirror is right two runs later, or one of them said what can not be known', async () => {
	await fc.assert(
		fc.asyncProperty(walks, async (walk) => {
			await play(walk);
		}),
		randomRuns(20),
	);
}, 7_200_000);
