import type { ExecutionPlan, ExecutionResult, InstanceOptions } from '../support/workers';
import { Instance } from '../support/workers';
import { VirtualClock } from '../support/virtualClock';

/** Histories that went wrong with a mirror that trusted whatever memory it loaded. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** After that a run that was cut off counts as over. */
const QUIET = 2 * MINUTE + SECOND;

const A: ExecutionPlan = { cohort: 'a', changes: 1, work: SECOND };
const B: ExecutionPlan = { cohort: 'b', changes: 1, work: SECOND };
const IDLE: ExecutionPlan = { cohort: 'a' };

/** Plays a history in virtual time. */
async function play(
	history: (instance: Instance, clock: VirtualClock) => Promise<void>,
	options: InstanceOptions = {},
): Promise<Instance> {
	const clock = new VirtualClock();
	const instance = new Instance(clock, options);
	await clock.play(history(instance, clock));
	if (instance.fault !== undefined) throw instance.fault;
	// Whatever happens, no run that came to its end was silently wrong.
	expect(instance.results.filter(({ silent, releasedAt }) => silent && releasedAt)).toEqual([]);
	return instance;
}

/** What a user learns of a run. */
function learned({ acquisition, loss, overlapped }: ExecutionResult): string {
	if (typeof acquisition !== 'object') return acquisition ?? 'nothing asked';
	const kind =
		acquisition.kind === 'refused'
			? acquisition.reason
			: acquisition.kind === 'lost'
				? acquisition.cause
				: acquisition.kind;
	return [kind, ...(loss === 'none' ? [] : [loss]), ...(overlapped ? ['overlapped'] : [])].join(
		', ',
	);
}

/** Runs the workflow on a worker and says what was learned. */
const run = async (instance: Instance, worker: number, plan: ExecutionPlan) =>
	learned(await instance.execute(worker, plan));

/** Starts a run that a kill of its worker cuts off, after it has made its change. */
async function kill(instance: Instance, worker: number, plan: ExecutionPlan): Promise<void> {
	void instance.execute(worker, { ...plan, work: HOUR });
	await instance.clock.sleep(SECOND);
	instance.restart(worker);
}

test('case 21: of two mirrors of a cohort on two workers the second is refused', async () => {
	await play(async (instance, clock) => {
		await run(instance, 0, A);
		const first = instance.execute(0, { ...A, work: 10 * MINUTE });
		for (let minute = 0; minute < 9; minute++) {
			await clock.sleep(MINUTE);
			expect(await run(instance, 1, A)).toBe('in_progress');
		}
		expect(learned(await first)).toBe('latest');
		// It ended as if it had been alone.
		expect(await run(instance, 1, A)).toBe('latest');
	});
});

test('case 21: a worker that stood still for long meets its follower, and the next run makes up for it', async () => {
	await play(async (instance, clock) => {
		await run(instance, 0, A);
		await run(instance, 0, B);
		const options = { ...A, work: 10 * MINUTE, changes: 2 };
		const first = instance.execute(0, options);
		await clock.sleep(SECOND);
		// n8n's helper answers nobody for a while, so that the lease runs out.
		instance.isAway = true;
		await clock.sleep(3 * MINUTE);
		instance.isAway = false;
		expect(await run(instance, 1, A)).toBe('later_run, resend');
		expect(learned(await first)).toBe('latest, overlapped');
		await clock.sleep(QUIET);
		expect(await run(instance, 1, A)).toBe('later_run, resend');
		expect(await run(instance, 0, B)).toBe('latest, resend');
		expect(await run(instance, 0, A)).toBe('latest');
		expect(await run(instance, 1, B)).toBe('latest');
	});
});

test('case 40: a loss concerns every cohort, whichever run notices it', async () => {
	const instance = await play(async (instance, clock) => {
		for (const plan of [A, B]) await run(instance, 0, plan);
		await kill(instance, 0, A);
		expect(await run(instance, 0, B)).toBe('in_progress');
		await clock.sleep(QUIET);
		expect(await run(instance, 0, B)).toBe('later_run, resend');
		expect(await run(instance, 0, A)).toBe('latest, resend');
		for (const plan of [A, B]) expect(await run(instance, 0, plan)).toBe('latest');
	});
	expect(instance.unknownChanges('a')).toEqual([]);
});

test('case 40: a cohort whose first run was the lost one is told as well', async () => {
	await play(async (instance, clock) => {
		await run(instance, 0, A);
		await kill(instance, 0, B);
		await clock.sleep(QUIET);
		expect(await run(instance, 0, A)).toBe('later_run, resend');
		expect(await run(instance, 0, B)).toBe('latest, forgotten');
		expect(await run(instance, 0, B)).toBe('latest');
	});
});

