import fc from 'fast-check';
import type { Fault, RequestRecord } from '../../emulator/model';
import type { Change } from '../../nodes/MoEngageCohortSync/model/change';
import type { DeliveryProblem } from '../../nodes/MoEngageCohortSync/model/problem';
import type { DeliverySettings } from '../../nodes/MoEngageCohortSync/model/settings';
import { randomRuns } from '../support/randomRuns';
import type { Attempt } from '../support/virtualMoEngage';
import { audienceOf, byRequest, users, World } from '../support/virtualMoEngage';

/**
 * Random runs against the emulator in virtual time, with everything going wrong that may.
 */

/** Jest's own `expect` would take most of the time. */
function must(condition: boolean, what: string) {
	if (!condition) throw new Error(what);
}

const TIMEOUT_MS = 30_000;
const MINUTE = 60_000;

/** Answers that end a run, as far as their status tells. */
const ENDING = new Set([301, 302, 307, 401, 403, 404, 415]);

const retryAfters = fc.constantFrom(
	'0',
	'1',
	'30',
	'900',
	'901',
	'soon',
	'-5',
	'1.5',
	'x 2099',
	'date',
);

/** What may happen to a request; `date` becomes a date soon after. */
const mishaps: fc.Arbitrary<Fault> = fc.oneof(
	{
		weight: 6,
		arbitrary: fc.record(
			{
				status: fc.constantFrom(408, 429, 429, 500, 502, 503, 504),
				retryAfter: retryAfters,
				handleFirst: fc.boolean(),
			},
			{ requiredKeys: ['status'] },
		),
	},
	{
		weight: 2,
		arbitrary: fc.record({ reset: fc.constantFrom('before' as const, 'after' as const) }),
	},
	{
		weight: 2,
		arbitrary: fc.record(
			{ delayMs: fc.constant(45_000), reset: fc.constant('before' as const) },
			{ requiredKeys: ['delayMs'] },
		),
	},
	{
		weight: 2,
		arbitrary: fc.record({
			status: fc.constant(200),
			body: fc.constantFrom(
				'{"status":"fail"}',
				'<html>Log in</html>',
				'',
				'[]',
				'null',
				'"success"',
			),
			handleFirst: fc.boolean(),
		}),
	},
	{ weight: 1, arbitrary: fc.record({ status: fc.constantFrom(400, 413, 418, 422) }) },
	{ weight: 1, arbitrary: fc.record({ status: fc.constantFrom(...ENDING) }) },
);

/** Which requests it happens to: some in a row, or all in a span of time. Numbers count arrivals from 1. */
const spells = fc.record({
	mishap: mishaps,
	when: fc.oneof(
		fc.record({ first: fc.integer({ min: 1, max: 40 }), count: fc.integer({ min: 1, max: 12 }) }),
		fc.record({ fromMs: fc.nat(MINUTE), forMs: fc.constantFrom(2_000, 70_000, 300_000) }),
	),
});

const memberRefusals = [
	'{"status":"fail","error":{"attribute":"uid","message":"uid is not valid","request_id":"r"}}',
	'{"status":"fail","error":{"attribute":"parameters.members","type":"InvalidAttributeError"}}',
	'<html>Bad request</html>',
];

const cohortPlans = fc.record({
	/** Some cohorts belong to several runs. */
	id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
	removals: fc.oneof(fc.constant(0), fc.nat(40)),
	additions: fc.oneof(fc.nat(40), fc.constant(0)),
	batchSize: fc.integer({ min: 1, max: 25 }),
});

const runPlans = fc.record({
	cohorts: fc.uniqueArray(cohortPlans, { minLength: 1, maxLength: 6, selector: ({ id }) => id }),
	settings: fc.record({
		concurrency: fc.integer({ min: 1, max: 8 }),
		requestsPerMinute: fc.oneof(fc.integer({ min: 3, max: 60 }), fc.constant(300)),
		maxRetries: fc.oneof(fc.constant(8), fc.nat(8)),
		timeout: fc.constant(TIMEOUT_MS / 1000),
		isAttended: fc.boolean(),
	}),
	startsAt: fc.oneof(fc.constant(0), fc.nat(90_000)),
	stopsAfter: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, fc.nat(200_000)),
});

