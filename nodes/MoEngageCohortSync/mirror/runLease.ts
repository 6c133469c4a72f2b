import type { Clock } from '../clock';
import type { HighWaterMark } from './highWaterMark';
import { compareMark, raiseMark, retryOnce, settleMark } from './highWaterMark';
import type { LeasedRun, OpenRun } from './nodeRuns';
import { NodeRuns } from './nodeRuns';

export interface AcquireOptions {
	/** The memory, n8n's or this process's copy, has at least one of the run's cohorts. */
	readonly hasMemory: boolean;
	/** This process has a newer copy of each of the run's cohorts than n8n's memory. */
	readonly isHeld: boolean;
	/** Every cohort of the run is sent in full anyway, so a wrong number may be deleted. */
	readonly sendEveryone: boolean;
	/** Every cohort of the run is treated as never mirrored before. */
	readonly startOver: boolean;
}

export type LossCause =
	/** A later run of the node wrote to the database than the one that left this memory. */
	| 'later_run'
	/** The node's first run did not end, or was made in the editor, and left no memory. */
	| 'first_run_cut_off'
	/** The database doesn't know the memory's number: the workflow was copied or imported. */
	| 'number_unknown'
	/** The node has run before, but the memory has no number for it: something else has overwritten it. */
	| 'number_missing'
	/** The same, and there is no memory of the cohorts; 'Start Over' allowed the run. */
	| 'started_over'
	/** Another run seemed to be in progress; 'Send Everyone Now' allowed the run anyway. */
	| 'forced';

export type Refusal =
	/** Another run of the node is in progress elsewhere, or was less than two minutes ago. */
	| 'in_progress'
	/** The node has run before, but neither n8n nor this process has any memory of the run's cohorts. */
	| 'memory_not_loaded';

export type Acquisition =
	/** The node's first run. Any remembered cohorts belong to other nodes. */
	| { readonly kind: 'first' }
	/** The memory contains what every run of the node has changed. */
	| { readonly kind: 'latest' }
	| {
			readonly kind: 'lost';
			readonly cause: LossCause;
			/**
			 * Identifies this loss: microseconds since 1970, at most two minutes before it was noticed. It is saved in the
			 * memory.
			 */
			readonly lostAt: number;
			/** The earliest timestamp for MoEngage that is later than those of the lost run, in ms since 1970. */
			readonly notBefore: number;
	  }
	/** n8n's helper did not work, so nothing is known. The run may go on, and has to say so. */
	| { readonly kind: 'unchecked'; readonly cause: unknown }
	/** Nothing may be sent. If the other run began in the same moment, this one may have raised the mark. */
	| { readonly kind: 'refused'; readonly reason: Refusal };

export interface Release {
	/**
	 * Another run of the node was in progress at the same time. The next run will find that its memory is not the
	 * latest.
	 */
	readonly overlapped: boolean;
	/**
	 * Set if n8n's helper could not record the end of the run, so the database may not contain it. The memory saves
	 * this as a loss. Microseconds since 1970.
	 */
	readonly lostAt?: number;
}

/** By node ID. */
export type RunNumbers = Readonly<Record<string, number>>;

/** How long a run counts as in progress after it was last recorded, in ms. */
export const LEASE_MS = 120_000;

/** How often a run in progress is recorded, in ms. Clocks may be up to 50 s apart, and a call may be slow. */
export const RENEW_EVERY_MS = 30_000;

/** Longer than a helper call usually takes, in ms. */
const USUAL_CALL_MS = 50;

/** How often in a row a run has to find its own number. */
const CONTEND_WINS = 3;

const MAX_CONTEND_TRIES = 10;

/**
 * Numbers of runs are microseconds since 1970. Those of a first run that has not ended are milliseconds, which are
 * lower than any of these: this distinguishes a first run that was cut off from a run whose memory n8n did not
 * load.
 */
const FIRST_MICROSECONDS = 1e14;

const IN_PROGRESS: Acquisition = { kind: 'refused', reason: 'in_progress' };

interface Claim {
	readonly outcome: 'first' | 'latest' | LossCause;
	/** The mark's current value. */
	readonly number: number;
}

/**
 * What this process knows about the runs of its workflows' nodes. All runs share one instance per process.
 *
 * It stores a few numbers for each node that has run in the process, however often, and an object for each open
 * run.
 */
