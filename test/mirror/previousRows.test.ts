import { readPreviousRows } from '../../nodes/MoEngageCohortSync/mirror/previousRows';
import { parseReference } from '../../nodes/MoEngageCohortSync/input/reference';
import { inText } from '../support/mirrors';
import { atOnce } from '../support/atOnce';

const NO_PATHS = { userId: undefined, anonymousId: undefined, cohortId: undefined };

const PATHS = {
	userId: parseReference('={{ $json.customer.id }}'),
	anonymousId: parseReference('={{ $json["device id"] }}'),
	cohortId: parseReference('={{ $json.list }}'),
};

/** The members by cohort, and how many rows were skipped. */
function read(rows: readonly unknown[], cohortIds = ['vip'], paths: typeof PATHS = NO_PATHS) {
	const { byCohortId, skipped } = atOnce(readPreviousRows(rows, paths, cohortIds));
	const members = [...byCohortId].map(([id, previous]) => [id, ...previous.map(inText)].join(' '));
	return { members, skipped };
}

/** The members, and how many rows have a time that can't be read. */
function readAll(rows: readonly unknown[]) {
	const { withUnreadTime: unread } = atOnce(readPreviousRows(rows, NO_PATHS, ['vip']));
	return { members: read(rows).members, unread };
}

describe('a row of the second input', () => {
	test.each<[what: string, row: unknown, expected: string]>([
		["the names of the node's own output", { uid: 'u1', anonymous_id: 'a1' }, 'vip u1/a1'],
		['one of them', { anonymous_id: ' a1 ' }, 'vip /a1'],
		['a number', { uid: 7 }, 'vip 7'],
		['a null beside it, as the own output has it', { uid: 'u1', anonymous_id: null }, 'vip u1'],
		['a bad one beside a good one', { uid: {}, anonymous_id: 'a1' }, 'vip /a1'],
		['a number that stands for nobody, alone', { uid: 0 }, 'vip 0'],
		['a device beside one', { uid: 0, anonymous_id: 'a1' }, 'vip /a1'],
		['a device beside a list as text', { uid: '[]', anonymous_id: 'a1' }, 'vip /a1'],
		['a user with a device of zeros', { uid: 'u1', anonymous_id: '00-00' }, 'vip u1'],
		['the fields that the parameters refer to', { customer: { id: 'u1' } }, 'vip u1'],
		['both such fields', { customer: { id: 'u1' }, 'device id': 'a1' }, 'vip u1/a1'],
		['both ways, where the own names count', { uid: 'u1', customer: { id: 'u2' } }, 'vip u1'],
		['its own name in capitals', { UID: 'u1' }, 'vip u1'],
		['its own names as a person writes them', { 'Anonymous ID': 'a1', 'Cohort-ID': 'b' }, 'b /a1'],
		[
			'an own name rather than one in capitals',
			{ uid: 'u1', UID: 'u2', COHORT_ID: 'b', cohort_id: 'c' },
			'c u1',
		],
		[
			'a name in capitals beside the status of a result',
			{ UID: 'u1', STATUS: 'accepted', ACTION: 'add', customer: { id: 2 } },
			'vip u1',
		],
		[
			'a name in capitals rather than the fields that the parameters refer to',
			{ UID: 'u2', customer: { id: 'u1' } },
			'vip u2',
		],
		// A table may number its rows by a column that has the name of the input's user id.
		['its own names alone', { uid: null, anonymous_id: 'a1', customer: { id: 2 } }, 'vip /a1'],
		['its own names alone, the other way', { uid: 'u1', 'device id': 2 }, 'vip u1'],
		['its cohort', { uid: 'u1', cohort_id: 'b' }, 'b u1'],
		['its cohort as the parameter has it', { uid: 'u1', list: 'b' }, 'b u1'],
		['a cohort that is not in this run', { uid: 'u1', cohort_id: 'c' }, 'c u1'],
	])('is read by %s', (_what, row, expected) => {
		const { members, skipped } = read([row], ['vip'], PATHS);
		expect(members).toEqual([expected]);
		expect(skipped).toBe(0);
	});

	test.each<[what: string, row: unknown]>([
		['nothing', {}],
		['other fields', { name: 'Ada' }],
		['nothing but null', { uid: null, anonymous_id: null }],
		// A table may number its rows by a column that has the name of the input's user id.
		['an empty own name', { uid: '', customer: { id: 'u2' } }],
		['a null', { uid: null, customer: { id: 2 } }],
		['a list as text', { uid: '["u1"]' }],
		['an empty one in capitals', { UID: null, customer: { id: 2 } }],
		['bad identifiers', { uid: true, anonymous_id: 'null' }],
		['a cohort id that can not be read', { uid: 'u1', cohort_id: {} }],
	])('is counted as skipped where it has %s', (_what, row) => {
		expect(read([row], ['vip'], PATHS)).toEqual({ members: [], skipped: 1 });
	});

	test('belongs to the cohort of the run where it names none, if there is just one', () => {
		const rows = [{ uid: 'u1' }, { uid: 'u2', cohort_id: 'b' }];
		expect(read(rows, ['a'])).toEqual({ members: ['a u1', 'b u2'], skipped: 0 });
		expect(read(rows, ['a', 'b'])).toEqual({ members: ['b u2'], skipped: 1 });
	});

	test('keeps its place, for the pairing', () => {
		const { byCohortId } = atOnce(readPreviousRows([{}, { uid: 'u1' }], NO_PATHS, ['vip']));
		expect(byCohortId.get('vip')).toEqual([expect.objectContaining({ uid: 'u1', row: 1 })]);
	});

	test.each<[status: string, action: string | null, expected: string[]]>([
		['accepted', 'add', ['vip u1']],
		['unchanged', null, ['vip u1']],
		['failed', 'add', ['vip u1?']],
		['rejected', 'add', []],
		['not_sent', 'add', []],
		['planned', 'add', []],
		['accepted', 'remove', []],
		['failed', 'remove', ['vip u1?']],
		['rejected', 'remove', ['vip u1?']],
		['not_sent', 'remove', ['vip u1?']],
		['planned', 'remove', ['vip u1']],
		// Error items of which a table kept the status alone, or nothing.
		['failed', null, ['vip u1?']],
		['not_sent', '', ['vip u1?']],
		['', null, ['vip u1?']],
		[' accepted ', ' remove ', []],
	])('that the node itself gave, %s with action %s', (status, action, expected) => {
		expect(read([{ uid: 'u1', status, action }]).members).toEqual(expected);
	});

	test('may have a status of its own that means something else', () => {
		expect(read([{ uid: 'u1', status: 'failed' }]).members).toEqual(['vip u1']);
		for (const action of ['add', 'remove', null]) {
			expect(read([{ uid: 'u1', action, status: 'open' }]).members).toEqual(['vip u1']);
			expect(read([{ uid: 'u1', action }]).members).toEqual(['vip u1']);
			expect(read([{ uid: 'u1', action, timestamp: 'x' }]).members).toEqual(['vip u1']);
		}
	});
});

