import type { IExecuteFunctions, INode } from 'n8n-workflow';
import { nodeHighWaterMark } from '../../nodes/MoEngageCohortSync/mirror/deduplication';
import type { AcquireOptions, Acquisition } from '../../nodes/MoEngageCohortSync/mirror/runLease';
import { LEASE_MS, RunLeases } from '../../nodes/MoEngageCohortSync/mirror/runLease';
import { TableDeduplicator } from '../support/deduplicator';
import { VirtualClock } from '../support/virtualClock';
import { WatchedMark } from '../support/watchedMark';

const clock = new VirtualClock();
const NOW = clock.now();
const MINUTE = 60_000;
/** A run's number of so many ms ago. */
const ago = (ms: number) => (NOW - ms) * 1000;

const PLAIN: AcquireOptions = {
	hasMemory: true,
	isHeld: false,
	sendEveryone: false,
	startOver: false,
};

/** A process with a helper of n8n that it may share with others. */
function setUp(deduplicator = new TableDeduplicator()) {
	const leases = new RunLeases();
	const data = { workflow: { id: 'workflow', active: true }, node: { id: 'mirror' } as INode };
	const helpers: Partial<IExecuteFunctions['helpers']> = {
		checkProcessedAndRecord: async (items, scope, options) =>
			await deduplicator.checkProcessedAndRecord(items, scope, data, options),
		clearAllProcessedItems: async (scope) => await deduplicator.clearAllProcessedItems(scope, data),
	};
	const mark = nodeHighWaterMark({ helpers } as IExecuteFunctions);
	return {
		leases,
		mark,
		deduplicator,
		number: () => deduplicator.numberOf('workflow', 'mirror'),
		open: (loadedNumber?: number, isUnsaved = false) =>
			leases.open(
				{ workflowId: 'workflow', nodeId: 'mirror', loadedNumber, isUnsaved },
				mark,
				clock,
			),
	};
}

const inWords = (acquisition: Acquisition) =>
	acquisition.kind === 'lost'
		? acquisition.cause
		: acquisition.kind === 'refused'
			? acquisition.reason
			: acquisition.kind;

/** In the database, in the memory, the options that aren't plain, and what comes of it. */
type Line = [
	what: string,
	stored: number | undefined,
	loaded: number | undefined,
	options: Partial<AcquireOptions>,
	outcome: string,
];

const DAY = 24 * 60 * MINUTE;
const NONE = { hasMemory: false };

const WITH_NUMBER: Line[] = [
	['the memory of the last run', ago(DAY), ago(DAY), {}, 'latest'],
	['that of a run a minute ago', ago(MINUTE), ago(MINUTE), {}, 'latest'],
	['that of a run when the clock was ahead', ago(-DAY), ago(-DAY), {}, 'latest'],
	['the memory, but not of this cohort', ago(DAY), ago(DAY), NONE, 'latest'],
	['an older memory than the last', ago(DAY), ago(2 * DAY), {}, 'later_run'],
	['one that a run only began with', ago(DAY) + 1, ago(DAY), {}, 'later_run'],
	['an older one, just after two minutes', ago(LEASE_MS + 1), ago(DAY), {}, 'later_run'],
	['an older one, a minute after the last run', ago(MINUTE), ago(DAY), {}, 'in_progress'],
	['the same with Start Over', ago(MINUTE), ago(DAY), { startOver: true }, 'in_progress'],
	['the same with Send Everyone Now', ago(MINUTE), ago(DAY), { sendEveryone: true }, 'forced'],
	['a copy of the workflow', undefined, ago(DAY), {}, 'number_unknown'],
	['a newer one than the database knows', ago(2 * DAY), ago(DAY), {}, 'number_unknown'],
];