const plans = fc.record({
	seed: fc.nat(),
	runs: fc.array(runPlans, { minLength: 1, maxLength: 4 }),
	/** All runs have the settings of the first, as they mostly do. */
	sameSettings: fc.boolean(),
	latency: fc.constantFrom(0, 20, 500, 5_000),
	spells: fc.array(spells, { maxLength: 4 }),
	/** Tries whose connection is refused. */
	unreachable: fc.oneof(
		fc.constant(undefined),
		fc.record({ first: fc.integer({ min: 1, max: 30 }), count: fc.integer({ min: 1, max: 15 }) }),
	),
	/** Every so manieth member of the cohort is refused. */
	badMembers: fc.option(
		fc.record({
			cohort: fc.constantFrom('a', 'b', 'c'),
			every: fc.constantFrom(1, 7, 30),
			body: fc.constantFrom(...memberRefusals),
		}),
		{ nil: undefined, freq: 2 },
	),
	/** A cohort that is refused from some request on. */
	badCohort: fc.option(
		fc.record({
			cohort: fc.constantFrom('a', 'b', 'd'),
			from: fc.integer({ min: 1, max: 20 }),
			attribute: fc.constantFrom('cohort_name', 'parameters.cohort_id', 'action'),
		}),
		{ nil: undefined, freq: 2 },
	),
	maxBytes: fc.constantFrom(131_072, 131_072, 131_072, 700, 250),
	stepsBack: fc.array(fc.record({ at: fc.nat(120_000), by: fc.constantFrom(1, 900, 3_600_000) }), {
		maxLength: 2,
	}),
});

type Plan = typeof plans extends fc.Arbitrary<infer T> ? T : never;

interface PlayedRun {
	readonly number: number;
	readonly settings: DeliverySettings;
	readonly cohorts: ReadonlyArray<ReturnType<typeof audienceOf>>;
	/** Why it ended before all was sent. */
	endedBy: DeliveryProblem | undefined;
	/** Its attempts, as many as there were when it was over. */
	attemptsAtEnd: number;
	/** The end's place in the order of all starts and results. */
	over: number;
}

function worldOf(plan: Plan): World {
	const { latency, unreachable, seed } = plan;
	const limits = plan.runs.map(({ settings }) => settings.requestsPerMinute);
	const world: World = new World({
		seed,
		requestsPerMinute: plan.sameSettings ? (limits[0] ?? 0) : Math.max(...limits),
		maxBytes: plan.maxBytes,
		timeout: TIMEOUT_MS,
		delay: () => ({
			there: Math.floor(latency * world.clock.random()),
			back: Math.floor(latency * world.clock.random()),
		}),
		isUnreachable: (number) =>
			unreachable !== undefined &&
			number >= unreachable.first &&
			number < unreachable.first + unreachable.count,
	});
	const start = world.clock.now();
	for (const { mishap, when } of plan.spells) {
		const retryAfter =
			mishap.retryAfter === 'date' ? new Date(start + MINUTE).toUTCString() : mishap.retryAfter;
		world.model.fault({
			...mishap,
			// A request that is ended 429 was not counted, far less applied.
			handleFirst: mishap.handleFirst === true && mishap.status !== 429,
			...(retryAfter === undefined ? {} : { retryAfter }),
			times: Infinity,
			when: ({ number, at }: RequestRecord) =>
				'first' in when
					? number >= when.first && number < when.first + when.count
					: at >= start + when.fromMs && at < start + when.fromMs + when.forMs,
		});
	}
	const { badMembers, badCohort } = plan;
	if (badMembers !== undefined) {
		world.model.fault({
			status: 400,
			body: badMembers.body,
			times: Infinity,
			when: ({ cohortId, members }) =>
				cohortId === badMembers.cohort &&
				members.some(({ uid = '' }) => Number(uid.replace(/\D/g, '')) % badMembers.every === 0),
		});
	}
	if (badCohort !== undefined) {
		const error = { attribute: badCohort.attribute, message: 'It is not valid' };
		world.model.fault({
			status: 400,
			body: JSON.stringify({ status: 'fail', error }),
			times: Infinity,
			when: ({ cohortId, number }) => cohortId === badCohort.cohort && number >= badCohort.from,
		});
	}
	for (const { at, by } of plan.stepsBack) {
		void world.clock.sleep(at).then(() => world.clock.stepBack(by));
	}
	return world;
}

