import { sleep } from 'n8n-workflow';
import type { Fault } from '../emulator/model';
import type { Emulator, ServerOptions } from '../emulator/server';
import { startEmulator } from '../emulator/server';
import type { TestRun, TestWorkflow } from './support/workflow';
import { runWorkflow, startWorkflow } from './support/workflow';

const SECRET = 'a-secret-that-nobody-may-read';

let emulator: Emulator;

async function startWith(options: ServerOptions = {}) {
	emulator = await startEmulator({ appId: 'APP', secret: SECRET, ...options });
}

afterEach(async () => await emulator.close());

function credential(changes: Record<string, string> = {}) {
	return {
		appId: 'APP',
		secretKey: SECRET,
		dataCenter: 'custom',
		customUrl: emulator.url,
		...changes,
	};
}

async function run(workflow: Partial<TestWorkflow>): Promise<TestRun> {
	const result = await runWorkflow({ items: [], credential: credential(), ...workflow });
	const everything = JSON.stringify(result);
	expect(everything).not.toContain(SECRET);
	expect(everything).not.toContain(Buffer.from(`APP:${SECRET}`).toString('base64'));
	return result;
}

const options = (values: Record<string, unknown>) =>
	({ options: { maxRetries: 0, ...values } }) as TestWorkflow['parameters'] & object;

const json = (result: TestRun['success']) => result.map((item) => item.json);
const pairs = (result: TestRun['success']) => result.map((item) => item.pairedItem);