const WITHOUT_NUMBER: Line[] = [
	["a node's first run", undefined, undefined, NONE, 'first'],
	["its first, with other nodes' cohorts", undefined, undefined, {}, 'first'],
	['a first run that was cut off', NOW - LEASE_MS - 1, undefined, NONE, 'first_run_cut_off'],
	['the same with a memory', NOW - DAY, undefined, {}, 'first_run_cut_off'],
	['a first run that is at work', NOW - MINUTE, undefined, NONE, 'memory_not_loaded'],
	['no memory, though the node has run', ago(DAY), undefined, NONE, 'memory_not_loaded'],
	['the same with Start Over', ago(DAY), undefined, { ...NONE, startOver: true }, 'started_over'],
	['the same at once', ago(MINUTE), undefined, { ...NONE, startOver: true }, 'in_progress'],
	[
		'the same with Send Everyone Now',
		ago(DAY),
		undefined,
		{ ...NONE, sendEveryone: true },
		'memory_not_loaded',
	],
	['a memory that something wrote over', ago(DAY), undefined, {}, 'number_missing'],
	['the same at once', ago(MINUTE), undefined, {}, 'in_progress'],
];

describe.each([
	['with a number in the memory', WITH_NUMBER],
	['without a number', WITHOUT_NUMBER],
])('%s', (_title, lines) => {
	test.each(lines)('%s', async (_what, stored, loaded, options, outcome) => {
		const { open, mark, number } = setUp();
		if (stored !== undefined) await mark.raise([stored]);
		const acquisition = await clock.play(open(loaded).acquire({ ...PLAIN, ...options }));
		expect(inWords(acquisition)).toBe(outcome);
		// A run that is refused leaves no trace; one that works is seen by the next.
		if (acquisition.kind === 'refused') expect(number()).toBe(stored);
		else expect(number()).not.toBe(stored);
		if (acquisition.kind === 'lost' && outcome !== 'number_unknown') {
			expect(Math.abs(acquisition.notBefore - clock.now())).toBeLessThan(MINUTE);
		}
	});
});

test('a run at work is seen for two minutes after it was recorded last', async () => {
	const one = setUp();
	await one.mark.raise([ago(DAY)]);
	const lease = one.open(ago(DAY));
	await clock.play(lease.acquire(PLAIN));
	const other = setUp(one.deduplicator);
	const isRefused = async () => (await other.open(ago(DAY)).acquire(PLAIN)).kind === 'refused';
	await clock.play(clock.sleep(LEASE_MS - 1000));
	expect(await clock.play(isRefused())).toBe(true);
	await clock.play(lease.renew());
	await clock.play(clock.sleep(LEASE_MS - 1000));
	expect(await clock.play(isRefused())).toBe(true);
	await clock.play(clock.sleep(1001));
	expect(await clock.play(isRefused())).toBe(false);
	// The one that was taken for dead notices it.
	expect(await clock.play(lease.release())).toEqual({ overlapped: true });
});

test("no timestamp after a loss is earlier than the run's number", async () => {
	const { open, mark } = setUp();
	await mark.raise([clock.now() * 1000 - DAY * 1000]);
	const lost = await clock.play(open(ago(2 * DAY)).acquire(PLAIN));
	expect(lost).toMatchObject({ kind: 'lost', notBefore: expect.any(Number) });
	const { notBefore, lostAt } = lost as Extract<Acquisition, { kind: 'lost' }>;
	expect(notBefore).toBeGreaterThanOrEqual(clock.now());
	expect(notBefore).toBeLessThanOrEqual(clock.now() + 1);
	expect(Math.abs(lostAt / 1000 - clock.now())).toBeLessThan(1_000);
	// A copied workflow brings the number of a clock that was a day ahead: timestamps may be as well.
	const copied = await clock.play(setUp().open(ago(-DAY)).acquire(PLAIN));
	expect(copied).toMatchObject({ kind: 'lost', cause: 'number_unknown' });
	expect((copied as { notBefore: number }).notBefore).toBeGreaterThan(NOW + DAY);
});

