import fc from 'fast-check';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { RequestRecord } from '../../emulator/model';
import corpus from './corpus/runs.json';
import { loginOf, SECRET, textsIn } from '../support/account';
import { randomRuns } from '../support/randomRuns';
import type { ItemPlan, RunPlan, Scenario } from '../support/scenario';
import {
	anonymousIdOf,
	IDENTIFIER,
	itemOf,
	KNOWN,
	mishapFault,
	keepTable,
	parametersOf,
	PEOPLE,
	scenarios,
	uidOf,
	usesTable,
} from '../support/scenario';
import { log } from '../support/n8nParts';
import { VirtualN8n } from '../support/virtualNode';
import type { TestRun } from '../support/workflow';

/**
 * Whole runs of the node in n8n's own engine against the emulator, in virtual time, with everything going
 * wrong that may: what comes in, what the options say, what the server answers, when it is stopped.
 *
 * Keep the counterexample of one that fails in `test/node/corpus/runs.json`: all that stands there is played first, every time.
 */
/** Jest's own `expect` would take most of the time. */
function must(condition: boolean, what: string) {
	if (!condition) throw new Error(what);
}

/** One run as it was played. */
interface Played {
	readonly scenario: Scenario;
	readonly plan: RunPlan;
	readonly result: TestRun;
	/** The requests that reached MoEngage. */
	readonly requests: readonly RequestRecord[];
}

/** A table of members on the second input. */
interface Table {
	rows: IDataObject[];
	/** Whom the table may be wrong about, by cohort: MoEngage did something that no result reports. */
	readonly unreported: Set<string>;
}

async function play(
	n8n: VirtualN8n,
	scenario: Scenario,
	plan: RunPlan,
	table: Table,
): Promise<Played> {
	const { model, appId } = n8n;
	const before = model.requests.length;
	const login = loginOf(appId);
	const secrets = `key ${SECRET.replaceAll('"', '\\"')}, header Basic ${login}`;
	const lifts = plan.spells.map(({ mishap, first, count }) =>
		model.fault({
			...mishapFault(mishap, secrets, n8n.clock.now()),
			times: Infinity,
			when: ({ number }) => number > before + first && number <= before + first + count,
		}),
	);
	log.length = 0;
	const result = await n8n.run(
		{
			items: plan.items.map(itemOf),
			parameters: parametersOf(scenario, plan),
			onError: plan.onError,
			mode: plan.mode,
			...(usesTable(scenario) ? { secondInput: table.rows } : {}),
		},
		plan.stopAfter,
	);
	lifts.forEach((lift) => lift());
	model.settle();
	const played = { scenario, plan, result, requests: model.requests.slice(before) };
	keepUp(table, played);
	return played;
}

/** Brings the table up to a run's results. */
function keepUp(table: Table, { result, requests }: Played) {
	table.rows = keepTable(table.rows, result.success);
	// The halves of a refused request have its timestamp, so that it does not tell them apart.
	const keyOf = (...parts: unknown[]) => parts.map((part) => part ?? null).join();
	const reported = new Set(
		result.success
			.filter(({ json }) => json['status'] === 'accepted')
			.map(({ json }) =>
				keyOf(json['cohort_id'], json['timestamp'], json['uid'], json['anonymous_id']),
			),
	);
	for (const { accepted, timestamp, cohortId, members } of requests) {
		if (!accepted) continue;
		for (const { uid, anonymous_id } of members) {
			const who = PEOPLE.find((one) => uidOf(one) === uid || anonymousIdOf(one) === anonymous_id);
			const key = `${cohortId} ${who}`;
			const isReported = reported.has(keyOf(cohortId, timestamp, uid, anonymous_id));
			if (isReported) table.unreported.delete(key);
			else table.unreported.add(key);
		}
	}
}

const actionOf = ({ scenario: { operation } }: Played, { isIn }: ItemPlan) =>
	operation === 'remove' || (operation === 'update' && !isIn) ? 'remove_members' : 'add_members';

/** True where MoEngage accepted a request that put the person in or out of the cohort. */
function isApplied({ requests }: Played, action: string, { who, cohort }: ItemPlan): boolean {
	return requests.some(
		(request) =>
			request.accepted &&
			request.action === action &&
			request.cohortId === `cohort-${cohort}` &&
			request.members.some(
				({ uid, anonymous_id }) => uid === uidOf(who) || anonymous_id === anonymousIdOf(who),
			),
	);
}

