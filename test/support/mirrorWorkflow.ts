import type { IDataObject } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';
import { systemClock } from '../../nodes/MoEngageCohortSync/systemClock';
import { itemsOf } from './audience';
import { EmulatedNode } from './emulatedNode';
import type { RunningWorkflow, TestRun, TestWorkflow } from './workflow';

let workflows = 0;

/** A workflow with the operation Mirror, which is executed again and again, as by a schedule. */
export class MirrorWorkflow extends EmulatedNode {
	/** What n8n's database holds of the workflow. */
	saved = newWorkflow();

	/** A workflow of which this process knows nothing, as after a restart of n8n. */
	replaceWorkflow(staticData: IDataObject = {}): void {
		this.saved = newWorkflow(staticData);
	}

	/** Starts an execution, so that it can be stopped. */
	startMirror(items: TestWorkflow['items'], workflow: Partial<TestWorkflow> = {}): RunningWorkflow {
		return this.start(this.execution(items, workflow));
	}

	/** Mirrors an audience of these items to its end. */
	async mirrorItems(
		items: TestWorkflow['items'],
		workflow: Partial<TestWorkflow> = {},
	): Promise<TestRun> {
		return await this.run(this.execution(items, workflow));
	}

	/** Mirrors an audience of these users to its end. */
	async mirror(uids: readonly string[], workflow: Partial<TestWorkflow> = {}): Promise<TestRun> {
		return await this.mirrorItems(itemsOf(uids), workflow);
	}

	/** What MoEngage was asked to do, and with how many members, from the request `from` on. */
	sent(from = 0) {
		return this.model.requests
			.slice(from)
			.map(({ action, memberCount }) => [action, memberCount] as const);
	}

	/** Waits until MoEngage has received so many requests. */
	async requestsArrived(count: number): Promise<void> {
		for (let tries = 0; this.model.requests.length < count; tries++) {
			if (tries > 200) throw new Error(`No ${count} requests arrived`);
			await sleep(5);
		}
	}

	private execution(
		items: TestWorkflow['items'],
		workflow: Partial<TestWorkflow>,
	): Partial<TestWorkflow> {
		return {
			items,
			saved: this.saved,
			...workflow,
			parameters: { operation: 'mirror', ...workflow.parameters },
		};
	}
}

// What the process remembers is kept by the workflow's ID.
function newWorkflow(staticData: IDataObject = {}) {
	return { id: `workflow-${workflows++}`, staticData };
}

/** A workflow and an emulator of its own for each test of the file. */
export function useMirrorWorkflow(): MirrorWorkflow {
	const workflow = new MirrorWorkflow();
	// Only one process runs these workflows, so it need not wait to see whether another one claims the same run.
	const { sleep: realSleep } = systemClock;
	beforeAll(() => {
		systemClock.sleep = async (ms) => await realSleep(ms <= 250 ? 0 : ms);
	});
	afterAll(() => {
		systemClock.sleep = realSleep;
	});
	beforeEach(async () => {
		workflow.replaceWorkflow();
		await workflow.restart();
	});
	afterEach(async () => await workflow.close());
	return workflow;
}
