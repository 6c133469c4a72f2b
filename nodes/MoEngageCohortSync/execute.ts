import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { checkUsers, planUsers } from './checkUsers';
import { deliver, dryRun } from './delivery/deliver';
import { lookUpUsers } from './delivery/lookup';
import type { PackedCohort } from './delivery/packing';
import { expectedRequests, packCohort } from './delivery/packing';
import type { Transport } from './delivery/transport';
import { createTransport } from './delivery/transport';
import type { RunTimestamps } from './delivery/workspace';
import { countOf } from './format';
import { continuesOnError, isAttended } from './input/errorPolicy';
import type { ItemReader } from './input/itemReader';
import { createItemReader, joinedIdentifiers, refuseEmptyIdentifiers } from './input/parameters';
import { readOperation, readSettings } from './input/settings';
import type { Mirror } from './mirror/openMirror';
import { openMirror } from './mirror/openMirror';
import { settle } from './model/change';
import type { Cohort } from './model/cohort';
import type { Notice } from './model/notice';
import type { CohortPlan, SyncPlan } from './model/plan';
import type { RunResult, SampleCounts } from './model/run';
import type { FieldLabel } from './model/problem';
import type { Operation, Settings } from './model/settings';
import { noticeEmailIds } from './plan/emailIds';
import type { CohortMembers } from './plan/plan';
import { planItems, refuseBlankInput, refuseConstantIdentifier } from './plan/plan';
import { addsMembers, drawSample, judgeSample, refuseAll, uidsOf } from './plan/sample';
import {
	acceptedInWords,
	deliveryError,
	refusalOf,
	toNodeError,
	toRunError,
} from './results/errors';
import { createHints, refusalHint } from './results/hints';
import { itemResults, refusedResults, summaryResults } from './results/items';
import type { Task } from './slicing';
import { runInSlices } from './slicing';
import { systemClock } from './systemClock';

/**
 * One run of the node: read → plan → look up → claim → deliver → remember → report. Check Users, which changes
 * nothing, branches off after the first step. What ends a run is thrown, or becomes error items if the workflow
 * continues on error.
 */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const continues = continuesOnError(context);
	const stop = context.getExecutionCancelSignal();
	let setup: RunSetup | undefined;
	let sentBy: Operation | undefined;
	try {
		setup = await readSetup(context);
		if (setup.operation === 'check') {
			const users = await planUsers(setup, continues, stop);
			if (users === undefined) return []; // n8n discards the results of a stopped execution.
			if (!setup.settings.dryRun) sentBy = setup.operation;
			return await checkUsers(context, setup, users, continues, stop);
		}
		const planned = await runInSlices(planRun(setup), systemClock, stop);
		if (planned === undefined) {
			reportStopped(context, `0 of ${countOf(setup.reader.count, 'item')}`);
			return [];
		}
		if (!continues) throwRefusal(planned);
		const plan = await lookUpFirst(setup, planned, stop);
		// A claim without saved members would look like a lost run.
		if (stop?.aborted && !setup.settings.dryRun) {
			reportStopped(context, `0 of ${countOf(setup.reader.count, 'item')}`);
			return [];
		}
		if (!continues) throwRefusal(plan);
		const claimed = await claim(setup, plan);
		if (!setup.settings.dryRun) sentBy = setup.operation;
		const run = await deliverPlan(setup, claimed, stop);
		await remember(setup, run);
		return await report(context, setup, run, continues, stop);
	} catch (error) {
		if (!continues) throw toNodeError(context.getNode(), error, sentBy);
		const refusal = toRunError(error, sentBy);
		context.addExecutionHints?.(refusalHint(refusal));
		const results = refusedResults(context.getInputData().length, refusal);
		return await runInSlices(results, systemClock);
	} finally {
		await setup?.mirror?.close();
	}
}

/** What applies to a whole run. */
interface RunSetup {
	readonly operation: Operation;
	readonly settings: Settings;
	readonly transport: Transport;
	/** Only in Mirror. */
	readonly mirror: Mirror | undefined;
	readonly reader: ItemReader;
	/** Someone is waiting for the result. */
	readonly isAttended: boolean;
	/** What the user should know about how n8n runs the node. */
	readonly notices: readonly Notice[];
	/** A person looks at the result: a run from the editor, or a dry run. */
	readonly isTrial: boolean;
	/** The fields that join a column and something else into one identifier, perhaps by mistake. */
	readonly joinedIdentifiers: readonly FieldLabel[];
	/** Wall time in ms since 1970. */
	readonly startedAt: number;
	/** For the run's requests. */
	readonly timestamps: RunTimestamps;
}