describe('adding and removing', () => {
	test('every item becomes a member, and every output item is paired with its input item', async () => {
		await startWith();
		const { status, success } = await run({
			items: [
				{ uid: 'u-1' },
				{ uid: 7 },
				{ anonymous_id: ' a-3 ' },
				{ uid: 'ü-4', anonymous_id: 'a-4' },
			],
		});
		expect(status).toBe('success');
		expect(pairs(success)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }, { item: 3 }]);
		expect(json(success)).toMatchObject([
			{
				status: 'accepted',
				action: 'add',
				cohort_id: 'vip',
				uid: 'u-1',
				anonymous_id: null,
				request: 1,
			},
			{ status: 'accepted', uid: '7', anonymous_id: null },
			{ status: 'accepted', uid: null, anonymous_id: 'a-3' },
			{ status: 'accepted', uid: 'ü-4', anonymous_id: 'a-4' },
		]);
		expect(emulator.model.memberIds('vip')).toEqual(['7', 'a-3', 'u-1', 'ü-4']);
		expect(emulator.model.requests).toHaveLength(1);
	});

	test('removing takes members out again', async () => {
		await startWith();
		await run({ items: [{ uid: 'u-1' }, { uid: 'u-2' }] });
		const { success } = await run({ items: [{ uid: 'u-1' }], parameters: { operation: 'remove' } });
		expect(json(success)).toMatchObject([{ status: 'accepted', action: 'remove' }]);
		expect(emulator.model.memberIds('vip')).toEqual(['u-2']);
	});

	test('one run feeds many cohorts, each with its own name, description and partner', async () => {
		await startWith();
		await run({
			items: [
				{ uid: 'u-1', tier: 'gold', about: 'best' },
				{ uid: 'u-2', tier: 'iron', about: '' },
				{ uid: 'u-1', tier: 'iron', about: 'ignored, as it is not the first' },
			],
			parameters: {
				cohortId: '={{ $json.tier }}',
				cohortName: '=Tier {{ $json.tier }}',
				cohortDescription: '={{ $json.about }}',
				partner: '={{ "crm-" + $json.tier }}',
			},
		});
		expect(emulator.model.cohorts()).toMatchObject([
			{ id: 'gold', name: 'Tier gold', description: 'best', size: 1 },
			{ id: 'iron', name: 'Tier iron', size: 2 },
		]);
	});

	test('the first request of a cohort goes alone, and the others follow in strictly later order', async () => {
		await startWith();
		const items = Array.from({ length: 50 }, (_, index) => ({ uid: `u-${index}` }));
		const { success } = await run({ items, parameters: options({ batchSize: 10 }) });
		expect(emulator.model.requests).toHaveLength(5);
		const stamps = emulator.model.requests.map(({ timestamp }) => timestamp ?? '');
		expect(new Set(stamps).size).toBe(5);
		expect(json(success).map(({ request }) => request)).toEqual(
			items.map((_, index) => Math.floor(index / 10) + 1),
		);
		expect(emulator.model.cohort('vip')?.size).toBe(50);
	});

	test('a user who comes twice is sent once, with both identifiers, and both items share the outcome', async () => {
		await startWith();
		const { success, hints } = await run({
			items: [{ uid: 'u-1' }, { uid: 'u-2' }, { uid: 'u-1', anonymous_id: 'a-1' }],
		});
		expect(json(success)).toMatchObject([
			{ status: 'accepted', uid: 'u-1', anonymous_id: 'a-1' },
			{ status: 'accepted', uid: 'u-2' },
			{ status: 'accepted', uid: 'u-1', anonymous_id: 'a-1', duplicate_of: 0 },
		]);
		expect(emulator.model.requests[0]?.memberCount).toBe(2);
		expect(hints).toMatchObject([{ message: expect.stringContaining('1 item came with a user') }]);
	});

	test('expressions of every kind reach the node as n8n works them out', async () => {
		await startWith();
		const { success } = await run({
			items: [
				{ customer: { 'the id': 'c-1' }, list: [{ id: 'l-1' }] },
				{ customer: null, list: [{ id: 'l-2' }] },
			],
			parameters: {
				userId: '={{ $json.customer?.["the id"] }}',
				anonymousId: '={{ $json.list[0].id.toUpperCase() }}',
				cohortId: '=vip',
				cohortName: '={{ "VIP of " + $("Source").first().json.list[0].id }}',
			},
		});
		expect(json(success)).toMatchObject([
			{ uid: 'c-1', anonymous_id: 'L-1', cohort_id: 'vip' },
			{ uid: null, anonymous_id: 'L-2', cohort_id: 'vip' },
		]);
		expect(emulator.model.cohort('vip')?.name).toBe('VIP of l-1');
	});

	test('a dry run sends nothing and says what it would send', async () => {
		await startWith();
		const items = [{ uid: 'u-1' }, { uid: 'u-2' }, { uid: 'u-2' }];
		const { success, hints } = await run({ items, parameters: options({ dryRun: true }) });
		expect(json(success).map(({ status }) => status)).toEqual(['planned', 'planned', 'planned']);
		expect(hints[0]?.message).toMatch(/^Dry run: nothing was sent\. .* 1 request/);
		const { success: summary } = await run({
			items,
			parameters: options({ dryRun: true, output: 'summary' }),
		});
		expect(json(summary)).toMatchObject([
			{
				dry_run: true,
				planned: 3,
				duplicates: 1,
				added: 0,
				requests: 1,
				bytes: expect.any(Number),
			},
		]);
		expect(emulator.model.requests).toHaveLength(0);
	});

	test('the summary counts items, members and what the requests took', async () => {
		await startWith();
		const { success } = await run({
			items: [{ uid: 'u-1' }, { uid: 'u-1' }, { uid: '' }, { uid: 'u-2' }],
			parameters: options({ output: 'summary' }),
			onError: 'continueRegularOutput',
		});
		expect(success).toMatchObject([
			{
				json: {
					cohort_id: 'vip',
					cohort_name: 'VIP',
					operation: 'add',
					dry_run: false,
					accepted: 3,
					invalid: 1,
					rejected: 0,
					duplicates: 1,
					added: 2,
					removed: 0,
					requests: 1,
					retries: 0,
					throttled: 0,
					bytes: emulator.model.requests[0]?.bytes,
					waited_ms: 0,
					errors: ["Both 'User ID' and 'Anonymous ID' are empty."],
				},
				pairedItem: { item: 0 },
			},
			{ json: { message: 'invalid' }, pairedItem: { item: 2 } },
		]);
	});
});

