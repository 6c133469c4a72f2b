import fc from 'fast-check';
import type { IDataObject, IPairedItemData } from 'n8n-workflow';
import { createMoEngage } from '../../emulator/model';
import type { Batch } from '../../nodes/MoEngageCohortSync/delivery/packing';
import { bodyOf } from '../../nodes/MoEngageCohortSync/delivery/packing';
import { parseReference } from '../../nodes/MoEngageCohortSync/input/reference';
import { readSettings } from '../../nodes/MoEngageCohortSync/input/settings';
import type { MemberStore } from '../../nodes/MoEngageCohortSync/mirror/memberStore';
import type { RowPaths } from '../../nodes/MoEngageCohortSync/mirror/previousRows';
import type { UnusedMemory } from '../../nodes/MoEngageCohortSync/mirror/secondInputMemberStore';
import { SecondInputMemberStore } from '../../nodes/MoEngageCohortSync/mirror/secondInputMemberStore';
import { SnapshotStore } from '../../nodes/MoEngageCohortSync/mirror/snapshotStore';
import type { Change } from '../../nodes/MoEngageCohortSync/model/change';
import { settle } from '../../nodes/MoEngageCohortSync/model/change';
import { anonymousIdsOf } from '../../nodes/MoEngageCohortSync/model/member';
import type { Outcome } from '../../nodes/MoEngageCohortSync/model/outcome';
import type { RunResult } from '../../nodes/MoEngageCohortSync/model/run';
import { itemResults } from '../../nodes/MoEngageCohortSync/results/items';
import { atOnce } from '../support/atOnce';
import { DataTable } from '../support/dataTable';
import { request, start } from '../support/emulator';
import type { Fate } from '../support/mirrors';
import {
	FATES,
	mirrorWith,
	planWith,
	resultOf,
	row,
	toBeSent,
	workflowStore,
} from '../support/mirrors';
import { readPage } from '../support/pages';
import { plannedRun } from '../support/plannedRun';
import { randomRuns } from '../support/randomRuns';
import type { Row } from '../support/source';
import { sourceOf } from '../support/source';

/**
 * People instead of identifiers: each has one uid and up to three anonymous IDs, of which MoEngage knows some and
 * learns more between the runs. The rows of a run name people in any way: by the uid, by an anonymous ID, by both,
 * in one row or in several. After each run without trouble the people in the segment are those whom the rows name
 * by an identifier that MoEngage knows, but for the exceptions below, which the documentation states.
 */

const PEOPLE = [0, 1, 2] as const;
const KINDS = ['u', 'a', 'b', 'c'] as const;

type Kind = (typeof KINDS)[number];

/** An identifier: its kind and whose it is. `u0` is a uid, the others are anonymous IDs. */
type Id = `${Kind}${number}`;

const idOf = (kind: Kind, person: number): Id => `${kind}${person}`;
const personOf = (id: string) => Number(id.slice(1));
const isUid = (id: string) => id.startsWith('u');

/** How one row names a person. Guests have a uid that stands for nobody. */
const WAYS = ['u', '/a', '/b', '/c', 'u/a', 'u/b', 'u/c', '0/a', 'guest/b'] as const;

type Way = (typeof WAYS)[number];

const rowOf = (way: Way, person: number) => way.replace(/\b[uabc]\b/g, `$&${person}`);
const idsIn = (text: string) => text.split('/').filter((id) => /^[uabc]\d$/.test(id)) as Id[];

/** Identifiers that are known to be one user's. */
type Group = ReadonlySet<Id>;

/** Joins groups that have an identifier in common. */
function join(groups: ReadonlyArray<Iterable<Id>>): Group[] {
	let joined: Array<Set<Id>> = [];
	for (const group of groups) {
		const ids = new Set(group);
		const [same, others] = [true, false].map((isSame) =>
			joined.filter((other) => [...other].some((id) => ids.has(id)) === isSame),
		) as [Array<Set<Id>>, Array<Set<Id>>];
		same.forEach((other) => other.forEach((id) => ids.add(id)));
		joined = [...others, ids];
	}
	return joined;
}

const isNamedIn = (group: Group, named: ReadonlySet<Id>) => [...group].some((id) => named.has(id));

/** What happens in MoEngage between two runs. */
interface Event {
	readonly kind: /** MoEngage learns an identifier of a person: it is added to the profile it has of them, or makes one. */
	| 'learn'
		/** MoEngage makes a profile of its own for it, as of a visitor who has not logged in, or an import. */
		| 'learn apart'
		/** They log in, and MoEngage merges all that it has of them. */
		| 'merge';
	readonly person: number;
	readonly id: Kind;
}

