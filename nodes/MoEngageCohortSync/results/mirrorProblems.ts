import { countOf, formatNumber, percentAbove } from '../format';
import type { MirrorProblem } from '../model/problem';
import type { ProblemTexts } from './problemText';

const START_OVER =
	"run once with the option 'Start Over': everyone is added as in a first run, and nobody is removed.";

/** Why a mirror, or one cohort of it, can't run. */
export const MIRROR_PROBLEMS: ProblemTexts<MirrorProblem> = {
	mirror_as_tool: () => ({
		summary:
			"An AI agent can't mirror an audience: each call has one item, so everyone else would be removed.",
		remedy: "Choose 'Add Members', 'Remove Members' or 'Update Membership' in 'Operation'.",
	}),

	mirror_execute_once: () => ({
		summary: "'Execute Once' is on, so the node gets one item and would remove everyone else.",
		remedy: "Nothing was sent. Turn off 'Execute Once' in this node's settings.",
	}),

	mirror_in_retry: () => ({
		summary: 'A retry uses the audience of the earlier execution, which may be out of date.',
		remedy: 'Nothing was sent. Run the workflow again instead, so that the source is read again.',
	}),

	mirror_without_items: () => ({
		summary: 'The first input has no items, so nothing was sent and nobody was removed.',
		remedy:
			"Check the source: Mirror needs all members as items. To empty a cohort, mirror one test user of your own with 'Removal Limit (%)' at 100.",
	}),

	mirror_of_blank_item: () => ({
		summary: 'No data came in, so nothing was sent and nobody was removed.',
		remedy:
			"The previous node returned nothing, and n8n passed on one empty item, as it does with 'Always Output Data' on. Check that node.",
	}),

	second_input_not_connected: () => ({
		summary: "The second input is not connected, but 'Previous Members' is set to it.",
		remedy:
			"Connect the node that provides the cohort's previous members, or set 'Previous Members' to 'Remember in This Workflow'.",
	}),

	memory_not_loaded: () => ({
		summary: "n8n didn't load this workflow's saved data, so Mirror can't tell who left.",
		remedy:
			"Nothing was sent. n8n 2.x doesn't load it on queue mode workers or after a Wait node. Move this node into its own workflow and call it with 'Execute Sub-workflow' ('Run once with all items'), or set 'Previous Members' to 'Second Input'.",
	}),

	memory_missing: () => ({
		summary:
			"n8n didn't load what this workflow remembers of earlier runs, so Mirror can't tell who left.",
		remedy:
			"Nothing was sent. If this node's first run is still in progress, or was stopped less than two minutes ago, try again in two minutes. If n8n held this execution back until it was restarted, run the workflow again. If the workflow's saved data was cleared or overwritten, run once with the option 'Start Over': everyone is added as in a first run, and nobody is removed. If this happens in every run, n8n does not load the data for this workflow, as after a Wait, a Form or a 'Send and Wait' that timed out, or in a sub-workflow defined inside the parent: move this node into its own workflow and call it with 'Execute Sub-workflow' ('Run once with all items'), or set 'Previous Members' to 'Second Input'.",
	}),

	run_in_progress: () => ({
		summary: 'Another run of this node is in progress, or stopped less than two minutes ago.',
		remedy:
			"Nothing was sent. Try again in two minutes, and leave more time between scheduled runs. If no other run is in progress and this doesn't go away, for example because the server's clock was wrong, run once with the option 'Send Everyone Now'.",
	}),

	memory_full: ({ cohortName, members, fitsAlone, largest }) => ({
		summary: `The cohort "${cohortName}" has ${countOf(members, 'member')}, more than a workflow can remember${fitsAlone ? ' along with its other cohorts' : ''}.`,
		remedy: `Nothing was sent. ${largestInWords(largest)}Set 'Previous Members' to 'Second Input' and keep the members in a Data Table or a database. If the workflow remembers cohorts that are no longer used, remove them with the option 'Forget Unused Cohorts After (Days)'.`,
	}),

	second_input_under_stop: () => ({
		summary:
			"With 'On Error' set to 'Stop Workflow', a run that fails could not return what MoEngage accepted, and the next run would compare with the wrong members.",
		remedy:
			"Nothing was sent. In this node's settings, set 'On Error' to 'Continue (using error output)' and save the items of the first output.",
	}),

	memory_of_other_version: ({ cohortName }) => ({
		summary: `The saved members of the cohort "${cohortName}" were written by another version of this node.`,
		remedy: `Nothing was sent. Install that version again, or ${START_OVER}`,
	}),

	memory_damaged: ({ cohortName }) => ({
		summary: `The saved members of the cohort "${cohortName}" are damaged or were edited manually.`,
		remedy: `Nothing was sent. Restore the workflow from a backup, or ${START_OVER}`,
	}),

	removal_limit: ({ cohortName, leavers, examples, previous, limit }) => ({
		summary: `This run would remove ${formatNumber(leavers)} of ${countOf(previous, 'member')} from the cohort "${cohortName}" (${percentAbove(limit, leavers, previous)}%), above the ${limit}% limit.`,
		examples: { of: 'members it would remove', ids: examples.map(shorten) },
		remedy:
			"Nothing was sent for this cohort. If the source returned too few members, fix it and run again. If they should all be removed, raise 'Removal Limit (%)' for one run, then set it back. A dry run with the limit at 100 lists them.",
	}),

	removal_limit_of_run: ({ cohorts, leavers, previous, limit }) => ({
		summary: `This run would remove ${formatNumber(leavers)} of ${countOf(previous, 'member')} from ${countOf(cohorts, 'cohort')} together, above the ${limit}% limit.`,
		remedy:
			"Nothing was sent for these cohorts. If the source returned too few members, fix it and run again. If they should all be removed, raise 'Removal Limit (%)' for one run, then set it back. A dry run with the limit at 100 lists them.",
	}),

	cohort_locked: ({ cohortName }) => ({
		summary: `Another execution is mirroring the cohort "${cohortName}" right now.`,
		remedy: 'This execution sent nothing for it. Leave more time between scheduled runs.',
	}),

	cohort_mirrored_before: ({ cohortName }) => ({
		summary: `This execution has already mirrored the cohort "${cohortName}".`,
		remedy:
			'Nothing was sent for it this time, because that would have removed the members of the first part. In a loop, or with two sources on one input, n8n runs the node once for each part of the audience. Combine all items before this node, with a Merge node or after the loop, and use only one Mirror node for a cohort.',
	}),
};

const MAX_ID_LENGTH = 60;

function shorten(id: string): string {
	return id.length > MAX_ID_LENGTH ? `${id.slice(0, MAX_ID_LENGTH)}…` : id;
}

function largestInWords(
	largest: ReadonlyArray<{ readonly name: string; readonly share: number }>,
): string {
	if (largest.length === 0) return '';
	const names = largest.map(({ name, share }) => `"${name}" (${share}% of the limit)`);
	return `The largest cohorts: ${names.join(', ')}. `;
}
