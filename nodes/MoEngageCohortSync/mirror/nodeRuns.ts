/** One run of a node. */
export interface LeasedRun {
	readonly workflowId: string;
	/** n8n's ID of the node, which stays the same when the node is renamed. */
	readonly nodeId: string;
	/** The node's number in the memory as n8n loaded it; `undefined` if it has none. */
	readonly loadedNumber: number | undefined;
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
	private copiesBase: number | undefined;
	/** The memory's number before the runs in progress. */
	private numberBefore: number | undefined;
	private readonly open = new Set<OpenRun>();
	private readonly atWork = new Set<OpenRun>();
	private highestLoaded = -Infinity;
	/** n8n has loaded an older memory than before, so it may do that again. */
	private hasLoadedOlder = false;
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

	begin(run: OpenRun, { loadedNumber, isUnsaved }: LeasedRun): void {
		this.open.add(run);
		if (isUnsaved) return; // n8n 1.123 loads no memory for runs from the editor
		const loaded = loadedNumber ?? -1;
		if (loaded < this.highestLoaded) this.hasLoadedOlder = true;
		else this.highestLoaded = loaded;
	}

	/**
	 * The number of the memory that a run has read: the newer of n8n's and this process's.
	 *
	 * @param isHeld everything that the run has read is this process's copy
	 */
	numberRead(loaded: number | undefined, isHeld: boolean): number | undefined {
		if (this.number === undefined || !(isHeld || this.buildsOn(loaded))) return loaded;
		return Math.max(this.number, loaded ?? this.number);
	}

	/** The number for a memory that contains this process's copies. */
	numberToStore(stored: number | undefined): number | undefined {
		if (this.number === undefined || !this.buildsOn(stored)) return stored;
		// Otherwise, a crash between the ends of two runs would go unnoticed.
		if (this.isBusy) return this.numberBefore;
		return Math.max(this.number, stored ?? this.number);
	}

	isCoveredBy(loaded: number | undefined): boolean {
		if (this.open.size > 0) return false;
		if (this.number === undefined) return true;
		return !this.hasLoadedOlder && loaded !== undefined && loaded >= this.number;
	}

	forget(): void {
		this.number = undefined;
		this.copiesBase = undefined;
	}

	/**
	 * Starts a run.
	 *
	 * @param known the number of the memory that it has read; if that is not the latest, the number of n8n's memory
	 * @param number the mark's current value
	 */
	start(
		run: OpenRun,
		{ loadedNumber }: LeasedRun,
		known: number | undefined,
		number: number,
		isLatest: boolean,
	): void {
		if (!this.isBusy) this.numberBefore = isLatest ? known : loadedNumber;
		if (!isLatest || this.number === undefined || (loadedNumber ?? -1) > this.number) {
			this.copiesBase = loadedNumber;
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
		if (this.isOverlapped || !isRecorded) this.number = this.numberBefore;
		this.isOverlapped = false;
	}

	/** Changes made between an older memory and the one that the copies are based on are in neither. */
	private buildsOn(loaded: number | undefined): boolean {
		return (loaded ?? -1) >= (this.copiesBase ?? -1);
	}
}
