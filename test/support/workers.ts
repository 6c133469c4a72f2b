import type { IExecuteFunctions, INode } from 'n8n-workflow';
import type { Clock } from '../../nodes/MoEngageCohortSync/clock';
import { nodeHighWaterMark } from '../../nodes/MoEngageCohortSync/mirror/deduplication';
import type { HighWaterMark } from '../../nodes/MoEngageCohortSync/mirror/highWaterMark';
import type { LeasedRun } from '../../nodes/MoEngageCohortSync/mirror/nodeRuns';
import type { Acquisition, RunNumbers } from '../../nodes/MoEngageCohortSync/mirror/runLease';
import { RENEW_EVERY_MS, RunLeases } from '../../nodes/MoEngageCohortSync/mirror/runLease';
import type { CohortLoss, StoredRuns } from '../../nodes/MoEngageCohortSync/mirror/storedRuns';
import {
	joinRuns,
	lossOf,
	readRuns,
	withLoss,
} from '../../nodes/MoEngageCohortSync/mirror/storedRuns';
import type { CallPoint, Row } from './deduplicator';
import { TableDeduplicator } from './deduplicator';
import type { VirtualClock } from './virtualClock';

/**
 * n8n's processes with one database, as far as a mirror's memory goes: what they hand over and save, and when. A
 * cohort is a set of changes; a memory knows some of them.
 */

export interface CohortMemory {
	/** In ms since 1970, and later than the memory that it grew from. */
	readonly savedAt: number;
	/** The changes that the memory knows, or that a run made up for by sending everyone again. */
	readonly known: readonly number[];
	readonly sentAfterLoss?: number;
}

interface StaticData {
	cohorts: Record<string, CohortMemory>;
	runs: unknown;
}

/** How an execution of the workflow goes. Times in ms. */
export interface ExecutionPlan {
	readonly cohort: string;
	/** A run from the editor; n8n does not save what it leaves. */
	readonly isManual?: boolean;
	/** It takes the previous members from the second input. */
	readonly hasSecondInput?: boolean;
	/** From the start to the first request. */
	readonly planning?: number;
	/** Guards refuse it, or it is a dry run. */
	readonly sendsNothing?: boolean;
	/** How long it sends. */
	readonly work?: number;
	/** How many changes it makes meanwhile. */
	readonly changes?: number;
	/** MoEngage did not accept everyone. */
	readonly isPartial?: boolean;
	/** n8n's Stop button, after half of the work. */
	readonly isStopped?: boolean;
	/** What other nodes take after this one. */
	readonly afterwards?: number;
	readonly sendEveryone?: boolean;
	readonly startOver?: boolean;
	/** What n8n hands over: what is saved, nothing, or so many savings older. */
	readonly loaded?: 'saved' | 'nothing' | number;
}

/** What a user learns of a run, and what is needed to judge it. */
export interface ExecutionResult {
	readonly plan: ExecutionPlan;
	readonly node: string;
	/** `undefined` where it asked nothing, `locked` where another run of the process mirrors the cohort. */
	acquisition?: Acquisition | 'locked';
	/** What an earlier loss means for the cohort, as read when it planned. */
	loss: CohortLoss;
	overlapped?: boolean;
	isRecorded?: boolean;
	/** From the question to the answer, which are a little earlier and later than the work. */
	askedAt?: number;
	releasedAt?: number;
	/** From the right to send to the last request. */
	startedAt?: number;
	endedAt?: number;
	/** The copy of the package that it ran in. */
	readonly package: Package;
	/** Why the run was silently wrong. */
	silent?: string;
}

/** What the module state of one loaded copy of the package holds. */
export class Package {
	readonly leases = new RunLeases();
	/** Copies of memories that n8n may not have saved, by cohort. */
	readonly copies = new Map<string, CohortMemory>();
	runs: StoredRuns = readRuns(undefined);
	readonly mirroring = new Set<string>();
	/** The static data of executions that have saved and are not at their end. */
	readonly open = new Set<StaticData>();
}

/** One of n8n's processes, until it dies. */
export class Process {
	package = new Package();
	isDead = false;

