import { Signal } from '../../nodes/MoEngageCohortSync/delivery/signal';

const never = async () => await new Promise<never>(() => {});

test('a wait gives what it waited for, unless the signal comes first or was given before', async () => {
	const signal = new Signal();
	expect(await signal.orElse(Promise.resolve('first'))).toBe('first');
	const waiting = signal.orElse(never());
	expect(signal.given).toBe(false);
	signal.give();
	expect(signal.given).toBe(true);
	expect(await waiting).toBeUndefined();
	expect(await signal.orElse(never())).toBeUndefined();
});

test('what goes wrong in a wait comes through', async () => {
	await expect(new Signal().orElse(Promise.reject(new Error('broken')))).rejects.toThrow('broken');
});

test('a hundred thousand waits that ended leave nothing behind', async () => {
	const signal = new Signal();
	for (let wait = 0; wait < 100_000; wait++) await signal.orElse(Promise.resolve());
	await Promise.resolve();
	expect(signal).toHaveProperty('waiting.size', 0);
});