test('one user whom MoEngage refuses among 2,000 is found, and the others become members', async () => {
	await startWith();
	const items = Array.from({ length: 2000 }, (_, index) => ({ uid: `u-${index}` }));
	emulator.model.fault({
		...refusal(400, 'InvalidAttributeError', 'uid is not valid', 'uid'),
		when: ({ members }) => members.some(({ uid }) => uid === 'u-1234'),
		times: Infinity,
	});
	const { success, error } = await run({ items, onError: 'continueErrorOutput' });
	expect(success).toHaveLength(1999);
	expect(error).toMatchObject([
		{
			pairedItem: { item: 1234 },
			json: {
				uid: 'u-1234',
				message: 'rejected',
				error: expect.stringMatching(
					/^MoEngage refused this member\. MoEngage says: "uid is not valid"/,
				),
			},
		},
	]);
	expect(emulator.model.cohort('vip')?.size).toBe(1999);
	expect(emulator.model.requests.length).toBeLessThan(30);
});

test('a request that times out after MoEngage applied it is sent again as it was, and accepted', async () => {
	await startWith();
	emulator.model.fault({ delayMs: 1500 });
	const { success } = await run({
		items: [{ uid: 'u-1' }],
		parameters: options({ timeout: 1, maxRetries: 1 }),
	});
	expect(json(success)).toMatchObject([{ status: 'accepted', uid: 'u-1', request: 1 }]);
	const [first, second] = emulator.model.requests;
	expect(emulator.model.requests).toHaveLength(2);
	expect(second?.timestamp).toBe(first?.timestamp);
	expect(emulator.model.memberIds('vip')).toEqual(['u-1']);
});

test('a stopped run ends at once, sends nothing more and tells what was accepted', async () => {
	await startWith();
	const { done, stop } = startWorkflow({
		items: Array.from({ length: 30 }, (_, index) => ({ uid: `u-${index}` })),
		credential: credential(),
		parameters: options({ batchSize: 1, requestsPerMinute: 2 }),
	});
	while (emulator.model.requests.length < 2) await sleep(5);
	await sleep(50);
	stop();
	const { run, status, thrown } = await done;
	expect(thrown?.message).toBe('The execution was cancelled manually');
	expect(status).toBe('canceled');
	expect(run.data.resultData.metadata).toEqual({ moengage_accepted_before_stop: '2 of 30 items' });
	expect(emulator.model.requests).toHaveLength(2);
});

test('a run that is stopped while it reads its items ends before it has read them all', async () => {
	await startWith();
	const start = (count: number) =>
		startWorkflow({
			items: Array.from({ length: count }, (_, index) => ({ uid: `u-${index}` })),
			credential: credential(),
			parameters: { userId: '={{ $json.uid + "" }}', ...options({ dryRun: true }) },
		});
	const startedAt = performance.now();
	await start(4_000).done;
	const aFifth = performance.now() - startedAt;
	const { done, stop } = start(20_000);
	await sleep(1);
	stop();
	const stoppedAt = performance.now();
	expect((await done).status).toBe('canceled');
	expect(performance.now() - stoppedAt).toBeLessThan(aFifth);
	expect(emulator.model.requests).toEqual([]);
});

