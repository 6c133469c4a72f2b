import { systemClock } from '../../nodes/MoEngageCohortSync/clock';
import type { Task } from '../../nodes/MoEngageCohortSync/slicing';
import { runInSlices } from '../../nodes/MoEngageCohortSync/slicing';

/** Runs a task without a pause and gives its result. */
export function atOnce<T>(task: Task<T>): T {
	let step = task.next();
	while (step.done !== true) {
		if (step.value !== undefined) throw new Error('This task waits: run it in slices');
		step = task.next();
	}
	return step.value;
}

/** Runs a task that may wait, and gives its result. */
export async function inSlices<T>(task: Task<T>): Promise<T> {
	return await runInSlices(task, systemClock);
}