/** @throws RunError if the parameters, the credential or the input are not usable */
async function readSetup(context: IExecuteFunctions): Promise<RunSetup> {
	const startedAt = systemClock.now();
	const operation = readOperation(context.getNodeParameter('operation', 0));
	const isMirror = operation === 'mirror';
	refuseEmptyIdentifiers(context, operation);
	const settings = readSettings(
		context.getNodeParameter('options', 0),
		isMirror ? context.getNodeParameter('removalLimit', 0) : undefined,
	);
	const transport = await createTransport(context, settings.timeout);
	const input = context.getInputData();
	const sendsNothing = settings.dryRun || operation === 'check';
	const expected = sendsNothing ? 0 : expectedRequests(input.length, settings);
	const timestamps = transport.workspace.startRun(expected);
	// Not before the run has its timestamps: this takes time, in which a later run may start.
	await transport.refuseOtherCredentials();
	const reader = createItemReader(context, input, operation);
	const isTrial = context.getMode() === 'manual' || settings.dryRun;
	const setup = {
		operation,
		settings,
		transport,
		reader,
		isTrial,
		notices: isMirror ? [] : noticesOfRepetition(context, reader),
		startedAt,
		timestamps,
		isAttended: isAttended(context),
		joinedIdentifiers: joinedIdentifiers(context, operation),
	};
	// Last, because anything thrown after this would leave the mirror open.
	const mirror = isMirror ? openMirror(context, transport, settings, startedAt) : undefined;
	return { ...setup, mirror };
}

/** Whatever is sent counts as newer than what was sent before, also if a run repeats or continues an earlier one. */
function noticesOfRepetition(
	context: IExecuteFunctions,
	{ isChangedAtSet }: Pick<ItemReader, 'isChangedAtSet'>,
): Notice[] {
	const notices: Notice[] = [];
	if (context.getMode() === 'retry') notices.push({ code: 'changes_in_retry' });
	if (context.getNode().retryOnFail === true) notices.push({ code: 'retry_on_fail' });
	const run: unknown = context.getWorkflowDataProxy(0).$runIndex;
	if (isChangedAtSet && run !== 0) notices.push({ code: 'changed_at_in_later_run' });
	return notices;
}

/** A plan with the requests that it needs. */
interface RunPlan extends SyncPlan {
	readonly packed: readonly PackedCohort[];
	/** What the user should know about the items. */
	readonly notices: readonly Notice[];
	/** The cohorts' shares of the sample that was looked up, if one was to be. */
	readonly sample?: ReadonlyMap<Cohort, SampleCounts>;
}

/** Reads the items, plans and packs. Nothing is sent yet. */
function* planRun({
	reader,
	operation,
	settings,
	mirror,
	isTrial,
	joinedIdentifiers,
	notices: noticesOfSetup,
}: RunSetup): Task<RunPlan> {
	const plan = yield* planItems(reader, operation);
	refuseBlankInput(operation, reader, plan.items);
	refuseConstantIdentifier(operation, reader, plan);
	const cohorts = mirror ? yield* mirror.plan(plan) : plan.cohorts.map(withoutLeavers);
	const packed = yield* packAll(cohorts, settings);
	const notices: Notice[] = [...plan.notices, ...noticesOfSetup];
	if (needsSample(settings, isTrial) && operation !== 'remove') {
		notices.push({ code: 'sample_is_empty' });
	}
	if (isTrial) {
		notices.push(
			...joinedIdentifiers.map((field) => ({ code: 'joined_expressions' as const, field })),
		);
		// A joined User ID has its own notice.
		if (!joinedIdentifiers.includes('User ID')) notices.push(...(yield* noticeEmailIds(plan)));
	}
	return { items: plan.items, cohorts, packed, notices };
}

/** True if the user expects a lookup, but 'Look Up Users First' is 0. */
function needsSample(
	{ lookUp, isLookUpSet, isUnknownLimitSet }: Settings,
	isTrial: boolean,
): boolean {
	return lookUp === 0 && (isUnknownLimitSet || (isLookUpSet && isTrial));
}

function* packAll(cohorts: readonly CohortPlan[], settings: Settings): Task<PackedCohort[]> {
	const packed: PackedCohort[] = [];
	for (const cohort of cohorts) packed.push(yield* pack(cohort, settings));
	return packed;
}

function* pack(cohort: CohortPlan, settings: Settings): Task<PackedCohort> {
	const { packed, tooLarge } = yield* packCohort(cohort, settings, systemClock);
	settle(tooLarge, { status: 'invalid', problem: { code: 'member_too_large' } });
	return packed;
}

function withoutLeavers({ cohort, firstItem, members }: CohortMembers): CohortPlan {
	return {
		kind: 'planned',
		cohort,
		firstItem,
		members,
		leavers: [],
		heldLeavers: [],
		resend: undefined,
		notBefore: 0,
		isEarlierRunLost: false,
	};
}

