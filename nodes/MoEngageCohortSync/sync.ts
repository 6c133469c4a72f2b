import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { systemClock } from './clock';
import { deliver } from './delivery';
import { deliveryError, refusalError, refuseInvalidItems, toRefusal } from './errors';
import { hintsOf } from './hints';
import { readSource } from './parameters';
import { itemResults, refusedResults, summaryResults } from './results';
import type { FinishedRun } from './run';
import { planOnly, prepareRun } from './run';
import { connect } from './send';
import type { Operation, Settings } from './settings';
import { readOperation, readSettings } from './settings';

/**
 * One run of the node: items → members → changes → batches → requests → outcomes → items.
 * Whether what went wrong is thrown or handed on as error items is decided here and nowhere else.
 */
export async function syncCohorts(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const items = context.getInputData();
	const goesOn = context.continueOnFail();
	const startedAt = systemClock.now();

	let run: FinishedRun;
	let settings: Settings;
	let operation: Operation;
	try {
		operation = readOperation(context.getNodeParameter('operation', 0));
		settings = readSettings(context.getNodeParameter('options', 0));
		const { workspace, send } = await connect(context, settings.timeout);
		const prepared = prepareRun(readSource(context, items), operation, settings);
		const refusal = goesOn ? undefined : refuseInvalidItems(prepared);
		if (refusal) throw refusal;

		const report = settings.dryRun
			? planOnly(prepared, systemClock)
			: await deliver(
					prepared.batches,
					settings,
					workspace,
					send,
					context.getExecutionCancelSignal(),
				);
		run = { ...prepared, ...report, dryRun: settings.dryRun, startedAt };
	} catch (error) {
		const refusal = toRefusal(error);
		if (goesOn) {
			return refusedResults(items.length, refusal);
		}
		throw refusalError(context.getNode(), refusal);
	}

	if (context.getExecutionCancelSignal()?.aborted) return [];
	context.addExecutionHints?.(...hintsOf(run));
	const error = goesOn ? undefined : deliveryError(context.getNode(), run);
	if (error) throw error;
	return settings.output === 'items' ? itemResults(run) : summaryResults(run, operation);
}
