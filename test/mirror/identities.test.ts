import fc from 'fast-check';
import type { MemberStore } from '../../nodes/MoEngageCohortSync/mirror/memberStore';
import type { UnusedMemory } from '../../nodes/MoEngageCohortSync/mirror/secondInputMemberStore';
import { SecondInputMemberStore } from '../../nodes/MoEngageCohortSync/mirror/secondInputMemberStore';
import { SnapshotStore } from '../../nodes/MoEngageCohortSync/mirror/snapshotStore';
import type { Change } from '../../nodes/MoEngageCohortSync/model/change';
import { settle } from '../../nodes/MoEngageCohortSync/model/change';
import type { RunResult } from '../../nodes/MoEngageCohortSync/model/run';
import { itemResults } from '../../nodes/MoEngageCohortSync/results/items';
import { atOnce } from '../support/atOnce';
import { DataTable } from '../support/dataTable';
import type { Fate, PlannedMirror } from '../support/mirrors';
import {
	FATES,
	inText,
	mirrorWith,
	notOverlapped,
	resultOf,
	row,
	workflowStore,
} from '../support/mirrors';
import { randomRuns } from '../support/randomRuns';
import type { Row } from '../support/source';

/**
 * Runs of one mirror, in which people come by a uid, by one of two devices, or by several of these. MoEngage
 * knows whose they are; the node has to find out. After each run without trouble the cohort holds exactly the
 * people of the input.
 */

const PEOPLE = [0, 1, 2];

/** The ways in which a person comes in one run: each an item. `u/a` is the uid together with the first device. */
type Ways = ReadonlyArray<'u' | '/a' | '/b' | 'u/a' | 'u/b'>;

const identifiersOf = (person: number, way: string) => way.replace(/\w/g, `$&${person}`);
const personOf = ({ uid, anonymous_id }: Change) => Number((uid ?? anonymous_id ?? '').slice(1));

interface Step {
	readonly people: readonly Ways[];
	/** What the changes come to, in turn; accepted where there is none. */
	readonly fates: readonly Fate[];
	/** An item that can't be read comes as well. */
	readonly hasUnreadable: boolean;
}

/** Gives what the next run knows of those before it, by the rows of that run. */
type Memory = (input: readonly Row[]) => MemberStore;

/** What the workflow remembers. */
function remembering(): Memory {
	const snapshots = new SnapshotStore();
	const workflow = { workflowId: 'w', staticData: {} };
	let startedAt = 0;
	return () => workflowStore(snapshots, { workflow, startedAt: ++startedAt });
}

const NO_MEMORY: UnusedMemory = {
	lease: { touch: async () => await Promise.resolve(true), release: notOverlapped },
	hasNumber: false,
};
const NO_PATHS = { userId: undefined, anonymousId: undefined, cohortId: undefined };

/** Rows on the second input that are changed by each run. */
function keptBy(rows: readonly unknown[], change: (run: RunResult) => void): MemberStore {
	const store = new SecondInputMemberStore(rows, NO_PATHS, NO_MEMORY);
	return {
		load: (cohort, cohorts) => store.load(cohort, cohorts),
		*save(run) {
			change(run);
			yield* store.save();
		},
		claim: async () => await store.claim(),
		renew: async () => await store.renew(),
		release: async () => await store.release(),
		notices: () => store.notices(),
		close: async () => await store.close(),
	};
}

/** The table of the example. */
function table(): Memory {
	const kept = new DataTable();
	return (input) => keptBy(kept.rows, (run) => kept.update(run, input));
}

/** A log of all results. */
function log(): Memory {
	const rows: unknown[] = [];
	return () =>
		keptBy([...rows], (run) => {
			rows.push(...atOnce(itemResults(run)).map(({ json }) => json));
		});
}

class History {
	readonly cohort = new Set<number>();
	readonly log: string[] = [];

	constructor(private readonly memory: Memory) {}

	run({ people, fates, hasUnreadable }: Step): void {
		const items = people.flatMap((ways, person) => ways.map((way) => identifiersOf(person, way)));
		const rows = items.map((text) => row(text));
		const unreadable = { ...row('u'), userId: true };
		const input = hasUnreadable ? [...rows, unreadable] : rows;
		const store = this.memory(input);
		const planned = mirrorWith(input, store);
		this.log.push(items.join(' '));
		this.settle(planned, fates);
		const startedAt = this.log.length;
		atOnce(store.save(resultOf(planned, startedAt), startedAt));
	}

	private settle({ packed }: PlannedMirror, fates: readonly Fate[]): void {
		const sent = packed.flatMap(({ removals, additions }) => [...removals, ...additions]);
		for (const [index, change] of sent.flatMap(({ changes }) => changes).entries()) {
			const fate = fates[index % fates.length] ?? 'accepted';
			settle([change], FATES[fate]);
			this.log.push(`  ${change.action} ${inText(change)}: ${fate}`);
			if (fate !== 'accepted' && fate !== 'unknown, applied') continue;
			if (change.action === 'add') this.cohort.add(personOf(change));
			else this.cohort.delete(personOf(change));
		}
	}
}

