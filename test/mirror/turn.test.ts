import type { NodeRun } from '../../nodes/MoEngageCohortSync/mirror/turn';
import { takeTurn } from '../../nodes/MoEngageCohortSync/mirror/turn';
import { Workspace } from '../../nodes/MoEngageCohortSync/delivery/workspace';
import { mirrorWith, row } from '../support/mirrors';
import { VirtualClock } from '../support/virtualClock';

let workspace: Workspace;

beforeEach(() => {
	workspace = new Workspace(new VirtualClock());
});

/** Begins a run, and tells why its cohort is refused. It ends at once, unless it is left open. */
function begin(
	run: Partial<NodeRun>,
	{ cohort = 'vip', isDryRun = false, in: place = workspace } = {},
) {
	const thisRun = { execution: '1', node: 'Mirror', index: 0, ...run };
	const nobody = function* () {
		yield;
		return { members: [] };
	};
	const { of, close } = takeTurn(nobody, place, thisRun, isDryRun);
	const refusal = mirrorWith([row('u1', cohort)], of).cohorts[0]?.refusal?.message;
	return { refusal, close };
}

/** The same for one that is over. */
function run(...given: Parameters<typeof begin>): string | undefined {
	const { refusal, close } = begin(...given);
	close();
	return refusal;
}

const ALREADY = 'This execution has mirrored the cohort "Cohort vip" already';
const AT_THIS_MOMENT = 'Another execution is mirroring the cohort "Cohort vip" at this moment';

test('a cohort is mirrored by one execution after the other', () => {
	const first = begin({ execution: '1' });
	expect(first.refusal).toBeUndefined();
	expect(run({ execution: '2' })).toBe(AT_THIS_MOMENT);
	expect(run({ execution: '2' }, { cohort: 'other' })).toBeUndefined();
	first.close();
	expect(run({ execution: '2' })).toBeUndefined();
});

test('being refused does not open the way for the next one', () => {
	const first = begin({ execution: '1' });
	run({ execution: '2' });
	expect(run({ execution: '3' })).toBe(AT_THIS_MOMENT);
	first.close();
	expect(run({ execution: '2' })).toBeUndefined();
});

test.each<[what: string, later: Partial<NodeRun>, refusal: string | undefined]>([
	['the next part in a loop', { index: 1 }, ALREADY],
	['another node', { node: 'Second Mirror' }, ALREADY],
	['the same run, tried again', {}, undefined],
	['another execution', { execution: '2', index: 1 }, undefined],
])('after a mirror comes %s', (_what, later, refusal) => {
	expect(run({})).toBeUndefined();
	expect(run(later)).toBe(refusal);
	expect(run(later, { cohort: 'other' })).toBeUndefined();
	expect(run(later, { in: new Workspace(new VirtualClock()) })).toBeUndefined();
});

test("executions that mirror in turns don't forget their parts", () => {
	expect(run({ execution: '1' })).toBeUndefined();
	for (let other = 2; other <= 15; other++) expect(run({ execution: `${other}` })).toBeUndefined();
	expect(run({ execution: '1', index: 1 })).toBe(ALREADY);
	expect(run({ execution: '2', index: 1 })).toBe(ALREADY);
});

test('where n8n names no execution nothing is known of its parts', () => {
	expect(run({ execution: undefined })).toBeUndefined();
	expect(run({ execution: undefined, index: 1 })).toBeUndefined();
});

test('after a dry run it may be done in earnest', () => {
	expect(run({}, { isDryRun: true })).toBeUndefined();
	expect(run({ node: 'In earnest' })).toBeUndefined();
	expect(run({ index: 1 }, { isDryRun: true })).toBe(ALREADY);
});