	constructor(
		private readonly instance: Instance,
		/** How far its clock is ahead, in ms. */
		readonly ahead: number,
	) {}

	readonly clock: Clock = {
		now: () => this.instance.clock.now() + this.ahead,
		elapsed: () => this.instance.clock.elapsed(),
		random: () => this.instance.clock.random(),
		sleep: async (ms) => {
			await this.instance.clock.sleep(ms);
			await this.survive();
		},
	};

	/** Nothing that a dead process was at goes on. */
	async survive(): Promise<void> {
		if (this.isDead) await new Promise(() => {});
	}

	/** An update in Settings → Community Nodes: running executions go on with the old copy. */
	loadPackageAgain(): void {
		this.package = new Package();
	}
}

export interface InstanceOptions {
	/** How long a call takes at each of its three points, in ms. */
	readonly latency?: () => number;
	/** Nothing comes between a call's two statements. */
	readonly isAtomic?: boolean;
	/** How far the workers' clocks are ahead, in ms. */
	readonly ahead?: readonly number[];
	/** The workflow remembers cohort a from version 0.1.0, which left no numbers. */
	readonly hasOldMemory?: boolean;
	/** As n8n 1.123 does; 2.41 hands over what is saved. */
	readonly handsEditorNothing?: boolean;
}

export class Instance {
	private readonly table = new Map<string, Row>();
	/** The workflow's static data, as saved. */
	private saved: string;
	private readonly savings: string[];
	readonly workers: Process[];
	readonly results: ExecutionResult[] = [];
	private readonly running = new Set<Execution>();
	/** The changes that were made, by cohort. */
	private readonly made = new Map<string, number[]>();
	private lastChange = 0;
	/** What a run threw, though none may. */
	fault: unknown;
	/** n8n's database does not take part in the helper's calls. */
	isAway = false;

	constructor(
		readonly clock: VirtualClock,
		private readonly options: InstanceOptions = {},
	) {
		const cohorts = options.hasOldMemory === true ? { a: { savedAt: 1, known: [] } } : {};
		this.saved = JSON.stringify({ cohorts });
		this.savings = [this.saved];
		this.workers = (options.ahead ?? [0, 0]).map((ahead) => new Process(this, ahead));
	}

	get handsEditorNothing(): boolean {
		return this.options.handsEditorNothing ?? false;
	}

	/** What the deduplication helper has for a node. */
	numberOf(node = 'mirror'): unknown {
		return new TableDeduplicator(undefined, this.table).numberOf('workflow', node);
	}

	get savedRuns(): StoredRuns {
		return readRuns(parse(this.saved).runs);
	}

	get isIdle(): boolean {
		return ![...this.running].some(({ process }) => !process.isDead);
	}

	/** A worker is killed, and another one takes its place. */
	restart(worker: number): void {
		const old = this.workers[worker];
		if (old === undefined) return;
		old.isDead = true;
		for (const execution of this.running) if (execution.process === old) execution.kill();
		this.workers[worker] = new Process(this, old.ahead);
	}

	/** A trigger with data of its own saves the whole as it was when the workflow was activated. */
	writeBack(saving: number): void {
		this.saved = this.savings.at(saving) ?? this.saved;
	}

	get savingCount(): number {
		return this.savings.length;
	}

	/** Runs the workflow once, to its end. */
	async execute(worker: number, plan: ExecutionPlan): Promise<ExecutionResult> {
		const process = this.workers[worker] as Process;
		const execution = new Execution(this, process, plan);
		this.running.add(execution);
		const changed = await execution.run().catch((fault: unknown) => {
			this.fault ??= fault;
			return false;
		});
		const isSaved = changed && plan.isManual !== true && plan.isStopped !== true;
		if (isSaved) this.save(execution.staticData);
		execution.end();
		this.running.delete(execution);
		return execution.result;
	}

	private save(staticData: StaticData): void {
		this.saved = JSON.stringify(staticData);
		this.savings.push(this.saved);
	}

