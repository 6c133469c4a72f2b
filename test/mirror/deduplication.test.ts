import { DataDeduplicationService, ExecuteContext } from 'n8n-core';
import type { IExecuteFunctions, INode, IWorkflowExecuteAdditionalData } from 'n8n-workflow';
import { createRunExecutionData, Workflow } from 'n8n-workflow';
import { nodeHighWaterMark } from '../../nodes/MoEngageCohortSync/mirror/deduplication';
import { TableDeduplicator } from '../support/deduplicator';

/** n8n-core's own context and service, over a table in memory. */
const deduplicator = new TableDeduplicator();

beforeAll(async () => {
	await DataDeduplicationService.init(deduplicator);
});

function markOf(workflowId: string, nodeId: string) {
	const node: INode = {
		id: nodeId,
		name: 'Mirror',
		type: 'test.node',
		typeVersion: 1,
		position: [0, 0],
		parameters: {},
	};
	const workflow = new Workflow({
		id: workflowId,
		active: true,
		nodes: [],
		connections: {},
		nodeTypes: {
			getByName: () => ({ description: { properties: [] } }) as never,
			getByNameAndVersion: () => ({ description: { properties: [] } }) as never,
			getKnownTypes: () => ({}),
		},
	});
	const context = new ExecuteContext(
		workflow,
		node,
		{} as IWorkflowExecuteAdditionalData,
		'trigger',
		createRunExecutionData({}),
		0,
		[],
		{ main: [[]] },
		{ data: { main: [[]] }, node, source: null },
		[],
	);
	return nodeHighWaterMark(context as IExecuteFunctions);
}

/** The table in the notes on n8n's helper, as tried on n8n 2.40.7 (2026-11-25). */
test.each<
	[stored: number | undefined, asked: number, isAbove: boolean, isNextAbove: boolean, after: number]
>([
	[undefined, 100, true, true, 101],
	[101, 101, false, true, 102],
	[102, 50, false, false, 102],
	[102, 101, false, false, 102],
	[102, 102, false, true, 103],
	[103, 200, true, true, 201],
])('%p is stored, and %p is asked', async (stored, asked, isAbove, isNextAbove, after) => {
	const workflow = `${stored} ${asked}`;
	const mark = markOf(workflow, 'node');
	if (stored !== undefined) await mark.raise([stored]);
	expect(await mark.raise([asked, asked + 1])).toEqual([isAbove, isNextAbove]);
	expect(deduplicator.numberOf(workflow, 'node')).toBe(after);
});

test('each node of each workflow has a mark of its own', async () => {
	await markOf('one', 'node').raise([5]);
	expect(await markOf('one', 'other').raise([5])).toEqual([true]);
	expect(await markOf('two', 'node').raise([5])).toEqual([true]);
	expect(await markOf('one', 'node').raise([5])).toEqual([false]);
});

test('a mark that was cleared is below every value', async () => {
	const mark = markOf('cleared', 'node');
	const other = markOf('cleared', 'other');
	await mark.raise([1e15]);
	await other.raise([1e15]);
	await mark.clear();
	expect(await mark.raise([1, 2])).toEqual([true, true]);
	expect(await other.raise([1e15])).toEqual([false]);
});

test('numbers of microseconds keep their last digit', async () => {
	const mark = markOf('digits', 'node');
	const number = 1_795_428_001_012_247;
	await mark.raise([number]);
	expect(await mark.raise([number, number + 1])).toEqual([false, true]);
});

test('a workflow without an ID has no mark', async () => {
	await expect(markOf('', 'node').raise([1])).rejects.toThrow();
});
