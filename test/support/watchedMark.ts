import type { Clock } from '../../nodes/MoEngageCohortSync/clock';
import type { HighWaterMark } from '../../nodes/MoEngageCohortSync/mirror/highWaterMark';

/** A mark that can be read, and a clock during whose sleeps other processes write it. */
export class WatchedMark implements HighWaterMark {
	/** How long each sleep was, in ms. */
	readonly sleeps: number[] = [];
	private time = 0;

	/**
	 * @param duringSleep called with the number of each sleep, counted from 1
	 * @param callMs how long a call takes
	 */
	constructor(
		public value: number | undefined,
		private readonly duringSleep: (sleep: number, mark: WatchedMark) => void = () => undefined,
		private readonly callMs = 0,
	) {}

	readonly clock: Clock = {
		now: () => Date.parse('2026-11-23T10:00:00.000Z') + this.time,
		elapsed: () => this.time,
		random: () => 0.5,
		sleep: async (ms) => {
			this.time += ms;
			this.sleeps.push(ms);
			this.duringSleep(this.sleeps.length, this);
		},
	};

	async raise(values: readonly number[]): Promise<boolean[]> {
		this.time += this.callMs;
		const { value = -Infinity } = this;
		this.value = Math.max(value, values.at(-1) ?? value);
		return values.map((each) => each > value);
	}

	async clear(): Promise<void> {
		this.value = undefined;
	}
}
