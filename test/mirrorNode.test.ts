import type { IDataObject } from 'n8n-workflow';
import type { Emulator } from '../emulator/server';
import { startEmulator } from '../emulator/server';
import type { TestWorkflow } from './support/workflow';
import { runWorkflow } from './support/workflow';

let emulator: Emulator;
let saved: { id: string; staticData: IDataObject };
let workflows = 0;

beforeEach(async () => {
	emulator = await startEmulator({ appId: 'APP', secret: 'some-secret' });
	// What the process remembers is kept by workflow, so each test has a workflow of its own.
	saved = { id: `workflow-${workflows++}`, staticData: {} };
});

afterEach(async () => await emulator.close());

async function mirror(uids: string[], workflow: Partial<TestWorkflow> = {}) {
	return await runWorkflow({
		items: uids.map((uid) => ({ uid })),
		credential: {
			appId: 'APP',
			secretKey: 'some-secret',
			dataCenter: 'custom',
			customUrl: emulator.url,
		},
		saved,
		...workflow,
		parameters: { operation: 'mirror', ...workflow.parameters },
	});
}

const numbered = (count: number, from = 0) =>
	Array.from({ length: count }, (_, index) => `u-${index + from}`);

test('after each run the cohort holds exactly the audience', async () => {
	for (const audience of [numbered(50), numbered(50, 5), numbered(40, 10)]) {
		const { status, success } = await mirror(audience);
		expect(status).toBe('success');
		expect(emulator.model.memberIds('vip')).toEqual([...audience].sort());
		expect(success.length).toBeGreaterThanOrEqual(audience.length);
	}
	expect(emulator.model.requests.map(({ action, memberCount }) => [action, memberCount])).toEqual([
		['add_members', 50],
		['remove_members', 5],
		['add_members', 5],
		['remove_members', 10],
	]);
});

test('results say who is new, who stayed and who left', async () => {
	await mirror(['u-1', 'u-2']);
	const { success } = await mirror(['u-2', 'u-3']);
	expect(success).toMatchObject([
		{
			json: { status: 'unchanged', action: null, uid: 'u-2', request: null },
			pairedItem: { item: 0 },
		},
		{ json: { status: 'accepted', action: 'add', uid: 'u-3' }, pairedItem: { item: 1 } },
		{
			json: { status: 'accepted', action: 'remove', uid: 'u-1', cohort_id: 'vip' },
			pairedItem: { item: 0 },
		},
	]);
});

test('a mass removal is refused with both numbers, the share and what to do', async () => {
	await mirror(numbered(100));
	const { status, thrown } = await mirror(numbered(60));
	expect(status).toBe('error');
	expect(thrown?.message).toBe(
		`40 members of 100 would leave the cohort "VIP": 40.0%, more than the 'Removal Limit' of 25% allows`,
	);
	expect(thrown?.description).toMatch(/^Nothing was sent for this cohort\. .*raise 'Removal Limit/);
	expect(emulator.model.cohort('vip')?.size).toBe(100);
	await mirror(numbered(60), { parameters: { removalLimit: 50 } });
	expect(emulator.model.cohort('vip')?.size).toBe(60);
});

test('a test run in the editor is remembered by the process, and a hint says that n8n saves nothing', async () => {
	const { hints } = await mirror(['u-1', 'u-2'], { mode: 'manual' });
	expect(hints.map(({ message }) => message).join()).toMatch(/test run from the editor/);
	expect(saved.staticData).toEqual({});
	await mirror(['u-2']);
	expect(emulator.model.memberIds('vip')).toEqual(['u-2']);
});

test('with a second input, its rows are the previous members, and removed ones are paired with them', async () => {
	const parameters = { previousMembers: 'input' };
	await mirror(['u-1', 'u-2'], { parameters, secondInput: [] });
	const { success, thrown } = await mirror(['u-2'], {
		parameters,
		secondInput: [{ uid: 'u-2' }, { uid: 'u-1' }, { nothing: true }],
	});
	expect(thrown).toBeUndefined();
	expect(success).toMatchObject([
		{ json: { status: 'unchanged', uid: 'u-2' } },
		{
			json: { status: 'accepted', action: 'remove', uid: 'u-1' },
			pairedItem: { item: 1, input: 1 },
		},
	]);
	expect(emulator.model.memberIds('vip')).toEqual(['u-2']);
});

test('a second input that is not connected is refused', async () => {
	const { thrown } = await mirror(['u-1'], { parameters: { previousMembers: 'input' } });
	expect(thrown?.message).toMatch(/^The second input is not connected/);
});

test('the empty item that n8n makes up removes nobody', async () => {
	await mirror(['u-1']);
	const { thrown } = await mirror([], { items: [{}] });
	expect(thrown?.description).toMatch(/n8n made up this empty item/);
	expect(emulator.model.memberIds('vip')).toEqual(['u-1']);
});

test('an update takes words for in and out, and the newest change of a user wins', async () => {
	const { success, thrown } = await mirror([], {
		items: [
			{ uid: 'u-1', is_member: 'entered', at: '2026-11-23T10:00:00Z' },
			{ uid: 'u-1', is_member: 'exited', at: '2026-11-23T09:00:00Z' },
			{ uid: 'u-2', is_member: 1, at: 1764000000 },
			{ uid: 'u-3', is_member: 'No', at: '2026-11-23' },
		],
		parameters: { operation: 'update', changedAt: '={{ $json.at }}' },
	});
	expect(thrown).toBeUndefined();
	expect(success).toMatchObject([
		{ json: { status: 'accepted', action: 'add', uid: 'u-1' } },
		{ json: { status: 'superseded', action: null, superseded_by: 0 } },
		{ json: { status: 'accepted', action: 'add', uid: 'u-2' } },
		{ json: { status: 'accepted', action: 'remove', uid: 'u-3' } },
	]);
	expect(emulator.model.requests.map(({ action }) => action)).toEqual([
		'remove_members',
		'add_members',
	]);
});
