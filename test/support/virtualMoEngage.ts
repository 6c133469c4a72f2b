import type { EmulatorOptions, MoEngage, RequestRecord } from '../../emulator/model';
import { cohortSyncPath, createMoEngage, demoAccount } from '../../emulator/model';
import type { Answer } from '../../nodes/MoEngageCohortSync/delivery/answer';
import { readWords } from '../../nodes/MoEngageCohortSync/delivery/words';
import type { CohortBatches } from '../../nodes/MoEngageCohortSync/delivery/batches';
import { packBatches } from '../../nodes/MoEngageCohortSync/delivery/batches';
import type { Action, Change } from '../../nodes/MoEngageCohortSync/plan/changes';
import type { Cohort } from '../../nodes/MoEngageCohortSync/plan/cohort';
import type { DeliveryReport } from '../../nodes/MoEngageCohortSync/delivery/delivery';
import type { DeliverySettings } from '../../nodes/MoEngageCohortSync/delivery/requests';
import { deliver } from '../../nodes/MoEngageCohortSync/delivery/delivery';
import type { Outcome } from '../../nodes/MoEngageCohortSync/plan/outcome';
import { Workspace } from '../../nodes/MoEngageCohortSync/delivery/workspace';
import { VirtualClock } from './virtualClock';
import { atOnce } from './atOnce';

const headers = {
	authorization: `Basic ${Buffer.from(`${demoAccount.appId}:${demoAccount.secret}`).toString('base64')}`,
	'moe-appkey': demoAccount.appId,
	'content-type': 'application/json',
};

/** One try of a request, as the sender saw it. Times are in ms of the virtual clock. */
export interface Try {
	readonly run: number;
	readonly body: string;
	readonly cohortId: string;
	readonly action: string;
	readonly timestamp: string;
	readonly uids: readonly string[];
	readonly startedAt: number;
	/** Place in the order of all starts and answers. */
	readonly started: number;
	answered: number;
	answeredAt: number;
	answer: Answer | undefined;
	/** What the emulator made of it; none where it never arrived. */
	record: RequestRecord | undefined;
}

export interface Delay {
	/** Time in ms until the request arrives, and from there to the answer. */
	readonly there: number;
	readonly back: number;
}

export interface WorldOptions extends EmulatorOptions {
	readonly seed?: number;
	/** How long one try takes; 250 ms there and back unless given. */
	readonly delay?: (tryNumber: number) => Delay;
	/** When the sender gives up waiting, in ms. */
	readonly timeout?: number;
	/** True where the connection is refused. */
	readonly isUnreachable?: (tryNumber: number) => boolean;
}

/** One MoEngage workspace, its emulator and a network between them, all in virtual time. */
export class World {
	readonly clock: VirtualClock;
	readonly model: MoEngage;
	readonly workspace: Workspace;
	readonly tries: Try[] = [];
	/** Starts and answers so far. */
	events = 0;
	private runs = 0;

	constructor(private readonly options: WorldOptions = {}) {
		this.clock = new VirtualClock(options.seed);
		const start = this.clock.now();
		this.model = createMoEngage({ now: () => start + this.clock.elapsed(), ...options });
		this.workspace = new Workspace(this.clock);
	}

	/** Starts a delivery, to be played with the clock. Runs are numbered from 0 as they start. */
	async deliver(
		cohorts: readonly CohortBatches[],
		settings: Partial<DeliverySettings> = {},
		stop?: AbortSignal,
		run = this.runs++,
	): Promise<DeliveryReport> {
		const all = { concurrency: 5, maxRetries: 8, requestsPerMinute: 300, ...settings };
		return await deliver(
			cohorts,
			all,
			this.workspace,
			async (body) => await this.send(run, body),
			stop,
		);
	}

	private async send(run: number, body: string): Promise<Answer> {
		const { action, timestamp, parameters } = JSON.parse(body);
		const uids = parameters.members.map(({ uid }: { uid: string }) => uid);
		const entry: Try = {
			run,
			body,
			cohortId: parameters.cohort_id,
			action,
			timestamp,
			uids,
			startedAt: this.clock.elapsed(),
			started: this.events++,
			answered: Infinity,
			answeredAt: Infinity,
			answer: undefined,
			record: undefined,
		};
		this.tries.push(entry);
		entry.answer = await this.travel(entry, this.tries.length);
		entry.answered = this.events++;
		entry.answeredAt = this.clock.elapsed();
		return entry.answer;
	}

	private async travel(entry: Try, tryNumber: number): Promise<Answer> {
		const { delay, isUnreachable, timeout = 30_000 } = this.options;
		const { there, back } = delay?.(tryNumber) ?? { there: 125, back: 125 };
		await this.clock.sleep(there);
		if (isUnreachable?.(tryNumber)) {
			return { status: undefined, cause: 'connection', code: 'ECONNREFUSED' };
		}
		const given = this.model.receive({ path: cohortSyncPath, headers, body: entry.body });
		entry.record = this.model.requests.at(-1);
		const rest = back + (given.delayMs ?? 0);
		await this.clock.sleep(Math.min(rest, timeout - there));
		if (there + rest > timeout) return { status: undefined, cause: 'timeout' };
		if (given.reset) return { status: undefined, cause: 'connection', code: 'ECONNRESET' };
		return {
			status: given.status,
			words: readWords(given.body, (text) => text),
			retryAfter: given.headers['retry-after'],
			date: new Date(entry.record?.at ?? 0).toUTCString(),
		};
	}
}

export function cohortNamed(id: string): Cohort {
	return { id, name: `Cohort ${id}`, description: '', partner: 'n8n' };
}

/** A change that counts how often it gets an outcome. */
export interface CountedChange extends Change {
	outcomesSet: number;
}

export function changesOf(
	cohort: Cohort,
	action: Action,
	uids: readonly string[],
): CountedChange[] {
	return uids.map((uid, item) => {
		let outcome: Outcome | undefined;
		return {
			uid,
			anonymous_id: undefined,
			item,
			action,
			cohort,
			outcomesSet: 0,
			get outcome() {
				return outcome;
			},
			set outcome(given) {
				outcome = given;
				this.outcomesSet++;
			},
		};
	});
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
}

/** The batches of one cohort, and the changes in them. */
export function audience({ id = 'vip', remove = [], add = [], batchSize = 0 }: Audience) {
	const cohort = cohortNamed(id);
	const limits = { payloadLimit: 128_000, batchSize };
	const changes = [...changesOf(cohort, 'remove', remove), ...changesOf(cohort, 'add', add)];
	const pack = (action: Action) =>
		atOnce(
			packBatches(
				cohort,
				action,
				changes.filter((change) => change.action === action),
				limits,
			),
		).batches;
	const batches: CohortBatches = { cohort, removals: pack('remove'), additions: pack('add') };
	return { batches, changes };
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
