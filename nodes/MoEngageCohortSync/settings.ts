import type { PackingLimits } from './batches';
import type { DeliverySettings } from './delivery';
import { Refusal } from './refusal';

export const OPERATIONS = ['add', 'remove'] as const;

export type Operation = (typeof OPERATIONS)[number];

/** @throws Refusal where the operation is none of the node's, as an expression may make it */
export function readOperation(value: unknown): Operation {
	const operation = OPERATIONS.find((known) => known === value);
	if (operation !== undefined) return operation;
	throw new Refusal("'Operation' has no such choice", "Choose one from the list in 'Operation'.");
}

/** Everything under the node's 'Options'. */
export interface Settings extends PackingLimits, DeliverySettings {
	/** How long to wait for an answer, in seconds. */
	readonly timeout: number;
	readonly output: 'items' | 'summary';
	/** Plan and report, but send nothing. */
	readonly dryRun: boolean;
}

/** The options that are whole numbers: their label, default and range. The editor's fields are made from it. */
export const NUMBER_OPTIONS = {
	batchSize: { label: 'Members per Request', default: 0, min: 0, max: 10_000 },
	concurrency: { label: 'Parallel Requests', default: 5, min: 1, max: 20 },
	maxRetries: { label: 'Retries per Request', default: 8, min: 0, max: 20 },
	payloadLimit: { label: 'Payload Limit in Bytes', default: 128_000, min: 1_000, max: 131_072 },
	requestsPerMinute: { label: 'Requests per Minute', default: 300, min: 1, max: 6_000 },
	timeout: { label: 'Timeout in Seconds', default: 30, min: 1, max: 300 },
} as const;

export type NumberOption = keyof typeof NUMBER_OPTIONS;

/**
 * Reads what the 'Options' collection holds.
 *
 * @throws Refusal where a value is out of its range: it is never bent into it
 */
export function readSettings(options: Readonly<Record<string, unknown>>): Settings {
	const number = (name: NumberOption): number => {
		const { label, default: fallback, min, max } = NUMBER_OPTIONS[name];
		const value = options[name] ?? fallback;
		if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
			return value;
		}
		throw new Refusal(
			`The option '${label}' must be a whole number from ${min} to ${max}`,
			`It is ${describe(value)} now. Correct it under 'Options', or remove the option to use ${fallback}.`,
		);
	};
	const dryRun = options.dryRun ?? false;
	if (typeof dryRun !== 'boolean') {
		throw new Refusal(
			"The option 'Dry Run' must be on or off",
			"Its expression gives something else. Switch it by hand under 'Options'.",
		);
	}
	const output = options.output ?? 'items';
	if (output !== 'items' && output !== 'summary') {
		throw new Refusal(
			"The option 'Output' has no such choice",
			"Choose 'One Item per Input Item' or 'One Item per Cohort' under 'Options'.",
		);
	}
	return {
		batchSize: number('batchSize'),
		concurrency: number('concurrency'),
		maxRetries: number('maxRetries'),
		payloadLimit: number('payloadLimit'),
		requestsPerMinute: number('requestsPerMinute'),
		timeout: number('timeout'),
		output,
		dryRun,
	};
}

function describe(value: unknown): string {
	return typeof value === 'number' ? String(value) : 'not a number';
}
