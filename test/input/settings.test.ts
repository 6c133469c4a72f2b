import { Refusal } from '../../nodes/MoEngageCohortSync/refusal';
import { readOperation, readSettings } from '../../nodes/MoEngageCohortSync/input/settings';

test('the settings of a node without options are the defaults', () => {
	expect(readSettings({})).toEqual({
		batchSize: 0,
		concurrency: 5,
		maxRetries: 8,
		payloadLimit: 128_000,
		requestsPerMinute: 300,
		resendAfter: 7,
		timeout: 30,
		removalLimit: 25,
		dryRun: false,
		output: 'items',
	});
});

test.each([
	['batchSize', 'Members per Request', 0, 10_000],
	['concurrency', 'Parallel Requests', 1, 20],
	['maxRetries', 'Retries per Request', 0, 20],
	['payloadLimit', 'Payload Limit in Bytes', 1_000, 131_072],
	['requestsPerMinute', 'Requests per Minute', 1, 6_000],
	['resendAfter', 'Send Everyone Again After (Days)', 0, 365],
	['timeout', 'Timeout in Seconds', 1, 300],
] as const)('%s (%s) is a whole number from %d to %d', (name, label, min, max) => {
	for (const value of [min, min + 1, max]) {
		expect(readSettings({ [name]: value })[name]).toBe(value);
	}
	const bad = [min - 1, max + 1, min + 0.5, NaN, Infinity, -Infinity, String(max), '', true, [max]];
	for (const value of bad) {
		const read = () => readSettings({ [name]: value });
		expect(read).toThrow(Refusal);
		expect(read).toThrow(`'${label}' must be a whole number from ${min} to ${max}`);
	}
});

test('the removal limit is any number from 0 to 100', () => {
	for (const value of [0, 0.5, 100]) expect(readSettings({}, value).removalLimit).toBe(value);
	for (const value of [-0.1, 100.1, NaN, Infinity, '25', false]) {
		expect(() => readSettings({}, value)).toThrow("'Removal Limit (%)' must be a number from 0 to");
	}
});

test('the removal limit is no option', () => {
	expect(readSettings({ removalLimit: 99 }).removalLimit).toBe(25);
});

test('a refusal says what the value is, but no text of it', () => {
	const fixOf = (value: unknown) => {
		try {
			readSettings({ timeout: value });
		} catch (error) {
			return (error as Refusal).fix;
		}
		throw new Error('Nothing was refused');
	};
	expect(fixOf(301)).toMatch(/^It is 301 now\. .*default of 30/);
	expect(fixOf('hush')).toMatch(/^It is not a number now\./);
});

test.each([true, false])('a dry run can be %j', (dryRun) => {
	expect(readSettings({ dryRun }).dryRun).toBe(dryRun);
});

test.each([['true'], [1], [0], [''], ['false'], [{}]])('a dry run can not be %j', (dryRun) => {
	expect(() => readSettings({ dryRun })).toThrow("The option 'Dry Run' must be on or off");
});

test.each(['items', 'summary'])('the output can be %s', (output) => {
	expect(readSettings({ output }).output).toBe(output);
});

test.each([['Items'], [''], [0], [true], [{}]])('the output can not be %j', (output) => {
	expect(() => readSettings({ output })).toThrow("The option 'Output' has no such choice");
});

test.each(['add', 'remove', 'update', 'mirror'])('the operation can be %s', (operation) => {
	expect(readOperation(operation)).toBe(operation);
});

test.each([['Add'], [' add'], [''], ['__proto__'], [null], [undefined], [0], [['add']]])(
	'the operation can not be %j',
	(operation) => {
		expect(() => readOperation(operation)).toThrow("'Operation' has no such choice");
	},
);
