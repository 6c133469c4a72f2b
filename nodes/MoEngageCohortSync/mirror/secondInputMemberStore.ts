import type { IExecuteFunctions } from 'n8n-workflow';
import { referenceOf } from '../input/parameters';
import type { Notice } from '../model/notice';
import { RunError } from '../model/problem';
import type { CohortMembers } from '../plan/plan';
import type { Task } from '../slicing';
import type { MemberStore, PreviousMembers } from './memberStore';
import type { PreviousRows, RowPaths } from './previousRows';
import { readPreviousRows } from './previousRows';

/**
 * Opens the rows of the second input.
 *
 * @throws RunError where nothing is connected to it
 */
export function openSecondInputMemberStore(context: IExecuteFunctions): MemberStore {
	if (context.getInputSourceData(1) === undefined) {
		throw new RunError({ code: 'second_input_not_connected' });
	}
	const rows = context.getInputData(1).map(({ json }) => json);
	return new SecondInputMemberStore(rows, {
		userId: referenceOf(context, 'userId'),
		anonymousId: referenceOf(context, 'anonymousId'),
		cohortId: referenceOf(context, 'cohortId'),
	});
}

/** Rows that the workflow keeps itself, for one run. */
export class SecondInputMemberStore implements MemberStore {
	private read: PreviousRows | undefined;
	private readonly cohortsWithoutRows: string[] = [];

	constructor(
		private readonly rows: readonly unknown[],
		private readonly paths: RowPaths,
	) {}

	*load({ cohort }: CohortMembers, cohorts: readonly CohortMembers[]): Task<PreviousMembers> {
		this.read ??= yield* readPreviousRows(
			this.rows,
			this.paths,
			cohorts.map(({ cohort: { id } }) => id),
		);
		const members = this.read.byCohortId.get(cohort.id);
		if (members === undefined) this.cohortsWithoutRows.push(cohort.name);
		return { members: members ?? [], resendAll: false };
	}

	/** Nothing: the workflow keeps the rows by the node's results. */
	*save(): Task<void> {}

	notices(): readonly Notice[] {
		const { skipped, byCohortId } = this.read ?? { skipped: 0, byCohortId: new Map() };
		const notices: Notice[] = [];
		if (skipped > 0) notices.push({ code: 'rows_skipped', rows: skipped });
		if (byCohortId.size > 0 && this.cohortsWithoutRows.length > 0) {
			notices.push({ code: 'no_rows_of_cohorts', cohortNames: this.cohortsWithoutRows });
		}
		return notices;
	}
}
