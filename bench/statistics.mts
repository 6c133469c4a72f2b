import { max, median, min } from 'simple-statistics';

/** Some measurements of the same thing. */
export interface Spread {
	readonly median: number;
	readonly least: number;
	readonly most: number;
	readonly count: number;
}

export function spreadOf(values: readonly number[]): Spread {
	const all = [...values];
	return { median: median(all), least: min(all), most: max(all), count: all.length };
}

/** Divides what was measured in the same round. */
export function ratiosOf(dividends: readonly number[], divisors: readonly number[]): Spread {
	return spreadOf(dividends.map((dividend, round) => dividend / (divisors[round] ?? NaN)));
}

/** Repeats all works in turn, so that whatever else the machine does meets all of them alike. */
export async function inTurn<K extends string>(
	rounds: number,
	works: Readonly<Record<K, () => Promise<number> | number>>,
): Promise<Record<K, number[]>> {
	const names = Object.keys(works) as K[];
	const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
		K,
		number[]
	>;
	for (let round = 0; round < rounds; round++) {
		// The other way round every second time: whoever goes first may have it harder.
		const order = round % 2 === 0 ? names : [...names].reverse();
		for (const name of order) results[name].push(await works[name]());
	}
	return results;
}
