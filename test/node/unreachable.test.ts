import { users } from '../support/audience';
import { SILENCE, VirtualN8n } from '../support/virtualNode';
import { errorsOf } from '../support/workflow';

const RIGHT_ADDRESS =
	/[Mm]ake sure that 'Data Center' or 'Custom URL' in the MoEngage API credential is correct\./;

/** Every way in which a connection may not come about, and what a person reads of it. */
const FAULTS = [
	['ECONNREFUSED', 'n8n could not connect to the server (ECONNREFUSED).'],
	['EHOSTUNREACH', 'n8n could not connect to the server (EHOSTUNREACH).'],
	['ENETUNREACH', 'n8n could not connect to the server (ENETUNREACH).'],
	['ENOTFOUND', "n8n could not look up the server's address (ENOTFOUND)."],
	['EAI_AGAIN', "n8n could not look up the server's address (EAI_AGAIN)."],
	['ECONNRESET', 'The connection to MoEngage was lost (ECONNRESET).'],
	['ETIMEDOUT', 'The connection to MoEngage was lost (ETIMEDOUT).'],
	[SILENCE, "MoEngage's address did not respond within 20 seconds."],
] as const;

function unreachable(code: string): VirtualN8n {
	const n8n = new VirtualN8n(1);
	n8n.isUnreachable = true;
	n8n.connectionFault = code;
	return n8n;
}

describe.each(FAULTS)('an address with %s', (code, sentence) => {
	test('is given up within about 20 seconds in a run from the editor', async () => {
		const n8n = unreachable(code);
		const { status, thrown } = await n8n.run({ items: users(5), mode: 'manual' });
		expect(status).toBe('error');
		expect(thrown?.message).toMatch(sentence);
		expect(thrown?.description).toMatch(RIGHT_ADDRESS);
		expect(n8n.finishedAt).toBeLessThan(21_000);
	});

	test('is given up as soon where an AI agent asks', async () => {
		const n8n = unreachable(code);
		const run = await n8n.run({ items: users(1), asTool: true });
		const [error] = errorsOf(run);
		expect(error?.json['error']).toMatch(sentence);
		expect(n8n.finishedAt).toBeLessThan(21_000);
	});
});

test.each(['trigger', 'webhook'] as const)(
	'a run in production (%s) waits for minutes',
	async (mode) => {
		const n8n = unreachable('ECONNREFUSED');
		const running = n8n.run({ items: users(5), mode });
		void n8n.clock.sleep(4 * 60_000).then(() => (n8n.isUnreachable = false));
		const { status, success } = await running;
		expect(status).toBe('success');
		expect(success).toHaveLength(5);
	},
);

test('in a run from the editor a 429 counts as any other failure, in production it is waited out', async () => {
	const usedUp = () => {
		const n8n = new VirtualN8n(1, { rateHeaders: 'off' });
		n8n.model.shareLimit({ forMs: 12 * 60_000 });
		return n8n;
	};
	const inEditor = await usedUp().run({ items: users(5), mode: 'manual' });
	expect(inEditor.thrown?.message).toMatch('too many requests');
	const inProduction = await usedUp().run({ items: users(5) });
	expect(inProduction.status).toBe('success');
	expect(inProduction.success).toHaveLength(5);
});

test('the rate headers reach the rate limiter', async () => {
	const n8n = new VirtualN8n(1, { rateHeaders: 'seconds', requestsPerMinute: 40 });
	const items = users(100);
	const options = { batchSize: 1 };
	const { status } = await n8n.run({ items, parameters: { options } });
	expect(status).toBe('success');
	expect(n8n.model.stats().refused429).toBeLessThan(8);
	const without = new VirtualN8n(1, { rateHeaders: 'off', requestsPerMinute: 40 });
	await without.run({ items, parameters: { options } });
	expect(without.model.stats().refused429).toBeGreaterThan(n8n.model.stats().refused429);
});

test('each problem that allows few retries has its own, whatever failed before', async () => {
	const n8n = unreachable('ENOTFOUND');
	n8n.model.fault({ status: 200, body: '<html>', times: 1 });
	const running = n8n.run({ items: users(5) });
	void n8n.clock.sleep(3_500).then(() => (n8n.isUnreachable = false));
	const { status, success } = await running;
	expect(status).toBe('success');
	expect(success).toHaveLength(5);
	expect(n8n.model.requests).toHaveLength(2);
});
