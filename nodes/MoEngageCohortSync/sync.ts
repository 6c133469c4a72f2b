import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { systemClock } from './clock';
import { deliver, planOnly } from './delivery/delivery';
import {
	acceptedInWords,
	deliveryError,
	refusalOf,
	toNodeError,
	toRefusal,
} from './results/errors';
import { hintsOf } from './results/hints';
import { handsTroubleOn } from './input/caller';
import { readSource } from './input/parameters';
import type { Previous } from './mirror/previous';
import { openPrevious } from './mirror/previous';
import { itemResults, refusedResults, summaryResults } from './results/results';
import { prepareRun } from './run';
import { connect } from './delivery/send';
import { readOperation, readSettings } from './input/settings';
import { counted } from './wording';
import { inStretches } from './work';

/**
 * One run of the node: items → members → changes → batches → requests → outcomes → items.
 * Whether what went wrong is thrown or handed on as error items is decided here and nowhere else.
 */
export async function syncCohorts(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const items = context.getInputData();
	const goesOn = handsTroubleOn(context);
	const stop = context.getExecutionCancelSignal();
	const startedAt = systemClock.now();
	let previous: Previous | undefined;
	let hasSent = false;
	try {
		const operation = readOperation(context.getNodeParameter('operation', 0));
		const isMirror = operation === 'mirror';
		const settings = readSettings(
			context.getNodeParameter('options', 0),
			isMirror ? context.getNodeParameter('removalLimit', 0) : undefined,
		);
		const connection = await connect(context, settings.timeout);
		if (isMirror) previous = openPrevious(context, connection, settings, startedAt);

		const source = readSource(context, items, operation);
		const prepared = await inStretches(
			prepareRun(source, operation, settings, previous?.of),
			systemClock,
			stop,
		);
		if (prepared === undefined) {
			tellStopped(context, `0 of ${counted(items.length, 'item')}`);
			return [];
		}
		const refusal = goesOn ? undefined : refusalOf(prepared);
		if (refusal) throw refusal;

		const { workspace, send } = connection;
		hasSent = !settings.dryRun;
		const report = settings.dryRun
			? planOnly(prepared.batches, workspace.clock)
			: await deliver(prepared.batches, settings, workspace, send, stop);
		const run = { ...prepared, ...report, operation, settings, startedAt };
		if (previous && !settings.dryRun) await inStretches(previous.keep(run), systemClock);

		if (stop?.aborted && !settings.dryRun) {
			tellStopped(context, acceptedInWords(run));
		} else {
			const hints = await inStretches(hintsOf(run, previous?.hints() ?? []), systemClock);
			context.addExecutionHints?.(...hints);
			const error = goesOn ? undefined : deliveryError(context.getNode(), run);
			if (error) throw error;
		}
		const results = settings.output === 'items' ? itemResults(run) : summaryResults(run);
		return await inStretches(results, systemClock);
	} catch (error) {
		if (goesOn) {
			const refused = refusedResults(items.length, toRefusal(error, hasSent));
			return await inStretches(refused, systemClock);
		}
		throw toNodeError(context.getNode(), error, hasSent);
	} finally {
		previous?.close();
	}
}

/**
 * n8n keeps no results of a stopped execution (seen on n8n 2.40.7): its custom data and n8n's log are all
 * that stays. A stopped execution that throws would count as one that went wrong.
 */
function tellStopped(context: IExecuteFunctions, accepted: string): void {
	context.logger.info(`MoEngage Cohort Sync was stopped; accepted before: ${accepted}`);
	// n8n 1.123 has no custom data here.
	context.customData?.set('moengage_accepted_before_stop', accepted);
}
