import { readOperation, readSettings } from '../../nodes/MoEngageCohortSync/input/settings';
import type { SetupProblem } from '../../nodes/MoEngageCohortSync/model/problem';
import { RunError } from '../../nodes/MoEngageCohortSync/model/problem';

/** The problem of a run that `read` refuses. */
function refusalOf(read: () => unknown): unknown {
	try {
		read();
	} catch (error) {
		expect(error).toBeInstanceOf(RunError);
		expect(error).toMatchObject({ status: 'invalid', item: undefined });
		return (error as RunError).problem;
	}
	throw new Error('Nothing was refused');
}

test('the settings of a node without options are the defaults', () => {
	expect(readSettings({})).toEqual({
		batchSize: 0,
		concurrency: 5,
		maxRetries: 8,
		payloadLimit: 128_000,
		requestsPerMinute: 300,
		forgetAfter: 0,
		resendAfter: 7,
		timeout: 30,
		lookUp: 0,
		unknownLimit: 50,
		isUnknownLimitSet: false,
		isLookUpSet: false,
		removalLimit: 25,
		dryRun: false,
		includeInputFields: false,
		output: 'items',
	});
});

test.each([
	['batchSize', 'Members per Request', 0, 10_000, 0],
	['concurrency', 'Parallel Requests', 1, 20, 5],
	['lookUp', 'Look Up Users First', 0, 1_000, 0],
	['maxRetries', 'Retries per Request', 0, 20, 8],
	['payloadLimit', 'Payload Limit in Bytes', 1_000, 131_072, 128_000],
	['requestsPerMinute', 'Requests per Minute', 1, 6_000, 300],
	['resendAfter', 'Send Everyone Again After (Days)', 0, 365, 7],
	['timeout', 'Timeout in Seconds', 1, 300, 30],
] as const)('%s (%s) is a whole number from %d to %d', (name, label, min, max, fallback) => {
	for (const value of [min, min + 1, max]) {
		expect(readSettings({ [name]: value })[name]).toBe(value);
		// n8n's variables are always texts.
		expect(readSettings({ [name]: ` ${value}\n` })[name]).toBe(value);
		expect(readSettings({ [name]: ` +${value}` })[name]).toBe(value);
	}
	const numbers = [min - 1, max + 1, min + 0.5, NaN, Infinity, -Infinity];
	for (const value of [
		...numbers,
		'',
		' ',
		'x5',
		'0x10',
		'1e3',
		'many',
		true,
		[max],
		null,
		undefined,
	]) {
		expect(refusalOf(() => readSettings({ [name]: value }))).toStrictEqual({
			code: 'number_out_of_range',
			label,
			min,
			max,
			default: fallback,
			isWhole: true,
			value: typeof value === 'number' ? value : undefined,
		});
	}
});

test('the unknown limit is any number from 0 to 100, and it is known whether it was set', () => {
	for (const value of [0, 0.5, 50, '100', '12.25']) {
		expect(readSettings({ unknownLimit: value })).toMatchObject({
			unknownLimit: Number(value),
			isUnknownLimitSet: true,
		});
	}
	for (const value of [-0.1, 100.1, '', null]) {
		expect(refusalOf(() => readSettings({ unknownLimit: value }))).toMatchObject({
			label: 'Unknown Limit (%)',
			isWhole: false,
		});
	}
});

test.each([0, 100])('whether Look Up Users First was set to %d is known', (lookUp) => {
	expect(readSettings({ lookUp }).isLookUpSet).toBe(true);
});

test('the removal limit is any number from 0 to 100', () => {
	for (const value of [0, 0.5, 100]) expect(readSettings({}, value).removalLimit).toBe(value);
	expect(readSettings({}, '12.5').removalLimit).toBe(12.5);
	for (const value of [-0.1, 100.1, NaN, Infinity, '', null, false]) {
		expect(refusalOf(() => readSettings({}, value))).toStrictEqual({
			code: 'number_out_of_range',
			label: 'Removal Limit (%)',
			min: 0,
			max: 100,
			default: 25,
			isWhole: false,
			value: typeof value === 'number' ? value : undefined,
		});
	}
});

test('the removal limit is no option', () => {
	expect(readSettings({ removalLimit: 99 }).removalLimit).toBe(25);
});

test('a refusal holds the value where it is a number, but no text', () => {
	const valueOf = (timeout: unknown) =>
		(refusalOf(() => readSettings({ timeout })) as SetupProblem & { value: unknown }).value;
	expect(valueOf(301)).toBe(301);
	expect(valueOf('hush')).toBeUndefined();
});

describe.each([
	['dryRun', 'Dry Run'],
	['includeInputFields', 'Include Input Fields'],
] as const)('the switch %s', (name, option) => {
	test.each([
		[true, true],
		[false, false],
		['true', true],
		[' False', false],
	])('can be %j', (value, isOn) => {
		expect(readSettings({ [name]: value })[name]).toBe(isOn);
	});

	test.each([[undefined], [null], [1], [0], [''], ['yes'], [{}]])('can not be %j', (value) => {
		expect(refusalOf(() => readSettings({ [name]: value }))).toStrictEqual({
			code: 'not_a_switch',
			option,
		});
	});
});

test.each(['items', 'changes', 'summary'])('the output can be %s', (output) => {
	expect(readSettings({ output }).output).toBe(output);
});

test.each([['Items'], [''], [0], [true], [{}]])('the output can not be %j', (output) => {
	expect(refusalOf(() => readSettings({ output }))).toStrictEqual({
		code: 'unknown_choice',
		field: 'Output',
	});
});

test.each(['add', 'remove', 'update', 'mirror'])('the operation can be %s', (operation) => {
	expect(readOperation(operation)).toBe(operation);
});

test.each([['Add'], [' add'], [''], ['__proto__'], [null], [undefined], [0], [['add']]])(
	'the operation can not be %j',
	(operation) => {
		expect(refusalOf(() => readOperation(operation))).toStrictEqual({
			code: 'unknown_choice',
			field: 'Operation',
		});
	},
);
