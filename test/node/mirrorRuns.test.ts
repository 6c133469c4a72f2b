import { credentialFor } from '../support/account';
import { itemsOf, numbered } from '../support/audience';
import type { N8nProcess } from '../support/n8nProcess';
import { VirtualN8n } from '../support/virtualNode';
import type { RunningWorkflow, TestRun, TestWorkflow } from '../support/workflow';
import { CONTINUING, errorsOf, furtherHintsOf, jsonOf } from '../support/workflow';

/**
 * What other runs of the workflow did, and what n8n's database knows of them: in n8n's own engine, in virtual time, in
 * processes that are killed and started.
 */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

const LOST = /^n8n lost the saved data of an earlier run of this node/;
const AT_WORK = /^Another run of this node is in progress/;
const MISSING = /^n8n didn't load what this workflow remembers/;

type Options = Record<string, number | string | boolean>;

interface Mirrored extends Partial<TestWorkflow> {
	readonly cohort?: string;
	readonly options?: Options;
	readonly on?: N8nProcess;
}

/** One workflow of one n8n, whose process can be killed. */
class Instance {
	readonly n8n = new VirtualN8n(1);
	process = this.n8n.startProcess();

	start(
		uids: readonly string[],
		{ cohort = 'vip', options, on, ...more }: Mirrored = {},
	): RunningWorkflow {
		return this.n8n.start({
			items: itemsOf(uids),
			process: on ?? this.process,
			...more,
			parameters: {
				operation: 'mirror',
				cohortId: cohort,
				cohortName: cohort.toUpperCase(),
				removalLimit: 100,
				options: { output: 'summary', ...options },
				...more.parameters,
			},
		});
	}

	async mirror(uids: readonly string[], how?: Mirrored): Promise<TestRun> {
		return await this.start(uids, how).done;
	}

	/** A run whose process dies when so many requests have reached MoEngage. */
	async mirrorAndKill(
		uids: readonly string[],
		requests: number,
		how: Mirrored = {},
	): Promise<void> {
		const before = this.n8n.model.requests.length;
		const options = { batchSize: 1, concurrency: 1, ...how.options };
		// MoEngage has applied a request before its answer arrives.
		const lift = this.n8n.model.fault({ delayMs: 1_000, times: Infinity });
		void this.start(uids, { ...how, options });
		while (this.n8n.model.requests.length < before + requests) await this.n8n.clock.sleep(10);
		this.restart();
		lift();
	}

	restart(): void {
		this.process.kill();
		this.process = this.n8n.startProcess();
	}

	async minutes(count: number): Promise<void> {
		await this.n8n.clock.sleep(count * MINUTE);
	}

	members(cohort = 'vip'): string[] {
		return this.n8n.model.memberIds(cohort);
	}
}

/** Plays a test in virtual time. */
function play(script: (instance: Instance) => Promise<void>): () => Promise<void> {
	return async () => {
		const instance = new Instance();
		await instance.n8n.playScript(async () => await script(instance));
	};
}

const summaryOf = ({ success }: TestRun) => jsonOf(success)[0];

