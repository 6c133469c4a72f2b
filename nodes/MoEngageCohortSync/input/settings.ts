import type { PackingLimits } from '../delivery/batches';
import type { DeliverySettings } from '../delivery/requests';
import { Refusal } from '../refusal';

export const OPERATIONS = ['add', 'remove', 'update', 'mirror'] as const;

export type Operation = (typeof OPERATIONS)[number];

/** Everything that holds for a whole run. */
export interface Settings extends PackingLimits, DeliverySettings {
	/** How long to wait for an answer, in seconds. */
	readonly timeout: number;
	readonly output: 'items' | 'summary';
	/** Plan and report, but send nothing. */
	readonly dryRun: boolean;
	/** Mirror: send everyone again when the last time is so many days ago; 0 for never. */
	readonly resendAfter: number;
	/** Mirror: the share of the previous members that may leave in one run, in percent. */
	readonly removalLimit: number;
}

interface NumberSetting {
	readonly label: string;
	readonly default: number;
	readonly min: number;
	readonly max: number;
	/** Whether it takes fractions; all others are whole numbers. */
	readonly fraction?: true;
}

/** The settings that are numbers: their label, default and range. The editor's fields are made from it. */
export const NUMBERS = {
	batchSize: { label: 'Members per Request', default: 0, min: 0, max: 10_000 },
	concurrency: { label: 'Parallel Requests', default: 5, min: 1, max: 20 },
	maxRetries: { label: 'Retries per Request', default: 8, min: 0, max: 20 },
	payloadLimit: { label: 'Payload Limit in Bytes', default: 128_000, min: 1_000, max: 131_072 },
	removalLimit: { label: 'Removal Limit (%)', default: 25, min: 0, max: 100, fraction: true },
	requestsPerMinute: { label: 'Requests per Minute', default: 300, min: 1, max: 6_000 },
	resendAfter: { label: 'Send Everyone Again After (Days)', default: 7, min: 0, max: 365 },
	timeout: { label: 'Timeout in Seconds', default: 30, min: 1, max: 300 },
} as const satisfies Record<string, NumberSetting>;

export type NumberName = keyof typeof NUMBERS;

/** @throws Refusal where the operation is none of the node's, as an expression may make it */
export function readOperation(value: unknown): Operation {
	const operation = OPERATIONS.find((known) => known === value);
	if (operation !== undefined) return operation;
	throw new Refusal("'Operation' has no such choice", "Choose one from the list in 'Operation'.");
}

/**
 * Reads the settings of a run.
 *
 * @param options what the 'Options' collection holds
 * @param removalLimit what 'Removal Limit (%)' holds, where it is shown
 * @throws Refusal where a value is out of its range: it is never bent into it
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
	const { label, default: fallback, min, max, fraction }: NumberSetting = NUMBERS[name];
	const value = given ?? fallback;
	const isOfKind = fraction ?? Number.isInteger(value);
	if (typeof value === 'number' && isOfKind && value >= min && value <= max) return value;
	const kind = fraction ? 'number' : 'whole number';
	throw new Refusal(
		`'${label}' must be a ${kind} from ${min} to ${max}`,
		`It is ${typeof value === 'number' ? value : 'not a number'} now. Correct it in the node, or use the default of ${fallback}.`,
	);
}

function readSwitch(value: unknown): boolean {
	if (typeof value === 'boolean') return value;
	throw new Refusal(
		"The option 'Dry Run' must be on or off",
		"Its expression gives something else. Switch it by hand under 'Options'.",
	);
}

function readOutput(value: unknown): 'items' | 'summary' {
	if (value === 'items' || value === 'summary') return value;
	throw new Refusal(
		"The option 'Output' has no such choice",
		"Choose 'One Item per Input Item' or 'One Item per Cohort' under 'Options'.",
	);
}
