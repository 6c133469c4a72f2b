import type { INodeExecutionData, IPairedItemData } from 'n8n-workflow';
import { readMember } from '../../nodes/MoEngageCohortSync/plan/member';
import type { RunResult } from '../../nodes/MoEngageCohortSync/model/run';
import { itemResults } from '../../nodes/MoEngageCohortSync/results/items';
import { atOnce } from './atOnce';
import type { Row } from './source';

/** A row of the table. Its columns are strings, or null where they are empty. */
interface TableRow {
	readonly uid: string | null;
	readonly anonymous_id: string | null;
	readonly cohort_id: string;
	readonly status: string;
	readonly action: string;
}

/** The table of examples/mirror-with-data-table.json. Each step is named after the node that does it there. */
export class DataTable {
	/** Users whose uid and anonymous ID came together while nothing was sent, by which the table does not change. */
	readonly unlinked = new Set<string>();
	rows: readonly TableRow[] = [];

	/** @param input the rows of the run */
	update(run: RunResult, input: readonly Row[]): void {
		const before = [...this.rows];
		const results = atOnce(itemResults(run));
		const [errors, successes] = [true, false].map((isError) =>
			results.filter(({ json }) => 'error' in json === isError),
		) as [INodeExecutionData[], INodeExecutionData[]];
		this.change(successes.map(({ json }) => json));
		this.change(errors.map((item) => this.rowOfErrorItem(item, before, input)));
		for (const { json, pairedItem } of successes) {
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

	/** 'What Changed' and the nodes after it */
	private change(items: ReadonlyArray<Partial<TableRow>>): void {
		const of = (status: string, action: string) =>
			items.filter((item) => item.status === status && item.action === action);
		const left = of('accepted', 'remove');
		const came = of('accepted', 'add');
		const uncertain = of('failed', 'add');
		const old = [...left, ...came, ...uncertain].flatMap((item) => this.deleteOldRows(item));
		[...old, ...left, ...came].forEach((item) => this.deleteRowsOfTheDevice(item));
		this.rememberOnce([...came, ...uncertain]);
		for (const item of of('rejected', 'add')) this.remember(this.takeOutRows(item));
	}

	private deleteOldRows({ uid, anonymous_id, action }: Partial<TableRow>): TableRow[] {
		const isUser = action === 'remove' && uid;
		return this.delete(
			(row) => isSame(row.uid, uid) && (isUser || isSame(row.anonymous_id, anonymous_id)),
		);
	}

	private deleteRowsOfTheDevice({ uid, anonymous_id }: Partial<TableRow>): void {
		if (uid && anonymous_id) {
			this.delete((row) => row.uid === null && row.anonymous_id === anonymous_id);
		}
	}

	private takeOutRows({ uid, anonymous_id }: Partial<TableRow>): TableRow[] {
		return this.delete((row) =>
			uid ? row.uid === uid : anonymous_id && row.anonymous_id === anonymous_id,
		);
	}

	private delete(isMeant: (row: TableRow) => unknown): TableRow[] {
		const deleted = this.rows.filter((row) => isMeant(row));
		this.rows = this.rows.filter((row) => !deleted.includes(row));
		return deleted;
	}

	private insert(rows: readonly TableRow[]): void {
		this.rows = [...this.rows, ...rows];
	}

	/** 'Table Columns' and 'Each Row Once' */
	private rememberOnce(items: ReadonlyArray<Partial<TableRow>>): void {
		const rows = items.map(({ uid = null, anonymous_id = null, status = '', action = '' }) =>
			JSON.stringify({ uid, anonymous_id, cohort_id: 'vip', status, action }),
		);
		this.insert([...new Set(rows)].map((row) => JSON.parse(row) as TableRow));
	}

	/** 'The Same as Uncertain' */
	private remember(rows: readonly TableRow[]): void {
		this.insert(rows.map((row) => ({ ...row, status: 'failed', action: 'add' })));
	}
}

/** The Data Table's conditions 'equals' and 'is empty'. */
function isSame(column: string | null, value: string | null | undefined): boolean {
	return value ? column === value : column === null;
}
