/**
 * How many requests may go into cutting refused batches in two, so that the members that are to blame are found
 * and the others get through. It is worth it as long as parts are accepted; what is bad throughout is soon left
 * whole.
 */
export class BisectionBudget {
	private refusalsInARow = 0;

	/**
	 * @param left requests that may be spent
	 * @param maxRefusalsInARow so many refusals without an acceptance between them end the spending
	 * @param parent a budget that pays as well
	 */
	constructor(
		private left: number,
		private readonly maxRefusalsInARow: number,
		private readonly parent?: BisectionBudget,
	) {}

	/** Ten minutes' worth at MoEngage's limit. */
	static forRun(): BisectionBudget {
		return new BisectionBudget(3_000, 100);
	}

	/** Finds 50 bad members among thousands. Down to one in 10,000 takes 14 refusals in a row. */
	forBatch(): BisectionBudget {
		return new BisectionBudget(1_000, 40, this);
	}

	/** Notes what became of a request. */
	record(result: 'accepted' | 'refused'): void {
		this.refusalsInARow = result === 'accepted' ? 0 : this.refusalsInARow + 1;
		this.parent?.record(result);
	}

	/** Pays for the two halves of a refused batch. Returns false, and takes nothing, where it can't. */
	spendOnHalves(): boolean {
		if (!this.canSpend()) return false;
		this.spend();
		return true;
	}

	private canSpend(): boolean {
		if (this.left < 2 || this.refusalsInARow >= this.maxRefusalsInARow) return false;
		return this.parent?.canSpend() ?? true;
	}

	private spend(): void {
		this.left -= 2;
		this.parent?.spend();
	}
}
