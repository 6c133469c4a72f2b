import { settle } from '../model/change';
import type { Outcome } from '../model/outcome';
import type { DeliveryProblem } from '../model/problem';
import type { DeliverySettings } from '../model/settings';
import type { Task } from '../slicing';
import type { RunAbort } from './abort';
import { runUntilStopped } from './abort';
import { BatchQueue } from './batchQueue';
import { BisectionBudget } from './bisectionBudget';
import type { Batch, PackedCohort } from './packing';
import { bisect, bodyOf } from './packing';
import type { RequestGroup, RequestResult } from './requestRunner';
import { RequestRunner } from './requestRunner';
import type { Send } from './sendResult';
import type { RunTimestamps, Workspace } from './workspace';

/**
 * Delivers batches to MoEngage and settles every change in them. Throws only for a bug in the node itself. The
 * requests of a cohort have timestamps that are a millisecond apart, in the order in which its changes take effect.
 * If another run started while this one was planned and more requests are needed than were expected, the rest share
 * the last timestamp before that run.
 *
 * @param timestamps of the run; a cohort's `notBefore` may make its own later
 * @param stop aborts when the execution is stopped; the delivery then ends at once
 * @returns why the run ended before everything was sent, if it did
 */
export async function deliver(
	cohorts: readonly PackedCohort[],
	settings: DeliverySettings,
	workspace: Workspace,
	send: Send,
	timestamps: RunTimestamps,
	stop?: AbortSignal,
): Promise<DeliveryProblem | undefined> {
	const present = Math.max(timestamps.first, workspace.clock.now());
	let latest = timestamps.first;
	for (const cohort of cohorts) {
		const { first, last } = timestampsOf(cohort, timestamps);
		const count = cohort.removals.length + cohort.additions.length;
		// A cohort that is ahead of the clock must not take all others with it.
		if (first <= present) latest = Math.max(latest, Math.min(first + count - 1, last));
	}
	workspace.reserveTimestamps(timestamps, latest);
	return await runUntilStopped(stop, async (abort) => {
		await new Delivery(settings, workspace, send, timestamps, abort).deliverAll(cohorts);
		return abort.problem;
	});
}

/**
 * Replaces `deliver` in a dry run, which never ends early: every change becomes `planned`, and the requests are
 * counted.
 */
export function* dryRun(cohorts: readonly PackedCohort[]): Task<undefined> {
	for (const { removals, additions, stats } of cohorts) {
		for (const { changes, bytes } of [...removals, ...additions]) {
			yield;
			stats.countRequest(bytes);
			settle(changes, { status: 'planned' });
		}
	}
}

class Delivery {
	private readonly queue: BatchQueue;
	private readonly runner: RequestRunner;
	private readonly budget = BisectionBudget.forRun();

	constructor(
		settings: DeliverySettings,
		workspace: Workspace,
		send: Send,
		private readonly timestamps: RunTimestamps,
		abort: RunAbort,
	) {
		this.queue = new BatchQueue(settings.concurrency, workspace.clock, abort);
		this.runner = new RequestRunner(settings, workspace, send, this.queue.slots, abort);
	}

	/**
	 * Delivers cohorts in parallel. Each is started when a slot is free: starting thousands at once would take
	 * memory.
	 */
	async deliverAll(cohorts: readonly PackedCohort[]): Promise<void> {
		const deliveries: Array<Promise<void>> = [];
		for (const cohort of cohorts) {
			await this.queue.slots.waitForTurn();
			deliveries.push(this.deliverCohort(cohort));
		}
		await Promise.all(deliveries);
		this.queue.throwDefect();
	}

	/** Delivers a cohort's removals and, when these are settled, its additions. */
	private async deliverCohort(cohort: PackedCohort): Promise<void> {
		const { removals, additions, stats } = cohort;
		const group: RequestGroup = { stats, hasAccepted: false, refusal: undefined };
		const { first, last } = timestampsOf(cohort, this.timestamps);
		const lastRemoval = additions.length === 0 ? last : last - 1;
		let next = first;
		for (const batches of [removals, additions]) {
			await this.queue.run(batches, group, async (batch) => {
				const timestamp = Math.min(next++, batches === removals ? lastRemoval : last);
				await this.settleBatch(batch, timestamp, group, this.budget.forBatch(), false);
			});
		}
	}

	/**
	 * Sends a batch, split in halves if MoEngage rejects some of its members, until each of its changes is settled.
	 *
	 * @param timestamp of the batch, in ms since 1970; its halves have the same
	 * @param mayAlreadyBeApplied an earlier request with the same changes may have been applied
	 */
	private async settleBatch(
		batch: Batch,
		timestamp: number,
		group: RequestGroup,
		budget: BisectionBudget,
		mayAlreadyBeApplied: boolean,
	): Promise<void> {
		const result = await this.runner.run(
			{ bytes: batch.bytes, timestamp, body: (ref) => bodyOf(batch, ref.timestamp) },
			group,
		);
		const blamesMembers = result.kind === 'refused' && result.problemOfMany !== undefined;
		if (result.kind === 'accepted') budget.record('accepted');
		if (blamesMembers) budget.record('refused');
		if (blamesMembers && batch.changes.length > 1 && budget.spendOnHalves()) {
			const mayBeApplied = mayAlreadyBeApplied || result.mayHaveTakenEffect;
			for (const half of bisect(batch)) {
				await this.settleBatch(half, timestamp, group, budget, mayBeApplied);
			}
			return;
		}
		settle(batch.changes, toOutcome(result, batch.changes.length, mayAlreadyBeApplied));
	}
}

/** The timestamps that a cohort's requests may have. */
function timestampsOf({ plan }: PackedCohort, run: RunTimestamps): RunTimestamps {
	const first = Math.max(run.first, plan.kind === 'planned' ? plan.notBefore : 0);
	// If the cohort's earlier changes are as late as the next run, its requests can't be before that run.
	return { first, last: first < run.last ? run.last : Infinity };
}

/** The outcome that all members of a request share. */
function toOutcome(result: RequestResult, members: number, mayAlreadyBeApplied: boolean): Outcome {
	switch (result.kind) {
		case 'accepted':
			return { status: 'accepted', request: result.ref };
		case 'not_sent': {
			const { blockedBy } = result;
			if (!mayAlreadyBeApplied) return { status: 'not_sent', problem: blockedBy };
			return {
				status: 'failed',
				request: undefined,
				problem: blockedBy.cause,
				mayHaveTakenEffect: true,
			};
		}
		case 'refused':
		case 'failed': {
			const { ref: request, problem: problemOfOne, problemOfMany = problemOfOne } = result;
			const problem = members === 1 ? problemOfOne : problemOfMany;
			const mayHaveTakenEffect = mayAlreadyBeApplied || result.mayHaveTakenEffect;
			// A change that may have been applied is never `rejected`.
			if (result.kind === 'refused' && !mayHaveTakenEffect) {
				return { status: 'rejected', request, problem };
			}
			return { status: 'failed', request, problem, mayHaveTakenEffect };
		}
	}
}