/** MoEngage as the emulator has it, and whose its profiles are. */
class MoEngagePeople {
	private readonly model = createMoEngage({ known: [], requestsPerMinute: Infinity });
	private readonly profiles = PEOPLE.map((): Id[][] => []);
	private timestamp = start;

	apply({ kind, person, id: idKind }: Event): void {
		const profiles = this.profiles[person] ?? [];
		const id = idOf(idKind, person);
		if (kind === 'merge') {
			this.merge(profiles);
		} else if (!this.knows(id)) {
			const [profile] = profiles;
			if (kind === 'learn' && profile !== undefined) profile.push(id);
			else profiles.push([id]);
			this.register(profiles.find((ids) => ids.includes(id)) ?? []);
		}
	}

	private register(ids: readonly Id[]): void {
		const uid = ids.find(isUid);
		const anonymous_ids = ids.filter((id) => !isUid(id));
		this.model.register({ anonymous_ids, ...(uid === undefined ? {} : { uid }) });
	}

	private merge(profiles: Id[][]): void {
		profiles.sort((one, other) => Number(other.some(isUid)) - Number(one.some(isUid)));
		const [retained, ...others] = profiles.splice(0);
		if (retained === undefined) return;
		for (const other of others) {
			const [kept, merged] = [retained, other].map(([id = 'u']) =>
				isUid(id) ? { uid: id } : { anonymous_id: id },
			);
			if (kept && merged) this.model.merge(kept, merged);
			retained.push(...other);
		}
		profiles.push(retained);
	}

	knows(id: Id): boolean {
		return this.profilesOf(personOf(id)).some((ids) => ids.includes(id));
	}

	profilesOf(person: number): ReadonlyArray<readonly Id[]> {
		return this.profiles[person] ?? [];
	}

	receive(batch: Batch): void {
		const body = bodyOf(batch, new Date(++this.timestamp).toISOString());
		const { status } = this.model.receive(request({ body }));
		if (status !== 200) throw new Error(`The emulator answered ${status} to ${body}`);
	}

	/** The profiles in the segment, each by one of its identifiers. */
	segment(): Id[] {
		const members = this.model.cohort('vip')?.members ?? [];
		return members.map(({ uid, anonymous_ids: [first] }) => (uid ?? first) as Id);
	}
}

/** One run, and what happened before it. */
interface Step {
	readonly events: readonly Event[];
	/** For each person the rows that name them; `undefined` stands for those of the run before. */
	readonly ways: ReadonlyArray<readonly Way[] | undefined>;
	/** The people's rows come in the opposite order. */
	readonly isReversed: boolean;
	readonly batchSize: number;
	/** What the requests come to, in turn; accepted where there is none. */
	readonly fates: readonly Fate[];
	/** An item that can't be read comes as well, so that nobody is removed. */
	readonly hasUnreadable: boolean;
	/** n8n has restarted: what is remembered comes from the saved workflow. */
	readonly isRestarted: boolean;
	/** 'Send Everyone Now' is on. */
	readonly sendEveryone: boolean;
}

interface World {
	/** Identifiers that MoEngage knows from the start, for each person. */
	readonly known: ReadonlyArray<readonly Kind[]>;
	readonly steps: readonly Step[];
}

/** Why the segment may differ from the audience after a run that went well, in the words of the documentation. */
const EXCEPTIONS = {
	'registered later': {
		page: 'docs/mirror.md',
		sentence: "MoEngage silently ignores users it doesn't know yet.",
	},
	'two anonymous IDs without a uid': {
		page: 'docs/identities.md',
		sentence:
			"One of a person's two anonymous IDs leaves, and neither has ever occurred with a `uid`.",
	},
	'two profiles of one person': {
		page: 'docs/identities.md',
		sentence:
			'MoEngage has two profiles of one person, one with the `uid` and one with only an anonymous ID',
	},
	'learned while nothing was sent': {
		page: 'docs/second-input.md',
		sentence:
			'that two of their identifiers belong together is not in the table if it became known while nothing was sent for them',
	},
	'several users to the node': {
		page: 'docs/parameters.md',
		sentence: 'Identifiers that never occur together in a run are different users to the node',
	},
} as const;

type ExceptionName = keyof typeof EXCEPTIONS;

/** Where the members are kept from run to run. */
interface Memory {
	open(step: Step, startedAt: number): MemberStore;
	/** @param input the rows of the run */
	save(store: MemberStore, run: RunResult, input: readonly Row[]): void;
	/** People of whom the input has shown that two identifiers are theirs, which is not kept. */
	readonly unlinked?: ReadonlySet<number>;
	/** After a run that went well, the same audience may need one more. */
	readonly mayRepeat?: boolean;
}

