import { membersAfter } from '../../nodes/MoEngageCohortSync/mirror/membersAfter';
import { settle } from '../../nodes/MoEngageCohortSync/model/change';
import type { PreviousMember } from '../../nodes/MoEngageCohortSync/model/member';
import type { Outcome } from '../../nodes/MoEngageCohortSync/model/outcome';
import { atOnce } from '../support/atOnce';
import type { OutcomeName, PlannedMirror } from '../support/mirrors';
import {
	cohortIn,
	inText,
	mirror,
	mirrorWith,
	OUTCOMES,
	row,
	storeOf,
	toBeSent,
} from '../support/mirrors';

const rows = (...texts: string[]) => texts.map((text) => row(text));

describe('what a cohort holds after a run', () => {
	const after = (run: PlannedMirror) =>
		run.cohorts
			.flatMap((plan) => (plan.kind === 'planned' ? atOnce(membersAfter(plan)) : []))
			.map(inText)
			.sort();

	/** Lets removals and additions come to something. */
	const end = (run: PlannedMirror, outcome: OutcomeName, ofRemovals = outcome) => {
		for (const change of toBeSent(run)) {
			settle([change], OUTCOMES[change.action === 'remove' ? ofRemovals : outcome]);
		}
	};

	/** `in` stays, `new` joins, `gone` leaves, `new2` and `gone2` did so before, with unknown fate. */
	const held = ['in', 'gone', 'new2?', 'gone2?'];
	const input = ['in', 'new', 'new2'];

	test.each<[outcome: OutcomeName, expected: string[]]>([
		['accepted', ['in', 'new', 'new2']],
		['may be applied', ['gone2?', 'gone?', 'in', 'new2?', 'new?']],
		['failed', ['gone', 'gone2?', 'in', 'new2?']],
		['rejected', ['gone', 'gone2?', 'in', 'new2?']],
		['not sent', ['gone', 'gone2?', 'in', 'new2?']],
		['invalid', ['gone', 'gone2?', 'in', 'new2?']],
	])('where all came to %s', (outcome, expected) => {
		const run = mirror(rows(...input), held);
		end(run, outcome);
		expect(after(run)).toEqual(expected);
	});

	test.each<OutcomeName>(['accepted', 'may be applied', 'failed', 'rejected', 'not sent'])(
		'members sent again stay, whatever comes of it: %s',
		(outcome) => {
			const run = mirror(rows('u1', 'u2'), ['u1', 'u2'], { resend: 'due' });
			end(run, outcome);
			expect(after(run)).toEqual(['u1', 'u2']);
		},
	);

	test('both identifiers are kept where the input brings one', () => {
		const run = mirror(rows('/a1', 'u2'), ['u1/a1', 'u2/a2']);
		end(run, 'accepted');
		expect(after(run)).toEqual(['u1/a1', 'u2/a2']);
	});

	test.each<[what: string, input: string[], held: string[], expected: string[]]>([
		['as they were', ['u1'], ['u2', 'u3?'], ['u1', 'u2', 'u3?']],
		['as they were, where nobody came', ['u1'], ['u1', '/a2'], ['/a2', 'u1']],
		// They may be the same user to MoEngage, and the removal comes later than the addition.
		['in doubt beside someone new', ['u1'], ['/a2'], ['/a2?', 'u1?']],
		[
			'in doubt beside someone new with a device',
			['u1/a1'],
			['u2', 'u3'],
			['u1/a1?', 'u2?', 'u3?'],
		],
		['in doubt, but not who was in', ['u1', 'u2'], ['u1', '/a3'], ['/a3?', 'u1', 'u2?']],
	])('leavers who are kept stay %s', (_what, input, held, expected) => {
		const unreadable = { userId: {}, cohortName: 'Cohort vip' };
		const run = mirror([...rows(...input), unreadable], held);
		end(run, 'accepted');
		expect(after(run)).toEqual(expected);
	});

	test('a removal that was refused leaves someone new in doubt', () => {
		const run = mirror(rows('u1'), ['/a1']);
		end(run, 'accepted', 'rejected');
		expect(after(run)).toEqual(['/a1?', 'u1?']);
	});

	test.each<[what: string, outcome: OutcomeName, expected: string[]]>([
		['who was in and was sent again', 'accepted', ['/a2', 'u1']],
		['who was not added', 'failed', ['/a2', 'u1']],
	])(
		'a removal that was refused leaves nobody in doubt beside someone %s',
		(_what, outcome, expected) => {
			const run = mirror(rows('u1'), ['u1', '/a2'], { resend: 'due' });
			end(run, outcome, 'rejected');
			expect(after(run)).toEqual(expected);
		},
	);

	test('nor beside someone new who certainly was not added', () => {
		const run = mirror(rows('u1'), ['/a2']);
		end(run, 'failed');
		expect(after(run)).toEqual(['/a2']);
	});

	test.each<[outcome: OutcomeName, expected: string[]]>([
		['accepted', ['/a2', 'u1/a1', 'u3', 'u4/a4', 'u4/b4']],
		['may be applied', ['/a2', 'u1/a1?', 'u3', 'u4/a4?', 'u4/b4?']],
		['rejected', ['/a2', 'u1/a1?', 'u3', 'u4/a4?', 'u4/b4?']],
		['not sent', ['/a2', 'u1/a1?', 'u3', 'u4/a4?', 'u4/b4?']],
	])('a further identifier of someone who is in is sent again unless %s', (outcome, expected) => {
		const run = mirror(rows('u1/a1', '/a2', 'u3', 'u4/b4'), ['/a1', '/a2', 'u3', 'u4/a4']);
		end(run, outcome);
		expect(after(run)).toEqual(expected);
	});

	test('a leaver who is still in may be out by the removal of another identifier', () => {
		const run = mirror(rows('u9'), ['u9', 'u1/a1', 'u2', '/b1']);
		for (const change of toBeSent(run)) {
			const isRemoved = change.action === 'remove' && change.uid === undefined;
			settle([change], OUTCOMES[isRemoved || change.action === 'add' ? 'accepted' : 'not sent']);
		}
		expect(after(run)).toEqual(['u1/a1?', 'u2?', 'u9']);
	});

	test("a user's other devices are kept, ten in all", () => {
		const devices = (...numbers: number[]) => numbers.map((number) => `u1/a${number}`);
		const run = mirror(rows('u1/a9'), devices(1, 2, 3, 4));
		end(run, 'accepted');
		expect(after(run)).toEqual(devices(1, 2, 3, 4, 9));
		const many = mirror(rows(...devices(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)), []);
		end(many, 'accepted');
		expect(after(many)).toEqual(devices(1, 3, 4, 5, 6, 7, 8, 9, 10, 11).sort());
		const plan = cohortIn(many);
		if (plan.kind === 'refused') throw new Error('The cohort is refused');
		const roomForOne = atOnce(membersAfter(plan, 'u1~a3,'.length));
		expect(roomForOne.map(inText)).toEqual(devices(1, 3));
	});
});

