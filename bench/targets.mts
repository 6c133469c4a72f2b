import { figure } from './figures.mjs';
import type { Records } from './records.mjs';

export interface Target {
	readonly figure: string;
	/** What is aimed at, in words. */
	readonly aim: string;
	readonly measured: number;
	readonly unit: string;
	readonly isMet: boolean;
	/** Why it is missed where it is, as the profile shows. */
	readonly reason?: string;
}

const LATIN = '36 characters';

/** Measured on 2026-11-27 and 28 on one machine. */
const LOOP_VARIES =
	"n8n's loop varies from day to day, and the node hardly: on one machine, with instant responses, the loop took 5.0 s on one day and 3.0 s on the next, the node 0.69 and 0.71 s.";

/** What the node should reach, and what it does reach, as far as it was measured. */
export function targetsOf({
	client,
	recipe,
	requests,
	window,
	mapping,
	mirror,
	cohorts,
	memory,
	eventLoop,
}: Partial<Records>): Target[] {
	const nodeMs = (size: number) => client?.result.find(isClient(size))?.nodeMs.median;
	const large = nodeMs(1_000_000);
	const small = nodeMs(100_000);
	const us = (way: string) => mapping?.result.find((row) => row.way === way)?.us.median;
	const reference = us('plain reference');
	const field = us('reading the field');
	const million = mirror?.result.find(({ size }) => size === 1_000_000);
	const recipeAt = (latency: number) =>
		recipe?.result.find(({ size, latencyMs }) => size === 100_000 && latencyMs === latency);
	const windowAt = (latency: number) => {
		const row = window?.result.find(
			({ size, latencyMs }) => size === 1_000_000 && latencyMs === latency,
		);
		return ratio(row?.simulatedMs, row?.parallelMs);
	};
	const peak = memory?.result.mb;
	return [
		atMost(
			'Requests above the minimum, per cohort and action',
			1,
			requests && Math.max(...requests.result.map((row) => row.requests - row.least)),
		),
		atMost(
			"The node's time relative to the bare client's, 100,000 members, instant responses",
			1.5,
			client?.result.find(isClient(100_000))?.ratio.median,
			'×',
			"the bare client's connections stay open, while n8n's HTTP helper, which a node must use, opens a new one and evaluates the credential's expressions for each request. And the bare client neither finds duplicates nor creates results, which take most of the node's own time. See *Bottlenecks*.",
		),
		atMost(
			"The node's time relative to the simple node's, 1,000,000 members, instant responses",
			1.2,
			client?.result.find(isClient(1_000_000))?.ratioToSimpleNode.median,
			'×',
			"the simple node checks no identifier, keeps nothing per item but its result, and never pauses for n8n's event loop.",
		),
		atLeast(
			"Time of Loop Over Items → HTTP Request relative to the node's, 200 ms latency",
			11,
			recipeAt(200)?.ratio.median,
			LOOP_VARIES,
		),
		atLeast(
			"Time of Loop Over Items → HTTP Request relative to the node's, instant responses",
			5,
			recipeAt(0)?.ratio.median,
			LOOP_VARIES,
		),
		...[50, 200, 1_000].map((latency) =>
			atMost(
				`Simulated time relative to the minimum under the rate limit, 1,000,000 members, ${figure(latency)} ms latency`,
				1.02,
				windowAt(latency),
				'×',
				'the first request is sent alone, and a request counts until a minute after its response. The first rule costs one latency per cohort, the second one per minute of the run.',
			),
		),
		atMost(
			'Time of a plain reference relative to reading the field',
			5,
			ratio(reference, field),
			'×',
			"at every step, the node checks that it reads the item's own plain data, and otherwise uses n8n's engine. These checks are all of the time, and a million items take a fraction of a second.",
		),
		atMost(
			'Time for 1,000,000 members relative to 100,000',
			11,
			ratio(large, small),
			'×',
			'a million members and their results live until the end of the run, so V8 copies and marks more of them in each garbage collection, and the table for finding duplicates no longer fits into the cache of the processor.',
		),
		atMost('Mirror: comparing 1,000,000 with 1,000,000', 2000, million?.ms.compare.median, ' ms'),
		atMost(
			'Mirror: saved per member with an ID of 36 characters (UUID)',
			23,
			maxOf(mirror?.result.map((row) => row.bytesPerMember)),
			' bytes',
		),
		atMost(
			'Mirror with many cohorts: time per execution in the last round relative to the first',
			1.5,
			ratio(cohorts?.result.rows.at(-1)?.ms.median, cohorts?.result.rows[0]?.ms.median),
			'×',
			'n8n passes the saved members of all cohorts to every execution; the first round builds them up.',
		),
		atMost(
			'Mirror with many cohorts: heap after the last round relative to the first',
			1.1,
			ratio(cohorts?.result.rows.at(-1)?.heapMb, cohorts?.result.rows[0]?.heapMb),
			'×',
		),
		atMost(
			'Additional memory for 500,000 items, One Item per Cohort',
			200,
			peak && peak.summary.median - peak['a node that does nothing'].median,
			' MB',
		),
		atMost(
			"Longest time for which n8n's event loop is blocked, 1,000,000 items",
			200,
			maxOf(eventLoop?.result.rows.map(({ longestMs }) => longestMs.median)),
			' ms',
			'the node itself pauses every 50 ms. When the table of all users has to grow, V8 rebuilds it at once.',
		),
	].filter((target) => target !== undefined);
}

function isClient(size: number) {
	return (row: { kind: string; size: number }) => row.kind === LATIN && row.size === size;
}

function maxOf(values: readonly number[] | undefined): number | undefined {
	return values && Math.max(...values);
}

function ratio(one: number | undefined, other: number | undefined): number | undefined {
	return one === undefined || other === undefined ? undefined : one / other;
}

function atMost(
	name: string,
	most: number,
	measured: number | undefined,
	unit = '',
	reason?: string,
): Target | undefined {
	if (measured === undefined || Number.isNaN(measured)) return undefined;
	const aim = `at most ${figure(most)}${unit}`;
	const isMet = measured <= most;
	return { figure: name, aim, measured, unit, isMet, ...(reason === undefined ? {} : { reason }) };
}

function atLeast(
	name: string,
	least: number,
	measured: number | undefined,
	reason: string,
): Target | undefined {
	if (measured === undefined || Number.isNaN(measured)) return undefined;
	const isMet = measured >= least;
	return { figure: name, aim: `at least ${figure(least)}×`, measured, unit: '×', isMet, reason };
}
