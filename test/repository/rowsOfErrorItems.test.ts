import example from '../../examples/mirror-with-data-table.json';
import { MISSING_TEXTS } from '../../nodes/MoEngageCohortSync/model/missingText';
import { InvalidValue, readMember } from '../../nodes/MoEngageCohortSync/plan/member';
import { IDS_OF_NOBODY } from '../../nodes/MoEngageCohortSync/plan/placeholders';
import { evaluatedByN8n } from '../support/expressions';

/** What 'Rows of Error Items' makes of an item whose fields are the values of the node's fields. */
const text = example.nodes
	.find(({ name }) => name === 'Rows of Error Items')
	?.parameters.jsonOutput?.replaceAll("$node['MoEngage Cohort Sync'].parameter", '$json.fields');

const OF_ADDITION = { error: 'A sentence.', message: 'failed' };

function rowsOf(items: readonly object[]): unknown[] {
	const rowOf = evaluatedByN8n(text ?? '', items);
	return items.map((_item, index) => rowOf(index));
}

const VALUES: readonly unknown[] = [
	...IDS_OF_NOBODY,
	...MISSING_TEXTS,
	...[
		'Guest',
		' u1 ',
		'u1',
		'guest-7',
		'',
		'  ',
		'00-00',
		'-',
		'[]',
		'{}',
		'[vip]',
		'[object Object]',
	],
	...[0, 1, 7, -1, 1.5, 12345678901234567000, true, null, undefined, {}, ['u1']],
];

test('a row has the identifiers that the node used', () => {
	const fields = VALUES.flatMap((userId) => VALUES.map((anonymousId) => ({ userId, anonymousId })));
	// Other items are not sent, so nothing is saved of them.
	const sent = fields.flatMap(({ userId, anonymousId }) => {
		const member = readMember(userId, anonymousId);
		return member instanceof InvalidValue ? [] : [{ userId, anonymousId, member }];
	});
	expect(sent.length).toBeGreaterThan(500);
	const rows = rowsOf(
		sent.map(({ userId, anonymousId }) => ({
			...OF_ADDITION,
			fields: { userId, anonymousId, cohortId: 'vip' },
		})),
	);
	expect(rows).toEqual(
		sent.map(({ member: { uid = null, anonymous_id = null } }) => ({
			...{ uid, anonymous_id, cohort_id: 'vip' },
			...{ status: 'failed', action: 'add' },
		})),
	);
});

test.each<[what: string, item: object, row: object]>([
	[
		'a removal has those of its row',
		{
			...{ uid: 'u1', anonymous_id: null, cohort_id: 'a', message: 'not_sent' },
			error: 'The user "u1" was not removed from the cohort "VIP". Not sent, because …',
		},
		{ uid: 'u1', cohort_id: 'a', status: 'rejected' },
	],
	[
		'a refused addition is rejected',
		{ error: 'A sentence.', message: 'rejected' },
		{ status: 'rejected' },
	],
	[
		'so is one that was not sent',
		{ error: 'Not sent, because …', message: 'not_sent' },
		{ status: 'rejected' },
	],
	['a refused run leaves no row', { error: 'A sentence.', message: 'not_sent' }, { status: '' }],
])('%s', (_what, item, row) => {
	const fields = { userId: 'u7', anonymousId: '', cohortId: 7 };
	const expected = { uid: 'u7', anonymous_id: null, cohort_id: '7', action: 'add', ...row };
	expect(rowsOf([{ ...item, fields }])).toEqual([expected]);
});
