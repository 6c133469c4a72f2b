/** One run of a node. */
export interface LeasedRun {
	readonly workflowId: string;
	/** n8n's ID of the node, which renaming leaves alone. */
	readonly nodeId: string;
	/** The node's number in the memory as n8n handed it over; `undefined` if it has none. */
	readonly handedNumber: number | undefined;
	/** n8n saves nothing of what this run leaves in the memory, as for one from the editor. */
	readonly isUnsaved: boolean;
}

/** A run that holds a lease, or may come to. */
export interface OpenRun {
	/** Another process's run of the node was at work at the same time. */
	isOverlapped: boolean;
}

/** What this process knows of the runs of one node. */
export class NodeRuns {
	/** What this process wrote last. With it, memories with this process's copies in them are the latest. */
	number: number | undefined;
	isOverlapped = false;
	/** The number of the memory, handed over by n8n, on which the copies build. */
	private base: number | undefined;
	/** What the memory's number was before the runs that are at work. */
	private before: number | undefined;
	private readonly open = new Set<OpenRun>();
	private readonly atWork = new Set<OpenRun>();
	private highestHanded = -Infinity;
	/** n8n has handed over an older memory than before, so it may do that again. */
	private isHandedOlder = false;
	private last: Promise<unknown> = Promise.resolve();

	/** Runs one task after another: what a run asks and what it then writes belongs together. */
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
		if (isUnsaved) return; // n8n 1.123 hands runs from the editor no memory
		const handed = handedNumber ?? -1;
		if (handed < this.highestHanded) this.isHandedOlder = true;
		else this.highestHanded = handed;
	}

	/**
	 * The number of the memory that a run has read, which is the newer of n8n's and this process's.
	 *
	 * @param isHeld all that the run has read is this process's
	 */
	numberOf(handed: number | undefined, isHeld: boolean): number | undefined {
		if (this.number === undefined || !(isHeld || this.buildsOn(handed))) return handed;
		return Math.max(this.number, handed ?? this.number);
	}

	/** The number for a memory once this process's copies are in it. */
	numberFor(stored: number | undefined): number | undefined {
		if (this.number === undefined || !this.buildsOn(stored)) return stored;
		// A kill between the ends of two runs would otherwise go unnoticed.
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
	 * A run begins to work.
	 *
	 * @param known the number of the memory that it has read; of one that is not the latest, n8n's
	 * @param number what the mark is now
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
		this.atWork.add(run);
	}

	/** The runs at work have met another process's. */
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

	/** What was between an older memory and the copies' own is in neither. */
	private buildsOn(handed: number | undefined): boolean {
		return (handed ?? -1) >= (this.base ?? -1);
	}
}
