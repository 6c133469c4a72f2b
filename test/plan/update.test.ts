import fc from 'fast-check';
import type { PlannedItem } from '../../nodes/MoEngageCohortSync/model/plan';
import { InvalidItem, SupersededItem } from '../../nodes/MoEngageCohortSync/model/plan';
import type { ItemPlan } from '../../nodes/MoEngageCohortSync/plan/plan';
import { planItems } from '../../nodes/MoEngageCohortSync/plan/plan';
import { atOnce } from '../support/atOnce';
import type { Row } from '../support/source';
import { sourceOf } from '../support/source';

function plan(rows: readonly Row[]): ItemPlan {
	return atOnce(planItems(sourceOf(rows), 'update'));
}

/** What an item comes to, in few words. */
function inShort(planned: PlannedItem, item: number): string {
	if (planned instanceof InvalidItem) {
		const { problem } = planned;
		return problem.code === 'newer_item_unreadable' ? `not sent for ${problem.item}` : 'invalid';
	}
	if (planned instanceof SupersededItem) return `superseded by ${planned.by.item}`;
	return planned.item === item ? planned.action : `duplicate of ${planned.item}`;
}

function planned(rows: readonly Row[]): string[] {
	return plan(rows).items.map(inShort);
}

/** A time in seconds since 1970. */
const NOON = Date.UTC(2026, 0, 1, 12) / 1000;

/** Changes of one user: in or out, and when; small numbers are seconds since noon. */
function ofOneUser(...changes: Array<[membership: unknown, changedAt?: unknown]>): Row[] {
	return changes.map(([membership, at = '']) => {
		const changedAt = typeof at === 'number' ? NOON + at : at;
		return { userId: 'u1', membership, changedAt };
	});
}

describe('of several changes of one user', () => {
	test.each<[what: string, rows: Row[], expected: string[]]>([
		[
			'the last counts where none has a time',
			ofOneUser(['in'], ['out']),
			['superseded by 1', 'remove'],
		],
		[
			'the newest counts where all have a time',
			ofOneUser(['in', 20], ['out', 10]),
			['add', 'superseded by 0'],
		],
		[
			'the last counts where one has no time',
			ofOneUser(['in', 20], ['out', 10], ['out', '']),
			['superseded by 1', 'remove', 'duplicate of 1'],
		],
		[
			'the later of two at the same time counts',
			ofOneUser(['in', 10], ['out', '2026-01-01T12:00:10Z']),
			['superseded by 1', 'remove'],
		],
		[
			'a fraction of a second makes one newer',
			ofOneUser(['in', '2026-11-23T10:00:00.0002Z'], ['out', '2026-11-23T10:00:00.0001Z']),
			['add', 'superseded by 0'],
		],
		[
			'those that agree at the end are one, carried by the first of them in the input',
			ofOneUser(['in'], ['out'], ['in'], ['in'], ['in']),
			['superseded by 2', 'superseded by 2', 'add', 'duplicate of 2', 'duplicate of 2'],
		],
		[
			'the first in the input carries, also where it is not the oldest',
			ofOneUser(['in', 30], ['in', 20], ['out', 10]),
			['add', 'duplicate of 0', 'superseded by 0'],
		],
		[
			'an older one that agrees is superseded too, where one between them does not',
			ofOneUser(['in', 10], ['out', 20], ['in', 30]),
			['superseded by 2', 'superseded by 2', 'add'],
		],
		[
			'all are one where all agree',
			ofOneUser(['out', 30], ['out', 10], ['out', 20]),
			['remove', 'duplicate of 0', 'duplicate of 0'],
		],
		[
			'an older one that can not be read is left out, with its time',
			ofOneUser(['in', 20], ['maybe', 15], ['out', 10]),
			['add', 'invalid', 'superseded by 0'],
		],
	])('%s', (_what, rows, expected) => {
		expect(planned(rows)).toEqual(expected);
	});
});