test('case 41: a trigger that writes old static data back is no loss, until n8n restarts', async () => {
	await play(async (instance, clock) => {
		await run(instance, 0, A);
		instance.restart(0);
		for (let fire = 0; fire < 5; fire++) {
			instance.writeBack(1);
			expect(await run(instance, 0, fire % 2 === 0 ? A : B)).toBe('latest');
			await clock.sleep(2 * HOUR);
		}
		// A dry run and one from the editor between two fires change nothing of that.
		await run(instance, 0, { ...A, sendsNothing: true });
		expect(await run(instance, 0, { ...A, isManual: true })).toBe('latest');
		instance.writeBack(1);
		expect(await run(instance, 0, A)).toBe('latest');
		instance.writeBack(1);
		instance.restart(0);
		await clock.sleep(2 * HOUR);
		expect(await run(instance, 0, A)).toBe('later_run, resend');
	});
});

test('case 42: after a restart the next run knows that one from the editor changed the cohort', async () => {
	for (const worker of [0, 1]) {
		await play(async (instance, clock) => {
			await run(instance, 0, A);
			await clock.sleep(QUIET);
			expect(await run(instance, 0, { ...A, isManual: true })).toBe('latest');
			if (worker === 0) instance.restart(0);
			expect(await run(instance, worker, A)).toBe('later_run, resend');
			expect(await run(instance, worker, A)).toBe('latest');
		});
	}
	await play(async (instance) => {
		await run(instance, 0, A);
		await run(instance, 0, { ...A, isManual: true });
		// The process itself knows what the editor did.
		expect(await run(instance, 0, A)).toBe('latest');
	});
	await play(async (instance, clock) => {
		await run(instance, 0, { ...A, isManual: true });
		instance.restart(0);
		await clock.sleep(SECOND);
		expect(await run(instance, 0, A)).toBe('first_run_cut_off, forgotten');
	});
});

test('case 43: Start Over opens the way where the memory is gone, once', async () => {
	await play(async (instance, clock) => {
		const startOver = { ...A, startOver: true };
		await run(instance, 0, A);
		instance.restart(0);
		await clock.sleep(QUIET);
		expect(await run(instance, 0, { ...A, loaded: 'nothing' })).toBe('memory_not_loaded');
		expect(await run(instance, 0, { ...startOver, loaded: 'nothing' })).toBe(
			'started_over, forgotten',
		);
		// Left on, it opens nothing any more: that it holds once for a cohort is the memory's to note.
		expect(await run(instance, 0, startOver)).toBe('latest');
		await kill(instance, 0, A);
		expect(await run(instance, 0, startOver)).toBe('in_progress');
	});
});

test('case 47: a run with nothing to send notices a killed one', async () => {
	await play(async (instance, clock) => {
		await run(instance, 0, A);
		await kill(instance, 0, A);
		await clock.sleep(QUIET);
		expect(await run(instance, 0, IDLE)).toBe('later_run, resend');
		expect(await run(instance, 0, IDLE)).toBe('latest');
	});
});

test("case 48: a node's first run that is stopped or killed does not lock the node", async () => {
	await play(async (instance, clock) => {
		expect(await run(instance, 0, { ...A, isStopped: true })).toBe('first');
		instance.restart(0);
		await clock.sleep(QUIET);
		await kill(instance, 0, A);
		expect(await run(instance, 0, A)).toBe('memory_not_loaded');
		await clock.sleep(QUIET);
		expect(await run(instance, 0, A)).toBe('first_run_cut_off, forgotten');
		expect(await run(instance, 0, A)).toBe('latest');
	});
	await play(async (instance) => {
		await run(instance, 0, { ...A, isStopped: true });
		expect(await run(instance, 0, A)).toBe('latest');
	});
});

test('case 49: 1,000 short runs put no one off for longer than two minutes', async () => {
	await play(async (instance, clock) => {
		for (let index = 0; index < 1000; index++) {
			await instance.execute(0, { cohort: index % 2 === 0 ? 'a' : 'b' });
			await clock.sleep(100);
		}
		await kill(instance, 0, A);
		expect(await run(instance, 0, A)).toBe('in_progress');
		await clock.sleep(QUIET);
		expect(await run(instance, 0, A)).toBe('later_run, resend');
	});
});

test('case 50: an update of the package loads its modules again, and the number still tells', async () => {
	await play(async (instance, clock) => {
		await run(instance, 0, A);
		const old = instance.execute(0, { ...A, work: 5 * MINUTE, afterwards: 5 * MINUTE });
		await clock.sleep(MINUTE);
		instance.workers[0]?.loadPackageAgain();
		expect(await run(instance, 0, A)).toBe('in_progress');
		// The old run is over, but n8n saves its memory only when the execution ends.
		await clock.sleep(7 * MINUTE);
		expect(await run(instance, 0, A)).toBe('later_run, resend');
		expect(learned(await old)).toBe('latest');
		// The older memory was saved last, over the newer one. The process still has that.
		expect(await run(instance, 0, A)).toBe('latest');
		instance.restart(0);
		expect(await run(instance, 0, A)).toBe('latest');
	});
});

