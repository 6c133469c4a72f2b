import { CohortStatsRecorder } from '../../nodes/MoEngageCohortSync/delivery/cohortStats';
import { VirtualClock } from '../support/virtualClock';

test('waits that overlap count once, and one that rejects counts too', async () => {
	const clock = new VirtualClock();
	const stats = new CohortStatsRecorder(clock);
	const wait = async (startsAt: number, ms: number) => {
		await clock.sleep(startsAt);
		return await stats.countWait(clock.sleep(ms).then(() => ms));
	};
	const waits = [wait(0, 100), wait(50, 100), wait(500, 10)];
	expect(await clock.play(Promise.all(waits))).toEqual([100, 100, 10]);
	expect(stats.waitedMs).toBe(150 + 10);
	const broken = clock.sleep(5).then(() => {
		throw new Error('broken');
	});
	await expect(clock.play(stats.countWait(broken))).rejects.toThrow('broken');
	expect(stats.waitedMs).toBe(165);
});

test('a request counts once with its bytes', () => {
	const stats = new CohortStatsRecorder(new VirtualClock());
	stats.countRequest(100);
	stats.countRequest(20);
	expect(stats).toMatchObject({ requests: 2, bytes: 120, retries: 0, startedAt: undefined });
});
