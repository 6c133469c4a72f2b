import type { IExecuteFunctions } from 'n8n-workflow';

/** Whether an AI agent calls the node, as its tool. */
export function isTool(context: IExecuteFunctions): boolean {
	return Boolean(context.isToolExecution?.()) || context.getNode().type.endsWith('Tool');
}

/**
 * Whether trouble is handed on as error items instead of thrown. A tool hands it on unless 'On Error' was set
 * to stop, so that the agent can read it: of what a tool throws an agent hears nothing, half, or ends with it
 * (seen with AI Agent 2.2 and 3 on n8n 1.123.81 and 2.40.7).
 */
export function handsTroubleOn(context: IExecuteFunctions): boolean {
	return (
		context.continueOnFail() || (isTool(context) && context.getNode().onError !== 'stopWorkflow')
	);
}
