declare const times: number | undefined;
declare const seed: number | undefined;
declare const path: string | undefined;

/** How many times as many random runs are asked for as a test usually makes: 1 unless `--globals '{"times": 10}'` says so. */
export const TIMES = typeof times === 'number' ? times : 1;

// In proportion to the limit in jest.config.js.
if (TIMES > 1) jest.setTimeout(60_000 * TIMES);

/**
 * Parameters for fast-check.
 *
 * More runs of a test: `npx jest mirrorWalks --globals '{"times": 10}'`. A run that fails prints its seed and path,
 * which repeat it: `--globals '{"seed": 1, "path": "0:1"}'`.
 *
 * @param usual how many runs `npx jest` makes; `npm test` makes 0.4 times as many, `npm run test:long` five times
 */
export function randomRuns(usual: number) {
	return {
		numRuns: Math.ceil(usual * TIMES),
		...(typeof seed === 'number' ? { seed } : {}),
		...(typeof path === 'string' ? { path, endOnFailure: true } : {}),
	};
}
