import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outputOf } from '../../../local-n8n/client.mjs';
import { messageOf, type Scene } from '../scene.mjs';
import { SYNC, workflowWith, type Parameters } from '../workflow.mjs';

interface Case {
	readonly what: string;
	readonly rows: readonly object[];
	readonly parameters: Parameters;
	/** The message with which the run is refused; without one, it succeeds. */
	readonly refusal?: RegExp;
	/** The members that MoEngage was asked to add, by uid or anonymous ID. */
	readonly added?: readonly string[];
	readonly removed?: readonly string[];
}

/** Rows of 200 visitors who all have this user ID. */
const visitors = (id: unknown) =>
	Array.from({ length: 200 }, (_, index) => ({ id, visitor: `v${index}` }));
const ALL_VISITORS = visitors(0).map(({ visitor }) => visitor);

const BOTH = { userId: '={{ $json.id }}', anonymousId: '={{ $json.visitor }}' };
const UPDATE = { operation: 'update', membership: '={{ $json.change }}' };

/**
 * Values as the node gets them from n8n's own expression engine, which is a different one in 1.x and 2.x.
 */
const CASES: readonly Case[] = [
	...[0, 'guest', 'NULL', '\\N', '#N/A', '<nil>'].map((id) => ({
		what: `visitors whose user ID is ${JSON.stringify(id)} are sent by their anonymous IDs`,
		rows: visitors(id),
		parameters: BOTH,
		added: ALL_VISITORS,
	})),
	{
		what: 'customers numbered from 1 are sent',
		rows: [1, 2, 3].map((id) => ({ id })),
		parameters: {},
		added: ['1', '2', '3'],
	},
	{
		what: 'an object is refused, even in a text with a line break',
		rows: [{ id: { customer: 1 } }],
		parameters: { userId: '={{ $json.id }}\n' },
		refusal: /'User ID' is an object/,
	},
	{
		what: 'numbers too large to be distinguished are refused',
		rows: [{ id: 9007199254740992 }, { id: 9007199254740994 }],
		parameters: { userId: '={{ $json.id }} ' },
		refusal:
			/'User ID' is a number that is too large for n8n or a spreadsheet, which has rounded it/,
	},
	{
		what: 'such a number is refused as text, too',
		rows: [{ id: 9007199254740992 }],
		parameters: { userId: '={{ $json.id.toString() }}' },
		refusal:
			/'User ID' is a number that is too large for n8n or a spreadsheet, which has rounded it/,
	},
	{
		what: 'a text whose second part is missing after a list is refused',
		rows: [{ id: 'a', region: ['EU'] }],
		parameters: { cohortId: '={{ $json.region }}-{{ $json.tier }}' },
		refusal: /Part of the text in 'Cohort ID' is missing/,
	},
	{
		what: 'an older change is not sent if the newest one is unclear',
		rows: [
			{ id: 'a', change: 'yes', at: '2026-11-20T10:00:00Z' },
			{ id: 'a', change: 'unsubscribed', at: '2026-11-21T10:00:00Z' },
		],
		parameters: { ...UPDATE, changedAt: '={{ $json.at }}' },
		refusal: /2 of 2 items can't be sent/,
	},
	{
		what: 'a reference without braces is refused',
		rows: [{ id: 'a' }],
		parameters: { userId: '=$json.id' },
		refusal: /'User ID' contains \$json outside of \{\{ \}\}/,
	},
	{
		what: 'a composed cohort ID with a missing part is refused',
		rows: [{ id: 'a' }],
		parameters: { cohortId: '=tier-{{ $json.tier }}' },
		refusal: /Part of the text in 'Cohort ID' is missing/,
	},
	{
		what: 'a computed ID that ends in undefined is refused',
		rows: [{ id: 'a' }],
		parameters: { userId: '={{ "user-" + $json.missing }}' },
		refusal: /Part of the text in 'User ID' is missing/,
	},
	{
		what: 'a Dry Run whose variable is not set is refused',
		rows: [{ id: 'a' }],
		parameters: { options: { dryRun: '={{ $vars.DRY }}' } },
		refusal: /'Dry Run' must be on or off/,
	},
	{
		what: 'numbers and switches may be text, as variables are',
		rows: [{ id: 'a' }],
		parameters: { options: { requestsPerMinute: '={{ "150" }}', dryRun: '={{ "false" }}' } },
		added: ['a'],
	},
	{
		what: 'changes are ordered by times in the form that data warehouses write',
		rows: [
			{ id: 'a', change: 'left', at: '1.763892000E9' },
			{ id: 'a', change: 't', at: 1763892000000001 },
			{ id: 'b', change: 'Audience Entered', at: '2025-11-23 10:00:00 UTC' },
			{ id: 'b', change: 'left', at: '2025-11-23 10:00:01.000 +0000' },
		],
		parameters: { ...UPDATE, changedAt: '={{ $json.at }}' },
		added: ['a'],
		removed: ['b'],
	},
	{
		what: 'a user is added and removed with all anonymous IDs',
		rows: [
			{ id: 'crm-7', visitor: 'a1' },
			{ id: 'crm-7', visitor: 'a2' },
		],
		parameters: { ...BOTH, operation: 'remove' },
		removed: ['crm-7/a1', 'crm-7/a2'],
	},
];

export function values(getScene: () => Scene) {
	CASES.forEach(({ what, rows, parameters, refusal, added = [], removed = [] }, index) => {
		test(what, async () => {
			const { emulator, credential, runNew } = getScene();
			const cohortId = `values-${index}`;
			const all = { cohortId, cohortName: cohortId, userId: '={{ $json.id }}', ...parameters };
			const before = emulator.model.requests.length;
			const execution = await runNew(workflowWith({ rows, parameters: all, credential }));
			const requests = emulator.model.requests.slice(before);
			if (refusal !== undefined) {
				assert.equal(execution.status, 'error');
				assert.match(messageOf(execution), refusal);
				assert.equal(requests.length, 0);
				return;
			}
			assert.equal(execution.status, 'success', messageOf(execution));
			assert.equal(outputOf(execution, SYNC)[0]?.length, rows.length);
			const sentWith = (action: string) =>
				requests
					.filter((request) => request.action === action)
					.flatMap(({ members }) => members)
					.map(({ uid, anonymous_id }) => [uid, anonymous_id].filter(Boolean).join('/'));
			assert.deepEqual(sentWith('add_members'), added);
			assert.deepEqual(sentWith('remove_members'), removed);
		});
	});
}
