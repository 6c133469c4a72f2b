import { performance } from 'node:perf_hooks';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { MoEngageCohortSync } from '../nodes/MoEngageCohortSync/MoEngageCohortSync.node.js';
import { runWorkflow, type TestRun, type TestWorkflow } from '../test/support/workflow.js';

/** The account that the receiver stands for. */
export const ACCOUNT = { appId: 'APP', secret: 'secret' };

/** Called around the node's own work. */
export interface Watch {
	readonly before: () => void;
	readonly after: () => Promise<void>;
}

let nodeMs = 0;
let watch: Watch | undefined;
const execute = MoEngageCohortSync.prototype.execute;
MoEngageCohortSync.prototype.execute = async function () {
	watch?.before();
	const start = performance.now();
	const results = await execute.call(this);
	nodeMs = performance.now() - start;
	await watch?.after();
	return results;
};

interface NodeRun extends Omit<TestWorkflow, 'credential' | 'items' | 'parameters'> {
	readonly items: INodeExecutionData[];
	readonly parameters?: IDataObject;
	readonly options?: IDataObject;
	readonly url: string;
	readonly watch?: Watch;
}

/** Runs the node in n8n-core's engine and gives the time in ms that the node itself took. */
export async function runNode({
	parameters = {},
	options = {},
	url,
	watch: wanted,
	...workflow
}: NodeRun): Promise<{ ms: number; run: TestRun }> {
	watch = wanted;
	const run = await runWorkflow({
		...workflow,
		// As fast as the node goes: the rate window has a comparison of its own.
		parameters: { ...parameters, options: { requestsPerMinute: 6000, ...options } } as never,
		credential: {
			appId: ACCOUNT.appId,
			secretKey: ACCOUNT.secret,
			dataCenter: 'custom',
			customUrl: url,
		},
	});
	if (run.status !== 'success') throw new Error(`The run ended: ${run.thrown?.message}`);
	return { ms: nodeMs, run };
}
