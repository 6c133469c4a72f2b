import { users, World } from '../../test/support/virtualMoEngage.js';

export interface WindowInput {
	/** Members that fit in a request. */
	readonly membersPerRequest: number;
	readonly sizes: readonly number[];
	readonly latencies: readonly number[];
}

export interface WindowRow {
	readonly size: number;
	readonly latencyMs: number;
	readonly requests: number;
	readonly simulatedMs: number;
	/** The least that 300 requests in any minute allow, with any number of requests in flight. */
	readonly windowMs: number;
	/** The least with no more than five requests in flight. */
	readonly parallelMs: number;
	/** The most requests that arrived in any minute. */
	readonly mostInAMinute: number;
	readonly refused: number;
}

const PER_MINUTE = 300;
const PARALLEL = 5;
const MINUTE_MS = 60_000;

/** The delivery in virtual time, against the least time that the rate window allows. */
export default async function measure(
	{ membersPerRequest, sizes, latencies }: WindowInput,
	report: (progress: string) => void,
): Promise<WindowRow[]> {
	const rows: WindowRow[] = [];
	for (const size of sizes) {
		for (const latencyMs of latencies) {
			report(`${size.toLocaleString('en')} members at ${latencyMs} ms`);
			const requests = Math.ceil(size / membersPerRequest);
			rows.push({ size, latencyMs, requests, ...(await simulate(requests, latencyMs)) });
		}
	}
	return rows;
}

async function simulate(requests: number, latencyMs: number) {
	const half = latencyMs / 2;
	const world = new World({ delay: () => ({ there: half, back: half }) });
	// One member stands for all of a request: what it carries takes no virtual time.
	const { packed } = world.audience({ add: users(requests), batchSize: 1 });
	await world.play([packed]);
	const { maxInAnyMinute, refused429 } = world.model.stats();
	return {
		simulatedMs: Math.max(...world.attempts.map(({ endedAt }) => endedAt)),
		windowMs: leastMs(requests, latencyMs, Infinity),
		parallelMs: leastMs(requests, latencyMs, PARALLEL),
		mostInAMinute: maxInAnyMinute,
		refused: refused429,
	};
}

/** When the last answer of the fastest possible run comes in, if so many requests may arrive in any minute. */
export function leastMs(
	requests: number,
	latencyMs: number,
	parallel: number,
	perMinute = PER_MINUTE,
): number {
	const starts: number[] = [];
	for (let request = 0; request < requests; request++) {
		const window = (starts[request - perMinute] ?? -MINUTE_MS) + MINUTE_MS;
		const place = (starts[request - parallel] ?? -latencyMs) + latencyMs;
		starts.push(Math.max(window, place));
	}
	return (starts.at(-1) ?? 0) + latencyMs;
}