describe('nothing is sent for a user whose newest item may be one that can not be read', () => {
	test.each<[what: string, rows: Row[], expected: string[]]>([
		[
			'it has the latest time',
			ofOneUser(['in', 10], ['unsubscribed', 20]),
			['not sent for 1', 'invalid'],
		],
		[
			'it has the latest time, and comes first',
			ofOneUser(['unsubscribed', 20], ['in', 10]),
			['invalid', 'not sent for 0'],
		],
		['it has an earlier time', ofOneUser(['in', 20], ['unsubscribed', 10]), ['add', 'invalid']],
		[
			'it has the same time, and comes later',
			ofOneUser(['in', 20], ['unsubscribed', 20]),
			['not sent for 1', 'invalid'],
		],
		[
			'it has the same time, and comes first',
			ofOneUser(['unsubscribed', 20], ['in', 20]),
			['invalid', 'add'],
		],
		[
			'its time can not be read, and it comes first',
			ofOneUser(['out', '11/21/2026 10:00'], ['in', 10]),
			['invalid', 'not sent for 0'],
		],
		[
			'neither can be read',
			ofOneUser(['in', 10], ['unsubscribed', 'soon']),
			['not sent for 1', 'invalid'],
		],
		['none has a time, and it is the last', ofOneUser(['in'], ['']), ['not sent for 1', 'invalid']],
		['none has a time, and it is not the last', ofOneUser([''], ['in']), ['invalid', 'add']],
		[
			'it asks for the same as the newest one that can be read, so that it holds nothing back',
			ofOneUser(['in', 20], ['out', 10], ['in', '11/21/2026']),
			['add', 'superseded by 0', 'invalid'],
		],
		[
			'it asks for the same as an older one only',
			ofOneUser(['in', 20], ['out', 10], ['out', '11/21/2026']),
			['not sent for 2', 'not sent for 2', 'invalid'],
		],
		[
			'one of two asks for the same, and the other for the opposite',
			ofOneUser(['in', 10], ['in', 'soon'], ['out', 'soon'], ['in', 'later']),
			['not sent for 2', 'invalid', 'invalid', 'invalid'],
		],
		[
			'its time is that of no time',
			ofOneUser(['in', 20], ['out', '1970-01-01T00:00:00Z'], ['out', new Date(0)]),
			['not sent for 2', 'invalid', 'invalid'],
		],
		[
			'one has no time, so that the order decides',
			ofOneUser(['in', ''], ['unsubscribed', 10], ['out', 5]),
			['superseded by 2', 'invalid', 'remove'],
		],
		[
			'it alone has no time',
			ofOneUser(['in', 10], ['unsubscribed', '']),
			['not sent for 1', 'invalid'],
		],
		[
			'all items of the user are left out, also those that agree and those that are older',
			ofOneUser(['in', 10], ['out', 20], ['out', 30], ['unsubscribed', 40]),
			['not sent for 3', 'not sent for 3', 'not sent for 3', 'invalid'],
		],
		[
			'others are sent, and so is the same user in another cohort',
			[
				{ userId: 'u1', membership: 'in' },
				{ userId: 'u1', membership: 'in', cohortId: 'b' },
				{ userId: 'u2', membership: 'out' },
				{ userId: 'u1', membership: 'maybe' },
			],
			['not sent for 3', 'add', 'remove', 'invalid'],
		],
		[
			'the user is known by the anonymous ID of another item',
			[
				{ userId: 'u1', anonymousId: 'a1', membership: 'in' },
				{ anonymousId: 'a1', membership: 'maybe' },
			],
			['not sent for 1', 'invalid'],
		],
		[
			'the item itself says whose anonymous ID it is',
			[
				{ anonymousId: 'a1', membership: 'in' },
				{ userId: 'u1', anonymousId: 'a1', membership: 'maybe' },
			],
			['not sent for 1', 'invalid'],
		],
		[
			'the anonymous ID is that of two users',
			[
				{ userId: 'u1', anonymousId: 'a1', membership: 'in' },
				{ userId: 'u2', anonymousId: 'a1', membership: 'in' },
				{ anonymousId: 'a1', membership: 'maybe' },
			],
			['add', 'add', 'invalid'],
		],
		[
			'the user has no other item',
			[
				{ userId: 'u1', membership: 'maybe' },
				{ userId: 'u2', membership: 'in' },
			],
			['invalid', 'add'],
		],
	])('%s', (_what, rows, expected) => {
		expect(planned(rows)).toEqual(expected);
	});

	test.each(['membership', 'changedAt'] as const)('the expression of %s fails', (name) => {
		const reader = sourceOf(ofOneUser(['in', 10], ['out', 20]));
		const field = (item: number) => {
			if (item === 1) throw new Error('Referenced node is not executed.');
			return reader[name](item);
		};
		const { items } = atOnce(planItems({ ...reader, [name]: field }, 'update'));
		expect(items.map(inShort)).toEqual(['not sent for 1', 'invalid']);
	});

	test('its items stay in their cohort', () => {
		const { items, cohorts } = plan(ofOneUser(['in'], ['maybe']));
		expect(items[0]).toStrictEqual(
			new InvalidItem({ code: 'newer_item_unreadable', item: 1 }, cohorts[0]?.cohort),
		);
		expect(cohorts).toMatchObject([{ members: [] }]);
	});
});