	load(loaded: ExecutionPlan['loaded'] = 'saved'): StaticData {
		if (loaded === 'nothing') return { cohorts: {}, runs: undefined };
		return parse(loaded === 'saved' ? this.saved : (this.savings.at(-1 - loaded) ?? this.saved));
	}

	mark(process: Process, node: string): HighWaterMark {
		const pass = async (point: CallPoint) => {
			const latency = this.options.latency?.() ?? 0;
			if (latency > 0) await process.clock.sleep(latency);
			await process.survive();
			if (this.isAway && point !== 'before answering') throw new Error('The database is away');
		};
		const deduplicator = new TableDeduplicator(
			(point) =>
				this.options.isAtomic === true && point === 'before writing' ? undefined : pass(point),
			this.table,
		);
		const data = { workflow: { id: 'workflow', active: true }, node: { id: node } as INode };
		const helpers: Partial<IExecuteFunctions['helpers']> = {
			checkProcessedAndRecord: async (items, scope, options) =>
				await deduplicator.checkProcessedAndRecord(items, scope, data, options),
			clearAllProcessedItems: async (scope) =>
				await deduplicator.clearAllProcessedItems(scope, data),
		};
		return nodeHighWaterMark({ helpers } as IExecuteFunctions);
	}

	change(cohort: string): number {
		const change = ++this.lastChange;
		this.made.set(cohort, [...this.madeIn(cohort), change]);
		return change;
	}

	madeIn(cohort: string): readonly number[] {
		return this.made.get(cohort) ?? [];
	}

	/** Changes of a run that could leave no sign, and said so. */
	readonly unsigned = new Set<number>();

	/** Changes of a cohort that the saved memory does not know. */
	unknownChanges(cohort: string): number[] {
		const known = new Set(parse(this.saved).cohorts[cohort]?.known);
		return this.madeIn(cohort).filter((change) => !known.has(change) && !this.unsigned.has(change));
	}
}

const parse = (saved: string): StaticData => JSON.parse(saved) as StaticData;

/** One execution of the workflow: a mirror as it uses the lease, step by step. */
class Execution {
	readonly staticData: StaticData;
	readonly result: ExecutionResult;
	private readonly package: Package;
	private readonly made: number[] = [];

	constructor(
		private readonly instance: Instance,
		readonly process: Process,
		private readonly plan: ExecutionPlan,
	) {
		const isKeptBack = plan.isManual === true && instance.handsEditorNothing;
		this.staticData = instance.load(isKeptBack ? 'nothing' : plan.loaded);
		this.package = process.package;
		const node = plan.cohort === 'c' ? 'other' : 'mirror';
		this.result = { plan, node, loss: 'none', package: this.package };
		instance.results.push(this.result);
	}

