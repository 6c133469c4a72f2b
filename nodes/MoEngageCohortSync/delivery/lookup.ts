import type { LookupOutcome, LookupResult } from '../model/lookup';
import type { DeliveryProblem } from '../model/problem';
import type { DeliverySettings } from '../model/settings';
import type { RunAbort } from './abort';
import { runUntilStopped } from './abort';
import { BatchQueue } from './batchQueue';
import { BisectionBudget } from './bisectionBudget';
import type { Classification } from './classify';
import { classifyLookup, wantsOtherForm } from './classifyLookup';
import { CohortStatsRecorder } from './cohortStats';
import { secondsAtRate } from './rateLimiter';
import type { RequestGroup, RequestResult } from './requestRunner';
import { RequestRunner } from './requestRunner';
import type { UserLists } from './responseBody';
import type { Send, SendResult } from './sendResult';
import type { LookupForm } from './wire';
import { lookupBody } from './wire';
import type { Workspace } from './workspace';

/** How many users one Get User request may name (Data OpenAPI text, read 2026-11-25). */
const MAX_USERS = 20;

/** How many users may be looked up in a minute, in however many requests (the same text). */
const USERS_PER_MINUTE = 1_000;

/** The minimum time to look up a number of users, in seconds. */
export function secondsOfLookup(users: number): number {
	return secondsAtRate(users, USERS_PER_MINUTE);
}

/**
 * Looks users up in MoEngage (Get User), which changes nothing there. Throws only for a bug in the node itself.
 *
 * @param uids without duplicates
 * @param stop aborts when the execution is stopped; the lookup then ends at once
 */
export async function lookUpUsers(
	uids: readonly string[],
	settings: DeliverySettings,
	workspace: Workspace,
	send: Send,
	stop?: AbortSignal,
): Promise<LookupResult> {
	return await runUntilStopped(stop, async (abort) => {
		const lookup = new Lookup(settings, workspace, send, abort);
		await lookup.lookUpAll(uids);
		return lookup;
	});
}

/** Replaces `lookUpUsers` in a dry run: every user becomes `planned`, and the requests are counted. */
export function planLookup(uids: readonly string[], { clock }: Workspace): LookupResult {
	const stats = new CohortStatsRecorder(clock);
	stats.requests = Math.ceil(uids.length / MAX_USERS);
	return { outcomeOf: () => PLANNED, stats, ended: undefined };
}

const PLANNED: LookupOutcome = { status: 'planned' };
const KNOWN: LookupOutcome = { status: 'known' };
const UNKNOWN: LookupOutcome = { status: 'unknown' };

class Lookup implements LookupResult {
	readonly stats: CohortStatsRecorder;
	private readonly outcomes = new Map<string, LookupOutcome>();
	/** The outcome of the users who were never looked up. */
	private notSent: LookupOutcome | undefined;
	private readonly group: RequestGroup;
	private readonly queue: BatchQueue;
	private readonly runner: RequestRunner;
	private readonly budget = BisectionBudget.forRun();

	constructor(
		settings: DeliverySettings,
		private readonly workspace: Workspace,
		send: Send,
		private readonly abort: RunAbort,
	) {
		this.stats = new CohortStatsRecorder(workspace.clock);
		this.group = { stats: this.stats, hasAccepted: false, refusal: undefined };
		this.queue = new BatchQueue(settings.concurrency, workspace.clock, abort);
		this.runner = new RequestRunner(
			{ ...settings, requestsPerMinute: USERS_PER_MINUTE },
			{ clock: workspace.clock, rateLimiter: workspace.lookupLimiter },
			send,
			this.queue.slots,
			abort,
		);
	}

	get ended(): DeliveryProblem | undefined {
		return this.abort.problem;
	}

	outcomeOf(uid: string): LookupOutcome {
		const outcome = this.outcomes.get(uid);
		if (outcome !== undefined) return outcome;
		if (this.ended === undefined) throw new Error('A user was left without an outcome');
		this.notSent ??= { status: 'not_sent', problem: { code: 'run_ended', cause: this.ended } };
		return this.notSent;
	}

