import { performance } from 'node:perf_hooks';
import { diffMembers } from '../../nodes/MoEngageCohortSync/mirror/diff.js';
import {
	decodeSnapshot,
	encodeSnapshot,
} from '../../nodes/MoEngageCohortSync/mirror/snapshotCodec.js';
import { planItems } from '../../nodes/MoEngageCohortSync/plan/plan.js';
import type { Task } from '../../nodes/MoEngageCohortSync/slicing.js';
import { atOnce } from '../../test/support/atOnce.js';
import { sourceOf } from '../../test/support/source.js';
import { ID_KINDS } from '../audience.mjs';
import { spreadOf, type Spread } from '../statistics.mjs';

type Step = 'plan' | 'compare' | 'write' | 'read';

export interface MirrorRow {
	readonly size: number;
	/** Time in ms. */
	readonly ms: Readonly<Record<Step, Spread>>;
	/** Bytes of stored JSON for a member. */
	readonly bytesPerMember: number;
}

/** What Mirror adds to a run, when 1% of the members leave and as many come. */
export default function measure(
	{ sizes, rounds }: { sizes: readonly number[]; rounds: number },
	report: (progress: string) => void,
): MirrorRow[] {
	return sizes.map((size) => {
		report(`${size.toLocaleString('en')} members`);
		return rowOf(size, rounds);
	});
}

function rowOf(size: number, rounds: number): MirrorRow {
	const changed = size / 100;
	const idOf = ID_KINDS['36 characters'];
	const times: Record<Step, number[]> = {
		plan: [],
		compare: [],
		write: [],
		read: [],
	};
	const timed = <T,>(what: Step, task: Task<T>): T => {
		const start = performance.now();
		const result = atOnce(task);
		times[what].push(performance.now() - start);
		return result;
	};
	let bytesPerMember = 0;
	for (let round = 0; round < rounds; round++) {
		const before = Array.from({ length: size }, (_, index) => ({
			uid: idOf(index),
			anonymous_id: undefined,
			uncertain: false,
		}));
		const ids = Array.from({ length: size }, (_, index) => idOf(index + changed));
		globalThis.gc?.();
		const stored = timed('write', encodeSnapshot({ members: before, lastFullSend: 0 }, 1));
		const json = JSON.stringify(stored);
		bytesPerMember = Buffer.byteLength(json) / size;
		const snapshot = timed('read', decodeSnapshot(JSON.parse(json)));
		if (typeof snapshot === 'string') throw new Error('The snapshot can not be read.');
		const source = { ...sourceOf([]), count: size, userId: (item: number) => ids[item] };
		const { cohorts } = timed('plan', planItems(source, 'mirror'));
		const [cohort] = cohorts;
		if (cohort === undefined) throw new Error('The plan has no cohort.');
		const previous = { members: snapshot.members };
		const { leavers } = timed('compare', diffMembers(cohort, previous));
		if (leavers.length !== changed) throw new Error('The comparison is wrong.');
	}
	return {
		size,
		ms: {
			plan: spreadOf(times.plan),
			compare: spreadOf(times.compare),
			write: spreadOf(times.write),
			read: spreadOf(times.read),
		},
		bytesPerMember,
	};
}
