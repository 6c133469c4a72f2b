import { createHints } from '../../nodes/MoEngageCohortSync/results/hints';
import { atOnce } from '../support/atOnce';
import { finishedRun } from '../support/finishedRun';

test.each([
	[{ userId: 'u1', anonymousId: 'a1' }, false],
	[{ userId: 'Ünï çødé @-_.+/=:', anonymousId: '日本 👍🏽' }, false],
	[{ userId: 'u\u200b1' }, true],
	[{ anonymousId: 'a\u20601' }, true],
	[{ userId: 'u\u00ad1', anonymousId: 'a1' }, true],
	[{ userId: 'u1', anonymousId: 'a\t1' }, true],
	[{ userId: 'u\u202e1' }, true],
])('%j has something in it that nobody sees: %s', (row, expected) => {
	const run = finishedRun([row], [{ status: 'planned' }]);
	const hints = atOnce(createHints(run, [])).map(({ message }) => message);
	const isReported = hints.some((hint) => /^1 user came with .* invisible character/.test(hint));
	expect(isReported).toBe(expected);
});
