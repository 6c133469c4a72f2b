import type { Work } from '../../nodes/MoEngageCohortSync/work';

/** Does a work without a pause and gives its result. */
export function atOnce<T>(work: Work<T>): T {
	let step = work.next();
	while (step.done !== true) step = work.next();
	return step.value;
}
