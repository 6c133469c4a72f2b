import { Workflow } from 'n8n-workflow';
import { RunLeases } from '../../nodes/MoEngageCohortSync/mirror/runLease';
import type { CohortSnapshot } from '../../nodes/MoEngageCohortSync/mirror/snapshotCodec';
import { encodeSnapshot } from '../../nodes/MoEngageCohortSync/mirror/snapshotCodec';
import type { WorkflowRef } from '../../nodes/MoEngageCohortSync/mirror/snapshotStore';
import { SnapshotStore } from '../../nodes/MoEngageCohortSync/mirror/snapshotStore';
import { atOnce } from '../support/atOnce';
import { WatchedMark } from '../support/watchedMark';

const KEY = 'https://api-01.moengage.com APP vip';

/** n8n's database: the static data of a workflow, as saved last. */
class Database {
	saved = '{}';

	/** What an execution gets when it starts. */
	load(workflowId = 'workflow'): WorkflowRef {
		return { workflowId, staticData: JSON.parse(this.saved) as Record<string, unknown> };
	}

	/** What happens when it ends. */
	save({ staticData }: WorkflowRef): void {
		this.saved = JSON.stringify(staticData);
	}
}

let now = 0;
let database: Database;
let process: SnapshotStore;

beforeEach(() => {
	now = Date.UTC(2026, 10, 23);
	database = new Database();
	process = new SnapshotStore();
});

function snapshotOf(...uids: string[]): CohortSnapshot {
	const members = uids.map((uid) => ({ uid, anonymous_id: undefined, uncertain: false }));
	return { members, lastFullSend: 0 };
}

/** An execution comes to the node, which leaves these members in the cohort. */
function mirror(
	workflow: WorkflowRef,
	uids: readonly string[],
	{ snapshots = process, key = KEY, at = ++now } = {},
): void {
	snapshots.receive(workflow);
	atOnce(snapshots.hold(workflow, key, snapshotOf(...uids), at));
	snapshots.save(workflow, [key]);
}

/** A whole execution that leaves these members in the cohort. */
function run(
	uids: readonly string[],
	{ isSaved = true, snapshots = process, key = KEY } = {},
): void {
	const workflow = database.load();
	now += 60_000;
	mirror(workflow, uids, { snapshots, key, at: now });
	if (isSaved) database.save(workflow);
}

/** What an execution that starts now knows of the cohort. */
function remembered(snapshots = process, workflow = database.load(), key = KEY): unknown {
	snapshots.receive(workflow);
	const snapshot = atOnce(snapshots.read(workflow, key));
	return typeof snapshot === 'object' ? snapshot.members.map(({ uid }) => uid) : snapshot;
}

/** Keeps no copy for longer than it has to. */
const FRUGAL = { spareCopies: 0, spareLength: 0, openOfWorkflow: 5, open: 20 };

test("a loss that n8n remembers is known to a later execution that gets this process's copy and nothing from n8n", () => {
	const lost = new SnapshotStore();
	const workflow = database.load();
	lost.noteLoss(workflow, 5);
	mirror(workflow, ['u1'], { snapshots: lost });
	database.save(workflow);
	// A run that is stopped makes up for nothing and is not saved; n8n 1.x gives a run from the editor nothing.
	run(['u2'], { isSaved: false });
	const fromEditor = { workflowId: 'workflow', staticData: {} };
	expect(process.isHeld(fromEditor, KEY)).toBe(true);
	expect(process.runsOf(fromEditor).lostAt).toBe(5);
});

test('nothing is remembered before the first run', () => {
	expect(remembered()).toBeUndefined();
});

