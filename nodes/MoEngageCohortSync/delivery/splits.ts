/**
 * How many requests may go into taking refused batches apart, so that the members to blame are found and the
 * others get through. As long as parts go through it is worth it; what is bad throughout is soon left whole.
 */
export class Splits {
	private refusedInARow = 0;

	/**
	 * @param left requests that may go into halves
	 * @param mostInARow refusals without an acceptance between them after which nothing is halved any more
	 */
	constructor(
		private left: number,
		private readonly mostInARow: number,
	) {}

	/** 50 bad members among thousands are found with them. Down to one of 10,000 takes 14 refusals in a row. */
	static ofBatch(): Splits {
		return new Splits(1_000, 40);
	}

	/** Ten minutes' worth at MoEngage's limit. */
	static ofRun(): Splits {
		return new Splits(3_000, 100);
	}

	/** Notes what became of a request. */
	note(isAccepted: boolean): void {
		this.refusedInARow = isAccepted ? 0 : this.refusedInARow + 1;
	}

	/** Whether a refused batch is to be halved. */
	get isWorthwhile(): boolean {
		return this.left >= 2 && this.refusedInARow < this.mostInARow;
	}

	/** Takes the two requests of a batch's halves. */
	take(): void {
		this.left -= 2;
	}
}
