import type { Clock } from '../clock';
import { systemClock } from '../clock';
import { RateWindow } from './rateWindow';

/** One run of a node: in a loop, n8n runs it several times in one execution. */
export interface NodeRun {
	readonly execution: string | undefined;
	readonly node: string;
	/** Counted from 0 in each execution; a retry of a run has the same. */
	readonly index: number;
}

/** What all runs of one MoEngage workspace in this n8n process share. */
export class Workspace {
	readonly window: RateWindow;
	/** Ids of the cohorts that a mirror run is at work on. */
	readonly mirroring = new Set<string>();
	/** By cohort id, the run that mirrored it last. */
	readonly mirrored = new Map<string, NodeRun>();
	private lastTimestamp = 0;

	constructor(readonly clock: Clock) {
		this.window = new RateWindow(clock);
	}

	/**
	 * The timestamp of the next request: ISO 8601 in UTC with milliseconds. MoEngage applies changes in the
	 * order of their timestamps, so each is later than the one before, also when the clock steps back.
	 */
	nextTimestamp(): string {
		this.lastTimestamp = Math.max(this.clock.now(), this.lastTimestamp + 1);
		return new Date(this.lastTimestamp).toISOString();
	}
}

const workspaces = new Map<string, Workspace>();

/** The workspace of an app id at a data center; the same object for all runs in this process. */
export function workspaceOf(baseUrl: string, appId: string): Workspace {
	const key = `${baseUrl} ${appId}`;
	let workspace = workspaces.get(key);
	if (workspace === undefined) {
		workspace = new Workspace(systemClock);
		workspaces.set(key, workspace);
	}
	return workspace;
}