describe('a run that n8n did not save', () => {
	test(
		'is noticed where it was killed: everyone is sent again, with a hint and in the summary',
		play(async (instance) => {
			await instance.mirror(['a', 'b']);
			// From then on the source has nothing that would have to be sent.
			await instance.mirrorAndKill(['a', 'u'], 2);
			expect(instance.members()).toEqual(['a', 'u']);
			await instance.minutes(3);
			const run = await instance.mirror(['a', 'b']);
			expect(instance.members()).toEqual(['a', 'b', 'u']);
			expect(furtherHintsOf(run)).toMatch(LOST);
			expect(summaryOf(run)).toMatchObject({
				earlier_run_lost: true,
				resent_all: true,
				resent: 2,
				added: 0,
			});
			const next = await instance.mirror(['a', 'b']);
			expect(furtherHintsOf(next)).not.toMatch(LOST);
			expect(summaryOf(next)).toMatchObject({ earlier_run_lost: false, unchanged: 2 });
		}),
	);

	test(
		'concerns every cohort that the workflow remembers, each until it was sent in full',
		play(async (instance) => {
			await instance.mirror(['a'], { cohort: 'one' });
			await instance.mirror(['b'], { cohort: 'two' });
			await instance.mirrorAndKill(['a', 'x'], 1, { cohort: 'one' });
			await instance.minutes(3);
			expect(furtherHintsOf(await instance.mirror(['b'], { cohort: 'two' }))).toMatch(LOST);
			const run = await instance.mirror(['a', 'x'], { cohort: 'one' });
			expect(furtherHintsOf(run)).toMatch(LOST);
			expect(summaryOf(run)).toMatchObject({ earlier_run_lost: true });
			for (const cohort of ['one', 'two']) {
				const next = await instance.mirror(cohort === 'one' ? ['a', 'x'] : ['b'], { cohort });
				expect(summaryOf(next)).toMatchObject({ earlier_run_lost: false, resent_all: false });
			}
		}),
	);

	test(
		'in the editor is noticed after a restart',
		play(async (instance) => {
			await instance.mirror(['x', 'y']);
			await instance.mirror(['x'], { mode: 'manual' });
			expect(instance.members()).toEqual(['x']);
			instance.restart();
			await instance.minutes(3);
			const run = await instance.mirror(['x', 'y']);
			expect(instance.members()).toEqual(['x', 'y']);
			expect(furtherHintsOf(run)).toMatch(LOST);
		}),
	);

	test(
		'in the editor is no lost one where the same process goes on',
		play(async (instance) => {
			await instance.mirror(['x', 'y']);
			await instance.mirror(['x'], { mode: 'manual' });
			const run = await instance.mirror(['x', 'y']);
			expect(instance.members()).toEqual(['x', 'y']);
			expect(summaryOf(run)).toMatchObject({ added: 1, earlier_run_lost: false });
		}),
	);

	test(
		'is noticed where an older copy of the workflow was put back',
		play(async (instance) => {
			await instance.mirror(['a', 'b']);
			const older = instance.n8n.saved.staticData;
			await instance.mirror(['a']);
			instance.restart();
			instance.n8n.saved.staticData = older;
			await instance.minutes(3);
			const run = await instance.mirror(['a', 'b']);
			expect(instance.members()).toEqual(['a', 'b']);
			expect(furtherHintsOf(run)).toMatch(LOST);
		}),
	);

	test(
		'was the first of all: it goes on, and says whom nobody knows of',
		play(async (instance) => {
			await instance.mirrorAndKill(['a', 'b', 'c'], 2);
			// Nobody can tell yet whether it is at work.
			expect((await instance.mirror(['b', 'c'])).thrown?.message).toMatch(MISSING);
			await instance.minutes(3);
			const run = await instance.mirror(['b', 'c']);
			expect(run.status).toBe('success');
			expect(furtherHintsOf(run)).toMatch(LOST);
			expect(instance.members()).toEqual(['a', 'b', 'c']);
			await instance.minutes(3);
			expect(furtherHintsOf(await instance.mirror(['b', 'c']))).not.toMatch(LOST);
		}),
	);
});

describe('a memory that n8n keeps from the workflow', () => {
	test.each(['stopWorkflow', ...CONTINUING] as const)(
		'is noticed under %s though nobody knew of it: nothing is sent, and nothing saved is lost',
		async (onError) =>
			await play(async (instance) => {
				await instance.mirror(['a', 'c', 'd']);
				instance.restart();
				instance.n8n.saved.staticData = {};
				await instance.minutes(3);
				const requests = instance.n8n.model.requests.length;
				for (let again = 0; again < 2; again++) {
					const run = await instance.mirror(['a', 'd'], { onError });
					const words =
						onError === 'stopWorkflow' ? run.thrown?.message : errorsOf(run)[0]?.json['error'];
					expect(words).toMatch(MISSING);
					expect(instance.n8n.saved.staticData).toEqual({});
				}
				expect(instance.n8n.model.requests).toHaveLength(requests);
			})(),
	);

	test(
		'is given up with Start Over, which works once',
		play(async (instance) => {
			await instance.mirror(['a', 'c']);
			instance.restart();
			instance.n8n.saved.staticData = {};
			await instance.minutes(3);
			const options = { startOver: true };
			const first = await instance.mirror(['a', 'd'], { options });
			expect(furtherHintsOf(first)).toMatch(
				/^'Start Over' is on: this workflow has forgotten .*"VIP"/,
			);
			expect(instance.members()).toEqual(['a', 'c', 'd']);
			const second = await instance.mirror(['a'], { options });
			expect(furtherHintsOf(second)).toMatch(/^'Start Over' is still on but had no effect/);
			expect(instance.members()).toEqual(['a', 'c']);
			expect(furtherHintsOf(await instance.mirror(['a']))).toBe('');
			// Once it was off, it works again.
			const third = await instance.mirror(['b'], { options });
			expect(furtherHintsOf(third)).toMatch(/^'Start Over' is on/);
			expect(instance.members()).toEqual(['a', 'b', 'c']);
		}),
	);

	test(
		'is noticed with a copy in the process as well as without',
		play(async (instance) => {
			await instance.mirror(['a', 'b']);
			instance.n8n.saved.staticData = {};
			const run = await instance.mirror(['a']);
			expect(instance.members()).toEqual(['a']);
			expect(summaryOf(run)).toMatchObject({ earlier_run_lost: false, removed: 1 });
		}),
	);
});

