import type { Problem, ProblemCode } from '../../nodes/MoEngageCohortSync/model/problem';
import type { WithCode } from '../../nodes/MoEngageCohortSync/results/problemText';

/** A member's identifier, which stands in what MoEngage or n8n says and nowhere else. */
export const MEMBER_ID = 'user-4711';

/** What MoEngage or n8n says about a problem. */
export const SERVER_MESSAGE = `It is about ${MEMBER_ID}.`;

const RESPONSE = { serverMessage: SERVER_MESSAGE, requestId: 'r-1' };

/** A problem, and all that a person reads about it, in one line. */
export type ProblemExample<Code = ProblemCode> = readonly [
	problem: WithCode<Problem, Code>,
	line: string,
];

const KEYS =
	"Open the MoEngage API credential and re-enter 'App ID' and 'Secret Key' (in MoEngage: Settings → Account → APIs, the key in the Data tile). Also check that 'Data Center' matches the number in your dashboard's address.";

const FIREWALL =
	"It may be MoEngage's API Firewall or a proxy: in the API Firewall, the address that n8n calls from must be allowed for 'Partner Integration'. The credential's test only needs 'Data'.";

const RIGHT_ADDRESS =
	"ake sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is correct.";

/** Problems of every code: one that is missing does not compile. */
export const PROBLEM_EXAMPLES: {
	readonly [Code in ProblemCode]: readonly [ProblemExample<Code>, ...Array<ProblemExample<Code>>];
} = {
	no_identifier: [[{ code: 'no_identifier' }, "Both 'User ID' and 'Anonymous ID' are empty."]],
	no_user_id: [
		[
			{ code: 'no_user_id' },
			"'User ID' is empty, and MoEngage can't look users up by an anonymous ID.",
		],
	],
	placeholder: [
		[
			{ code: 'placeholder', field: 'User ID', text: 'null' },
			'\'User ID\' contains the text "null", which stands for a missing value.',
		],
	],
	unsafe_number: [
		[
			{ code: 'unsafe_number', field: 'Anonymous ID', isRounded: false },
			"'Anonymous ID' is not a whole number, so it can't be an identifier.",
		],
		[
			{ code: 'unsafe_number', field: 'User ID', isRounded: true },
			"'User ID' is a number that is too large for n8n or a spreadsheet, which has rounded it. Converting it in n8n does not bring the lost digits back: let the source return it as text, in SQL with a cast, in a spreadsheet with the column formatted as text, and leave out Number() and parseInt().",
		],
	],
	json_text: [
		[
			{ code: 'json_text', field: 'User ID' },
			"'User ID' contains a list or an object as text. Give each user an item of their own, for example with a Split Out node. An AI agent has to call the tool once for each user.",
		],
	],
	newer_item_unreadable: [
		[
			{ code: 'newer_item_unreadable', item: 3 },
			"Item 3 (counted from 0) is for the same user, may be newer, and can't be used. Nothing was sent for this user in this cohort. Fix that item and run again.",
		],
	],
	wrong_type: [
		[
			{ code: 'wrong_type', field: 'User ID', type: 'array' },
			"'User ID' is a list, not text or a whole number.",
		],
		[
			{ code: 'wrong_type', field: 'Cohort ID', type: 'boolean' },
			"'Cohort ID' is true or false, not text or a whole number.",
		],
		[
			{ code: 'wrong_type', field: 'Partner', type: 'object' },
			"'Partner' is an object, not text or a whole number.",
		],
		[
			{ code: 'wrong_type', field: 'User ID', type: 'bigint' },
			"'User ID' is a bigint, not text or a whole number.",
		],
	],
	empty_field: [[{ code: 'empty_field', field: 'Cohort ID' }, "'Cohort ID' is empty."]],
	cohort_name_rejected: [
		[
			{ code: 'cohort_name_rejected', reason: 'period', suggestion: 'VIP' },
			'\'Cohort Name\' starts with a period, which MoEngage does not allow. Use "VIP" instead.',
		],
		[
			{
				code: 'cohort_name_rejected',
				reason: 'characters',
				characters: [':', '$'],
				suggestion: 'A B',
			},
			'\'Cohort Name\' contains ":" and "$", which MoEngage does not allow. Use "A B" instead.',
		],
		[
			{
				code: 'cohort_name_rejected',
				reason: 'characters',
				characters: ['?'],
				suggestion: undefined,
			},
			'\'Cohort Name\' contains "?", which MoEngage does not allow. Choose a different name.',
		],
		[
			{ code: 'cohort_name_rejected', reason: 'length', suggestion: 'VIP' },
			'\'Cohort Name\' is longer than 200 characters, which MoEngage does not allow. Use "VIP" instead.',
		],
		[
			{ code: 'cohort_name_rejected', reason: 'reserved', suggestion: 'All Users in n8n' },
			"'Cohort Name' is the name of MoEngage's built-in segment of all users, which MoEngage does not allow. Use \"All Users in n8n\" instead.",
		],
	],
	cohorts_with_one_name: [
		[
			{ code: 'cohorts_with_one_name', name: 'A', cohortIds: ['c1', 'c2'] },
			'The cohort name "A" has two cohort IDs in this run: "c1" and "c2". MoEngage does not create a second segment with the same name. Give each cohort ID its own \'Cohort Name\'.',
		],
	],
	placeholder_id: [
		[
			{ code: 'placeholder_id', field: 'User ID', text: 'guest' },
			'\'User ID\' is "guest", a placeholder that usually stands for a missing ID. Give the user another ID, or filter the item out with a Filter node.',
		],
	],
	object_in_text: [
		[
			{ code: 'object_in_text', field: 'User ID' },
			"'User ID' contains \"[object Object]\", which is an object turned into text. Instead of the object, drag the field inside it into 'User ID'.",
		],
	],
	incomplete_text: [
		[
			{ code: 'incomplete_text', field: 'Cohort ID' },
			"Part of the text in 'Cohort ID' is missing for this item. Check that the item has every field that the expression refers to. If a part may be empty, use an expression such as {{ $json.suffix || '' }} for it.",
		],
	],
	cohort_with_two_names: [
		[
			{ code: 'cohort_with_two_names', cohortId: 'c1', names: ['A', 'B'] },
			'The cohort ID "c1" has two names in this run: "A" and "B". Use one \'Cohort Name\' for each cohort ID.',
		],
	],
	membership_unclear: [
		[
			{ code: 'membership_unclear', isEmpty: true },
			'\'Is Member\' is empty. Use true, t, 1, yes, y, on, add, added, enter, entered, join, joined, in, member, "audience entered" for members, and false, f, 0, no, n, off, remove, removed, exit, exited, leave, left, out, "audience exited" for everyone else.',
		],
		[
			{ code: 'membership_unclear', isEmpty: false },
			'\'Is Member\' is neither a yes nor a no. Use true, t, 1, yes, y, on, add, added, enter, entered, join, joined, in, member, "audience entered" for members, and false, f, 0, no, n, off, remove, removed, exit, exited, leave, left, out, "audience exited" for everyone else.',
		],
	],
	not_a_time: [
		[
			{ code: 'not_a_time' },
			"'Changed At' is not a valid time. Use a date from 1990 to 2099 such as 2026-11-23T10:15:30Z, or seconds, milliseconds, microseconds or nanoseconds since 1970.",
		],
	],
	not_text: [
		[
			{ code: 'not_text', field: 'User ID', column: '$json.id', method: 'trim' },
			"'User ID' calls trim() on $json.id, which is a number in this item. Only text has trim(), so n8n returns nothing. Put .toString() before .trim().",
		],
	],
	expression_failed: [
		[
			{ code: 'expression_failed', message: SERVER_MESSAGE },
			'n8n could not evaluate the expression for this item. n8n says: "It is about user-4711."',
		],
		[
			{ code: 'expression_failed', message: SERVER_MESSAGE, field: 'Cohort Name' },
			`n8n could not evaluate the expression in 'Cohort Name' for this item. n8n says: "It is about user-4711."`,
		],
	],
	member_too_large: [
		[
			{ code: 'member_too_large' },
			"This member alone is larger than a request can be. Shorten its identifier or the 'Cohort Description', or increase the option 'Payload Limit in Bytes'.",
		],
	],
	unknown_choice: [
		[
			{ code: 'unknown_choice', field: 'Operation' },
			"'Operation' has an unknown value. Choose an operation from the list.",
		],
		[
			{ code: 'unknown_choice', field: 'Output' },
			"The option 'Output' has an unknown value. Choose a value from its list under 'Options'.",
		],
		[
			{ code: 'unknown_choice', field: 'Previous Members' },
			"'Previous Members' has an unknown value. Choose 'Remember in This Workflow' or 'Second Input'.",
		],
	],
	number_out_of_range: [
		[
			{
				code: 'number_out_of_range',
				label: 'Timeout in Seconds',
				min: 1,
				max: 300,
				default: 30,
				isWhole: true,
				value: 0,
			},
			"'Timeout in Seconds' must be a whole number from 1 to 300. Its value is 0. Change it in the node, or use the default, 30.",
		],
		[
			{
				code: 'number_out_of_range',
				label: 'Removal Limit (%)',
				min: 0,
				max: 100,
				default: 25,
				isWhole: false,
				value: undefined,
			},
			"'Removal Limit (%)' must be a number from 0 to 100. Its value is not a number. Change it in the node, or use the default, 25.",
		],
	],
	not_a_switch: [
		[
			{ code: 'not_a_switch', option: 'Dry Run' },
			"The option 'Dry Run' must be on or off. Its expression returns something else. Turn it on or off under 'Options', or make the expression return true or false.",
		],
	],
	expression_as_text: [
		[
			{ code: 'expression_as_text', field: 'Cohort Name', reason: 'fixed' },
			"'Cohort Name' contains an expression but is set to 'Fixed'. Set the field to 'Expression': move the mouse over it, and the switch appears above it on the right.",
		],
		[
			{ code: 'expression_as_text', field: 'User ID', reason: 'no_braces' },
			"'User ID' contains $json outside of {{ }}, so n8n treats it as text. Clear 'User ID', then drag the column from the input panel into it, so that it contains only {{ $json.uid }} or similar.",
		],
		[
			{ code: 'expression_as_text', field: 'Cohort ID', reason: 'reference_without_braces' },
			"'Cohort ID' refers to other data outside of {{ }}, so n8n treats it as text. Put the reference in 'Cohort ID' between {{ and }}, and set the field to 'Expression'.",
		],
		[
			{ code: 'expression_as_text', field: 'User ID', reason: 'column_name' },
			"'User ID' contains the name of a column as text, not the column itself. Clear 'User ID', then drag the column from the input panel into it, so that it contains only {{ $json.uid }} or similar.",
		],
		[
			{ code: 'expression_as_text', field: 'Partner', reason: 'two_equals_signs' },
			"'Partner' starts with an equals sign that n8n treats as part of the text. Remove the equals sign at the start of 'Partner'.",
		],
	],
	joined_fields: [
		[
			{ code: 'joined_fields', field: 'User ID', isNameBesideColumn: false },
			"'User ID' contains two columns next to each other. n8n adds a dragged column to what is already in the field. Clear 'User ID', then drag in only the column with the identifier. To join two columns on purpose, use one expression such as {{ $json.a + $json.b }}.",
		],
		[
			{ code: 'joined_fields', field: 'Anonymous ID', isNameBesideColumn: true },
			"'Anonymous ID' contains a column's name next to the column itself. n8n adds a dragged column to what is already in the field. Clear 'Anonymous ID', then drag in only the column with the identifier. To join two columns on purpose, use one expression such as {{ $json.a + $json.b }}.",
		],
	],
	fixed_identifier: [
		[
			{ code: 'fixed_identifier', field: 'Anonymous ID', items: 2000, isFixed: true },
			"'Anonymous ID' is a fixed value, so all 2,000 items would be the same user. Clear 'Anonymous ID', then drag the column with the identifier from the input panel into it, so that it contains only {{ $json.uid }} or similar.",
		],
		[
			{ code: 'fixed_identifier', field: 'User ID', items: 2, isFixed: false },
			"'User ID' has the same value for every item, so all 2 items would be the same user. Clear 'User ID', then drag the column with the identifier from the input panel into it, so that it contains only {{ $json.uid }} or similar.",
		],
	],
	invalid_items: [
		[
			{
				code: 'invalid_items',
				invalid: 1200,
				total: 1200,
				examples: [1, 2].map((item) => ({ item, problem: { code: 'no_identifier' } })),
				allLackIdentifiers: true,
			},
			"1,200 of 1,200 items can't be sent, so nothing was sent. Items 1, 2: Both 'User ID' and 'Anonymous ID' are empty. And 1,198 more. Item numbers start at 0. Check that 'User ID' or 'Anonymous ID' refers to a column that your items have.",
		],
		[
			{
				code: 'invalid_items',
				invalid: 1,
				total: 2,
				examples: [{ item: 1, problem: { code: 'empty_field', field: 'Cohort ID' } }],
				allLackIdentifiers: false,
			},
			"1 of 2 items can't be sent, so nothing was sent. Item 1: 'Cohort ID' is empty. Item numbers start at 0. Fix this item at the source, or set 'On Error' in this node's settings to 'Continue (using error output)' to send the others.",
		],
		[
			{
				code: 'invalid_items',
				invalid: 1,
				total: 2,
				examples: [{ item: 1, problem: { code: 'no_user_id' } }],
				allLackIdentifiers: false,
				isCheck: true,
			},
			"1 of 2 items can't be looked up, so nobody was looked up. Item 1: 'User ID' is empty, and MoEngage can't look users up by an anonymous ID. Item numbers start at 0. Fix this item at the source, or set 'On Error' in this node's settings to 'Continue (using error output)' to look up the others.",
		],
	],
	identifiers_not_set: [
		[
			{ code: 'identifiers_not_set', isCheck: false },
			"'User ID' and 'Anonymous ID' are both empty. Drag the column with your MoEngage user IDs from the input panel into 'User ID', or the one with anonymous IDs into 'Anonymous ID'.",
		],
		[
			{ code: 'identifiers_not_set', isCheck: true },
			"'User ID' is empty. Drag the column with your MoEngage user IDs from the input panel into 'User ID'.",
		],
	],
	blank_input: [
		[
			{ code: 'blank_input' },
			"No data came in, so nothing was sent. The previous node returned nothing, and n8n passed on one empty item, as it does with 'Always Output Data' on. Check that node.",
		],
	],
	file_input: [
		[
			{ code: 'file_input' },
			"Only a file came in, not its rows. Put an 'Extract from File' node before this one, so that each row of the file becomes an item.",
		],
	],
	credentials_differ: [
		[
			{ code: 'credentials_differ' },
			'The MoEngage API credential returns different keys for different items. A run sends to one workspace. Use a separate node for each workspace, or enter fixed keys in the credential.',
		],
	],
	credential_unreadable: [
		[
			{ code: 'credential_unreadable', message: undefined },
			"The MoEngage API credential is missing or can't be read. Select or create one at the top of this node.",
		],
		[
			{ code: 'credential_unreadable', message: SERVER_MESSAGE },
			'The MoEngage API credential is missing or can\'t be read. n8n says: "It is about user-4711." Select or create one at the top of this node.',
		],
	],
	unknown_data_center: [
		[
			{ code: 'unknown_data_center' },
			"'Data Center' in the MoEngage API credential is not one of MoEngage's data centers. Choose it from the list. It is the number in your dashboard's address.",
		],
	],
	custom_url_refused: [
		[
			{ code: 'custom_url_refused', reason: 'empty' },
			"'Custom URL' in the MoEngage API credential is empty. Enter a URL such as https://proxy.example.com. http:// is allowed for localhost only.",
		],
		[
			{ code: 'custom_url_refused', reason: 'not_a_url' },
			"'Custom URL' in the MoEngage API credential is not a URL. Enter a URL such as https://proxy.example.com. http:// is allowed for localhost only.",
		],
		[
			{ code: 'custom_url_refused', reason: 'has_login' },
			"'Custom URL' in the MoEngage API credential contains a user name or a password. Enter a URL such as https://proxy.example.com. http:// is allowed for localhost only.",
		],
		[
			{ code: 'custom_url_refused', reason: 'has_query' },
			"'Custom URL' in the MoEngage API credential contains ? or #. Enter a URL such as https://proxy.example.com. http:// is allowed for localhost only.",
		],
		[
			{ code: 'custom_url_refused', reason: 'not_https' },
			"'Custom URL' in the MoEngage API credential does not start with https://. Enter a URL such as https://proxy.example.com. http:// is allowed for localhost only.",
		],
	],
	parameters_unreadable: [
		[
			{ code: 'parameters_unreadable', message: SERVER_MESSAGE },
			'The node could not read its parameters. n8n says: "It is about user-4711." Check the expressions in the node\'s fields and options.',
		],
	],
	node_defect: [
		[
			{ code: 'node_defect', operation: 'add', message: SERVER_MESSAGE },
			'The node sent its requests, but a bug in the node prevents it from reporting what happened to them. Running the workflow again is safe: sending a member twice does no harm. Please report this message: It is about user-4711.',
		],
		[
			{ code: 'node_defect', operation: 'update', message: SERVER_MESSAGE },
			'The node sent its requests, but a bug in the node prevents it from reporting what happened to them. Run the workflow again with the latest changes: sending an old change again may overwrite a newer one. Please report this message: It is about user-4711.',
		],
		[
			{ code: 'node_defect', operation: 'check', message: SERVER_MESSAGE },
			'The node sent its requests, but a bug in the node prevents it from reporting what happened to them. Running the workflow again is safe: Check Users changes nothing. Please report this message: It is about user-4711.',
		],
	],
	mirror_as_tool: [
		[
			{ code: 'mirror_as_tool' },
			"An AI agent can't mirror an audience: each call has one item, so everyone else would be removed. Choose 'Add Members', 'Remove Members' or 'Update Membership' in 'Operation'.",
		],
	],
	mirror_execute_once: [
		[
			{ code: 'mirror_execute_once' },
			"'Execute Once' is on, so the node gets one item and would remove everyone else. Nothing was sent. Turn off 'Execute Once' in this node's settings.",
		],
	],
	mirror_in_retry: [
		[
			{ code: 'mirror_in_retry' },
			'A retry uses the audience of the earlier execution, which may be out of date. Nothing was sent. Run the workflow again instead, so that the source is read again.',
		],
	],
	mirror_without_items: [
		[
			{ code: 'mirror_without_items' },
			"The first input has no items, so nothing was sent and nobody was removed. Check the source: Mirror needs all members as items. To empty a cohort, mirror one test user of your own with 'Removal Limit (%)' at 100.",
		],
	],
	mirror_of_blank_item: [
		[
			{ code: 'mirror_of_blank_item' },
			"No data came in, so nothing was sent and nobody was removed. The previous node returned nothing, and n8n passed on one empty item, as it does with 'Always Output Data' on. Check that node.",
		],
	],
	second_input_not_connected: [
		[
			{ code: 'second_input_not_connected' },
			"The second input is not connected, but 'Previous Members' is set to it. Connect the node that provides the cohort's previous members, or set 'Previous Members' to 'Remember in This Workflow'.",
		],
	],
	memory_not_loaded: [
		[
			{ code: 'memory_not_loaded' },
			"n8n didn't load this workflow's saved data, so Mirror can't tell who left. Nothing was sent. n8n 2.x doesn't load it on queue mode workers or after a Wait node. Move this node into its own workflow and call it with 'Execute Sub-workflow' ('Run once with all items'), or set 'Previous Members' to 'Second Input'.",
		],
	],
	memory_missing: [
		[
			{ code: 'memory_missing' },
			"n8n didn't load what this workflow remembers of earlier runs, so Mirror can't tell who left. Nothing was sent. If this node's first run is still in progress, or was stopped less than two minutes ago, try again in two minutes. If n8n held this execution back until it was restarted, run the workflow again. If the workflow's saved data was cleared or overwritten, run once with the option 'Start Over': everyone is added as in a first run, and nobody is removed. If this happens in every run, n8n does not load the data for this workflow, as after a Wait, a Form or a 'Send and Wait' that timed out, or in a sub-workflow defined inside the parent: move this node into its own workflow and call it with 'Execute Sub-workflow' ('Run once with all items'), or set 'Previous Members' to 'Second Input'.",
		],
	],
	run_in_progress: [
		[
			{ code: 'run_in_progress' },
			"Another run of this node is in progress, or stopped less than two minutes ago. Nothing was sent. Try again in two minutes, and leave more time between scheduled runs. If no other run is in progress and this doesn't go away, for example because the server's clock was wrong, run once with the option 'Send Everyone Now'.",
		],
	],
	second_input_under_stop: [
		[
			{ code: 'second_input_under_stop' },
			"With 'On Error' set to 'Stop Workflow', a run that fails could not return what MoEngage accepted, and the next run would compare with the wrong members. Nothing was sent. In this node's settings, set 'On Error' to 'Continue (using error output)' and save the items of the first output.",
		],
	],
	removal_limit_of_run: [
		[
			{ code: 'removal_limit_of_run', cohorts: 100, leavers: 900, previous: 1_000, limit: 25 },
			"This run would remove 900 of 1,000 members from 100 cohorts together, above the 25% limit. Nothing was sent for these cohorts. If the source returned too few members, fix it and run again. If they should all be removed, raise 'Removal Limit (%)' for one run, then set it back. A dry run with the limit at 100 lists them.",
		],
	],
	memory_full: [
		[
			{ code: 'memory_full', cohortName: 'VIP', members: 1_200_000, fitsAlone: false, largest: [] },
			"The cohort \"VIP\" has 1,200,000 members, more than a workflow can remember. Nothing was sent. Set 'Previous Members' to 'Second Input' and keep the members in a Data Table or a database. If the workflow remembers cohorts that are no longer used, remove them with the option 'Forget Unused Cohorts After (Days)'.",
		],
		[
			{
				code: 'memory_full',
				cohortName: 'VIP',
				members: 1,
				fitsAlone: true,
				largest: [
					{ name: 'All customers', share: 93 },
					{ name: 'VIP', share: 6 },
				],
			},
			'The cohort "VIP" has 1 member, more than a workflow can remember along with its other cohorts. Nothing was sent. The largest cohorts: "All customers" (93% of the limit), "VIP" (6% of the limit). Set \'Previous Members\' to \'Second Input\' and keep the members in a Data Table or a database. If the workflow remembers cohorts that are no longer used, remove them with the option \'Forget Unused Cohorts After (Days)\'.',
		],
	],
	memory_of_other_version: [
		[
			{ code: 'memory_of_other_version', cohortName: 'VIP' },
			'The saved members of the cohort "VIP" were written by another version of this node. Nothing was sent. Install that version again, or run once with the option \'Start Over\': everyone is added as in a first run, and nobody is removed.',
		],
	],
	memory_damaged: [
		[
			{ code: 'memory_damaged', cohortName: 'VIP' },
			'The saved members of the cohort "VIP" are damaged or were edited manually. Nothing was sent. Restore the workflow from a backup, or run once with the option \'Start Over\': everyone is added as in a first run, and nobody is removed.',
		],
	],
	removal_limit: [
		[
			{
				...{ code: 'removal_limit', cohortName: 'VIP', leavers: 2501, previous: 10_000, limit: 25 },
				examples: ['u1', 'x'.repeat(61)],
			},
			'This run would remove 2,501 of 10,000 members from the cohort "VIP" (25.01%), above the 25% limit. Examples of members it would remove: "u1", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…". Nothing was sent for this cohort. If the source returned too few members, fix it and run again. If they should all be removed, raise \'Removal Limit (%)\' for one run, then set it back. A dry run with the limit at 100 lists them.',
		],
	],
	cohort_locked: [
		[
			{ code: 'cohort_locked', cohortName: 'VIP' },
			'Another execution is mirroring the cohort "VIP" right now. This execution sent nothing for it. Leave more time between scheduled runs.',
		],
	],
	cohort_mirrored_before: [
		[
			{ code: 'cohort_mirrored_before', cohortName: 'VIP' },
			'This execution has already mirrored the cohort "VIP". Nothing was sent for it this time, because that would have removed the members of the first part. In a loop, or with two sources on one input, n8n runs the node once for each part of the audience. Combine all items before this node, with a Merge node or after the loop, and use only one Mirror node for a cohort.',
		],
	],
	too_many_unknown: [
		[
			{
				code: 'too_many_unknown',
				unknown: 17,
				lookedUp: 20,
				limit: 50,
				examples: [MEMBER_ID, 'b'],
			},
			'MoEngage knows only 3 of the 20 users that were looked up, so nothing was sent. Examples of unknown IDs: "user-4711", "b". Check that \'User ID\' contains the ID by which MoEngage knows your users: an e-mail address, a phone number or an ID from another system is often not that ID. If it does, raise the option \'Unknown Limit (%)\', which is 50 now.',
		],
		[
			{ code: 'too_many_unknown', unknown: 1000, lookedUp: 1000, limit: 5, examples: ['b'] },
			"MoEngage knows none of the 1,000 users that were looked up, so nothing was sent. Examples of unknown IDs: \"b\". Check that 'User ID' contains the ID by which MoEngage knows your users: an e-mail address, a phone number or an ID from another system is often not that ID. If it does, raise the option 'Unknown Limit (%)', which is 5 now.",
		],
	],
	sample_not_looked_up: [
		[
			{
				code: 'sample_not_looked_up',
				cause: { code: 'lookup_refused', status: 403, ...RESPONSE },
			},
			'The users could not be looked up first, so nothing was sent. MoEngage does not look users up for this workspace (status 403): ask MoEngage support to enable the Get User API. MoEngage says: "It is about user-4711." Adding and removing members works without it. If it is enabled, the key may not cover it: check in MoEngage which APIs it is for. The option \'Unknown Limit (%)\' needs the lookup; to send without looking anyone up, remove it. MoEngage request ID: r-1.',
		],
	],
	member_refused: [
		[
			{ code: 'member_refused', status: 400 },
			'MoEngage rejected this member. Fix the identifier at the source, or filter the item out with a Filter node.',
		],
		[
			{ code: 'member_refused', status: 400, ...RESPONSE },
			'MoEngage rejected this member. MoEngage says: "It is about user-4711." Fix the identifier at the source, or filter the item out with a Filter node. MoEngage request ID: r-1.',
		],
	],
	members_refused: [
		[
			{ code: 'members_refused', status: 400, ...RESPONSE },
			'MoEngage rejected this request because of its members. It rejected so many others before that the node no longer looks for the bad ones. MoEngage says: "It is about user-4711." Look for identifiers of the wrong kind and fix them at the source. MoEngage request ID: r-1.',
		],
	],
	request_too_large: [
		[
			{ code: 'request_too_large', status: 413 },
			"MoEngage rejected the request as too large. Lower the option 'Payload Limit in Bytes' (the default is 128,000).",
		],
	],
	keys_refused: [
		[
			{ code: 'keys_refused', status: 401 },
			`MoEngage does not accept the App ID or the Secret Key. ${KEYS} If the credential passes its test, the key may not cover the API that the node needs: check in MoEngage which APIs it is for.`,
		],
		[
			{ code: 'keys_refused', status: 401, isForeign: true },
			`MoEngage does not accept the App ID or the Secret Key. ${KEYS} ${FIREWALL}`,
		],
	],
	keys_mismatched: [
		[
			{ code: 'keys_mismatched', status: 401 },
			`The App ID and the Secret Key belong to different workspaces. ${KEYS}`,
		],
	],
	account_blocked: [
		[
			{ code: 'account_blocked', status: 403 },
			'MoEngage has blocked or suspended this account. Nothing can be sent until MoEngage lifts the block: contact MoEngage support.',
		],
		[
			{ code: 'account_blocked', status: 403, ...RESPONSE },
			'MoEngage has blocked or suspended this account. MoEngage says: "It is about user-4711." Nothing can be sent until MoEngage lifts the block: contact MoEngage support and include the request ID. MoEngage request ID: r-1.',
		],
	],
	access_refused: [
		[
			{ code: 'access_refused', status: 403, ...RESPONSE },
			'MoEngage does not let this key use Cohort Sync (status 403). MoEngage says: "It is about user-4711." The key may not cover it: check in MoEngage which APIs it is for. If it does, contact MoEngage support and include the request ID. MoEngage request ID: r-1.',
		],
	],
	endpoint_not_found: [
		[
			{ code: 'endpoint_not_found', status: 404 },
			`There is no MoEngage Cohort Sync API at this address (status 404). M${RIGHT_ADDRESS}`,
		],
		[
			{ code: 'endpoint_not_found', status: 404, isForeign: true },
			`There is no MoEngage Cohort Sync API at this address (status 404). M${RIGHT_ADDRESS} ${FIREWALL}`,
		],
	],
	content_type_refused: [
		[
			{ code: 'content_type_refused', status: 415 },
			"MoEngage did not receive the request as JSON (status 415). Something between n8n and MoEngage, such as a proxy, changes the requests. Make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is correct.",
		],
	],
	request_refused: [
		[
			{ code: 'request_refused', status: 422 },
			`The request was rejected (status 422). ${FIREWALL} If that is correct, m${RIGHT_ADDRESS}`,
		],
		[
			{ code: 'request_refused', status: 422, ...RESPONSE },
			'The request was rejected (status 422). MoEngage says: "It is about user-4711." Check the node\'s fields. If they are correct, contact MoEngage support and include the request ID. MoEngage request ID: r-1.',
		],
	],
	redirected: [
		[
			{ code: 'redirected', status: 302 },
			"The address responded with a redirect (status 302). The node never follows one, so that your key and members can't end up at another address. Make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is correct.",
		],
	],
	rate_limited: [
		[
			{ code: 'rate_limited', status: 429 },
			"MoEngage is receiving too many requests for this workspace (status 429). Something else uses up MoEngage's limit for the workspace. Find out which system it is, or run the workflow at another time. Then run it again.",
		],
	],
	unavailable: [
		[
			{ code: 'unavailable', status: 503 },
			'MoEngage is unavailable (status 503). Run the workflow again later.',
		],
	],
	unclear_response: [
		[
			{ code: 'unclear_response', status: 200 },
			"The response (status 200) does not confirm that the request was accepted. It may come from a proxy or a login page instead of MoEngage. Make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is correct. Then run the workflow again.",
		],
	],
	lookup_refused: [
		[
			{ code: 'lookup_refused', status: 403, ...RESPONSE },
			'MoEngage does not look users up for this workspace (status 403): ask MoEngage support to enable the Get User API. MoEngage says: "It is about user-4711." Adding and removing members works without it. If it is enabled, the key may not cover it: check in MoEngage which APIs it is for. MoEngage request ID: r-1.',
		],
		[
			{ code: 'lookup_refused', status: 404, isForeign: true },
			"MoEngage does not look users up for this workspace (status 404): ask MoEngage support to enable the Get User API. Adding and removing members works without it. If it is enabled, MoEngage's API Firewall may not allow the address that n8n calls from for 'Data'.",
		],
	],
	lookups_limited: [
		[
			{ code: 'lookups_limited', status: 429 },
			'MoEngage is looking up too many users for this workspace (status 429). Something else looks users up as well: MoEngage allows 1,000 users a minute. Run the workflow again later.',
		],
	],
	lookup_unclear: [
		[
			{ code: 'lookup_unclear', status: 200 },
			`The response (status 200) does not say which users MoEngage knows. It may come from a proxy or a login page instead of MoEngage: m${RIGHT_ADDRESS} Then run the workflow again.`,
		],
	],
	part_refused: [
		[
			{ code: 'part_refused', status: 400, part: 'cohort_name' },
			"MoEngage rejected the request because of its 'Cohort Name'. Change 'Cohort Name' in the node.",
		],
		[
			{ code: 'part_refused', status: 400, part: 'cohort_id' },
			"MoEngage rejected the request because of its 'Cohort ID'. Change 'Cohort ID' in the node.",
		],
		[
			{ code: 'part_refused', status: 400, part: 'cohort_description' },
			"MoEngage rejected the request because of its 'Cohort Description'. Change 'Cohort Description' in the node.",
		],
		[
			{ code: 'part_refused', status: 400, part: 'partner', ...RESPONSE },
			"MoEngage rejected the request because of its 'Partner'. MoEngage says: \"It is about user-4711.\" Change 'Partner' in the node. MoEngage request ID: r-1.",
		],
		[
			{ code: 'part_refused', status: 400, part: 'action' },
			'MoEngage rejected the request because of its "action". Install the latest version of this node. If that doesn\'t help, contact MoEngage support.',
		],
		[
			{ code: 'part_refused', status: 400, part: 'action', ...RESPONSE },
			'MoEngage rejected the request because of its "action". MoEngage says: "It is about user-4711." Install the latest version of this node. If that doesn\'t help, contact MoEngage support and include the request ID. MoEngage request ID: r-1.',
		],
	],
	timed_out: [
		[
			{ code: 'timed_out' },
			"MoEngage did not respond within the time set in 'Timeout in Seconds'. Run the workflow again later. If it happens again, increase that option.",
		],
	],
	certificate_untrusted: [
		[
			{ code: 'certificate_untrusted', errorCode: 'CERT_HAS_EXPIRED' },
			"The server's security certificate is not trusted (CERT_HAS_EXPIRED), so the request was not sent. A proxy may be intercepting encrypted connections. Ask your network administrator, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is correct.",
		],
	],
	host_unknown: [
		[
			{ code: 'host_unknown', errorCode: 'ENOTFOUND' },
			"n8n could not look up the server's address (ENOTFOUND). Make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is correct. If it is, check that n8n can reach the internet, and run the workflow again later.",
		],
	],
	connection_refused: [
		[
			{ code: 'connection_refused', errorCode: 'ECONNREFUSED' },
			"n8n could not connect to the server (ECONNREFUSED). Make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is correct. If it is, check that n8n can reach the internet, and run the workflow again later.",
		],
	],
	connection_lost: [
		[
			{ code: 'connection_lost', errorCode: 'ECONNRESET' },
			"The connection to MoEngage was lost (ECONNRESET). Run the workflow again later. If it happens again, check that n8n can reach the internet, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is correct.",
		],
		[
			{ code: 'connection_lost', errorCode: '' },
			"The connection to MoEngage was lost. Run the workflow again later. If it happens again, check that n8n can reach the internet, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is correct.",
		],
	],
	not_sendable: [
		[
			{ code: 'not_sendable', message: '' },
			"n8n could not send the request. Run the workflow again later. If it happens again, open and save the MoEngage API credential so that n8n tests it, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is correct.",
		],
		[
			{ code: 'not_sendable', message: SERVER_MESSAGE },
			"n8n could not send the request. n8n says: \"It is about user-4711.\" Run the workflow again later. If it happens again, open and save the MoEngage API credential so that n8n tests it, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is correct.",
		],
	],
	stopped: [
		[{ code: 'stopped' }, 'The execution was stopped. Run the workflow again to send the rest.'],
	],
	retry_after_too_long: [
		[
			{
				code: 'retry_after_too_long',
				minutes: 17,
				cause: { code: 'rate_limited', status: 429, ...RESPONSE },
			},
			'MoEngage is receiving too many requests for this workspace (status 429). It asks to wait 17 minutes, which is longer than a run waits. MoEngage says: "It is about user-4711." Run the workflow again after that time. MoEngage request ID: r-1.',
		],
	],
	limit_used_up: [
		[
			{
				code: 'limit_used_up',
				minutes: 15,
				cause: { code: 'rate_limited', status: 429, ...RESPONSE },
			},
			'MoEngage is receiving too many requests for this workspace (status 429). It has accepted nothing for 15 minutes. MoEngage says: "It is about user-4711." Something else uses up MoEngage\'s limit for the workspace. Find out which system it is, or run the workflow at another time. Then run it again. MoEngage request ID: r-1.',
		],
	],
	held_up_by_limit: [
		[
			{
				code: 'held_up_by_limit',
				minutes: 60,
				cause: { code: 'rate_limited', status: 429 },
			},
			"MoEngage is receiving too many requests for this workspace (status 429). Such responses have delayed this run by 60 minutes in total. Something else uses up MoEngage's limit for the workspace. Find out which system it is, or run the workflow at another time. Then run it again.",
		],
	],
	unreachable: [
		[
			{ code: 'unreachable', seconds: 20, cause: undefined },
			"MoEngage's address did not respond within 20 seconds. Check that n8n can reach the internet, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is correct.",
		],
		[
			{
				code: 'unreachable',
				seconds: 20,
				cause: { code: 'connection_refused', errorCode: 'ECONNREFUSED' },
			},
			"n8n could not connect to the server (ECONNREFUSED). There was no response within 20 seconds. Make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is correct. If it is, check that n8n can reach the internet, and run the workflow again later.",
		],
	],
	run_ended: [
		[
			{ code: 'run_ended', cause: { code: 'stopped' } },
			'Not sent, because the run had already ended. The execution was stopped. Run the workflow again to send the rest.',
		],
		[
			{ code: 'run_ended', cause: { code: 'unavailable', status: 503, ...RESPONSE } },
			'Not sent, because the run had already ended. MoEngage is unavailable (status 503). MoEngage says: "It is about user-4711." Run the workflow again later. MoEngage request ID: r-1.',
		],
	],
	cohort_refused: [
		[
			{
				code: 'cohort_refused',
				cause: { code: 'part_refused', status: 400, part: 'partner', ...RESPONSE },
			},
			"Not sent, because MoEngage rejected this cohort. MoEngage rejected the request because of its 'Partner'. MoEngage says: \"It is about user-4711.\" Change 'Partner' in the node. MoEngage request ID: r-1.",
		],
	],
};
