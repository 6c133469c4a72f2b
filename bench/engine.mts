import { performance } from 'node:perf_hooks';
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { MoEngageCohortSync } from '../nodes/MoEngageCohortSync/MoEngageCohortSync.node.js';
import { pack, PATH, postAll } from './bareClient.mjs';
import { runWorkflow, type TestRun, type TestWorkflow } from '../test/support/workflow.js';

/** The account that the receiver stands for. */
export const ACCOUNT = { appId: 'APP', secret: 'secret' };

/** What the node does with a run. */
export type Execute = MoEngageCohortSync['execute'];

/** Called around the node's own work. */
export interface Watch {
	readonly before: () => void;
	readonly after: () => Promise<void>;
}

let nodeMs = 0;
let watch: Watch | undefined;
let inItsPlace: Execute | undefined;
const execute: Execute = MoEngageCohortSync.prototype.execute;
MoEngageCohortSync.prototype.execute = async function () {
	watch?.before();
	const start = performance.now();
	const results = await (inItsPlace ?? execute).call(this);
	nodeMs = performance.now() - start;
	await watch?.after();
	return results;
};

/** Does nothing but hand its items on. */
export const doNothing: Execute = async function (this: IExecuteFunctions) {
	return await Promise.resolve([this.getInputData()]);
};

/** The least that any node has to do: the bare client's work, posted by n8n's own helper. */
export const sendBareInN8n: Execute = async function (this: IExecuteFunctions) {
	await postInN8n(this, pack(uidsOf(this)));
	return [[]];
};

/** The simplest node with the same output: each user is sent once, and each item gets a result. */
export const sendSimplyInN8n: Execute = async function (this: IExecuteFunctions) {
	const timestamp = new Date().toISOString();
	const uids = uidsOf(this);
	const firstItems = new Map<string, number>();
	const results = uids.map((uid, item) => {
		const duplicateOf = firstItems.get(uid);
		if (duplicateOf === undefined) firstItems.set(uid, item);
		const json = {
			status: duplicateOf === undefined ? 'accepted' : 'duplicate',
			action: 'add',
			cohort_id: 'vip',
			uid,
			timestamp,
			...(duplicateOf !== undefined && { duplicate_of: duplicateOf }),
		};
		return { json, pairedItem: { item } };
	});
	await postInN8n(this, pack([...firstItems.keys()]));
	return [results];
};

function uidsOf(context: IExecuteFunctions): string[] {
	return context.getInputData().map(({ json }) => String(json['uid']));
}

async function postInN8n(context: IExecuteFunctions, bodies: readonly string[]): Promise<void> {
	const { customUrl } = await context.getCredentials('moEngageApi');
	await postAll(bodies, async (body) => {
		await context.helpers.httpRequestWithAuthentication.call(context, 'moEngageApi', {
			method: 'POST',
			url: `${String(customUrl)}${PATH}`,
			body: Buffer.from(body),
			headers: { 'Content-Type': 'application/json' },
		});
	});
}

interface NodeRun extends Omit<TestWorkflow, 'credential' | 'items' | 'parameters'> {
	readonly items: INodeExecutionData[];
	readonly parameters?: IDataObject;
	readonly options?: IDataObject;
	readonly url: string;
	readonly watch?: Watch;
	/** What is done in place of the node's own work. */
	readonly instead?: Execute;
}

/** Runs the node in n8n-core's engine and gives the time in ms that the node itself took. */
export async function runNode({
	parameters = {},
	options = {},
	url,
	watch: wanted,
	instead,
	...workflow
}: NodeRun): Promise<{ ms: number; run: TestRun }> {
	watch = wanted;
	inItsPlace = instead;
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