describe('who is who', () => {
	test.each<[what: string, rows: Row[], expected: string[]]>([
		[
			'each user and each cohort has changes of its own',
			[
				{ userId: 'u1', cohortId: 'a', membership: 'in' },
				{ userId: 'u1', cohortId: 'b', membership: 'out' },
				{ userId: 'u2', cohortId: 'a', membership: 'out' },
			],
			['add', 'remove', 'remove'],
		],
		[
			'an anonymous ID that comes with one user ID is that user',
			[
				{ anonymousId: 'a1', membership: 'in' },
				{ userId: 'u1', membership: 'out' },
				{ userId: 'u1', anonymousId: 'a1', membership: 'in' },
			],
			['superseded by 2', 'superseded by 2', 'add'],
		],
		[
			'an anonymous ID that comes with two user IDs is a user of its own',
			[
				{ anonymousId: 'a1', membership: 'in' },
				{ userId: 'u1', anonymousId: 'a1', membership: 'out' },
				{ userId: 'u2', anonymousId: 'a1', membership: 'out' },
			],
			['add', 'remove', 'remove'],
		],
	])('%s', (_what, rows, expected) => {
		expect(planned(rows)).toEqual(expected);
	});

	test('an identifier that only a duplicate or a superseded item has is sent too', () => {
		const [change] = plan([
			{ userId: 'u1', membership: 'in' },
			{ userId: 'u1', membership: 'in', anonymousId: 'a1' },
		]).items;
		expect(change).toMatchObject({ uid: 'u1', anonymous_id: 'a1' });
		const [, newest] = plan([
			{ userId: 'u1', membership: 'out', anonymousId: 'a1' },
			{ userId: 'u1', membership: 'in' },
		]).items;
		expect(newest).toMatchObject({ uid: 'u1', anonymous_id: 'a1' });
	});

	test('nobody is removed by an anonymous ID of somebody who is added', () => {
		const [left, , joined] = plan([
			{ userId: 'u1', membership: 'out', anonymousId: 'a1' },
			{ userId: 'u1', membership: 'out', anonymousId: 'a2' },
			{ userId: 'u2', membership: 'in', anonymousId: 'a1' },
			{ userId: 'u1', membership: 'out', anonymousId: 'a2', cohortId: 'b' },
		]).items;
		expect(left).toMatchObject({ uid: 'u1', anonymous_id: 'a2', otherAnonymousIds: [] });
		expect(joined).toMatchObject({ uid: 'u2', anonymous_id: 'a1' });
	});

	test("a notice says for how many items 'Changed At' gives nothing, where it is filled in", () => {
		const notices = (rows: readonly Row[]) => atOnce(planItems(sourceOf(rows), 'update')).notices;
		expect(notices(ofOneUser(['in', 20], ['out', ''], ['in', null]))).toEqual([
			{ code: 'changed_at_missing', items: 2, total: 3 },
		]);
		// An item counts whether or not the rest of it can be read.
		expect(notices(ofOneUser(['in', ''], ['maybe', ''], ['maybe', ''], ['maybe', 10]))).toEqual([
			{ code: 'changed_at_missing', items: 3, total: 4 },
		]);
		expect(notices([{ userId: 'u1', membership: 'in' }])).toEqual([]);
		expect(notices(ofOneUser(['in', 20], ['out', 30]))).toEqual([]);
	});

	test('nobody is removed by an anonymous ID of somebody for whom nothing is sent', () => {
		const removed = (...others: Row[]) =>
			plan([{ userId: 'u1', membership: 'out', anonymousId: 'a1' }, ...others]).items[0];
		const alone = { uid: 'u1', anonymous_id: undefined };
		expect(
			removed(
				{ userId: 'u2', membership: 'in', anonymousId: 'a1' },
				{ userId: 'u2', membership: 'maybe' },
			),
		).toMatchObject(alone);
		expect(removed({ userId: 'u2', membership: 'maybe', anonymousId: 'a1' })).toMatchObject(alone);
		// Its own anonymous ID, also if another item with it can't be used, and that of another cohort.
		const own = { uid: 'u1', anonymous_id: 'a1' };
		const before = { userId: 'u1', membership: 'maybe', anonymousId: 'a1', changedAt: NOON };
		expect(
			plan([before, { userId: 'u1', membership: 'out', anonymousId: 'a1', changedAt: NOON + 10 }])
				.items[1],
		).toMatchObject(own);
		expect(
			removed({ userId: 'u2', membership: 'maybe', anonymousId: 'a1', cohortId: 'gold' }),
		).toMatchObject(own);
	});

	test("a notice names the columns of 'Is Member' that no item has", () => {
		const notices = (membership: string[], columns: Array<[name: string, items: number[]]>) => {
			const reader = sourceOf(
				membership.map((word, index) => ({ userId: `u${index}`, membership: word })),
			);
			const membershipColumns = columns.map(([name, items]) => ({
				name,
				isIn: (item: number) => items.includes(item),
			}));
			return atOnce(planItems({ ...reader, membershipColumns }, 'update')).notices;
		};
		const missing = { code: 'columns_missing', field: 'Is Member', columns: ['a', 'b'] };
		expect(
			notices(
				['in', 'maybe'],
				[
					['a', []],
					['b', []],
					['c', [1]],
					['d', [0]],
				],
			),
		).toEqual([missing]);
		expect(notices(['in'], [['a', [0]]])).toEqual([]);
		expect(notices(['maybe'], [['a', []]])).toEqual([]);
	});

	test('a notice says that all items are for one user because of the form', () => {
		const notices = (rows: Row[], isConstant = true) => {
			const constantIdentifier = isConstant
				? { field: 'User ID' as const, isFixed: true }
				: undefined;
			return atOnce(planItems({ ...sourceOf(rows), constantIdentifier }, 'update')).notices;
		};
		const rows: Row[] = ['in', 'out'].map((membership) => ({ userId: 'u1', membership }));
		const notice = { code: 'one_user', field: 'User ID', items: 2 };
		expect(notices(rows)).toEqual([notice]);
		expect(notices([...rows, { userId: 'u1', membership: 'maybe', cohortId: 'gold' }])).toEqual([
			notice,
		]);
		expect(notices(rows, false)).toEqual([]);
		expect(notices(rows.slice(1))).toEqual([]);
		expect(notices([...rows, { userId: 'u2', membership: 'in' }])).toEqual([]);
	});

	test('a superseded item keeps its own identifiers', () => {
		const [first] = plan(ofOneUser(['in'], ['out'])).items;
		expect(first).toMatchObject({ member: { uid: 'u1' }, by: { item: 1 }, cohort: { id: 'vip' } });
	});
});

