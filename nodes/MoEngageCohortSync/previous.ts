import type { IExecuteFunctions } from 'n8n-workflow';
import type { CohortChanges, Plan } from './changes';
import { tooLargeToRemember } from './memory';
import type { MemoryPlace } from './memoryShelf';
import { MemoryShelf } from './memoryShelf';
import type { PreviousOf } from './mirror';
import { membersAfter } from './mirror';
import { rawParameter } from './parameters';
import type { PreviousRows } from './previousRows';
import { readPreviousRows } from './previousRows';
import { parseReference } from './reference';
import { Refusal } from './refusal';
import type { Connection } from './send';
import type { Settings } from './settings';
import { counted } from './wording';

/** Where a mirror learns who was in its cohorts before, and keeps who is in after. */
export interface Previous {
	/** What a cohort held, or why that can't be told. */
	of: PreviousOf;
	/** Keeps what the finished run has come to. `startedAt` is in ms since 1970. */
	keep: (plan: Plan, startedAt: number) => void;
	/** What a person should know about it. */
	hints: () => string[];
	close: () => void;
}

/** For all operations but Mirror. */
export const noPrevious: Previous = {
	of: () => ({ members: [] }),
	keep: () => {},
	hints: () => [],
	close: () => {},
};

/** One for all executions in this process. */
const shelf = new MemoryShelf();

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Opens what the node's 'Previous Members' names. `close` lets the next mirror of its cohorts start.
 *
 * @param now wall time in ms since 1970
 * @throws Refusal where a mirror makes no sense: as an AI tool, without any item, without a second input
 */
export function openPrevious(
	context: IExecuteFunctions,
	{ name, workspace }: Connection,
	settings: Settings,
	now: number,
): Previous {
	refuseSenselessMirror(context);
	const kept =
		context.getNodeParameter('previousMembers', 0) === 'input'
			? secondInput(context)
			: workflowMemory(context, name, settings, now);
	const mine = new Set<string>();
	return {
		...kept,
		of: (changes, cohorts) => {
			const { id, name: cohortName } = changes.cohort;
			if (workspace.mirroring.has(id)) return overlap(cohortName);
			workspace.mirroring.add(id);
			mine.add(id);
			return kept.of(changes, cohorts);
		},
		close: () => mine.forEach((id) => workspace.mirroring.delete(id)),
	};
}

function refuseSenselessMirror(context: IExecuteFunctions): void {
	if (context.isToolExecution?.() || context.getNode().type.endsWith('Tool')) {
		throw new Refusal(
			"An AI agent can't mirror an audience: a call brings one item, and everyone else would be removed",
			"Choose 'Add Members', 'Remove Members' or 'Update Membership' in 'Operation'.",
		);
	}
	if (context.getInputData().length === 0) {
		throw new Refusal(
			'The first input brings no items, so nothing was sent and nobody was removed',
			"Check the source of the audience: a mirror needs all members as items. To empty a cohort, use 'Remove Members'.",
		);
	}
}

function overlap(cohortName: string): Refusal {
	return new Refusal(
		`Another execution is mirroring the cohort "${cohortName}" at this moment`,
		'Nothing was sent for it by this one. Let the schedule leave more time between two runs.',
		'not_sent',
	);
}

function workflowMemory(
	context: IExecuteFunctions,
	workspaceName: string,
	{ resendAfter }: Settings,
	now: number,
): Omit<Previous, 'close'> {
	const memories = workflowShelf(context);
	const placeOf = ({ cohort }: CohortChanges): MemoryPlace => ({
		workflowId: context.getWorkflow().id ?? '',
		shelf: memories,
		key: `${workspaceName} ${cohort.id}`,
	});
	return {
		of: (changes) => {
			const memory = shelf.read(placeOf(changes), changes.cohort.name);
			if (memory instanceof Refusal) return memory;
			const tooLarge = tooLargeToRemember(changes.members);
			if (tooLarge !== undefined) return tooLarge;
			if (memory === undefined) return { members: [] };
			const resendAll = resendAfter > 0 && now - memory.lastFullSend > resendAfter * DAY_MS;
			return { members: memory.members, resendAll };
		},
		keep: ({ cohorts }, startedAt) => {
			for (const changes of cohorts) {
				if (changes.refusal !== undefined) continue;
				const before = shelf.read(placeOf(changes), changes.cohort.name);
				if (before instanceof Refusal) continue;
				const allSent =
					changes.members.length > 0 &&
					changes.members.every(({ outcome }) => outcome?.status === 'accepted');
				const lastFullSend = allSent ? startedAt : (before?.lastFullSend ?? startedAt);
				shelf.write(placeOf(changes), { members: membersAfter(changes), lastFullSend });
			}
		},
		hints: () =>
			context.getMode() === 'manual'
				? [
						"This was a test run from the editor: n8n does not save what the workflow remembers then. Until n8n restarts, the node knows all the same what it sent. While you build, the option 'Dry Run' shows what would happen without sending.",
					]
				: [],
	};
}

/** The part of the workflow's static data that is ours. It is the workflow's, so that renaming the node loses nothing. */
function workflowShelf(context: IExecuteFunctions): MemoryPlace['shelf'] {
	const staticData = context.getWorkflowStaticData('global');
	const ours: unknown = (staticData.moEngageCohortSync ??= {});
	if (isShelf(ours)) return ours;
	throw new Refusal(
		'What the workflow remembers of its cohorts is damaged or was edited by hand',
		"Nothing was sent. Restore the workflow's static data, or set 'Previous Members' to 'Second Input'.",
		'not_sent',
	);
}

function isShelf(value: unknown): value is MemoryPlace['shelf'] {
	return (
		typeof value === 'object' &&
		value !== null &&
		Object.values(value).every((memory) => typeof memory === 'object' && memory !== null)
	);
}

function secondInput(context: IExecuteFunctions): Omit<Previous, 'close'> {
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
	let read: PreviousRows | undefined;
	return {
		of: ({ cohort }, cohorts) => {
			read ??= readPreviousRows(
				rows,
				{
					userId: pathOf('userId'),
					anonymousId: pathOf('anonymousId'),
					cohortId: pathOf('cohortId'),
				},
				cohorts.map(({ cohort: { id } }) => id),
			);
			return { members: read.byCohortId.get(cohort.id) ?? [] };
		},
		keep: () => {},
		hints: () =>
			read !== undefined && read.unusable > 0
				? [
						`${counted(read.unusable, 'row')} of the second input ${read.unusable === 1 ? 'was' : 'were'} skipped: a row needs 'uid' or 'anonymous_id', and 'cohort_id' where the run has several cohorts.`,
					]
				: [],
	};
}
