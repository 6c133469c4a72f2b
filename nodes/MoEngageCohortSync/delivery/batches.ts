import type { Action, Change, CohortChanges } from '../plan/changes';
import type { Cohort } from '../plan/cohort';
import { memberBytes, memberJson } from '../plan/member';
import { inOneLine, oversized } from './trouble';
import type { Work } from '../work';
import { startsPiece } from '../work';

/** Members of one cohort that go in one request. */
export interface Batch {
	readonly cohort: Cohort;
	readonly action: Action;
	readonly changes: readonly Change[];
	/** UTF-8 bytes of the whole request body. */
	readonly bytes: number;
}

/** How full a request may get. */
export interface PackingLimits {
	/** UTF-8 bytes of a request body. */
	readonly payloadLimit: number;
	/** Members in a request; 0 for as many as fit. */
	readonly batchSize: number;
}

/** The requests of one cohort. Its removals are settled before its additions start. */
export interface CohortBatches {
	readonly cohort: Cohort;
	readonly removals: readonly Batch[];
	readonly additions: readonly Batch[];
}

/** All timestamps have this form and length. */
const ANY_TIMESTAMP = '2026-01-01T00:00:00.000Z';

/**
 * Packs what is to be sent of a cohort. An anonymous id with which a member fits in no request is left out where
 * there is a uid; a member that does not fit even so is `invalid`.
 */
export function* packCohort(
	{ cohort, members, leavers }: CohortChanges,
	limits: PackingLimits,
): Work<CohortBatches> {
	const pack = function* (action: Action, changes: readonly Change[]): Work<Batch[]> {
		const packed = yield* packBatches(cohort, action, changes, limits);
		const trouble = oversized();
		for (const change of packed.oversized) {
			change.outcome = { status: 'invalid', reason: inOneLine(trouble), trouble };
		}
		return packed.batches;
	};
	return {
		cohort,
		removals: yield* pack('remove', leavers.concat(members)),
		additions: yield* pack('add', members),
	};
}

/**
 * Packs those of a cohort's changes that ask for `action`, in their order, into as few requests as the limits
 * allow.
 *
 * @returns the batches, and the changes of members that don't fit in a request even alone
 */
export function* packBatches(
	cohort: Cohort,
	action: Action,
	changes: readonly Change[],
	limits: PackingLimits,
): Work<{ batches: Batch[]; oversized: Change[] }> {
	const emptyBytes = envelopeBytes(cohort, action);
	const most = limits.batchSize === 0 ? Infinity : limits.batchSize;
	const batches: Batch[] = [];
	const oversized: Change[] = [];

	let packed: Change[] = [];
	let bytes = emptyBytes;
	const close = () => {
		if (packed.length === 0) return;
		batches.push({ cohort, action, changes: packed, bytes });
		packed = [];
		bytes = emptyBytes;
	};
	for (const [index, change] of changes.entries()) {
		if (startsPiece(index)) yield;
		if (change.action !== action) continue;
		let size = memberBytes(change);
		if (emptyBytes + size > limits.payloadLimit && change.uid !== undefined) {
			// One good identifier is enough.
			change.anonymous_id = undefined;
			size = memberBytes(change);
		}
		if (emptyBytes + size > limits.payloadLimit) {
			oversized.push(change);
			continue;
		}
		const comma = packed.length === 0 ? 0 : 1;
		if (packed.length >= most || bytes + comma + size > limits.payloadLimit) close();
		bytes += (packed.length === 0 ? 0 : 1) + size;
		packed.push(change);
	}
	close();
	return { batches, oversized };
}

/** Cuts a batch that MoEngage refused in two, so that the members to blame can be found. */
export function halve(batch: Batch): [Batch, Batch] {
	const middle = Math.ceil(batch.changes.length / 2);
	const part = (changes: readonly Change[]): Batch => {
		const commas = changes.length - 1;
		const bytes = changes.reduce((sum, change) => sum + memberBytes(change), commas);
		return { ...batch, changes, bytes: envelopeBytes(batch.cohort, batch.action) + bytes };
	};
	return [part(batch.changes.slice(0, middle)), part(batch.changes.slice(middle))];
}

/** The request body of a batch. `timestamp` is ISO 8601 in UTC with milliseconds. */
export function requestBody(batch: Batch, timestamp: string): string {
	const [head, tail] = envelope(batch.cohort, batch.action, timestamp);
	return head + batch.changes.map(memberJson).join(',') + tail;
}

/** UTF-8 bytes of a request without members. */
function envelopeBytes(cohort: Cohort, action: Action): number {
	return Buffer.byteLength(envelope(cohort, action, ANY_TIMESTAMP).join(''));
}

/** The request around the members (Cohort Sync docs, read 2026-08). */
function envelope(cohort: Cohort, action: Action, timestamp: string): [head: string, tail: string] {
	const text = JSON.stringify({
		action: action === 'add' ? 'add_members' : 'remove_members',
		timestamp,
		partner: cohort.partner,
		parameters: {
			cohort_name: cohort.name,
			cohort_id: cohort.id,
			cohort_description: cohort.description === '' ? undefined : cohort.description,
			members: [],
		},
	});
	return [text.slice(0, -3), text.slice(-3)];
}
