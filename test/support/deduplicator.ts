import type {
	DeduplicationItemTypes,
	DeduplicationScope,
	ICheckProcessedContextData,
	ICheckProcessedOptions,
	IDataDeduplicator,
	IDeduplicationOutput,
} from 'n8n-workflow';

export interface Row {
	mode: ICheckProcessedOptions['mode'];
	data: DeduplicationItemTypes;
}

/** Where in a call something may happen: before its first statement, and between that and the second. */
export type CallPoint = 'before reading' | 'before writing' | 'before answering';

/**
 * n8n's deduplication helper over a table in memory, as far as the mode 'latestIncrementalKey' goes. It follows
 * `DeduplicationHelper` of n8n 1.123.81 and 2.41.1 (packages/cli/src/deduplication) statement by statement: a
 * question reads the row, compares, and writes the whole row back, outside of a transaction. The class itself is
 * part of the package `n8n`, which the tests don't install.
 */
export class TableDeduplicator implements IDataDeduplicator {
	/**
	 * @param pass called at each point of each call, which goes on at once unless it is a promise; a database that is
	 *   away throws there
	 * @param table `processed_data`, by workflow ID and context; all of n8n's processes share it
	 */
	constructor(
		private readonly pass: (point: CallPoint) => Promise<void> | undefined = () => undefined,
		private readonly table = new Map<string, Row>(),
	) {}

	/** The number of a node; `undefined` where there is no row. */
	numberOf(workflowId: string, nodeId: string): DeduplicationItemTypes | undefined {
		return this.table.get(`${workflowId} n:${nodeId}`)?.data;
	}

	async checkProcessedAndRecord(
		items: DeduplicationItemTypes[],
		scope: DeduplicationScope,
		contextData: ICheckProcessedContextData,
		{ mode }: ICheckProcessedOptions,
	): Promise<IDeduplicationOutput> {
		const key = keyOf(scope, contextData);
		await this.pass('before reading');
		const row = this.table.get(key);
		if (row !== undefined && row.mode !== mode) {
			throw new Error('Deduplication data was originally saved with an incompatible setting');
		}
		const sorted = items.slice().sort(compareValues);
		const writing = this.pass('before writing');
		if (writing !== undefined) await writing;
		if (row === undefined) {
			// An insert, which the table's primary key refuses where another was first.
			if (this.table.has(key)) throw new Error('UNIQUE constraint failed: processed_data');
			this.table.set(key, { mode, data: sorted.pop() as DeduplicationItemTypes });
			await this.pass('before answering');
			return { new: items, processed: [] };
		}
		const output: IDeduplicationOutput = { new: [], processed: [] };
		let largest = row.data;
		for (const item of sorted) {
			if (compareValues(item, row.data) === 1) {
				output.new.push(item);
				if (compareValues(item, largest) === 1) largest = item;
			} else {
				output.processed.push(item);
			}
		}
		// An update, which finds no row where it was deleted meanwhile.
		if (this.table.has(key)) this.table.set(key, { mode, data: largest });
		await this.pass('before answering');
		return output;
	}

	async clearAllProcessedItems(
		scope: DeduplicationScope,
		contextData: ICheckProcessedContextData,
	): Promise<void> {
		const key = keyOf(scope, contextData);
		const writing = this.pass('before writing');
		if (writing !== undefined) await writing;
		this.table.delete(key);
	}

	async removeProcessed(): Promise<void> {
		throw new Error('Removing processed data is not possible in mode "latest"');
	}

	async getProcessedDataCount(): Promise<number> {
		return 0;
	}
}

function keyOf(scope: DeduplicationScope, { node, workflow }: ICheckProcessedContextData): string {
	if (!workflow.id)
		throw new Error('The expression evaluated to a falsy value: assert.ok(workflow.id)');
	if (scope === 'workflow') return `${workflow.id} `;
	if (scope !== 'node') throw new Error(`There is no scope ${String(scope)}`);
	if (node === undefined) throw new Error('No node information has been provided');
	return `${workflow.id} n:${node.id}`;
}

function compareValues(one: DeduplicationItemTypes, other: DeduplicationItemTypes): number {
	const [a, b] = [Number(one), Number(other)];
	if (Number.isNaN(a) || Number.isNaN(b)) {
		throw new Error('Invalid value. Only numbers are supported in mode "latestIncrementalKey"');
	}
	return a === b ? 0 : a > b ? 1 : -1;
}