describe('a member whose addition was never accepted', () => {
	const never = (uid: string, anonymous_id?: string): PreviousMember => ({
		...{ uid, anonymous_id, uncertain: true, neverAccepted: true },
	});
	const doubtful = (uid: string, anonymous_id?: string): PreviousMember => ({
		...{ uid, anonymous_id, uncertain: true },
	});

	/** What `vip` holds after a run of these rows in which all came to this outcome. */
	const after = (texts: string[], held: PreviousMember[], outcome: Outcome) => {
		const run = mirrorWith(
			rows(...texts),
			storeOf(function* () {
				yield;
				return { members: held };
			}),
		);
		settle(toBeSent(run), outcome);
		const plan = cohortIn(run);
		if (plan.kind === 'refused') throw new Error('The cohort is refused');
		return atOnce(membersAfter(plan));
	};

	const REFUSED_BY_PROXY: Outcome = {
		...OUTCOMES.rejected,
		problem: { code: 'request_refused', status: 418 },
	};

	test.each<
		[
			what: string,
			texts: string[],
			held: PreviousMember[],
			outcome: Outcome,
			expected: PreviousMember[],
		]
	>([
		['is new', ['u1'], [], OUTCOMES['may be applied'], [never('u1')]],
		['comes again', ['u1'], [never('u1')], OUTCOMES.failed, [never('u1')]],
		[
			'comes again and is accepted',
			['u1'],
			[never('u1')],
			OUTCOMES.accepted,
			[{ uid: 'u1', anonymous_id: undefined, uncertain: false }],
		],
		['was accepted before', ['u1'], [doubtful('u1')], OUTCOMES['may be applied'], [doubtful('u1')]],
		['leaves', ['u0'], [never('u1')], OUTCOMES.failed, [never('u1')]],
		['leaves, which MoEngage rejects for this user', ['u0'], [never('u1')], OUTCOMES.rejected, []],
		['leaves, which a proxy rejects', ['u0'], [never('u1')], REFUSED_BY_PROXY, [never('u1')]],
		[
			'was accepted before and leaves',
			['u0'],
			[doubtful('u1')],
			OUTCOMES.rejected,
			[doubtful('u1')],
		],
		[
			'by two devices',
			['u1'],
			[never('u1', 'a1'), never('u1', 'a2')],
			OUTCOMES.failed,
			[never('u1', 'a1'), never('u1', 'a2')],
		],
		[
			'by one device but was by another',
			['u1'],
			[never('u1', 'a1'), doubtful('u1', 'a2')],
			OUTCOMES.failed,
			[doubtful('u1', 'a1'), doubtful('u1', 'a2')],
		],
		[
			'by one device but was by an earlier one',
			['u1'],
			[doubtful('u1', 'a1'), never('u1', 'a2')],
			OUTCOMES.failed,
			[doubtful('u1', 'a1'), doubtful('u1', 'a2')],
		],
	])('%s', (_what, texts, held, outcome, expected) => {
		const isOther = ({ uid }: PreviousMember) => uid !== 'u0';
		expect(after(texts, held, outcome).filter(isOther)).toStrictEqual(expected);
	});
});
