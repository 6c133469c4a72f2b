import { createMoEngage, demoAccount, getUserPath } from '../../emulator/model.js';
import { lookUpUsers } from '../../nodes/MoEngageCohortSync/delivery/lookup.js';
import { parseResponseBody } from '../../nodes/MoEngageCohortSync/delivery/responseBody.js';
import { Workspace } from '../../nodes/MoEngageCohortSync/delivery/workspace.js';
import { numbered } from '../../test/support/audience.js';
import { goodHeaders } from '../../test/support/emulator.js';
import { VirtualClock } from '../../test/support/virtualClock.js';
import { leastMs } from './window.mjs';

export interface LookupsInput {
	readonly sizes: readonly number[];
	readonly latencies: readonly number[];
}

export interface LookupsRow {
	readonly size: number;
	readonly latencyMs: number;
	readonly requests: number;
	readonly simulatedMs: number;
	/** The least that 50 requests of 20 users in any minute allow, with no more than five in flight. */
	readonly leastMs: number;
	readonly refused: number;
}

const PER_MINUTE = 50;
const USERS_PER_REQUEST = 20;
const MINUTE_MS = 60_000;
const SETTINGS = {
	...{ concurrency: 5, maxRetries: 8, requestsPerMinute: 300 },
	...{ timeout: 30, isAttended: false },
};

/** Check Users in virtual time, against the least time that MoEngage's limit allows. */
export default async function measure(
	{ sizes, latencies }: LookupsInput,
	report: (progress: string) => void,
): Promise<LookupsRow[]> {
	const rows: LookupsRow[] = [];
	for (const size of sizes) {
		for (const latencyMs of latencies) {
			report(`${size.toLocaleString('en')} users at ${latencyMs} ms`);
			rows.push({ size, latencyMs, ...(await simulate(size, latencyMs)) });
		}
	}
	return rows;
}

async function simulate(size: number, latencyMs: number) {
	const clock = new VirtualClock();
	const uids = numbered(size);
	// Every other user is known.
	const known = uids.filter((_, index) => index % 2 === 0).map((uid) => ({ uid }));
	const model = createMoEngage({ known, now: () => clock.now() });
	const path = `${getUserPath}?app_id=${demoAccount.appId}`;
	let requests = 0;
	let refused = 0;
	const send = async (body: string) => {
		requests++;
		await clock.sleep(latencyMs / 2);
		const { status, body: text } = model.receive({ path, headers: goodHeaders, body });
		await clock.sleep(latencyMs / 2);
		if (status === 429) refused++;
		return { status, body: parseResponseBody(text, (words) => words) };
	};
	const start = clock.elapsed();
	const lookup = await clock.play(
		lookUpUsers(uids, SETTINGS, new Workspace(clock), send),
		24 * 60 * MINUTE_MS,
	);
	const isRight = uids.every(
		(uid, index) => lookup.outcomeOf(uid).status === (index % 2 === 0 ? 'known' : 'unknown'),
	);
	if (!isRight) throw new Error('Not every user was looked up rightly.');
	return {
		requests,
		refused,
		simulatedMs: clock.elapsed() - start,
		leastMs: leastMs(
			Math.ceil(size / USERS_PER_REQUEST),
			latencyMs,
			SETTINGS.concurrency,
			PER_MINUTE,
		),
	};
}
