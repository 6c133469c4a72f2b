import { Workspace, workspaceOf } from '../../nodes/MoEngageCohortSync/delivery/workspace';
import { VirtualClock } from '../support/virtualClock';

test('runs that start later are later, within a millisecond and when the clock steps back an hour', async () => {
	const clock = new VirtualClock();
	const workspace = new Workspace(clock);
	const runs = [workspace.startRun(), workspace.startRun()];
	clock.stepBack(3_600_000);
	runs.push(workspace.startRun());
	workspace.reserveTimestamps(workspace.startRun().first);
	runs.push(workspace.startRun());
	workspace.reserveTimestamps((runs.at(-1)?.first ?? NaN) + 369);
	runs.push(workspace.startRun());
	await clock.play(clock.sleep(3_700_000));
	runs.push(workspace.startRun());
	const inText = (time: number) => (time === Infinity ? 'open' : new Date(time).toISOString());
	expect(runs.map(({ first, last }) => [inText(first), inText(last)])).toEqual([
		['2026-11-23T10:00:00.000Z', '2026-11-23T10:00:00.001Z'],
		['2026-11-23T10:00:00.002Z', '2026-11-23T10:00:00.003Z'],
		['2026-11-23T10:00:00.004Z', '2026-11-23T10:00:00.005Z'],
		['2026-11-23T10:00:00.008Z', '2026-11-23T10:00:00.377Z'],
		['2026-11-23T10:00:00.378Z', '2026-11-23T10:01:39.999Z'],
		['2026-11-23T10:01:40.000Z', 'open'],
	]);
});

test('executions share the workspace of an App ID at a data center, and no other', () => {
	const clock = new VirtualClock();
	const workspace = workspaceOf('https://api-01.moengage.com', 'APP', clock);
	expect(workspaceOf('https://api-01.moengage.com', 'APP', clock)).toBe(workspace);
	expect(workspaceOf('https://api-02.moengage.com', 'APP', clock)).not.toBe(workspace);
	expect(workspaceOf('https://api-01.moengage.com', 'APP2', clock)).not.toBe(workspace);
});
