import type { IExecuteFunctions } from 'n8n-workflow';
import { continuesOnError } from '../input/errorPolicy';
import { referenceOf } from '../input/parameters';
import type { Cohort } from '../model/cohort';
import type { Notice } from '../model/notice';
import { RunError } from '../model/problem';
import type { Settings } from '../model/settings';
import type { CohortMembers } from '../plan/plan';
import type { Task } from '../slicing';
import type { Claim, MemberStore, PreviousMembers } from './memberStore';
import type { PreviousRows, RowPaths } from './previousRows';
import { readPreviousRows } from './previousRows';
import type { RunLease } from './runLease';
import { hasRunNumber, openWorkflowMemory } from './workflowMemory';

/**
 * Opens the rows of the second input.
 *
 * @throws RunError if nothing is connected to it, or if a run with problems could not return its results
 */
export function openSecondInputMemberStore(
	context: IExecuteFunctions,
	{ dryRun }: Pick<Settings, 'dryRun'>,
): MemberStore {
	if (context.getInputSourceData(1) === undefined) {
		throw new RunError({ code: 'second_input_not_connected' }, 'not_sent');
	}
	if (!dryRun && !continuesOnError(context))
		throw new RunError({ code: 'second_input_under_stop' }, 'not_sent');
	const paths = pathsOf(context);
	const { workflow, lease } = openWorkflowMemory(context, { isUnsaved: true, isDryRun: dryRun });
	const items = context.getInputData(1).map(({ json }) => json);
	// n8n adds an empty item if a source returns nothing and Always Output Data is on.
	const isBlank = items.length === 1 && Object.keys(items[0] ?? {}).length === 0;
	const rows = isBlank ? [] : items;
	return new SecondInputMemberStore(rows, paths, {
		lease,
		hasNumber: hasRunNumber(workflow, context.getNode().id),
	});
}

function pathsOf(context: IExecuteFunctions): RowPaths {
	return {
		userId: referenceOf(context, 'userId'),
		anonymousId: referenceOf(context, 'anonymousId'),
		cohortId: referenceOf(context, 'cohortId'),
	};
}

/** The workflow's memory from runs in which the node used no second input. */
export interface UnusedMemory {
	readonly lease: Pick<RunLease, 'touch' | 'release'>;
	/** There were such runs, and a later one must notice that the memory is not the latest. */
	readonly hasNumber: boolean;
}

/**
 * The previous members according to the rows of the second input, for one run. Other nodes of the workflow store
 * the rows.
 */
export class SecondInputMemberStore implements MemberStore {
	private read: PreviousRows | undefined;
	private readonly cohortsWithoutRows: string[] = [];
	private isUnchecked = false;

	constructor(
		private readonly rows: readonly unknown[],
		private readonly paths: RowPaths,
		private readonly memory: UnusedMemory,
	) {}

	*load({ cohort }: CohortMembers, cohorts: readonly CohortMembers[]): Task<PreviousMembers> {
		this.read ??= yield* readPreviousRows(
			this.rows,
			this.paths,
			cohorts.map(({ cohort: { id } }) => id),
		);
		const members = this.read.byCohortId.get(cohort.id);
		if (members === undefined) this.cohortsWithoutRows.push(cohort.name);
		return { members: members ?? [] };
	}

	async claim(): Promise<ReadonlyMap<Cohort, Claim>> {
		const { lease, hasNumber } = this.memory;
		if (hasNumber) this.isUnchecked = !(await lease.touch());
		return new Map();
	}

	/** Does nothing: no other run is kept out. */
	async renew(): Promise<void> {}

	async release(): Promise<boolean> {
		const { lostAt } = await this.memory.lease.release();
		this.isUnchecked ||= lostAt !== undefined;
		return false;
	}

	async close(): Promise<void> {
		await this.release();
	}

	/** Does nothing: other nodes of the workflow update the rows from this node's results. */
	*save(): Task<void> {}

	notices(): readonly Notice[] {
		const nothing: PreviousRows = { skipped: 0, withUnreadTime: 0, byCohortId: new Map() };
		const { skipped, withUnreadTime, byCohortId } = this.read ?? nothing;
		const notices: Notice[] = [];
		if (this.rows.length === 0) notices.push({ code: 'second_input_empty' });
		if (this.isUnchecked) notices.push({ code: 'memory_unchecked' });
		if (skipped > 0) notices.push({ code: 'rows_skipped', rows: skipped });
		if (withUnreadTime > 0) notices.push({ code: 'row_times_unread', rows: withUnreadTime });
		if (byCohortId.size > 0 && this.cohortsWithoutRows.length > 0) {
			notices.push({ code: 'no_rows_of_cohorts', cohortNames: this.cohortsWithoutRows });
		}
		return notices;
	}
}