/** Plays a plan to its end, and on until nothing moves any more. */
async function play(plan: Plan): Promise<{ world: World; runs: PlayedRun[] }> {
	const world = worldOf(plan);
	const runs = plan.runs.map((run, number): PlayedRun => {
		const cohorts = run.cohorts.map(({ id, removals, additions, batchSize }) =>
			world.audience({
				id,
				remove: users(removals, `r${number}-out-`),
				add: users(additions, `r${number}-in-`),
				batchSize,
			}),
		);
		const settings = (plan.sameSettings ? plan.runs[0] : run)?.settings ?? run.settings;
		return { number, settings, cohorts, endedBy: undefined, attemptsAtEnd: 0, over: 0 };
	});
	const deliveries = runs.map(async (run) => {
		const { startsAt, stopsAfter } = plan.runs[run.number] ?? { startsAt: 0 };
		const stop = new AbortController();
		await world.clock.sleep(startsAt);
		if (stopsAfter !== undefined) {
			void world.clock.sleep(stopsAfter).then(() => stop.abort());
		}
		const packed = run.cohorts.map((cohort) => cohort.packed);
		run.endedBy = await world.deliver(packed, run.settings, stop.signal, { run: run.number });
		run.attemptsAtEnd = attemptsOf(world, run).length;
		run.over = world.events;
	});
	const most = runs.reduce((sum, run) => sum + (batchesOf(run) + 300) * 9, 0);
	await world.clock.play(Promise.all(deliveries), most * 20 * MINUTE);
	const over = world.clock.elapsed();
	must(over <= 90_000 + longestAnyoneNeeds(world, runs), `It took ${over} ms`);
	await world.clock.playOut();
	return { world, runs };
}

const attemptsOf = (world: World, { number }: PlayedRun) =>
	world.attempts.filter(({ run }) => run === number);

const batchesOf = ({ cohorts }: PlayedRun) =>
	cohorts.reduce((sum, { packed }) => sum + packed.removals.length + packed.additions.length, 0);

/** Time in ms for all attempts one after another, with the longest waits between them. */
function longestAnyoneNeeds(world: World, runs: readonly PlayedRun[]): number {
	const rate = Math.min(...runs.map(({ settings }) => settings.requestsPerMinute));
	const ending = world.attempts.reduce((sum, one) => {
		const time = Math.min(one.endedAt, world.clock.elapsed()) - one.startedAt;
		return sum + time + (isRetried(one) ? Math.max(135_000, pauseAskedFor(one)) : 0);
	}, 0);
	return ending + Math.ceil(world.attempts.length / rate) * (MINUTE + TIMEOUT_MS);
}

const statusOf = ({ result }: Attempt) => result?.status ?? 0;
const isSuccess = ({ result }: Attempt) => result?.status === 200 && result.body.isSuccess;
const isRetried = (one: Attempt) =>
	one.result !== undefined &&
	!isSuccess(one) &&
	[0, 200, 408, 429, 500, 502, 503, 504].includes(statusOf(one));

/** Nobody can tell whether it was applied. */
const mayBeApplied = (one: Attempt) =>
	isRetried(one) &&
	statusOf(one) !== 429 &&
	!(
		one.result !== undefined &&
		'errorCode' in one.result &&
		one.result.errorCode === 'ECONNREFUSED'
	);

const isRefused = (one: Attempt) =>
	[400, 401, 403, 404, 413, 415, 418, 422].includes(statusOf(one));

/** What Retry-After asks for in ms, as far as it is a number that is obeyed. */
function pauseAskedFor({ result }: Attempt): number {
	const header = result?.status === undefined ? '' : (result.retryAfter ?? '');
	const ms = /^\d+$/.test(header) ? Number(header) * 1000 : 0;
	return ms > 15 * MINUTE ? 0 : ms;
}

const asksTooMuch = ({ result }: Attempt) =>
	result?.status !== undefined && result.retryAfter === '901' && result.status >= 408;

/** No more requests in a minute, and at once, than each run allows. */
function checkWindow(plan: Plan, world: World, runs: readonly PlayedRun[]) {
	const { refused429, maxInAnyMinute, limit } = world.model.stats();
	must(maxInAnyMinute <= limit, `${maxInAnyMinute} requests in a minute, ${limit} allowed`);
	const nobodySays429 = plan.spells.every(({ mishap }) => mishap.status !== 429);
	must(refused429 === 0 || !nobodySays429, 'MoEngage had to say 429');

	// Where runs have different limits, a run that may do more can start more right after one that may not.
	const requestsPerMinute = Math.max(...runs.map(({ settings }) => settings.requestsPerMinute));
	const concurrency = Math.max(...runs.map(({ settings }) => settings.concurrency));
	world.attempts.forEach((one, index) => {
		let held = 1;
		let inFlight = 1;
		for (let before = index - 1; before >= 0; before--) {
			const other = world.attempts[before];
			if (other === undefined || other.startedAt < one.startedAt - 2 * MINUTE) break;
			if (other.ended > one.started) inFlight++;
			if (other.endedAt > one.startedAt - MINUTE) held++;
		}
		must(held <= requestsPerMinute, `Attempt ${index} is number ${held} in its minute`);
		must(inFlight <= concurrency, `Attempt ${index} is number ${inFlight} in flight`);
	});
}

