import { useEmulator } from '../support/emulatedNode';
import type { TestWorkflow } from '../support/workflow';
import { jsonOf, pairsOf, withOptions } from '../support/workflow';

const node = useEmulator();

/** Everything that stops a run before its first request: what is wrong, and how it reads. */
const refusals: Array<{
	name: string;
	workflow: Partial<TestWorkflow>;
	message: string | RegExp;
	description: RegExp;
	customUrl?: string;
	status?: string;
	/** The items that can't be sent, where it is not all of them. */
	bad?: number[];
}> = [
	{
		name: 'an item without an identifier',
		workflow: { items: [{ uid: 'u-1' }, { other: 1 }, { uid: 'u-3' }] },
		bad: [1],
		message: "1 of 3 items can't be sent, so nothing was sent",
		description:
			/^Item 1: Both 'User ID' and 'Anonymous ID' are empty\. .*Continue \(using error output\)/,
	},
	{
		name: 'a column of another name than the fields have',
		workflow: { items: [{ id: 'u-1' }, { id: 'u-2' }] },
		message: "2 of 2 items can't be sent, so nothing was sent",
		description:
			/^Items 0, 1: .* are empty\. Item numbers start at 0\. Check that 'User ID' or 'Anonymous ID' refers to a column that your items have\./,
	},
	{
		name: 'one bad row among many good ones',
		workflow: {
			items: Array.from({ length: 20_001 }, (_, row) => (row === 7 ? {} : { uid: `u-${row}` })),
		},
		bad: [7],
		message: "1 of 20,001 items can't be sent, so nothing was sent",
		description: /Fix this item at the source, or set 'On Error' .* to send the others\.$/,
	},
	{
		name: 'a source that returned nothing, with Always Output Data',
		workflow: { items: [{}] },
		message: 'No data came in, so nothing was sent',
		description: /^The previous node returned nothing/,
	},
	{
		name: 'a form in which neither identifier is filled in',
		workflow: { items: [{ uid: 'u-1' }], parameters: { userId: '', anonymousId: ' ' } },
		message: "'User ID' and 'Anonymous ID' are both empty",
		description: /^Drag the column with your MoEngage user IDs from the input panel into 'User ID'/,
	},
	{
		name: 'an identifier of the wrong kind',
		workflow: { items: [{ uid: 'u-1' }, { uid: true }, { uid: 'u-3' }] },
		bad: [1],
		message: "1 of 3 items can't be sent, so nothing was sent",
		description: /^Item 1: 'User ID' is true or false, not text or a whole number\./,
	},
	{
		name: 'a cohort name that MoEngage does not take',
		workflow: { items: [{ uid: 'u-1' }], parameters: { cohortName: '.VIP = 1?' } },
		message: "1 of 1 item can't be sent, so nothing was sent",
		description:
			/'Cohort Name' starts with a period, which MoEngage does not allow\. Use "VIP 1" instead\./,
	},
	{
		name: 'one cohort id with two names',
		workflow: {
			items: [
				{ uid: 'u-1', n: 'A' },
				{ uid: 'u-2', n: 'B' },
			],
			parameters: { cohortName: '={{ $json.n }}' },
		},
		message: "2 of 2 items can't be sent, so nothing was sent",
		description: /The cohort ID "vip" has two names in this run: "A" and "B"\./,
	},
	{
		name: 'a fixed text as the identifier of many items',
		workflow: { items: [{ uid: 'u-1' }, { uid: 'u-2' }], parameters: { userId: 'u-1' } },
		message: "'User ID' is a fixed value, so all 2 items would be the same user",
		description: /^Clear 'User ID', then drag the column with the identifier/,
	},
	{
		name: 'the first item of another node as the identifier of many items',
		workflow: {
			items: [{ uid: 'u-1' }, { uid: 'u-2' }],
			parameters: { userId: "={{ $('Source').first().json.uid }}" },
		},
		message: "'User ID' has the same value for every item, so all 2 items would be the same user",
		description: /^Clear 'User ID', then drag the column with the identifier/,
	},
	{
		name: "a column's name as fixed text",
		workflow: { items: [{ account_id: 'c-1' }], parameters: { userId: 'account_id' } },
		message: "'User ID' contains the name of a column as text, not the column itself",
		description: /^Clear 'User ID', then drag the column from the input panel/,
	},
	{
		name: 'a list of users as text',
		workflow: { items: [{ uid: 'u-1' }, { uid: '["u-2","u-3"]' }] },
		bad: [1],
		message: "1 of 2 items can't be sent, so nothing was sent",
		description: /^Item 1: 'User ID' contains a list or an object as text\. .*Split Out/,
	},
	{
		name: 'a number that n8n has rounded',
		workflow: { items: [{ uid: 'u-1' }, { uid: 2 ** 53 }] },
		bad: [1],
		message: "1 of 2 items can't be sent, so nothing was sent",
		description:
			/^Item 1: 'User ID' is a number that is too large for n8n or a spreadsheet, which has rounded it\./,
	},
	{
		name: 'a user whose newest item can not be read',
		workflow: {
			items: [
				{ uid: 'u-1', is_member: true },
				{ uid: 'u-2', is_member: true },
				{ uid: 'u-1', is_member: 'maybe' },
			],
			parameters: { operation: 'update' },
		},
		bad: [0, 2],
		message: "2 of 3 items can't be sent, so nothing was sent",
		description: /Item 0: Item 2 \(counted from 0\) is for the same user, may be newer/,
	},
	...Object.entries({
		userId: 'User ID',
		anonymousId: 'Anonymous ID',
		cohortId: 'Cohort ID',
		cohortName: 'Cohort Name',
	}).map(([name, label]) => ({
		name: `an expression that is a fixed text in ${label}`,
		workflow: {
			items: [{ uid: 'u-1' }, { uid: 'u-2' }],
			parameters: { [name]: '{{ $json.uid }}' },
		},
		message: `'${label}' contains an expression but is set to 'Fixed'`,
		description: /^Set the field to 'Expression'/,
	})),
	...[
		'={{ $json.uid }}{{ $json.id }}',
		'={{ $json.account }}{{ $json.account }}',
		"={{ $('Customers').item.json.id }} {{ $('Customers').item.json.id }}",
		'={{ $json.uid $json.id}}',
		'={{ $json["the id"] }} {{ $json.uid }}',
	].map((userId) => ({
		name: `a field dragged onto another, ${userId}`,
		workflow: { items: [{ uid: 'u-1', id: '7' }], parameters: { userId } },
		message: "'User ID' contains two columns next to each other",
		description: /^n8n adds a dragged column .* Clear 'User ID'/,
	})),
	...['=customer_id {{ $json.customer_id }}', '={{ $json.customer_id }} customer_id'].map(
		(userId) => ({
			name: `a field dragged onto its own name, ${userId}`,
			workflow: { items: [{ customer_id: 'u-1' }], parameters: { userId } },
			message: "'User ID' contains a column's name next to the column itself",
			description: /^n8n adds a dragged column .* Clear 'User ID'/,
		}),
	),
	{
		name: 'an option out of its range',
		workflow: { items: [{ uid: 'u-1' }], parameters: withOptions({ concurrency: 0 }) },
		message: "'Parallel Requests' must be a whole number from 1 to 20",
		description: /^Its value is 0\./,
	},
	{
		name: 'a custom URL that is not encrypted',
		workflow: { items: [{ uid: 'u-1' }] },
		customUrl: 'http://example.com',
		message: "'Custom URL' in the MoEngage API credential does not start with https://",
		description: /^Enter a URL such as/,
	},
	{
		name: 'a credential that is gone',
		workflow: { items: [{ uid: 'u-1' }], credential: null },
		message: "The MoEngage API credential is missing or can't be read",
		description: /Select or create one/,
		status: 'not_sent',
	},
	{
		name: 'a member too large for a request',
		workflow: {
			items: [{ uid: 'u-1' }, { uid: 'x'.repeat(2000) }],
			parameters: withOptions({ payloadLimit: 1000 }),
		},
		bad: [1],
		message: "1 of 2 items can't be sent, so nothing was sent",
		description: /^Item 1: This member alone is larger than a request can be\./,
	},
];

