import { countOf, formatNumber, quote } from '../nodes/MoEngageCohortSync/format';

test.each([
	['No such field', '"No such field".'],
	['No such field.', '"No such field."'],
	['No such field!', '"No such field!"'],
	['Which field?', '"Which field?"'],
	['Field a.b', '"Field a.b".'],
	['', '"".'],
])("somebody else's words %j stand in a sentence as %s", (words, quoted) => {
	expect(quote(words)).toBe(quoted);
});

test.each([
	[0, '0 items', '0'],
	[1, '1 item', '1'],
	[2, '2 items', '2'],
	[999, '999 items', '999'],
	[20_000, '20,000 items', '20,000'],
	[1_234_567, '1,234,567 items', '1,234,567'],
])('%d is written as %s', (count, items, number) => {
	expect(countOf(count, 'item')).toBe(items);
	expect(formatNumber(count)).toBe(number);
});
