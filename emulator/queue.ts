/** Tasks that are done later than they are accepted. Those that are due at the same look are done in the order in which they came. */
export function createQueue(delayMs: number | (() => number)) {
	let pending: Array<{ dueAt: number; task: (at: number) => void }> = [];

	return {
		/** Queues a task that was accepted at `at` (ms); it is handed the time at which it was due. */
		add(at: number, task: (at: number) => void) {
			const delay = typeof delayMs === 'number' ? delayMs : delayMs();
			pending.push({ dueAt: at + delay, task });
		},
		/** Does what is due by `until` (ms). */
		run(until: number) {
			const due = pending.filter(({ dueAt }) => dueAt <= until);
			if (due.length === 0) return;
			pending = pending.filter(({ dueAt }) => dueAt > until);
			for (const { dueAt, task } of due) task(dueAt);
		},
	};
}
