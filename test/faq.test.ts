import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type { Emulator } from '../emulator/server';
import { startEmulator } from '../emulator/server';
import { runWorkflow } from './support/workflow';

/** What the README answers to the questions that people ask. */

let emulator: Emulator;
const saved = { id: 'faq', staticData: {} };

beforeAll(async () => {
	emulator = await startEmulator({ appId: 'APP', secret: 'some-secret' });
});

afterAll(async () => await emulator.close());

async function run(operation: string, uids: string[], more: INodeParameters = {}) {
	const { status, success } = await runWorkflow({
		items: uids.map((uid): IDataObject => ({ uid })),
		parameters: { operation, ...more },
		credential: {
			appId: 'APP',
			secretKey: 'some-secret',
			dataCenter: 'custom',
			customUrl: emulator.url,
		},
		saved,
	});
	expect(status).toBe('success');
	return success.map(({ json }) => json.status);
}

const members = () => [...(emulator.model.cohort('vip')?.members ?? [])].map(({ uid }) => uid);

const audience = Array.from({ length: 50 }, (_, index) => `u-${index}`);

test('how a mirrored cohort is emptied, and what a mirror knows of other operations', async () => {
	await run('mirror', audience);
	expect(members()).toEqual(audience);

	await run('mirror', ['me'], { removalLimit: 100 });
	expect(members()).toEqual(['me']);

	expect(await run('mirror', ['me', 'u-1'])).toEqual(['unchanged', 'accepted']);
	await run('remove', ['u-1']);
	expect(await run('mirror', ['me', 'u-1'])).toEqual(['unchanged', 'unchanged']);
	expect(members()).toEqual(['me']);
});
