import type { IDataObject } from 'n8n-workflow';
import { numbered } from '../support/audience';
import { useMirrorWorkflow } from '../support/mirrorWorkflow';
import { hintsOf, jsonOf } from '../support/workflow';

const workflow = useMirrorWorkflow();

const parameters = { removalLimit: 100 };
const secondInput = { ...parameters, previousMembers: 'input' };
const onError = 'continueErrorOutput';

const u1 = (anonymous_id: string) => ({ uid: 'u1', anonymous_id });
const OTHER = { uid: 'x' };

describe('with a log of all results on the second input', () => {
	let rows: IDataObject[] = [];

	beforeEach(() => {
		rows = [];
	});

	async function mirror(...items: IDataObject[]) {
		const options = { maxRetries: 0, timeout: 1 };
		const run = await workflow.mirrorItems(items, {
			...{ onError, parameters: { ...secondInput, options }, secondInput: rows },
		});
		rows = [...rows, ...jsonOf(run.success), ...jsonOf(run.error)];
		return run;
	}

	test('who logged in, left and is back without a login is in', async () => {
		await workflow.restart({ known: [u1('a1'), OTHER] });
		await mirror(OTHER, { anonymous_id: 'a1' });
		await mirror(OTHER, u1('a1'));
		await mirror(OTHER);
		expect(workflow.model.memberIds('vip')).toEqual(['x']);
		await mirror(OTHER, { anonymous_id: 'a1' });
		expect(workflow.model.memberIds('vip')).toEqual(['u1', 'x']);
	});

	test('who left by two devices is out', async () => {
		await workflow.restart({ known: [{ anonymous_id: 'a2' }, OTHER] });
		await mirror(OTHER, u1('a1'), u1('a2'));
		await mirror(OTHER);
		expect(workflow.model.memberIds('vip')).toEqual(['x']);
	});

	test('whose removal got no response, and who is back, is in', async () => {
		await mirror({ uid: 'u1' }, OTHER);
		workflow.model.fault({ delayMs: 1_500, times: 1 });
		const run = await mirror(OTHER);
		expect(run.error.map(({ json }) => [json['message'], json['uid']])).toEqual([['failed', 'u1']]);
		await mirror({ uid: 'u1' }, OTHER);
		expect(workflow.model.memberIds('vip')).toEqual(['u1', 'x']);
	});

	test("the input's own 'action' does not make a refused addition a removal", async () => {
		workflow.model.fault({ status: 403, body: '{}', times: 1 });
		await mirror({ uid: 'u1', action: 'remove' });
		await mirror({ uid: 'u1', action: 'remove' });
		expect(workflow.model.memberIds('vip')).toEqual(['u1']);
	});

	test("the input's own 'timestamp' does not make an addition an old one", async () => {
		const item = (uid: string) => ({ uid, timestamp: '2020-01-01T00:00:00Z' });
		await mirror(item('u1'), item('x'));
		await mirror(item('x'));
		workflow.model.fault({ delayMs: 1_500, times: 1 });
		await mirror(item('u1'), item('x'));
		await mirror(item('x'));
		expect(workflow.model.memberIds('vip')).toEqual(['x']);
	});
});

test('new devices of a user with ten remembered ones are sent', async () => {
	await workflow.restart({ known: [{ anonymous_id: 'new2' }, OTHER] });
	const old = numbered(10).map((id) => u1(id));
	await workflow.mirrorItems([OTHER, ...old], { parameters });
	await workflow.mirrorItems([OTHER, u1('new1'), u1('new2')], { parameters });
	expect(workflow.model.memberIds('vip')).toEqual(['new2', 'x']);
});

test('a row that names nobody is skipped, whatever number it has', async () => {
	const run = await workflow.mirrorItems([{ id: '5' }, { id: '6' }], {
		onError,
		parameters: { ...secondInput, userId: '={{ $json.id }}', anonymousId: '' },
		secondInput: [
			{ id: 4, uid: '6', anonymous_id: null, cohort_id: 'vip' },
			{ id: 5, uid: null, anonymous_id: null, cohort_id: null },
		],
	});
	expect(workflow.model.memberIds('vip')).toEqual(['5']);
	expect(hintsOf(run)).toMatch(/1 row of the second input was skipped/);
});
