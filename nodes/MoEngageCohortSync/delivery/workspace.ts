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
	private lastTimestamp = 0;

	constructor(readonly clock: Clock) {
		this.rateLimiter = new RateLimiter(clock);
		this.lookupLimiter = new RateLimiter(clock);
	}

	/**
	 * The timestamp of the next request: ISO 8601 in UTC with milliseconds. MoEngage applies changes in the
	 * order of their timestamps, so each is later than the one before, even when the clock steps back.
	 */
	nextTimestamp(): string {
		this.lastTimestamp = Math.max(this.clock.now(), this.lastTimestamp + 1);
		return new Date(this.lastTimestamp).toISOString();
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
