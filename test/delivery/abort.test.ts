import { RunAbort, untilAborted } from '../../nodes/MoEngageCohortSync/delivery/abort';

const never = async () => await new Promise<never>(() => {});

describe('a wait that a signal can end', () => {
	test('gives what it waited for, unless the signal aborts first or did so before', async () => {
		const { signal } = new AbortController();
		expect(await untilAborted(Promise.resolve('first'), signal)).toBe('first');
		const abort = new AbortController();
		const waits = [untilAborted(never(), abort.signal), untilAborted(never(), abort.signal)];
		abort.abort();
		expect(await Promise.all(waits)).toEqual([undefined, undefined]);
		expect(await untilAborted(Promise.resolve('late'), abort.signal)).toBeUndefined();
	});

	test('rejects as what it waits for does', async () => {
		const { signal } = new AbortController();
		const broken = Promise.reject(new Error('broken'));
		await expect(untilAborted(broken, signal)).rejects.toThrow('broken');
	});

	test('puts one listener on the signal, however many wait: Node warns about more than ten', async () => {
		const abort = new AbortController();
		const listen = jest.spyOn(abort.signal, 'addEventListener');
		for (let wait = 0; wait < 10_000; wait++) await untilAborted(Promise.resolve(), abort.signal);
		const waits = Array.from({ length: 40 }, async () => await untilAborted(never(), abort.signal));
		expect(listen).toHaveBeenCalledTimes(1);
		abort.abort();
		expect(await Promise.all(waits)).toEqual(Array(40).fill(undefined));
	});
});

describe('the end of a run', () => {
	const timedOut = { code: 'timed_out' } as const;
	const stopped = { code: 'stopped' } as const;

	test('lets no request start, and the first problem stays its reason', () => {
		const abort = new RunAbort();
		expect(abort.problem).toBeUndefined();
		abort.end(timedOut);
		abort.end({ code: 'not_sendable', message: '' });
		expect([abort.ended.aborted, abort.stopped.aborted]).toEqual([true, false]);
		expect(abort.problem).toEqual(timedOut);
	});

	test('by a stop ends the wait for what is in flight as well', () => {
		const abort = new RunAbort();
		abort.stop(stopped);
		expect([abort.ended.aborted, abort.stopped.aborted]).toEqual([true, true]);
		expect(abort.problem).toEqual(stopped);
	});

	test('keeps its reason when it is stopped later', () => {
		const abort = new RunAbort();
		abort.end(timedOut);
		abort.stop(stopped);
		expect(abort.stopped.aborted).toBe(true);
		expect([abort.problem, abort.stopped.reason]).toEqual([timedOut, stopped]);
	});
});
