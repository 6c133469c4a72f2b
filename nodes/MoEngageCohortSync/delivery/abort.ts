import type { DeliveryProblem } from '../model/problem';

/**
 * What to wake when a signal aborts. All waits share one listener: Node.js treats more than ten listeners on a
 * signal as a leak and writes a warning to n8n's log (seen on Node 20).
 */
const waitsBySignal = new WeakMap<AbortSignal, Set<() => void>>();

function waitsOn(signal: AbortSignal): Set<() => void> {
	const known = waitsBySignal.get(signal);
	if (known) return known;
	const waits = new Set<() => void>();
	waitsBySignal.set(signal, waits);
	signal.addEventListener('abort', () => waits.forEach((wake) => wake()));
	return waits;
}

/**
 * Resolves with the value of `promise`, or with `undefined` as soon as the signal aborts. Unlike a race with one
 * long-lived promise, a wait that is over leaves no reaction behind.
 */
export async function untilAborted<T>(
	promise: Promise<T>,
	signal: AbortSignal,
): Promise<T | undefined> {
	if (signal.aborted) return undefined;
	const waits = waitsOn(signal);
	return await new Promise((resolve, reject) => {
		const wake = () => resolve(undefined);
		waits.add(wake);
		void promise.then(resolve, reject).then(() => waits.delete(wake));
	});
}

/**
 * Runs something that ends as soon as `stop` aborts, such as when the execution is stopped.
 *
 * @param run receives the object that can end it
 */
export async function runUntilStopped<T>(
	stop: AbortSignal | undefined,
	run: (abort: RunAbort) => Promise<T>,
): Promise<T> {
	const abort = new RunAbort();
	const onStop = () => abort.stop({ code: 'stopped' });
	stop?.addEventListener('abort', onStop);
	if (stop?.aborted) onStop();
	try {
		return await run(abort);
	} finally {
		stop?.removeEventListener('abort', onStop);
	}
}

/**
 * Ends a run before everything is sent, with or without waiting for the requests in flight. The first problem is
 * kept as the reason.
 */
export class RunAbort {
	private readonly endController = new AbortController();
	private readonly stopController = new AbortController();

	/** Aborts when no further request may start. */
	get ended(): AbortSignal {
		return this.endController.signal;
	}

	/** Aborts when the requests in flight are no longer awaited either. */
	get stopped(): AbortSignal {
		return this.stopController.signal;
	}

	/** Why the run ended, if it did. */
	get problem(): DeliveryProblem | undefined {
		return this.ended.reason as DeliveryProblem | undefined;
	}

	/** Lets no further request start; those in flight are still awaited. */
	end(problem: DeliveryProblem): void {
		this.endController.abort(problem);
	}

	/** Ends the run without waiting for the requests in flight. */
	stop(problem: DeliveryProblem): void {
		this.end(problem);
		this.stopController.abort(problem);
	}
}
