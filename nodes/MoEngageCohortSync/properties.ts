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
				description: 'Make every item a member of its cohort',
			},
			{
				name: 'Check Users',
				value: 'check',
				action: 'Check users',
				description: 'Find out which users MoEngage knows; nothing is changed there',
			},
			{
				name: 'Mirror',
				value: 'mirror',
				action: 'Mirror audience to cohort',
				description:
					'Make the cohort hold exactly the incoming items: new ones are added, those no longer there are removed',
			},
			{
				name: 'Remove Members',
				value: 'remove',
				action: 'Remove members from cohort',
				description: 'Remove every item from its cohort',
			},
			{
				name: 'Update Membership',
				value: 'update',
				action: 'Update membership in cohort',
				description: 'Add or remove each item, as events and webhooks say',
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
			'An ID of your choice for the cohort. Keep it: another ID makes another segment. MoEngage creates the custom segment on the first run. Drag a field here to feed many cohorts in one run.',
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
			'The name of the custom segment in MoEngage: at most 200 characters, not starting with a period, and without any of | * ? \\ : &lt; &gt; = $ "',
	},
	{
		displayName: 'User ID',
		name: 'userId',
		type: 'string',
		default: '',
		placeholder: 'e.g. {{ $json.uid }}',
		description:
			"Drag the field here that holds the ID by which MoEngage knows the user. MoEngage ignores users that it doesn't know.",
	},
	{
		displayName: 'Anonymous ID',
		name: 'anonymousId',
		type: 'string',
		default: '',
		placeholder: 'e.g. {{ $json.anonymous_id }}',
		displayOptions: { hide: { operation: ['check'] } },
		description:
			"Drag the field here that holds the ID of a user who has not logged in yet. One of 'User ID' and 'Anonymous ID' is enough. Your app has to set the same value as the user attribute moe_anonymous_id in MoEngage.",
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
			'Whether the user is in the cohort now. In: true, 1, yes, add, added, enter, entered, join, joined, in. Out: false, 0, no, remove, removed, exit, exited, leave, left, out.',
	},
	{
		displayName: 'Changed At',
		name: 'changedAt',
		type: 'string',
		default: '',
		placeholder: 'e.g. {{ $json.timestamp }}',
		displayOptions: { show: { operation: ['update'] } },
		description:
			'When the change happened. If a user comes several times, the newest change counts; without a time, the last item.',
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
				description: 'The workflow itself remembers what MoEngage accepted',
			},
			{
				name: 'Second Input',
				value: 'input',
				description: 'A second input provides them, for cohorts too large to remember',
			},
		],
		default: 'remember',
		displayOptions: { show: { operation: ['mirror'] } },
		description:
			"Where the node finds who was in the cohort before: MoEngage can't be asked for its members",
	},
	{
		displayName:
			"Connect the second input of the node on the canvas, 'Previous', to a node that provides the previous members, with the fields 'uid' or 'anonymous_id'. Nothing in it means that the cohort was empty. Set 'On Error' in the node's settings to 'Continue (using error output)', so that what was accepted can be stored even when a request is not.",
		name: 'previousMembersNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { operation: ['mirror'], previousMembers: ['input'] } },
	},
	{
		...numberField(
			'removalLimit',
			'If more than this share of the previous members would be removed, nothing is sent. Up to 10 removals are always allowed.',
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
				description: "What the custom segment's description says in MoEngage",
			},
			{
				displayName: 'Dry Run',
				name: 'dryRun',
				type: 'boolean',
				default: false,
				description: 'Whether to check and plan everything but send nothing',
			},
			{
				...numberField(
					'forgetAfter',
					'After each run, cohorts that no run has mirrored for so many days are no longer remembered, which makes room for others; 0 for never',
				),
				displayOptions: { show: REMEMBERING },
			},
			{
				...numberField(
					'lookUp',
					'How many random users of those to be added are looked up in MoEngage before anything is sent, in a dry run too; 0 for none. A hint says how many of them MoEngage knows.',
				),
				displayOptions: { show: ADDING },
			},
			{
				...numberField(
					'batchSize',
					'How many members go in one request at most; 0 for as many as fit',
				),
				displayOptions: { hide: { '/operation': ['check'] } },
			},
			{
				displayName: 'Output',
				name: 'output',
				type: 'options',
				options: [
					{
						name: 'One Item per Cohort',
						value: 'summary',
						description:
							'What was sent, counted; best for large audiences. In Check Users one item for all.',
					},
					{
						name: 'One Item per Input Item',
						value: 'items',
						description: 'What became of each member',
					},
				],
				default: 'items',
				description: 'What the node outputs',
			},
			numberField('concurrency', 'How many requests may be in flight at once'),
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
					'How large a request may get; MoEngage takes 128KB without saying whether that is 128,000 or 131,072 bytes',
				),
				displayOptions: { hide: { '/operation': ['check'] } },
			},
			{
				...numberField(
					'requestsPerMinute',
					"How many requests may start in any minute, together with other executions of the same workspace; MoEngage's limit is 300",
				),
				displayOptions: { hide: { '/operation': ['check'] } },
			},
			numberField('maxRetries', 'How often a request is sent again when MoEngage is busy or away'),
			{
				...numberField(
					'resendAfter',
					"All members are sent again when that was last done more days ago than this, since MoEngage ignores users that it doesn't know yet; 0 for never",
				),
				displayOptions: { show: REMEMBERING },
			},
			{
				displayName: 'Send Everyone Now',
				name: 'sendEveryone',
				type: 'boolean',
				default: false,
				description:
					'Whether to send all members again, also those who are in already. Use it once after a database was restored, or when MoEngage shows fewer users than expected.',
				displayOptions: { show: REMEMBERING },
			},
			{
				displayName: 'Start Over',
				name: 'startOver',
				type: 'boolean',
				default: false,
				description:
					'Whether to drop what is remembered of the cohort: this run counts as its first, adds everyone and removes nobody. It works once; switch it off afterwards.',
				displayOptions: { show: REMEMBERING },
			},
			numberField('timeout', 'How long to wait for the response to a request'),
			{
				...numberField(
					'unknownLimit',
					"If more than this share of the users that were looked up is unknown to MoEngage, nothing is sent. Applies from 10 users looked up. If you set it, a run that can't look users up is refused.",
				),
				displayOptions: { show: ADDING },
			},
		],
	},
];