export class RunLeases {
	private readonly workflows = new Map<string, Map<string, NodeRuns>>();

	/**
	 * Call it before the run reads its memory, and always call `release` afterwards. While a run is open, no copy
	 * of the workflow's memory may be dropped.
	 */
	open(run: LeasedRun, mark: HighWaterMark, clock: Clock): RunLease {
		return new RunLease(run, this.runsOf(run.workflowId, run.nodeId), mark, clock);
	}

	/**
	 * The numbers for a memory that contains this process's copies. A memory older than the one that the copies are
	 * based on lacks the changes in between, so it keeps its number.
	 *
	 * @param numbers the memory's current numbers
	 */
	numbersToStore(workflowId: string, numbers: RunNumbers): RunNumbers {
		const merged: Record<string, number> = { ...numbers };
		for (const [nodeId, runs] of this.workflows.get(workflowId) ?? []) {
			const number = runs.numberToStore(numbers[nodeId]);
			if (number === undefined) delete merged[nodeId];
			else merged[nodeId] = number;
		}
		return merged;
	}

	/**
	 * Whether this process knows of no run newer than the memory with these numbers. Then the copies may be
	 * dropped, unless one of them is newer than the memory's.
	 */
	isCoveredBy(workflowId: string, numbers: RunNumbers): boolean {
		const nodes = [...(this.workflows.get(workflowId) ?? [])];
		return nodes.every(([nodeId, runs]) => runs.isCoveredBy(numbers[nodeId]));
	}

	/** Whether a run of the workflow is open in this process. */
	hasOpenRun(workflowId: string): boolean {
		return [...(this.workflows.get(workflowId)?.values() ?? [])].some((runs) => runs.hasOpen);
	}

	/** Call it whenever the copies of a workflow's memory are dropped: the numbers apply to these copies. */
	forget(workflowId: string): void {
		for (const runs of this.workflows.get(workflowId)?.values() ?? []) runs.forget();
	}

	private runsOf(workflowId: string, nodeId: string): NodeRuns {
		let nodes = this.workflows.get(workflowId);
		if (nodes === undefined) this.workflows.set(workflowId, (nodes = new Map()));
		let runs = nodes.get(nodeId);
		if (runs === undefined) nodes.set(nodeId, (runs = new NodeRuns()));
		return runs;
	}
}

/**
 * The right of one run to change the cohorts of its memory, recorded in the database for two minutes at a time.
 *
 * Every question about the mark also writes it. So a run asks only after all other checks have passed.
 */
export class RunLease implements OpenRun {
	isOverlapped = false;
	/** No other process can see that it is in progress, so at least its end has to be recorded. */
	private outdatesMemories = false;
	private readonly mark: HighWaterMark;
	/** How long a helper call of another process may take, in ms: as long as the slowest of this run. */
	private callMs = USUAL_CALL_MS;
	/** By then, a process that contends as well has asked for the mark once more; monotonic, in ms. */
	private contendedUntil = 0;

	/** Created by `RunLeases.open`. */
	constructor(
		private readonly run: LeasedRun,
		private readonly runs: NodeRuns,
		mark: HighWaterMark,
		private readonly clock: Clock,
	) {
		this.mark = retryOnce(mark, clock);
		runs.begin(this, run);
	}

	/**
	 * Call it after all guards and lookups, right before the first request, or instead of it if there is nothing to
	 * send. Not for a dry run. Never throws.
	 */
	async acquire(options: AcquireOptions): Promise<Acquisition> {
		return await this.runs.enqueue(async () => {
			try {
				return await this.tryToAcquire(options);
			} catch (cause) {
				this.outdatesMemories = true;
				return { kind: 'unchecked', cause };
			}
		});
	}

	/**
	 * Call it instead of `acquire` in a run that changes cohorts without using the memory, such as one with a
	 * second input. It changes the mark, so that the next run that uses the memory notices that it is not the
	 * latest. Not needed for a node without a number in the memory. Never throws.
	 *
	 * @returns `false` if n8n's helper did not work
	 */
	async touch(): Promise<boolean> {
		return await this.runs.enqueue(async () => {
			if (this.known() === undefined) return true;
			this.outdatesMemories = true;
			try {
				const number = await this.timed(async () => await this.outdateMemories());
				// Otherwise a process that claims the mark could overwrite it and not notice.
				await settleMark(this.mark, number, this.clock, this.pauseMs());
				return true;
			} catch {
				return false;
			}
		});
	}

