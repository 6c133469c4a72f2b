import { Workspace, workspaceOf } from '../../nodes/MoEngageCohortSync/delivery/workspace';
import { VirtualClock } from '../support/virtualClock';

test('runs that start later are later, within a millisecond and when the clock steps back an hour', async () => {
	const clock = new VirtualClock();
	const workspace = new Workspace(clock);
	const runs = [workspace.startRun(0), workspace.startRun(20)];
	clock.stepBack(3_600_000);
	const planned = workspace.startRun(100_000);
	runs.push(planned, workspace.startRun(20));
	// Not the latest any more: what others have taken stays theirs.
	workspace.reserveTimestamps(planned, planned.first + 99);
	const latest = workspace.startRun(20);
	workspace.reserveTimestamps(latest, latest.first + 369);
	const idle = workspace.startRun(20);
	workspace.reserveTimestamps(idle, idle.first);
	runs.push(latest, idle, workspace.startRun(20));
	await clock.play(clock.sleep(3_700_000));
	runs.push(workspace.startRun(20));
	const inText = (time: number) => (time === Infinity ? 'open' : new Date(time).toISOString());
	expect(runs.map(({ first, last }) => [inText(first), inText(last)])).toEqual([
		['2026-11-23T10:00:00.000Z', '2026-11-23T10:00:00.001Z'],
		['2026-11-23T10:00:00.002Z', '2026-11-23T10:00:00.021Z'],
		['2026-11-23T10:00:00.022Z', '2026-11-23T10:00:01.021Z'],
		['2026-11-23T10:00:01.022Z', '2026-11-23T10:00:01.041Z'],
		['2026-11-23T10:00:01.042Z', '2026-11-23T10:00:01.411Z'],
		['2026-11-23T10:00:01.412Z', '2026-11-23T10:00:01.412Z'],
		['2026-11-23T10:00:01.413Z', '2026-11-23T10:01:39.999Z'],
		['2026-11-23T10:01:40.000Z', 'open'],
	]);
});

test.each([0, 1_000])(
	'what a run has reserved stays its own when the latest run, which expected %d requests, reserves less',
	(expected) => {
		const workspace = new Workspace(new VirtualClock());
		const earlier = workspace.startRun(0);
		const latest = workspace.startRun(expected);
		const last = latest.first + 100;
		workspace.reserveTimestamps(earlier, last);
		workspace.reserveTimestamps(latest, latest.first);
		expect(workspace.startRun(0).first).toBe(last + 1);
	},
);

test('executions share the workspace of an App ID at a data center, and no other', () => {
	const clock = new VirtualClock();
	const workspace = workspaceOf('https://api-01.moengage.com', 'APP', clock);
	expect(workspaceOf('https://api-01.moengage.com', 'APP', clock)).toBe(workspace);
	expect(workspaceOf('https://api-02.moengage.com', 'APP', clock)).not.toBe(workspace);
	expect(workspaceOf('https://api-01.moengage.com', 'APP2', clock)).not.toBe(workspace);
});
