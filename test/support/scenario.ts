import fc from 'fast-check';
import type { IDataObject, INodeExecutionData, INodeParameters, OnError } from 'n8n-workflow';
import type { Fault, RequestRecord } from '../../emulator/model';

/**
 * What a simulated run is made of, as plain JSON, so that one that went wrong can be kept in a file.
 */
export interface Scenario {
	readonly seed: number;
	readonly operation: 'add' | 'remove' | 'update' | 'mirror';
	/** A mirror whose previous members are in a table on the second input. */
	readonly hasTable?: boolean;
	/** Executions of one workflow, one after the other. A last one without trouble follows them. */
	readonly runs: readonly RunPlan[];
}

export interface RunPlan {
	readonly onError: OnError;
	readonly mode: 'trigger' | 'manual';
	readonly items: readonly ItemPlan[];
	readonly options: Readonly<Record<string, number | string | boolean>>;
	readonly removalLimit: number;
	readonly spells: readonly Spell[];
	/** When the Stop button is pressed, in ms. */
	readonly stopAfter?: number;
}

/** An item of a person, in one of a few cohorts. */
export interface ItemPlan {
	readonly who: number;
	readonly cohort: number;
	/** By both identifiers; else by the one that the person always goes by. */
	readonly byBoth: boolean;
	/** Update: whether the person is in. */
	readonly isIn: boolean;
	/** What is wrong with the item. */
	readonly flaw?: keyof typeof FLAWS | undefined;
}

/** What goes wrong with requests `first` to `first + count - 1` of a run, counted from 0. */
export interface Spell {
	readonly mishap: keyof typeof MISHAPS;
	readonly first: number;
	readonly count: number;
}

/** The identifiers are easy to find in a text where they have no business. */
export const uidOf = (who: number) => `person-${who}-ENOENT`;
export const anonymousIdOf = (who: number) => `visitor-${who}`;
export const IDENTIFIER = /person-\d|visitor-\d/;
const isSeenByUid = (who: number) => who % 2 === 0;

/** Ways in which an item gives no usable member; another name is one only beside the cohort's own. */
const FLAWS = {
	nobody: { uid: '', anonymous_id: null },
	'blank text': { uid: ' \t\u00a0', anonymous_id: undefined },
	'a fraction': { uid: 1.5, anonymous_id: undefined },
	'too large a number': { uid: 2 ** 53, anonymous_id: undefined },
	'a list': { uid: ['person'], anonymous_id: undefined },
	'an object': { uid: { id: 1 }, anonymous_id: undefined },
	'a written null': { uid: 'null', anonymous_id: 'undefined' },
	'no cohort': { cohort: ' ' },
	'a bad name': { name: '.VIP|' },
	'another name': { name: 'Another name' },
} as const satisfies Record<string, IDataObject>;

/** The item as it reaches the node. */
export function itemOf({ who, cohort, byBoth, isIn, flaw }: ItemPlan): IDataObject {
	return {
		...(byBoth || isSeenByUid(who) ? { uid: uidOf(who) } : {}),
		...(byBoth || !isSeenByUid(who) ? { anonymous_id: anonymousIdOf(who) } : {}),
		cohort: `cohort-${cohort}`,
		name: `Cohort ${cohort}`,
		is_member: isIn,
		...(flaw === undefined ? {} : FLAWS[flaw]),
	};
}

export const PEOPLE = Array.from({ length: 30 }, (_, who) => who);

/** MoEngage knows everyone by both identifiers. */
export const KNOWN = PEOPLE.map((who) => ({ uid: uidOf(who), anonymous_id: anonymousIdOf(who) }));

export function parametersOf(
	scenario: Scenario,
	{ options, removalLimit }: RunPlan,
): INodeParameters {
	const { operation } = scenario;
	return {
		operation,
		cohortId: '={{ $json.cohort }}',
		cohortName: '={{ $json.name }}',
		...(operation === 'mirror' ? { removalLimit } : {}),
		...(usesTable(scenario) ? { previousMembers: 'input' } : {}),
		options: { ...options },
	};
}

export function usesTable({ operation, hasTable }: Scenario): boolean {
	return operation === 'mirror' && hasTable === true;
}

/** Keeps a table of a cohort's members as a workflow does: by the results that say "accepted". */
export function keepTable(
	rows: readonly IDataObject[],
	results: readonly INodeExecutionData[],
): IDataObject[] {
	let kept = [...rows];
	for (const { json } of results) {
		if (json['status'] !== 'accepted' || 'duplicate_of' in json) continue;
		const { uid, anonymous_id, cohort_id } = json;
		if (json['action'] === 'add') kept.push({ uid, anonymous_id, cohort_id });
		const by = uid === null || uid === undefined ? 'anonymous_id' : 'uid';
		if (json['action'] === 'remove')
			kept = kept.filter((row) => row['cohort_id'] !== cohort_id || row[by] !== json[by]);
	}
	return kept;
}

/** What a server may do to a request. Some echo what nobody else may see: `secrets`, and a member's identifiers. */
export function mishapFault(name: Spell['mishap'], secrets: string, now: number): Fault {
	const fault: Mishap = MISHAPS[name];
	const { body } = fault;
	const echoOf = ({ members }: RequestRecord) => {
		const { uid, anonymous_id } = members.at(-1) ?? {};
		return `${uid ?? anonymous_id ?? 'nobody'}, ${secrets}`;
	};
	return {
		...fault,
		...(body === undefined
			? {}
			: { body: (request: RequestRecord) => body.replaceAll('SECRETS', echoOf(request)) }),
		...(fault.retryAfter === 'SOON' ? { retryAfter: new Date(now + 90_000).toUTCString() } : {}),
	};
}

