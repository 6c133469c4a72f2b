import type { INodeType } from 'n8n-workflow';
import * as n8nWorkflow from 'n8n-workflow';
import type { Clock } from '../../nodes/MoEngageCohortSync/clock';
import { systemClock as realClock } from '../../nodes/MoEngageCohortSync/systemClock';

/** Tells the test's network which process a request is from. */
export const PROCESS_HEADER = 'x-test-process';

let processes = 0;

/** A process of n8n beside the test's own: the package is loaded in it once more, and knows nothing of the others. */
export class N8nProcess {
	readonly name = `process ${processes++}`;
	isDead = false;
	/** How far its clock is ahead, in ms. */
	ahead = 0;
	readonly node: INodeType;

	constructor(clock: Clock = realClock) {
		const own: Clock = {
			now: () => clock.now() + this.ahead,
			elapsed: () => clock.elapsed(),
			random: () => clock.random(),
			sleep: async (ms) => {
				await clock.sleep(ms);
				await this.survive();
			},
		};
		this.node = loadNode(own);
	}

	/** Nothing that a dead process was at goes on. */
	async survive(): Promise<void> {
		if (this.isDead) await new Promise(() => {});
	}

	/** An update in Settings → Community Nodes, or a restart of n8n. */
	kill(): void {
		this.isDead = true;
	}
}

function loadNode(systemClock: Clock): INodeType {
	let node: INodeType | undefined;
	jest.isolateModules(() => {
		// Shared with n8n-core, which looks at the classes of errors.
		jest.doMock('n8n-workflow', () => n8nWorkflow);
		jest.doMock('../../nodes/MoEngageCohortSync/systemClock', () => ({ systemClock }));
		const { MoEngageCohortSync } = jest.requireActual<{ MoEngageCohortSync: new () => INodeType }>(
			'../../nodes/MoEngageCohortSync/MoEngageCohortSync.node',
		);
		node = new MoEngageCohortSync();
	});
	jest.dontMock('n8n-workflow');
	jest.dontMock('../../nodes/MoEngageCohortSync/systemClock');
	if (node === undefined) throw new Error('The node was not loaded');
	return node;
}
