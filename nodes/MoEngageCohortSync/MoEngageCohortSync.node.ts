import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { execute } from './execute';
import { properties } from './properties';

export class MoEngageCohortSync implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'MoEngage Cohort Sync',
		name: 'moEngageCohortSync',
		icon: { light: 'file:moengage.svg', dark: 'file:moengage.dark.svg' },
		group: ['output'],
		version: 1,
		// n8n evaluates this without items: if a `$parameter` is an expression that needs an item, no subtitle is
		// shown at all. `$rawParameter` returns the expression's text (n8n-workflow of n8n 1.123.81 and 2.41.1).
		subtitle:
			'={{ ($rawParameter.options?.dryRun === true ? "Dry run: " : "") + ($parameter.operation === "check" ? "Check users" : (({ add: "Add to ", remove: "Remove from ", update: "Update membership in ", mirror: "Mirror to " })[$parameter.operation] ?? "") + (!$rawParameter.cohortName || $rawParameter.cohortName.startsWith("=") ? "a cohort" : $rawParameter.cohortName)) }}',
		description: 'Put an audience into a MoEngage cohort (custom segment)',
		defaults: { name: 'MoEngage Cohort Sync' },
		// Its action alone, "Add members to cohort", would not name the service. n8n 1.x uses the action
		// regardless.
		skipNameGeneration: true,
		usableAsTool: true,
		inputs:
			'={{ $parameter.operation === "mirror" && $parameter.previousMembers === "input" ? [{ type: "main", displayName: "Members" }, { type: "main", displayName: "Previous" }] : ["main"] }}',
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'moEngageApi', required: true }],
		properties,
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [await execute(this)];
	}
}