	async lookUpAll(uids: readonly string[]): Promise<void> {
		await this.queue.run(this.batchesOf(uids), this.group, async (batch) => {
			await this.settleBatch(batch, this.budget.forBatch());
		});
		this.queue.throwDefect();
	}

	/** The users of each request, until the run ends. */
	private *batchesOf(uids: readonly string[]): Generator<readonly string[]> {
		for (let start = 0; start < uids.length && !this.ended; start += MAX_USERS) {
			yield uids.slice(start, start + MAX_USERS);
		}
	}

	/** Sends one request, split in halves if MoEngage rejects some of its users, until each user has an outcome. */
	private async settleBatch(uids: readonly string[], budget: BisectionBudget): Promise<void> {
		const { result, answer } = await this.request(uids);
		if (result.kind === 'accepted') {
			budget.record('accepted');
			// A user missing from the response may have been found under another ID, as a merged user is. Alone in
			// a request, the response is unambiguous.
			for (const uid of this.readAnswer(uids, answer)) await this.settleBatch([uid], budget);
			return;
		}
		const blamesUsers = result.kind === 'refused' && result.problemOfMany !== undefined;
		if (blamesUsers) budget.record('refused');
		if (blamesUsers && uids.length > 1 && budget.spendOnHalves()) {
			const middle = Math.ceil(uids.length / 2);
			await this.settleBatch(uids.slice(0, middle), budget);
			await this.settleBatch(uids.slice(middle), budget);
			return;
		}
		this.settle(uids, toOutcome(result, uids.length));
	}

	/** Sends one request, and a second time if MoEngage expects its body in the other form. */
	private async request(
		uids: readonly string[],
		isOtherForm = false,
	): Promise<{ result: RequestResult; answer: UserLists | undefined }> {
		const form = this.workspace.lookupForm;
		const body = lookupBody(uids, form);
		let answer: UserLists | undefined;
		let isWrongForm = false;
		const classifyOnce = (result: SendResult, now: number): Classification => {
			const classification = classifyLookup(result, now, uids.length);
			isWrongForm = !isOtherForm && wantsOtherForm(result);
			if (isWrongForm && classification.kind === 'end') {
				return { kind: 'refused', problem: classification.problem, isWholeCohort: false };
			}
			answer = result.status === undefined ? undefined : result.body.lookup;
			return classification;
		};
		const result = await this.runner.run(
			{
				bytes: Buffer.byteLength(body),
				timestamp: this.workspace.clock.now(),
				places: uids.length,
				body: () => body,
				classify: classifyOnce,
			},
			this.group,
		);
		if (!isWrongForm) return { result, answer };
		this.workspace.lookupForm = otherForm(form);
		return await this.request(uids, true);
	}

	/**
	 * Records who is known.
	 *
	 * @returns the users about whom the response says nothing
	 */
	private readAnswer(uids: readonly string[], answer: UserLists | undefined): string[] {
		const { found = new Set(), notFound = new Set() } = answer ?? {};
		const left: string[] = [];
		for (const uid of uids) {
			if (notFound.has(uid)) this.settle([uid], UNKNOWN);
			else if (found.has(uid)) this.settle([uid], KNOWN);
			else if (uids.length === 1) this.settle([uid], notFound.size > 0 ? UNKNOWN : KNOWN);
			else left.push(uid);
		}
		return left;
	}

	private settle(uids: readonly string[], outcome: LookupOutcome): void {
		for (const uid of uids) this.outcomes.set(uid, outcome);
	}
}

function otherForm(form: LookupForm): LookupForm {
	return form === 'wrapped' ? 'flat' : 'wrapped';
}

/** The outcome that all users of a request share if the response says nothing about them. */
function toOutcome(
	result: Exclude<RequestResult, { kind: 'accepted' }>,
	users: number,
): LookupOutcome {
	if (result.kind === 'not_sent') return { status: 'not_sent', problem: result.blockedBy };
	const { problem, problemOfMany = problem } = result;
	return {
		status: result.kind === 'refused' ? 'rejected' : 'failed',
		problem: users === 1 ? problem : problemOfMany,
	};
}
