import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { lookUpUsers, planLookup } from './delivery/lookup';
import type { Transport } from './delivery/transport';
import type { ItemReader } from './input/itemReader';
import type { CheckResult } from './model/lookup';
import type { Settings } from './model/settings';
import type { CheckPlan } from './plan/checkedUsers';
import { planCheck } from './plan/checkedUsers';
import { refuseBlankInput } from './plan/plan';
import {
	checkError,
	checkHints,
	checkItemResults,
	checkSummaryResults,
	refusalOfCheck,
} from './results/check';
import { runInSlices } from './slicing';
import { systemClock } from './systemClock';

/** What applies to a whole run of Check Users. */
export interface CheckSetup {
	readonly settings: Settings;
	readonly transport: Transport;
	readonly reader: ItemReader;
	/** Someone is waiting for the result. */
	readonly isAttended: boolean;
	/** Wall time in ms since 1970. */
	readonly startedAt: number;
}

/**
 * Which users a run of Check Users looks up.
 *
 * @param continues whether problems become error items
 * @returns undefined if the run was stopped
 * @throws RunError if there is nothing to look up, or an item is invalid and `continues` is false
 */
export async function planUsers(
	{ reader }: CheckSetup,
	continues: boolean,
	stop: AbortSignal | undefined,
): Promise<CheckPlan | undefined> {
	const plan = await runInSlices(planCheck(reader), systemClock, stop);
	if (plan === undefined) return undefined;
	refuseBlankInput('check', reader, plan.items);
	const refusal = continues ? undefined : refusalOfCheck(plan.items);
	if (refusal) throw refusal;
	return plan;
}

/**
 * Looks users up, and reports which of them MoEngage knows. It changes nothing in MoEngage.
 *
 * @param continues whether problems become error items
 * @throws RunError or NodeApiError if something went wrong and `continues` is false
 */
export async function checkUsers(
	context: IExecuteFunctions,
	{ settings, transport, isAttended, startedAt }: CheckSetup,
	{ items, uids }: CheckPlan,
	continues: boolean,
	stop: AbortSignal | undefined,
): Promise<INodeExecutionData[]> {
	const { dryRun, output } = settings;
	const { workspace, lookUp } = transport;
	const lookup = dryRun
		? planLookup(uids, workspace)
		: await lookUpUsers(uids, { ...settings, isAttended }, workspace, lookUp, stop);
	const result: CheckResult = { items, users: uids.length, lookup, dryRun, startedAt };

	if (!stop?.aborted) {
		context.addExecutionHints?.(...(await runInSlices(checkHints(result), systemClock)));
		const error = await runInSlices(checkError(context.getNode(), result), systemClock);
		if (error && !continues) throw error;
	}
	const results =
		output === 'summary'
			? checkSummaryResults(result)
			: checkItemResults(result, settings.includeInputFields ? context.getInputData() : []);
	return await runInSlices(results, systemClock);
}
