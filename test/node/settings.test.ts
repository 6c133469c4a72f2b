import type { INodeParameters } from 'n8n-workflow';
import { NUMBERS } from '../../nodes/MoEngageCohortSync/model/settings';
import { VirtualN8n } from '../support/virtualNode';

/** Runs with these parameters, which must be refused before anything is sent. */
async function refusalOf(parameters: INodeParameters) {
	const n8n = new VirtualN8n(1);
	const { thrown } = await n8n.run({ items: [{ uid: 'u-1' }], parameters });
	expect(n8n.model.requests).toHaveLength(0);
	expect(thrown?.description).toMatch(/\S/);
	return thrown?.message;
}

describe.each(Object.entries(NUMBERS))("'%s'", (name, { label, min, max }) => {
	const bad: unknown[] = [
		min - 1,
		-1,
		max + 1,
		1e9,
		1e21,
		NaN,
		Infinity,
		'0x5',
		'many',
		'',
		true,
		[5],
		{},
	];
	const takesFractions = 'fraction' in NUMBERS[name as keyof typeof NUMBERS];
	const fractions = takesFractions ? [] : [min + 0.5, 0.1 + 0.2];

	test.each([...bad, ...fractions])('is refused in words as %p', async (value) => {
		const parameters = { operation: 'mirror', [name]: value, options: { [name]: value } };
		expect(await refusalOf(parameters as INodeParameters)).toBe(
			`'${label}' must be a ${takesFractions ? 'number' : 'whole number'} from ${min} to ${max}`,
		);
	});
});

test.each<[INodeParameters, RegExp]>([
	[{ operation: 'delete' }, /^'Operation' has an unknown value/],
	[{ operation: '__proto__' }, /^'Operation' has an unknown value/],
	[{ operation: 'mirror', previousMembers: 'guess' }, /^'Previous Members' has an unknown value/],
	[{ options: { output: 'all' } }, /^The option 'Output' has an unknown value/],
	[{ options: { dryRun: 'no' } }, /^The option 'Dry Run' must be on or off/],
])('%j is refused in words', async (parameters, message) => {
	expect(await refusalOf(parameters)).toMatch(message);
});
