import type { Source } from '../../nodes/MoEngageCohortSync/input/source.js';
import { readSettings } from '../../nodes/MoEngageCohortSync/input/settings.js';
import { memberJson } from '../../nodes/MoEngageCohortSync/plan/member.js';
import { requestBody } from '../../nodes/MoEngageCohortSync/delivery/batches.js';
import { prepareRun } from '../../nodes/MoEngageCohortSync/run.js';
import { atOnce } from '../../test/support/atOnce.js';
import { sourceOf } from '../../test/support/source.js';
import { ID_KINDS } from '../audience.mjs';

export interface RequestsRow {
	readonly ids: string;
	readonly size: number;
	readonly requests: number;
	/** No way of sharing the members out needs fewer, by their bytes. */
	readonly least: number;
	readonly membersPerRequest: number;
}

const TIMESTAMP = '2026-01-01T00:00:00.000Z';

/** Requests of the node against the least that the bytes of the members need. */
export default function measure({ sizes }: { readonly sizes: readonly number[] }): RequestsRow[] {
	const idsOf: Record<string, (index: number) => string> = {
		...ID_KINDS,
		'4 to 204 characters': (index) => String(index).padStart(4 + ((index * 7919) % 201), 'x'),
	};
	return Object.entries(idsOf).flatMap(([ids, idOf]) =>
		sizes.map((size) => rowOf(ids, size, sourceWith(size, idOf))),
	);
}

function sourceWith(size: number, idOf: (index: number) => string): Source {
	return { ...sourceOf([]), count: size, userId: idOf };
}

function rowOf(ids: string, size: number, source: Source): RequestsRow {
	const settings = readSettings({});
	const { batches } = atOnce(prepareRun(source, 'add', settings));
	const additions = batches.flatMap(({ additions }) => additions);
	const [first] = additions;
	if (first === undefined) throw new Error('Nothing was packed.');
	const empty = Buffer.byteLength(requestBody({ ...first, changes: [] }, TIMESTAMP));
	const comma = 1;
	let bytes = 0;
	for (const { changes } of additions) {
		for (const change of changes) bytes += Buffer.byteLength(memberJson(change)) + comma;
	}
	return {
		ids,
		size,
		requests: additions.length,
		least: Math.ceil(bytes / (settings.payloadLimit - empty + comma)),
		membersPerRequest: first.changes.length,
	};
}