describe('whether what is remembered comes from this process', () => {
	const isHeld = () => {
		const workflow = database.load();
		process.receive(workflow);
		return process.isHeld(workflow, KEY);
	};

	test('is no question where nothing is', () => {
		expect(isHeld()).toBe(false);
		run(['u1'], { key: `${KEY}-other` });
		expect(isHeld()).toBe(false);
	});

	test('it does after a run that n8n did not save, until n8n saves another', () => {
		run(['u1']);
		expect(isHeld()).toBe(false);
		run(['u2'], { isSaved: false });
		expect(isHeld()).toBe(true);
		run(['u3']);
		expect(isHeld()).toBe(false);
	});

	test('it does not where another process went on', () => {
		run(['u1'], { isSaved: false });
		run(['u2'], { snapshots: new SnapshotStore() });
		expect(isHeld()).toBe(false);
	});
});

describe('a lost run', () => {
	test('is saved with the next run, also where no node has a number', () => {
		run(['u1']);
		const workflow = database.load();
		process.receive(workflow);
		process.noteLoss(workflow, 5);
		expect(process.runsOf(database.load()).lostAt).toBe(5);
		expect(new SnapshotStore().runsOf(database.load()).lostAt).toBeUndefined();
		run(['u1']);
		expect(new SnapshotStore().runsOf(database.load()).lostAt).toBe(5);
		expect(database.saved).toContain('"runs":{"version":1,"numbers":{},"lostAt":5}');
	});

	test('is not forgotten with the copies that n8n has saved', () => {
		process = new SnapshotStore(FRUGAL);
		run(['u1']);
		process.noteLoss(database.load(), 5);
		process.receive(database.load());
		expect(process.runsOf(database.load()).lostAt).toBe(5);
	});
});

describe('which of two memories is newer', () => {
	test('after a run that n8n saved, both are the same', () => {
		run(['u1']);
		expect(remembered()).toEqual(['u1']);
		expect(remembered(new SnapshotStore())).toEqual(['u1']);
	});

	test('after a run that n8n did not save, the process knows more', () => {
		run(['u1']);
		run(['u2'], { isSaved: false });
		expect(remembered()).toEqual(['u2']);
		run(['u3'], { isSaved: false });
		expect(remembered()).toEqual(['u3']);
	});

	test('also where n8n never saved anything', () => {
		run(['u1'], { isSaved: false });
		expect(remembered()).toEqual(['u1']);
	});

	test('the next saved run tells n8n what the process knew', () => {
		run(['u1'], { isSaved: false });
		run(['u1', 'u2']);
		expect(remembered(new SnapshotStore())).toEqual(['u1', 'u2']);
	});

	test('after a restart there is only what n8n saved', () => {
		run(['u1']);
		run(['u2'], { isSaved: false });
		expect(remembered(new SnapshotStore())).toEqual(['u1']);
	});

	test('where another process went on, n8n knows more', () => {
		const other = new SnapshotStore();
		run(['u1']);
		run(['u2'], { snapshots: other });
		expect(remembered()).toEqual(['u2']);
		run(['u3']);
		expect(remembered(other)).toEqual(['u3']);
	});

	test('also where this process had a run that n8n did not save', () => {
		run(['u1']);
		run(['u2'], { isSaved: false });
		run(['u3'], { snapshots: new SnapshotStore() });
		expect(remembered()).toEqual(['u3']);
	});

	test('an execution that started before the last one ended gets what that one left', () => {
		run(['u1']);
		const early = database.load();
		run(['u2']);
		run(['u3']);
		expect(remembered(process, early)).toEqual(['u3']);
	});

	test('hundreds of unsaved runs change nothing about it', () => {
		for (let count = 0; count < 2_500; count++) run([`u${count}`], { isSaved: false });
		expect(remembered()).toEqual(['u2499']);
	});

	test('the clock may step back', () => {
		run(['u1']);
		now -= 3_600_000;
		run(['u2'], { isSaved: false });
		expect(remembered()).toEqual(['u2']);
		run(['u3']);
		expect(remembered()).toEqual(['u3']);
		expect(remembered(new SnapshotStore())).toEqual(['u3']);
	});
});

