import fc from 'fast-check';
import type { INodeExecutionData } from 'n8n-workflow';
import type { MemberStore } from '../../nodes/MoEngageCohortSync/mirror/memberStore';
import type { UnusedMemory } from '../../nodes/MoEngageCohortSync/mirror/secondInputMemberStore';
import { SecondInputMemberStore } from '../../nodes/MoEngageCohortSync/mirror/secondInputMemberStore';
import { SnapshotStore } from '../../nodes/MoEngageCohortSync/mirror/snapshotStore';
import type { Change } from '../../nodes/MoEngageCohortSync/model/change';
import { settle } from '../../nodes/MoEngageCohortSync/model/change';
import { itemResults } from '../../nodes/MoEngageCohortSync/results/items';
import { atOnce } from '../support/atOnce';
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

/** Gives what the next run knows of those before it. */
type Memory = () => MemberStore;

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

type Json = INodeExecutionData['json'];

/** Rows on the second input that are kept by the results of each run. */
function keptBy(keep: (rows: readonly Json[], results: readonly Json[]) => Json[]): Memory {
	let rows: Json[] = [];
	return () => {
		const store = new SecondInputMemberStore(rows, NO_PATHS, NO_MEMORY);
		return {
			load: (cohort, cohorts) => store.load(cohort, cohorts),
			*save(run) {
				const results = atOnce(itemResults(run));
				rows = keep(
					rows,
					results.map(({ json }) => json),
				);
				yield* store.save();
			},
			claim: async () => await store.claim(),
			renew: async () => await store.renew(),
			release: async () => await store.release(),
			notices: () => store.notices(),
			close: async () => await store.close(),
		};
	};
}

/** A table of the members, as the example has it. */
const table = () =>
	keptBy((rows, results) => {
		let kept = [...rows];
		for (const { status, action, uid, anonymous_id } of results) {
			if (status !== 'accepted') continue;
			const isAll = action === 'remove' && uid !== undefined;
			kept = kept.filter((row) => {
				const isSame = row.uid === uid && (isAll || row.anonymous_id === anonymous_id);
				const isOfDevice = row.uid === undefined && row.anonymous_id === anonymous_id;
				return !isSame && !isOfDevice;
			});
			if (action === 'add') kept.push({ uid, anonymous_id });
		}
		return kept;
	});

/** A log of all results. */
const log = () => keptBy((rows, results) => [...rows, ...results]);

class History {
	readonly cohort = new Set<number>();
	readonly log: string[] = [];

	constructor(private readonly memory: Memory) {}

	run({ people, fates, hasUnreadable }: Step): void {
		const items = people.flatMap((ways, person) => ways.map((way) => identifiersOf(person, way)));
		const rows = items.map((text) => row(text));
		const store = this.memory();
		const unreadable = { ...row('u'), userId: true };
		const planned = mirrorWith(hasUnreadable ? [...rows, unreadable] : rows, store);
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
			'who has two devices, where a table keeps who is in',
			{ memory: table, ways: TWO_DEVICES, first: ['u/a', 'u/b'], hasTrouble: false },
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