class WorkflowMemory implements Memory {
	private snapshots = new SnapshotStore();
	private staticData: Record<string, unknown> = {};

	open({ isRestarted, sendEveryone }: Step, startedAt: number): MemberStore {
		if (isRestarted) {
			this.snapshots = new SnapshotStore();
			this.staticData = JSON.parse(JSON.stringify(this.staticData)) as Record<string, unknown>;
		}
		return workflowStore(this.snapshots, {
			workflow: { workflowId: 'workflow', staticData: this.staticData },
			startedAt,
			switchesOf: () => ({ sendEveryone, startOver: false }),
		});
	}

	save(store: MemberStore, run: RunResult): void {
		atOnce(store.save(run, run.startedAt));
	}
}

const NO_PATHS: RowPaths = { userId: undefined, anonymousId: undefined, cohortId: undefined };

function fromSecondInput(rows: readonly object[], paths = NO_PATHS): MemberStore {
	const lease: UnusedMemory['lease'] = {
		touch: async () => true,
		release: async () => ({ overlapped: false }),
	};
	return new SecondInputMemberStore(rows, paths, { lease, hasNumber: false });
}

interface LogOptions {
	/** The error items of a run are saved before its other results. */
	readonly errorsFirst?: boolean;
	/** How the log's table saves a result. */
	readonly toRow?: (result: IDataObject, number: number) => IDataObject;
	readonly paths?: RowPaths;
}

/**
 * All results of all runs, with the fields that n8n adds to error items. The input has a column `cohort_id` that is
 * not the cohort's ID.
 */
class Log implements Memory {
	/** A failure of a device counts for its user from the run on that shows whose it is. */
	readonly mayRepeat = true;
	private readonly rows: IDataObject[] = [];

	constructor(private readonly options: LogOptions = {}) {}

	open(): MemberStore {
		return fromSecondInput(this.rows, this.options.paths);
	}

	save(_store: MemberStore, run: RunResult, input: readonly Row[]): void {
		const { errorsFirst = false, toRow = (result) => result } = this.options;
		const before = [...this.rows];
		const results = atOnce(itemResults(run)).map(({ json, pairedItem }): IDataObject => {
			if (!('error' in json)) return json;
			const { item = -1, input: source } = pairedItem as IPairedItemData;
			const { userId: uid, anonymousId: anonymous_id } = input[item] ?? {};
			const ofItem = { uid, anonymous_id, cohort_id: '2026-Q1' } as IDataObject;
			return { ...(source === 1 ? before[item] : ofItem), ...json };
		});
		if (errorsFirst)
			results.sort((one, other) => Number('error' in other) - Number('error' in one));
		for (const result of results) this.rows.push(toRow(result, this.rows.length + 1));
	}
}

const LOG_COLUMNS = [
	...['uid', 'anonymous_id', 'cohort_id', 'status', 'action', 'timestamp', 'error', 'message'],
];

/** A log in a Data Table, whose `id` is the row's number, of a node whose User ID is a column of the same name. */
const numberedLog = () =>
	new Log({
		toRow: (result, id) => ({
			...Object.fromEntries(LOG_COLUMNS.map((name) => [name, result[name] ?? null])),
			id,
		}),
		paths: {
			...NO_PATHS,
			userId: parseReference('={{ $json.id }}'),
			anonymousId: parseReference('={{ $json.anonymous_id }}'),
		},
	});

/** The table of the example. */
class Table implements Memory {
	readonly table = new DataTable();

	open(): MemberStore {
		return fromSecondInput(this.table.rows);
	}

	save(_store: MemberStore, run: RunResult, input: readonly Row[]): void {
		this.table.update(run, input);
	}

	/** Identifiers are the person's number after a letter. */
	get unlinked(): ReadonlySet<number> {
		return new Set([...this.table.unlinked].map(personOf));
	}
}

class MirrorHistory {
	readonly moengage = new MoEngagePeople();
	readonly log: string[] = [];
	/** The exceptions that were needed. */
	readonly used = new Set<ExceptionName>();
	private runs = 0;
	private requests = 0;
	private lastRows: string[][] = PEOPLE.map(() => []);
	/** Identifiers that the runs up to now have shown to be one user's: for certain, and perhaps. */
	private linked: Group[] = [];
	private perhapsLinked: Group[] = [];
	/** Of each identifier whether MoEngage knew it when it was last sent to be added. */
	private readonly wasKnown = new Map<Id, boolean>();
	/**
	 * People who stayed by an anonymous ID alone and were removed by another one that MoEngage knew to be theirs, and
	 * were not added since.
	 */
	private readonly removedByAnonymousId = new Set<number>();