test('each cohort and each workflow has a memory of its own', () => {
	const workflow = database.load();
	mirror(workflow, ['u1']);
	mirror(workflow, ['u2'], { key: 'other cohort' });
	database.save(workflow);
	expect(remembered()).toEqual(['u1']);
	expect(remembered(process, database.load(), 'other cohort')).toEqual(['u2']);
	expect(remembered(process, { workflowId: 'w2', staticData: {} })).toBeUndefined();
});

describe('a memory in the static data that can not be read', () => {
	const other = atOnce(encodeSnapshot(snapshotOf('u1'), Date.UTC(2026, 10, 23)));

	test.each<[what: string, part: unknown]>([
		['is of another version', { [KEY]: { ...other, version: 3 } }],
		['is damaged', { [KEY]: { ...other, members: 'u9' } }],
		['is no memory', { [KEY]: 'u1' }],
		['is null', { [KEY]: null }],
		['is a list', ['u1']],
		['is all of it null', null],
		['is all of it a text', 'u1'],
	])('%s, and is refused', (_what, part) => {
		database.saved = JSON.stringify({ moEngageCohortSync: part });
		expect(remembered()).toMatch(/^memory_(damaged|of_other_version)$/);
	});

	test('is refused also where the process knows an older one', () => {
		run(['u1'], { isSaved: false });
		database.saved = JSON.stringify({
			moEngageCohortSync: { [KEY]: { ...other, version: 3, savedAt: 0 } },
		});
		expect(remembered()).toBe('memory_of_other_version');
		// It is also left as it is when another cohort is saved, and the process does not take it for newer.
		const workflow = database.load();
		mirror(workflow, ['u2'], { key: 'other cohort' });
		expect(workflow.staticData).toHaveProperty(['moEngageCohortSync', KEY, 'version'], 3);
		database.saved = '{}';
		expect(remembered()).toEqual(['u1']);
	});

	test('does not keep other cohorts from being read', () => {
		run(['u1']);
		const { staticData, ...workflow } = database.load();
		const part = { ...(staticData.moEngageCohortSync as object), other: 'damaged' };
		database.save({ ...workflow, staticData: { moEngageCohortSync: part } });
		expect(remembered(new SnapshotStore())).toEqual(['u1']);
		run(['u2']);
		expect(JSON.parse(database.saved)).toHaveProperty(['moEngageCohortSync', 'other'], 'damaged');
	});
});

describe("n8n's own static data", () => {
	/** The static data of a workflow as n8n loads it: a proxy that notices changes. */
	function load(staticData: object) {
		const workflow = new Workflow({
			id: 'workflow',
			nodes: [],
			connections: {},
			active: false,
			nodeTypes: {
				getByName: () => Promise.reject(new Error('No node here')) as never,
				getByNameAndVersion: () => Promise.reject(new Error('No node here')) as never,
				getKnownTypes: () => ({}),
			},
			staticData: JSON.parse(JSON.stringify(staticData)),
		});
		return {
			ref: { workflowId: 'workflow', staticData: workflow.getStaticData('global') },
			isChanged: () => Reflect.get(workflow.staticData, '__dataChanged') as boolean,
			noteSaved: () => Reflect.set(workflow.staticData, '__dataChanged', false),
			saved: () => JSON.parse(JSON.stringify(workflow.staticData)) as object,
		};
	}

	test('notices what is written, at first and later', () => {
		const first = load({});
		first.ref.staticData.other = { nodes: 'data' };
		mirror(first.ref, ['u1']);
		expect(first.isChanged()).toBe(true);
		first.noteSaved();
		mirror(first.ref, ['u1']);
		expect(first.isChanged()).toBe(true);

		const second = load(first.saved());
		expect(remembered(new SnapshotStore(), second.ref)).toEqual(['u1']);
		expect(second.isChanged()).toBe(false);
		mirror(second.ref, ['u2']);
		expect(second.isChanged()).toBe(true);
		expect(second.saved()).toMatchObject({ global: { other: { nodes: 'data' } } });
		expect(remembered(new SnapshotStore(), load(second.saved()).ref)).toEqual(['u2']);
	});

	test('is not changed by reading', () => {
		const { ref, isChanged } = load({ global: { other: 1 } });
		run(['u1'], { isSaved: false });
		expect(remembered(process, ref)).toEqual(['u1']);
		process.cohorts(ref);
		expect(isChanged()).toBe(false);
	});

	test('is not changed by a save that has nothing for it', () => {
		const { ref, isChanged } = load({});
		process.save(ref, []);
		expect(isChanged()).toBe(false);
	});
});

