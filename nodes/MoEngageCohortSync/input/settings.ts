import type { SwitchLabel } from '../model/problem';
import { RunError } from '../model/problem';
import type { NumberName, NumberSetting, Operation, Output, Settings } from '../model/settings';
import { NUMBERS, OPERATIONS, OUTPUTS } from '../model/settings';

/** @throws RunError if the operation is unknown, which an expression can cause */
export function readOperation(value: unknown): Operation {
	const operation = OPERATIONS.find((known) => known === value);
	if (operation !== undefined) return operation;
	throw new RunError({ code: 'unknown_choice', field: 'Operation' });
}

/**
 * Reads the settings of a run.
 *
 * @param options the value of the 'Options' collection
 * @param removalLimit the value of 'Removal Limit (%)', if it is shown
 * @throws RunError if a value is out of range; it is never clamped
 */
export function readSettings(
	options: Readonly<Record<string, unknown>>,
	removalLimit: unknown = NUMBERS.removalLimit.default,
): Settings {
	const option = (name: NumberName) =>
		readNumber(name, given(options, name, NUMBERS[name].default));
	return {
		batchSize: option('batchSize'),
		concurrency: option('concurrency'),
		forgetAfter: option('forgetAfter'),
		maxRetries: option('maxRetries'),
		payloadLimit: option('payloadLimit'),
		requestsPerMinute: option('requestsPerMinute'),
		resendAfter: option('resendAfter'),
		timeout: option('timeout'),
		lookUp: option('lookUp'),
		unknownLimit: option('unknownLimit'),
		isUnknownLimitSet: 'unknownLimit' in options,
		isLookUpSet: 'lookUp' in options,
		removalLimit: readNumber('removalLimit', removalLimit),
		dryRun: readSwitch('Dry Run', given(options, 'dryRun', false)),
		output: readOutput(given(options, 'output', 'items')),
		includeInputFields: readSwitch(
			'Include Input Fields',
			given(options, 'includeInputFields', false),
		),
	};
}

/** An option that was not added has its default; one whose expression returns nothing has no value at all. */
function given(
	options: Readonly<Record<string, unknown>>,
	name: string,
	fallback: unknown,
): unknown {
	return name in options ? options[name] : fallback;
}

/** Numbers as text; n8n's variables are always text. */
const NUMBER_TEXT = /^\s*[+-]?\d+(\.\d+)?\s*$/;

function readNumber(name: NumberName, value: unknown): number {
	const { label, default: fallback, min, max, fraction = false }: NumberSetting = NUMBERS[name];
	const number = typeof value === 'string' && NUMBER_TEXT.test(value) ? Number(value) : value;
	if (typeof number === 'number' && number >= min && number <= max) {
		if (fraction || Number.isInteger(number)) return number;
	}
	throw new RunError({
		code: 'number_out_of_range',
		label,
		min,
		max,
		default: fallback,
		isWhole: !fraction,
		value: typeof number === 'number' ? number : undefined,
	});
}

/** @throws RunError if the value is neither true nor false, nor the text of either */
export function readSwitch(option: SwitchLabel, value: unknown): boolean {
	const text = typeof value === 'string' ? value.trim().toLowerCase() : value;
	if (text === true || text === 'true') return true;
	if (text === false || text === 'false') return false;
	throw new RunError({ code: 'not_a_switch', option });
}

function readOutput(value: unknown): Output {
	const output = OUTPUTS.find((known) => known === value);
	if (output !== undefined) return output;
	throw new RunError({ code: 'unknown_choice', field: 'Output' });
}