describe("a log of the node's own output", () => {
	const START = Date.UTC(2026, 10, 23);
	const at = (second: number, action: string, status = 'accepted', more: object = {}) => ({
		uid: 'u1',
		status,
		action,
		timestamp: new Date(START + second * 1_000).toISOString(),
		...more,
	});
	const UNCHANGED = { uid: 'u1', status: 'unchanged' };
	const FAILED = { uid: 'u1', error: 'A sentence.', message: 'failed' };
	const REFUSED = { uid: 'u1', error: 'A sentence.', message: 'not_sent' };
	const PLANNED = { uid: 'u1', status: 'planned', action: 'remove' };
	const of = (id: string, row: object) => ({ ...row, anonymous_id: id });
	const lone = (id: string, row: object) => ({ ...of(id, row), uid: undefined });

	test.each<[what: string, rows: object[], expected: string[]]>([
		['added, then removed', [at(1, 'add'), at(2, 'remove')], []],
		['the same, the newest first', [at(2, 'remove'), at(1, 'add')], []],
		['removed, then added', [at(1, 'remove'), at(2, 'add')], ['vip u1']],
		['added again', [at(3, 'add'), at(1, 'add'), at(2, 'remove')], ['vip u1']],
		['a removal of unknown outcome', [at(1, 'add'), at(2, 'remove', 'failed')], ['vip u1?']],
		['later certain', [at(1, 'add', 'failed'), at(2, 'add')], ['vip u1']],
		['a refused addition after one', [at(1, 'add'), at(2, 'add', 'rejected')], ['vip u1?']],
		['the same as an error item', [at(1, 'add'), REFUSED], ['vip u1?']],
		['the same, and then sent', [at(1, 'add'), REFUSED, at(2, 'add')], ['vip u1']],
		['a refused addition after a removal', [at(1, 'remove'), REFUSED], []],
		['an addition of unknown outcome, then refused', [FAILED, REFUSED], ['vip u1?']],
		['a dry run after a failed removal', [at(1, 'add'), FAILED, PLANNED], ['vip u1?']],
		['no status', [{ ...at(1, 'add'), status: undefined }], ['vip u1']],
		['no status of a removal', [at(1, 'add'), { ...at(2, 'remove'), status: undefined }], []],
		['a row in a log that says nothing', [at(1, 'add'), { uid: 'u1' }], ['vip u1?']],
		[
			'an identifier that came while nothing was sent',
			[of('a1', at(1, 'add')), of('a2', UNCHANGED), of('a2', REFUSED)],
			['vip u1/a1? u1/a2?'],
		],
		[
			'an identifier of a change of unknown outcome',
			[of('a1', FAILED), of('a2', at(2, 'add'))],
			['vip u1/a1 u1/a2'],
		],
		[
			'a removal of a user, which ends what was sent by the anonymous ID that it shows',
			[lone('a1', at(1, 'add')), of('a1', at(2, 'add')), of('a1', at(3, 'remove'))],
			[],
		],
		[
			'and perhaps what was sent by another one',
			[
				lone('a2', at(1, 'add')),
				of('a1', at(2, 'add')),
				of('a2', at(2, 'add')),
				of('a1', at(3, 'remove')),
			],
			['vip /a2?'],
		],
		[
			'and an addition by an anonymous ID alone that was refused',
			[of('a1', at(1, 'add')), lone('a1', REFUSED)],
			['vip u1/a1?'],
		],
		[
			'which the user settles by being added',
			[of('a1', at(1, 'add')), lone('a1', FAILED), of('b1', at(2, 'add'))],
			['vip u1/a1 u1/b1 /a1'],
		],
		[
			'which an addition without it does not settle, after the user was removed',
			[
				of('a1', at(1, 'add')),
				of('a1', at(2, 'remove')),
				lone('a1', FAILED),
				of('b1', at(3, 'add')),
			],
			['vip u1/b1 /a1?'],
		],
		[
			'nor one before the user came by it',
			[lone('a1', FAILED), of('b1', at(3, 'add')), of('a1', UNCHANGED)],
			['vip /a1? u1/b1 u1/a1'],
		],
		[
			'nor one that was refused with it',
			[of('a1', REFUSED), lone('a1', FAILED), of('b1', at(2, 'add'))],
			['vip u1/b1 /a1?'],
		],
		[
			'which an older addition does not settle',
			[of('a1', at(1, 'add')), of('b1', at(2, 'add')), lone('a1', FAILED)],
			['vip u1/a1? u1/b1? /a1?'],
		],
		[
			'a failed removal whose status came with the time of the row',
			[at(5, 'add'), { ...at(1, 'add'), status: 'failed', action: null }],
			['vip u1?'],
		],
		['but not one of somebody else', [of('a1', at(1, 'add')), lone('a2', REFUSED)], ['vip u1/a1']],
		[
			'but nothing that was sent later',
			[
				lone('a2', at(1, 'add')),
				of('a2', at(2, 'add')),
				of('a1', at(3, 'remove')),
				lone('a2', at(4, 'add')),
			],
			['vip /a2'],
		],
		[
			'and brings nothing back',
			[
				lone('a2', at(1, 'add')),
				lone('a2', at(2, 'remove')),
				of('a2', at(3, 'add')),
				of('a1', at(4, 'remove')),
			],
			[],
		],
		['unchanged before it was removed', [UNCHANGED, at(2, 'remove')], []],
		['unchanged, with no time, after it', [at(2, 'remove'), UNCHANGED], []],
		['unchanged alone', [UNCHANGED, UNCHANGED], ['vip u1']],
		['a failed change after a removal', [at(1, 'add'), at(2, 'remove'), FAILED], ['vip u1?']],
		['a failed change before a removal', [at(1, 'add'), FAILED, at(2, 'remove')], []],
		[
			'without times, in the order of the rows',
			[
				{ uid: 'u1', status: 'accepted', action: 'add' },
				{ uid: 'u1', status: 'accepted', action: 'remove' },
			],
			[],
		],
		[
			'every identifier since the last removal',
			[
				at(1, 'add', 'accepted', { anonymous_id: 'a0' }),
				at(2, 'remove', 'accepted', { anonymous_id: 'a0' }),
				at(3, 'add', 'accepted', { anonymous_id: 'a1' }),
				at(4, 'add', 'accepted', { anonymous_id: 'a2' }),
				at(5, 'add', 'accepted', { anonymous_id: 'a1' }),
			],
			['vip u1/a1 u1/a2'],
		],
	])('counts by the newest row: %s', (_what, rows, expected) => {
		expect(read(rows).members).toEqual(expected);
	});

	test.each<[what: string, timeOf: (second: number) => unknown]>([
		['dates, as n8n reads them from a database', (second) => new Date(START + second * 1_000)],
		['seconds since 1970', (second) => 1_763_892_000 + second],
		['milliseconds as text', (second) => String(1_763_892_000_000 + second * 1_000)],
		['times as a data warehouse writes them', (second) => `2026-11-23 10:00:0${second} UTC`],
	])('may have %s', (_what, timeOf) => {
		const row = (second: number, action: string) => ({
			...at(second, action),
			timestamp: timeOf(second),
		});
		expect(readAll([row(2, 'remove'), row(1, 'add')])).toEqual({ members: [], unread: 0 });
		expect(readAll([row(2, 'add'), row(1, 'remove')])).toEqual({ members: ['vip u1'], unread: 0 });
	});

	test('of which times can not be read counts these rows', () => {
		const unread = (action: string) => ({ ...at(1, action), timestamp: 'yesterday' });
		const rows = [unread('remove'), unread('add')];
		expect(readAll(rows)).toEqual({ members: ['vip u1'], unread: 2 });
		expect(readAll([at(1, 'add'), unread('remove')])).toEqual({ members: [], unread: 1 });
		// The node gives an error item no time, so that of a failed change is not its own.
		const failed = { ...unread('add'), status: 'failed' };
		expect(readAll([at(1, 'remove'), failed])).toEqual({ members: ['vip u1?'], unread: 0 });
		// The removal also ends the row of the anonymous ID alone.
		const [device, both] = [lone('a1', at(1, 'add')), of('a1', at(2, 'add'))];
		expect(readAll([device, both, of('a1', unread('remove'))])).toEqual({
			members: [],
			unread: 1,
		});
		// Of one row, the time makes no difference.
		expect(readAll([unread('add')])).toEqual({ members: ['vip u1'], unread: 0 });
	});

	test('tells its cohorts and its members apart', () => {
		const rows = [
			at(1, 'add', 'accepted', { cohort_id: 'a' }),
			at(2, 'remove', 'accepted', { cohort_id: 'b' }),
			at(3, 'remove', 'accepted', { cohort_id: 'a', uid: 'u2' }),
			at(1, 'add', 'accepted', { cohort_id: 'a', uid: undefined, anonymous_id: 'u2' }),
		];
		expect(read(rows, ['a', 'b']).members).toEqual(['a u1 /u2']);
	});
});