describe('of two overlapping executions', () => {
	const other = `${KEY}-other`;

	test.each(['the first', 'the second'])(
		'that mirror different cohorts, neither loses the other one where %s ends last',
		(last) => {
			const [first, second] = [database.load(), database.load()];
			mirror(first, ['u1']);
			mirror(second, ['u2'], { key: other });
			const ends = last === 'the first' ? [second, first] : [first, second];
			ends.forEach((workflow) => database.save(workflow));
			// Another process knows only what n8n saved.
			const elsewhere = new SnapshotStore();
			expect(remembered(elsewhere)).toEqual(['u1']);
			expect(remembered(elsewhere, database.load(), other)).toEqual(['u2']);
		},
	);

	test('the one that mirrored first and ends last puts back nothing older', () => {
		const first = database.load();
		mirror(first, ['u1']);
		run(['u2']);
		database.save(first);
		expect(remembered(new SnapshotStore())).toEqual(['u2']);
	});

	test('one that started first and mirrors another cohort last puts back nothing older, though a third loaded all', () => {
		run(['u1']);
		const slow = database.load();
		run(['u2']);
		expect(remembered()).toEqual(['u2']);
		run(['u3'], { key: other });
		mirror(slow, ['u4'], { key: 'slow cohort' });
		database.save(slow);
		expect(remembered(new SnapshotStore())).toEqual(['u2']);
		expect(remembered(new SnapshotStore(), database.load(), other)).toEqual(['u3']);
	});

	test('one that saves again and again, as in a loop, is written to once a time', () => {
		let writes = 0;
		const { workflowId, staticData } = database.load();
		const watched = new Proxy(staticData, {
			set: (target, name, value) => {
				writes++;
				return Reflect.set(target, name, value);
			},
		});
		for (let run = 0; run < 10; run++) {
			mirror({ workflowId, staticData: watched }, ['u1'], { key: `${KEY}-${run}` });
		}
		expect(writes).toBe(10);
	});

	test('neither knows anything of another workflow', () => {
		const first = database.load();
		mirror(first, ['u1']);
		mirror(database.load('another workflow'), ['u2']);
		database.save(first);
		expect(remembered(new SnapshotStore())).toEqual(['u1']);
	});
});

