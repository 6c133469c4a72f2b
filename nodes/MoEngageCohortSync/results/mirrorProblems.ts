import { countOf, formatNumber } from '../format';
import type { MirrorProblem } from '../model/problem';
import type { ProblemTexts } from './problemText';

const START_OVER =
	"run once with the option 'Start Over': everyone is added as in a first run, and nobody is removed.";

/** Why a mirror, or one cohort of it, can't run. */
export const MIRROR_PROBLEMS: ProblemTexts<MirrorProblem> = {
	mirror_as_tool: () => ({
		summary:
			"An AI agent can't mirror an audience: a call brings one item, and everyone else would be removed.",
		remedy: "Choose 'Add Members', 'Remove Members' or 'Update Membership' in 'Operation'.",
	}),

	mirror_execute_once: () => ({
		summary: "'Execute Once' is on, so the node gets one item and would remove everyone else.",
		remedy: "Nothing was sent. Switch 'Execute Once' off in this node's settings.",
	}),

	mirror_in_retry: () => ({
		summary: 'A retry brings the audience of the earlier execution, which may be out of date.',
		remedy: 'Nothing was sent. Run the workflow again instead, so that the source is read again.',
	}),

	mirror_without_items: () => ({
		summary: 'The first input brings no items, so nothing was sent and nobody was removed.',
		remedy:
			"Check the source of the audience: a mirror needs all members as items. To empty a cohort, mirror one user of your own with a 'Removal Limit (%)' of 100.",
	}),

	mirror_of_blank_item: () => ({
		summary: 'The source brought no members, so nothing was sent and nobody was removed.',
		remedy:
			"n8n made up the one empty item that came: the node before has 'Always Output Data' on. Check the source of the audience.",
	}),

	second_input_not_connected: () => ({
		summary: "The second input is not connected, and 'Previous Members' says that it holds them.",
		remedy:
			"Connect the node that brings the cohort's previous members, or set 'Previous Members' to 'Remember in This Workflow'.",
	}),

	memory_withheld: () => ({
		summary: "n8n gave Mirror nothing of what this workflow remembers, so it can't tell who left.",
		remedy:
			"Nothing was sent. n8n 2.x leaves it out on the workers of its queue mode, and where a Wait node comes before. Move this node into a workflow of its own and call that with 'Execute Sub-workflow' ('Run once with all items'), or set 'Previous Members' to 'Second Input'.",
	}),

	memory_missing: () => ({
		summary:
			"n8n didn't load what this workflow remembers of earlier runs, so Mirror can't tell who left.",
		remedy:
			"Nothing was sent. If this node's first run is still in progress, or was stopped less than two minutes ago, try again in two minutes. If the workflow's saved data was cleared or overwritten, run once with the option 'Start Over': everyone is added as in a first run, and nobody is removed. If this happens in every run, n8n keeps the data from this workflow, as it does after a Wait, a Form or a 'Send and Wait' that timed out, or in a sub-workflow defined inside the parent: move this node into a workflow of its own and call that with 'Execute Sub-workflow' ('Run once with all items'), or set 'Previous Members' to 'Second Input'.",
	}),

	run_at_work: () => ({
		summary: 'Another run of this node is in progress, or stopped less than two minutes ago.',
		remedy:
			"Nothing was sent. Try again in two minutes, and let the schedule leave more time between two runs. If no other run is in progress and this doesn't go away, such as after the server's clock was wrong, run once with the option 'Send Everyone Now'.",
	}),

	memory_full: ({ members, fitsAlone, largest }) => ({
		summary: `The cohort has ${countOf(members, 'member')}, more than a workflow can remember${fitsAlone ? ' beside its other cohorts' : ''}.`,
		remedy: `Nothing was sent. ${largestInWords(largest)}Set 'Previous Members' to 'Second Input' and keep the members in a Data Table or a database. If the workflow remembers cohorts that are no longer in use, let go of them with the option 'Forget Unused Cohorts After (Days)'.`,
	}),

	second_input_under_stop: () => ({
		summary:
			"With 'On Error' set to 'Stop Workflow', a run that goes wrong could not hand on what MoEngage accepted, and the next run would compare with the wrong members.",
		remedy:
			"Nothing was sent. In this node's settings, set 'On Error' to 'Continue (using error output)' and store the items of the first output.",
	}),

	memory_of_other_version: ({ cohortName }) => ({
		summary: `What the workflow remembers of the cohort "${cohortName}" was written by another version of this node.`,
		remedy: `Nothing was sent. Install that version again, or ${START_OVER}`,
	}),

	memory_damaged: ({ cohortName }) => ({
		summary: `What the workflow remembers of the cohort "${cohortName}" is damaged or was edited by hand.`,
		remedy: `Nothing was sent. Restore the workflow from a backup, or ${START_OVER}`,
	}),

	removal_limit: ({ cohortName, leavers, previous, limit }) => {
		// Rounded up, so that it never looks like the limit itself.
		const share = (Math.ceil((leavers * 1000) / previous) / 10).toFixed(1);
		return {
			summary: `${countOf(leavers, 'member')} of ${formatNumber(previous)} would leave the cohort "${cohortName}": ${share}%, more than the 'Removal Limit' of ${limit}% allows.`,
			remedy:
				"Nothing was sent for this cohort. If the source brought too few members, correct it and run again. If they are really gone, raise 'Removal Limit (%)' for this one run.",
		};
	},

	removal_limit_of_run: ({ cohorts, leavers, previous, limit }) => ({
		summary: `This run would remove ${formatNumber(leavers)} of ${countOf(previous, 'member')} from ${countOf(cohorts, 'cohort')} together, above the ${limit}% limit.`,
		remedy:
			"Nothing was sent for these cohorts. If the source returned too few members, correct it and run again. If they are really gone, raise 'Removal Limit (%)' for this one run.",
	}),

	cohort_locked: ({ cohortName }) => ({
		summary: `Another execution is mirroring the cohort "${cohortName}" at this moment.`,
		remedy:
			'Nothing was sent for it by this one. Let the schedule leave more time between two runs.',
	}),

	cohort_mirrored_before: ({ cohortName }) => ({
		summary: `This execution has mirrored the cohort "${cohortName}" already.`,
		remedy:
			'Nothing was sent for it by this run of the node, which would have removed the members of the first. In a loop, or with two sources on one input, n8n runs the node once for each part of the audience: bring all items together before it, with a Merge node or after the loop. And let one Mirror node alone mirror a cohort.',
	}),
};

function largestInWords(
	largest: ReadonlyArray<{ readonly name: string; readonly share: number }>,
): string {
	if (largest.length === 0) return '';
	const names = largest.map(({ name, share }) => `"${name}" (${share}% of what fits)`);
	return `The cohorts that take the most: ${names.join(', ')}. `;
}
