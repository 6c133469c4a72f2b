import type { Outcome } from '../plan/outcome';
import type { Trouble } from './trouble';
import * as trouble from './trouble';
import { inOneLine } from './trouble';

/** The request that carried a change, if there was one yet. */
export interface Sent {
	readonly request?: number;
	readonly timestamp?: string;
	/** A try of it, or of an earlier request with the same change, may have been applied. */
	readonly mayHaveTakenEffect: boolean;
}

export function acceptedOutcome(sent: Sent): Outcome {
	return { ...sent, status: 'accepted', mayHaveTakenEffect: false };
}

export function failedOutcome(cause: Trouble, sent: Sent): Outcome {
	const effect = sent.mayHaveTakenEffect
		? 'This change may have taken effect in MoEngage all the same.'
		: 'This change has not taken effect.';
	return { ...sent, status: 'failed', trouble: cause, reason: `${inOneLine(cause)} ${effect}` };
}

/** Refused by MoEngage; but never called so where an earlier try may have been applied. */
export function refusedOutcome(cause: Trouble, sent: Sent): Outcome {
	if (sent.mayHaveTakenEffect) return failedOutcome(cause, sent);
	return { ...sent, status: 'rejected', trouble: cause, reason: inOneLine(cause) };
}

/** Its turn never came. `cause` ended the run. */
export function runEndedOutcome(cause: Trouble): Outcome {
	return { status: 'not_sent', trouble: cause, reason: inOneLine(trouble.runEnded(cause)) };
}

/** Its turn never came. `cause` ended its cohort. */
export function cohortRefusedOutcome(cause: Trouble): Outcome {
	return { status: 'not_sent', trouble: cause, reason: inOneLine(trouble.cohortRefused(cause)) };
}