test(
	'behind a trigger that puts the state of the activation back each time, a mirror stays right without a hint',
	play(async (instance) => {
		await instance.mirror(['a', 'b']);
		instance.restart();
		await instance.minutes(3);
		const activated = instance.n8n.saved.staticData;
		for (const audience of [['a', 'c'], ['c'], ['b', 'c'], ['a']]) {
			instance.n8n.saved.staticData = activated;
			const run = await instance.mirror(audience);
			expect(instance.members()).toEqual(audience);
			expect(furtherHintsOf(run)).toBe('');
			await instance.minutes(120);
		}
	}),
);

describe('two runs at once', () => {
	const SLOW = { batchSize: 1, concurrency: 1, requestsPerMinute: 6 };

	test(
		'on two workers: the second is refused, and later goes on',
		play(async (instance) => {
			await instance.mirror(['a', 'b']);
			const other = instance.n8n.startProcess();
			const first = instance.start(numbered(12), { options: SLOW });
			await instance.minutes(1);
			const refused = await instance.mirror(['a'], { on: other });
			expect(refused.thrown?.message).toMatch(AT_WORK);
			expect(refused.thrown?.description).toContain('Send Everyone Now');
			const { status } = await first.done;
			expect(status).toBe('success');
			await instance.minutes(3);
			const run = await instance.mirror(['u-1'], { on: other });
			expect(instance.members()).toEqual(['u-1']);
			expect(furtherHintsOf(run)).toBe('');
		}),
	);

	test(
		'where the package was updated while one is at work',
		play(async (instance) => {
			await instance.mirror(['a']);
			const old = instance.start(['x', 'y', 'z'], { options: { ...SLOW, requestsPerMinute: 1 } });
			await instance.minutes(1.5);
			// The process goes on, with a copy of the package of its own.
			instance.process = instance.n8n.startProcess();
			expect((await instance.mirror(['y'])).thrown?.message).toMatch(AT_WORK);
			await old.done;
			await instance.minutes(3);
			await instance.mirror(['y']);
			expect(instance.members()).toEqual(['y']);
		}),
	);

	test(
		"a killed one keeps others out for two minutes, and 'Send Everyone Now' does not wait",
		play(async (instance) => {
			await instance.mirror(['a', 'b']);
			await instance.mirrorAndKill(['a', 'x', 'y', 'z'], 2);
			expect((await instance.mirror(['a', 'b'])).thrown?.message).toMatch(AT_WORK);
			const run = await instance.mirror(['a', 'b'], { options: { sendEveryone: true } });
			expect(run.status).toBe('success');
			expect(instance.members()).toEqual(expect.arrayContaining(['a', 'b']));
			expect(furtherHintsOf(run)).toMatch(
				/because 'Send Everyone Now' is on.* n8n lost the saved data of an earlier run/,
			);
			await instance.minutes(3);
			expect(furtherHintsOf(await instance.mirror(['a', 'b']))).toBe('');
		}),
	);

	test(
		'a thousand short ones before a kill keep others out for no longer',
		play(async (instance) => {
			for (let index = 0; index < 100; index++) {
				await instance.mirror(['a'], { cohort: `c${index % 10}` });
			}
			await instance.mirrorAndKill(['a', 'x'], 1, { cohort: 'c0' });
			await instance.minutes(2.5);
			expect(furtherHintsOf(await instance.mirror(['a'], { cohort: 'c0' }))).toMatch(LOST);
		}),
	);
});

