import type { Change } from './changes';
import type { Trouble } from '../delivery/trouble';

/** What became of an item or a member. The words are the node's public interface. */
export const STATUSES = [
	'accepted',
	'unchanged',
	'superseded',
	'planned',
	'invalid',
	'rejected',
	'failed',
	'not_sent',
] as const;

export type Status = (typeof STATUSES)[number];

/** The fate of a change; all members of one request share one. */
export interface Outcome {
	readonly status: Status;
	/** Number of the request in this run, from 1. */
	readonly request?: number;
	/** The request's own timestamp, ISO 8601 in UTC. */
	readonly timestamp?: string;
	/** What happened and how to fix it, in one line, where the member was not accepted. */
	readonly reason?: string;
	/** The same, in parts. */
	readonly trouble?: Trouble;
	/** True where MoEngage may have applied the change although no answer says so. */
	readonly mayHaveTakenEffect?: boolean;
}

/** The statuses that an item can't be content with: it goes to the error output. */
export const TROUBLES: readonly Status[] = ['invalid', 'rejected', 'failed', 'not_sent'];

export function isTrouble(status: Status): boolean {
	return TROUBLES.includes(status);
}

/** The outcome of a change after the delivery, which leaves none without. */
export function outcomeOf({ outcome }: Change): Outcome {
	if (outcome === undefined) throw new Error('A change was left without an outcome');
	return outcome;
}
