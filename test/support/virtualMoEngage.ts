import type { EmulatorOptions, MoEngage, RequestRecord } from '../../emulator/model';
import { cohortSyncPath, createMoEngage, demoAccount } from '../../emulator/model';
import { deliver } from '../../nodes/MoEngageCohortSync/delivery/deliver';
import type { PackedCohort } from '../../nodes/MoEngageCohortSync/delivery/packing';
import { packCohort } from '../../nodes/MoEngageCohortSync/delivery/packing';
import { parseResponseBody } from '../../nodes/MoEngageCohortSync/delivery/responseBody';
import type { SendResult } from '../../nodes/MoEngageCohortSync/delivery/sendResult';
import type { RunTimestamps } from '../../nodes/MoEngageCohortSync/delivery/workspace';
import { Workspace } from '../../nodes/MoEngageCohortSync/delivery/workspace';
import type { Action, Change } from '../../nodes/MoEngageCohortSync/model/change';
import { createChange } from '../../nodes/MoEngageCohortSync/model/change';
import type { Cohort } from '../../nodes/MoEngageCohortSync/model/cohort';
import type { PlannedCohort } from '../../nodes/MoEngageCohortSync/model/plan';
import type { DeliveryProblem } from '../../nodes/MoEngageCohortSync/model/problem';
import type { DeliverySettings } from '../../nodes/MoEngageCohortSync/model/settings';
import type { Clock } from '../../nodes/MoEngageCohortSync/clock';
import { VirtualClock } from './virtualClock';
import { atOnce } from './atOnce';

const headers = {
	authorization: `Basic ${Buffer.from(`${demoAccount.appId}:${demoAccount.secret}`).toString('base64')}`,
	'moe-appkey': demoAccount.appId,
	'content-type': 'application/json',
};

/** One attempt to send a request, as the sender saw it. Times are in ms of the virtual clock. */
export interface Attempt {
	readonly run: number;
	readonly body: string;
	readonly cohortId: string;
	readonly action: string;
	readonly timestamp: string;
	readonly uids: readonly string[];
	readonly startedAt: number;
	/** Place in the order of all starts and results. */
	readonly started: number;
	ended: number;
	endedAt: number;
	result: SendResult | undefined;
	/** What the emulator made of it; none where it never arrived. */
	record: RequestRecord | undefined;
}

export interface Delay {
	/** Time in ms until the request arrives, and from there to the response. */
	readonly there: number;
	readonly back: number;
}

export interface WorldOptions extends EmulatorOptions {
	readonly seed?: number;
	/** How long one attempt takes; 250 ms there and back unless given. */
	readonly delay?: (attemptNumber: number) => Delay;
	/** When the sender gives up waiting, in ms. */
	readonly timeout?: number;
	/** True where the connection is refused. */
	readonly isUnreachable?: (attemptNumber: number) => boolean;
}

const DEFAULTS: DeliverySettings = {
	concurrency: 5,
	maxRetries: 8,
	requestsPerMinute: 300,
	timeout: 30,
	isAttended: false,
};

interface DeliverOptions {
	readonly run?: number;
	/** What the runs of one process share; each process has its own. */
	readonly workspace?: Workspace;
	/** Of a run that started before. */
	readonly timestamps?: RunTimestamps;
}

/** One MoEngage workspace, its emulator and a network between them, all in virtual time. */
export class World {
	readonly clock: VirtualClock;
	readonly model: MoEngage;
	readonly workspace: Workspace;
	readonly attempts: Attempt[] = [];
	/** Starts and results so far. */
	events = 0;
	private runs = 0;

	constructor(private readonly options: WorldOptions = {}) {
		this.clock = new VirtualClock(options.seed);
		const start = this.clock.now();
		this.model = createMoEngage({ now: () => start + this.clock.elapsed(), ...options });
		this.workspace = new Workspace(this.clock);
	}

	/** A cohort that is ready to be delivered here, and the changes in it. */
	audience(audience: Audience) {
		return audienceOf(this.clock, audience);
	}

	/** Plays the delivery of cohorts to its end. Gives why it ended early, if it did. */
	async play(
		cohorts: readonly PackedCohort[],
		settings: Partial<DeliverySettings> = {},
		stop?: AbortSignal,
	): Promise<DeliveryProblem | undefined> {
		return await this.clock.play(this.deliver(cohorts, settings, stop));
	}

	/**
	 * Starts a delivery, to be played with the clock. Runs are numbered from 0 as they start.
	 */
	async deliver(
		cohorts: readonly PackedCohort[],
		settings: Partial<DeliverySettings> = {},
		stop?: AbortSignal,
		given: DeliverOptions = {},
	): Promise<DeliveryProblem | undefined> {
		const { run = this.runs++, workspace = this.workspace } = given;
		const { timestamps = workspace.startRun(0) } = given;
		const all = { ...DEFAULTS, ...settings };
		const send = async (body: string) => await this.send(run, body);
		return await deliver(cohorts, all, workspace, send, timestamps, stop);
	}