	/** @returns whether it has changed the static data */
	async run(): Promise<boolean> {
		const { cohort, isManual = false } = this.plan;
		const { node } = this.result;
		const { leases, mirroring } = this.package;
		const loaded = readRuns(this.staticData.runs);
		const run = {
			workflowId: 'workflow',
			nodeId: node,
			loadedNumber: loaded.numbers[node],
			isUnsaved: isManual,
		};
		if (this.plan.hasSecondInput === true)
			return await this.runWithSecondInput(run, loaded.numbers);
		if (!isManual && this.plan.sendsNothing !== true) this.forgetCopies(loaded);
		const mark = this.instance.mark(this.process, node);
		const lease = leases.open(run, mark, this.process.clock);
		if (mirroring.has(cohort)) {
			this.result.acquisition = 'locked';
			await lease.release();
			return false;
		}
		mirroring.add(cohort);
		let isOver = false;
		try {
			const memory = this.read(cohort);
			const isHeld = memory !== undefined && memory === this.package.copies.get(cohort);
			await this.process.clock.sleep(this.plan.planning ?? 0);
			if (this.plan.sendsNothing === true) return false;
			this.result.askedAt = this.instance.clock.elapsed();
			const acquisition = await lease.acquire({
				hasMemory: memory !== undefined,
				isHeld,
				sendEveryone: this.plan.sendEveryone ?? false,
				startOver: this.plan.startOver ?? false,
			});
			this.result.acquisition = acquisition;
			if (acquisition.kind === 'refused') return false;
			if (acquisition.kind === 'lost') {
				this.package.runs = withLoss(this.readRuns(), acquisition.lostAt);
			}
			// Not before: another run of this process may have noticed a loss while this one planned.
			const runs = this.readRuns();
			this.result.loss = lossOf(runs, memory, this.process.clock.now());
			this.judge(acquisition, memory);
			const isFull =
				acquisition.kind === 'first' || this.result.loss !== 'none' || this.plan.startOver === true;
			const madeBefore = this.instance.madeIn(cohort);
			void this.keepLease(
				async () => await lease.renew(),
				() => isOver,
			);
			const changes = await this.work();
			isOver = true;
			this.result.endedAt = this.instance.clock.elapsed();
			const { overlapped, lostAt } = await lease.release({
				isStopped: this.plan.isStopped ?? false,
			});
			const isRecorded = lostAt === undefined;
			if (!isRecorded) this.package.runs = withLoss(this.readRuns(), lostAt);
			const releasedAt = this.instance.clock.elapsed();
			Object.assign(this.result, { overlapped, isRecorded, releasedAt });
			if (isRecorded) changes.forEach((change) => this.instance.unsigned.delete(change));
			// It has said so. Without an overlap the next run notices all the same.
			else if (this.hasMet()) changes.forEach((change) => this.instance.unsigned.add(change));
			const isComplete = this.plan.isPartial !== true && this.plan.isStopped !== true;
			const isMadeUpFor = isFull && isComplete;
			const known = new Set([
				...(memory?.known ?? []),
				// A user who starts over is told that nobody is removed, whatever was done before.
				...(isMadeUpFor || this.plan.startOver === true ? madeBefore : []),
				...changes,
			]);
			const sentAfterLoss =
				isMadeUpFor || this.result.loss === 'none' ? runs.lostAt : memory?.sentAfterLoss;
			this.save(cohort, {
				savedAt: Math.max(this.process.clock.now(), (memory?.savedAt ?? 0) + 1),
				known: [...known],
				...(sentAfterLoss === undefined ? {} : { sentAfterLoss }),
			});
		} finally {
			isOver = true;
			await lease.release();
			mirroring.delete(cohort);
		}
		await this.process.clock.sleep(this.plan.afterwards ?? 0);
		return true;
	}

	/**
	 * The process ends. A run that found this one lost while it was still at work has said that not all changes of this
	 * one are known, but can't have seen those that came after.
	 */
	kill(): void {
		const isFoundLost = this.instance.results.some(
			({ acquisition, askedAt, startedAt }) =>
				typeof acquisition === 'object' &&
				acquisition.kind === 'lost' &&
				startedAt !== undefined &&
				(askedAt ?? 0) >= (this.result.askedAt ?? Infinity),
		);
		if (isFoundLost) this.made.forEach((change) => this.instance.unsigned.add(change));
	}

	/** Whether a run in another copy of the package was at work in the time of this one. */
	private hasMet(): boolean {
		return this.instance.results.some(
			(other) =>
				other.package !== this.package &&
				other.startedAt !== undefined &&
				(other.releasedAt ?? Infinity) >= (this.result.askedAt ?? Infinity),
		);
	}

	/** n8n has saved the static data, or never will. */
	end(): void {
		this.package.open.delete(this.staticData);
	}

	private async runWithSecondInput(run: LeasedRun, loaded: RunNumbers): Promise<boolean> {
		const { leases, mirroring } = this.package;
		const { cohort } = this.plan;
		if (mirroring.has(cohort)) return false;
		mirroring.add(cohort);
		await this.process.clock.sleep(this.plan.planning ?? 0);
		const mark = this.instance.mark(this.process, run.nodeId);
		const lease = leases.open({ ...run, isUnsaved: true }, mark, this.process.clock);
		// Where no memory has a number of the node, the first run that remembers is its first run.
		const hasNumber = leases.numbersToStore('workflow', loaded)[run.nodeId] !== undefined;
		// No lease keeps it apart from others: the next run notices it.
		this.result.askedAt = this.instance.clock.elapsed();
		this.result.overlapped = true;
		const hasSign = this.plan.sendsNothing !== true && hasNumber && (await lease.touch());
		const changes = hasSign ? await this.work() : [];
		const { lostAt } = await lease.release();
		this.result.releasedAt = this.instance.clock.elapsed();
		if (lostAt !== undefined) changes.forEach((change) => this.instance.unsigned.add(change));
		mirroring.delete(cohort);
		return false;
	}

