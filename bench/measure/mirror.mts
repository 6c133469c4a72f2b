import { performance } from 'node:perf_hooks';
import { diffMembers } from '../../nodes/MoEngageCohortSync/mirror/diff.js';
import {
	decodeSnapshot,
	encodeSnapshot,
} from '../../nodes/MoEngageCohortSync/mirror/snapshotCodec.js';
import type { PreviousMember } from '../../nodes/MoEngageCohortSync/model/member.js';
import { planItems } from '../../nodes/MoEngageCohortSync/plan/plan.js';
import type { Task } from '../../nodes/MoEngageCohortSync/slicing.js';
import { inSlices } from '../../test/support/atOnce.js';
import { sourceOf } from '../../test/support/source.js';
import { digest, ID_KINDS } from '../audience.mjs';
import { spreadOf, type Spread } from '../statistics.mjs';

/** Kinds of identifiers of which the stored size is measured, each made from a number. */
const KINDS = {
	'10 digits, consecutive': ID_KINDS['10 digits'],
	'10 digits, random': (index: number) =>
		String(1e9 + (parseInt(digest(index).slice(0, 12), 16) % 9e9)),
	'24 hexadecimal digits (object ID)': (index: number) =>
		`${(1_700_000_000 + 7 * index).toString(16)}5f1b2c3d4e${index.toString(16).padStart(6, '0')}`,
	'36 characters (UUID)': ID_KINDS['36 characters'],
	'e-mail address': (index: number) => `customer.${digest(index).slice(0, 8)}@example.com`,
	'non-Latin': ID_KINDS['non-Latin'],
};

type Step = 'plan' | 'compare' | 'write' | 'read';

export interface MirrorRow {
	readonly size: number;
	/** Time in ms. */
	readonly ms: Readonly<Record<Step, Spread>>;
	/** Bytes of stored JSON for a member. */
	readonly bytesPerMember: number;
	/** By kind of identifier: its length in characters, and the bytes of stored JSON for a member. */
	readonly kinds: ReadonlyArray<{
		readonly kind: string;
		readonly length: number;
		readonly bytes: number;
	}>;
}

/** What Mirror adds to a run, when 1% of the members leave and as many come. */
export default async function measure(
	{ sizes, rounds }: { sizes: readonly number[]; rounds: number },
	report: (progress: string) => void,
): Promise<MirrorRow[]> {
	const rows: MirrorRow[] = [];
	for (const size of sizes) {
		report(`${size.toLocaleString('en')} members`);
		rows.push(await rowOf(size, rounds));
	}
	return rows;
}

async function rowOf(size: number, rounds: number): Promise<MirrorRow> {
	const changed = size / 100;
	const idOf = ID_KINDS['36 characters'];
	const times: Record<Step, number[]> = {
		plan: [],
		compare: [],
		write: [],
		read: [],
	};
	const timed = async <T,>(what: Step, task: Task<T>): Promise<T> => {
		const start = performance.now();
		const result = await inSlices(task);
		times[what].push(performance.now() - start);
		return result;
	};
	let bytesPerMember = 0;
	for (let round = 0; round < rounds; round++) {
		const before = membersOf(size, idOf);
		const ids = Array.from({ length: size }, (_, index) => idOf(index + changed));
		globalThis.gc?.();
		const stored = await timed('write', encodeSnapshot({ members: before, lastFullSend: 0 }, 1));
		const json = JSON.stringify(stored);
		bytesPerMember = Buffer.byteLength(json) / size;
		const snapshot = await timed('read', decodeSnapshot(JSON.parse(json)));
		if (typeof snapshot === 'string') throw new Error('The snapshot can not be read.');
		const source = { ...sourceOf([]), count: size, userId: (item: number) => ids[item] };
		const { cohorts } = await timed('plan', planItems(source, 'mirror'));
		const [cohort] = cohorts;
		if (cohort === undefined) throw new Error('The plan has no cohort.');
		const previous = { members: snapshot.members };
		const { leavers } = await timed('compare', diffMembers(cohort, previous));
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
		kinds: await bytesByKind(size),
	};
}

/** Certain members, as the memory has them. */
function membersOf(size: number, idOf: (index: number) => string): PreviousMember[] {
	return Array.from({ length: size }, (_, index) => ({
		uid: idOf(index),
		anonymous_id: undefined,
		uncertain: false,
	}));
}

async function bytesByKind(size: number): Promise<MirrorRow['kinds']> {
	const kinds = [];
	for (const [kind, idOf] of Object.entries(KINDS)) {
		const snapshot = { members: membersOf(size, idOf), lastFullSend: 0 };
		const json = JSON.stringify(await inSlices(encodeSnapshot(snapshot, 1)));
		kinds.push({ kind, length: idOf(size - 1).length, bytes: Buffer.byteLength(json) / size });
	}
	return kinds;
}
