/**
 * IDs that belong to no user: a customer ID may be any text except these (MoEngage data-overview page, read
 * 2026-11-25). IDs are compared exactly, so `Guest` is a valid ID.
 */
const placeholderIds: ReadonlySet<string> = new Set([
	'',
	'(empty)',
	'-1',
	'-2',
	'0',
	'1',
	'2',
	'customer_id',
	'dummy_seller_code',
	'false',
	'guest',
	'id',
	'n/a',
	'na',
	'none',
	'null',
	'true',
	'uid',
	'unknown',
	'user_attribute_unique_id',
	'user_id',
	'userid',
]);

/** Whether an ID, of either kind, belongs to no user. */
export function isPlaceholderId(id: string): boolean {
	return placeholderIds.has(id);
}
