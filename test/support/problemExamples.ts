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
	"Open the MoEngage API credential, enter 'App ID' and 'Secret Key' again (in MoEngage: Settings → Account → APIs, the key of the Data tile), and check that 'Data Center' is the number in your dashboard's address.";

const FIREWALL =
	"It may be MoEngage's API Firewall or a proxy: in the API Firewall, the address that n8n calls from must be allowed for 'Partner Integration'. The credential's test only needs 'Data'.";

const RIGHT_ADDRESS =
	"ake sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.";

/** Problems of every code: one that is missing does not compile. */
export const PROBLEM_EXAMPLES: {
	readonly [Code in ProblemCode]: readonly [ProblemExample<Code>, ...Array<ProblemExample<Code>>];
} = {
	no_identifier: [[{ code: 'no_identifier' }, "Both 'User ID' and 'Anonymous ID' are empty."]],
	no_user_id: [
		[
			{ code: 'no_user_id' },
			"'User ID' is empty, and MoEngage looks nobody up by an anonymous ID.",
		],
	],
	placeholder: [
		[
			{ code: 'placeholder', field: 'User ID', text: 'null' },
			'\'User ID\' holds the text "null", which a program wrote where it had nothing.',
		],
	],
	unsafe_number: [
		[
			{ code: 'unsafe_number', field: 'Anonymous ID' },
			"'Anonymous ID' is a number that can't be an identifier: use a whole number below 9007199254740992, or a text.",
		],
	],
	wrong_type: [
		[
			{ code: 'wrong_type', field: 'User ID', type: 'array' },
			"'User ID' is a list, not a text or a whole number.",
		],
		[
			{ code: 'wrong_type', field: 'Cohort ID', type: 'boolean' },
			"'Cohort ID' is true or false, not a text or a whole number.",
		],
		[
			{ code: 'wrong_type', field: 'Partner', type: 'object' },
			"'Partner' is an object, not a text or a whole number.",
		],
		[
			{ code: 'wrong_type', field: 'User ID', type: 'bigint' },
			"'User ID' is a bigint, not a text or a whole number.",
		],
	],
	empty_field: [[{ code: 'empty_field', field: 'Cohort ID' }, "'Cohort ID' is empty."]],
	cohort_name_rejected: [
		[
			{ code: 'cohort_name_rejected', reason: 'period', suggestion: 'VIP' },
			'\'Cohort Name\' starts with a period, which MoEngage does not take. Use "VIP" instead.',
		],
		[
			{
				code: 'cohort_name_rejected',
				reason: 'characters',
				characters: [':', '$'],
				suggestion: 'A B',
			},
			'\'Cohort Name\' has : $ in it, which MoEngage does not take. Use "A B" instead.',
		],
		[
			{
				code: 'cohort_name_rejected',
				reason: 'characters',
				characters: ['?'],
				suggestion: undefined,
			},
			"'Cohort Name' has ? in it, which MoEngage does not take. Choose another name.",
		],
		[
			{ code: 'cohort_name_rejected', reason: 'length', suggestion: 'VIP' },
			'\'Cohort Name\' is longer than 200 characters, which MoEngage does not take. Use "VIP" instead.',
		],
		[
			{ code: 'cohort_name_rejected', reason: 'reserved', suggestion: 'All Users in n8n' },
			"'Cohort Name' is the name of MoEngage's own segment of everybody, which MoEngage does not take. Use \"All Users in n8n\" instead.",
		],
	],
	cohorts_with_one_name: [
		[
			{ code: 'cohorts_with_one_name', name: 'A', cohortIds: ['c1', 'c2'] },
			'The cohort name "A" comes with two cohort IDs in this run: "c1" and "c2". MoEngage makes no second segment of the same name. Give each cohort ID a \'Cohort Name\' of its own.',
		],
	],
	placeholder_id: [
		[
			{ code: 'placeholder_id', field: 'User ID', text: 'guest' },
			'\'User ID\' is "guest", and MoEngage knows no user by that ID: it stands for nobody. Correct the ID at its source, or leave the item out with a Filter node.',
		],
	],
	object_in_text: [
		[
			{ code: 'object_in_text', field: 'User ID' },
			"'User ID' holds \"[object Object]\", which stands for an object and not for a user or a cohort. Drag the field inside of the object that holds the text into 'User ID'.",
		],
	],
	incomplete_text: [
		[
			{ code: 'incomplete_text', field: 'Cohort ID' },
			"A part of the text in 'Cohort ID' is missing for this item. Check the names of the fields in its expression, and that the item has them all.",
		],
	],
	cohort_with_two_names: [
		[
			{ code: 'cohort_with_two_names', cohortId: 'c1', names: ['A', 'B'] },
			'The cohort ID "c1" comes with two names in this run: "A" and "B". Give each cohort ID one \'Cohort Name\'.',
		],
	],
	membership_unclear: [
		[
			{ code: 'membership_unclear', isEmpty: true },
			"'Is Member' is empty. It takes true, t, 1, yes, y, on, add, added, enter, entered, join, joined, in, member, audience entered for in, and false, f, 0, no, n, off, remove, removed, exit, exited, leave, left, out, audience exited for out.",
		],
		[
			{ code: 'membership_unclear', isEmpty: false },
			"'Is Member' says neither in nor out. It takes true, t, 1, yes, y, on, add, added, enter, entered, join, joined, in, member, audience entered for in, and false, f, 0, no, n, off, remove, removed, exit, exited, leave, left, out, audience exited for out.",
		],
	],
	not_a_time: [
		[
			{ code: 'not_a_time' },
			"'Changed At' is no time. It takes a date such as 2026-11-23T10:15:30Z, or seconds, milliseconds, microseconds or nanoseconds since 1970.",
		],
	],
	expression_failed: [
		[
			{ code: 'expression_failed', message: SERVER_MESSAGE },
			'n8n could not work out an expression for this item. n8n says: "It is about user-4711."',
		],
	],
	member_too_large: [
		[
			{ code: 'member_too_large' },
			"The member alone is larger than a request may be. Shorten its identifier or the 'Cohort Description', or raise the option 'Payload Limit in Bytes'.",
		],
	],
	unknown_choice: [
		[
			{ code: 'unknown_choice', field: 'Operation' },
			"'Operation' has no such choice. Choose one from the list in 'Operation'.",
		],
		[
			{ code: 'unknown_choice', field: 'Output' },
			"The option 'Output' has no such choice. Choose one from the list of 'Output' under 'Options'.",
		],
		[
			{ code: 'unknown_choice', field: 'Previous Members' },
			"'Previous Members' has no such choice. Choose 'Remember in This Workflow' or 'Second Input'.",
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
			"'Timeout in Seconds' must be a whole number from 1 to 300. It is 0 now. Correct it in the node, or use the default of 30.",
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
			"'Removal Limit (%)' must be a number from 0 to 100. It is not a number now. Correct it in the node, or use the default of 25.",
		],
	],
	not_a_switch: [
		[
			{ code: 'not_a_switch', option: 'Dry Run' },
			"The option 'Dry Run' must be on or off. Its expression gives something else. Switch it by hand under 'Options'.",
		],
	],
	expression_as_text: [
		[
			{ code: 'expression_as_text', field: 'Cohort Name', reason: 'fixed' },
			"'Cohort Name' holds an expression, but n8n takes it for a fixed text. Choose 'Expression' instead of 'Fixed', above the field on the right.",
		],
		[
			{ code: 'expression_as_text', field: 'User ID', reason: 'no_braces' },
			"'User ID' holds $json outside of braces, so n8n takes it for a text. Drag the field from the input panel into 'User ID', so that it reads like {{ $json.uid }}.",
		],
		[
			{ code: 'expression_as_text', field: 'Partner', reason: 'two_equals_signs' },
			"'Partner' begins with an equals sign that n8n takes for a part of the text. Remove the equals sign at the beginning of 'Partner'.",
		],
	],
	joined_fields: [
		[
			{ code: 'joined_fields', field: 'User ID' },
			"'User ID' holds two fields next to each other. n8n adds a dragged field to the expression that is there. Empty 'User ID', then drag the one field that holds the identifier into it.",
		],
	],
	fixed_identifier: [
		[
			{ code: 'fixed_identifier', field: 'Anonymous ID', items: 2000 },
			"'Anonymous ID' is a fixed text, so all 2,000 items would be the same user. Drag the field that holds the identifier from the input panel into 'Anonymous ID', so that it reads like {{ $json.uid }}.",
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
			"1,200 of 1,200 items can't be sent, so nothing was sent. Items 1, 2: Both 'User ID' and 'Anonymous ID' are empty. And 1,198 more. Items are counted from 0. If the column has another name, empty 'User ID' and drag that column into it from the input panel.",
		],
		[
			{
				code: 'invalid_items',
				invalid: 1,
				total: 2,
				examples: [{ item: 1, problem: { code: 'empty_field', field: 'Cohort ID' } }],
				allLackIdentifiers: false,
			},
			"1 of 2 items can't be sent, so nothing was sent. Item 1: 'Cohort ID' is empty. Items are counted from 0. Correct this at the source or in the node's fields. Or set 'On Error' in this node's settings to 'Continue (using error output)' to send the others.",
		],
		[
			{
				code: 'invalid_items',
				invalid: 1,
				total: 2,
				examples: [{ item: 1, problem: { code: 'no_user_id' } }],
				allLackIdentifiers: true,
				isCheck: true,
			},
			"1 of 2 items can't be looked up, so nobody was looked up. Item 1: 'User ID' is empty, and MoEngage looks nobody up by an anonymous ID. Items are counted from 0. If the column has another name, empty 'User ID' and drag that column into it from the input panel. Or set 'On Error' in this node's settings to 'Continue (using error output)' to look up the others.",
		],
	],
	credentials_differ: [
		[
			{ code: 'credentials_differ' },
			'The MoEngage API credential gives different keys for different items. A run sends to one workspace: let the items of each workspace go to a node of their own, or give the credential fixed keys.',
		],
	],
	credential_unreadable: [
		[
			{ code: 'credential_unreadable', message: undefined },
			"The MoEngage API credential is missing or can not be read. Choose or create it at the top of this node's fields.",
		],
		[
			{ code: 'credential_unreadable', message: SERVER_MESSAGE },
			"The MoEngage API credential is missing or can not be read. Choose or create it at the top of this node's fields. n8n says: It is about user-4711.",
		],
	],
	unknown_data_center: [
		[
			{ code: 'unknown_data_center' },
			"'Data Center' in the MoEngage API credential is not one of MoEngage's data centers. Choose it from the list: it is the number in your dashboard's address.",
		],
	],
	custom_url_refused: [
		[
			{ code: 'custom_url_refused', reason: 'empty' },
			"'Custom URL' in the MoEngage API credential is empty. Enter an address such as https://proxy.example.com; http:// is accepted for this machine only (localhost).",
		],
		[
			{ code: 'custom_url_refused', reason: 'not_a_url' },
			"'Custom URL' in the MoEngage API credential is not a web address. Enter an address such as https://proxy.example.com; http:// is accepted for this machine only (localhost).",
		],
		[
			{ code: 'custom_url_refused', reason: 'has_login' },
			"'Custom URL' in the MoEngage API credential has a user or a password in it. Enter an address such as https://proxy.example.com; http:// is accepted for this machine only (localhost).",
		],
		[
			{ code: 'custom_url_refused', reason: 'has_query' },
			"'Custom URL' in the MoEngage API credential has a ? or a # in it. Enter an address such as https://proxy.example.com; http:// is accepted for this machine only (localhost).",
		],
		[
			{ code: 'custom_url_refused', reason: 'not_https' },
			"'Custom URL' in the MoEngage API credential does not start with https://. Enter an address such as https://proxy.example.com; http:// is accepted for this machine only (localhost).",
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
			{ code: 'node_defect', message: SERVER_MESSAGE },
			'The node sent its requests but could not tell what became of them, which is a fault of its own. Running the workflow again is safe: sending a member twice does no harm. Please report it with these words: It is about user-4711.',
		],
	],
	mirror_as_tool: [
		[
			{ code: 'mirror_as_tool' },
			"An AI agent can't mirror an audience: a call brings one item, and everyone else would be removed. Choose 'Add Members', 'Remove Members' or 'Update Membership' in 'Operation'.",
		],
	],
	mirror_execute_once: [
		[
			{ code: 'mirror_execute_once' },
			"'Execute Once' is on, so the node gets one item and would remove everyone else. Nothing was sent. Switch 'Execute Once' off in this node's settings.",
		],
	],
	mirror_in_retry: [
		[
			{ code: 'mirror_in_retry' },
			'A retry brings the audience of the earlier execution, which may be out of date. Nothing was sent. Run the workflow again instead, so that the source is read again.',
		],
	],
	mirror_without_items: [
		[
			{ code: 'mirror_without_items' },
			"The first input brings no items, so nothing was sent and nobody was removed. Check the source of the audience: a mirror needs all members as items. To empty a cohort, mirror one user of your own with a 'Removal Limit (%)' of 100.",
		],
	],
	mirror_of_blank_item: [
		[
			{ code: 'mirror_of_blank_item' },
			"The source brought no members, so nothing was sent and nobody was removed. n8n made up the one empty item that came: the node before has 'Always Output Data' on. Check the source of the audience.",
		],
	],
	second_input_not_connected: [
		[
			{ code: 'second_input_not_connected' },
			"The second input is not connected, and 'Previous Members' says that it holds them. Connect the node that brings the cohort's previous members, or set 'Previous Members' to 'Remember in This Workflow'.",
		],
	],
	memory_withheld: [
		[
			{ code: 'memory_withheld' },
			"n8n gave Mirror nothing of what this workflow remembers, so it can't tell who left. Nothing was sent. n8n 2.x leaves it out on the workers of its queue mode, and where a Wait node comes before. Move this node into a workflow of its own and call that with 'Execute Sub-workflow' ('Run once with all items'), or set 'Previous Members' to 'Second Input'.",
		],
	],
	memory_missing: [
		[
			{ code: 'memory_missing' },
			"n8n didn't load what this workflow remembers of earlier runs, so Mirror can't tell who left. Nothing was sent. If this node's first run is still in progress, or was stopped less than two minutes ago, try again in two minutes. If the workflow's saved data was cleared or overwritten, run once with the option 'Start Over': everyone is added as in a first run, and nobody is removed. If this happens in every run, n8n keeps the data from this workflow, as it does after a Wait, a Form or a 'Send and Wait' that timed out, or in a sub-workflow defined inside the parent: move this node into a workflow of its own and call that with 'Execute Sub-workflow' ('Run once with all items'), or set 'Previous Members' to 'Second Input'.",
		],
	],
	run_at_work: [
		[
			{ code: 'run_at_work' },
			"Another run of this node is in progress, or stopped less than two minutes ago. Nothing was sent. Try again in two minutes, and let the schedule leave more time between two runs. If no other run is in progress and this doesn't go away, such as after the server's clock was wrong, run once with the option 'Send Everyone Now'.",
		],
	],
	second_input_under_stop: [
		[
			{ code: 'second_input_under_stop' },
			"With 'On Error' set to 'Stop Workflow', a run that goes wrong could not hand on what MoEngage accepted, and the next run would compare with the wrong members. Nothing was sent. In this node's settings, set 'On Error' to 'Continue (using error output)' and store the items of the first output.",
		],
	],
	removal_limit_of_run: [
		[
			{ code: 'removal_limit_of_run', cohorts: 100, leavers: 900, previous: 1_000, limit: 25 },
			"This run would remove 900 of 1,000 members from 100 cohorts together, above the 25% limit. Nothing was sent for these cohorts. If the source returned too few members, correct it and run again. If they are really gone, raise 'Removal Limit (%)' for this one run.",
		],
	],
	memory_full: [
		[
			{ code: 'memory_full', members: 1_200_000, fitsAlone: false, largest: [] },
			"The cohort has 1,200,000 members, more than a workflow can remember. Nothing was sent. Set 'Previous Members' to 'Second Input' and keep the members in a Data Table or a database. If the workflow remembers cohorts that are no longer in use, let go of them with the option 'Forget Unused Cohorts After (Days)'.",
		],
		[
			{
				code: 'memory_full',
				members: 1,
				fitsAlone: true,
				largest: [
					{ name: 'All customers', share: 93 },
					{ name: 'VIP', share: 6 },
				],
			},
			"The cohort has 1 member, more than a workflow can remember beside its other cohorts. Nothing was sent. The cohorts that take the most: \"All customers\" (93% of what fits), \"VIP\" (6% of what fits). Set 'Previous Members' to 'Second Input' and keep the members in a Data Table or a database. If the workflow remembers cohorts that are no longer in use, let go of them with the option 'Forget Unused Cohorts After (Days)'.",
		],
	],
	memory_of_other_version: [
		[
			{ code: 'memory_of_other_version', cohortName: 'VIP' },
			'What the workflow remembers of the cohort "VIP" was written by another version of this node. Nothing was sent. Install that version again, or run once with the option \'Start Over\': everyone is added as in a first run, and nobody is removed.',
		],
	],
	memory_damaged: [
		[
			{ code: 'memory_damaged', cohortName: 'VIP' },
			'What the workflow remembers of the cohort "VIP" is damaged or was edited by hand. Nothing was sent. Restore the workflow from a backup, or run once with the option \'Start Over\': everyone is added as in a first run, and nobody is removed.',
		],
	],
	removal_limit: [
		[
			{ code: 'removal_limit', cohortName: 'VIP', leavers: 2501, previous: 10_000, limit: 25 },
			"2,501 members of 10,000 would leave the cohort \"VIP\": 25.1%, more than the 'Removal Limit' of 25% allows. Nothing was sent for this cohort. If the source brought too few members, correct it and run again. If they are really gone, raise 'Removal Limit (%)' for this one run.",
		],
	],
	cohort_locked: [
		[
			{ code: 'cohort_locked', cohortName: 'VIP' },
			'Another execution is mirroring the cohort "VIP" at this moment. Nothing was sent for it by this one. Let the schedule leave more time between two runs.',
		],
	],
	cohort_mirrored_before: [
		[
			{ code: 'cohort_mirrored_before', cohortName: 'VIP' },
			'This execution has mirrored the cohort "VIP" already. Nothing was sent for it by this run of the node, which would have removed the members of the first. In a loop, or with two sources on one input, n8n runs the node once for each part of the audience: bring all items together before it, with a Merge node or after the loop. And let one Mirror node alone mirror a cohort.',
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
			'MoEngage knows only 3 of the 20 users that were looked up, so nothing was sent. Examples of unknown IDs: "user-4711", "b". Check that \'User ID\' holds the ID by which MoEngage knows your users: an e-mail address, a phone number or the number of another system is often not that ID. If it does, raise the option \'Unknown Limit (%)\', which is 50 now.',
		],
		[
			{ code: 'too_many_unknown', unknown: 1000, lookedUp: 1000, limit: 5, examples: ['b'] },
			"MoEngage knows none of the 1,000 users that were looked up, so nothing was sent. Examples of unknown IDs: \"b\". Check that 'User ID' holds the ID by which MoEngage knows your users: an e-mail address, a phone number or the number of another system is often not that ID. If it does, raise the option 'Unknown Limit (%)', which is 5 now.",
		],
	],
	sample_not_looked_up: [
		[
			{
				code: 'sample_not_looked_up',
				cause: { code: 'lookup_refused', status: 403, ...RESPONSE },
			},
			"The users could not be looked up first, so nothing was sent. MoEngage does not look users up for this workspace (status 403): ask MoEngage support to enable the Get User API. MoEngage says: \"It is about user-4711.\" The option 'Unknown Limit (%)' can't be kept without the lookup: remove it to send without looking anyone up. MoEngage request ID: r-1.",
		],
	],
	member_refused: [
		[
			{ code: 'member_refused', status: 400 },
			'MoEngage refused this member. Correct the identifier at its source, or leave the item out with a Filter node.',
		],
		[
			{ code: 'member_refused', status: 400, ...RESPONSE },
			'MoEngage refused this member. MoEngage says: "It is about user-4711." Correct the identifier at its source, or leave the item out with a Filter node. MoEngage request ID: r-1.',
		],
	],
	members_refused: [
		[
			{ code: 'members_refused', status: 400, ...RESPONSE },
			'MoEngage refused this request because of its members, and so many other requests that the members were not tried one by one. MoEngage says: "It is about user-4711." Look for identifiers of a wrong kind, and correct them at their source. MoEngage request ID: r-1.',
		],
	],
	request_too_large: [
		[
			{ code: 'request_too_large', status: 413 },
			"MoEngage found the request too large. Lower the option 'Payload Limit in Bytes'; without it, requests take up to 128,000 bytes.",
		],
	],
	keys_refused: [
		[
			{ code: 'keys_refused', status: 401 },
			`MoEngage does not accept the App ID or the Secret Key. ${KEYS} If the credential passes its test, the key may not cover Cohort Sync: check in MoEngage which APIs it is for.`,
		],
		[
			{ code: 'keys_refused', status: 401, isForeign: true },
			`MoEngage does not accept the App ID or the Secret Key. ${KEYS} ${FIREWALL}`,
		],
	],
	keys_mismatched: [
		[
			{ code: 'keys_mismatched', status: 401 },
			`The App ID and the Secret Key do not belong together. ${KEYS}`,
		],
	],
	account_blocked: [
		[
			{ code: 'account_blocked', status: 403 },
			"MoEngage has blocked or suspended this account. Nothing can be sent until MoEngage lifts this: ask MoEngage's support.",
		],
		[
			{ code: 'account_blocked', status: 403, ...RESPONSE },
			'MoEngage has blocked or suspended this account. MoEngage says: "It is about user-4711." Nothing can be sent until MoEngage lifts this: ask MoEngage\'s support and give them the request ID. MoEngage request ID: r-1.',
		],
	],
	access_refused: [
		[
			{ code: 'access_refused', status: 403, ...RESPONSE },
			'MoEngage does not let this key use Cohort Sync (status 403). MoEngage says: "It is about user-4711." The key may not cover it: check in MoEngage which APIs it is for. If it does, ask MoEngage\'s support and give them the request ID. MoEngage request ID: r-1.',
		],
	],
	endpoint_not_found: [
		[
			{ code: 'endpoint_not_found', status: 404 },
			`MoEngage's Cohort Sync is not at this address (status 404). M${RIGHT_ADDRESS}`,
		],
		[
			{ code: 'endpoint_not_found', status: 404, isForeign: true },
			`MoEngage's Cohort Sync is not at this address (status 404). M${RIGHT_ADDRESS} ${FIREWALL}`,
		],
	],
	content_type_refused: [
		[
			{ code: 'content_type_refused', status: 415 },
			"MoEngage did not receive the request as JSON (status 415). Something between n8n and MoEngage changes the requests: look for a proxy, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
		],
	],
	request_refused: [
		[
			{ code: 'request_refused', status: 422 },
			`The request was refused (status 422). ${FIREWALL} If that is right, m${RIGHT_ADDRESS}`,
		],
		[
			{ code: 'request_refused', status: 422, ...RESPONSE },
			'The request was refused (status 422). MoEngage says: "It is about user-4711." Check the node\'s fields. If they are right, ask MoEngage\'s support and give them the request ID. MoEngage request ID: r-1.',
		],
	],
	redirected: [
		[
			{ code: 'redirected', status: 302 },
			"The address answered with a redirect (status 302). The node never follows one, so that neither your key nor your members reach another place. Make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
		],
	],
	rate_limited: [
		[
			{ code: 'rate_limited', status: 429 },
			"MoEngage receives too many requests for this workspace (status 429). Something else uses up MoEngage's limit for the workspace: find out which system it is, or let the workflow run at another time. Then run it again.",
		],
	],
	unavailable: [
		[
			{ code: 'unavailable', status: 503 },
			'MoEngage is not available at the moment (status 503). Run the workflow again later.',
		],
	],
	unclear_response: [
		[
			{ code: 'unclear_response', status: 200 },
			"The answer (status 200) does not say that the request was accepted. It may come from a proxy or a login page instead of MoEngage: make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right. Then run the workflow again.",
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
			"MoEngage refused the request because of its 'Cohort Name'. Change 'Cohort Name' in the node.",
		],
		[
			{ code: 'part_refused', status: 400, part: 'cohort_id' },
			"MoEngage refused the request because of its 'Cohort ID'. Change 'Cohort ID' in the node.",
		],
		[
			{ code: 'part_refused', status: 400, part: 'cohort_description' },
			"MoEngage refused the request because of its 'Cohort Description'. Change 'Cohort Description' in the node.",
		],
		[
			{ code: 'part_refused', status: 400, part: 'partner', ...RESPONSE },
			"MoEngage refused the request because of its 'Partner'. MoEngage says: \"It is about user-4711.\" Change 'Partner' in the node. MoEngage request ID: r-1.",
		],
		[
			{ code: 'part_refused', status: 400, part: 'action' },
			'MoEngage refused the request because of its "action". Install the newest version of this node. If that does not help, ask MoEngage\'s support.',
		],
		[
			{ code: 'part_refused', status: 400, part: 'action', ...RESPONSE },
			'MoEngage refused the request because of its "action". MoEngage says: "It is about user-4711." Install the newest version of this node. If that does not help, ask MoEngage\'s support and give them the request ID. MoEngage request ID: r-1.',
		],
	],
	timed_out: [
		[
			{ code: 'timed_out' },
			"MoEngage gave no answer within the time that the option 'Timeout in Seconds' allows. Run the workflow again later. If it happens again, raise that option.",
		],
	],
	certificate_untrusted: [
		[
			{ code: 'certificate_untrusted', errorCode: 'CERT_HAS_EXPIRED' },
			"The security certificate of the server is not trusted (CERT_HAS_EXPIRED), so the request was not sent. A proxy may open the encrypted connections: ask whoever looks after your network, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
		],
	],
	host_unknown: [
		[
			{ code: 'host_unknown', errorCode: 'ENOTFOUND' },
			"n8n could not look up the server's address (ENOTFOUND). Run the workflow again later. If it happens again, check that n8n can reach the internet, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
		],
	],
	connection_refused: [
		[
			{ code: 'connection_refused', errorCode: 'ECONNREFUSED' },
			"n8n could not connect to the server (ECONNREFUSED). Run the workflow again later. If it happens again, check that n8n can reach the internet, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
		],
	],
	connection_lost: [
		[
			{ code: 'connection_lost', errorCode: 'ECONNRESET' },
			"The connection to MoEngage broke off (ECONNRESET). Run the workflow again later. If it happens again, check that n8n can reach the internet, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
		],
		[
			{ code: 'connection_lost', errorCode: '' },
			"The connection to MoEngage broke off. Run the workflow again later. If it happens again, check that n8n can reach the internet, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
		],
	],
	not_sendable: [
		[
			{ code: 'not_sendable', message: '' },
			"n8n could not send the request. Run the workflow again later. If it happens again, open the MoEngage API credential and save it, so that n8n tests it, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
		],
		[
			{ code: 'not_sendable', message: SERVER_MESSAGE },
			"n8n could not send the request. n8n says: \"It is about user-4711.\" Run the workflow again later. If it happens again, open the MoEngage API credential and save it, so that n8n tests it, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
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
			'MoEngage receives too many requests for this workspace (status 429). It asks for a pause of 17 minutes, which is longer than a run waits. MoEngage says: "It is about user-4711." Run the workflow again after that time. MoEngage request ID: r-1.',
		],
	],
	limit_used_up: [
		[
			{
				code: 'limit_used_up',
				minutes: 15,
				cause: { code: 'rate_limited', status: 429, ...RESPONSE },
			},
			'MoEngage receives too many requests for this workspace (status 429). It has accepted nothing for 15 minutes. MoEngage says: "It is about user-4711." Something else uses up MoEngage\'s limit for the workspace: find out which system it is, or let the workflow run at another time. Then run it again. MoEngage request ID: r-1.',
		],
	],
	held_up_by_limit: [
		[
			{
				code: 'held_up_by_limit',
				minutes: 60,
				cause: { code: 'rate_limited', status: 429 },
			},
			"MoEngage receives too many requests for this workspace (status 429). Such answers have held this run up for 60 minutes in all. Something else uses up MoEngage's limit for the workspace: find out which system it is, or let the workflow run at another time. Then run it again.",
		],
	],
	unreachable: [
		[
			{ code: 'unreachable', seconds: 20, cause: undefined },
			"Nothing answered at MoEngage's address within 20 seconds. Check that n8n can reach the internet, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
		],
		[
			{
				code: 'unreachable',
				seconds: 20,
				cause: { code: 'connection_refused', errorCode: 'ECONNREFUSED' },
			},
			"n8n could not connect to the server (ECONNREFUSED). Nothing answered within 20 seconds. Run the workflow again later. If it happens again, check that n8n can reach the internet, and make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.",
		],
	],
	run_ended: [
		[
			{ code: 'run_ended', cause: { code: 'stopped' } },
			'Not sent, because the run had already ended. The execution was stopped. Run the workflow again to send the rest.',
		],
		[
			{ code: 'run_ended', cause: { code: 'unavailable', status: 503, ...RESPONSE } },
			'Not sent, because the run had already ended. MoEngage is not available at the moment (status 503). MoEngage says: "It is about user-4711." Run the workflow again later. MoEngage request ID: r-1.',
		],
	],
	cohort_refused: [
		[
			{
				code: 'cohort_refused',
				cause: { code: 'part_refused', status: 400, part: 'partner', ...RESPONSE },
			},
			"Not sent, because MoEngage refuses this cohort. MoEngage refused the request because of its 'Partner'. MoEngage says: \"It is about user-4711.\" Change 'Partner' in the node. MoEngage request ID: r-1.",
		],
	],
};