	constructor(
		known: World['known'],
		private readonly memory: Memory = new WorkflowMemory(),
	) {
		known.forEach((kinds, person) => {
			kinds.forEach((id) => this.moengage.apply({ kind: 'learn', person, id }));
		});
		this.log.push(`MoEngage knows ${known.flatMap((ids, p) => ids.map((id) => idOf(id, p)))}`);
	}

	/** Plays a step. @throws Error where the segment is wrong after it and no exception says why */
	play(step: Step): void {
		for (const event of step.events) {
			this.moengage.apply(event);
			this.log.push(`${event.kind} ${idOf(event.id, event.person)}`);
		}
		const rows = this.lastRows.map(
			(last, person) => step.ways[person]?.map((way) => rowOf(way, person)) ?? last,
		);
		const texts = (step.isReversed ? [...rows].reverse() : rows).flat();
		if (texts.length === 0) return;
		this.lastRows = rows;
		const isFine = this.run(texts, step);
		const { mustBeIn, mayBeIn } = this.audience(texts, isFine);
		if (isFine) this.check(mustBeIn, mayBeIn);
	}

	/** Runs the mirror. Gives whether it went well. */
	private run(texts: readonly string[], step: Step): boolean {
		const startedAt = ++this.runs;
		const store = this.memory.open(step, startedAt);
		const rows = texts.map((text) => row(text));
		const unreadable = { ...row('u'), userId: true };
		const settings = readSettings({ batchSize: step.batchSize }, 100);
		const input = step.hasUnreadable ? [...rows, unreadable] : rows;
		const planned = mirrorWith(input, store, { settings });
		this.log.push(`${texts.join(' ')}${step.sendEveryone ? ' (everyone)' : ''}`);
		const staying = this.groupsOf(texts);
		const isSent = planned.packed
			.flatMap(({ removals, additions }) => [...removals, ...additions])
			.map((batch, index) => this.send(batch, step.fates[index] ?? 'accepted', staying))
			.every(Boolean);
		this.memory.save(store, resultOf(planned, startedAt), input);
		const isFine = isSent && !step.hasUnreadable;
		if (isFine && !this.memory.mayRepeat) this.checkAtRest(rows, step);
		return isFine;
	}

	/** After a run that went well, the same audience needs nothing. */
	private checkAtRest(rows: readonly Row[], step: Step): void {
		const sent = toBeSent(planWith(rows, this.memory.open(step, this.runs)));
		if (step.sendEveryone || sent.length === 0) return;
		const changes = sent.map((change) => `${change.action} ${idsOf(change)}`);
		throw new Error(`It would send ${changes} once more\n${this.log.join('\n')}`);
	}

	/** Each request has a timestamp of its own, by which a log is ordered. */
	private accepted(): Outcome {
		const timestamp = new Date(Date.UTC(2026, 10, 1) + ++this.requests).toISOString();
		return { status: 'accepted', request: { request: 1, timestamp } };
	}

	private send(batch: Batch, fate: Fate, staying: readonly Group[]): boolean {
		const isApplied = fate === 'accepted' || fate === 'unknown, applied';
		if (isApplied) this.moengage.receive(batch);
		settle(batch.changes, fate === 'accepted' ? this.accepted() : FATES[fate]);
		for (const change of batch.changes) {
			this.log.push(`  ${change.action} ${idsOf(change)}: ${fate}`);
			if (isApplied) this.note(change, staying);
		}
		return fate === 'accepted';
	}

	private note(change: Change, staying: readonly Group[]): void {
		const ids = idsOf(change);
		const isKnown = ids.some((id) => this.moengage.knows(id));
		const person = personOf(ids[0] ?? '');
		if (change.action === 'add') {
			ids.forEach((id) => this.wasKnown.set(id, this.moengage.knows(id)));
			if (isKnown) this.removedByAnonymousId.delete(person);
			return;
		}
		const known = staying
			.map((group) => [...group])
			.filter((group) => group.some((id) => personOf(id) === person && this.moengage.knows(id)));
		const isAnonymous = change.uid === undefined && !known.flat().some(isUid);
		if (isAnonymous && known.length > 0 && isKnown) this.removedByAnonymousId.add(person);
	}

	/** The identifiers of those whom the rows name, as far as it is certain that they are one user's. */
	private groupsOf(texts: readonly string[]): Group[] {
		const groups = texts.map(idsIn);
		const named = new Set(groups.flat());
		return join([...this.linked, ...groups]).filter((group) => isNamedIn(group, named));
	}