	private async send(run: number, body: string): Promise<SendResult> {
		const { action, timestamp, parameters } = JSON.parse(body);
		const uids = parameters.members.map(({ uid }: { uid: string }) => uid);
		const attempt: Attempt = {
			run,
			body,
			cohortId: parameters.cohort_id,
			action,
			timestamp,
			uids,
			startedAt: this.clock.elapsed(),
			started: this.events++,
			ended: Infinity,
			endedAt: Infinity,
			result: undefined,
			record: undefined,
		};
		this.attempts.push(attempt);
		attempt.result = await this.travel(attempt, this.attempts.length);
		attempt.ended = this.events++;
		attempt.endedAt = this.clock.elapsed();
		return attempt.result;
	}

	private async travel(attempt: Attempt, number: number): Promise<SendResult> {
		const { delay, isUnreachable, timeout = 30_000 } = this.options;
		const { there, back } = delay?.(number) ?? { there: 125, back: 125 };
		await this.clock.sleep(there);
		if (isUnreachable?.(number)) {
			return { status: undefined, kind: 'connection', errorCode: 'ECONNREFUSED' };
		}
		const given = this.model.receive({ path: cohortSyncPath, headers, body: attempt.body });
		attempt.record = this.model.requests.at(-1);
		const rest = back + (given.delayMs ?? 0);
		await this.clock.sleep(Math.min(rest, timeout - there));
		if (there + rest > timeout) return { status: undefined, kind: 'timeout' };
		if (given.reset) return { status: undefined, kind: 'connection', errorCode: 'ECONNRESET' };
		return {
			status: given.status,
			body: parseResponseBody(given.body, (text) => text),
			retryAfter: given.headers['retry-after'],
			date: new Date(attempt.record?.at ?? 0).toUTCString(),
			rateLimitRemaining: given.headers['x-ratelimit-remaining'],
			rateLimitReset: given.headers['x-ratelimit-reset'],
		};
	}
}

export function cohortNamed(id: string): Cohort {
	return { id, name: `Cohort ${id}`, description: '', partner: 'n8n' };
}

export function changesOf(cohort: Cohort, action: Action, uids: readonly string[]): Change[] {
	return uids.map((uid, item) => createChange(cohort, action, uid, undefined, item));
}

/** A cohort of which these members are to be sent. */
export function plannedCohort(cohort: Cohort, members: readonly Change[]): PlannedCohort {
	return {
		kind: 'planned',
		cohort,
		firstItem: 0,
		members,
		leavers: [],
		heldLeavers: [],
		resend: undefined,
		notBefore: 0,
		isEarlierRunLost: false,
	};
}

/** `count` users called `prefix` and a number. */
export function users(count: number, prefix = 'u-'): string[] {
	return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

export interface Audience {
	readonly id?: string;
	readonly remove?: readonly string[];
	readonly add?: readonly string[];
	/** Members per request. */
	readonly batchSize?: number;
	/** The earliest timestamp, in ms since 1970. */
	readonly notBefore?: number;
}

/** A cohort that is ready to be delivered, and the changes in it. */
export function audienceOf(
	clock: Clock,
	{ id = 'vip', remove = [], add = [], batchSize = 0, notBefore = 0 }: Audience,
) {
	const cohort = cohortNamed(id);
	const changes = [...changesOf(cohort, 'remove', remove), ...changesOf(cohort, 'add', add)];
	const limits = { payloadLimit: 128_000, batchSize };
	const plan = { ...plannedCohort(cohort, changes), notBefore };
	const { packed } = atOnce(packCohort(plan, limits, clock));
	return { packed, changes };
}

/** How many changes have which status. */
export function countByStatus(changes: readonly Change[]): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const { outcome } of changes) {
		const status = outcome?.status ?? 'none';
		counts[status] = (counts[status] ?? 0) + 1;
	}
	return counts;
}

/** MoEngage's response to a request with a member that it does not take. */
export const refusedMember = {
	status: 400,
	body: JSON.stringify({
		status: 'fail',
		error: {
			attribute: 'uid',
			message: 'uid is not valid',
			type: 'InvalidAttributeError',
			request_id: 'rq-400',
		},
	}),
	times: Infinity,
};

/** The attempts of each request, in the order of the requests. A request is known by its timestamp. */
export function byRequest(attempts: readonly Attempt[]): Attempt[][] {
	const requests = new Map<string, Attempt[]>();
	for (const attempt of attempts) {
		// The halves of a refused request have its timestamp.
		const key = `${attempt.run} ${attempt.body}`;
		const others = requests.get(key);
		if (others === undefined) requests.set(key, [attempt]);
		else others.push(attempt);
	}
	return [...requests.values()];
}

export function expectIncreasing(timestamps: readonly string[]): void {
	expect(timestamps).toEqual([...new Set(timestamps)].sort());
}
