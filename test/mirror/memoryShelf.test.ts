import { Workflow } from 'n8n-workflow';
import type { CohortMemory } from '../../nodes/MoEngageCohortSync/mirror/memory';
import { writeMemory } from '../../nodes/MoEngageCohortSync/mirror/memory';
import type { MemoryPlace } from '../../nodes/MoEngageCohortSync/mirror/memoryShelf';
import { MemoryShelf } from '../../nodes/MoEngageCohortSync/mirror/memoryShelf';
import { Refusal } from '../../nodes/MoEngageCohortSync/refusal';
import { atOnce } from '../support/atOnce';

const KEY = 'https://api-01.moengage.com APP vip';

/** n8n's database: the static data of a workflow, as saved last. */
class Database {
	saved = '{}';

	/** What an execution gets when it starts. */
	load(key = KEY, workflowId = 'workflow'): MemoryPlace {
		return { workflowId, key, staticData: JSON.parse(this.saved) as Record<string, unknown> };
	}

	save({ staticData }: MemoryPlace): void {
		this.saved = JSON.stringify(staticData);
	}
}

let now = 0;
let database: Database;
let process: MemoryShelf;

beforeEach(() => {
	now = Date.UTC(2026, 10, 23);
	database = new Database();
	process = new MemoryShelf();
});

function memoryOf(...uids: string[]): CohortMemory {
	const members = uids.map((uid) => ({ uid, anonymous_id: undefined, uncertain: false }));
	return { members, lastFullSend: 0 };
}

function write(shelf: MemoryShelf, place: MemoryPlace, memory: CohortMemory, at: number): void {
	atOnce(shelf.hold(place, memory, at));
	shelf.save(place);
}

/** One execution that leaves these members in the cohort. */
function run(uids: string[], { isSaved = true, shelf = process } = {}): void {
	const place = database.load();
	now += 60_000;
	atOnce(shelf.read(place, 'VIP'));
	write(shelf, place, memoryOf(...uids), now);
	if (isSaved) database.save(place);
}

function remembered(shelf = process, place = database.load()): unknown {
	const memory = atOnce(shelf.read(place, 'VIP'));
	return memory === undefined || memory instanceof Refusal
		? memory
		: memory.members.map(({ uid }) => uid);
}

test('nothing is remembered before the first run', () => {
	expect(remembered()).toBeUndefined();
});

describe('which of two memories is newer', () => {
	test('after a run that n8n saved, both are the same', () => {
		run(['u1']);
		expect(remembered()).toEqual(['u1']);
		expect(remembered(new MemoryShelf())).toEqual(['u1']);
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
		expect(remembered(new MemoryShelf())).toEqual(['u1', 'u2']);
	});

	test('after a restart there is only what n8n saved', () => {
		run(['u1']);
		run(['u2'], { isSaved: false });
		expect(remembered(new MemoryShelf())).toEqual(['u1']);
	});

	test('where another process went on, n8n knows more', () => {
		const other = new MemoryShelf();
		run(['u1']);
		run(['u2'], { shelf: other });
		expect(remembered()).toEqual(['u2']);
		run(['u3']);
		expect(remembered(other)).toEqual(['u3']);
	});

	test('also where this process had a run that n8n did not save', () => {
		run(['u1']);
		run(['u2'], { isSaved: false });
		run(['u3'], { shelf: new MemoryShelf() });
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
		expect(remembered(new MemoryShelf())).toEqual(['u3']);
	});
});

test('each cohort and each workflow has a memory of its own', () => {
	const place = database.load();
	write(process, place, memoryOf('u1'), now);
	write(process, { ...place, key: 'other cohort' }, memoryOf('u2'), now);
	database.save(place);
	expect(remembered()).toEqual(['u1']);
	expect(remembered(process, database.load('other cohort'))).toEqual(['u2']);
	expect(remembered(process, { ...database.load(), workflowId: 'w2', staticData: {} })).toBe(
		undefined,
	);
});

