import type { Clock } from '../clock';
import { RateLimiter } from './rateLimiter';
import type { LookupForm } from './wire';

/** What all runs for one MoEngage workspace in this n8n process share. */
export class Workspace {
	readonly rateLimiter: RateLimiter;
	/** Get User has its own limit. */
	readonly lookupLimiter: RateLimiter;
	/** The form of Get User's body that MoEngage accepted last. */
	lookupForm: LookupForm = 'wrapped';
	/** The latest timestamp that a run has taken, in ms since 1970. */
	private lastTimestamp = 0;

	constructor(readonly clock: Clock) {
		this.rateLimiter = new RateLimiter(clock);
		this.lookupLimiter = new RateLimiter(clock);
	}

	/**
	 * The first timestamp of a run that starts now, in ms since 1970. MoEngage applies changes in the order of
	 * their timestamps, so this makes the later of two runs win, even when the clock is set back.
	 */
	startRun(): number {
		this.lastTimestamp = Math.max(this.clock.now(), this.lastTimestamp + 1);
		return this.lastTimestamp;
	}

	/** Gives all runs that start from now on later timestamps than this one, in ms since 1970. */
	reserveTimestamps(last: number): void {
		this.lastTimestamp = Math.max(this.lastTimestamp, last);
	}
}

const workspaces = new Map<string, Workspace>();

/** The workspace of an App ID at a data center; the same object for all runs in this process. */
export function workspaceOf(baseUrl: string, appId: string, clock: Clock): Workspace {
	const key = `${baseUrl} ${appId}`;
	let workspace = workspaces.get(key);
	if (workspace === undefined) {
		workspace = new Workspace(clock);
		workspaces.set(key, workspace);
	}
	return workspace;
}