describe('a copy in the process', () => {
	/** An execution of the workflow that does not come to the cohort. */
	const pass = () => process.receive(database.load());

	beforeEach(() => {
		process = new SnapshotStore(FRUGAL);
	});

	test('is forgotten once a later execution loaded the same', () => {
		run(['u1']);
		pass();
		database.saved = '{}';
		expect(remembered()).toBeUndefined();
	});

	test('is not forgotten while a run of the workflow is open', async () => {
		const leases = new RunLeases();
		process = new SnapshotStore(FRUGAL, leases);
		const mark = new WatchedMark(undefined);
		const opened = { workflowId: 'workflow', nodeId: 'node', loadedNumber: undefined };
		const lease = leases.open({ ...opened, isUnsaved: false }, mark, mark.clock);
		run(['u1']);
		pass();
		const { saved } = database;
		database.saved = '{}';
		expect(remembered()).toEqual(['u1']);
		database.saved = saved;
		await lease.release({ isStopped: false });
		pass();
		database.saved = '{}';
		expect(remembered()).toBeUndefined();
	});

	test('is forgotten once a later execution loaded a newer one', () => {
		const before = database.saved;
		process = new SnapshotStore();
		run(['u1'], { isSaved: false });
		run(['u2'], { snapshots: new SnapshotStore() });
		expect(remembered()).toEqual(['u2']);
		database.saved = before;
		expect(remembered()).toBeUndefined();
	});

	// As behind a Schedule Trigger every two hours: n8n puts the state from before the restart back each time.
	test('is not forgotten because n8n has saved the same', () => {
		run(['u0']);
		process = new SnapshotStore(FRUGAL);
		const before = database.saved;
		for (const uid of ['u1', 'u2', 'u3']) {
			run([uid]);
			database.saved = before;
			expect(remembered()).toEqual([uid]);
		}
	});

	test('of a manual run is not forgotten before n8n has saved it with another run', () => {
		run(['u1'], { isSaved: false });
		pass();
		expect(remembered()).toEqual(['u1']);
		run(['u2'], { key: 'other cohort' });
		pass();
		expect(remembered()).toEqual(['u1']);
		database.saved = '{}';
		expect(remembered()).toBeUndefined();
	});

	test('is not forgotten because of what the node itself wrote into the data of an execution', () => {
		const looping = database.load();
		mirror(looping, ['u1']);
		run(['u2'], { isSaved: false });
		expect(remembered(process, looping)).toEqual(['u2']);
		expect(remembered()).toEqual(['u2']);
	});

	/** Another workflow that loads what it saved: its copy is the spare one. */
	function spareAnother(workflowId: string): void {
		const workflow: WorkflowRef = { workflowId, staticData: {} };
		mirror(workflow, ['u9']);
		process.receive({ workflowId, staticData: { ...workflow.staticData } });
	}

	test('is kept for a while, as long as there are not too many of these', () => {
		process = new SnapshotStore({ ...FRUGAL, spareCopies: 2, spareLength: 1_000 });
		run(['u1']);
		pass();
		spareAnother('w2');
		database.saved = '{}';
		expect(remembered(process)).toEqual(['u1']);
	});

	test.each([
		['many', { spareCopies: 2, spareLength: 1_000 }],
		['long', { spareCopies: 9, spareLength: 5 }],
	])('is the first to go where they are too %s', (_what, limits) => {
		process = new SnapshotStore({ ...FRUGAL, ...limits });
		run(['u1']);
		pass();
		for (const workflowId of ['w2', 'w3']) spareAnother(workflowId);
		database.saved = '{}';
		expect(remembered()).toBeUndefined();
		const third = { workflowId: 'w3', staticData: {} };
		expect(remembered(process, third)).toEqual(['u9']);
	});

	test('is not to go any more once an older one was loaded', () => {
		process = new SnapshotStore({ ...FRUGAL, spareCopies: 1, spareLength: 1_000 });
		run(['u1']);
		pass();
		database.saved = '{}';
		pass();
		for (const workflowId of ['w2', 'w3']) spareAnother(workflowId);
		expect(remembered()).toEqual(['u1']);
	});
});

describe('into the data of executions that saved before and go on', () => {
	const memberOf = ({ workflowId, staticData }: WorkflowRef, key?: string) =>
		remembered(new SnapshotStore(), { workflowId, staticData }, key);

	test.each([
		[5, ['u2']],
		[6, ['u1']],
	])('of %d of one workflow the first is given what the last saves: %j', (count, expected) => {
		process = new SnapshotStore(FRUGAL);
		const first = database.load();
		mirror(first, ['u1']);
		const others = Array.from({ length: count - 1 }, () => database.load());
		others.forEach((workflow, index) => mirror(workflow, ['u0'], { key: `other ${index}` }));
		run(['u2']);
		expect(memberOf(first)).toEqual(expected);
	});

	test.each([
		[18, ['u2']],
		[21, ['u1']],
	])('of %d other workflows none keeps one from it: %j', (count, expected) => {
		process = new SnapshotStore(FRUGAL);
		const first = database.load();
		mirror(first, ['u1']);
		for (let other = 0; other < count; other++) {
			mirror({ workflowId: `other ${other}`, staticData: {} }, ['u0']);
		}
		run(['u2']);
		expect(memberOf(first)).toEqual(expected);
	});
});