describe("a row of the node's own output", () => {
	const ours = { uid: 'u1', cohort_id: 'vip' };

	test.each<[row: object, expected: string[]]>([
		[{ status: 'accepted', action: 'add' }, ['vip u1']],
		[{ status: 'unchanged', action: null }, ['vip u1']],
		[{ status: 'accepted', action: 'remove' }, []],
		[{ status: 'planned', action: 'remove' }, ['vip u1']],
		[{ status: 'planned', action: 'add' }, []],
		[{ status: 'superseded', action: null }, []],
		[{ error: 'A sentence.', message: 'invalid' }, []],
		[{ error: 'A sentence.', message: 'rejected' }, []],
		[{ error: 'A sentence.', message: 'not_sent' }, []],
		[{ error: 'A sentence.', message: 'failed' }, ['vip u1?']],
		[
			{ error: 'The user "u1" was not removed from the cohort "VIP".', message: 'not_sent' },
			['vip u1'],
		],
		[
			{
				error:
					'The user "u1" was not removed from the cohort "VIP". Not sent, because the run had already ended.',
				message: 'not_sent',
			},
			['vip u1?'],
		],
		[{ ERROR: 'A sentence.', MESSAGE: 'failed ' }, ['vip u1?']],
		[{ error: 'A column of the user', message: 'hello' }, ['vip u1']],
		[{ status: 'failed' }, ['vip u1']],
		[{ status: '' }, ['vip u1']],
	])('%j is taken for what it says', (row, members) => {
		expect(read([{ ...ours, ...row }]).members).toEqual(members);
	});
});

