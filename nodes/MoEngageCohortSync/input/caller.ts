import type { IExecuteFunctions } from 'n8n-workflow';

/** Whether an AI agent calls the node, as its tool. */
export function isTool(context: IExecuteFunctions): boolean {
	return Boolean(context.isToolExecution?.()) || context.getNode().type.endsWith('Tool');
}

/**
 * Whether trouble is handed on as error items instead of thrown. A tool has no 'On Error' in n8n's editor and
 * hands it on, so that the agent can read it: of what a tool throws an agent hears nothing or half, or ends
 * with it (seen with AI Agent 2.2 and 3 on n8n 1.123.81 and 2.40.7, 2026-11-23).
 */
export function handsTroubleOn(context: IExecuteFunctions): boolean {
	return context.continueOnFail() || isTool(context);
}
