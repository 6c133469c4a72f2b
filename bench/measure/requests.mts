import { bodyOf } from '../../nodes/MoEngageCohortSync/delivery/packing.js';
import { memberJson } from '../../nodes/MoEngageCohortSync/delivery/wire.js';
import type { ItemReader } from '../../nodes/MoEngageCohortSync/input/itemReader.js';
import { readSettings } from '../../nodes/MoEngageCohortSync/input/settings.js';
import { plannedRun } from '../../test/support/plannedRun.js';
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
		sizes.map((size) => rowOf(ids, size, readerWith(size, idOf))),
	);
}

function readerWith(size: number, idOf: (index: number) => string): ItemReader {
	return { ...sourceOf([]), count: size, userId: idOf };
}

function rowOf(ids: string, size: number, reader: ItemReader): RequestsRow {
	const settings = readSettings({});
	const { packed } = plannedRun(reader, 'add', settings);
	const additions = packed.flatMap((cohort) => cohort.additions);
	const [first] = additions;
	if (first === undefined) throw new Error('Nothing was packed.');
	const empty = Buffer.byteLength(bodyOf({ ...first, changes: [] }, TIMESTAMP));
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
