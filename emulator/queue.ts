/**
 * Tasks that run later than they are accepted. Those that are due at the same check run in the order of their
 * arrival.
 */
export function createQueue(delayMs: number | (() => number)) {
	let pending: Array<{ dueAt: number; task: (at: number) => void }> = [];

	return {
		/** Queues a task that was accepted at `at` (ms); it receives the time at which it was due. */
		add(at: number, task: (at: number) => void) {
			const delay = typeof delayMs === 'number' ? delayMs : delayMs();
			pending.push({ dueAt: at + delay, task });
		},
		/** Runs the tasks that are due by `until` (ms). */
		run(until: number) {
			const due = pending.filter(({ dueAt }) => dueAt <= until);
			if (due.length === 0) return;
			pending = pending.filter(({ dueAt }) => dueAt > until);
			for (const { dueAt, task } of due) task(dueAt);
		},
	};
}