test.each([
	['={{ $json.brand }}-{{ $json.uid }}', 'b-1'],
	['={{ $json.brand }}{{ $json.no }}', 'b1'],
	['={{ $json.uid ?? $json.no }}', '1'],
	['={{ $json.other || $json.uid }}', '1'],
	['={{ $json.uid }}', '1'],
])('an identifier made of several fields on purpose is sent: %s', async (userId, uid) => {
	await startWith();
	const { success } = await run({
		items: [{ uid: '1', brand: 'b', no: 1 }],
		parameters: { userId },
	});
	expect(json(success)).toMatchObject([{ status: 'accepted', uid }]);
});

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
			/^Items 0, 1: .* are empty\. Items are counted from 0\. If the column has another name, empty 'User ID' and drag that column into it/,
	},
	{
		name: 'an identifier of the wrong kind',
		workflow: { items: [{ uid: 'u-1' }, { uid: true }, { uid: 'u-3' }] },
		bad: [1],
		message: "1 of 3 items can't be sent, so nothing was sent",
		description: /^Item 1: 'User ID' is true or false, not a text or a whole number\./,
	},
	{
		name: 'a cohort name that MoEngage does not take',
		workflow: { items: [{ uid: 'u-1' }], parameters: { cohortName: '.VIP = 1?' } },
		message: "1 of 1 item can't be sent, so nothing was sent",
		description:
			/'Cohort Name' starts with a period, which MoEngage does not take\. Use "VIP 1" instead\./,
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
		description: /The cohort ID "vip" comes with two names in this run: "A" and "B"\./,
	},
	{
		name: 'a fixed text as the identifier of many items',
		workflow: { items: [{ uid: 'u-1' }, { uid: 'u-2' }], parameters: { userId: 'u-1' } },
		message: "'User ID' is a fixed text, so all 2 items would be the same user",
		description: /^Drag the field that holds the identifier/,
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
		message: `'${label}' holds an expression, but n8n takes it for a fixed text`,
		description: /^Choose 'Expression' instead of 'Fixed'/,
	})),
	...[
		'={{ $json.uid }}{{ $json.id }}',
		'={{ $json.uid $json.id}}',
		'={{ $json["the id"] }} {{ $json.uid }}',
	].map((userId) => ({
		name: `a field dragged onto another, ${userId}`,
		workflow: { items: [{ uid: 'u-1', id: '7' }], parameters: { userId } },
		message: "'User ID' holds two fields next to each other",
		description: /^n8n adds a dragged field .* Empty 'User ID'/,
	})),
	{
		name: 'an option out of its range',
		workflow: { items: [{ uid: 'u-1' }], parameters: options({ concurrency: 0 }) },
		message: "'Parallel Requests' must be a whole number from 1 to 20",
		description: /^It is 0 now\./,
	},
	{
		name: 'a custom URL that is not encrypted',
		workflow: { items: [{ uid: 'u-1' }] },
		customUrl: 'http://example.com',
		message: "'Custom URL' in the MoEngage API credential does not start with https://",
		description: /^Enter an address such as/,
	},
	{
		name: 'a credential that is gone',
		workflow: { items: [{ uid: 'u-1' }], credential: null },
		message: 'The MoEngage API credential is missing or can not be read',
		description: /^Choose or create it/,
		status: 'not_sent',
	},
	{
		name: 'a member too large for a request',
		workflow: {
			items: [{ uid: 'u-1' }, { uid: 'x'.repeat(2000) }],
			parameters: options({ payloadLimit: 1000 }),
		},
		bad: [1],
		message: "1 of 2 items can't be sent, so nothing was sent",
		description: /^Item 1: The member alone is larger than a request may be\./,
	},
];

describe.each(refusals)(
	'$name',
	({ workflow, customUrl, message, description, status = 'invalid', bad }) => {
		const withCredential = () => ({
			credential: credential(customUrl === undefined ? {} : { customUrl }),
			...workflow,
		});
		const badItems = () => bad ?? (workflow.items ?? []).map((_, item) => item);

		test('is refused before anything is sent, with the way to fix it', async () => {
			await startWith();
			const result = await run(withCredential());
			expect(result.status).toBe('error');
			expect(result.thrown?.message).toEqual(message);
			expect(result.thrown?.description).toMatch(description);
			expect(emulator.model.requests).toHaveLength(0);
		});

		test('with an error output, only the items concerned go there, with their input merged in', async () => {
			await startWith();
			const result = await run({ ...withCredential(), onError: 'continueErrorOutput' });
			const bad = badItems();
			expect(result.status).toBe('success');
			expect(result.thrown).toBeUndefined();
			expect(result.error).toHaveLength(bad.length);
			expect(result.success).toHaveLength((workflow.items?.length ?? 0) - bad.length);
			expect(pairs(result.error)).toEqual(bad.map((item) => ({ item })));
			expect(json(result.error)).toMatchObject(
				bad.map((item) => ({
					...workflow.items?.[item],
					message: status,
					error: expect.any(String),
				})),
			);
			expect(json(result.success).every((item) => item['status'] === 'accepted')).toBe(true);
		});

		test('with one output, the items concerned stand in their places', async () => {
			await startWith();
			const result = await run({ ...withCredential(), onError: 'continueRegularOutput' });
			expect(pairs(result.success)).toEqual((workflow.items ?? []).map((_, item) => ({ item })));
			const troubled = result.success.flatMap((item, index) => (item.json['error'] ? [index] : []));
			expect(troubled).toEqual(badItems());
		});
	},
);

