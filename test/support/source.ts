import type { Source } from '../../nodes/MoEngageCohortSync/input/source';

/** What a user's fields hold for one item. */
export type Row = Partial<Record<Exclude<keyof Source, 'count' | 'isBlank'>, unknown>>;

/** The input of the node, made of rows; what a row leaves out is as the node's defaults have it. */
export function sourceOf(rows: readonly Row[]): Source {
	const column = (name: keyof Row, fallback?: unknown) => (item: number) => {
		const row = rows[item];
		return row !== undefined && name in row ? row[name] : fallback;
	};
	return {
		count: rows.length,
		isBlank: (item) => Object.keys(rows[item] ?? {}).length === 0,
		userId: column('userId'),
		anonymousId: column('anonymousId'),
		cohortId: column('cohortId', 'vip'),
		cohortName: column('cohortName', 'VIP'),
		cohortDescription: column('cohortDescription', ''),
		partner: column('partner', 'n8n'),
		membership: column('membership'),
		changedAt: column('changedAt', ''),
	};
}