/** How many entries the lists and maps of an object have in all, and how many characters its texts. */
function sizeOf(root: object): { entries: number; characters: number } {
	const size = { entries: 0, characters: 0 };
	const seen = new Set<unknown>();
	const visit = (value: unknown): void => {
		if (typeof value === 'string') size.characters += value.length;
		if (typeof value !== 'object' || value === null || seen.has(value)) return;
		seen.add(value);
		if (value instanceof Map || value instanceof Set || Array.isArray(value)) {
			const list = [...value.values()];
			size.entries += list.length;
			list.forEach(visit);
			return;
		}
		for (const inner of Object.values(value)) visit(inner);
	};
	visit(root);
	return size;
}

describe('the process holds no more after many executions than after a few', () => {
	/** A database that hands out all cohorts of each workflow, without the cost of their texts. */
	class ManyCohorts {
		private readonly saved = new Map<string, object>();

		load(workflowId: string): WorkflowRef {
			return { workflowId, staticData: { moEngageCohortSync: { ...this.saved.get(workflowId) } } };
		}

		save({ workflowId, staticData }: WorkflowRef): void {
			this.saved.set(workflowId, { ...(staticData.moEngageCohortSync as object) });
		}
	}

	const limits = { spareCopies: 20, spareLength: 10_000, openOfWorkflow: 5, open: 15 };

	/** Executions that mirror one cohort each, in turn, three times over. Gives the sizes after each round. */
	function rounds(count: number, placeOf: (index: number) => [workflow: string, key: string]) {
		process = new SnapshotStore(limits);
		const many = new ManyCohorts();
		return [1, 2, 3].map(() => {
			for (let index = 0; index < count; index++) {
				const [workflowId, key] = placeOf(index);
				const workflow = many.load(workflowId);
				mirror(workflow, ['u'.repeat(100 + (index % 7))], { key });
				many.save(workflow);
			}
			return sizeOf(process);
		});
	}

	test('of many cohorts in one workflow', () => {
		const [few] = rounds(50, (index) => ['workflow', `cohort ${index}`]);
		const sizes = rounds(500, (index) => ['workflow', `cohort ${index}`]);
		for (const { entries, characters } of sizes) {
			expect(entries).toBeLessThanOrEqual((few?.entries ?? 0) + limits.spareCopies);
			expect(characters).toBeLessThanOrEqual((few?.characters ?? 0) + limits.spareCopies * 110);
		}
	});

	test('of many cohorts in some workflows', () => {
		const placeOf = (index: number): [string, string] => [`${index % 5}`, `cohort ${index}`];
		const [few] = rounds(100, placeOf);
		const sizes = rounds(500, placeOf);
		for (const { entries, characters } of sizes) {
			expect(entries).toBeLessThanOrEqual((few?.entries ?? 0) + limits.spareCopies);
			expect(characters).toBeLessThanOrEqual((few?.characters ?? 0) + limits.spareCopies * 110);
		}
	});

	test('of large cohorts', () => {
		process = new SnapshotStore(limits);
		const many = new ManyCohorts();
		for (let index = 0; index < 100; index++) {
			const workflow = many.load('workflow');
			mirror(workflow, ['u'.repeat(9_000)], { key: `cohort ${index % 30}` });
			many.save(workflow);
			expect(sizeOf(process).characters).toBeLessThan(25_000);
		}
	});

	test('and writes no more into the data of each', () => {
		const many = new ManyCohorts();
		for (let index = 0; index < 300; index++) {
			const workflow = many.load('workflow');
			const written: string[] = [];
			const part = new Proxy(workflow.staticData.moEngageCohortSync as object, {
				set: (target, name, value) => {
					written.push(String(name));
					return Reflect.set(target, name, value);
				},
			});
			workflow.staticData.moEngageCohortSync = part;
			mirror(workflow, ['u1'], { key: `cohort ${index % 100}` });
			expect(written).toEqual([`cohort ${index % 100}`]);
			many.save(workflow);
		}
	});
});
