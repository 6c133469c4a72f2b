import { useEmulator } from '../support/emulatedNode';
import { CONTINUING, errorsOf, jsonOf, pairsOf, withOptions } from '../support/workflow';

const node = useEmulator();

test('"Changed Members Only" shows who was added, removed or sent again, and each with its own anonymous ID', async () => {
	const { success } = await node.run({
		items: [
			{ uid: 'stays' },
			{ uid: 'new', anonymous_id: 'phone' },
			{ uid: 'new', anonymous_id: 'tablet' },
			{ uid: 'new' },
		],
		secondInput: [{ uid: 'stays' }, { uid: 'left' }],
		parameters: {
			operation: 'mirror',
			previousMembers: 'input',
			...withOptions({ output: 'changes' }),
		},
		onError: 'continueErrorOutput',
	});
	expect(
		jsonOf(success).map(({ action, uid, anonymous_id }) => [action, uid, anonymous_id]),
	).toEqual([
		['add', 'new', 'phone'],
		['add', 'new', 'tablet'],
		['remove', 'left', undefined],
	]);
	expect(pairsOf(success)).toEqual([{ item: 1 }, { item: 2 }, { item: 1, input: 1 }]);
});

test.each(CONTINUING)(
	'with "Include Input Fields" a good item keeps its fields and a bad one is still an error item: %s',
	async (onError) => {
		const run = await node.run({
			items: [
				{ uid: 'u-1', city: 'Oslo', error: 'from the source' },
				{ uid: '', city: 'Lima' },
			],
			parameters: withOptions({ includeInputFields: true }),
			onError,
		});
		expect(jsonOf(run.success)[0]).toMatchObject({ status: 'accepted', uid: 'u-1', city: 'Oslo' });
		expect(jsonOf(run.success)[0]).not.toHaveProperty('error');
		expect(errorsOf(run)).toHaveLength(1);
		expect(errorsOf(run)[0]?.json).toMatchObject({ message: 'invalid' });
	},
);
