import type { IExecuteFunctions } from 'n8n-workflow';

/** Whether an AI agent calls the node, as its tool. */
export function isTool(context: IExecuteFunctions): boolean {
	return Boolean(context.isToolExecution?.()) || context.getNode().type.endsWith('Tool');
}

/**
 * Whether problems become error items instead of being thrown. A tool has no 'On Error' in n8n's editor and always
 * continues, so that the agent can read what went wrong: if a tool throws, the agent gets part of the message or
 * none of it, or the run ends (seen with AI Agent 2.2 and 3 on n8n 1.123.81 and 2.40.7, 2026-11-23).
 */
export function continuesOnError(context: IExecuteFunctions): boolean {
	return context.continueOnFail() || isTool(context);
}

/** Whether someone is waiting for the result: an AI agent, or a person in the editor. */
export function isAttended(context: IExecuteFunctions): boolean {
	return isTool(context) || context.getMode() === 'manual';
}