	/** Makes changes, evenly over the time; a stopped run makes half of them. */
	private async work(): Promise<number[]> {
		const { cohort, changes = 0, work = 0, isStopped = false } = this.plan;
		this.result.startedAt = this.instance.clock.elapsed();
		const share = isStopped ? 0.5 : 1;
		const { made } = this;
		for (let index = 0; index < changes * share; index++) {
			const change = this.instance.change(cohort);
			made.push(change);
			const { acquisition } = this.result;
			if (typeof acquisition === 'object' && acquisition.kind === 'unchecked') {
				this.instance.unsigned.add(change);
			}
			await this.process.clock.sleep((work * share) / changes);
		}
		if (changes === 0) await this.process.clock.sleep(work * share);
		return made;
	}

	private async keepLease(renew: () => Promise<void>, isOver: () => boolean): Promise<void> {
		for (;;) {
			await this.process.clock.sleep(RENEW_EVERY_MS);
			if (isOver()) return;
			await renew();
		}
	}

	private isTold(acquisition: Acquisition): boolean {
		return (
			acquisition.kind === 'unchecked' ||
			this.result.loss !== 'none' ||
			this.plan.startOver === true
		);
	}

	/** A run that says nothing of a loss must know all that was done before. */
	private judge(acquisition: Acquisition, memory: CohortMemory | undefined): void {
		if (this.isTold(acquisition)) return;
		const known = new Set(memory?.known);
		const unknown = this.instance
			.madeIn(this.plan.cohort)
			.filter((change) => !known.has(change) && !this.instance.unsigned.has(change));
		if (unknown.length === 0) return;
		this.result.silent = `${acquisition.kind}, but the memory lacks the changes ${unknown.join()}`;
	}

	private read(cohort: string): CohortMemory | undefined {
		const [saved, held] = [this.staticData.cohorts[cohort], this.package.copies.get(cohort)];
		if (saved === undefined || held === undefined) return held ?? saved;
		return held.savedAt > saved.savedAt ? held : saved;
	}

	private readRuns(): StoredRuns {
		const loaded = readRuns(this.staticData.runs);
		return joinRuns(loaded.numbers, loaded, this.package.runs);
	}

	/** Puts all that this process holds into the static data of every execution that has saved. */
	private save(cohort: string, memory: CohortMemory): void {
		const { leases, copies, open } = this.package;
		copies.set(cohort, memory);
		this.package.runs = this.readRuns();
		open.add(this.staticData);
		for (const staticData of open) {
			for (const [key, held] of copies) {
				const there = staticData.cohorts[key];
				if (there === undefined || there.savedAt < held.savedAt) staticData.cohorts[key] = held;
			}
			const there = readRuns(staticData.runs);
			const numbers = leases.numbersToStore('workflow', there.numbers);
			staticData.runs = joinRuns(numbers, there, this.package.runs);
		}
	}

	/** Once n8n has loaded the same or newer, the process needs no copies. */
	private forgetCopies({ numbers, lostAt = 0 }: StoredRuns): void {
		const { leases, copies } = this.package;
		if (!leases.isCoveredBy('workflow', numbers)) return;
		if (lostAt < (this.package.runs.lostAt ?? 0)) return;
		for (const [cohort, held] of copies) {
			if ((this.staticData.cohorts[cohort]?.savedAt ?? -1) < held.savedAt) return;
		}
		copies.clear();
		this.package.runs = readRuns(undefined);
		leases.forget('workflow');
	}
}