	/** The people whom the rows name by an identifier that MoEngage knows, for certain and perhaps. */
	private audience(texts: readonly string[], isFine: boolean) {
		const groups = texts.map(idsIn);
		const named = new Set(groups.flat());
		this.linked = this.groupsOf(texts);
		this.perhapsLinked = join([...this.perhapsLinked, ...groups]);
		const peopleOf = (all: readonly Group[]) =>
			new Set(
				all
					.filter((group) => isNamedIn(group, named))
					.flatMap((group) => [...group])
					.filter((id) => this.moengage.knows(id))
					.map(personOf),
			);
		const mustBeIn = peopleOf(isFine ? this.linked : groups.map((ids) => new Set(ids)));
		const mayBeIn = peopleOf(this.perhapsLinked);
		if (isFine) {
			this.perhapsLinked = this.perhapsLinked.filter((group) => isNamedIn(group, named));
		} else {
			this.linked = [];
		}
		return { mustBeIn, mayBeIn };
	}

	private check(mustBeIn: ReadonlySet<number>, mayBeIn: ReadonlySet<number>): void {
		const held = new Set(this.moengage.segment().map(personOf));
		for (const person of PEOPLE) {
			const isMissing = mustBeIn.has(person) && !held.has(person);
			const isTooMany = held.has(person) && !mayBeIn.has(person);
			if (!isMissing && !isTooMany) continue;
			const reasons = isMissing ? this.whyMissing(person) : this.whyTooMany(person);
			if (reasons === undefined) {
				const what = isMissing ? 'is missing' : 'is in and should not be';
				throw new Error(`Person ${person} ${what}\n${this.log.join('\n')}`);
			}
			reasons.forEach((reason) => this.used.add(reason));
		}
	}

	/** Why a person can be missing: there is a reason for each of the groups of identifiers that name them. */
	private whyMissing(person: number): ExceptionName[] | undefined {
		if (this.memory.unlinked?.has(person)) return ['learned while nothing was sent'];
		const reasons: ExceptionName[] = [];
		for (const group of this.linked.map((ids) => [...ids])) {
			const known = group.filter((id) => this.moengage.knows(id));
			if (known[0] === undefined || personOf(known[0]) !== person) continue;
			if (known.every((id) => this.wasKnown.get(id) === false)) {
				reasons.push('registered later');
			} else if (this.removedByAnonymousId.has(person)) {
				reasons.push('two anonymous IDs without a uid');
			} else return undefined;
		}
		return reasons;
	}

	/** Why a person can be in who should not be: the removal found the profile with the uid, and this is another one. */
	private whyTooMany(person: number): ExceptionName[] | undefined {
		if (this.memory.unlinked?.has(person)) return ['learned while nothing was sent'];
		const isAnonymous = this.moengage
			.segment()
			.every((id) => personOf(id) !== person || !isUid(id));
		const hasUid = this.moengage.profilesOf(person).some((profile) => profile.some(isUid));
		return isAnonymous && hasUid ? ['two profiles of one person'] : undefined;
	}
}

function idsOf(change: Change): Id[] {
	const { uid } = change;
	return [...(uid === undefined ? [] : [uid]), ...anonymousIdsOf(change)] as Id[];
}

const person = fc.constantFrom(...PEOPLE);

const eventsOf = (kinds: ReadonlyArray<Event['kind']>) =>
	fc.array(
		fc.record<Event>({
			kind: fc.constantFrom(...kinds),
			person,
			id: fc.constantFrom(...KINDS),
		}),
		{ maxLength: 2 },
	);

/** A person's rows in a run. More often as before than not. */
const waysOf = (ways: readonly Way[]) =>
	fc.oneof(
		{ weight: 3, arbitrary: fc.constant(undefined) },
		{ weight: 1, arbitrary: fc.constant([]) },
		{ weight: 3, arbitrary: fc.array(fc.constantFrom(...ways), { minLength: 1, maxLength: 3 }) },
	);

/** True for one in `n`. */
const oneIn = (n: number) => fc.nat(n - 1).map((value) => value === n - 1);