test('what Is Member and Changed At can not hold makes the item invalid, in its cohort', () => {
	const { items, cohorts } = plan([
		{ userId: 'u1', membership: 'maybe' },
		{ userId: 'u2', membership: 'in', changedAt: '2026-02-30' },
		{ userId: 'u3' },
	]);
	const cohort = cohorts[0]?.cohort;
	expect(cohort?.id).toBe('vip');
	expect(items).toStrictEqual([
		new InvalidItem({ code: 'membership_unclear', isEmpty: false }, cohort),
		new InvalidItem({ code: 'not_a_time' }, cohort),
		new InvalidItem({ code: 'membership_unclear', isEmpty: true }, cohort),
	]);
});

interface PlainChange {
	/** `broken` stands for one that can't be used. */
	readonly uid: string | undefined;
	readonly anonymousId: string | undefined;
	readonly cohortId: string;
	readonly cohortName: string;
	/** Undefined if the item does not say it in any known word. */
	readonly isIn: boolean | undefined;
	/** Seconds since noon. */
	readonly at: number | undefined | 'soon';
}

const WORDS: Record<string, string> = {
	true: 'entered',
	false: 'exited',
	undefined: 'unsubscribed',
};

/** A value of a field, or now and then one that can not be read. */
const often = <Value>(value: fc.Arbitrary<Value>, unreadable: Value) =>
	fc.oneof({ weight: 9, arbitrary: value }, { weight: 1, arbitrary: fc.constant(unreadable) });

