import { isPlaceholder, PlaceholderCount } from '../../nodes/MoEngageCohortSync/plan/placeholders';

describe('a placeholder', () => {
	test.each([
		...[
			'unknown',
			'Guest',
			'NULL',
			'0',
			'1',
			'2',
			'-1',
			'-2',
			'True',
			'false',
			'na',
			'N/A',
			'none',
		],
		...['id', 'UID', 'userId', 'user_id', 'customer_id', 'user_attribute_unique_id'],
		...['dummy_seller_code', '(empty)', 'undefined', 'NaN', 'nil', '<nil>', '\\N', '#N/A', '#REF!'],
		...['#NULL!', '#VALUE!', '#NAME?', '#DIV/0!'],
		...['00000000-0000-0000-0000-000000000000', '000', '-', '--', '0-0'],
	])('is %j', (text) => {
		expect(isPlaceholder(text)).toBe(true);
	});

	test.each(['3', '10', '01', 'null-1', 'guest1', 'ids', 'Anna', '0x0', '#', 'nulls', '12-00'])(
		'is not %j',
		(text) => {
			expect(isPlaceholder(text)).toBe(false);
		},
	);
});

describe('a placeholder that may be a real number', () => {
	function countOf(...placeholders: string[]): PlaceholderCount {
		const count = new PlaceholderCount();
		for (const placeholder of placeholders) count.note(placeholder);
		return count;
	}

	test.each([
		[['1', '1'], '1', true],
		[['2', '2', '2'], '2', true],
		[['0'], '0', true],
		[['0', '0'], '0', false],
		[['-1', '-2', '-1'], '-2', true],
		[['-1', '-2', '-1'], '-1', false],
		[['guest'], 'guest', false],
	])('of %j, %j is sent: %j', (all, one, isSent) => {
		expect(countOf(...all).isSent(one)).toBe(isSent);
	});
});

test('the commonest of those that counted as empty is known', () => {
	const count = new PlaceholderCount();
	for (const text of ['guest', '0', '0', 'guest', '0']) {
		count.note(text);
		count.drop(text);
	}
	count.note('1');
	expect(count.dropped).toEqual({ items: 5, commonest: '0' });
});
