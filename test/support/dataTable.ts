import type { INodeExecutionData, IPairedItemData } from 'n8n-workflow';
import { readMember } from '../../nodes/MoEngageCohortSync/plan/member';
import type { RunResult } from '../../nodes/MoEngageCohortSync/model/run';
import { itemResults } from '../../nodes/MoEngageCohortSync/results/items';
import { atOnce } from './atOnce';
import { codeOf } from './exampleCode';
import type { Row } from './source';

/** A row of the table. Its columns are strings, or null where they are empty. */
interface TableRow {
	readonly id: number;
	readonly uid: string | null;
	readonly anonymous_id: string | null;
	readonly cohort_id: string;
	readonly status: string;
	readonly action: string;
}

interface Item {
	readonly json: Partial<TableRow>;
}

const FILE = 'mirror-with-data-table.json';
const rowsToDelete = codeOf<Item>(FILE, 'Rows to Delete');
const rowsToInsert = codeOf<Item>(FILE, 'Rows to Insert');
const rowsToTakeOut = codeOf<Item>(FILE, 'Rows to Take Out');

/** The table of examples/mirror-with-data-table.json, whose Code nodes are run as they are. */
export class DataTable {
	/** Users whose uid and anonymous ID came together while nothing was sent, by which the table does not change. */
	readonly unlinked = new Set<string>();
	rows: readonly TableRow[] = [];
	private lastId = 0;

	/** @param input the rows of the run */
	update(run: RunResult, input: readonly Row[]): void {
		const before = [...this.rows];
		const settings = { ...run.settings, output: 'changes' } as const;
		const results = atOnce(itemResults({ ...run, settings }));
		const [errors, successes] = [true, false].map((isError) =>
			results.filter(({ json }) => 'error' in json === isError),
		) as [INodeExecutionData[], INodeExecutionData[]];
		this.change(successes as Item[], before);
		const rowsOfErrors = errors.map((item) => ({ json: this.rowOfErrorItem(item, before, input) }));
		this.change(rowsOfErrors, before);
		for (const { json, pairedItem } of atOnce(itemResults(run))) {
			const { item = -1 } = pairedItem as IPairedItemData;
			if (json.status === 'unchanged') this.noteUnchanged(input[item]);
		}
	}

	private noteUnchanged({ userId, anonymousId }: Partial<Row> = {}): void {
		const isKept = this.rows.some(
			({ uid, anonymous_id }) => uid === userId && anonymous_id === anonymousId,
		);
		if (!isKept && typeof userId === 'string' && typeof anonymousId === 'string') {
			this.unlinked.add(userId);
		}
	}

	/** 'Rows of Error Items' */
	private rowOfErrorItem(
		{ json, pairedItem }: INodeExecutionData,
		before: readonly TableRow[],
		input: readonly Row[],
	): Partial<TableRow> {
		const error = String(json.error);
		const { item = -1 } = pairedItem as IPairedItemData;
		const { userId, anonymousId } = input[item] ?? {};
		const isOfRemoval = error.includes('was not removed from the cohort');
		const used = isOfRemoval ? before[item] : readMember(userId, anonymousId);
		const { uid, anonymous_id } = { uid: null, anonymous_id: null, ...used };
		const isRefused = json.message === 'rejected' || error.includes('Not sent, because');
		return {
			uid: typeof uid === 'string' ? uid : null,
			anonymous_id: typeof anonymous_id === 'string' ? anonymous_id : null,
			cohort_id: 'vip',
			status: json.message === 'failed' ? 'failed' : isRefused ? 'rejected' : '',
			action: 'add',
		};
	}

	/** The nodes behind the node's success output, or behind 'Rows of Error Items' */
	private change(items: readonly Item[], before: readonly TableRow[]): void {
		const others = { 'Members Until Now': before.map((json) => ({ json })) };
		this.insert(rowsToInsert(items).map(({ json }) => json));
		const deleted = new Set(rowsToDelete(items, others).map(({ json }) => json.id));
		this.rows = this.rows.filter(({ id }) => !deleted.has(id));
		for (const { json } of rowsToTakeOut(items, others)) {
			// 'The Same as Uncertain'
			const rows = this.takeOutRows(json);
			this.insert(rows.map((row) => ({ ...row, status: 'failed', action: 'add' })));
		}
	}

	private takeOutRows({ uid, anonymous_id }: Partial<TableRow>): TableRow[] {
		const deleted = this.rows.filter((row) =>
			uid ? row.uid === uid : anonymous_id && row.anonymous_id === anonymous_id,
		);
		this.rows = this.rows.filter((row) => !deleted.includes(row));
		return deleted;
	}

	/** 'Remember Who Came' */
	private insert(rows: ReadonlyArray<Partial<TableRow>>): void {
		const added = rows.map((row) => ({ ...row, id: ++this.lastId }) as TableRow);
		this.rows = [...this.rows, ...added];
	}
}
