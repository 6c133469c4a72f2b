/** One run of a node. */
export interface LeasedRun {
	readonly workflowId: string;
	/** n8n's ID of the node, which stays the same when the node is renamed. */
	readonly nodeId: string;
	/** The node's number in the memory as n8n loaded it; `undefined` if it has none. */
	readonly handedNumber: number | undefined;
	/** n8n does not save what this run writes to the memory, such as for a run from the editor. */
	readonly isUnsaved: boolean;
}

/** A run that holds a lease or may acquire one. */
export interface OpenRun {
	/** Another process ran the node at the same time. */
	isOverlapped: boolean;
}

/** What this process knows about the runs of one node. */
export class NodeRuns {
	/**
	 * The number that this process wrote last. A memory that contains this process's copies and has this number is
	 * the latest.
	 */
	number: number | undefined;
	/** What this process raised the mark to before `number`, during the runs in progress. */
	earlier: number | undefined;
	isOverlapped = false;
	/** The number of the memory, as n8n loaded it, that the copies are based on. */
	private base: number | undefined;
	/** The memory's number before the runs in progress. */
	private before: number | undefined;
	private readonly open = new Set<OpenRun>();
	private readonly atWork = new Set<OpenRun>();
	private highestHanded = -Infinity;
	/** n8n has loaded an older memory than before, so it may do that again. */
	private isHandedOlder = false;
	private last: Promise<unknown> = Promise.resolve();

	/** Runs one task after another: nothing may come between a run's question and what it then writes. */
	async enqueue<T>(task: () => Promise<T>): Promise<T> {
		const result = this.last.then(task);
		this.last = result.catch(() => undefined);
		return await result;
	}

	get isBusy(): boolean {
		return this.atWork.size > 0;
	}

	get hasOpen(): boolean {
		return this.open.size > 0;
	}

	isOpen(run: OpenRun): boolean {
		return this.open.has(run);
	}

	isAtWork(run: OpenRun): boolean {
		return this.atWork.has(run);
	}

	begin(run: OpenRun, { handedNumber, isUnsaved }: LeasedRun): void {
		this.open.add(run);
		if (isUnsaved) return; // n8n 1.123 loads no memory for runs from the editor
		const handed = handedNumber ?? -1;
		if (handed < this.highestHanded) this.isHandedOlder = true;
		else this.highestHanded = handed;
	}

	/**
	 * The number of the memory that a run has read: the newer of n8n's and this process's.
	 *
	 * @param isHeld everything that the run has read is this process's copy
	 */
	numberOf(handed: number | undefined, isHeld: boolean): number | undefined {
		if (this.number === undefined || !(isHeld || this.buildsOn(handed))) return handed;
		return Math.max(this.number, handed ?? this.number);
	}

	/** The number for a memory that contains this process's copies. */
	numberFor(stored: number | undefined): number | undefined {
		if (this.number === undefined || !this.buildsOn(stored)) return stored;
		// Otherwise, a crash between the ends of two runs would go unnoticed.
		if (this.isBusy) return this.before;
		return Math.max(this.number, stored ?? this.number);
	}

	isCoveredBy(handed: number | undefined): boolean {
		if (this.open.size > 0) return false;
		if (this.number === undefined) return true;
		return !this.isHandedOlder && handed !== undefined && handed >= this.number;
	}

	forget(): void {
		this.number = undefined;
		this.base = undefined;
	}

	/**
	 * Starts a run.
	 *
	 * @param known the number of the memory that it has read; if that is not the latest, the number of n8n's memory
	 * @param number the mark's current value
	 */
	start(
		run: OpenRun,
		{ handedNumber }: LeasedRun,
		known: number | undefined,
		number: number,
		isLatest: boolean,
	): void {
		if (!this.isBusy) this.before = isLatest ? known : handedNumber;
		if (!isLatest || this.number === undefined || (handedNumber ?? -1) > this.number) {
			this.base = handedNumber;
		}
		this.number = number;
		// `RunLease` raises it by one at a time before this.
		this.earlier = number - 1;
		this.atWork.add(run);
	}

	/** Records that another process has run the node during the runs in progress. */
	overlap(): void {
		this.isOverlapped = true;
		for (const run of this.atWork) run.isOverlapped = true;
	}

	end(run: OpenRun, isRecorded: boolean): void {
		this.open.delete(run);
		if (!this.atWork.delete(run) || this.isBusy) return;
		if (this.isOverlapped || !isRecorded) this.number = this.before;
		this.isOverlapped = false;
	}

	/** Changes made between an older memory and the one that the copies are based on are in neither. */
	private buildsOn(handed: number | undefined): boolean {
		return (handed ?? -1) >= (this.base ?? -1);
	}
}
