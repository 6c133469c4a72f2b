import type { IExecuteFunctions } from 'n8n-workflow';
import { rawParameter } from '../input/parameters';
import { parseReference } from '../input/reference';
import { Refusal } from '../refusal';
import { counted } from '../wording';
import type { PreviousSource } from './mirror';
import type { PreviousRows } from './previousRows';
import { readPreviousRows } from './previousRows';

/**
 * The rows of the second input.
 *
 * @throws Refusal where nothing is connected to it
 */
export function secondInput(context: IExecuteFunctions): PreviousSource {
	if (context.getInputSourceData(1) === undefined) {
		throw new Refusal(
			"The second input is not connected, and 'Previous Members' says that it holds them",
			"Connect the node that brings the cohort's previous members, or set 'Previous Members' to 'Remember in This Workflow'.",
		);
	}
	const rows = context.getInputData(1).map(({ json }) => json);
	const pathOf = (name: 'userId' | 'anonymousId' | 'cohortId') => {
		const raw = rawParameter(context, name);
		return typeof raw === 'string' ? parseReference(raw) : undefined;
	};
	const paths = {
		userId: pathOf('userId'),
		anonymousId: pathOf('anonymousId'),
		cohortId: pathOf('cohortId'),
	};
	let read: PreviousRows | undefined;
	const unnamed: string[] = [];
	return {
		*of({ cohort }, cohorts) {
			read ??= yield* readPreviousRows(
				rows,
				paths,
				cohorts.map(({ cohort: { id } }) => id),
			);
			const members = read.byCohortId.get(cohort.id);
			if (members === undefined) unnamed.push(cohort.name);
			return { members: members ?? [] };
		},
		*keep() {},
		hints: () => {
			const { unusable, byCohortId } = read ?? { unusable: 0, byCohortId: new Map() };
			const hints: string[] = [];
			if (unusable > 0) {
				hints.push(
					`${counted(unusable, 'row')} of the second input ${unusable === 1 ? 'was' : 'were'} skipped: a row needs 'uid' or 'anonymous_id', and 'cohort_id' where the run has several cohorts.`,
				);
			}
			const [first] = unnamed;
			if (byCohortId.size > 0 && first !== undefined) {
				const others = unnamed.length > 1 ? ` and ${counted(unnamed.length - 1, 'other')}` : '';
				hints.push(
					`The second input has rows, but none of the cohort "${first}"${others}, so everyone counted as new there and nobody was removed. If that is not its first run, check that 'cohort_id' in the rows holds the same as 'Cohort ID' in the node.`,
				);
			}
			return hints;
		},
	};
}
