import { runNode } from '../engine.mjs';

export interface SharedLimitInput {
	readonly url: string;
	/** The cohort, and the beginning of its members' IDs. */
	readonly name: string;
	readonly requests: number;
	readonly requestsPerMinute: number;
}

/** What one process came to. */
export interface Sent {
	readonly accepted: number;
	readonly seconds: number;
}

/** One of several processes that share a limit: sends requests with a member each. */
export default async function measure({
	url,
	name,
	requests,
	requestsPerMinute,
}: SharedLimitInput): Promise<Sent> {
	const { ms, run } = await runNode({
		url,
		items: Array.from({ length: requests }, (_, index) => ({ json: { uid: `${name}-${index}` } })),
		parameters: { cohortId: name, cohortName: name },
		options: { batchSize: 1, requestsPerMinute },
		onError: 'continueRegularOutput',
	});
	const accepted = run.success.filter(({ json }) => json['status'] === 'accepted').length;
	return { accepted, seconds: ms / 1000 };
}
