import type { Task } from '../../nodes/MoEngageCohortSync/slicing';

/** Runs a task without a pause and gives its result. */
export function atOnce<T>(task: Task<T>): T {
	let step = task.next();
	while (step.done !== true) {
		if (step.value !== undefined) throw new Error('This task waits: use inSlices');
		step = task.next();
	}
	return step.value;
}

/** Runs a task that may wait, and gives its result. */
export async function inSlices<T>(task: Task<T>): Promise<T> {
	let step = task.next();
	while (step.done !== true) {
		await step.value;
		step = task.next();
	}
	return step.value;
}