describe('a run that claims the mark while others do', () => {
	const HANDED = ago(DAY);

	/** A run at a mark that other processes write during its sleeps. */
	function contender(duringSleep?: (sleep: number, mark: WatchedMark) => void, callMs?: number) {
		const mark = new WatchedMark(HANDED, duringSleep, callMs);
		const run = {
			workflowId: 'workflow',
			nodeId: 'mirror',
			loadedNumber: HANDED,
			isUnsaved: false,
		};
		return { mark, lease: new RunLeases().open(run, mark, mark.clock) };
	}

	test('has to find its number three times in a row', async () => {
		const { mark, lease } = contender((sleep, self) => {
			if (sleep === 2 || sleep === 4) self.value = HANDED + 1;
		});
		expect(await lease.acquire(PLAIN)).toEqual({ kind: 'latest' });
		expect(mark.sleeps).toHaveLength(7);
	});

	test('is refused if its number is never there', async () => {
		const { mark, lease } = contender((_sleep, self) => {
			self.value = HANDED + 1;
		});
		expect(await lease.acquire(PLAIN)).toEqual({ kind: 'refused', reason: 'in_progress' });
		expect(mark.sleeps).toHaveLength(10);
	});

	test('is refused if there is a higher number', async () => {
		const { mark, lease } = contender((sleep, self) => {
			if (sleep === 3) self.value = Number.MAX_SAFE_INTEGER - 1e6;
		});
		expect(await lease.acquire(PLAIN)).toEqual({ kind: 'refused', reason: 'in_progress' });
		expect(mark.sleeps).toHaveLength(3);
	});

	test.each([
		[0, 50],
		[400, 400],
	])('and whose calls take %d ms, waits for calls of %d ms', async (callMs, expected) => {
		const { mark, lease } = contender(undefined, callMs);
		await lease.acquire(PLAIN);
		expect(mark.sleeps).toEqual([2 * expected, 2 * expected, 2 * expected]);
		const acquiredAt = mark.clock.elapsed();
		expect(await lease.release()).toEqual({ overlapped: false });
		// Until a process that claims it as well has looked again.
		expect(mark.clock.elapsed() - acquiredAt).toBe(5 * expected + callMs);
	});

	test('a run of ordinary length ends at once', async () => {
		const { mark, lease } = contender();
		await lease.acquire(PLAIN);
		await mark.clock.sleep(MINUTE);
		const endedAt = mark.clock.elapsed();
		await lease.release();
		expect(mark.clock.elapsed()).toBe(endedAt);
	});

	test('a run that met another one stays until its mark does', async () => {
		const { mark, lease } = contender((sleep, self) => {
			if (sleep === 6) self.value = HANDED;
		});
		await lease.acquire(PLAIN);
		await mark.clock.sleep(MINUTE);
		mark.value = Number(mark.value) + 1e6;
		expect(await lease.release()).toEqual({ overlapped: true });
		// The sixth sleep, the second one of the end, did not find it.
		expect(mark.sleeps.slice(4)).toEqual([0, 1000, 1000]);
		expect(mark.value).toBeGreaterThan(ago(MINUTE));
	});
});

test.each([
	['is over', false, 1e15, 1e16],
	['is stopped', true, 1e12, 1e13],
])(
	"a node's first run that %s leaves a number that says so",
	async (_what, isStopped, min, max) => {
		const { open, number } = setUp();
		const lease = open();
		await clock.play(lease.acquire({ ...PLAIN, hasMemory: false }));
		await clock.play(isStopped ? lease.release({ isStopped }) : lease.release());
		expect(Number(number())).toBeGreaterThan(min);
		expect(Number(number())).toBeLessThan(max);
	},
);