const isFine = ({ fates, hasUnreadable }: Step) =>
	!hasUnreadable && fates.every((fate) => fate === 'accepted');

interface Rules {
	readonly memory: () => Memory;
	/** How people may come. */
	readonly ways: readonly Ways[];
	/** How they come until a run without trouble has seen all their identifiers together; any way where left out. */
	readonly first?: Ways;
	readonly hasTrouble: boolean;
}

function stepsOf({ ways, hasTrouble }: Rules): fc.Arbitrary<Step[]> {
	const fates = Object.keys(FATES) as Fate[];
	return fc.array(
		fc.record<Step>({
			people: fc.tuple(...PEOPLE.map(() => fc.constantFrom([], ...ways))),
			fates: hasTrouble
				? fc.array(fc.constantFrom('accepted' as const, ...fates), { maxLength: 6 })
				: fc.constant([]),
			hasUnreadable: hasTrouble ? fc.boolean() : fc.constant(false),
		}),
		{ minLength: 1, maxLength: 6 },
	);
}

function play({ memory, first }: Rules, steps: readonly Step[]): void {
	const history = new History(memory());
	const linked = new Set<number>();
	for (const step of steps) {
		const people = step.people.map((ways, person) =>
			first !== undefined && ways.length > 0 && !linked.has(person) ? first : ways,
		);
		if (people.every((ways) => ways.length === 0)) continue;
		history.run({ ...step, people });
		people.forEach((ways, person) => {
			if (ways.length === 0) linked.delete(person);
			else if (isFine(step) && first?.every((way) => ways.includes(way))) linked.add(person);
		});
		if (!isFine(step)) continue;
		const wanted = PEOPLE.filter((person) => people[person]?.length !== 0);
		const held = [...history.cohort].sort();
		if (held.join() !== wanted.join()) {
			throw new Error(
				`It holds ${held.join()}, and not ${wanted.join()}\n${history.log.join('\n')}`,
			);
		}
	}
}

const APART: Ways[] = [['u'], ['/a'], ['u', '/a'], ['/a', 'u']];
const TOGETHER: Ways[] = [...APART, ['u/a']];
const TWO_DEVICES: Ways[] = [
	...[['u'], ['/a'], ['/b'], ['u/a'], ['u/b'], ['u/a', 'u/b'], ['u', '/a']],
	...[
		['/a', '/b'],
		['u/a', '/b'],
		['u', '/b'],
	],
] as Ways[];
const BY_ONE: Ways[] = [['u'], ['/a']];
const BY_DEVICE: Ways[] = [['/a'], ['u/a']];

describe('everyone of the input is in the cohort, and nobody else', () => {
	test.each<[what: string, rules: Rules]>([
		[
			'whose uid and device were seen together once, however they come then',
			{ memory: remembering, ways: TOGETHER, first: ['u/a'], hasTrouble: false },
		],
		[
			'the same, through trouble',
			{ memory: remembering, ways: TOGETHER, first: ['u/a'], hasTrouble: true },
		],
		[
			'who has two devices, however they come once they were seen together',
			{ memory: remembering, ways: TWO_DEVICES, first: ['u/a', 'u/b'], hasTrouble: false },
		],
		[
			'who comes by another identifier in each run, of which nobody says that it is the same',
			{ memory: remembering, ways: BY_ONE, hasTrouble: false },
		],
		[
			'the same, through trouble that puts removals off',
			{ memory: remembering, ways: BY_ONE, hasTrouble: true },
		],
		[
			'whose uid and device were seen together once, where a table keeps who is in',
			{ memory: table, ways: TOGETHER, first: ['u/a'], hasTrouble: false },
		],
		[
			'whose uid and device were seen together once, where a table keeps who is in, through trouble',
			{ memory: table, ways: TOGETHER, first: ['u/a'], hasTrouble: true },
		],
		[
			'who has two devices, where a table keeps who is in',
			{ memory: table, ways: TWO_DEVICES, first: ['u/a', 'u/b'], hasTrouble: false },
		],
		[
			'who has two devices, where a table keeps who is in, through trouble',
			{ memory: table, ways: TWO_DEVICES, first: ['u/a', 'u/b'], hasTrouble: true },
		],
		[
			'whose uid and device were seen together once, where a log keeps who is in',
			{ memory: log, ways: TOGETHER, first: ['u/a'], hasTrouble: false },
		],
		[
			'who has two devices, where a log keeps who is in',
			{ memory: log, ways: TWO_DEVICES, first: ['u/a', 'u/b'], hasTrouble: false },
		],
		...([remembering, table, log] as const).map((memory): [string, Rules] => [
			`who comes by a device, at times with a uid (${memory.name})`,
			{ memory, ways: BY_DEVICE, hasTrouble: false },
		]),
	])('%s', (_what, rules) => {
		fc.assert(
			fc.property(stepsOf(rules), (steps) => play(rules, steps)),
			randomRuns(600),
		);
	});
});