const settingsOf = (runs: readonly PlayedRun[], { run }: Attempt) =>
	runs[run]?.settings ?? {
		requestsPerMinute: 0,
		concurrency: 0,
		maxRetries: 0,
		timeout: 0,
		isAttended: true,
	};

/**
 * In each cohort a run's timestamps are later than all of an earlier run, removals come before additions, and only
 * the halves of a refused request share one.
 */
function checkTimestamps(plan: Plan, world: World, runs: readonly PlayedRun[]) {
	const latest = new Map<string, string>();
	const startOf = ({ number }: PlayedRun) => plan.runs[number]?.startsAt ?? 0;
	for (const run of runs.toSorted((one, other) => startOf(one) - startOf(other))) {
		for (const { packed } of run.cohorts) {
			const { id } = packed.plan.cohort;
			const own = attemptsOf(world, run).filter(({ cohortId }) => cohortId === id);
			const stamps = own.map(({ timestamp }) => timestamp).sort();
			const [first] = stamps;
			if (first === undefined) continue;
			must(first > (latest.get(id) ?? ''), 'A later run has no later timestamp');
			latest.set(id, stamps.at(-1) ?? '');
			const of = (wanted: string) =>
				own.filter(({ action }) => action === wanted).map(({ timestamp }) => timestamp);
			const removed = of('remove_members').sort().at(-1) ?? '';
			must(
				of('add_members').every((added) => added > removed),
				'An addition has no later timestamp than a removal',
			);
			const batchOf = new Map<string, Attempt>();
			for (const one of own) {
				const batch = batchOf.get(one.timestamp);
				if (batch === undefined) batchOf.set(one.timestamp, one);
				else {
					const isPart = one.uids.every((uid) => batch.uids.includes(uid));
					must(isPart, 'Two batches have one timestamp');
				}
			}
		}
	}
}

/** A retry is the same request again, later. */
function checkRetries(world: World, runs: readonly PlayedRun[]) {
	const requests = byRequest(world.attempts);
	for (const attempts of requests) {
		const [first] = attempts;
		if (first === undefined) continue;
		const { maxRetries, isAttended } = settingsOf(runs, first);
		const spent = attempts.filter(
			(one) => isAttended || maxRetries === 0 || statusOf(one) !== 429,
		).length;
		must(spent <= 1 + maxRetries, 'Too many retries');
		attempts.slice(1).forEach((again, index) => {
			const before = attempts[index];
			if (before === undefined) return;
			must(again.body === first.body && again.run === first.run, 'A retry is another request');
			must(isRetried(before), 'Tried again without a cause');
			const pause = Math.max(1000, pauseAskedFor(before));
			must(again.startedAt - before.endedAt >= pause, 'Tried again too early');
		});
	}
	for (const throttled of world.attempts.filter((one) => statusOf(one) === 429)) {
		if (asksTooMuch(throttled)) continue;
		const until = throttled.endedAt + Math.max(1000, pauseAskedFor(throttled));
		const early = world.attempts.some(
			({ started, startedAt }) => started > throttled.ended && startedAt < until,
		);
		must(!early, 'Somebody did not mind a 429');
	}
}

