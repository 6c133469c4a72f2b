import type { IExecuteFunctions } from 'n8n-workflow';
import type { HighWaterMark } from './highWaterMark';

const MODE = { mode: 'latestIncrementalKey' } as const;

/**
 * The number that n8n's deduplication helper stores for this node: one row of the table `processed_data` per
 * workflow ID and node ID, deleted with the workflow. The rows of other nodes, including n8n's own Remove
 * Duplicates, are not touched. The helper's class is the same, line for line, in n8n 1.123.81 and 2.41.1
 * (2026-11-26).
 */
export function nodeHighWaterMark(context: IExecuteFunctions): HighWaterMark {
	const { helpers } = context;
	return {
		async raise(values) {
			const answer = await helpers.checkProcessedAndRecord([...values], 'node', MODE);
			const above = new Set(answer.new);
			return values.map((value) => above.has(value));
		},
		async clear() {
			await helpers.clearAllProcessedItems('node', MODE);
		},
	};
}
