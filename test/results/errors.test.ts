import type { INode } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import { Refusal } from '../../nodes/MoEngageCohortSync/refusal';
import { toNodeError, toRefusal } from '../../nodes/MoEngageCohortSync/results/errors';

const node: INode = {
	id: 'node',
	name: 'MoEngage',
	type: 'n8n-nodes-moengage.moEngageCohortSync',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

const refusal = new Refusal('The user ENOENT is none', 'Choose another one.', 'not_sent', 3);

describe('whatever ended a run', () => {
	test.each([true, false])('is a refusal as it is, where requests went out is %s', (hasSent) => {
		expect(toRefusal(refusal, hasSent)).toBe(refusal);
	});

	test.each<[error: unknown, words: string]>([
		[new Error('An accident.'), 'An accident.'],
		['An accident.', 'An accident.'],
	])('unforeseen is told by its words, and whether anything was sent: %p', (error, words) => {
		expect(toRefusal(error, false)).toMatchObject({
			message: 'The node could not read its parameters',
			fix: `n8n says: "${words}" Check the expressions in the node's fields and options.`,
			status: 'invalid',
		});
		expect(toRefusal(error, true)).toMatchObject({
			message: expect.stringMatching(/^The node sent its requests but could not tell/),
			fix: expect.stringMatching(/^Running .* is safe: .* Please report .* An accident\.$/),
			status: 'failed',
		});
	});

	test('is shown by n8n in our words, also where they hold the name of a system error', () => {
		const error = toNodeError(node, refusal, false);
		expect(error).toBeInstanceOf(NodeOperationError);
		expect(error).toMatchObject({
			message: 'The user ENOENT is none',
			description: 'Choose another one.',
			messages: [],
			context: { itemIndex: 3 },
		});
		expect(toNodeError(node, new Refusal('None', 'Choose.'), false).context).toEqual({});
	});

	test('stays what it is where it tells of a delivery', () => {
		const error = new NodeApiError(node, {});
		expect(toNodeError(node, error, true)).toBe(error);
	});
});