describe("where n8n's helper does not work", () => {
	function away(fails: () => boolean) {
		return setUp(
			new TableDeduplicator(() => {
				if (fails()) throw new Error('The database is away');
				return undefined;
			}),
		);
	}

	test('the run goes on, and says so', async () => {
		const { open } = away(() => true);
		const lease = open(ago(DAY));
		const acquisition = await clock.play(lease.acquire(PLAIN));
		expect(acquisition).toEqual({ kind: 'unchecked', cause: new Error('The database is away') });
		await clock.play(lease.renew());
		expect(await clock.play(lease.release())).toEqual({
			overlapped: false,
			lostAt: expect.any(Number),
		});
	});

	test('one failure is made up for', async () => {
		let calls = 0;
		const { open, mark } = away(() => ++calls === 4);
		await mark.raise([ago(DAY)]);
		expect(inWords(await clock.play(open(ago(DAY)).acquire(PLAIN)))).toBe('latest');
	});

	test('and works again at the end, the next run takes it for lost', async () => {
		let isAway = false;
		const { open, mark } = away(() => isAway);
		await mark.raise([ago(DAY)]);
		isAway = true;
		const lease = open(ago(DAY));
		await clock.play(lease.acquire(PLAIN));
		isAway = false;
		expect(await clock.play(lease.release())).toEqual({ overlapped: false });
		await clock.play(clock.sleep(LEASE_MS + 1));
		expect(inWords(await clock.play(open(ago(DAY)).acquire(PLAIN)))).toBe('later_run');
	});

	test.each([
		['its first run', undefined, 'first_run_cut_off'],
		['a later run whose memory is gone', ago(DAY), 'memory_not_loaded'],
	])("at the node's start, and works again at the end: %s", async (_what, stored, outcome) => {
		let isAway = false;
		const { open, mark, number } = away(() => isAway);
		if (stored !== undefined) await mark.raise([stored]);
		isAway = true;
		const lease = open();
		await clock.play(lease.acquire({ ...PLAIN, hasMemory: false }));
		isAway = false;
		expect(await clock.play(lease.release())).toEqual({ overlapped: false });
		if (stored !== undefined) expect(Number(number())).toBeGreaterThan(ago(MINUTE));
		const next = await clock.play(open().acquire({ ...PLAIN, hasMemory: false }));
		expect(inWords(next)).toBe(outcome);
	});

	test('a second input can leave no sign, and says so', async () => {
		const { open } = away(() => true);
		expect(await clock.play(open(ago(DAY), true).touch())).toBe(false);
	});

	test('an end that was not recorded is one that the memory takes for a loss', async () => {
		let isAway = false;
		const { open, mark, leases } = away(() => isAway);
		await mark.raise([ago(DAY)]);
		const lease = open(ago(DAY));
		await clock.play(lease.acquire(PLAIN));
		isAway = true;
		expect(await clock.play(lease.release())).toEqual({
			overlapped: false,
			lostAt: expect.any(Number),
		});
		expect(leases.numbersToStore('workflow', { mirror: ago(DAY) })).toEqual({ mirror: ago(DAY) });
	});
});