const changes = fc.array(
	fc
		.record({
			uid: often<string | undefined>(fc.constantFrom('u1', 'u2', undefined), 'broken'),
			anonymousId: fc.constantFrom('a1', 'a2', undefined),
			cohortId: fc.constantFrom('x', 'y'),
			cohortName: often(fc.constant('any'), ''),
			isIn: often<boolean | undefined>(fc.boolean(), undefined),
			at: often<PlainChange['at']>(fc.constantFrom(10, 20, 30, undefined), 'soon'),
		})
		.filter(({ uid, anonymousId }) => (uid ?? anonymousId) !== undefined),
	{ maxLength: 12, size: 'max' },
);

/** The same in the plainest way: for each item, everything is looked up again. */
function slowly(all: readonly PlainChange[]): string[] {
	const uidsOf = (anonymousId: string | undefined) => {
		const uids = new Set(
			all.filter((other) => other.anonymousId === anonymousId).map((o) => o.uid),
		);
		uids.delete(undefined);
		uids.delete('broken');
		return uids;
	};
	const userOf = ({ uid, anonymousId }: PlainChange): string => {
		if (uid !== undefined && uid !== 'broken') return `user ${uid}`;
		if (anonymousId === undefined) return 'nobody';
		const uids = uidsOf(anonymousId);
		return uids.size === 1 ? `user ${[...uids].join()}` : `anonymous ${anonymousId}`;
	};
	const isKnown = ({ uid, anonymousId }: PlainChange) =>
		uid !== 'broken' || (anonymousId !== undefined && uidsOf(anonymousId).size === 0);
	const isRead = (change: PlainChange) =>
		change.isIn !== undefined &&
		change.at !== 'soon' &&
		change.cohortName !== '' &&
		isKnown(change);
	return all.map((change, item) => {
		if (!isRead(change)) return 'invalid';
		const ofUser = all
			.map((other, index) => ({ ...other, index }))
			.filter((o) => o.cohortId === change.cohortId && userOf(o) === userOf(change));
		const byTime = ofUser.every(({ at }) => at !== undefined);
		const inOrder = ofUser
			.filter(isRead)
			.toSorted(
				(one, other) => (byTime ? Number(one.at) - Number(other.at) : 0) || one.index - other.index,
			);
		const last = inOrder.at(-1);
		const unread = ofUser.findLast((o) => {
			if (isRead(o) || (o.isIn !== undefined && o.isIn === last?.isIn)) return false;
			if (o.at === 'soon') return true;
			const isLater = byTime && o.at !== undefined ? o.at - Number(last?.at) : 0;
			return (isLater || o.index - (last?.index ?? 0)) > 0;
		});
		if (unread !== undefined) return `not sent for ${unread.index}`;
		const newest = last?.isIn;
		const current: number[] = [];
		while (inOrder.at(-1)?.isIn === newest && inOrder.length > 0) {
			current.push(inOrder.pop()?.index ?? -1);
		}
		const carrier = Math.min(...current);
		if (!current.includes(item)) return `superseded by ${carrier}`;
		if (item !== carrier) return `duplicate of ${carrier}`;
		return newest === true ? 'add' : 'remove';
	});
}

test('any changes come to the same as in a slow and plain model', () => {
	fc.assert(
		fc.property(changes, (all) => {
			const rows = all.map(({ uid, anonymousId, cohortId, cohortName, isIn, at }) => ({
				userId: uid === 'broken' ? {} : uid,
				anonymousId,
				cohortId,
				cohortName: cohortName && `Cohort ${cohortId}`,
				membership: WORDS[String(isIn)],
				changedAt: typeof at === 'number' ? NOON + at : (at ?? ''),
			}));
			expect(planned(rows)).toEqual(slowly(all));
		}),
		{ numRuns: 2_000 },
	);
});

test('many items of one user are planned in as many steps as those of many users', () => {
	const stepsOf = (userOf: (item: number) => string) => {
		const rows = Array.from({ length: 5_000 }, (_, item) => ({
			userId: userOf(item),
			membership: item % 3 === 0,
			changedAt: 1e9 + ((item * 7) % 5_000),
		}));
		let steps = 0;
		const task = planItems(sourceOf(rows), 'update');
		while (task.next().done !== true) steps++;
		return steps;
	};
	const steps = stepsOf((item) => `u-${item}`);
	expect(steps).toBeGreaterThan(5_000 / 16);
	expect(stepsOf(() => 'u')).toBeGreaterThanOrEqual(steps * 0.95);
});