/** In a cohort: one alone until one is accepted, removals before additions, nothing after a refusal. */
function checkCohortOrder(world: World, run: PlayedRun) {
	for (const { packed } of run.cohorts) {
		const attempts = attemptsOf(world, run).filter(
			({ cohortId }) => cohortId === packed.plan.cohort.id,
		);
		const existsFrom = Math.min(...attempts.filter(isSuccess).map(({ ended }) => ended));
		attempts.forEach(({ started }, place) => {
			if (started > existsFrom) return;
			const isAlone = attempts.slice(0, place).every(({ ended }) => ended < started);
			must(isAlone, 'The first request did not go alone');
		});
		const of = (action: string) => attempts.filter((one) => one.action === action);
		const removed = Math.max(-1, ...of('remove_members').map(({ ended }) => ended));
		const adding = Math.min(...of('add_members').map(({ started }) => started));
		must(removed < adding, 'Additions did not wait for the removals');
		const refusedFrom = Math.min(...attempts.filter(refusesCohort).map(({ ended }) => ended));
		must(!attempts.some(({ started }) => started > refusedFrom), 'A refused cohort was sent on');

		const requests = byRequest(attempts);
		const bytes = requests.reduce((sum, [first]) => sum + Buffer.byteLength(first?.body ?? ''), 0);
		const { stats } = packed;
		const isRight =
			stats.requests === requests.length &&
			stats.retries === attempts.length - requests.length &&
			stats.bytes === bytes;
		must(isRight, 'The requests are not counted right');
	}
}

const refusesCohort = ({ result }: Attempt) =>
	result?.status === 400 &&
	['action', 'cohort_name', 'parameters.cohort_id'].includes(result.body.attribute ?? '');

/** What ends a run ends it, and splitting stays within its bounds. */
function checkWaste(world: World, run: PlayedRun) {
	const attempts = attemptsOf(world, run);
	must(attempts.length === run.attemptsAtEnd, 'Something was sent after the end');
	const requests = new Set(attempts.map(({ body }) => body));
	must(requests.size <= batchesOf(run) + 300, `${requests.size} requests`);
	const endedFrom = Math.min(
		...attempts
			.filter((one) => ENDING.has(statusOf(one)) || asksTooMuch(one))
			.map(({ ended }) => ended),
	);
	must(!attempts.some(({ started }) => started > endedFrom), 'The run did not end');
	must(endedFrom === Infinity || run.endedBy !== undefined, 'The run does not tell its end');
}

/** Each change has an outcome (a second one throws, see test/support/setup.ts), and it says no more and no less than what can be known. */
function checkOutcome(change: Change, attempts: readonly Attempt[], over: number) {
	const { outcome } = change;
	const wasApplied = attempts.some(({ record }) => record?.accepted);
	switch (outcome?.status) {
		case 'accepted': {
			const [carrier, ...others] = attempts.filter(isSuccess);
			must(carrier?.record?.accepted === true && others.length === 0, 'Not accepted once');
			must(carrier?.timestamp === outcome.request.timestamp, 'Not accepted in that request');
			return;
		}
		case 'failed': {
			const { mayHaveTakenEffect } = outcome;
			must(mayHaveTakenEffect || !wasApplied, 'Failed for sure, but applied');
			must(
				!mayHaveTakenEffect || attempts.some((one) => one.ended >= over || mayBeApplied(one)),
				'Uncertain without a cause',
			);
			return;
		}
		case 'rejected':
			must(attempts.some(isRefused) && !wasApplied, 'Rejected, but not by MoEngage');
			return;
		case 'not_sent':
			must(!attempts.some(mayBeApplied) && !wasApplied, 'Not sent, but sent');
			must(
				attempts.every((one, index) => index < attempts.length - 1 || isRefused(one)),
				'Forgotten',
			);
			return;
		default:
			throw new Error(`A change ended as ${String(outcome?.status)}`);
	}
}

function checkOutcomes(world: World, run: PlayedRun) {
	const attemptsWith = new Map<string, Attempt[]>();
	for (const one of attemptsOf(world, run)) {
		for (const uid of one.uids) {
			const key = `${one.cohortId} ${one.action} ${uid}`;
			const attempts = attemptsWith.get(key);
			if (attempts === undefined) attemptsWith.set(key, [one]);
			else attempts.push(one);
		}
	}
	for (const { changes } of run.cohorts) {
		for (const change of changes) {
			const key = `${change.cohort.id} ${change.action}_members ${change.uid}`;
			checkOutcome(change, attemptsWith.get(key) ?? [], run.over);
		}
	}
}

test('whatever goes wrong, a run keeps the rate, the order and its word', async () => {
	await fc.assert(
		fc.asyncProperty(plans, async (plan) => {
			const { world, runs } = await play(plan);
			checkWindow(plan, world, runs);
			checkRetries(world, runs);
			checkTimestamps(plan, world, runs);
			for (const run of runs) {
				checkCohortOrder(world, run);
				checkWaste(world, run);
				checkOutcomes(world, run);
			}
		}),
		randomRuns(500),
	);
}, 3_600_000);
