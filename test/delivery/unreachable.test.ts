import type { SendResult } from '../../nodes/MoEngageCohortSync/delivery/sendResult';
import { deliver } from '../../nodes/MoEngageCohortSync/delivery/deliver';
import { Workspace } from '../../nodes/MoEngageCohortSync/delivery/workspace';
import { VirtualClock } from '../support/virtualClock';
import { audienceOf, countByStatus, users } from '../support/virtualMoEngage';

interface Failure {
	readonly after: number;
	readonly result: SendResult;
}

const noConnection = (errorCode: string, after = 20): Failure => ({
	after,
	result: { status: undefined, kind: 'connection', errorCode },
});

const silence = (seconds: number): Failure => ({
	after: seconds * 1000,
	result: { status: undefined, kind: 'timeout' },
});

/** A delivery of 20 requests of which every attempt comes to the same. */
async function playAttempts(failure: Failure, settings: { isAttended: boolean; timeout?: number }) {
	const clock = new VirtualClock();
	const { packed, changes } = audienceOf(clock, { add: users(20), batchSize: 1 });
	let attempts = 0;
	const send = async () => {
		attempts++;
		await clock.sleep(failure.after);
		return failure.result;
	};
	const limits = { concurrency: 5, requestsPerMinute: 300, maxRetries: 8, timeout: 30 };
	const workspace = new Workspace(clock);
	const delivery = deliver(
		[packed],
		{ ...limits, ...settings },
		workspace,
		send,
		workspace.startRun(0),
	);
	const ended = await clock.play(delivery);
	return { ended, changes, attempts, seconds: clock.elapsed() / 1000 };
}

const FAILURES: ReadonlyArray<readonly [string, Failure, code: string | undefined]> = [
	['a refused connection', noConnection('ECONNREFUSED'), 'connection_refused'],
	['a host that is away', noConnection('EHOSTUNREACH', 3_000), 'connection_refused'],
	['a network that is away', noConnection('ENETUNREACH'), 'connection_refused'],
	['a name server that is busy', noConnection('EAI_AGAIN', 5_000), 'host_unknown'],
	['a connection that breaks off', noConnection('ECONNRESET'), 'connection_lost'],
	['a time-out of one second', silence(1), 'timed_out'],
	['a time-out of ten seconds', silence(10), 'timed_out'],
	[
		'a request that n8n does not send',
		{ after: 0, result: { status: undefined, kind: 'unsendable' } },
		'not_sendable',
	],
	['silence', silence(30), undefined],
];

test.each(FAILURES)(
	'where somebody waits, %s is given up after 20 seconds',
	async (_, failure, code) => {
		const { ended, changes, seconds } = await playAttempts(failure, { isAttended: true });
		expect(ended).toEqual({
			code: 'unreachable',
			seconds: 20,
			cause: code === undefined ? undefined : expect.objectContaining({ code }),
		});
		expect(countByStatus(changes)).toEqual({ failed: 1, not_sent: 19 });
		expect(changes[0]?.outcome).toMatchObject({ problem: ended });
		expect(seconds).toBeLessThanOrEqual(20.5);
	},
);

test('a name that the name server does not know is given up within 20 seconds as well', async () => {
	const { ended, seconds } = await playAttempts(noConnection('ENOTFOUND'), { isAttended: true });
	expect(JSON.stringify(ended)).toMatch('"host_unknown"');
	expect(seconds).toBeLessThanOrEqual(20.5);
});

test("who raised 'Timeout in Seconds' is asked for no less patience", async () => {
	const slow: Failure = { after: 45_000, result: { status: 200, body: { isSuccess: true } } };
	const { changes } = await playAttempts(slow, { isAttended: true, timeout: 60 });
	expect(countByStatus(changes)).toEqual({ accepted: 20 });
	const { seconds } = await playAttempts(silence(60), { isAttended: true, timeout: 60 });
	expect(seconds).toBe(60);
});

test('what takes longer once something has responded is not given up', async () => {
	const busy: Failure = { after: 20, result: { status: 503, body: { isSuccess: false } } };
	const { ended, seconds } = await playAttempts(busy, { isAttended: true });
	expect(ended).toMatchObject({ code: 'unavailable' });
	expect(seconds).toBeGreaterThan(5 * 60);
});

test.each(FAILURES.filter(([, { after }]) => after < 10_000))(
	'a run in production has its minutes for %s',
	async (_, failure, code) => {
		const { ended, attempts, seconds } = await playAttempts(failure, { isAttended: false });
		expect(ended).toMatchObject({ code });
		expect(attempts).toBe(code === 'not_sendable' ? 5 : 9);
		expect(seconds).toBeGreaterThan(20);
	},
);