describe('a memory in the static data that can not be read', () => {
	const other = atOnce(writeMemory(memoryOf('u1'), Date.UTC(2026, 10, 23)));

	test.each<[what: string, part: unknown]>([
		['is of another version', { [KEY]: { ...other, version: 2 } }],
		['is damaged', { [KEY]: { ...other, members: 'u9' } }],
		['is no memory', { [KEY]: 'u1' }],
		['is null', { [KEY]: null }],
		['is a list', ['u1']],
		['is all of it null', null],
		['is all of it a text', 'u1'],
	])('%s, and is refused', (_what, part) => {
		database.saved = JSON.stringify({ moEngageCohortSync: part });
		expect(remembered()).toBeInstanceOf(Refusal);
	});

	test('is refused also where the process knows an older one', () => {
		run(['u1'], { isSaved: false });
		database.saved = JSON.stringify({
			moEngageCohortSync: { [KEY]: { ...other, version: 2, savedAt: 0 } },
		});
		expect(remembered()).toBeInstanceOf(Refusal);
	});

	test('does not keep other cohorts from being read', () => {
		run(['u1']);
		const place = database.load();
		place.staticData.moEngageCohortSync = {
			...(place.staticData.moEngageCohortSync as object),
			other: 'damaged',
		};
		database.save(place);
		expect(remembered(new MemoryShelf())).toEqual(['u1']);
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
		const place = {
			workflowId: 'workflow',
			key: KEY,
			staticData: workflow.getStaticData('global'),
		};
		return {
			place,
			isChanged: () => Reflect.get(workflow.staticData, '__dataChanged') as boolean,
			noteSaved: () => Reflect.set(workflow.staticData, '__dataChanged', false),
			saved: () => JSON.parse(JSON.stringify(workflow.staticData)) as object,
		};
	}

	test('notices what is written, at first and later', () => {
		const first = load({});
		first.place.staticData.other = { nodes: 'data' };
		write(process, first.place, memoryOf('u1'), now);
		expect(first.isChanged()).toBe(true);
		first.noteSaved();
		write(process, first.place, memoryOf('u1'), now);
		expect(first.isChanged()).toBe(true);

		const second = load(first.saved());
		expect(remembered(new MemoryShelf(), second.place)).toEqual(['u1']);
		expect(second.isChanged()).toBe(false);
		write(process, second.place, memoryOf('u2'), now);
		expect(second.isChanged()).toBe(true);
		expect(second.saved()).toMatchObject({ global: { other: { nodes: 'data' } } });
		expect(remembered(new MemoryShelf(), load(second.saved()).place)).toEqual(['u2']);
	});

	test('is not changed by reading', () => {
		const { place, isChanged } = load({ global: { other: 1 } });
		expect(remembered(process, place)).toBeUndefined();
		expect(isChanged()).toBe(false);
	});
});

describe('of two overlapping executions', () => {
	const other = `${KEY}-other`;

	test.each(['the first', 'the second'])(
		'that mirror different cohorts, neither loses the other one where %s ends last',
		(last) => {
			const [first, second] = [database.load(KEY), database.load(other)];
			write(process, first, memoryOf('u1'), ++now);
			write(process, second, memoryOf('u2'), ++now);
			const ends = last === 'the first' ? [second, first] : [first, second];
			ends.forEach((place) => database.save(place));
			// Another process knows only what n8n saved.
			const elsewhere = new MemoryShelf();
			expect(remembered(elsewhere, database.load(KEY))).toEqual(['u1']);
			expect(remembered(elsewhere, database.load(other))).toEqual(['u2']);
		},
	);

	test('the one that mirrored first and ends last puts back nothing older', () => {
		const first = database.load();
		write(process, first, memoryOf('u1'), ++now);
		run(['u2']);
		database.save(first);
		expect(remembered(new MemoryShelf())).toEqual(['u2']);
	});

	test('one that saves again and again, as in a loop, is written to once a time', () => {
		let writes = 0;
		const place = database.load();
		const staticData = new Proxy(place.staticData, {
			set: (target, name, value) => {
				writes++;
				return Reflect.set(target, name, value);
			},
		});
		for (let run = 0; run < 10; run++) {
			write(process, { ...place, staticData, key: `${KEY}-${run}` }, memoryOf('u1'), ++now);
		}
		expect(writes).toBe(10);
	});

	test('neither knows anything of another workflow', () => {
		const first = database.load();
		write(process, first, memoryOf('u1'), ++now);
		write(process, database.load(KEY, 'another workflow'), memoryOf('u2'), ++now);
		database.save(first);
		expect(remembered(new MemoryShelf())).toEqual(['u1']);
	});
});