/** @throws RunError if a plan can't be carried out as it is */
function throwRefusal(plan: RunPlan): void {
	const refusal = refusalOf(plan);
	if (refusal) throw refusal;
}

/**
 * Looks up a sample of the members to be added, if the settings ask for it.
 *
 * @returns the plan; all its cohorts are refused if nothing may be sent
 */
async function lookUpFirst(
	{ settings, transport: { workspace, lookUp }, isAttended }: RunSetup,
	plan: RunPlan,
	stop: AbortSignal | undefined,
): Promise<RunPlan> {
	if (settings.lookUp === 0) return plan;
	const draw = drawSample(plan.cohorts, settings.lookUp, () => systemClock.random());
	const sample = await runInSlices(draw, systemClock);
	if (sample.length === 0 && addsMembers(plan.cohorts)) {
		const notices: Notice[] = [...plan.notices, { code: 'sample_without_uids' }];
		return { ...plan, notices, sample: new Map() };
	}
	const uids = uidsOf(sample);
	const lookup = await lookUpUsers(uids, { ...settings, isAttended }, workspace, lookUp, stop);
	const { counts, notices, problem } = judgeSample(sample, lookup, settings);
	const judged = { ...plan, notices: [...plan.notices, ...notices], sample: counts };
	if (problem === undefined) return judged;
	const cohorts = await runInSlices(refuseAll(plan.cohorts, problem), systemClock);
	return { ...judged, cohorts, packed: await runInSlices(packAll(cohorts, settings), systemClock) };
}

const resendOf = (plan: CohortPlan) => (plan.kind === 'planned' ? plan.resend : undefined);

/** Claims the cohorts of a mirror, and packs a cohort again if everyone in it has to be sent after all. */
async function claim({ mirror, settings }: RunSetup, plan: RunPlan): Promise<RunPlan> {
	if (mirror === undefined || settings.dryRun) return plan;
	const cohorts = await mirror.claim(plan.cohorts);
	const packed: PackedCohort[] = [];
	for (const [index, cohort] of cohorts.entries()) {
		const before = plan.packed[index];
		const isPacked = before !== undefined && resendOf(before.plan) === resendOf(cohort);
		packed.push(
			isPacked
				? { ...before, plan: cohort }
				: await runInSlices(pack(cohort, settings), systemClock),
		);
	}
	return { ...plan, cohorts, packed };
}

async function deliverPlan(
	{ operation, settings, transport, mirror, isAttended, startedAt, timestamps }: RunSetup,
	{ items, packed, notices, sample }: RunPlan,
	stop: AbortSignal | undefined,
): Promise<RunResult> {
	const result = { operation, settings, startedAt, items, cohorts: packed, notices, sample };
	if (settings.dryRun) {
		const ended = await runInSlices(dryRun(packed), systemClock);
		return { ...result, ended, overlapped: false };
	}
	const { workspace, send } = transport;
	const sending = deliver(packed, { ...settings, isAttended }, workspace, send, timestamps, stop);
	const overlapped = (await mirror?.holdWhile(sending, stop)) ?? false;
	return { ...result, ended: await sending, overlapped };
}

async function remember({ mirror, settings }: RunSetup, run: RunResult): Promise<void> {
	if (mirror === undefined || settings.dryRun) return;
	await runInSlices(mirror.save(run, systemClock.now()), systemClock);
}

/** @throws NodeApiError if something was not accepted and the workflow does not continue on error */
async function report(
	context: IExecuteFunctions,
	{ mirror, settings }: RunSetup,
	run: RunResult,
	continues: boolean,
	stop: AbortSignal | undefined,
): Promise<INodeExecutionData[]> {
	if (stop?.aborted && !settings.dryRun) {
		reportStopped(context, acceptedInWords(run));
	} else {
		const notices = mirror?.notices(run.cohorts.map(({ plan }) => plan)) ?? [];
		const hints = await runInSlices(createHints(run, notices), systemClock);
		context.addExecutionHints?.(...hints);
		const error = continues ? undefined : deliveryError(context.getNode(), run);
		if (error) throw error;
	}
	const results =
		settings.output === 'summary' ? summaryResults(run) : itemResults(run, context.getInputData());
	return await runInSlices(results, systemClock);
}

/**
 * n8n keeps no results of an execution that a user stopped (seen on n8n 2.40.7): only its custom data and n8n's log
 * remain. If it threw, n8n would show the stopped execution as failed.
 */
function reportStopped(context: IExecuteFunctions, accepted: string): void {
	context.logger.info(`MoEngage Cohort Sync was stopped; accepted before: ${accepted}`);
	// n8n 1.123 does not provide custom data here.
	context.customData?.set('moengage_accepted_before_stop', accepted);
}
