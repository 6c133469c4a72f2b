import { countOf, formatNumber, percentAbove, quote } from '../nodes/MoEngageCohortSync/format';

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

test.each([
	[25, 20, 35, '57.1'],
	[25, 25, 40, '62.5'],
	[25, 40, 100, '40'],
	[25, 2_504, 10_000, '25.04'],
	[25, 2_501, 10_000, '25.01'],
	[25, 250_001, 1_000_000, '25.0001'],
	[12.5, 12_501, 100_000, '12.501'],
	[5, 169, 2_000, '8.5'],
	[0, 11, 1_000_000, '0.001'],
	[25, 11, 11, '100'],
])('above a limit of %d%%, %d of %d are %s%%', (limit, part, whole, percent) => {
	expect(percentAbove(limit, part, whole)).toBe(percent);
});