describe.each(refusals)(
	'$name',
	({ workflow, customUrl, message, description, status = 'invalid', bad }) => {
		const withCredential = () => ({
			credential: node.credential(customUrl === undefined ? {} : { customUrl }),
			...workflow,
		});
		const badItems = () => bad ?? (workflow.items ?? []).map((_, item) => item);

		test('is refused before anything is sent, with the way to fix it', async () => {
			const result = await node.run(withCredential());
			expect(result.status).toBe('error');
			expect(result.thrown?.message).toEqual(message);
			expect(result.thrown?.description).toMatch(description);
			expect(node.model.requests).toHaveLength(0);
		});

		test('with an error output, only the items concerned go there, with their input merged in', async () => {
			const result = await node.run({ ...withCredential(), onError: 'continueErrorOutput' });
			const bad = badItems();
			expect(result.status).toBe('success');
			expect(result.thrown).toBeUndefined();
			expect(result.error).toHaveLength(bad.length);
			expect(result.success).toHaveLength((workflow.items?.length ?? 0) - bad.length);
			expect(pairsOf(result.error)).toEqual(bad.map((item) => ({ item })));
			expect(jsonOf(result.error)).toMatchObject(
				bad.map((item) => ({
					...workflow.items?.[item],
					message: status,
					error: expect.any(String),
				})),
			);
			expect(jsonOf(result.success).every((item) => item['status'] === 'accepted')).toBe(true);
			const isWarning = result.hints.some(({ type }) => type === 'warning');
			expect(isWarning).toBe(result.success.length === 0);
		});

		test('with one output, the items concerned stand in their places', async () => {
			const result = await node.run({ ...withCredential(), onError: 'continueRegularOutput' });
			expect(pairsOf(result.success)).toEqual((workflow.items ?? []).map((_, item) => ({ item })));
			const troubled = result.success.flatMap((item, index) => (item.json['error'] ? [index] : []));
			expect(troubled).toEqual(badItems());
		});
	},
);