describe('an error item', () => {
	const OF_ADDITION = { error: 'A sentence.', message: 'failed' };
	const OF_REMOVAL = {
		...OF_ADDITION,
		error: 'The user "u1" was not removed from the cohort "VIP".',
	};

	test('of an addition is read by the fields that the parameters refer to, as these are of the input', () => {
		const row = { customer: { id: 'u1' }, uid: 'u2', list: 'b', cohort_id: 'c', ...OF_ADDITION };
		expect(read([row], ['vip'], PATHS).members).toEqual(['b u1?']);
		expect(read([{ uid: 'u2', cohort_id: 'c', ...OF_ADDITION }], ['vip'], PATHS).members).toEqual([
			'c u2?',
		]);
	});

	test('of an addition is of the only cohort if the parameter names that, whatever the input has', () => {
		const row = { uid: 'u2', cohort_id: '2026-Q1', ...OF_ADDITION };
		expect(read([row]).members).toEqual(['vip u2?']);
		expect(read([row], ['vip', 'b']).members).toEqual(['2026-Q1 u2?']);
	});

	test('of a removal is of the user that it names, also if it was paired with an error item', () => {
		const row = { customer: { id: 'u1' }, uid: null, anonymous_id: 's-1', ...OF_REMOVAL };
		expect(read([row], ['vip'], PATHS).members).toEqual(['vip u1?']);
	});

	test('of a removal is of the cohort that its fields name, and of the one that an error item with them would be of', () => {
		const row = { customer: { id: 2 }, uid: 'u1', list: 'b', cohort_id: 'c', ...OF_REMOVAL };
		expect(read([row], ['vip'], PATHS).members).toEqual(['c u1?', 'b u1?']);
		expect(read([{ uid: 'u1', cohort_id: '2026-Q1', ...OF_REMOVAL }]).members).toEqual([
			'2026-Q1 u1?',
			'vip u1?',
		]);
		expect(read([{ uid: 'u1', cohort_id: 'c', ...OF_REMOVAL }], ['a', 'b']).members).toEqual([
			'c u1?',
		]);
	});

	test.each<[what: string, row: object, expected: string]>([
		[
			'its own names and the fields of the parameters',
			{ uid: 'u1', customer: { id: 3 } },
			'vip 3? u1?',
		],
		[
			'a device with both',
			{ customer: { id: 3 }, 'device id': 'a1', anonymous_id: 'a1' },
			'vip 3? /a1?',
		],
		['the same by both', { customer: { id: 'u1' }, uid: 'u1' }, 'vip u1?'],
		[
			'a user with a device of either',
			{ customer: { id: 'u1' }, uid: 'u1', 'device id': 'a1', anonymous_id: 'a2' },
			'vip u1/a2? u1/a1?',
		],
		[
			'a user with the only device',
			{ customer: { id: 'u1' }, uid: 'u1', anonymous_id: 'a2' },
			'vip u1/a2? u1?',
		],
		['one of the two', { customer: { id: 'u1' }, 'device id': 'a1', uid: null }, 'vip u1/a1?'],
	])('of an addition in a table with columns of its own counts for %s', (_what, row, expected) => {
		const columns = { status: null, action: null };
		expect(read([{ ...row, ...columns, ...OF_ADDITION }], ['vip'], PATHS).members).toEqual([
			expected,
		]);
	});
});
