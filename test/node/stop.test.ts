import { sleep } from 'n8n-workflow';
import { users } from '../support/audience';
import { useEmulator } from '../support/emulatedNode';
import { withOptions } from '../support/workflow';

const node = useEmulator();

test('a stopped run ends at once, sends nothing more and tells what was accepted', async () => {
	const { done, stop } = node.start({
		items: users(30),
		parameters: withOptions({ batchSize: 1, requestsPerMinute: 2 }),
	});
	while (node.model.requests.length < 2) await sleep(5);
	await sleep(50);
	stop();
	const { run, status, thrown } = await done;
	expect(thrown?.message).toBe('The execution was cancelled manually');
	expect(status).toBe('canceled');
	expect(run.data.resultData.metadata).toEqual({ moengage_accepted_before_stop: '2 of 30 items' });
	expect(node.model.requests).toHaveLength(2);
});

test('a run that is stopped while it reads its items ends before it has read them all', async () => {
	const start = (count: number) =>
		node.start({
			items: users(count),
			parameters: { userId: '={{ $json.uid + "" }}', ...withOptions({ dryRun: true }) },
		});
	const startedAt = performance.now();
	await start(4_000).done;
	const aFifth = performance.now() - startedAt;
	const { done, stop } = start(20_000);
	await sleep(1);
	stop();
	const stoppedAt = performance.now();
	expect((await done).status).toBe('canceled');
	expect(performance.now() - stoppedAt).toBeLessThan(aFifth);
	expect(node.model.requests).toEqual([]);
});
