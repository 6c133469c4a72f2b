import { RunError } from '../model/problem';
import type { NumberName, NumberSetting, Operation, Settings } from '../model/settings';
import { NUMBERS, OPERATIONS } from '../model/settings';

/** @throws RunError where the operation is none of the node's, as an expression may make it */
export function readOperation(value: unknown): Operation {
	const operation = OPERATIONS.find((known) => known === value);
	if (operation !== undefined) return operation;
	throw new RunError({ code: 'unknown_choice', field: 'Operation' });
}

/**
 * Reads the settings of a run.
 *
 * @param options what the 'Options' collection holds
 * @param removalLimit what 'Removal Limit (%)' holds, where it is shown
 * @throws RunError where a value is out of its range: it is never clamped
 */
export function readSettings(
	options: Readonly<Record<string, unknown>>,
	removalLimit?: unknown,
): Settings {
	return {
		batchSize: readNumber('batchSize', options.batchSize),
		concurrency: readNumber('concurrency', options.concurrency),
		maxRetries: readNumber('maxRetries', options.maxRetries),
		payloadLimit: readNumber('payloadLimit', options.payloadLimit),
		requestsPerMinute: readNumber('requestsPerMinute', options.requestsPerMinute),
		resendAfter: readNumber('resendAfter', options.resendAfter),
		timeout: readNumber('timeout', options.timeout),
		removalLimit: readNumber('removalLimit', removalLimit),
		dryRun: readSwitch(options.dryRun ?? false),
		output: readOutput(options.output ?? 'items'),
	};
}

function readNumber(name: NumberName, given: unknown): number {
	const { label, default: fallback, min, max, fraction = false }: NumberSetting = NUMBERS[name];
	const value = given ?? fallback;
	const isOfKind = fraction || Number.isInteger(value);
	if (typeof value === 'number' && isOfKind && value >= min && value <= max) return value;
	throw new RunError({
		code: 'number_out_of_range',
		label,
		min,
		max,
		default: fallback,
		isWhole: !fraction,
		value: typeof value === 'number' ? value : undefined,
	});
}

function readSwitch(value: unknown): boolean {
	if (typeof value === 'boolean') return value;
	throw new RunError({ code: 'not_a_switch', option: 'Dry Run' });
}

function readOutput(value: unknown): 'items' | 'summary' {
	if (value === 'items' || value === 'summary') return value;
	throw new RunError({ code: 'unknown_choice', field: 'Output' });
}
