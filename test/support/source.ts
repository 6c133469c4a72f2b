import type { ItemParameter, ItemReader } from '../../nodes/MoEngageCohortSync/input/itemReader';

/** What a user's fields hold for one item. */
export type Row = Partial<Record<ItemParameter, unknown>>;

/** The input of the node, made of rows; what a row leaves out is as the node's defaults have it. */
export function sourceOf(rows: readonly Row[]): ItemReader {
	const field = (name: keyof Row, fallback?: unknown) => (item: number) => {
		const row = rows[item];
		return row !== undefined && name in row ? row[name] : fallback;
	};
	return {
		count: rows.length,
		blankInput:
			rows.length === 1 && Object.keys(rows[0] ?? {}).length === 0 ? 'nothing' : undefined,
		constantIdentifier: undefined,
		membershipColumns: [],
		userId: field('userId'),
		anonymousId: field('anonymousId'),
		cohortId: field('cohortId', 'vip'),
		cohortName: (item) => {
			const { cohortId = 'vip', ...row } = rows[item] ?? {};
			if ('cohortName' in row) return row.cohortName;
			const id = String(cohortId).trim();
			return id === 'vip' ? 'VIP' : `Cohort ${id}`;
		},
		cohortDescription: field('cohortDescription', ''),
		partner: field('partner', 'n8n'),
		membership: field('membership'),
		changedAt: field('changedAt', ''),
		isUserIdSet: rows.some((row) => 'userId' in row),
		isChangedAtSet: rows.some((row) => 'changedAt' in row),
	};
}
