import type { Task } from '../../nodes/MoEngageCohortSync/slicing';

/** Runs a task without a pause and gives its result. */
export function atOnce<T>(task: Task<T>): T {
	let step = task.next();
	while (step.done !== true) step = task.next();
	return step.value;
}