/** An answer of MoEngage that refuses a request, as its documentation shows it. */
function refusal(status: number, type: string, message: string, attribute?: string): Fault {
	const error = { type, message, attribute, request_id: 'sYsoPuzf' };
	return { status, body: JSON.stringify({ status: 'fail', error }) };
}

const RIGHT_ADDRESS =
	"make sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is right.";
const ENTER_KEYS =
	"Open the MoEngage API credential, enter 'App ID' and 'Secret Key' again (in MoEngage: Settings → Account → APIs, the key of the Data tile), and check that 'Data Center' is the number in your dashboard's address.";
const LIFT_IT =
	"Nothing can be sent until MoEngage lifts this: ask MoEngage's support and give them the request ID.";
const LATER = 'Run the workflow again later: sending a member twice does no harm.';

/** Every answer that MoEngage documents, and what a person reads of it. */
const failures: Array<{
	name: string;
	fault: Fault;
	what: string;
	fix: string;
	status: 'rejected' | 'failed';
	/** What is said of a change that was given up. */
	effect?: 'may have' | 'has not';
	hasRequestId?: boolean;
}> = [
	{
		name: 'a member that MoEngage does not take',
		fault: refusal(400, 'InvalidAttributeError', 'uid is not valid', 'uid'),
		what: 'MoEngage refused this member. MoEngage says: "uid is not valid".',
		fix: 'Correct the identifier at its source, or leave the item out with a Filter node.',
		status: 'rejected',
	},
	{
		name: 'a cohort name that MoEngage does not take',
		fault: refusal(400, 'InvalidAttributeError', 'cohort_name is not valid', 'cohort_name'),
		what: 'MoEngage refused the request because of its \'Cohort Name\'. MoEngage says: "cohort_name is not valid".',
		fix: "Change 'Cohort Name' in the node.",
		status: 'rejected',
	},
	{
		name: 'a wrong secret key',
		fault: refusal(
			401,
			'Authentication required',
			'App Secret key mismatch. Please login to the dashboard to verify key',
		),
		what: 'MoEngage does not accept the App ID or the Secret Key. MoEngage says: "App Secret key mismatch. Please login to the dashboard to verify key".',
		fix: ENTER_KEYS,
		status: 'rejected',
	},
	{
		name: 'a wrong app id',
		fault: refusal(401, 'Authentication Mismatch', 'App key mismatch in params and authentication'),
		what: 'The App ID and the Secret Key do not belong together. MoEngage says: "App key mismatch in params and authentication".',
		fix: ENTER_KEYS,
		status: 'rejected',
	},
	...['BlockedClient', 'Account Suspended', 'Account Temporarily Suspended'].map((type) => ({
		name: `an account in the state ${type}`,
		fault: refusal(403, type, type),
		what: `MoEngage has blocked or suspended this account. MoEngage says: "${type}".`,
		fix: LIFT_IT,
		status: 'rejected' as const,
	})),
	{
		name: 'a request that MoEngage finds too large',
		fault: refusal(413, 'Payload too large', 'Payload can not exceed 128KB'),
		what: 'MoEngage found the request too large. MoEngage says: "Payload can not exceed 128KB".',
		fix: "Lower the option 'Payload Limit in Bytes'; without it, requests take up to 128,000 bytes.",
		status: 'rejected',
	},
	{
		name: 'a content type that a proxy has changed',
		fault: refusal(415, 'Unsupported media type', 'Unsupported media type'),
		what: 'MoEngage did not receive the request as JSON (status 415). MoEngage says: "Unsupported media type".',
		fix: `Something between n8n and MoEngage changes the requests: look for a proxy, and ${RIGHT_ADDRESS}`,
		status: 'rejected',
	},
	{
		name: 'too many requests',
		fault: refusal(
			429,
			'Rate Limits Exceeded',
			'Rate limits for customers exceeded. Please Try After Some Time',
		),
		what: 'MoEngage receives too many requests for this workspace (status 429). MoEngage says: "Rate limits for customers exceeded. Please Try After Some Time".',
		fix: "Something else sends as well, such as another n8n worker: lower the option 'Requests per Minute' (with several workers, 300 divided by their number), or let it run at another time. Then run the workflow again; sending a member twice does no harm.",
		status: 'failed',
		effect: 'has not',
	},
	...[500, 502, 503, 504].map((code) => ({
		name: `a service that answers ${code}`,
		fault: refusal(code, 'Server Error', 'Something went wrong'),
		what: `MoEngage is not available at the moment (status ${code}). MoEngage says: "Something went wrong".`,
		fix: LATER,
		status: 'failed' as const,
		effect: 'may have' as const,
	})),
	{
		name: 'an address without a Cohort Sync',
		fault: { status: 404, body: 'not found' },
		what: "MoEngage's Cohort Sync is not at this address (status 404).",
		fix: `M${RIGHT_ADDRESS.slice(1)}`,
		status: 'rejected',
		hasRequestId: false,
	},
	{
		name: 'a redirect',
		fault: { status: 302, headers: { location: 'https://elsewhere.example.com' } },
		what: 'The address answered with a redirect (status 302). The node never follows one, so that neither your key nor your members reach another place.',
		fix: `M${RIGHT_ADDRESS.slice(1)}`,
		status: 'failed',
		effect: 'has not',
		hasRequestId: false,
	},
	{
		name: 'a connection that breaks off',
		fault: { reset: 'after' },
		what: 'The connection to MoEngage broke off (ECONNRESET).',
		fix: `${LATER} If it happens again, check that n8n can reach the internet, and ${RIGHT_ADDRESS}`,
		status: 'failed',
		effect: 'may have',
		hasRequestId: false,
	},
	{
		name: 'an answer that is a web page',
		fault: { status: 200, body: '<html>Login</html>', headers: { 'content-type': 'text/html' } },
		what: 'The answer (status 200) does not say that the request was accepted.',
		fix: `It may come from a proxy or a login page instead of MoEngage: ${RIGHT_ADDRESS} Then run the workflow again; sending a member twice does no harm.`,
		status: 'failed',
		effect: 'may have',
		hasRequestId: false,
	},
];