describe('several runs in one process', () => {
	/** A run that has begun to work. */
	async function begin({ open }: ReturnType<typeof setUp>, loaded: number, isUnsaved = false) {
		const lease = open(loaded, isUnsaved);
		const acquisition = await clock.play(lease.acquire(PLAIN));
		expect(inWords(acquisition)).toBe('latest');
		return lease;
	}

	test("don't stand in each other's way, and the last one takes the memory forward", async () => {
		const process = setUp();
		const { leases, mark, number } = process;
		const before = ago(DAY);
		await mark.raise([before]);
		const one = await begin(process, before);
		const other = await begin(process, before);
		await clock.play(other.renew());
		await clock.play(one.renew());
		expect(await clock.play(one.release())).toEqual({ overlapped: false });
		expect(leases.numbersToStore('workflow', { mirror: before })).toEqual({ mirror: before });
		expect(await clock.play(other.release())).toEqual({ overlapped: false });
		expect(leases.numbersToStore('workflow', { mirror: before })).toEqual({ mirror: number() });
	});

	test('are all told of another process that was there', async () => {
		const process = setUp();
		const { leases, mark, number, open } = process;
		const before = ago(DAY);
		await mark.raise([before]);
		const one = await begin(process, before);
		const other = await begin(process, before);
		await mark.raise([clock.now() * 1000 + 1e9]);
		await clock.play(one.renew());
		// Nobody else begins meanwhile.
		expect(inWords(await clock.play(open(before).acquire(PLAIN)))).toBe('in_progress');
		expect(await clock.play(one.release())).toEqual({ overlapped: true });
		expect(await clock.play(other.release())).toEqual({ overlapped: true });
		expect(leases.numbersToStore('workflow', { mirror: before })).toEqual({ mirror: before });
		expect(Number(number())).toBeGreaterThan(clock.now() * 1000 + 1e9);
	});

	test('let no other one begin where the mark is no longer theirs', async () => {
		const process = setUp();
		await process.mark.raise([ago(DAY)]);
		await begin(process, ago(DAY));
		// The database was restored.
		await process.mark.clear();
		const next = await clock.play(process.open(ago(DAY)).acquire(PLAIN));
		expect(inWords(next)).toBe('in_progress');
	});

	test('of which the first is at work give the memory no number', async () => {
		const { open, leases } = setUp();
		await clock.play(open().acquire({ ...PLAIN, hasMemory: false }));
		expect(leases.numbersToStore('workflow', {})).toStrictEqual({});
		expect(leases.hasOpenRun('workflow')).toBe(true);
	});

	test('a memory older than that on which the copies build keeps its own number', async () => {
		const process = setUp();
		const { leases, mark, number, open } = process;
		await mark.raise([ago(DAY)]);
		const lease = await begin(process, ago(DAY));
		await clock.play(lease.release());
		const numbers = { mirror: ago(2 * DAY), other: 5 };
		expect(leases.numbersToStore('workflow', numbers)).toEqual(numbers);
		expect(leases.numbersToStore('workflow', { other: 5 })).toEqual({ other: 5 });
		expect(leases.numbersToStore('workflow', { mirror: ago(DAY) })).toEqual({ mirror: number() });
		expect(leases.numbersToStore('elsewhere', { mirror: 7 })).toEqual({ mirror: 7 });
		await clock.play(clock.sleep(LEASE_MS + 1));
		expect(inWords(await clock.play(open(ago(2 * DAY)).acquire(PLAIN)))).toBe('later_run');
	});

	test('the copies may go once n8n has loaded the same, unless it goes back to an older one', async () => {
		const process = setUp();
		const { leases, mark, number } = process;
		const covers = (mirror?: number) =>
			leases.isCoveredBy('workflow', mirror === undefined ? {} : { mirror });
		await mark.raise([ago(DAY)]);
		expect(covers(ago(DAY))).toBe(true);
		const lease = await begin(process, ago(DAY));
		expect(covers(Number.MAX_SAFE_INTEGER)).toBe(false);
		await clock.play(lease.release());
		const saved = Number(number());
		expect([covers(), covers(saved - 1), covers(saved)]).toEqual([false, false, true]);
		leases.forget('workflow');
		expect(covers(ago(DAY))).toBe(true);
		const next = await begin(process, saved);
		await clock.play(next.release());
		// n8n 1.123 hands a run from the editor nothing.
		await clock.play(process.open(undefined, true).release());
		expect(covers(Number(number()))).toBe(true);
		await clock.play(process.open(saved).release());
		expect(covers(Number(number()))).toBe(true);
		const older = process.open(ago(DAY));
		await clock.play(older.release());
		expect(covers(Number(number()))).toBe(false);
	});

	test('a run from the editor counts for the process, and as a loss for all others', async () => {
		const process = setUp();
		const { mark, deduplicator } = process;
		await mark.raise([ago(DAY)]);
		const manual = await begin(process, ago(DAY), true);
		expect(await clock.play(manual.release())).toEqual({ overlapped: false });
		await clock.play(clock.sleep(10));
		const other = setUp(deduplicator);
		// At once, without two minutes.
		expect(inWords(await clock.play(other.open(ago(DAY)).acquire(PLAIN)))).toBe('later_run');
		const again = setUp();
		await again.mark.raise([ago(DAY)]);
		await clock.play((await begin(again, ago(DAY), true)).release());
		await begin(again, ago(DAY));
	});

	test('n8n 1.123 hands the editor nothing: with a copy of all its cohorts a run needs nothing', async () => {
		const process = setUp();
		const { mark, open } = process;
		await mark.raise([ago(DAY)]);
		await clock.play((await begin(process, ago(DAY))).release());
		const [held, notHeld] = [true, false].map((isHeld) => ({
			...PLAIN,
			hasMemory: isHeld,
			isHeld,
		}));
		const ask = async (options = PLAIN, isUnsaved = true) => {
			const lease = open(undefined, isUnsaved);
			const acquisition = await clock.play(lease.acquire(options));
			await clock.play(lease.release());
			return inWords(acquisition);
		};
		expect(await ask(notHeld)).toBe('memory_not_loaded');
		expect(await ask(held)).toBe('latest');
		expect(await ask({ ...PLAIN, hasMemory: false, isHeld: true }, false)).toBe(
			'memory_not_loaded',
		);
	});
});

