/** Something that happens once. A wait that ends without it leaves nothing behind, however many there are. */
export class Signal {
	private readonly waiting = new Set<() => void>();
	private isGiven = false;

	get given(): boolean {
		return this.isGiven;
	}

	give(): void {
		this.isGiven = true;
		for (const wake of this.waiting) wake();
		this.waiting.clear();
	}

	/** Resolves with what `promise` gives; with `undefined` as soon as the signal is given. */
	async orElse<T>(promise: Promise<T>): Promise<T | undefined> {
		if (this.isGiven) return undefined;
		return await new Promise((resolve, reject) => {
			const wake = () => resolve(undefined);
			this.waiting.add(wake);
			void promise.then(resolve, reject).then(() => this.waiting.delete(wake));
		});
	}
}