test('an older copy of the workflow that is put back is noticed, also where the process has copies', async () => {
	await play(async (instance, clock) => {
		await run(instance, 0, A);
		instance.restart(0);
		for (const plan of [A, B, A]) await run(instance, 0, plan);
		// Worker 1 has its copies on top of the newest; the older memory lacks what is between.
		await run(instance, 1, A);
		await clock.sleep(QUIET);
		expect(await run(instance, 1, { ...B, loaded: 3 })).toBe('later_run, forgotten');
		expect(await run(instance, 1, A)).toBe('latest, resend');
	});
});

test('Send Everyone Now is the way out where a clock was a year ahead', async () => {
	await play(
		async (instance, clock) => {
			await run(instance, 0, A);
			await kill(instance, 1, A);
			await clock.sleep(HOUR);
			expect(await run(instance, 0, A)).toBe('in_progress');
			expect(await run(instance, 0, { ...A, sendEveryone: true })).toBe('forced, resend');
			expect(await run(instance, 0, A)).toBe('latest');
		},
		{ ahead: [0, 365 * 24 * HOUR] },
	);
});

test('two first runs on two workers in the same moment: one begins', async () => {
	const instance = await play(
		async (instance) => {
			await Promise.all([0, 1].map(async (worker) => await run(instance, worker, A)));
		},
		{ latency: () => 5 },
	);
	expect(instance.results.map(learned).sort()).toEqual(['first', 'memory_not_loaded']);
});

test('different cohorts in one process run at once, and a kill between their ends is noticed', async () => {
	await play(async (instance, clock) => {
		for (const plan of [A, B]) await run(instance, 0, plan);
		void instance.execute(0, { ...B, work: HOUR });
		expect(await run(instance, 0, A)).toBe('latest');
		instance.restart(0);
		await clock.sleep(QUIET);
		expect(await run(instance, 0, A)).toBe('later_run, resend');
		expect(await run(instance, 0, B)).toBe('latest, resend');
	});
	await play(async (instance) => {
		for (const plan of [A, B]) await run(instance, 0, plan);
		const other = instance.execute(0, { ...B, work: MINUTE });
		expect(await run(instance, 0, A)).toBe('latest');
		await other;
		// Saved as the latest, though the other began first.
		expect(await run(instance, 1, A)).toBe('latest');
	});
});

test('a memory of 0.1.0 has no numbers: its cohorts are sent in full once, without a word', async () => {
	await play(
		async (instance, clock) => {
			expect(await run(instance, 0, A)).toBe('first');
			expect(await run(instance, 1, A)).toBe('latest');
			instance.restart(1);
			await clock.sleep(QUIET);
			// That memory once more, as from a backup.
			expect(await run(instance, 1, { ...A, loaded: 2 })).toBe('number_missing, resend');
		},
		{ hasOldMemory: true },
	);
	await play(
		async (instance) => {
			// With a memory, a first run at work is seen as any other.
			const first = instance.execute(0, { ...A, work: 5 * MINUTE });
			await instance.clock.sleep(SECOND);
			expect(await run(instance, 1, A)).toBe('in_progress');
			await first;
		},
		{ hasOldMemory: true },
	);
});

test('a run with a second input is noticed by the next one that remembers', async () => {
	await play(async (instance, clock) => {
		await run(instance, 0, A);
		await run(instance, 0, { ...A, hasSecondInput: true });
		await clock.sleep(QUIET);
		expect(await run(instance, 0, A)).toBe('later_run, resend');
		expect(await run(instance, 0, A)).toBe('latest');
	});
});

test("a run from the editor that n8n 1.x gives nothing knows of the loss that its process's copy was made after", async () => {
	await play(
		async (instance, clock) => {
			expect(await run(instance, 0, { ...B, isStopped: true })).toBe('first');
			await clock.sleep(QUIET);
			expect(await run(instance, 1, IDLE)).toBe('first_run_cut_off, forgotten');
			expect(await run(instance, 1, { cohort: 'b', isStopped: true })).toBe('latest, forgotten');
			expect(await run(instance, 1, { cohort: 'b', isManual: true })).toBe('latest, resend');
		},
		{ handsEditorNothing: true },
	);
});

test('of two losses of a node the later one counts, also where its worker has a slower clock', async () => {
	await play(
		async (instance, clock) => {
			expect(await run(instance, 1, { ...IDLE, isStopped: true })).toBe('first');
			await clock.sleep(QUIET);
			// Its process makes up for the loss; n8n saves nothing of it.
			expect(await run(instance, 0, { ...IDLE, isManual: true })).toBe(
				'first_run_cut_off, forgotten',
			);
			expect(await run(instance, 1, { ...A, isPartial: true })).toBe('later_run, resend');
			await clock.sleep(QUIET);
			expect(await run(instance, 0, IDLE)).toBe('latest, resend');
			expect(await run(instance, 1, IDLE)).toBe('latest');
			expect(instance.unknownChanges('a')).toEqual([]);
		},
		{ ahead: [0, -5 * SECOND] },
	);
});