test.each([
	['the memory that it has', 0],
	['a later one', 1000],
	['one of this minute', DAY * 1000 - MINUTE * 1000],
])('a second input leaves a sign on %s', async (_what, later) => {
	const { open, mark, number } = setUp();
	const loaded = clock.now() * 1000 - DAY * 1000;
	await mark.raise([loaded + later]);
	const lease = open(loaded, true);
	expect(await clock.play(lease.touch())).toBe(true);
	const signed = number();
	expect(Number(signed)).toBeGreaterThan(loaded + later);
	expect(await clock.play(lease.release())).toEqual({ overlapped: false });
	// Its end leaves another: a run may have begun between.
	expect(Number(number())).toBeGreaterThan(Number(signed));
	expect(inWords(await clock.play(open(loaded + later).acquire(PLAIN)))).not.toBe('latest');
});

test('a second input leaves its sign again if another process writes over it', async () => {
	const loaded = ago(DAY);
	const others = loaded + 5e9;
	const mark = new WatchedMark(loaded, (sleep, self) => {
		if (sleep <= 2) self.value = others + sleep;
	});
	const run = { workflowId: 'workflow', nodeId: 'mirror', loadedNumber: loaded, isUnsaved: true };
	expect(await new RunLeases().open(run, mark, mark.clock).touch()).toBe(true);
	expect(mark.value).toBeGreaterThan(others + 2);
	expect(mark.sleeps).toEqual([100, 100, 100]);
});

test('a second input of a node without a memory leaves none', async () => {
	const { open, number } = setUp();
	const lease = open(undefined, true);
	expect(await clock.play(lease.touch())).toBe(true);
	await clock.play(lease.release());
	expect(number()).toBeUndefined();
});

test('of two runs that ask in the same moment one begins', async () => {
	for (const stored of [undefined, ago(DAY), ago(2 * DAY)]) {
		const one = setUp();
		if (stored !== undefined) await one.mark.raise([stored]);
		const other = setUp(one.deduplicator);
		const loaded = stored === undefined ? undefined : ago(DAY);
		const options = { ...PLAIN, hasMemory: stored !== undefined };
		const both = Promise.all(
			[one, other].map(async ({ open }) => await open(loaded).acquire(options)),
		);
		const kinds = (await clock.play(both)).map(({ kind }) => kind === 'refused');
		expect(kinds.filter(Boolean).length).toBeGreaterThan(0);
	}
});

test('the end of a run that never began changes nothing', async () => {
	const { open, number, leases } = setUp();
	const lease = open(ago(DAY));
	await clock.play(lease.renew());
	expect(await clock.play(lease.release())).toEqual({ overlapped: false });
	expect(await clock.play(lease.release())).toEqual({ overlapped: false });
	expect(number()).toBeUndefined();
	expect(leases.isCoveredBy('workflow', {})).toBe(true);
});
