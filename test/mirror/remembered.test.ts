import { MemoryShelf } from '../../nodes/MoEngageCohortSync/mirror/memoryShelf';
import { Remembered } from '../../nodes/MoEngageCohortSync/mirror/remembered';
import type { Status } from '../../nodes/MoEngageCohortSync/plan/outcome';
import { atOnce } from '../support/atOnce';
import { inShort, mirrorWith, row, settle } from '../support/mirrors';
import type { Row } from '../support/source';

const DAY_MS = 24 * 60 * 60 * 1000;

/** A workflow that mirrors the users `u0` and `u1` again and again. */
function workflow(resendAfter: number) {
	const place = { shelf: new MemoryShelf(), workflowId: 'workflow', staticData: {} };
	/** One run, in which the two come to these. Tells whether it was to send everyone. */
	return (startedAt: number, ...statuses: [Status, Status]): boolean | undefined => {
		const remembered = new Remembered({ ...place, workspaceName: 'w', resendAfter, startedAt });
		const run = mirrorWith([row('u0'), row('u1')], (changes) => remembered.of(changes));
		run.cohorts[0]?.members.forEach((member, index) => {
			member.outcome = { status: statuses[index] ?? 'unchanged' };
		});
		atOnce(remembered.keep(run, startedAt));
		return run.cohorts[0]?.resendsAll;
	};
}

test.each([
	[7, 7 * DAY_MS, false],
	[7, 7 * DAY_MS + 1, true],
	[1, DAY_MS, false],
	[1, DAY_MS + 1, true],
	[0, 1000 * DAY_MS, false],
	// The clock was ahead at the first run.
	[7, -1, true],
	[0, -1, false],
])('after %d days everyone is sent again; %d ms after the first run: %s', (days, ms, expected) => {
	const run = workflow(days);
	expect(run(5, 'accepted', 'accepted')).toBe(false);
	expect(run(6, 'unchanged', 'unchanged')).toBe(false);
	expect(run(5 + ms, 'unchanged', 'unchanged')).toBe(expected);
});

test.each<[one: Status, other: Status, isFull: boolean]>([
	['accepted', 'accepted', true],
	['accepted', 'rejected', true],
	['accepted', 'invalid', true],
	['accepted', 'failed', false],
	['accepted', 'not_sent', false],
	['accepted', 'unchanged', false],
	['unchanged', 'unchanged', false],
	['rejected', 'invalid', false],
])('a run in which one is %s and one %s has sent everyone: %s', (one, other, isFull) => {
	const run = workflow(7);
	run(0, 'accepted', 'accepted');
	expect(run(8 * DAY_MS, one, other)).toBe(true);
	expect(run(9 * DAY_MS, 'unchanged', 'unchanged')).toBe(!isFull);
});

test('what could not be read is left as it is, so that the next run is refused as well', () => {
	const staticData = { moEngageCohortSync: 'damaged' };
	const place = { shelf: new MemoryShelf(), workflowId: 'workflow', staticData };
	for (const startedAt of [1, 2]) {
		const remembered = new Remembered({ ...place, workspaceName: 'w', resendAfter: 7, startedAt });
		const run = mirrorWith([row('u0')], (changes) => remembered.of(changes));
		expect(run.cohorts[0]?.refusal?.message).toMatch(/is damaged or was edited by hand$/);
		atOnce(remembered.keep(run, startedAt));
		expect(staticData).toEqual({ moEngageCohortSync: 'damaged' });
	}
});

test('a run in which the cohort comes with two names leaves its memory as it is', () => {
	const place = { shelf: new MemoryShelf(), workflowId: 'workflow', staticData: {} };
	const run = (startedAt: number, rows: Row[]) => {
		const remembered = new Remembered({ ...place, workspaceName: 'w', resendAfter: 7, startedAt });
		const prepared = mirrorWith(rows, (changes) => remembered.of(changes));
		settle(prepared, { status: 'accepted' });
		atOnce(remembered.keep(prepared, startedAt));
		return prepared;
	};
	run(1, [row('u1'), row('u2'), row('u3')]);
	const renamed = run(2, [row('u1'), row('u2'), { ...row('u3'), cohortName: 'Another name' }]);
	expect(renamed.cohorts[0]?.keptLeavers).toBe(3);
	expect(inShort(run(3, [row('u2'), row('u3')]))).toMatchObject({ add: [], remove: ['u1'] });
});

test('a workflow remembers so much of all its cohorts together', () => {
	const place = { shelf: new MemoryShelf(), workflowId: 'workflow', staticData: {} };
	/** Which cohorts are too large in a run in which each has one member of so many characters. */
	const tooLarge = (lengths: Record<string, number>) => {
		const options = { ...place, workspaceName: 'w', resendAfter: 0, startedAt: 1 };
		const remembered = new Remembered(options);
		const rows = Object.entries(lengths).map(([id, length]) => row('u'.repeat(length), id));
		const run = mirrorWith(rows, (changes) => remembered.of(changes));
		settle(run, { status: 'accepted' });
		atOnce(remembered.keep(run, 1));
		return run.cohorts.flatMap(({ cohort, refusal }) =>
			refusal?.message.endsWith('than a workflow can remember beside its other cohorts')
				? [cohort.id]
				: [],
		);
	};
	expect(tooLarge({ one: 25_000_000 })).toEqual([]);
	expect(tooLarge({ two: 20_000_000 })).toEqual(['two']);
	expect(tooLarge({ one: 15_000_000, two: 20_000_000, three: 10_000_000 })).toEqual(['three']);
	expect(tooLarge({ one: 19_000_000 })).toEqual([]);
});

test.each([
	[19_000_000, true],
	[21_000_000, false],
])(
	"beside %d characters of another cohort a user's second device is remembered: %s",
	(length, expected) => {
		const options = { shelf: new MemoryShelf(), workflowId: 'workflow', staticData: {} };
		const run = (...rows: Row[]) => {
			const remembered = new Remembered({
				...options,
				workspaceName: 'w',
				resendAfter: 0,
				startedAt: 1,
			});
			const prepared = mirrorWith(rows, (changes) => remembered.of(changes));
			settle(prepared, { status: 'accepted' });
			atOnce(remembered.keep(prepared, 1));
			return inShort(prepared);
		};
		run(row('u'.repeat(length), 'other'));
		run(row('u1/a1'), row('u1/a2'));
		expect(run(row('/a2')).unchanged).toEqual(expected ? ['u1/a2'] : []);
	},
);