function worldsOf(
	kinds: ReadonlyArray<Event['kind']>,
	{
		hasTrouble,
		isLog = false,
		ways = WAYS,
	}: { hasTrouble: boolean; isLog?: boolean; ways?: readonly Way[] },
): fc.Arbitrary<World> {
	return fc.record<World>({
		known: fc.tuple(...PEOPLE.map(() => fc.subarray([...KINDS]))),
		steps: fc.array(
			fc.record<Step>({
				events: eventsOf(kinds),
				ways: fc.tuple(...PEOPLE.map(() => waysOf(ways))),
				isReversed: fc.boolean(),
				batchSize: hasTrouble ? fc.constantFrom(0, 1, 1, 1, 2) : fc.nat(2),
				fates: hasTrouble
					? fc.oneof(
							fc.constant([]),
							fc.array(fc.constantFrom(...(Object.keys(FATES) as Fate[])), {
								minLength: 1,
								maxLength: 4,
							}),
						)
					: fc.constant([]),
				hasUnreadable: hasTrouble ? oneIn(10) : fc.constant(false),
				isRestarted: fc.boolean(),
				sendEveryone: isLog ? fc.constant(false) : oneIn(8),
			}),
			{ minLength: 1, maxLength: 6, size: 'max' },
		),
	});
}

/** How many histories: a few seconds in all, unless asked for more. */
const parameters = randomRuns(300);

describe('after each good run of a mirror the people in the segment are those in the audience', () => {
	test.each<[what: string, worlds: fc.Arbitrary<World>, newMemory: () => Memory]>([
		[
			'where people register late',
			worldsOf(['learn'], { hasTrouble: false }),
			() => new WorkflowMemory(),
		],
		[
			'the same, through runs that go wrong',
			worldsOf(['learn'], { hasTrouble: true }),
			() => new WorkflowMemory(),
		],
		[
			'where MoEngage has several profiles of a person until they log in',
			worldsOf(['learn', 'learn apart', 'merge'], { hasTrouble: false }),
			() => new WorkflowMemory(),
		],
		[
			'with a table, through runs that go wrong',
			worldsOf(['learn'], { hasTrouble: true, isLog: true }),
			() => new Table(),
		],
		[
			'with a table, of people who come by a uid and by a device, apart, through runs that go wrong',
			worldsOf(['learn'], { hasTrouble: true, isLog: true, ways: ['u', '/a'] }),
			() => new Table(),
		],
		[
			'with a table, of users with devices, through runs that go wrong',
			worldsOf(['learn'], { hasTrouble: true, isLog: true, ways: ['/a', 'u/a', 'u/b'] }),
			() => new Table(),
		],
		[
			'with a table, of guests and users with devices, through runs that go wrong',
			worldsOf(['learn'], { hasTrouble: true, isLog: true, ways: ['0/a', 'guest/b', '/b', 'u/b'] }),
			() => new Table(),
		],
		[
			'with a table, where MoEngage has several profiles of a person until they log in',
			worldsOf(['learn', 'learn apart', 'merge'], { hasTrouble: false, isLog: true }),
			() => new Table(),
		],
		[
			'with a log, through runs that go wrong',
			worldsOf(['learn'], { hasTrouble: true, isLog: true }),
			() => new Log(),
		],
		[
			'with a log, of guests and users with devices, through runs that go wrong',
			worldsOf(['learn'], { hasTrouble: true, isLog: true, ways: ['0/a', '/a', 'u/a', 'u/b'] }),
			() => new Log(),
		],
		[
			'with a log that has the error items of a run first, through runs that go wrong',
			worldsOf(['learn'], { hasTrouble: true, isLog: true, ways: ['/a', 'u/a', 'u/b'] }),
			() => new Log({ errorsFirst: true }),
		],
		[
			'with a log in a table that numbers its rows by the name of the user id',
			worldsOf(['learn'], { hasTrouble: true, isLog: true, ways: ['u', '0/a'] }),
			numberedLog,
		],
		[
			'with a log, where MoEngage has several profiles of a person until they log in',
			worldsOf(['learn', 'learn apart', 'merge'], { hasTrouble: false, isLog: true }),
			() => new Log(),
		],
	])(
		'%s',
		(_what, worlds, newMemory) => {
			fc.assert(
				fc.property(worlds, ({ known, steps }) => {
					const history = new MirrorHistory(known, newMemory());
					steps.forEach((step) => history.play(step));
				}),
				parameters,
			);
		},
		3_600_000,
	);
});

/** One item of Add Members, Remove Members or Update Membership. */
interface Item {
	readonly person: number;
	readonly way: Way;
	readonly isMember: boolean;
	/** The day of 'Changed At', if it has one. */
	readonly day: number | undefined;
}

interface ItemsStep {
	readonly events: readonly Event[];
	readonly operation: 'add' | 'remove' | 'update';
	readonly items: readonly Item[];
	readonly batchSize: number;
}

class ItemsHistory {
	readonly used = new Set<ExceptionName>();
	private readonly moengage = new MoEngagePeople();
	private readonly log: string[] = [];

