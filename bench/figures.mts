import type { Spread } from './statistics.mjs';

/** A number as a person reads it: three digits unless more are asked for, or all of a whole one. */
export function figure(value: number, digits = 3): string {
	if (Number.isInteger(value) || Math.abs(value) >= 1000) {
		return Math.round(value).toLocaleString('en-US');
	}
	return String(Number(value.toPrecision(digits)));
}

/** A median with its spread: `1.2 (1.1–1.4)`. */
export function withSpread({ median, least, most, count }: Spread): string {
	if (count === 1) return figure(median);
	return `${figure(median)} (${figure(least)}–${figure(most)})`;
}

/** A time in ms in the unit that suits it. */
export function duration(ms: number): string {
	if (ms < 1000) return `${figure(ms)} ms`;
	if (ms < 120_000) return `${figure(ms / 1000)} s`;
	if (ms < 7_200_000) return `${figure(Math.round(ms / 6000) / 10)} min`;
	return `${figure(Math.round(ms / 360_000) / 10)} h`;
}