const EFFECTS = {
	'may have': ' This change may have taken effect in MoEngage all the same.',
	'has not': ' This change has not taken effect.',
};

describe.each(failures)('$name', ({ fault, what, fix, status, effect, hasRequestId = true }) => {
	const workflow = {
		items: [{ uid: 'u-1' }, { uid: 'u-2' }, { uid: 'u-3' }, { uid: 'u-4' }],
		parameters: options({ batchSize: 2 }),
	};
	const requestId = hasRequestId ? ' MoEngage request ID: sYsoPuzf.' : '';
	const secondRequestFails = () => {
		let seen = 0;
		emulator.model.fault({ ...fault, when: () => ++seen > 1, times: Infinity });
	};

	test('ends the run with what happened, what to do and how much was accepted', async () => {
		await startWith();
		secondRequestFails();
		const result = await run(workflow);
		const isSafe = fix.includes('does no harm')
			? ''
			: ' Running the workflow again is safe: sending a member twice does no harm.';
		expect(result.status).toBe('error');
		const [title, words] = what.split(/ (?=MoEngage says: )/);
		expect(result.thrown).toEqual({
			message: title,
			description: `${words === undefined ? '' : `${words} `}${fix} Accepted before: 2 of 4 items; 2 ${status}, the first of them item 2.${requestId}${isSafe}`,
		});
	});

	test.each(['continueErrorOutput', 'continueRegularOutput'] as const)(
		'marks just its own items with %s',
		async (onError) => {
			await startWith();
			secondRequestFails();
			const result = await run({ ...workflow, onError });
			expect(result.status).toBe('success');
			const troubled = [...result.success, ...result.error].filter(({ json: { error } }) => error);
			expect(pairs(troubled)).toEqual([{ item: 2 }, { item: 3 }]);
			const error = `${what} ${fix}${requestId}${effect === undefined ? '' : EFFECTS[effect]}`;
			expect(json(troubled)).toMatchObject([
				{ message: status, error },
				{ message: status, error },
			]);
			expect(result.error).toHaveLength(onError === 'continueErrorOutput' ? 2 : 0);
		},
	);
});