	constructor(known: World['known']) {
		known.forEach((kinds, person) => {
			kinds.forEach((id) => this.moengage.apply({ kind: 'learn', person, id }));
		});
	}

	/** Plays a run. @throws Error where a person is not where the newest item about them says */
	play({ events, operation, items, batchSize }: ItemsStep): void {
		events.forEach((event) => this.moengage.apply(event));
		const before = this.held();
		const rows = items.map(({ person, way, isMember, day }) => ({
			...row(rowOf(way, person)),
			...(operation === 'update' ? { membership: isMember } : {}),
			...(day === undefined ? {} : { changedAt: `2026-11-${10 + day}` }),
		}));
		const { packed } = plannedRun(sourceOf(rows), operation, readSettings({ batchSize }, 100));
		this.log.push(`${operation} ${JSON.stringify(items)}`);
		for (const batch of packed.flatMap(({ removals, additions }) => [...removals, ...additions])) {
			this.moengage.receive(batch);
			this.log.push(`  ${batch.action} ${batch.changes.map((change) => idsOf(change)).join(' ')}`);
		}
		for (const person of PEOPLE) {
			const isIn = this.held().has(person);
			const states = this.statesOf(person, items, operation);
			const [state = before.has(person)] = states;
			if (states.length > 1) this.used.add('several users to the node');
			// The removals are sent first.
			if (isIn === (states.length > 1 ? true : state)) continue;
			throw new Error(`Person ${person} is ${isIn ? 'in' : 'out'}\n${this.log.join('\n')}`);
		}
	}

	private held(): Set<number> {
		return new Set(this.moengage.segment().map(personOf));
	}

	/** What the items say of a person by identifiers that MoEngage knows; both where they don't show that it is one. */
	private statesOf(
		person: number,
		items: readonly Item[],
		operation: ItemsStep['operation'],
	): boolean[] {
		const own = items.filter((item) => item.person === person);
		const idsOfItem = (item: Item) => idsIn(rowOf(item.way, person));
		const states = join(own.map(idsOfItem))
			.filter((group) => [...group].some((id) => this.moengage.knows(id)))
			.map((group) => {
				const said = own.filter((item) => idsOfItem(item).some((id) => group.has(id)));
				const areDated = said.every(({ day }) => day !== undefined);
				const newest = areDated ? Math.max(...said.map(({ day = 0 }) => day)) : undefined;
				const last = said.findLast(({ day }) => newest === undefined || day === newest);
				return operation === 'update' ? last?.isMember === true : operation === 'add';
			});
		return [...new Set(states)];
	}
}

const itemsWorlds = fc.record({
	known: fc.tuple(...PEOPLE.map(() => fc.subarray([...KINDS]))),
	steps: fc.array(
		fc.record<ItemsStep>({
			events: eventsOf(['learn']),
			operation: fc.constantFrom('add', 'remove', 'update', 'update'),
			items: fc.array(
				fc.record<Item>({
					person,
					way: fc.constantFrom(...WAYS),
					isMember: fc.boolean(),
					day: fc.option(fc.nat(3), { nil: undefined, freq: 4 }),
				}),
				{ minLength: 1, maxLength: 8, size: 'max' },
			),
			batchSize: fc.nat(2),
		}),
		{ minLength: 1, maxLength: 5, size: 'max' },
	),
});

test('after each run of another operation everybody is where the newest item about them says', () => {
	fc.assert(
		fc.property(itemsWorlds, ({ known, steps }) => {
			const history = new ItemsHistory(known);
			steps.forEach((step) => history.play(step));
		}),
		parameters,
	);
}, 3_600_000);