/** A run that n8n's Stop button ended has no results: nothing can be said of its items. */
const isStopped = ({ result }: Played) => result.status === 'canceled';

const hasCohortId = ({ flaw }: ItemPlan) => flaw !== 'no cohort';

const isNamed = (item: ItemPlan) => hasCohortId(item) && item.flaw !== 'a bad name';

/** True for an item that can not be sent: by itself, or because of other items. */
function isInvalid({ plan, scenario }: Played, item: ItemPlan): boolean {
	if (item.flaw !== undefined && item.flaw !== 'another name') return true;
	const beside = plan.items.filter((other) => isNamed(other) && other.cohort === item.cohort);
	// Its cohort comes with two names.
	if (new Set(beside.map(({ flaw }) => flaw === 'another name')).size > 1) return true;
	return scenario.operation === 'update' && isNewestUnreadable(plan, item);
}

/** True for an item of a user whose last item asks for something else than the last one that can be sent. */
function isNewestUnreadable({ items }: RunPlan, { who, cohort }: ItemPlan): boolean {
	const ofUser = items.filter((other) => other.who === who && other.cohort === cohort);
	const isUsable = ({ flaw }: ItemPlan) => flaw === undefined || flaw === 'another name';
	const newest = ofUser.findLastIndex(isUsable);
	return ofUser.some(
		(other, index) =>
			other.flaw === 'a bad name' && index > newest && other.isIn !== ofUser[newest]?.isIn,
	);
}

const hasFlaw = (played: Played) => played.plan.items.some((item) => isInvalid(played, item));

