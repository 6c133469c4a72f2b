export const OPERATIONS = ['add', 'remove', 'update', 'mirror', 'check'] as const;

export type Operation = (typeof OPERATIONS)[number];

/**
 * What the node returns: an item for each input item, only the items that changed something, or one for each
 * cohort.
 */
export const OUTPUTS = ['items', 'changes', 'summary'] as const;

export type Output = (typeof OUTPUTS)[number];

/** How full a request may get. */
export interface PackingLimits {
	/** UTF-8 bytes of a request body. */
	readonly payloadLimit: number;
	/** Members in a request; 0 for as many as fit. */
	readonly batchSize: number;
}

/** The limits of one run in the rate limiter that all runs for a workspace share. */
export interface RateLimits {
	readonly requestsPerMinute: number;
	/** Requests in flight at once. */
	readonly concurrency: number;
}

export interface DeliverySettings extends RateLimits {
	/** How often a request is sent again. */
	readonly maxRetries: number;
	/** How long to wait for a response, in seconds. */
	readonly timeout: number;
	/** Someone is waiting for the result: a person in the editor, or an AI agent. */
	readonly isAttended: boolean;
}

/** Everything that applies to a whole run. */
export interface Settings extends PackingLimits, Omit<DeliverySettings, 'isAttended'> {
	readonly output: Output;
	/** Output items also contain the fields of their input item. */
	readonly includeInputFields: boolean;
	/** Plan and report, but send nothing. */
	readonly dryRun: boolean;
	/** Mirror: send everyone again after this many days; 0 for never. */
	readonly resendAfter: number;
	/** Mirror: forget cohorts that were not mirrored for this many days; 0 for never. */
	readonly forgetAfter: number;
	/** Mirror: the share of the previous members that may leave in one run, in percent. */
	readonly removalLimit: number;
	/** How many of the members to be added are looked up first. */
	readonly lookUp: number;
	/** The share of those that may be unknown, in percent. */
	readonly unknownLimit: number;
	/** The user set the limit, so a run without the lookup is not what they asked for. */
	readonly isUnknownLimitSet: boolean;
	/** The option 'Look Up Users First' was added. */
	readonly isLookUpSet: boolean;
}

export interface NumberSetting {
	readonly label: string;
	readonly default: number;
	readonly min: number;
	readonly max: number;
	/** Whether it accepts fractions; the others are whole numbers. */
	readonly fraction?: boolean;
}

/** The settings that are numbers: their label, default and range. The form's fields are generated from it. */
export const NUMBERS = {
	batchSize: { label: 'Members per Request', default: 0, min: 0, max: 10_000 },
	forgetAfter: {
		label: 'Forget Unused Cohorts After (Days)',
		default: 0,
		min: 0,
		max: 3_650,
	},
	concurrency: { label: 'Parallel Requests', default: 5, min: 1, max: 20 },
	lookUp: { label: 'Look Up Users First', default: 0, min: 0, max: 1_000 },
	maxRetries: { label: 'Retries per Request', default: 8, min: 0, max: 20 },
	payloadLimit: { label: 'Payload Limit in Bytes', default: 128_000, min: 1_000, max: 131_072 },
	removalLimit: { label: 'Removal Limit (%)', default: 25, min: 0, max: 100, fraction: true },
	requestsPerMinute: { label: 'Requests per Minute', default: 300, min: 1, max: 6_000 },
	resendAfter: { label: 'Send Everyone Again After (Days)', default: 7, min: 0, max: 365 },
	timeout: { label: 'Timeout in Seconds', default: 30, min: 1, max: 300 },
	unknownLimit: { label: 'Unknown Limit (%)', default: 50, min: 0, max: 100, fraction: true },
} as const satisfies Record<string, NumberSetting>;

export type NumberName = keyof typeof NUMBERS;
