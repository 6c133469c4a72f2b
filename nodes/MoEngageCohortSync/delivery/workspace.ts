import type { Clock } from '../clock';
import { systemClock } from '../clock';
import { RateLimiter } from './rateLimiter';
import type { LookupForm } from './wire';

/** What all runs of one MoEngage workspace in this n8n process share. */
export class Workspace {
	readonly rateLimiter: RateLimiter;
	/** Get User has a limit of its own. */
	readonly lookupLimiter: RateLimiter;
	/** The form of Get User's body that MoEngage took last. */
	lookupForm: LookupForm = 'wrapped';
	/** Taken by a run, in ms since 1970. */
	private lastTimestamp = 0;

	constructor(readonly clock: Clock) {
		this.rateLimiter = new RateLimiter(clock);
		this.lookupLimiter = new RateLimiter(clock);
	}

	/**
	 * The first timestamp of a run that starts now, in ms since 1970. MoEngage applies changes in the order of their
	 * timestamps, so that of two runs the one that started later wins, even when the clock steps back.
	 */
	startRun(): number {
		this.lastTimestamp = Math.max(this.clock.now(), this.lastTimestamp + 1);
		return this.lastTimestamp;
	}

	/** Makes the runs that start from now on later than this timestamp, in ms since 1970. */
	reserveTimestamps(last: number): void {
		this.lastTimestamp = Math.max(this.lastTimestamp, last);
	}
}

const workspaces = new Map<string, Workspace>();

/** The workspace of an App ID at a data center; the same object for all runs in this process. */
export function workspaceOf(baseUrl: string, appId: string): Workspace {
	const key = `${baseUrl} ${appId}`;
	let workspace = workspaces.get(key);
	if (workspace === undefined) {
		workspace = new Workspace(systemClock);
		workspaces.set(key, workspace);
	}
	return workspace;
}