const fail = (message: string, attribute?: string) =>
	JSON.stringify({ status: 'fail', error: { message, attribute, type: message, request_id: 'r' } });

type Mishap = Fault & { body?: string };

export const MISHAPS = {
	'reset before': { reset: 'before' },
	'reset after': { reset: 'after' },
	slow: { delayMs: 900 },
	'too late': { delayMs: 400_000 },
	'too late, lost': { delayMs: 400_000, reset: 'before' },
	drip: { drip: 50 },
	'drip for ever': { drip: 60_000 },
	'408': { status: 408 },
	'429': { status: 429 },
	'429 at once': { status: 429, retryAfter: 0 },
	'429 in an hour': { status: 429, retryAfter: 3600 },
	'429 with a date': { status: 429, retryAfter: 'SOON' },
	'429 with garbage': { status: 429, retryAfter: '-1e9; soon' },
	'500': { status: 500, handleFirst: true },
	'500 echo': { status: 500, body: fail('SECRETS') },
	'502': { status: 502, body: '<html>SECRETS</html>' },
	'503 in an hour': { status: 503, retryAfter: 3600, handleFirst: true },
	'504': { status: 504, body: '' },
	'200 empty': { status: 200, body: '', handleFirst: true },
	'200 HTML': {
		status: 200,
		body: '<html>Log in</html>',
		headers: { 'content-type': 'text/html' },
	},
	'200 huge': { status: 200, body: 'x'.repeat(200_000) },
	'200 fail': { status: 200, body: fail('SECRETS'), handleFirst: true },
	'200 of another type': {
		status: 200,
		body: '{"status":"success"}',
		headers: { 'content-type': 'image/png' },
		handleFirst: true,
	},
	'204': { status: 204, body: '', handleFirst: true },
	'301': { status: 301, body: '', headers: { location: 'https://elsewhere.example.com' } },
	'307': { status: 307, body: '', headers: { location: 'https://elsewhere.example.com' } },
	'400': { status: 400, body: 'SECRETS' },
	'400 member': { status: 400, body: fail('SECRETS', 'uid') },
	'400 cohort': { status: 400, body: fail('SECRETS', 'cohort_name') },
	'401': { status: 401, body: fail('SECRETS') },
	'403': { status: 403 },
	'404': { status: 404, body: '' },
	'413': { status: 413 },
	'415': { status: 415 },
	'418': { status: 418, body: fail('SECRETS') },
} as const satisfies Record<string, Mishap>;

/** Any value, each as likely as it stands here. */
const among = <T>(...values: T[]) => fc.constantFrom(...values);

const items = fc.array(
	fc.record<ItemPlan>(
		{
			who: fc.nat(PEOPLE.length - 1),
			cohort: among(0, 0, 0, 1, 2),
			byBoth: fc.boolean(),
			isIn: fc.boolean(),
			flaw: fc.oneof(
				{ weight: 9, arbitrary: fc.constant(undefined) },
				{ weight: 1, arbitrary: among(...(Object.keys(FLAWS) as Array<keyof typeof FLAWS>)) },
			),
		},
		{ requiredKeys: ['who', 'cohort', 'byBoth', 'isIn'] },
	),
	{ minLength: 1, maxLength: 40, size: 'max' },
);

/** Most runs have items that can all be read, else Stop would never send. */
const readable = items.map((list) => list.map((item) => ({ ...item, flaw: undefined })));

const options = fc.record(
	{
		batchSize: among(0, 1, 3, 10_000),
		payloadLimit: among(1_000, 131_072),
		requestsPerMinute: among(1, 60, 300, 300, 6_000),
		concurrency: among(1, 2, 20),
		maxRetries: among(0, 1, 2, 8, 20),
		timeout: among(1, 30, 300),
		output: among('items', 'summary'),
		dryRun: among(false, false, false, true),
		resendAfter: among(0, 1, 365),
	},
	{ requiredKeys: [] },
);

export const scenarios: fc.Arbitrary<Scenario> = fc.record({
	seed: fc.nat(),
	operation: among('add' as const, 'remove' as const, 'update' as const, 'mirror' as const),
	hasTable: fc.boolean(),
	runs: fc.array(
		fc
			.record<RunPlan>(
				{
					onError: among<OnError>('stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'),
					mode: among('trigger' as const, 'manual' as const),
					items: fc.oneof({ weight: 2, arbitrary: readable }, { weight: 1, arbitrary: items }),
					options,
					removalLimit: among(0, 25, 100, 100),
					spells: fc.array(
						fc.record<Spell>({
							mishap: fc.constantFrom(...(Object.keys(MISHAPS) as Array<keyof typeof MISHAPS>)),
							first: fc.nat(12),
							count: among(1, 1, 2, 9, 1_000),
						}),
						{ maxLength: 4 },
					),
					stopAfter: fc.nat(200_000),
				},
				{ requiredKeys: ['onError', 'mode', 'items', 'options', 'removalLimit', 'spells'] },
			)
			.map((run) => {
				// One run in four is stopped.
				const { stopAfter = 1, ...rest } = run;
				return stopAfter % 4 === 0 ? run : rest;
			}),
		{ minLength: 1, maxLength: 3 },
	),
});
