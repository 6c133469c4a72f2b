/**
 * How many requests may be spent on splitting rejected batches in two, which finds the invalid members and lets the
 * others through. It pays off as long as some parts are accepted; a batch in which everything is invalid is soon no
 * longer split.
 */
export class BisectionBudget {
	private refusalsInARow = 0;

	/**
	 * @param left requests that may be spent
	 * @param maxRefusalsInARow after so many rejections in a row, no more is spent
	 * @param parent another budget that is charged for the same requests
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

	/** Records the result of a request. */
	record(result: 'accepted' | 'refused'): void {
		this.refusalsInARow = result === 'accepted' ? 0 : this.refusalsInARow + 1;
		this.parent?.record(result);
	}

	/**
	 * Charges for the two halves of a rejected batch. Returns false, and charges nothing, if the budget is used up.
	 */
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