/** On Error: Stop sends nothing where it refuses, and says what happened without naming anyone. */
function checkThrown(played: Played) {
	const { plan, result, requests } = played;
	const { thrown } = result;
	if (isStopped(played)) return;
	if (plan.onError !== 'stopWorkflow') {
		must(thrown === undefined, `It threw: ${thrown?.message}`);
		return;
	}
	if (hasFlaw(played)) {
		must(thrown !== undefined, 'An item that can not be sent was passed over');
		must(requests.length === 0, 'It refused, but sent something');
	}
	const isQuiet = plan.spells.length === 0 && played.scenario.operation !== 'mirror';
	must(thrown === undefined || hasFlaw(played) || !isQuiet, `It threw: ${thrown?.message}`);
	if (thrown === undefined) return;
	must(/^[A-Z'\d]/.test(thrown.message), `Not a sentence: ${thrown.message}`);
	must((thrown.description ?? '') !== '', 'It does not say how to fix it');
	must(!IDENTIFIER.test(thrown.message), `The title names somebody: ${thrown.message}`);
	must(result.success.length === 0, 'It threw, and gave results');
}

/** The index of the input item that an output item is paired with. */
function indexOf({ pairedItem }: INodeExecutionData): number | undefined {
	if (typeof pairedItem !== 'object' || Array.isArray(pairedItem)) return undefined;
	return pairedItem.item;
}

const isError = ({ json }: INodeExecutionData) => typeof json['error'] === 'string';

/** A member who left in a mirror: not an input item's own result. */
const isLeaver = ({ scenario }: Played, { json }: INodeExecutionData) =>
	scenario.operation === 'mirror' &&
	(json['action'] === 'remove' || String(json['error']).startsWith('The user "'));

function checkItems(played: Played) {
	const { plan, result, requests } = played;
	if (isStopped(played) || result.thrown !== undefined) return;
	const outputs = [...result.success, ...result.error];
	must(result.error.every(isError), 'The error output has items that are none');
	must(
		plan.onError !== 'continueErrorOutput' || !result.success.some(isError),
		'An error item came out of the other output',
	);
	must(plan.options['dryRun'] !== true || requests.length === 0, 'A dry run sent something');

	const own = outputs.filter((output) => !isLeaver(played, output));
	if (plan.options['output'] === 'summary') {
		checkSummaries(played, own);
	} else {
		const indexes = own.map(indexOf).sort((one, other) => (one ?? 0) - (other ?? 0));
		must(
			indexes.join() === plan.items.map((_, item) => item).join(),
			`Not one outcome for each item: ${indexes.join()}`,
		);
		if (plan.onError !== 'continueErrorOutput') {
			must(own.map(indexOf).join() === indexes.join(), 'The results are not in their order');
		}
	}
	for (const output of own) checkOutcome(played, output);
	for (const { json } of outputs.filter((output) => isLeaver(played, output))) {
		if (json['status'] === 'accepted') checkCarrier(requests, json);
	}
}

/** An item says no more, and no less, than what MoEngage did with it. */
function checkOutcome(played: Played, output: INodeExecutionData) {
	const { plan, requests } = played;
	const item = plan.items[indexOf(output) ?? -1];
	const { json } = output;
	if (item === undefined || 'cohort_name' in json) return;
	if (isError(output)) {
		const status = String(json['message']);
		must((status === 'invalid') === isInvalid(played, item), `${status}, flaw ${item.flaw}`);
		if (status === 'invalid') return;
		const mayHave = String(json['error']).endsWith(
			'This change may have taken effect in MoEngage.',
		);
		must(
			(status === 'failed' && mayHave) || !isApplied(played, actionOf(played, item), item),
			`${status}, but MoEngage applied it`,
		);
		return;
	}
	must(!isInvalid(played, item), 'An item that can not be sent came to something');
	switch (json['status']) {
		case 'accepted':
			checkCarrier(requests, json);
			return;
		case 'planned':
			must(plan.options['dryRun'] === true, 'Planned, but no dry run');
			return;
		case 'unchanged':
			must(played.scenario.operation === 'mirror', 'Unchanged, but no mirror');
			return;
		case 'superseded': {
			const by = plan.items[Number(json['superseded_by'])];
			must(by?.who === item.who && by.cohort === item.cohort, 'Superseded by somebody else');
			return;
		}
		default:
			throw new Error(`A status that nobody knows: ${String(json['status'])}`);
	}
}

/** Accepted is only what MoEngage accepted, in the request that the item names. */
function checkCarrier(requests: readonly RequestRecord[], json: IDataObject) {
	const carrier = requests.find(
		({ accepted, timestamp, cohortId, action, members }) =>
			accepted &&
			timestamp === json['timestamp'] &&
			cohortId === json['cohort_id'] &&
			action === `${String(json['action'])}_members` &&
			members.some(
				(member) => member.uid === json['uid'] && member.anonymous_id === json['anonymous_id'],
			),
	);
	must(carrier !== undefined, `Accepted, but MoEngage did not: ${JSON.stringify(json)}`);
}

const STATUSES = [
	'accepted',
	'unchanged',
	'superseded',
	'planned',
	'invalid',
	'rejected',
	'failed',
	'not_sent',
];

/** Each cohort's items and leavers are counted once each. */
function checkSummaries(played: Played, outputs: readonly INodeExecutionData[]) {
	const { plan, requests } = played;
	for (const { json } of outputs.filter(({ json }) => 'cohort_name' in json)) {
		const counted = STATUSES.reduce((sum, status) => sum + Number(json[status]), 0);
		const items = plan.items.filter(
			(item) => hasCohortId(item) && json['cohort_id'] === `cohort-${item.cohort}`,
		).length;
		must(counted >= items, `${counted} counted of ${items} items`);
		const own = requests.filter(({ cohortId }) => cohortId === json['cohort_id']);
		if (played.scenario.operation === 'mirror') {
			const removals = own.filter(({ action }) => action === 'remove_members');
			const users = removals.flatMap(({ members }) => members.map((one) => JSON.stringify(one)));
			const leavers = new Set(users).size;
			must(counted - items >= leavers, `${counted - items} of ${leavers} removals counted`);
			must(Number(json['removed']) <= leavers, 'More were counted as removed than were sent');
		} else {
			must(counted === items, `${counted} counted of ${items} items`);
		}
		// A retry is the same request; the halves of a refused one have its timestamp.
		const sent = new Set(own.map(({ timestamp, members }) => JSON.stringify([timestamp, members])))
			.size;
		must(
			plan.options['dryRun'] === true || json['requests'] === sent,
			`${String(json['requests'])} requests, but ${sent} arrived`,
		);
	}
	const troubled = outputs.filter(isError).map(indexOf);
	must(new Set(troubled).size === troubled.length, 'An item came twice');
}

/** The key is nowhere, in whatever form, though the server echoes it; and nobody is named in the log. */
function checkSecret({ result, scenario }: Played, appId: string) {
	const lines = textsIn(log).join('\n');
	must(!IDENTIFIER.test(lines), `The log names somebody: ${lines}`);
	const text = [...textsIn(result), lines].join('\n');
	const login = loginOf(appId).replace(/=+$/, '');
	for (const form of [SECRET, JSON.stringify(SECRET).slice(1, -1), login]) {
		must(!text.includes(form), `The secret is in the result of ${scenario.operation}`);
	}
}

/** After a run without trouble each cohort of it holds whom it should. */
function checkCohorts({ model }: VirtualN8n, { scenario, plan }: Played, { unreported }: Table) {
	const mayBeWrong = (cohort: number, who: number | undefined) =>
		usesTable(scenario) && unreported.has(`cohort-${cohort} ${who}`);

	for (const id of new Set(plan.items.map(({ cohort }) => cohort))) {
		const members = new Set(model.memberIds(`cohort-${id}`));
		const wanted = new Map<string, boolean>();
		for (const { who, cohort, isIn } of plan.items) {
			if (cohort !== id || mayBeWrong(id, who)) continue;
			wanted.set(uidOf(who), scenario.operation === 'update' ? isIn : true);
		}
		for (const [uid, isIn] of wanted) {
			const should = scenario.operation === 'remove' ? false : isIn;
			must(members.has(uid) === should, `${uid} is ${should ? 'not ' : ''}in`);
		}
		if (scenario.operation === 'mirror') {
			const others = [...members].filter(
				(uid) =>
					!wanted.has(uid) &&
					!mayBeWrong(
						id,
						PEOPLE.find((who) => uidOf(who) === uid),
					),
			);
			must(others.length === 0, `Still in: ${others.join()}`);
		}
	}
}

/** Removals come before additions, so that whoever only changes an identifier stays in. */
function checkOrder({ requests }: Played) {
	for (const cohort of new Set(requests.map(({ cohortId }) => cohortId))) {
		const actions = requests
			.filter(({ cohortId, change }) => cohortId === cohort && change !== undefined)
			.map(({ action }) => action);
		const lastRemoval = actions.lastIndexOf('remove_members');
		const firstAddition = actions.indexOf('add_members');
		must(firstAddition === -1 || lastRemoval < firstAddition, 'An addition before a removal');
	}
}

/** What every run with the default options gets over. */
const PASSING = ['429', '500', 'reset before', 'reset after', 'too late', '200 empty'] as const;

/** The last run's items once more, with nothing in their way that a few retries do not get over. */
function inPeace(scenario: Scenario): RunPlan {
	const { runs, seed } = scenario;
	const mishap = PASSING[seed % PASSING.length] ?? '429';
	const items = runs.at(-1)?.items.map((item) => ({ ...item, flaw: undefined })) ?? [];
	return {
		onError: usesTable(scenario) ? 'continueRegularOutput' : 'stopWorkflow',
		mode: 'trigger',
		items,
		options: {},
		removalLimit: 100,
		spells: [{ mishap, first: 0, count: 2 }],
	};
}

async function playAll(scenario: Scenario): Promise<void> {
	const n8n = new VirtualN8n(scenario.seed, { known: KNOWN });
	const table: Table = { rows: [], unreported: new Set() };
	for (const plan of scenario.runs) {
		const played = await play(n8n, scenario, plan, table);
		checkThrown(played);
		checkItems(played);
		checkOrder(played);
		checkSecret(played, n8n.appId);
	}
	const last = await play(n8n, scenario, inPeace(scenario), table);
	must(last.result.thrown === undefined, `It threw: ${last.result.thrown?.message}`);
	checkThrown(last);
	checkItems(last);
	checkOrder(last);
	checkCohorts(n8n, last, table);
}

describe('cases that have caught a fault', () => {
	test.each(corpus as unknown as Array<{ name: string; scenario: Scenario }>)(
		'$name',
		async ({ scenario }) => await playAll(scenario),
	);
});

test('whatever goes wrong, each item has one true outcome, the secret stays secret and the next run puts it right', async () => {
	await fc.assert(fc.asyncProperty(scenarios, playAll), randomRuns(100));
}, 7_200_000);