	/** Call it every `RENEW_EVERY_MS` while the run is in progress. Never throws. */
	async renew(): Promise<void> {
		await this.runs.enqueue(async () => {
			if (!this.runs.isAtWork(this)) return;
			try {
				await this.advance();
			} catch {
				// The next renewal shows whether another process wrote in the meantime.
			}
		});
	}

	/**
	 * Call it when the run is over, however it ended, before the memory is saved. Never throws.
	 *
	 * @param isStopped the execution was stopped, so n8n will not save the memory
	 */
	async release({ isStopped = false } = {}): Promise<Release> {
		return await this.runs.enqueue(async () => {
			const { runs } = this;
			let isRecorded = true;
			try {
				if (runs.isAtWork(this)) await this.recordEnd(isStopped);
				else if (this.outdatesMemories && runs.isOpen(this)) {
					await settleMark(this.mark, await this.outdateMemories(), this.clock);
				}
			} catch {
				isRecorded = false;
			}
			runs.end(this, isRecorded);
			const overlapped = this.isOverlapped;
			return isRecorded ? { overlapped } : { overlapped, lostAt: this.microseconds() };
		});
	}

	private async tryToAcquire(options: AcquireOptions): Promise<Acquisition> {
		const { runs, run } = this;
		const known = this.known(options.isHeld && run.isUnsaved);
		const claim = await this.claim(known, options);
		if (typeof claim === 'string') return { kind: 'refused', reason: claim };
		const { outcome, number } = claim;
		// With a saved memory, a run that was cut off can be distinguished from one whose memory n8n did not load.
		const hasSaved = run.loadedNumber !== undefined || (known === undefined && options.hasMemory);
		const isFirstRun = number < FIRST_MICROSECONDS && !hasSaved;
		const next = await this.contend(this.nextNumber(number, isFirstRun));
		if (next === undefined) return IN_PROGRESS;
		runs.start(this, run, known, next, outcome === 'latest');
		if (outcome === 'first' || outcome === 'latest') return { kind: outcome };
		const notBefore = Math.max(this.milliseconds(), Math.ceil(isFirstRun ? next : next / 1000));
		// The mark only rises, so a later loss of the node has a higher number, whatever the clocks of two processes say.
		const lostAt = isFirstRun ? next * 1000 : next;
		return { kind: 'lost', cause: outcome, lostAt, notBefore };
	}

	private async claim(
		known: number | undefined,
		options: AcquireOptions,
	): Promise<Claim | Refusal> {
		const { isBusy, isOverlapped, number } = this.runs;
		if (isBusy && (isOverlapped || known !== number)) return 'in_progress';
		if (known === undefined) return await this.claimWithoutNumber(options);
		const position = await compareMark(this.mark, known);
		if (position === 'equal') return { outcome: 'latest', number: known + 1 };
		if (isBusy) return 'in_progress';
		if (position === 'below') return { outcome: 'number_unknown', number: known + 1 };
		return await this.claimIfQuiet('later_run', options);
	}

	private async claimWithoutNumber(options: AcquireOptions): Promise<Claim | Refusal> {
		const number = this.milliseconds(-LEASE_MS);
		const [isFirst, isQuiet] = await this.mark.raise([1, number]);
		if (isFirst) return { outcome: 'first', number };
		if (isQuiet) return { outcome: 'first_run_cut_off', number };
		if (options.hasMemory) return await this.claimIfQuiet('number_missing', options);
		if (options.startOver) return await this.claimIfQuiet('started_over', options);
		return 'memory_not_loaded';
	}

	private async claimIfQuiet(
		outcome: LossCause,
		{ sendEveryone }: AcquireOptions,
	): Promise<Claim | Refusal> {
		const number = this.microseconds(-LEASE_MS);
		const [isQuiet] = await this.mark.raise([number]);
		if (isQuiet) return { outcome, number };
		if (!sendEveryone) return 'in_progress';
		await this.mark.clear();
		const forced = this.microseconds();
		const [isForced] = await this.mark.raise([forced]);
		return isForced ? { outcome: 'forced', number: forced } : 'in_progress';
	}

