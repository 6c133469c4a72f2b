import type { INodeProperties } from 'n8n-workflow';
import type { NumberName } from './model/settings';
import { NUMBERS } from './model/settings';

function numberField(name: NumberName, description: string): INodeProperties {
	const { label, default: value, min, max } = NUMBERS[name];
	return {
		displayName: label,
		name,
		type: 'number',
		typeOptions: { minValue: min, maxValue: max },
		default: value,
		description,
	};
}

/** Where options of a mirror that remembers are shown. */
const REMEMBERING = { '/operation': ['mirror'], '/previousMembers': ['remember'] };

/** Where options of the operations that may add members are shown. */
const ADDING = { '/operation': ['add', 'mirror', 'update'] };

/** The fields of the node, in the order in which a person fills them in. */
export const properties: INodeProperties[] = [
	{
		// With a resource, n8n describes the tool of an AI agent by its operation's action (seen on n8n 2.40.7).
		displayName: 'Resource',
		name: 'resource',
		type: 'hidden',
		noDataExpression: true,
		options: [{ name: 'Cohort', value: 'cohort' }],
		default: 'cohort',
	},
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['cohort'] } },
		options: [
			{
				name: 'Add Members',
				value: 'add',
				action: 'Add members to cohort',
				description: "Add each item's user to the cohort",
			},
			{
				name: 'Check Users',
				value: 'check',
				action: 'Check users',
				description: 'Find out which users MoEngage knows, without changing anything',
			},
			{
				name: 'Mirror',
				value: 'mirror',
				action: 'Mirror audience to cohort',
				description:
					'Make the cohort match the incoming items: add new members and remove those who are missing',
			},
			{
				name: 'Remove Members',
				value: 'remove',
				action: 'Remove members from cohort',
				description: "Remove each item's user from the cohort",
			},
			{
				name: 'Update Membership',
				value: 'update',
				action: 'Update membership in cohort',
				description: "Add or remove each item's user, depending on a field of the item",
			},
		],
		default: 'add',
	},
	{
		displayName: 'Cohort ID',
		name: 'cohortId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. vip-customers',
		displayOptions: { hide: { operation: ['check'] } },
		description:
			'An ID that you choose for the cohort. MoEngage creates the custom segment on the first run. Do not change it later: a new ID needs a new name, too. To fill several cohorts in one run, drag a column here.',
	},
	{
		displayName: 'Cohort Name',
		name: 'cohortName',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. VIP customers',
		displayOptions: { hide: { operation: ['check'] } },
		description:
			'The name of the custom segment in MoEngage: at most 200 characters, not starting with a period, and without any of | * ? \\ : &lt; &gt; = $ ". If another segment has the name, even an archived one, MoEngage creates none. MoEngage does not document whether changing it later renames the segment.',
	},
	{
		displayName: 'User ID',
		name: 'userId',
		type: 'string',
		default: '',
		placeholder: 'e.g. {{ $json.uid }}',
		description:
			"The ID by which MoEngage knows the user. Drag the column that contains it here. MoEngage ignores users it doesn't know.",
	},
	{
		displayName: 'Anonymous ID',
		name: 'anonymousId',
		type: 'string',
		default: '',
		placeholder: 'e.g. {{ $json.anonymous_id }}',
		displayOptions: { hide: { operation: ['check'] } },
		description:
			"The ID of a user who has not logged in yet. Either 'User ID' or 'Anonymous ID' is enough. Your app must also save this value in the user attribute moe_anonymous_id in MoEngage.",
	},
	{
		displayName: 'Is Member',
		name: 'membership',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. {{ $json.is_member }}',
		displayOptions: { show: { operation: ['update'] } },
		description:
			'Whether the user is in the cohort now. In, for example: true, 1, yes, added, entered, joined. Out, for example: false, 0, no, removed, exited, left.',
	},
	{
		displayName: 'Changed At',
		name: 'changedAt',
		type: 'string',
		default: '',
		placeholder: 'e.g. {{ $json.timestamp }}',
		displayOptions: { show: { operation: ['update'] } },
		description:
			'When the change happened. If a user occurs several times in a run, the newest change counts; if one of the items has no time, the last item counts. ISO 8601, or seconds, milliseconds, microseconds or nanoseconds since 1970.',
	},
	{
		displayName: 'Previous Members',
		name: 'previousMembers',
		type: 'options',
		noDataExpression: true,
		options: [
			{
				name: 'Remember in This Workflow',
				value: 'remember',
				description: 'Save in the workflow which members MoEngage has accepted',
			},
			{
				name: 'Second Input',
				value: 'input',
				description:
					'Read the previous members from a second input, for cohorts too large to save in the workflow',
			},
		],
		default: 'remember',
		displayOptions: { show: { operation: ['mirror'] } },
		description:
			"Where the node finds the cohort's members as of the last run. MoEngage's API can't list them.",
	},
	{
		displayName:
			"On the canvas, connect the input 'Previous' to a node that returns the previous members, with the field 'uid' or 'anonymous_id'. If it returns no items, everyone counts as new and nobody is removed. In the node's settings, set 'On Error' to 'Continue (using error output)'. After this node, save its results where the previous members come from.",
		name: 'previousMembersNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { operation: ['mirror'], previousMembers: ['input'] } },
	},
	{
		...numberField(
			'removalLimit',
			"If a run would remove more than this share of a cohort's previous members, nothing is sent for that cohort. Up to 10 removals are always allowed.",
		),
		displayOptions: { show: { operation: ['mirror'] } },
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [
			{
				displayName: 'Cohort Description',
				name: 'cohortDescription',
				type: 'string',
				default: '',
				placeholder: 'e.g. Bought ten times or more',
				displayOptions: { hide: { '/operation': ['check'] } },
				description: 'The description of the custom segment in MoEngage',
			},
			{
				displayName: 'Dry Run',
				name: 'dryRun',
				type: 'boolean',
				default: false,
				description:
					'Whether to check everything and show what would happen, without sending anything',
			},
			{
				...numberField(
					'forgetAfter',
					'Deletes the saved members of cohorts that no run has mirrored for this many days, which makes room for others. The segments in MoEngage stay. 0 means never.',
				),
				displayOptions: { show: REMEMBERING },
			},
			{
				displayName: 'Include Input Fields',
				name: 'includeInputFields',
				type: 'boolean',
				default: false,
				description:
					"Whether results also carry the fields of their input item (not 'error', fields named like one of the node's own, or binary data)",
			},
			{
				...numberField(
					'lookUp',
					'How many of the users to be added are picked at random and looked up in MoEngage before anything is sent, also in a dry run. 0 means none; 20 are enough to notice a wrong column. A hint says how many of them MoEngage knows.',
				),
				displayOptions: { show: ADDING },
			},
			{
				...numberField(
					'batchSize',
					'Maximum number of members in one request. 0 means as many as fit.',
				),
				displayOptions: { hide: { '/operation': ['check'] } },
			},
			{
				displayName: 'Output',
				name: 'output',
				type: 'options',
				options: [
					{
						name: 'Changed Members Only',
						value: 'changes',
						description: 'One item for each member that was added, removed or sent again',
					},
					{
						name: 'One Item per Cohort',
						value: 'summary',
						description:
							'A summary with counts; for Check Users, one item for the whole run. Best for large audiences.',
					},
					{
						name: 'One Item per Input Item',
						value: 'items',
						description: 'What happened to each item',
					},
				],
				default: 'items',
				description: 'What the node returns',
			},
			numberField('concurrency', 'Maximum number of requests in flight at the same time'),
			{
				displayName: 'Partner',
				name: 'partner',
				type: 'string',
				default: 'n8n',
				displayOptions: { hide: { '/operation': ['check'] } },
				description: 'The source that MoEngage shows for the custom segment',
			},
			{
				...numberField(
					'payloadLimit',
					'Maximum size of a request. MoEngage allows 128KB, without saying whether that means 128,000 or 131,072 bytes.',
				),
				displayOptions: { hide: { '/operation': ['check'] } },
			},
			{
				...numberField(
					'requestsPerMinute',
					"Maximum number of requests per minute, shared by all executions for the same workspace in one n8n process; MoEngage's limit is 300.",
				),
				displayOptions: { hide: { '/operation': ['check'] } },
			},
			numberField('maxRetries', 'How many times to retry a request when MoEngage is unavailable'),
			{
				...numberField(
					'resendAfter',
					"After this many days, all members are sent again, because MoEngage ignores users it doesn't know yet. 0 means never.",
				),
				displayOptions: { show: REMEMBERING },
			},
			{
				displayName: 'Send Everyone Now',
				name: 'sendEveryone',
				type: 'boolean',
				default: false,
				description:
					'Whether to send all members again, including those who are already in. Use it once after a database was restored, or if MoEngage shows fewer users than expected; turn it off afterwards.',
				displayOptions: { show: REMEMBERING },
			},
			{
				displayName: 'Start Over',
				name: 'startOver',
				type: 'boolean',
				default: false,
				description:
					'Whether to forget the saved members of the cohort: this run counts as its first, adds everyone and removes nobody. Members who have left stay in the cohort. It affects one run only. Turn it off afterwards.',
				displayOptions: { show: REMEMBERING },
			},
			numberField('timeout', 'How long to wait for a response'),
			{
				...numberField(
					'unknownLimit',
					"If more than this share of the users looked up is unknown to MoEngage, nothing is sent. Applies if 10 or more users are looked up. If you set it, a run that can't look users up is refused.",
				),
				displayOptions: { show: ADDING },
			},
		],
	},
];