describe('timestamps', () => {
	test(
		'are never behind what the workflow has sent, also where the clock was an hour ahead',
		play(async (instance) => {
			instance.process.ahead = 60 * MINUTE;
			await instance.mirror(numbered(20));
			instance.restart();
			await instance.minutes(3);
			const run = await instance.mirror(numbered(15));
			expect(instance.members()).toEqual(numbered(15).sort());
			expect(furtherHintsOf(run)).toMatch(
				/An earlier run used timestamps that are ahead of this server's clock.* Until 2026-11-23T11:00:\d\d/,
			);
		}),
	);

	test(
		'of another operation are earlier for as long as such a clock has not caught up, as the docs say',
		play(async (instance) => {
			const remove = async (uid: string) =>
				await instance.mirror([uid], { parameters: { operation: 'remove', options: {} } });
			instance.process.ahead = 60 * MINUTE;
			await instance.mirror(['a', 'b']);
			instance.process.ahead = 0;
			await remove('a');
			expect(instance.members()).toEqual(['b']);
			instance.restart();
			await remove('b');
			expect(instance.members()).toEqual(['b']);
			await instance.minutes(61);
			await remove('b');
			expect(instance.members()).toEqual([]);
		}),
	);

	test(
		'are taken when a run starts, so that the later of two runs wins, whatever delays the earlier',
		play(async (instance) => {
			const { model } = instance.n8n;
			const update = (items: Array<{ uid: string; is_member: string }>) => ({
				items,
				parameters: { operation: 'update', options: {} },
			});
			await instance.mirror(['y'], { parameters: { operation: 'add', options: {} } });
			model.fault({ status: 503, times: 1 });
			const first = instance.start([], {
				...update([
					{ uid: 'y', is_member: 'out' },
					{ uid: 'x', is_member: 'in' },
				]),
			});
			await instance.n8n.clock.sleep(500);
			const second = instance.start([], update([{ uid: 'x', is_member: 'out' }]));
			const runs = [await first.done, await second.done];
			expect(runs.map(({ status }) => status)).toEqual(['success', 'success']);
			expect(instance.members()).toEqual([]);
		}),
	);

	test(
		'are taken before the credential of other items is compared, which n8n reads from its database',
		play(async (instance) => {
			const { clock, appId } = instance.n8n;
			const credentialOf = async () => {
				await clock.sleep(10);
				return credentialFor('https://moengage.example.com', appId);
			};
			const start = (uids: readonly string[], operation: string) =>
				instance.start(uids, { credentialOf, parameters: { operation, options: {} } });
			const large = start(numbered(1_000), 'add');
			await clock.sleep(25);
			const small = start(['u-0'], 'remove');
			const runs = [await large.done, await small.done];
			expect(runs.map(({ status }) => status)).toEqual(['success', 'success']);
			expect(instance.members()).toHaveLength(999);
		}),
	);

	test.each([
		['a dry run', { operation: 'add', options: { batchSize: 1, dryRun: true } }],
		['Check Users', { operation: 'check', options: {} }],
	])('are not put ahead of the clock, and so of other workers, by %s', async (_, parameters) => {
		await play(async (instance) => {
			const { clock } = instance.n8n;
			const other = instance.n8n.startProcess();
			const start = (operation: string, on = instance.process) =>
				instance.start(['x'], { on, parameters: { operation, options: {} } });
			const trial = instance.start(numbered(4_000), { parameters });
			await clock.sleep(1);
			const earlier = start('add');
			await clock.sleep(5);
			const later = start('remove', other);
			const runs = [await trial.done, await earlier.done, await later.done];
			expect(runs.map(({ status }) => status)).toEqual(['success', 'success', 'success']);
			expect(instance.members()).toEqual([]);
		})();
	});
});