describe('what the documentation says can not be known', () => {
	test.each(Object.entries(EXCEPTIONS))('%s stands there', (_name, { page, sentence }) => {
		expect(readPage(page)).toContain(sentence);
	});

	const step = (ways: Step['ways'], ...events: Event[]): Step => ({
		events,
		ways,
		isReversed: false,
		batchSize: 0,
		fates: [],
		hasUnreadable: false,
		isRestarted: true,
		sendEveryone: false,
	});
	const learn = (id: Kind, kind: Event['kind'] = 'learn'): Event => ({ kind, person: 0, id });

	test.each<[name: ExceptionName, known: Kind[], steps: Step[], cure: Partial<Step>]>([
		[
			'registered later',
			[],
			[step([['u'], [], []]), step([['u'], [], []], learn('u'))],
			{ sendEveryone: true },
		],
		[
			'two anonymous IDs without a uid',
			['a', 'b'],
			[step([['/a', '/b'], [], []]), step([['/a'], [], []])],
			{ sendEveryone: true },
		],
		[
			'two profiles of one person',
			['a'],
			[
				step([['/a'], ['u'], []]),
				step([['u/a'], ['u'], []], learn('u', 'learn apart')),
				step([[], ['u'], []]),
			],
			{ events: [learn('u', 'merge')] },
		],
	])('%s happens, and is over after that', (name, known, steps, cure) => {
		const history = new MirrorHistory([known, [], []]);
		steps.forEach((one) => history.play(one));
		expect([...history.used]).toEqual([name]);
		history.used.clear();
		history.play({ ...step([undefined, undefined, undefined]), ...cure });
		expect([...history.used]).toEqual([]);
	});

	test.each<[what: string, known: Kind[], steps: Step[]]>([
		[
			'a new identifier whose sending was refused is sent by the next run',
			[],
			[
				step([['/b'], ['u'], []]),
				{ ...step([['u/b'], ['u'], []], learn('u')), fates: ['rejected'] },
				step([['u'], ['u'], []]),
			],
		],
		[
			'who left by one of two removals and comes back is added',
			['a', 'b'],
			[
				step([['/b', 'u/a'], ['u'], []]),
				{ ...step([[], ['u'], []]), batchSize: 1, fates: ['not sent'] },
				step([['/a'], ['u'], []]),
			],
		],
	])('while this is not: %s', (_what, known, steps) => {
		const history = new MirrorHistory([known, [], []]);
		steps.forEach((one) => history.play(one));
		expect([...history.used]).toEqual([]);
	});

	test.each<[what: string, known: Kind[], ways: Way[][], fates: Fate[]]>([
		[
			'a user who was removed by a device and whose second addition was refused is added',
			['u', 'a'],
			[['u', '/a'], ['u'], ['u']],
			['accepted', 'rejected'],
		],
		[
			'the same where it was not sent',
			['u', 'a'],
			[['u', '/a'], ['u'], ['u']],
			['accepted', 'not sent', 'not sent'],
		],
		[
			'the same for a user with two devices who comes by one of them',
			['u', 'a', 'b', 'c'],
			[['u/a', 'u/b', '/c'], ['/a'], ['/a']],
			['accepted', 'rejected'],
		],
		[
			'the same where the user comes by the uid',
			['u', 'a', 'b', 'c'],
			[['u/a', 'u/b', '/c'], ['u'], ['u/b']],
			['accepted', 'rejected'],
		],
		[
			'who was removed by one of two removals and comes back is added',
			['u', 'a'],
			[['u', '/a'], [], ['u']],
			['rejected', 'accepted'],
		],
		[
			'the same the other way round',
			['u', 'a'],
			[['u', '/a'], [], ['/a']],
			['accepted', 'rejected'],
		],
		[
			'who was removed by a request without a response and comes back is added',
			['u'],
			[['u'], [], ['u']],
			['unknown, applied'],
		],
		[
			'who was added by a request without a response and leaves is removed',
			['u', 'a'],
			[[], ['u/a'], []],
			['unknown, applied'],
		],
		[
			'who left with two devices and comes back by the second is added',
			['b'],
			[['/b'], ['u/a', 'u/b'], [], ['/b']],
			['unknown, lost'],
		],
	])('nor is this with a table: %s', (_what, known, [first, second, ...others], fates) => {
		const history = new MirrorHistory([known, ['u'], []], new Table());
		history.play(step([first, ['u'], []]));
		history.play({ ...step([second, ['u'], []]), batchSize: 1, fates });
		others.forEach((ways) => history.play(step([ways, ['u'], []])));
		expect([...history.used]).toEqual([]);
	});

	test('learned while nothing was sent happens with a table, and is over once the user is sent again', () => {
		const history = new MirrorHistory([['u'], ['u'], []], new Table());
		history.play(step([['/a', 'u'], ['u'], []]));
		history.play(step([['u/a'], ['u'], []]));
		history.play(step([['/a'], ['u'], []]));
		expect([...history.used]).toEqual(['learned while nothing was sent']);
		history.used.clear();
		history.play(step([['u/a'], ['u'], []]));
		history.play(step([['/a'], ['u'], []]));
		expect([...history.used]).toEqual([]);
	});

	test('several users to the node happens, and that person is in', () => {
		const history = new ItemsHistory([['u', 'a'], [], []]);
		const items: Item[] = [
			{ person: 0, way: 'u', isMember: true, day: undefined },
			{ person: 0, way: '/a', isMember: false, day: undefined },
		];
		history.play({ events: [], operation: 'update', items, batchSize: 0 });
		expect([...history.used]).toEqual(['several users to the node']);
	});
});