	/**
	 * Decides between runs of several processes that have all claimed the mark, because each read it before another
	 * one wrote it: the run with the highest number wins.
	 *
	 * @param number partly random
	 * @returns the mark's value now, or `undefined` if another run has won
	 */
	private async contend(number: number): Promise<number | undefined> {
		const { mark, clock } = this;
		await this.timed(async () => await mark.raise([number]));
		const compare = async () => await compareMark(mark, number);
		for (let tries = 0, wins = 0; tries < MAX_CONTEND_TRIES; tries++) {
			await clock.sleep(this.pauseMs());
			const position = await this.timed(compare);
			if (position === 'above') return undefined;
			number += 1;
			// Below: a process with a lower number had read the mark before this one raised it, and wrote it back.
			wins = position === 'equal' ? wins + 1 : 0;
			if (wins < CONTEND_WINS) continue;
			// It sleeps for up to three calls before it asks, which is one more.
			this.contendedUntil = clock.elapsed() + 5 * this.callMs;
			return number;
		}
		return undefined;
	}

	/** One to three calls. Random, so that the statements of two processes don't come between each other every time. */
	private pauseMs(): number {
		return Math.floor(this.callMs * (1 + 2 * this.clock.random()));
	}

	private async timed<T>(call: () => Promise<T>): Promise<T> {
		const start = this.clock.elapsed();
		const answer = await call();
		this.callMs = Math.max(this.callMs, this.clock.elapsed() - start);
		return answer;
	}

	/** Raises the mark above the number of every memory of the node, so that none is the latest. @returns the mark */
	private async outdateMemories(): Promise<number> {
		const known = this.known();
		if (known === undefined) {
			const number = this.milliseconds(-LEASE_MS);
			const [, isFirst] = await this.mark.raise([1, number]);
			if (isFirst) return number;
		}
		const number = this.nextNumber(known ?? 0, false);
		const [isAbove] = await this.mark.raise([number]);
		return isAbove ? number : await this.raiseMark();
	}

	/** Records that the runs of this process are in progress, and notices runs of other processes. */
	private async advance(isFirstRun = this.isFirstRun): Promise<void> {
		const { runs, mark } = this;
		const number = runs.number ?? 0;
		const next = this.nextNumber(number, isFirstRun);
		// A run that was refused may have written back what it had read before the last raise.
		if ((await compareMark(mark, number, next, runs.earlier)) === 'equal') {
			runs.earlier = number;
			runs.number = next;
			return;
		}
		runs.overlap();
		runs.earlier = undefined;
		// Then the mark differs from the number of whichever memory n8n saves.
		runs.number = await this.raiseMark();
	}

	private async recordEnd(isStopped: boolean): Promise<void> {
		const { runs, mark, clock } = this;
		// The end of a very short run could overwrite the number of a process that still contends, unnoticed by both.
		await clock.sleep(Math.max(0, this.contendedUntil - clock.elapsed()));
		await this.advance(this.isFirstRun && (isStopped || this.run.isUnsaved));
		if (this.isOverlapped) runs.number = await settleMark(mark, runs.number ?? 0, clock);
	}

	private async raiseMark(): Promise<number> {
		const number = Math.max(this.microseconds(), (this.runs.number ?? 0) + 2);
		return await raiseMark(this.mark, number, this.milliseconds());
	}

	/** The number of the memory that the run has read. */
	private known(isHeld = false): number | undefined {
		return this.runs.numberRead(this.run.loadedNumber, isHeld);
	}

	private get isFirstRun(): boolean {
		return !this.isOverlapped && (this.runs.number ?? 0) < FIRST_MICROSECONDS;
	}

	/** Partly random, so that two processes are unlikely to get the same number within a millisecond. */
	private nextNumber(number: number, isFirstRun: boolean): number {
		// No other run has to wait for a run whose memory n8n does not save.
		const fromNow = this.run.isUnsaved ? -LEASE_MS : 0;
		const random = Math.floor(this.clock.random() * 1000);
		if (isFirstRun) return Math.max(this.milliseconds(fromNow), number + 2) + random;
		const last = number < FIRST_MICROSECONDS ? number * 1000 : number;
		return Math.max(this.microseconds(fromNow), last + 2 + random);
	}

	private microseconds(fromNow = 0): number {
		return this.milliseconds(fromNow) * 1000 + Math.floor(this.clock.random() * 1000);
	}

	private milliseconds(fromNow = 0): number {
		return Math.floor(this.clock.now()) + fromNow;
	}
}