describe('cohorts', () => {
	const inCohorts = (count: number, each: number) =>
		numbered(count).flatMap((cohort) =>
			numbered(each).map((uid) => ({ uid: `${cohort}-${uid}`, cohort })),
		);
	const parameters = { cohortId: '={{ $json.cohort }}', cohortName: '={{ $json.cohort }}' };

	test.each(['stopWorkflow', ...CONTINUING] as const)(
		'under %s: a hundred small ones lose almost everyone together, which the limit does not let pass',
		async (onError) =>
			await play(async (instance) => {
				await instance.mirror([], { items: inCohorts(100, 10), parameters });
				const requests = instance.n8n.model.requests.length;
				const run = await instance.mirror([], {
					items: inCohorts(100, 1),
					parameters: { ...parameters, removalLimit: 25 },
					onError,
				});
				const words =
					onError === 'stopWorkflow' ? run.thrown?.message : errorsOf(run)[99]?.json['error'];
				expect(words).toMatch(
					/^This run would remove 900 of 1,000 members from 100 cohorts together, above the 25% limit/,
				);
				expect(instance.n8n.model.requests).toHaveLength(requests);
			})(),
	);

	test(
		'that are missing for the first time are named once',
		play(async (instance) => {
			await instance.mirror([], { items: inCohorts(3, 1), parameters });
			const run = await instance.mirror([], { items: inCohorts(2, 1), parameters });
			expect(furtherHintsOf(run)).toMatch(/^There are no items for the cohort "u-2"/);
			expect(instance.members('u-2')).toEqual(['u-2-u-0']);
			expect(
				furtherHintsOf(await instance.mirror([], { items: inCohorts(2, 1), parameters })),
			).toBe('');
			// Each in executions of their own, none is missing.
			await instance.mirror(['a'], { cohort: 'one' });
			await instance.mirror(['a'], { cohort: 'two' });
			expect(furtherHintsOf(await instance.mirror(['a'], { cohort: 'one' }))).toBe('');
		}),
	);

	test(
		'that are no longer used are forgotten where the option says so, and then start anew',
		play(async (instance) => {
			await instance.mirror(['a', 'b'], { cohort: 'old' });
			await instance.n8n.clock.sleep(4 * DAY);
			await instance.mirror(['a'], { cohort: 'new', options: { forgetAfter: 5 } });
			expect(JSON.stringify(instance.n8n.saved.staticData)).toContain('OLD');
			await instance.n8n.clock.sleep(2 * DAY);
			const run = await instance.mirror(['a'], { cohort: 'new', options: { forgetAfter: 5 } });
			expect(furtherHintsOf(run)).toMatch(
				/has forgotten the cohort "OLD", not mirrored for more than 5 days/,
			);
			expect(JSON.stringify(instance.n8n.saved.staticData)).not.toContain('OLD');
			await instance.mirror(['b'], { cohort: 'old' });
			expect(instance.members('old')).toEqual(['a', 'b']);
		}),
	);

	test(
		'are sent to everyone now where the option says so, each by its own expression',
		play(async (instance) => {
			await instance.mirror([], { items: inCohorts(2, 3), parameters });
			const { success } = await instance.mirror([], {
				items: inCohorts(2, 3),
				parameters: {
					...parameters,
					options: { output: 'summary', sendEveryone: '={{ $json.cohort === "u-1" }}' },
				},
			});
			expect(jsonOf(success)).toMatchObject([
				{ resent_all: false, resent: 0, unchanged: 3 },
				{ resent_all: true, resent: 3, unchanged: 0 },
			]);
		}),
	);
});

test(
	'between runs that remember, one with a second input is noticed',
	play(async (instance) => {
		await instance.mirror(['a', 'b']);
		await instance.mirror(['a', 'c'], {
			onError: 'continueErrorOutput',
			parameters: { previousMembers: 'input', options: {} },
			secondInput: [{ uid: 'a' }, { uid: 'b' }],
		});
		expect(instance.members()).toEqual(['a', 'c']);
		await instance.minutes(3);
		const run = await instance.mirror(['a', 'b']);
		expect(furtherHintsOf(run)).toMatch(LOST);
		expect(instance.members()).toEqual(['a', 'b', 'c']);
	}),
);

test(
	'dry and refused runs leave no trace',
	play(async (instance) => {
		await instance.mirror(['a', 'b']);
		await instance.mirror(['x'], { options: { dryRun: true } });
		const refused = await instance.mirror(['x'], { parameters: { cohortName: '.bad' } });
		expect(refused.status).toBe('error');
		instance.restart();
		const run = await instance.mirror(['a']);
		expect(summaryOf(run)).toMatchObject({ removed: 1, earlier_run_lost: false });
		expect(furtherHintsOf(run)).toBe('');
	}),
);
