/** Limits how many batches are in progress at once. Slots are given out in the order of the requests for them. */
export class Slots {
	private taken = 0;
	private lent = 0;
	/**
	 * The waiters, the first one last; later ones are in `newWaiters`. There may be thousands, so shift(), which
	 * moves them all, would be slow.
	 */
	private waiters: Array<() => void> = [];
	private newWaiters: Array<() => void> = [];

	constructor(private readonly size: number) {}

	/** Waits for a slot, which must be returned with `release`. */
	acquire(): Promise<void> {
		return new Promise((admit) => {
			this.newWaiters.push(admit);
			this.admitWaiters();
		});
	}

	/** Waits as `acquire` does, but leaves the slot to the next waiter. */
	async waitForTurn(): Promise<void> {
		await this.acquire();
		this.release();
	}

	release(): void {
		this.taken--;
		this.admitWaiters();
	}

	/** Lends the caller's slot to another batch until `wait` is over. At most `size` slots are lent at once. */
	async lendDuring(wait: Promise<unknown>): Promise<void> {
		this.lent++;
		this.admitWaiters();
		try {
			await wait;
		} finally {
			this.lent--;
		}
	}

	private admitWaiters(): void {
		const limit = this.size + Math.min(this.size, this.lent);
		while (this.taken < limit) {
			const admit = this.nextWaiter();
			if (admit === undefined) return;
			this.taken++;
			admit();
		}
	}

	private nextWaiter(): (() => void) | undefined {
		if (this.waiters.length === 0) {
			this.waiters = this.newWaiters.reverse();
			this.newWaiters = [];
		}
		return this.waiters.pop();
	}
}
